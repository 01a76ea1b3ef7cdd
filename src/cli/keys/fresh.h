#ifndef CLI_KEYS_FRESH_H
#define CLI_KEYS_FRESH_H

#include "base/error.h"

/*
 * Whether none of the files to be made is there; each writing refuses as well,
 * this is asked first, so that nothing is half made.
 *
 *   paths   in the order of their writing: the last makes them whole
 *
 * Fails: LETHE_EUSAGE naming what is there; where the last is not, also that a
 * run that was broken off may have left it.
 */
LETHE_CHECKED enum lethe_status
fresh_check(const char *const *paths, size_t count, struct lethe_error *err);

#endif
