#include "cli/consent/sheet.h"

#include "text/time.h"

#define LABEL_COLUMNS 28
#define COLUMNS 80
#define RUN_LINES_MAX 8

void
sheet_init(struct sheet *s, bool json, struct buf *out)
{
	s->out = out;
	s->json = json;
}

/* The key, or the beginning of a line; false when it is not for this reader. */
static bool
begin_field(struct sheet *s, const char *key, const char *label)
{
	if (s->json && key)
		write_key(&s->w, slice_of(key));
	if (!s->json && label)
		buf_printf(s->out, "  %-*s ", LABEL_COLUMNS - 3, label);
	return s->json ? key != NULL : label != NULL;
}

static void
put_value(struct sheet *s, const char *text)
{
	if (s->json)
		write_string(&s->w, slice_of(text));
	else
		buf_printf(s->out, "%s\n", text);
}

void
sheet_text(
	struct sheet *s, const char *key, const char *label, const char *text)
{
	if (begin_field(s, key, label))
		put_value(s, text);
}

void
sheet_number(struct sheet *s, const char *key, const char *label, uint64_t n)
{
	if (!begin_field(s, key, label))
		return;
	if (s->json)
		write_uint(&s->w, n);
	else
		buf_printf(s->out, "%llu\n", (unsigned long long)n);
}

void
sheet_bool(struct sheet *s, const char *key, const char *label, bool value)
{
	if (!begin_field(s, key, label))
		return;
	if (s->json)
		write_bool(&s->w, value);
	else
		buf_put_text(s->out, value ? "yes\n" : "no\n");
}

void
sheet_time(struct sheet *s, const char *key, const char *label, int64_t ms)
{
	enum time_grain grain = ms % 1000 ? GRAIN_MS : GRAIN_SECOND;
	char text[TIME_TEXT_BYTES];

	if (!time_format(ms, grain, text))
		sheet_null(s, key, label);
	else
		sheet_text(s, key, label, text);
}

void
sheet_null(struct sheet *s, const char *key, const char *label)
{
	if (!begin_field(s, key, label))
		return;
	if (s->json)
		write_null(&s->w);
	else
		buf_put_text(s->out, "none\n");
}

void
numbers_add(struct numbers *n, unsigned first, unsigned last)
{
	for (unsigned word = first / 64; word <= last / 64; word++) {
		uint64_t bits = UINT64_MAX;

		if (word == first / 64)
			bits &= UINT64_MAX << first % 64;
		if (word == last / 64)
			bits &= UINT64_MAX >> (63 - last % 64);
		n->words[word] |= bits;
	}
}

static bool
has(const struct numbers *n, unsigned i)
{
	return i < 65536 && n->words[i / 64] >> (i % 64) & 1;
}

static void
put_list(struct sheet *s, const struct numbers *n)
{
	write_array(&s->w, 0);
	for (unsigned i = 0; i < 65536; i++)
		if (has(n, i))
			write_uint(&s->w, i);
	write_array_end(&s->w);
}

/* Runs, filled under the label; a long list is cut and says so. */
static void
put_runs(struct sheet *s, const struct numbers *n)
{
	size_t column = LABEL_COLUMNS, lines = 1;
	const char *comma = "";

	for (unsigned i = 0, last; i < 65536; i = last + 1) {
		char run[32];
		size_t len;

		for (last = i; has(n, i) && has(n, last + 1);)
			last++;
		if (!has(n, i))
			continue;
		len = (size_t)(last > i ? snprintf(run, sizeof(run), "%s%u-%u",
						  comma, i, last)
					: snprintf(run, sizeof(run), "%s%u",
						  comma, i));
		if (column + len >= COLUMNS && lines++ == RUN_LINES_MAX) {
			buf_printf(s->out, ",\n%*s… (--json has all)",
				LABEL_COLUMNS, "");
			break;
		}
		if (column + len >= COLUMNS) {
			buf_printf(
				s->out, ",\n%*s%s", LABEL_COLUMNS, "", run + 2);
			column = LABEL_COLUMNS + len - 2;
		} else {
			buf_put_text(s->out, run);
			column += len;
		}
		comma = ", ";
	}
	buf_put_text(s->out, *comma ? "\n" : "none\n");
}

void
sheet_numbers(struct sheet *s, const char *key, const char *label,
	const struct numbers *n)
{
	if (!begin_field(s, key, label))
		return;
	if (s->json)
		put_list(s, n);
	else
		put_runs(s, n);
}

void
sheet_set(struct sheet *s, const char *key, const char *label, uint64_t set)
{
	struct numbers n = {0};

	for (unsigned i = 0; i < 63; i++)
		if (set >> i & 1)
			numbers_add(&n, i + 1, i + 1);
	sheet_numbers(s, key, label, &n);
}

void
sheet_group(struct sheet *s, const char *key, const char *label)
{
	if (!s->json) {
		buf_printf(s->out, "\n%s\n", label);
		return;
	}
	write_key(&s->w, slice_of(key));
	write_object(&s->w, 0);
}

void
sheet_group_end(struct sheet *s)
{
	if (s->json)
		write_object_end(&s->w);
}

/* The first thing tolerated, or what it was that was found. */
static enum finding_code
reason_of(struct finding f, uint64_t tolerated)
{
	for (unsigned code = 0; f.code == FOUND_OK && code < FOUND_COUNT;
		code++)
		if (tolerated >> code & 1)
			return (enum finding_code)code;
	return f.code;
}

static void
begin_json(struct sheet *s, const char *format, struct finding f,
	uint64_t tolerated)
{
	enum finding_code reason = reason_of(f, tolerated);

	writer_init(&s->w, FORMAT_JSON, s->out);
	write_object(&s->w, 0);
	if (format)
		sheet_text(s, "format", NULL, format);
	else
		sheet_null(s, "format", NULL);
	sheet_bool(s, "usable", NULL, f.code == FOUND_OK);
	if (reason == FOUND_OK)
		sheet_null(s, "reason", NULL);
	else
		sheet_text(s, "reason", NULL, finding_name(reason));
	if (f.place)
		sheet_text(s, "place", NULL, f.place);
}

static void
begin_text(
	struct sheet *s, const char *text, struct finding f, uint64_t tolerated)
{
	buf_printf(s->out, "%s: %s\n", text,
		f.code == FOUND_OK ? "usable" : "not usable");
	if (f.code != FOUND_OK)
		buf_printf(s->out, "  %s (%s%s%s): %s\n", finding_name(f.code),
			finding_class(f.code) == FINDING_MALFORMED ? "malformed"
								   : "judged",
			f.place ? ", at " : "", f.place ? f.place : "",
			finding_text(f.code));
	for (unsigned code = 0; code < FOUND_COUNT; code++)
		if (f.code == FOUND_OK && tolerated >> code & 1)
			buf_printf(s->out, "  %s: %s\n",
				finding_name((enum finding_code)code),
				finding_text((enum finding_code)code));
}

void
sheet_begin(struct sheet *s, const char *format, const char *text,
	struct finding f, uint64_t tolerated)
{
	if (s->json)
		begin_json(s, format, f, tolerated);
	else
		begin_text(s, text, f, tolerated);
}

void
sheet_end(struct sheet *s)
{
	if (s->json)
		write_object_end(&s->w);
	buf_put_byte(s->out, '\n');
}
