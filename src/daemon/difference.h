#ifndef DAEMON_DIFFERENCE_H
#define DAEMON_DIFFERENCE_H

#include "base/slice.h"

/*
 * Tells in the log, line by line, what a changed file takes away and brings;
 * after DIFFERENCE_LINES of them only how many more there are.
 */
#define DIFFERENCE_LINES 60

void difference_log(struct slice old, struct slice new);

#endif
