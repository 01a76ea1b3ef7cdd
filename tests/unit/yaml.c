#include "suite.h"

#include "yaml/yaml.h"

#include <string.h>

static struct arena arena;
static struct mistakes mistakes;

static struct yaml_node *
parse(const char *text)
{
	arena_init(&arena, 0);
	mistakes_init(&mistakes, &arena);
	return yaml_parse(&arena, slice_of(text), &mistakes);
}

START_TEST(knows_where_each_node_stands)
{
	const struct yaml_node *root = parse("# first\na: 1\nb:\n  - x\n"
					     "  - { k: \"v\" }\n"),
			       *list, *map;

	ck_assert_ptr_nonnull(root);
	list = yaml_get(root, "b");
	ck_assert_int_eq(list->kind, YAML_LIST);
	ck_assert_uint_eq(list->count, 2);
	ck_assert_uint_eq(list->items[0]->line, 4);
	ck_assert_uint_eq(list->items[0]->column, 5);
	ck_assert(list->items[0]->plain);
	map = list->items[1];
	ck_assert_int_eq(map->kind, YAML_MAP);
	ck_assert_uint_eq(map->entries[0].value->column, 10);
	ck_assert(!map->entries[0].value->plain);
	ck_assert_ptr_null(map->key);
	ck_assert(slice_is(list->key->text, "b"));
	arena_fini(&arena);
}
END_TEST

START_TEST(counts_columns_in_characters)
{
	const struct yaml_node *root = parse("\"\xc3\xa4\xf0\x9f\x98\x80\": x");

	ck_assert_uint_eq(root->entries[0].value->column, 7);
	arena_fini(&arena);
}
END_TEST

START_TEST(skips_a_byte_order_mark)
{
	const struct yaml_node *root = parse("\xef\xbb\xbf"
					     "a: 1\r\nb: 2\r\n");

	ck_assert_uint_eq(root->count, 2);
	ck_assert_uint_eq(root->entries[0].key->column, 1);
	ck_assert(slice_is(root->entries[1].value->text, "2"));
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *text;
	unsigned line, column;
	const char *what;
} refused[] = {
	{"", 1, 1, "the file is empty"},
	{"# nothing\n", 1, 1, "the file is empty"},
	{"a: 1\na: 2\n", 2, 1, "`a` stands here twice"},
	{"a: 1\n\"a\": 2\n", 2, 1, "`a` stands here twice"},
	{"a: &x 1\n", 1, 4, "anchors are not allowed"},
	{"a: &x {}\n", 1, 4, "anchors are not allowed"},
	{"a: *x\n", 1, 4, "aliases are not allowed"},
	{"<<: *x\n", 1, 5, "aliases are not allowed"},
	{"a: !!int 1\n", 1, 4, "tags are not allowed"},
	{"a: ! x\n", 1, 4, "tags are not allowed"},
	{"a: !x [1]\n", 1, 4, "tags are not allowed"},
	{"[a]: 1\n", 1, 1, "a key that is no text"},
	{"? {a: b}\n: 1\n", 1, 3, "a key that is no text"},
	{"a: 1\n---\nb: 1\n", 2, 1, "a second document in one file"},
	{"a: caf\xe9\n", 1, 7, "a byte that no text may hold"},
	{"a: \xed\xa0\x80\n", 1, 4, "a byte that no text may hold"},
	{"a: \x01\n", 1, 4, "a byte that no text may hold"},
};

START_TEST(refuses_what_a_reviewer_could_misread)
{
	parse(refused[_i].text);
	ck_assert_uint_eq(mistakes.errors, 1);
	ck_assert_str_eq(mistakes.first->what, refused[_i].what);
	ck_assert_uint_eq(mistakes.first->line, refused[_i].line);
	ck_assert_uint_eq(mistakes.first->column, refused[_i].column);
	arena_fini(&arena);
}
END_TEST

START_TEST(says_when_a_part_is_missing)
{
	ck_assert(parse("a: *x\nb: 1\n")->cut);
	arena_fini(&arena);
	ck_assert(!parse("a: &x 1\nb: 1\n")->cut);
	arena_fini(&arena);
}
END_TEST

