#ifndef CLI_KEYS_SIGNERS_H
#define CLI_KEYS_SIGNERS_H

#include "cli/options.h"
#include "crypto/trust.h"

/*
 * The signers that each --public names, in order; no threshold yet.
 *
 *   out   as trust_read
 *
 * Returns EXIT_YES, or the exit code the command ends with, told.
 */
int signers_read(const struct options *o, struct trust *out);

#endif
