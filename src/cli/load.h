#ifndef CLI_LOAD_H
#define CLI_LOAD_H

/* What several commands open in the same way. */

#include "cli/command.h"
#include "lethe/policy.h"

/*
 * Opens a policy and tells its mistakes on standard error, each with its
 * place, what, why and what to write instead.  Warnings are told too.
 *
 *   out    the caller's; lethe_policy_drop ends it; NULL on failure
 *
 * Returns EXIT_YES, or the exit code the command ends with.
 */
int load_policy(const char *path, int64_t now_ms, struct lethe_policy **out);

#endif