START_TEST(gives_nothing_when_it_is_not_yaml)
{
	ck_assert_ptr_null(parse("a: [1, 2\nb: 3\n"));
	ck_assert_uint_eq(mistakes.errors, 1);
	ck_assert_int_eq(strncmp(mistakes.first->what, "not YAML: ", 10), 0);
	arena_fini(&arena);
}
END_TEST

START_TEST(names_the_tab_that_indents_a_line)
{
	ck_assert_ptr_null(parse("a:\n  \tb: 3\n"));
	ck_assert_ptr_nonnull(strstr(mistakes.first->what, "a tab before"));
	ck_assert_uint_eq(mistakes.first->line, 2);
	arena_fini(&arena);
	ck_assert_ptr_null(parse("\ta: 3\n"));
	ck_assert_ptr_nonnull(strstr(mistakes.first->what, "a tab before"));
	arena_fini(&arena);
}
END_TEST

START_TEST(ends_at_its_depth)
{
	char text[2 * 40 + 1];

	memset(text, '[', 32);
	memset(text + 32, ']', 32);
	text[64] = '\0';
	ck_assert_ptr_nonnull(parse(text));
	arena_fini(&arena);
	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	text[66] = '\0';
	ck_assert_ptr_null(parse(text));
	ck_assert_str_eq(
		mistakes.first->what, "nested more than 32 levels deep");
	ck_assert_uint_eq(mistakes.errors, 1);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *text;
	bool is;
	int64_t value;
} integers[] = {
	{"0", true, 0},
	{"-1", true, -1},
	{"007", true, 7},
	{"9223372036854775807", true, INT64_MAX},
	{"9223372036854775808", false, 0},
	{"-9223372036854775808", true, INT64_MIN},
	{"-9223372036854775809", false, 0},
	{"99999999999999999999999", false, 0},
	{"\"1\"", false, 0},
	{"1.0", false, 0},
	{"0x10", false, 0},
	{"1e3", false, 0},
	{"+1", false, 0},
	{"\"-\"", false, 0},
	{"~", false, 0},
	{"one", false, 0},
};

START_TEST(reads_an_integer_from_its_digits)
{
	int64_t value = 77;

	ck_assert_int_eq(
		yaml_as_int(parse(integers[_i].text), &value), integers[_i].is);
	if (integers[_i].is)
		ck_assert_int_eq(value, integers[_i].value);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *text;
	bool is, value;
} booleans[] = {
	{"true", true, true},
	{"false", true, false},
	{"\"true\"", false, false},
	{"yes", false, false},
	{"no", false, false},
	{"on", false, false},
	{"True", false, false},
	{"1", false, false},
};

START_TEST(takes_two_words_for_booleans)
{
	bool value = false;

	ck_assert_int_eq(yaml_as_bool(parse(booleans[_i].text), &value),
		booleans[_i].is);
	ck_assert_int_eq(value, booleans[_i].value);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *text;
	bool is;
} nulls[] = {{"a: null", true}, {"a: ~", true}, {"a:", true},
	{"a: \"null\"", false}, {"a: \"\"", false}, {"a: Null", false},
	{"a: []", false}};

START_TEST(knows_nothing_when_it_sees_it)
{
	ck_assert_int_eq(yaml_is_null(yaml_get(parse(nulls[_i].text), "a")),
		nulls[_i].is);
	arena_fini(&arena);
}
END_TEST

SUITE("yaml", TEST(knows_where_each_node_stands),
	TEST(counts_columns_in_characters), TEST(skips_a_byte_order_mark),
	ROWS(refuses_what_a_reviewer_could_misread, refused),
	TEST(says_when_a_part_is_missing),
	TEST(gives_nothing_when_it_is_not_yaml), TEST(ends_at_its_depth),
	TEST(names_the_tab_that_indents_a_line),
	ROWS(reads_an_integer_from_its_digits, integers),
	ROWS(takes_two_words_for_booleans, booleans),
	ROWS(knows_nothing_when_it_sees_it, nulls))
