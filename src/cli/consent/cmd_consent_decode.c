#include "base/clock.h"
#include "cli/commands.h"
#include "cli/consent/decode.h"
#include "cli/options.h"
#include "cli/output.h"
#include "text/time.h"

#include <stdio.h>

/* Longer than any string in use; what a line or an argument may hold. */
#define DECODE_BYTES_MAX ((size_t)1024 * 1024)

static const struct option_row option_rows[] = {
	{"format", "tcf|gpp|usprivacy|gcs|gcd|onetrust",
		"what the string is; without it, its beginning tells"},
	{"now", "TIME", "the time to judge at (default: now)"},
	{"max-age", "DURATION",
		"how old a string may be, such as 395d (default: any age)"},
	{"vendor", "ID",
		"tell of one vendor: consent, interest, restrictions (TCF); "
		"may be given more than once"},
	{"json", NULL, "one JSON object a string, for scripts"},
	{NULL, NULL, NULL}};

static const struct decoder *const decoders[] = {
#define X(name) &decode_##name,
	DECODERS(X)
#undef X
		NULL};

static const struct decoder *
sniff(struct slice text)
{
	for (size_t i = 0; text.len && decoders[i]; i++)
		if (decoders[i]->sniff(text))
			return decoders[i];
	return NULL;
}

/* One sheet of one string; true when it is usable. */
static bool
decode_one(struct slice text, bool too_long, const struct decoder *d,
	const struct decode_ask *ask, struct sheet *s)
{
	struct finding f = {FOUND_UNKNOWN_FORMAT, NULL};

	if (!d)
		d = sniff(text);
	if (!text.len)
		f.code = FOUND_EMPTY;
	else if (too_long)
		f.code = FOUND_TOO_LONG;
	else if (d)
		return d->decode(text, ask, s);
	sheet_begin(
		s, d ? d->name : NULL, d ? d->text : "consent string", f, 0);
	sheet_end(s);
	return false;
}

/* A line without its end; what is past the limit is passed over, not held. */
static bool
next_line(struct buf *line, bool *too_long)
{
	int c = getc_unlocked(stdin);

	buf_reset(line);
	*too_long = false;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(stdin)) {
		if (line->len < DECODE_BYTES_MAX)
			buf_put_byte(line, (uint8_t)c);
		else
			*too_long = true;
	}
	if (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;
	return !line->full;
}

static int
decode_lines(const struct decoder *d, const struct decode_ask *ask,
	struct sheet *s, struct lethe_error *err)
{
	int code = EXIT_YES;
	struct buf line;
	bool too_long;

	buf_init(&line, 0);
	while (next_line(&line, &too_long)) {
		if (!decode_one(buf_slice(&line), too_long, d, ask, s))
			code = EXIT_NO;
		if (output_flush(s->out, false, err))
			break;
	}
	if (line.full)
		(void)fail(err, LETHE_ENOMEM, 0, "no memory for a line");
	else if (!err->status && ferror(stdin))
		(void)fail(err, LETHE_EIO, 0, "cannot read standard input");
	buf_fini(&line);
	return code;
}

static bool
read_vendors(const struct options *o, struct decode_ask *ask)
{
	const char *text;
	size_t at = 0;

	while ((text = option_each(o, "vendor", &at)) != NULL) {
		char *end;
		unsigned long id = strtoul(text, &end, 10);

		if (text[0] < '0' || text[0] > '9' || *end || !id ||
			id > UINT16_MAX) {
			usage_error(o->command, "--vendor is an id from 1 to "
						"65535");
			return false;
		}
		if (ask->vendor_count == DECODE_VENDORS_MAX) {
			usage_error(o->command, "--vendor: at most %d",
				DECODE_VENDORS_MAX);
			return false;
		}
		ask->vendors[ask->vendor_count++] = (unsigned)id;
	}
	return true;
}

static bool
read_max_age(const struct options *o, struct decode_ask *ask)
{
	const char *text = option_get(o, "max-age");

	if (!text || (duration_parse(slice_of(text), &ask->max_age_ms) &&
			     ask->max_age_ms > 0))
		return true;
	usage_error(o->command,
		"--max-age is a time such as 395d, and more than nothing");
	return false;
}

static bool
read_format(const struct options *o, const struct decoder **out)
{
	const char *names[sizeof(decoders) / sizeof(decoders[0])] = {NULL};
	size_t i = SIZE_MAX;

	for (size_t n = 0; decoders[n]; n++)
		names[n] = decoders[n]->name;
	if (!option_choice(o, "format", names, &i))
		return false;
	*out = i == SIZE_MAX ? NULL : decoders[i];
	return true;
}

/* What says nothing of the strings of a format. */
static bool
check_format(const struct options *o, const struct decoder *d)
{
	static const char *const of_dates[] = {
		"now", "max-age", "vendor", NULL};

	for (size_t i = 0; d && !d->ages && of_dates[i]; i++) {
		if (!option_has(o, of_dates[i]))
			continue;
		usage_error(o->command, "--%s goes without --format %s",
			of_dates[i], d->name);
		return false;
	}
	return true;
}

static int
decode(const struct options *o, const struct decoder *d,
	const struct decode_ask *ask)
{
	struct slice text = slice_of(o->args[0]);
	struct lethe_error err = {0};
	int code = EXIT_YES;
	struct sheet s;
	struct buf out;

	buf_init(&out, 0);
	sheet_init(&s, option_has(o, "json"), &out);
	if (slice_is(text, "-"))
		code = decode_lines(d, ask, &s, &err);
	else if (!decode_one(text, text.len > DECODE_BYTES_MAX, d, ask, &s))
		code = EXIT_NO;
	if (err.status || output_flush(&out, true, &err))
		code = report(&err);
	buf_fini(&out);
	return code;
}

static int
run(int argc, char **argv)
{
	struct decode_ask ask = {.now_ms = clock_now_ms()};
	const struct decoder *d;
	struct options o;
	int code;

	if (!options_parse(&cmd_consent_decode, argc, argv, 1, 1, &o, &code))
		return code;
	if (!read_format(&o, &d) || !check_format(&o, d) ||
		!option_time(&o, "now", &ask.now_ms) ||
		!read_max_age(&o, &ask) || !read_vendors(&o, &ask))
		return EXIT_USAGE;
	return decode(&o, d, &ask);
}

static const char *const each[] = {"vendor", NULL};

const struct command cmd_consent_decode = {
	.words = "consent decode",
	.synopsis = "STRING|- [--json] [--format F] [--now TIME] "
		    "[--max-age 395d] [--vendor ID]",
	.summary = "reads a consent string, and says whether it may be used",
	.about = "Shows what an IAB TCF v2 string, a GPP string, a US privacy "
		 "string, Google's gcs or gcd, or OneTrust's cookie or groups "
		 "say: dates, purposes, vendors, opt-outs, flags, and whether "
		 "it may be used at a time, and why not.  `-` reads "
		 "one string a line from standard input; a string given as an "
		 "argument is seen in the list of processes.\n\n"
		 "Ends with 0 when the string is usable, 1 when it (or one of "
		 "the lines) is not.  `--json` gives an object even of what "
		 "cannot be decoded: `usable` is false, and `reason` names the "
		 "rule.  Of a usable string `reason` is null, or what was "
		 "tolerated.  Output shows what one person chose: treat it as "
		 "you treat the string.",
	.options = option_rows,
	.each = each,
	.examples =
		"lethe consent decode --now 2026-05-04T00:00:00Z \\\n"
		"  CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAAAAAAAA.IAVAAAAAAAQ\n"
		"lethe consent decode --json - < strings.txt",
	.run = run,
};
