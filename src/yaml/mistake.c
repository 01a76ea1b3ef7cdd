#include "yaml/mistake.h"

#include <stdlib.h>

#define SHOWN_COLUMNS 72 /* of a source line */

void
mistakes_init(struct mistakes *m, struct arena *a)
{
	*m = (struct mistakes){.a = a};
}

/*
 * The next code point of UTF-8, or 0xfffd for a byte that starts none.  It only
 * decides what a terminal may be shown.
 */
static uint32_t
take_point(struct slice *s, struct slice *bytes)
{
	static const uint8_t lengths[16] = {
		1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 3, 4};
	size_t len = lengths[s->ptr[0] >> 4];
	uint32_t point = s->ptr[0] & (len > 1 ? 0x7fu >> len : 0x7fu);
	bool ok = len && len <= s->len && s->ptr[0] < 0xf5;

	for (size_t i = 1; ok && i < len; i++) {
		ok = (s->ptr[i] & 0xc0) == 0x80;
		point = point << 6 | (s->ptr[i] & 0x3fu);
	}
	if (!ok)
		len = 1;
	*bytes = slice_make(s->ptr, len);
	*s = slice_make(s->ptr + len, s->len - len);
	return ok ? point : 0xfffd;
}

/* Whether a terminal could take it for more than a sign. */
static bool
is_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfffd ||
	       point == 0x200e || point == 0x200f || point == 0xfeff;
}

static void
put_safe(struct buf *out, struct slice text)
{
	struct slice bytes;

	while (text.len) {
		uint32_t point = take_point(&text, &bytes);

		if (point == '\t')
			buf_put_byte(out, ' ');
		else if (is_unsafe(point))
			buf_put_byte(out, '?');
		else
			buf_put_slice(out, bytes);
	}
}

static const char *
copy(struct mistakes *m, const char *text)
{
	struct buf safe;
	const char *kept;

	if (!text)
		return NULL;
	buf_init(&safe, 0);
	put_safe(&safe, slice_of(text));
	kept = safe.full ? NULL : arena_strndup(m->a, safe.ptr, safe.len);
	if (!kept)
		m->lost = true;
	buf_fini(&safe);
	return kept;
}

void
mistake_add(struct mistakes *m, bool warning, unsigned line, unsigned column,
	const char *what, const char *why, const char *instead)
{
	struct mistake *row = arena_calloc(m->a, 1, sizeof(*row));

	if (warning)
		m->warnings++;
	else
		m->errors++;
	if (!row) {
		m->lost = true;
		return;
	}
	*row = (struct mistake){.line = line,
		.column = column,
		.warning = warning,
		.what = copy(m, what),
		.why = copy(m, why),
		.instead = copy(m, instead)};
	if (!row->what)
		return;
	if (m->last)
		m->last->next = row;
	else
		m->first = row;
	m->last = row;
}

static bool
is_before(const struct mistake *x, const struct mistake *y)
{
	if (x->warning != y->warning)
		return y->warning;
	return x->line < y->line ||
	       (x->line == y->line && x->column < y->column);
}

/* Merges two sorted lists; of equal places the first list's come first. */
static struct mistake *
merge(struct mistake *x, struct mistake *y)
{
	struct mistake *first = NULL, **end = &first;

	while (x && y) {
		struct mistake **from = is_before(y, x) ? &y : &x;

		*end = *from;
		end = &(*from)->next;
		*from = *end;
	}
	*end = x ? x : y;
	return first;
}

void
mistakes_sort(struct mistakes *m)
{
	struct mistake *bins[32] = {NULL}, *all = NULL, *row, *next;
	size_t i;

	for (row = m->first; row; row = next) {
		next = row->next;
		row->next = NULL;
		for (i = 0; i < 31 && bins[i]; i++) {
			row = merge(bins[i], row);
			bins[i] = NULL;
		}
		bins[i] = bins[i] ? merge(bins[i], row) : row;
	}
	for (i = 0; i < 32; i++)
		if (bins[i])
			all = merge(bins[i], all);
	m->first = m->last = all;
	while (m->last && m->last->next)
		m->last = m->last->next;
}

/* Where the lines of a file were counted to: rows come in their order. */
struct lines {
	struct slice source, rest;
	unsigned line; /* that `rest` begins with */
};

static void
lines_begin(struct lines *l)
{
	l->rest = l->source;
	l->line = 1;
	if (l->rest.len >= 3 && !memcmp(l->rest.ptr, "\xef\xbb\xbf", 3))
		l->rest = slice_make(l->rest.ptr + 3, l->rest.len - 3);
}

