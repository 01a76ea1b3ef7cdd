#ifndef CRYPTO_PLACE_COMMAND_H
#define CRYPTO_PLACE_COMMAND_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define COMMAND_TIME_MS 30000

/*
 * Runs a program without a shell and reads its standard output.  Its standard
 * input is empty, its standard error is ours, its environment PATH and HOME;
 * it inherits no other descriptor and has a session of its own, so that it and
 * its children can be ended together.
 *
 *   words   the program's absolute path and its arguments, parted by spaces
 *   out     guarded memory of `limit` bytes
 *
 * Fails: LETHE_EKEY: no such program, others may write it, no end within
 * `time_ms` (it is killed), as much output as `limit`, an exit code but 0.
 */
LETHE_CHECKED enum lethe_status command_read(const char *words, int64_t time_ms,
	void *out, size_t limit, size_t *len, struct lethe_error *err);

#endif
