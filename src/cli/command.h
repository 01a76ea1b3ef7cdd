#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/*
 * The one table of commands: it dispatches, and its texts are the help.  A
 * command is a file `cmd_<words>.c` with one `struct command`.
 */

#include "base/error.h"

#include <stdarg.h>

enum exit_code {
	EXIT_YES = 0,
	EXIT_NO = 1,
	EXIT_USAGE = 2,
	EXIT_CONFIG = 3, /* configuration or policy */
	EXIT_RUNTIME = 4,
};

struct option_row {
	const char *name;  /* "policy": --policy */
	const char *value; /* "FILE", or NULL for a switch */
	const char *help;  /* one line */
};

struct command {
	const char *words;		  /* "policy check" */
	const char *synopsis;		  /* "[--json] FILE" */
	const char *summary;		  /* one line, for the list */
	const char *about;		  /* a paragraph or two */
	const struct option_row *options; /* ended by name NULL */
	const char *const *each; /* those that may be given again; or NULL */
	const char *examples;	 /* lines, each runnable */
	int (*run)(int argc, char **argv); /* argv[0]: the words */
};

extern const struct command *const commands[]; /* NULL-ended */

/* Prints "lethe COMMAND: …" to standard error. */
void complain(const struct command *c, const char *format, va_list ap)
	LETHE_PRINTF(2, 0);

/* The usage error of a command: says what, points to its --help; gives 2. */
int usage_error(const struct command *c, const char *format, ...)
	LETHE_PRINTF(2, 3);

/* Prints "lethe: …" of a failure to standard error; gives the exit code. */
int report(const struct lethe_error *err);

/* The exit code of a failure that was told already. */
int exit_code_of(enum lethe_status status);

#endif