/* A line of the file, from 1; empty past its end. */
static struct slice
source_line(struct lines *l, unsigned line)
{
	struct slice rest, text;

	if (line < l->line)
		lines_begin(l);
	for (; l->line < line && l->rest.len; l->line++)
		(void)slice_word(&l->rest, '\n');
	rest = l->rest;
	text = slice_word(&rest, '\n');
	if (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text;
}

/* Cuts `columns` code points off the front. */
static struct slice
skip_points(struct slice text, unsigned columns)
{
	struct slice bytes;

	while (text.len && columns--)
		take_point(&text, &bytes);
	return text;
}

/* The line and a caret below it, both cut to what a terminal shows. */
static void
print_source(const struct mistake *row, struct lines *lines, struct buf *out)
{
	struct slice text = source_line(lines, row->line), rest;
	unsigned caret = row->column ? row->column - 1 : 0, from = 0;
	bool more;

	if (!text.len)
		return;
	if (caret > SHOWN_COLUMNS - 16) {
		from = caret - (SHOWN_COLUMNS / 2);
		text = skip_points(text, from);
	}
	rest = skip_points(text, SHOWN_COLUMNS);
	more = rest.len > 0;
	text.len -= rest.len;
	buf_printf(out, "%6u | %s", row->line, from ? "..." : "");
	put_safe(out, text);
	buf_printf(out, "%s\n       | %*s^\n", more ? "..." : "",
		(int)(caret - from + (from ? 3 : 0)), "");
}

void
mistakes_print(struct mistakes *m, const char *file, struct slice source,
	struct buf *out)
{
	const char *bold = m->colour ? "\033[1m" : "";
	const char *off = m->colour ? "\033[0m" : "";
	const char *error = m->colour ? "\033[31m" : "";
	const char *warning = m->colour ? "\033[33m" : "";
	struct lines lines = {.source = source};

	lines_begin(&lines);
	mistakes_sort(m);
	for (const struct mistake *row = m->first; row; row = row->next) {
		buf_printf(out, "%s%s:%u:%u:%s %s%s:%s %s\n", bold, file,
			row->line, row->column, off,
			row->warning ? warning : error,
			row->warning ? "warning" : "error", off, row->what);
		print_source(row, &lines, out);
		if (row->why)
			buf_printf(out, "    why: %s\n", row->why);
		if (row->instead)
			buf_printf(out, "  write: %s\n", row->instead);
	}
}

static void
put_json(struct buf *out, const char *text)
{
	size_t len, step;

	if (!text) {
		buf_put_text(out, "null");
		return;
	}
	buf_put_byte(out, '"');
	for (len = strlen(text); len; text += step, len -= step) {
		step = 1;
		if (*text == '"' || *text == '\\')
			buf_put_byte(out, '\\');
		if ((unsigned char)*text < 0x20)
			buf_printf(out, "\\u%04x", (unsigned char)*text);
		else
			step = buf_put_sequence(
				out, (const uint8_t *)text, len);
	}
	buf_put_byte(out, '"');
}

void
mistakes_print_json(struct mistakes *m, const char *file, struct buf *out)
{
	mistakes_sort(m);
	buf_put_byte(out, '[');
	for (const struct mistake *row = m->first; row; row = row->next) {
		buf_put_text(
			out, row == m->first ? "{\"file\":" : ",{\"file\":");
		put_json(out, file);
		buf_printf(out,
			",\"line\":%u,\"column\":%u,\"severity\":\"%s\"",
			row->line, row->column,
			row->warning ? "warning" : "error");
		buf_put_text(out, ",\"what\":");
		put_json(out, row->what);
		buf_put_text(out, ",\"why\":");
		put_json(out, row->why);
		buf_put_text(out, ",\"instead\":");
		put_json(out, row->instead);
		buf_put_byte(out, '}');
	}
	buf_put_byte(out, ']');
}

#define NEAR_MAX 64

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static size_t
least(size_t x, size_t y)
{
	return x < y ? x : y;
}

/*
 * Optimal string alignment distance: edits and swaps of neighbours.
 * Source: Damerau 1964, Levenshtein 1966.
 */
static size_t
distance(struct slice x, const char *y, size_t y_len)
{
	size_t rows[3][NEAR_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= y_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= x.len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= y_len; j++) {
			bool same =
				fold(x.ptr[i - 1]) == fold((uint8_t)y[j - 1]);

			row[j] = least(above[j - 1] + !same,
				least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 &&
				x.ptr[i - 1] == (uint8_t)y[j - 2] &&
				x.ptr[i - 2] == (uint8_t)y[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[y_len];
}

const char *
nearest_name(struct slice text, const char *const *names)
{
	const char *best = NULL;
	size_t near = 0;

	if (!text.len || text.len > NEAR_MAX)
		return NULL;
	for (; *names; names++) {
		size_t len = strlen(*names), far;

		if (len > NEAR_MAX)
			continue;
		far = distance(text, *names, len);
		if (far * 3 <= (len > text.len ? len : text.len) &&
			(!best || far < near)) {
			best = *names;
			near = far;
		}
	}
	return best;
}
