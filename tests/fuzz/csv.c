/*
 * A CSV file, any bytes.
 *
 * Held against: it ends; every row's line lies behind the one before; what a
 * row holds, quoted again, is read as the same row.
 */

#include "text/csv.h"
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena arena, second;
static struct buf quoted;

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
quote(const struct slice *fields, size_t count)
{
	buf_reset(&quoted);
	for (size_t i = 0; i < count; i++) {
		buf_put_text(&quoted, i ? ",\"" : "\"");
		for (size_t k = 0; k < fields[i].len; k++) {
			if (fields[i].ptr[k] == '"')
				buf_put_byte(&quoted, '"');
			buf_put_byte(&quoted, fields[i].ptr[k]);
		}
		buf_put_byte(&quoted, '"');
	}
	buf_put_byte(&quoted, '\n');
}

static void
check_again(const struct slice *fields, size_t count)
{
	struct slice again[CSV_FIELDS_MAX];
	struct csv c;
	size_t n;

	quote(fields, count);
	csv_init(&c, buf_slice(&quoted));
	arena_reset(&second);
	must(csv_next(&c, &second, again, &n) == CSV_ROW && n == count,
		"a row quoted again is a row");
	for (size_t i = 0; i < count; i++)
		must(slice_equal(again[i], fields[i]), "of the same fields");
	must(csv_next(&c, &second, again, &n) == CSV_END, "and no other");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice fields[CSV_FIELDS_MAX];
	enum csv_result r;
	struct csv c;
	size_t count, line = 0;

	arena_reset(&arena);
	csv_init(&c, slice_make(data, size));
	while ((r = csv_next(&c, &arena, fields, &count)) != CSV_END) {
		must(c.line > line, "lines go on");
		line = c.line;
		if (r == CSV_ROW)
			check_again(fields, count);
	}
	return 0;
}
