#include "cli/options.h"

#include "cli/help.h"
#include "text/time.h"
#include "yaml/mistake.h"

#include <errno.h>
#include <math.h>

static const struct option_row *
find_row(const struct command *c, const char *name, size_t len)
{
	const struct option_row *row;

	for (row = c->options; row && row->name; row++)
		if (strlen(row->name) == len && !memcmp(row->name, name, len))
			return row;
	return NULL;
}

static const struct option_row *
known_row(const struct options *o, const char *name)
{
	const struct option_row *row = find_row(o->command, name, strlen(name));

	bug_if(!row);
	return row;
}

#define NAMES_MAX 64

static int
unknown_option(const struct command *c, const char *name, size_t len)
{
	const char *names[NAMES_MAX + 2] = {"help"}, *near;
	const struct option_row *row;
	size_t count = 1;

	for (row = c->options; row && row->name && count <= NAMES_MAX; row++)
		names[count++] = row->name;
	near = nearest_name(slice_make(name, len), names);
	if (near)
		return usage_error(c,
			"unknown option --%.*s; did you mean --%s?", (int)len,
			name, near);
	return usage_error(c, "unknown option --%.*s", (int)len, name);
}

const char *const each_setting[] = {"set", NULL};

static bool
may_repeat(const struct command *c, const char *name)
{
	for (size_t i = 0; c->each && c->each[i]; i++)
		if (!strcmp(c->each[i], name))
			return true;
	return false;
}

/* Of two values one would be left out, and nobody told. */
static int
add_given(struct options *o, const struct option_row *row, const char *value)
{
	for (size_t i = 0; value && i < o->given_count; i++)
		if (o->given[i].row == row &&
			!may_repeat(o->command, row->name))
			return usage_error(
				o->command, "--%s is given twice", row->name);
	if (o->given_count == OPTIONS_GIVEN_MAX)
		return usage_error(o->command, "too many options");
	o->given[o->given_count].row = row;
	o->given[o->given_count].value = value;
	o->given_count++;
	return EXIT_YES;
}

/* Takes one `--name...`; *i moves on when the value is the next argument. */
static int
take_option(struct options *o, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = find_row(o->command, name, len);

	if (!row)
		return unknown_option(o->command, name, len);
	if (!row->value) {
		if (equals)
			return usage_error(
				o->command, "--%s takes no value", row->name);
		return add_given(o, row, NULL);
	}
	if (equals)
		return add_given(o, row, equals + 1);
	if (*i + 1 >= argc)
		return usage_error(
			o->command, "--%s needs %s", row->name, row->value);
	return add_given(o, row, argv[++*i]);
}

static bool
asks_help(const char *arg)
{
	return !strcmp(arg, "-h") || !strcmp(arg, "--help");
}

static int
check_operands(const struct options *o, size_t least, size_t most)
{
	if (o->arg_count < least)
		return usage_error(o->command, "an argument is missing");
	/* Which is not told: it may be an event, or name a person. */
	if (o->arg_count > most)
		return usage_error(o->command,
			"%zu argument%s too many; it takes %zu",
			o->arg_count - most,
			o->arg_count - most == 1 ? "" : "s", most);
	return EXIT_YES;
}

bool
options_parse(const struct command *c, int argc, char **argv, size_t least,
	size_t most, struct options *out, int *code)
{
	bool operands_only = false;

	*out = (struct options){.command = c, .args = argv + 1};
	*code = EXIT_YES;
	for (int i = 1; i < argc; i++) {
		char *arg = argv[i];

		if (operands_only || arg[0] != '-' || !arg[1]) {
			out->args[out->arg_count++] = arg;
		} else if (!strcmp(arg, "--")) {
			operands_only = true;
		} else if (asks_help(arg)) {
			help_command(stdout, c);
			return false;
		} else if (arg[1] != '-') {
			*code = usage_error(c,
				"unknown option %s; options are written --name",
				arg);
			return false;
		} else {
			*code = take_option(out, argc, argv, &i);
			if (*code)
				return false;
		}
	}
	*code = check_operands(out, least, most);
	return *code == EXIT_YES;
}

