#ifndef CLI_HELP_H
#define CLI_HELP_H

/* The help texts, made from the table of commands alone. */

#include "cli/command.h"

#include <stdio.h>

/* What help and manual page both say. */
#define HELP_WHAT \
	"raw behavioural events in; for every declared purpose one topic of " \
	"minimised, pseudonymised events out"
#define HELP_MORE \
	"`lethe COMMAND --help` explains one command, with examples.\n" \
	"`lethe --version` names lethe's version and its libraries'."
#define HELP_FIRST_LOOK \
	"lethe init shop\n" \
	"lethe filter --config shop/lethe.yaml < shop/events.ndjson\n"
#define HELP_CODES \
	"Exit codes: 0 yes, 1 no, 2 usage, 3 configuration or policy, " \
	"4 runtime."

/* What lethe is, and every command in one line. */
void help_overview(FILE *out);

/* The commands of a family, such as `policy`; how many there are. */
size_t help_family(FILE *out, const char *family);

/* One command whole: synopsis, what it does, options, examples, exit codes. */
void help_command(FILE *out, const struct command *c);

/* The synopsis alone. */
void help_usage(FILE *out, const struct command *c);

/* lethe's version and those of the libraries it runs with. */
void help_version(FILE *out);

#endif
