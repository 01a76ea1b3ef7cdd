/* Rows of CSV files: fields joined by |, rows by /, what is broken by !. */

#include "suite.h"

#include "text/csv.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *text, *rows;
} cases[] = {
	{"", ""},
	{"a,b\n1,2\n", "1:a|b/2:1|2/"},
	{"a,b", "1:a|b/"},
	{"a,b\r\n1,\r\n", "1:a|b/2:1|/"},
	{"a\r", "1:a/"},
	{"\xef\xbb\xbf"
	 "a\n",
		"1:a/"},
	{"a\n\n\r\nb\n", "1:a/4:b/"},
	{"\"a,b\",c\n", "1:a,b|c/"},
	{"\"a\"\"b\",\"\"\n", "1:a\"b|/"},
	{"\"\"\"\"\n", "1:\"/"},
	{"\"a\nb\"\nc\n", "1:a\nb/3:c/"},
	{"a\"b,c\nd\n", "1:!/2:d/"},
	{"\"a\"b\nd\n", "1:!/2:d/"},
	{"\"a\nb\"c\nd\n", "1:!/3:d/"},
	{"a\n\"b\nc\n", "1:a/2:?/"},
	{",\n", "1:|/"},
};

static void
show(struct csv *c, struct arena *a, char out[static 256])
{
	struct slice fields[CSV_FIELDS_MAX];
	size_t len = 0, count;
	enum csv_result r;

	out[0] = '\0';
	while ((r = csv_next(c, a, fields, &count)) != CSV_END) {
		len += (size_t)snprintf(out + len, 256 - len, "%zu:", c->line);
		if (r != CSV_ROW)
			len += (size_t)snprintf(out + len, 256 - len, "%s",
				r == CSV_UNENDED ? "?" : "!");
		for (size_t i = 0; r == CSV_ROW && i < count; i++)
			len += (size_t)snprintf(out + len, 256 - len, "%s%.*s",
				i ? "|" : "", (int)fields[i].len,
				(const char *)fields[i].ptr);
		len += (size_t)snprintf(out + len, 256 - len, "/");
	}
}

START_TEST(reads_rows)
{
	struct arena a;
	struct csv c;
	char text[256];

	arena_init(&a, 0);
	csv_init(&c, slice_of(cases[_i].text));
	show(&c, &a, text);
	ck_assert_str_eq(text, cases[_i].rows);
	arena_fini(&a);
}
END_TEST

/* From memory of its own length, so that a sanitizer sees a byte too many;
 * each prefix ends. */
START_TEST(ends_wherever_it_is_cut)
{
	struct arena a;
	struct csv c;
	char text[256];
	size_t len = strlen(cases[_i].text);

	arena_init(&a, 0);
	for (size_t i = 0; i <= len; i++) {
		uint8_t *part = malloc(i + 1);

		ck_assert_ptr_nonnull(part);
		memcpy(part, cases[_i].text, i);
		part = realloc(part, i ? i : 1);
		csv_init(&c, slice_make(part, i));
		show(&c, &a, text);
		free(part);
	}
	arena_fini(&a);
}
END_TEST

/* Of the second row: it, where its quote began, its last line. */
static const struct {
	const char *text;
	size_t line, quote, end;
} places[] = {
	{"a\nb\n", 2, 0, 2},
	{"a\nb", 2, 0, 2},
	{"a\n\"b\nc\"\nd\n", 2, 2, 3},
	{"a\n\"b\nc\nd\n", 2, 2, 4},
	{"a\n\"b\nc", 2, 2, 3},
	{"a\n\"b\nc\",\"d\ne\n", 2, 3, 4},
	{"a\n\"b\n\"c\"\nd\n", 2, 2, 3},
	{"a\n\"b\nc\",d\"\ne\n", 2, 3, 3},
};

START_TEST(tells_where_a_quote_began)
{
	struct slice fields[CSV_FIELDS_MAX];
	struct arena a;
	struct csv c;
	size_t count;

	arena_init(&a, 0);
	csv_init(&c, slice_of(places[_i].text));
	ck_assert_int_eq(csv_next(&c, &a, fields, &count), CSV_ROW);
	ck_assert_int_ne(csv_next(&c, &a, fields, &count), CSV_END);
	ck_assert_uint_eq(c.line, places[_i].line);
	ck_assert_uint_eq(c.quote_line, places[_i].quote);
	ck_assert_uint_eq(c.end_line, places[_i].end);
	arena_fini(&a);
}
END_TEST

START_TEST(refuses_too_many_fields)
{
	struct slice fields[CSV_FIELDS_MAX];
	char text[2 * CSV_FIELDS_MAX + 8];
	struct arena a;
	struct csv c;
	size_t count;

	arena_init(&a, 0);
	memset(text, ',', CSV_FIELDS_MAX);
	memcpy(text + CSV_FIELDS_MAX, "\nb\n", 4);
	csv_init(&c, slice_of(text));
	ck_assert_int_eq(csv_next(&c, &a, fields, &count), CSV_TOO_MANY);
	ck_assert_int_eq(csv_next(&c, &a, fields, &count), CSV_ROW);
	ck_assert_uint_eq(c.line, 2);
	ck_assert_int_eq(csv_next(&c, &a, fields, &count), CSV_END);
	arena_fini(&a);
}
END_TEST

SUITE("csv", ROWS(reads_rows, cases), ROWS(ends_wherever_it_is_cut, cases),
	ROWS(tells_where_a_quote_began, places), TEST(refuses_too_many_fields))