const char *
option_get(const struct options *o, const char *name)
{
	const struct option_row *row = known_row(o, name);
	const char *value = NULL;

	for (size_t i = 0; i < o->given_count; i++)
		if (o->given[i].row == row)
			value = o->given[i].value;
	return value;
}

bool
option_has(const struct options *o, const char *name)
{
	const struct option_row *row = known_row(o, name);

	for (size_t i = 0; i < o->given_count; i++)
		if (o->given[i].row == row)
			return true;
	return false;
}

const char *
option_each(const struct options *o, const char *name, size_t *at)
{
	const struct option_row *row = known_row(o, name);

	while (*at < o->given_count) {
		size_t i = (*at)++;

		if (o->given[i].row == row)
			return o->given[i].value;
	}
	return NULL;
}

bool
option_count(const struct options *o, const char *name, uint64_t least,
	uint64_t most, uint64_t *out)
{
	const char *text = option_get(o, name);
	unsigned long long value;
	char *end;

	if (!text)
		return true;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || value < least ||
		value > most) {
		usage_error(o->command,
			"--%s is a whole number from %llu to %llu", name,
			(unsigned long long)least, (unsigned long long)most);
		return false;
	}
	*out = value;
	return true;
}

bool
option_number(const struct options *o, const char *name, double least,
	double most, double *out)
{
	const char *text = option_get(o, name);
	double value;
	char *end;

	if (!text)
		return true;
	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end || errno || !isfinite(value) || value < least ||
		value > most) {
		usage_error(o->command, "--%s is a number from %g to %g", name,
			least, most);
		return false;
	}
	*out = value;
	return true;
}

bool
option_time(const struct options *o, const char *name, int64_t *out)
{
	const char *text = option_get(o, name);
	int64_t ms;

	if (!text)
		return true;
	if (!time_parse_rfc3339(slice_of(text), &ms) &&
		!time_parse_unix(slice_of(text), TIME_UNIX_MS, &ms)) {
		usage_error(o->command,
			"--%s is a time such as 2026-05-04T10:20:00Z, or "
			"milliseconds since 1970",
			name);
		return false;
	}
	*out = ms;
	return true;
}

int
option_none_of(
	const struct options *o, const char *name, const char *const *names)
{
	fprintf(stderr, "lethe %s: --%s is one of: ", o->command->words, name);
	for (size_t i = 0; names[i]; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", names[i]);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

bool
option_choice(const struct options *o, const char *name,
	const char *const *names, size_t *out)
{
	const char *text = option_get(o, name);

	if (!text)
		return true;
	for (size_t i = 0; names[i]; i++) {
		if (!strcmp(names[i], text)) {
			*out = i;
			return true;
		}
	}
	(void)option_none_of(o, name, names);
	return false;
}

bool
option_needed(const struct options *o, const char *name)
{
	const char *value = known_row(o, name)->value;
	bool list = value && strchr(value, '|');

	if (!option_has(o, name))
		usage_error(o->command, "--%s is needed%s%s", name,
			list ? ": " : "", list ? value : "");
	return option_has(o, name);
}

bool
option_with(const struct options *o, const char *name, const char *other)
{
	if (!option_has(o, name) || option_has(o, other))
		return true;
	usage_error(o->command, "--%s goes with --%s", name, other);
	return false;
}

bool
option_without(
	const struct options *o, const char *name, const char *const *others)
{
	for (size_t i = 0; option_has(o, name) && others[i]; i++) {
		if (!option_has(o, others[i]))
			continue;
		usage_error(
			o->command, "--%s goes without --%s", name, others[i]);
		return false;
	}
	return true;
}

bool
option_alone(const struct options *o, const char *name)
{
	const struct option_row *row = known_row(o, name);

	for (size_t i = 0; option_has(o, name) && i < o->given_count; i++) {
		if (o->given[i].row == row)
			continue;
		usage_error(o->command, "--%s goes without --%s", name,
			o->given[i].row->name);
		return false;
	}
	return true;
}
