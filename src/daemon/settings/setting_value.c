#include "daemon/settings/setting_value.h"

#include "base/file.h"
#include "crypto/place.h"
#include "text/time.h"

#include <stdio.h>

#define NAME_LETTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

#define COMMAND "command:"

static const struct {
	const char *suffix;
	int64_t factor;
} sizes[] = {
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"KB", 1000},
	{"MB", 1000000},
	{"GB", 1000000000},
	{"B", 1},
	{"", 1},
};

/* Digits, at most 15 of them; the rest of the text is behind *end. */
static bool
parse_digits(const char *text, int64_t *out, const char **end)
{
	const char *p = text;

	for (*out = 0; *p >= '0' && *p <= '9'; p++) {
		if (p - text >= 15)
			return false;
		*out = *out * 10 + (*p - '0');
	}
	*end = p;
	return p != text;
}

static bool
parse_count(const char *text, int64_t *out)
{
	const char *end;

	return parse_digits(text, out, &end) && !*end;
}

static bool
parse_bytes(const char *text, int64_t *out)
{
	const char *end;

	if (!parse_digits(text, out, &end) || *out > 1000000000000)
		return false;
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (!strcmp(end, sizes[i].suffix)) {
			*out *= sizes[i].factor;
			return *out <= INT64_C(1) << 50;
		}
	return false;
}

/* Percent with up to four decimals, as parts of a million. */
static bool
parse_share(const char *text, int64_t *out)
{
	const char *end;
	int64_t scale = 1000;

	if (!strcmp(text, "off")) {
		*out = 0;
		return true;
	}
	if (!parse_digits(text, out, &end) || *out > 100)
		return false;
	*out *= 10000;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9' && scale; end++) {
			*out += (*end - '0') * scale;
			scale /= 10;
		}
	/* Nought would be read as off, and is its opposite. */
	return end[0] == '%' && !end[1] && *out > 0 && *out <= 1000000;
}

static bool
parse_choice(const char *text, const char *choices, int64_t *out)
{
	size_t len;

	for (*out = 1;; (*out)++) {
		len = strcspn(choices, "|");
		if (strlen(text) == len && !memcmp(text, choices, len))
			return true;
		if (!choices[len])
			return false;
		choices += len + 1;
	}
}

static bool
parse_number(const struct setting_row *row, const char *value, int64_t *out)
{
	switch (row->type) {
	case SETTING_COUNT: return parse_count(value, out);
	case SETTING_TIME: return duration_parse(slice_of(value), out);
	case SETTING_BYTES: return parse_bytes(value, out);
	case SETTING_SHARE: return parse_share(value, out);
	case SETTING_CHOICE: return parse_choice(value, row->unit, out);
	default: return false;
	}
}

static bool
in_range(const struct setting_row *row, int64_t number)
{
	if (row->type == SETTING_CHOICE)
		return true;
	if (row->type == SETTING_SHARE && !number)
		return true;
	return number >= row->least && number <= row->most;
}

const char *
setting_path(const char *value, const char *file, struct arena *a)
{
	char *beside, *kept;

	if (!*value)
		return NULL;
	if (!file || !secret_place_is_path(value))
		return arena_strndup(a, value, strlen(value));
	beside = path_beside(file, value);
	if (!beside)
		return NULL;
	kept = arena_strndup(a, beside, strlen(beside));
	free(beside);
	return kept;
}

const char *
setting_command(const char *value, struct arena *a)
{
	bool whole = !strncmp(value, COMMAND, strlen(COMMAND));
	size_t size = strlen(COMMAND) + strlen(value) + 1;
	char *out = arena_alloc(a, size);

	if (out)
		snprintf(out, size, "%s%s", whole ? "" : COMMAND, value);
	return out;
}

const char *
setting_fd(const char *value, struct arena *a)
{
	const char *digits = strncmp(value, "fd:", 3) ? value : value + 3;
	char text[32];
	int64_t fd;

	if (!parse_count(digits, &fd) || fd > 65535)
		return NULL;
	snprintf(text, sizeof(text), "fd:%lld", (long long)fd);
	return arena_strndup(a, text, strlen(text));
}

