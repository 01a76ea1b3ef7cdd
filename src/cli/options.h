#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

/*
 * The options of a command, parsed by its own table: `--name VALUE`,
 * `--name=VALUE`, a switch `--name`, `-h` and `--help`, `--` before operands
 * that begin with a dash.  An option with a value is given once, but for those
 * that the command names in `each`.
 *
 *   static int
 *   run(int argc, char **argv)
 *   {
 *           struct options o;
 *           int code;
 *
 *           if (!options_parse(&cmd_x, argc, argv, 0, 1, &o, &code))
 *                   return code;
 *           ... option_get(&o, "policy") ... o.args[0] ...
 *   }
 */

#include "cli/command.h"

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_GIVEN_MAX 256

struct options {
	const struct command *command;
	struct {
		const struct option_row *row;
		const char *value; /* NULL of a switch */
	} given[OPTIONS_GIVEN_MAX];
	size_t given_count;
	char **args; /* operands; borrows from argv */
	size_t arg_count;
};

/*
 * Parses the arguments of a command.  False when the command is to end with
 * *code: help was asked for and printed (0), or the usage is wrong and was
 * explained (2).
 *
 *   argc, argv   as given to the command: argv[0] is its words; operands are
 *                moved to the front of argv[1..]
 *   least, most  how many operands it takes
 */
LETHE_CHECKED bool options_parse(const struct command *c, int argc, char **argv,
	size_t least, size_t most, struct options *out, int *code);

/* `each` of a command of which settings alone may be given again. */
extern const char *const each_setting[];

/* The last value given, or NULL.  A name that is not in the table: a bug. */
const char *option_get(const struct options *o, const char *name);

/* Whether it was given at all. */
bool option_has(const struct options *o, const char *name);

/*
 * Each value in order, NULL at the end.
 *
 *   at   0 before the first call
 */
const char *option_each(const struct options *o, const char *name, size_t *at);

/*
 * The typed forms leave *out alone when the option was not given, and return
 * false, with the mistake explained, when its value is of another form; the
 * command then returns EXIT_USAGE.
 */

/* Decimal digits, least to most. */
LETHE_CHECKED bool option_count(const struct options *o, const char *name,
	uint64_t least, uint64_t most, uint64_t *out);

/* A decimal fraction, least to most. */
LETHE_CHECKED bool option_number(const struct options *o, const char *name,
	double least, double most, double *out);

/* An RFC 3339 time, or milliseconds since 1970. */
LETHE_CHECKED bool
option_time(const struct options *o, const char *name, int64_t *out);

/* One of `names` (NULL-ended): its index. */
LETHE_CHECKED bool option_choice(const struct options *o, const char *name,
	const char *const *names, size_t *out);

/* A value is none of `names`: says which there are, in one line; gives 2. */
int option_none_of(
	const struct options *o, const char *name, const char *const *names);

/* An option that is needed; what it may be is told where that is a list. */
LETHE_CHECKED bool option_needed(const struct options *o, const char *name);

/*
 * What would be without effect is refused: these return false, told.  Each is
 * true of an option that was not given.
 */

/* An option that is nothing without another. */
LETHE_CHECKED bool
option_with(const struct options *o, const char *name, const char *other);

/* One beside which others (NULL-ended) are nothing. */
LETHE_CHECKED bool option_without(
	const struct options *o, const char *name, const char *const *others);

/* One beside which every other is nothing. */
LETHE_CHECKED bool option_alone(const struct options *o, const char *name);

#endif
