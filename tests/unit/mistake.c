#include "suite.h"

#include "yaml/mistake.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct mistakes mistakes;
static struct buf out;

static void
setup(void)
{
	arena_init(&arena, 0);
	mistakes_init(&mistakes, &arena);
	buf_init(&out, 0);
}

static void
teardown(void)
{
	buf_fini(&out);
	arena_fini(&arena);
}

static const char *
printed(const char *source)
{
	mistakes_print(&mistakes, "p.yaml", slice_of(source), &out);
	buf_put_byte(&out, 0);
	return (const char *)out.ptr;
}

START_TEST(tells_mistakes_before_warnings)
{
	setup();
	mistake_add(&mistakes, false, 3, 1, "third", NULL, NULL);
	mistake_add(&mistakes, true, 1, 9, "second", NULL, NULL);
	mistake_add(&mistakes, false, 1, 2, "first", "because", "that");
	mistake_add(&mistakes, false, 3, 1, "fourth", NULL, NULL);
	ck_assert_str_eq(printed(""), "p.yaml:1:2: error: first\n"
				      "    why: because\n"
				      "  write: that\n"
				      "p.yaml:3:1: error: third\n"
				      "p.yaml:3:1: error: fourth\n"
				      "p.yaml:1:9: warning: second\n");
	ck_assert_uint_eq(mistakes.errors, 3);
	ck_assert_uint_eq(mistakes.warnings, 1);
	teardown();
}
END_TEST

START_TEST(keeps_the_order_of_many_at_one_place)
{
	char name[16];
	unsigned i = 0;

	setup();
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		mistake_add(&mistakes, false, 5 - i % 5, 1, name, NULL, NULL);
	}
	mistakes_sort(&mistakes);
	i = 0;
	for (const struct mistake *m = mistakes.first; m; m = m->next, i++) {
		/* 200 a line; on a line they rise by five. */
		snprintf(
			name, sizeof(name), "m%u", 4 - i / 200 + 5 * (i % 200));
		ck_assert_str_eq(m->what, name);
	}
	ck_assert_uint_eq(i, 1000);
	teardown();
}
END_TEST

START_TEST(shows_the_line_and_a_caret_below)
{
	setup();
	mistake_add(&mistakes, false, 2, 4, "here", NULL, NULL);
	ck_assert_str_eq(printed("one\r\nk\xc3\xa4\tx: 1\r\n"),
		"p.yaml:2:4: error: here\n"
		"     2 | k\xc3\xa4 x: 1\n"
		"       |    ^\n");
	teardown();
}
END_TEST

START_TEST(cuts_a_long_line_around_the_caret)
{
	char line[301];
	const char *text, *caret, *shown;

	setup();
	memset(line, 'a', 300);
	line[300] = '\0';
	line[199] = 'X';
	mistake_add(&mistakes, false, 1, 200, "here", NULL, NULL);
	text = printed(line);
	shown = strchr(text, '|') + 2;
	ck_assert_int_eq(strncmp(shown, "...a", 4), 0);
	caret = strchr(shown, '|') + 2;
	ck_assert_int_eq(shown[strchr(caret, '^') - caret], 'X');
	ck_assert_uint_le(strcspn(shown, "\n"), 80);
	teardown();
}
END_TEST

START_TEST(shows_no_terminal_what_it_could_act_on)
{
	setup();
	mistake_add(&mistakes, false, 1, 1,
		"a\033[31mb\xe2\x80\xae"
		"c\xff",
		NULL, NULL);
	ck_assert_str_eq(printed("k\033]0;x\x7f\xc2\x9b"),
		"p.yaml:1:1: error: a?[31mb?c?\n"
		"     1 | k?]0;x??\n"
		"       | ^\n");
	teardown();
}
END_TEST

START_TEST(shows_stray_bytes_as_signs)
{
	setup();
	mistake_add(&mistakes, false, 1, 1,
		"\xff\xfe"
		"a\xc3",
		NULL, NULL);
	ck_assert_str_eq(printed("\xef\xbb\xbf"
				 "b\xe2\x82z\x80"),
		"p.yaml:1:1: error: ??a?\n"
		"     1 | b??z?\n"
		"       | ^\n");
	teardown();
}
END_TEST

START_TEST(survives_a_place_outside_the_file)
{
	setup();
	mistake_add(&mistakes, false, 99, 1, "past the end", NULL, NULL);
	mistake_add(&mistakes, false, 1, 9999, "past the line", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(printed("one\n"), "past the end"));
	teardown();
}
END_TEST

START_TEST(writes_json_that_needs_no_care)
{
	setup();
	mistake_add(&mistakes, true, 1, 2, "a \"b\" \\ c", NULL, "d");
	mistakes_print_json(&mistakes, "p\n\xff.yaml", &out);
	buf_put_byte(&out, 0);
	ck_assert_str_eq((const char *)out.ptr,
		"[{\"file\":\"p\\u000a\xef\xbf\xbd.yaml\",\"line\":1,"
		"\"column\":2,"
		"\"severity\":\"warning\",\"what\":\"a \\\"b\\\" \\\\ c\","
		"\"why\":null,\"instead\":\"d\"}]");
	teardown();
}
END_TEST

static const char *const names[] = {
	"topic", "retention", "identity", "id", "on", "format", NULL};

static const struct {
	const char *text;
	const char *near;
} spellings[] = {
	{"topics", "topic"},
	{"tpoic", "topic"},
	{"TOPIC", "topic"},
	{"retension", "retention"},
	{"identiy", "identity"},
	{"Id", "id"},
	{"in", NULL},
	{"recipients", NULL},
	{"", NULL},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaa",
		NULL},
};

START_TEST(finds_the_name_that_was_meant)
{
	const char *near = nearest_name(slice_of(spellings[_i].text), names);

	if (spellings[_i].near)
		ck_assert_str_eq(near, spellings[_i].near);
	else
		ck_assert_ptr_null(near);
}
END_TEST

SUITE("mistake", TEST(tells_mistakes_before_warnings),
	TEST(keeps_the_order_of_many_at_one_place),
	TEST(shows_the_line_and_a_caret_below),
	TEST(cuts_a_long_line_around_the_caret),
	TEST(shows_no_terminal_what_it_could_act_on),
	TEST(shows_stray_bytes_as_signs),
	TEST(survives_a_place_outside_the_file),
	TEST(writes_json_that_needs_no_care),
	ROWS(finds_the_name_that_was_meant, spellings))