static const char *
name_of(const struct setting_row *row, const char *value, struct arena *a)
{
	size_t len = strlen(value);

	if (len < (size_t)row->least || len > (size_t)row->most ||
		value[strspn(value, NAME_LETTERS)])
		return NULL;
	return arena_strndup(a, value, len);
}

/* HOST:PORT, [V6]:PORT, or `off`, which is kept as no address. */
static const char *
address_of(const char *value, struct arena *a)
{
	const char *colon = strrchr(value, ':');
	const char *open = strchr(value, '[');
	int64_t port;

	if (!strcmp(value, "off"))
		return arena_strndup(a, "", 0);
	if (!colon || colon == value || strlen(value) > 255 ||
		!parse_count(colon + 1, &port) || port > 65535)
		return NULL;
	if (open ? open != value || colon[-1] != ']'
		 : memchr(value, ':', (size_t)(colon - value)) != NULL)
		return NULL;
	return arena_strndup(a, value, strlen(value));
}

static const char *
text_of(const struct setting_row *row, const char *value, const char *file,
	struct arena *a)
{
	switch (row->type) {
	case SETTING_NAME: return name_of(row, value, a);
	case SETTING_PATH: return setting_path(value, file, a);
	default: return address_of(value, a);
	}
}

static const char *
article_of(enum setting_type type)
{
	switch (type) {
	case SETTING_COUNT:
	case SETTING_BYTES: return "a number of ";
	case SETTING_TIME:
	case SETTING_SHARE: return "a ";
	default: return "";
	}
}

void
setting_form(const struct setting_row *row, char *out, size_t size)
{
	long long least = row->least, most = row->most;
	char from[DURATION_TEXT_BYTES], to[DURATION_TEXT_BYTES];

	switch (row->type) {
	case SETTING_NAME:
		snprintf(out, size,
			"at most %lld letters, digits, `.`, `_` and `-`", most);
		return;
	case SETTING_COUNT:
		snprintf(out, size, "a whole number from %lld to %lld", least,
			most);
		return;
	case SETTING_TIME:
		duration_format(least, from);
		duration_format(most, to);
		snprintf(out, size, "a time from %s to %s, in ms, s, m, h or d",
			from, to);
		return;
	case SETTING_BYTES:
		snprintf(out, size,
			"%lld to %lld bytes, such as 500000, 64KB, 16MB", least,
			most);
		return;
	case SETTING_SHARE:
		snprintf(out, size, "off, or a share such as 5%% or 0.1%%");
		return;
	case SETTING_ADDRESS:
		snprintf(out, size,
			"off, HOST:PORT or [V6]:PORT, such as 127.0.0.1:9464");
		return;
	case SETTING_PATH:
	case SETTING_CHOICE: break;
	}
	snprintf(out, size, "%s", row->unit);
}

enum lethe_status
setting_value_put(const struct setting_row *row, const char *value,
	const char *file, void *base, struct arena *a, struct lethe_error *err)
{
	void *field = (char *)base + row->offset;
	const char *text = NULL;
	int64_t number = 0;

	if (row->type == SETTING_NAME || row->type == SETTING_PATH ||
		row->type == SETTING_ADDRESS) {
		text = text_of(row, value, file, a);
		if (!text)
			return fail(err, LETHE_ESETTING, 0, "`%s` takes %s%s",
				row->name,
				row->type == SETTING_ADDRESS ? "an " : "a ",
				row->unit);
		memcpy(field, &text, sizeof(text));
		return LETHE_OK;
	}
	if (!parse_number(row, value, &number))
		return fail(err, LETHE_ESETTING, 0, "`%s` takes %s%s",
			row->name, article_of(row->type), row->unit);
	if (!in_range(row, number))
		return fail(err, LETHE_ESETTING, 0, "`%s` is out of its range",
			row->name);
	memcpy(field, &number, sizeof(number));
	return LETHE_OK;
}
