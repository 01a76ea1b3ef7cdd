#ifndef CONSENT_LEDGER_LOAD_H
#define CONSENT_LEDGER_LOAD_H

/*
 * Makes a ledger's file anew out of a whole topic: records are sorted in runs
 * that fit in memory, merged, appended to a file of its own, and that file
 * then takes the place of the one before.  Until then the one before is as it
 * was, whatever ends the process.
 */

#include "consent/ledger/ledger.h"

#define LEDGER_LOAD_MEMORY_LEAST ((size_t)1 << 20)
#define LEDGER_LOAD_MEMORY_MOST ((size_t)1 << 32)
#define LEDGER_LOAD_MEMORY ((size_t)128 << 20)

struct ledger_load;

/*
 *   form           what the file is for; borrowed until ledger_load_free
 *   memory_bytes   most memory of the runs, from _LEAST to _MOST; 0:
 *                  LEDGER_LOAD_MEMORY.  The store takes some 16 MB beside it.
 *
 * Fails: LETHE_EUSAGE, LETHE_EIO, LETHE_ENOMEM.
 * Thread: the load's owner, this and all below.
 */
LETHE_CHECKED enum lethe_status ledger_load_new(const struct ledger_form *form,
	size_t memory_bytes, struct ledger_load **out, struct lethe_error *err);

/*
 * Takes one record, in any order.  Of the records of one key in one partition
 * that of the highest offset counts; an absent row takes the subject away.
 *
 * Fails: LETHE_EUSAGE for a partition or an offset there is not; LETHE_EIO when
 * a run cannot be written or there are more than the memory can merge.  The
 * load is then only good to free: a file without one record is no file.
 */
LETHE_CHECKED enum lethe_status
ledger_load_put(struct ledger_load *load, uint32_t partition, int64_t offset,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row, struct lethe_error *err);

struct ledger_loaded {
	uint64_t rows;
	/*
	 * Subjects with records in two partitions: their offsets do not tell
	 * which is later, so their rows are errors until a record comes.
	 */
	uint64_t split;
};

/*
 * Merges, writes and renames.  `load` is then only good to free.
 *
 *   at    by partition: how far it was read
 *
 * Fails: LETHE_EIO, also when a record before was not taken, LETHE_ENOMEM; the
 * file before is as it was, but for its lock file, which is made again at need.
 */
LETHE_CHECKED enum lethe_status
ledger_load_finish(struct ledger_load *load, const struct ledger_checkpoint *at,
	struct ledger_loaded *out, struct lethe_error *err);
void ledger_load_free(struct ledger_load *load); /* NULL allowed */

#endif
