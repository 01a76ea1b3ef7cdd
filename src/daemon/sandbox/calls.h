#ifndef DAEMON_SANDBOX_CALLS_H
#define DAEMON_SANDBOX_CALLS_H

/*
 * The system calls of a running lethe: one table in three parts; for sandbox.c
 * and its test.  What stands in none fails with ENOSYS.  A name that the
 * architecture lacks is left out.
 */

#include <stdint.h>

enum sandbox_answer {
	SANDBOX_ALLOW,
	SANDBOX_KILL,
	SANDBOX_ABSENT, /* ENOSYS, even where others are only logged */
};

#define SANDBOX_CONDITIONS 2
#define SANDBOX_SELF UINT64_MAX /* as a value: this process's id */

/* Holds when (argument & mask) == value; a mask of 0 always does. */
struct sandbox_condition {
	unsigned argument; /* from 0 */
	uint64_t mask, value;
};

/* A name may stand in several rows: any one of them gives its answer. */
struct sandbox_call {
	const char *name; /* NULL ends the table */
	enum sandbox_answer answer;
	struct sandbox_condition when[SANDBOX_CONDITIONS]; /* both hold */
};

extern const char *const sandbox_allowed[]; /* ended by NULL */
extern const char *const sandbox_killed[];  /* ended by NULL */
extern const struct sandbox_call sandbox_by_argument[];

#endif
