#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

/*
 * What a shell may offer, read from the table of commands and the table of
 * settings; one file a shell writes it down in that shell's words.
 */

#include "base/slice.h"
#include "cli/command.h"

#include <stdio.h>

enum offer {
	OFFER_NONE,    /* nothing stands here */
	OFFER_TEXT,    /* something that cannot be guessed */
	OFFER_FILE,    /* a path */
	OFFER_CHOICE,  /* one of a|b|c */
	OFFER_SETTING, /* NAME=VALUE */
};

/* What the value of an option, the unit of a setting or an operand may be. */
enum offer offer_of(struct slice value);

/*
 * What stands where no option does: found in the synopsis.
 *
 *   word   "FILE", "bash|zsh|fish", or "rename" as it is; of the synopsis
 */
enum offer offer_of_operand(const struct command *c, struct slice *word);

/* The first word of a command of two, else nothing. */
struct slice family_of(const struct command *c);

/* Whether no command before commands[i] has its family. */
bool is_first_of_family(size_t i);

struct completion_setting {
	const char *name;
	const char *unit;
	const char *help;
};

extern const struct completion_setting completion_settings[]; /* name NULL */

/* "a|b|c" as "a b c". */
void put_choices(FILE *out, struct slice choices);

/* Text within '…' of a POSIX shell, or of fish. */
void put_quoted(FILE *out, const char *text, const char *escaped_quote);

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif
