#ifndef ENGINE_RECALL_H
#define ENGINE_RECALL_H

/*
 * Objections that were written to the ledger and that it does not yet show:
 * marks, 64 bits of a hash that nobody outside can aim at.  A mark counts until
 * the transaction that wrote it is aborted, or the ledger has shown it; at the
 * latest for `hold_ms` behind the first event after its commit.  What the
 * ledger says from then on counts alone, so that an objection can be taken
 * back.
 *
 * A mark is compared whole.  There is room for each that waits for its commit,
 * and for many more than are written in the time behind it; of those the one
 * that would end first is driven out, and written once more.
 *
 * Thread: the scratch's owner.
 */

#include "lethe/error.h"

#include "base/slice.h"

struct recall;

/*
 *   seed   random
 *
 * NULL: out of memory.
 */
struct recall *recall_new(uint64_t seed);
void recall_free(struct recall *r); /* or NULL */

/* The mark of a record's key; never 0. */
uint64_t recall_mark(const struct recall *r, struct slice key);

/* Before each event.  Times are those of processing, ms UTC. */
void recall_begin(struct recall *r, int64_t now_ms, int64_t hold_ms);

bool recall_has(const struct recall *r, uint64_t mark, int64_t now_ms);

/* The ledger has it. */
void recall_shown(struct recall *r, uint64_t mark);

/*
 * One that is there by an older record may be added again, and is as before
 * when that is aborted.
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status
recall_add(struct recall *r, uint64_t mark, struct lethe_error *err);

/* What was added since the last call holds, or never was. */
void recall_settle(struct recall *r, bool committed);

#endif
