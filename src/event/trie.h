#ifndef EVENT_TRIE_H
#define EVENT_TRIE_H

/*
 * All paths that a policy reads from one topic, merged into one tree over
 * decoded keys, so that a reader finds every bound value in one pass with no
 * comparison per field.  Each path has a *slot*: a small number under which the
 * reader files what it finds.  Immutable once built; any thread.
 */

#include "event/path.h"

struct trie;

#define SLOT_NONE UINT32_MAX

#define TRIE_EVERYONE UINT64_MAX

LETHE_CHECKED enum lethe_status
trie_new(struct trie **out, struct lethe_error *err);
void trie_free(struct trie *t);

/*
 * Adds a path under $, to be filed at `slot`.  The same path twice must come
 * with the same slot and changes nothing.  The path's texts are copied.  Not
 * after trie_seal.
 *
 *   slot   chosen by the caller, who keeps one numbering over many tries
 *
 * Fails: LETHE_ENOMEM.  A path with another root than PATH_VALUE is a bug.
 */
LETHE_CHECKED enum lethe_status trie_add(struct trie *t, const struct path *p,
	uint32_t slot, struct lethe_error *err);

/*
 * The same of a path that some alone read.
 *
 *   readers   their bits.  Where the path reads a text as JSON that is none,
 *	       the event is poison for these: reading_refused tells.  With
 *	       TRIE_EVERYONE, as of trie_add, it cannot be read at all
 */
LETHE_CHECKED enum lethe_status
trie_add_for(struct trie *t, const struct path *p, uint32_t slot,
	uint64_t readers, struct lethe_error *err);

/*
 * Builds the lookup tables; the trie is immutable from here on.
 *
 *   slots   how many slots the caller's numbering has: 0 .. slots-1
 */
LETHE_CHECKED enum lethe_status
trie_seal(struct trie *t, uint32_t slots, struct lethe_error *err);

uint32_t trie_slots(const struct trie *t);

#endif
