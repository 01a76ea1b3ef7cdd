#ifndef DAEMON_DIFFERENCE_H
#define DAEMON_DIFFERENCE_H

#include "base/slice.h"

/*
 * Tells in the log, line by line, what a changed file takes away and brings;
 * after DIFFERENCE_LINES of them only how many more there are.
 */
#define DIFFERENCE_LINES 60

void difference_log(struct slice old, struct slice new);

/*
 * The same, told line by line to `told`.
 *
 *   gone   of the old file; else of the new one
 *   line   its number there, from 1
 *
 * Returns how many more there are.
 */
typedef void
difference_fn(void *ctx, bool gone, size_t line, struct slice text);
size_t difference_each(
	struct slice old, struct slice new, difference_fn *told, void *ctx);

#endif
