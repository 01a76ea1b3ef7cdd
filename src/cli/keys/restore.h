#ifndef CLI_KEYS_RESTORE_H
#define CLI_KEYS_RESTORE_H

/* A backup of a ring restored in a scratch folder, and what that proves. */

#include "cli/keys/known.h"
#include "cli/options.h"

/* Opens the keys by --secret and --passphrase. */
LETHE_CHECKED enum lethe_status restore_unlock(
	const struct options *o, struct ring *r, struct lethe_error *err);

/*
 * Restores what --ring names and makes the known tokens again; says of each
 * whether it was, and what is next.
 *
 * Returns EXIT_YES when all that the key opens was proved; EXIT_NO.
 */
int restore_and_prove(const struct options *o, const struct known_set *known);

#endif
