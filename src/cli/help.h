#ifndef CLI_HELP_H
#define CLI_HELP_H

/* The help texts, made from the table of commands alone. */

#include "cli/command.h"

#include <stdio.h>

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
