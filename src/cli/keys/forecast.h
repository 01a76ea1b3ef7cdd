#ifndef CLI_KEYS_FORECAST_H
#define CLI_KEYS_FORECAST_H

#include "cli/keys/change.h"

/*
 * Reads the topic of the purpose that --purpose names, and prints which share
 * of the people seen lately an overlap of some lengths would carry.  Counts
 * records under the active epoch alone: before it the same people have other
 * tokens.
 *
 * Returns EXIT_YES, or the exit code the command ends with, told.
 */
int forecast_show(const struct options *o, const struct change *c);

#endif
