#ifndef CRYPTO_PLACE_TERMINAL_H
#define CRYPTO_PLACE_TERMINAL_H

#include "base/error.h"

#include <stddef.h>

/*
 * Asks on the process's terminal, without echo, and reads one line.
 *
 *   question   what is shown, without a line's end
 *   out        guarded memory of `limit` bytes
 *   len        how many came, with the line's end
 *
 * Fails: LETHE_EKEY without a terminal, in the background, when a signal ended
 * the question (it is raised again then), or when the line is too long.
 */
LETHE_CHECKED enum lethe_status terminal_ask(const char *question, void *out,
	size_t limit, size_t *len, struct lethe_error *err);

#endif
