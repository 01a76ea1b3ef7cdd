#ifndef DAEMON_SETTING_VALUE_H
#define DAEMON_SETTING_VALUE_H

/* The forms a setting's value may have, and its row in the table. */

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

enum setting_type {
	SETTING_NAME,
	SETTING_PATH,
	SETTING_COUNT,
	SETTING_TIME,
	SETTING_BYTES,
	SETTING_SHARE,
	SETTING_CHOICE,
	SETTING_ADDRESS,
};

struct setting_row {
	const char *name;
	enum setting_type type;
	const char *standard; /* the default as written, or NULL */
	int64_t least, most;
	const char *unit;
	const char *help;
	size_t offset; /* of the field in struct settings */
};

/*
 * Reads a value into its field.
 *
 *   file   paths are relative to it; NULL: to the working folder
 *   base   struct settings
 *
 * Fails: LETHE_ESETTING, naming the setting and the form it takes.
 */
LETHE_CHECKED enum lethe_status
setting_value_put(const struct setting_row *row, const char *value,
	const char *file, void *base, struct arena *a, struct lethe_error *err);

/* What a setting may be, in words: its form, its range, an example. */
void setting_form(const struct setting_row *row, char *out, size_t size);

/* A path, relative to `file`; other places as they stand; NULL without memory.
 */
const char *setting_path(const char *value, const char *file, struct arena *a);

/* `/bin/x y` or `command:/bin/x y` as the latter; NULL without memory. */
const char *setting_command(const char *value, struct arena *a);

/* `7` or `fd:7` as `fd:7`; NULL when it is neither. */
const char *setting_fd(const char *value, struct arena *a);

#endif
