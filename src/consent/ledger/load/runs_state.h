#ifndef LEDGER_LOAD_RUNS_STATE_H
#define LEDGER_LOAD_RUNS_STATE_H

/* What runs.c, which writes them, and merge.c share. */

#include "consent/ledger/load/runs.h"

#define LENGTH_BYTES 2
#define RECORD_BYTES_MAX (RUN_HEAD_BYTES + LENGTH_BYTES + LEDGER_ROW_BYTES_MAX)
#define READ_BYTES_LEAST 4096 /* holds one record at least */

/* Compared by its first bytes, by the rest only where those are equal. */
struct item {
	uint64_t first;
	uint32_t at; /* in the text */
};

/* A sorted stretch of the file, and what of it is read. */
struct run {
	uint64_t from, end; /* in the file; from: not yet read */
	uint8_t *bytes;
	size_t used, len; /* in `bytes`: taken, and read */
};

struct runs {
	int fd;
	uint64_t file_bytes;
	size_t memory;

	/* while records come */
	uint8_t *text;
	size_t text_used, text_cap;
	struct item *items;
	size_t item_count, item_cap;
	struct run *runs;
	size_t run_count, run_cap, runs_most;

	/* while they are taken */
	size_t *heap; /* runs by their next record */
	size_t heap_count;
	bool moved; /* the top run's record was given out */
	size_t read_bytes;
	uint8_t *buffers;
};

enum lethe_status runs_fail_io(struct lethe_error *err, const char *verb);
enum lethe_status runs_fail_memory(struct lethe_error *err);

/* Writes what is in memory as one more run; nothing if there is nothing. */
LETHE_CHECKED enum lethe_status
runs_write(struct runs *r, struct lethe_error *err);

static inline size_t
record_bytes(const uint8_t *record)
{
	return RUN_HEAD_BYTES + LENGTH_BYTES +
	       ((size_t)record[RUN_HEAD_BYTES] |
		       (size_t)record[RUN_HEAD_BYTES + 1] << 8);
}

#endif
