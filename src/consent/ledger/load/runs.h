#ifndef LEDGER_LOAD_RUNS_H
#define LEDGER_LOAD_RUNS_H

/*
 * Records of a load, sorted by subject, partition and offset in bounded
 * memory: runs in a file without a name, merged at the end.
 */

#include "base/error.h"
#include "consent/ledger/row.h"

/* Subject, partition and offset, so that memcmp sorts. */
#define RUN_HEAD_BYTES (KEYED_NAME_BYTES + 4 + 8)
#define RUN_PLACE_BYTES (KEYED_NAME_BYTES + 4) /* without the offset */

/* A record; `row` is borrowed until the next call, empty: a tombstone. */
struct run_record {
	const uint8_t *head;
	struct slice row;
};

struct runs;

/*
 *   beside   the file in whose folder the runs lie
 *   memory   most bytes of all that is held
 */
LETHE_CHECKED enum lethe_status runs_new(const char *beside, size_t memory,
	struct runs **out, struct lethe_error *err);
void runs_free(struct runs *r); /* NULL allowed */

/*   row   to LEDGER_ROW_BYTES_MAX; copied */
LETHE_CHECKED enum lethe_status
runs_put(struct runs *r, const uint8_t head[static RUN_HEAD_BYTES],
	struct slice row, struct lethe_error *err);

/* No more is put; records are taken from here on. */
LETHE_CHECKED enum lethe_status
runs_end(struct runs *r, struct lethe_error *err);

/*
 * The next record in order; of one subject in one partition perhaps several,
 * the last of which counts.
 *
 *   out   head NULL: there are no more
 */
LETHE_CHECKED enum lethe_status
runs_take(struct runs *r, struct run_record *out, struct lethe_error *err);

#endif
