#include "suite.h"

#include "event/path.h"

/* The steps as text: k key, * each, s select, j :json. */
static const struct {
	const char *path;
	const char *steps;
} good[] = {
	{"$.a", "k a"},
	{"$.a.b-c.$d_9", "k a|k b-c|k $d_9"},
	{"$.k\xc3\xbc", "k k\xc3\xbc"},
	{"$[\"odd key\"].x", "k odd key|k x"},
	{"$.a[\"\"]", "k a|k "},
	{"$[\"a\\\"\\u00e9\\n\"]", "k a\"\xc3\xa9\n"},
	{"$[\"a\\ud83d\\ude00\"]", "k a\xf0\x9f\x98\x80"},
	{"$.items[*].sku", "k items|*|k sku"},
	{"$.params[key=session].value", "k params|s key=session|k value"},
	{"$.p[\"odd key\"=\"a]b\"].v", "k p|s odd key=a]b|k v"},
	{"$.co:json.data[schema=\"iglu:com.example/x/1-0-0\"].data",
		"k co|j|k data|s schema=iglu:com.example/x/1-0-0|k data"},
	{"$.c[schema=iglu:com.example/x/1-0-0]",
		"k c|s schema=iglu:com.example/x/1-0-0"},
	{"$.a:json[*]:json:json.b", "k a|j|*|j|j|k b"},
};

static const char *
show(const struct path *p)
{
	static char text[512];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->count; i++) {
		const struct path_step *s = &p->steps[i];

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c",
			i ? "|" : "", "k*sj"[s->kind]);
		if (s->kind == STEP_KEY || s->kind == STEP_SELECT)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				" %.*s", (int)s->key.len,
				(const char *)s->key.ptr);
		if (s->kind == STEP_SELECT)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"=%.*s", (int)s->text.len,
				(const char *)s->text.ptr);
	}
	return text;
}

START_TEST(reads_paths)
{
	struct arena a;
	struct path p;

	arena_init(&a, 0);
	ck_assert_status(
		path_parse(&a, slice_of(good[_i].path), &p, NULL), LETHE_OK);
	ck_assert_str_eq(show(&p), good[_i].steps);
	for (size_t i = 0; i < p.count; i++)
		ck_assert_int_eq(i == p.each, p.steps[i].kind == STEP_EACH);
	arena_fini(&a);
}
END_TEST

static const struct {
	const char *path;
	size_t at;
	const char *what; /* a part of it */
} bad[] = {
	{"", 0, "starts with $"},
	{"a.b", 0, "starts with $"},
	{"$", 1, "must name something"},
	{"$.", 2, "expected a name"},
	{"$..a", 2, "expected a name"},
	{"$.a.", 4, "expected a name"},
	{"$.a b", 3, "expected .name"},
	{"$.a.@t", 4, "expected a name"},
	{"$a", 1, "expected .name"},
	{"$[*].a", 1, "the top of an event"},
	{"$:json.a", 1, "the top of an event"},
	{"$[a=b].c", 1, "the top of an event"},
	{"$.a[0]", 4, "no numbers"},
	{"$.a[*].b[*]", 8, "one [*] only"},
	{"$.a[]", 4, "expected *"},
	{"$.a[b]", 5, "expected ="},
	{"$.a[b=]", 6, "expected the value"},
	{"$.a[b=c", 7, "expected ]"},
	{"$.a[\"b]", 7, "must end with a quote"},
	{"$.a[\"b\\x\"]", 6, "not an escape"},
	{"$.a[\"\\ud800\"]", 5, "not an escape"},
	{"$.a[\"b\"", 7, "expected ]"},
	{"$.a:jsonx", 4, "only :json"},
	{"$.a:xml", 4, "only :json"},
	{"$.a:json:json:json:json", 18, "three :json"},
	{"@key.a", 4, "nothing may follow"},
	{"@keys", 4, "nothing may follow"},
	{"@offset", 0, "starts with $"},
	{"@header", 7, "expected [\"name\"]"},
	{"@header[\"\"]", 10, "has a name"},
	{"@header[\"a\\u0000b\"]", 18, "no NUL"},
	{"$.a\xff", 0, "UTF-8"},
};

START_TEST(says_where_a_path_is_wrong)
{
	struct lethe_error err = {0};
	struct arena a;
	struct path p;

	arena_init(&a, 0);
	ck_assert_status(
		path_parse(&a, slice_of(bad[_i].path), &p, &err), LETHE_EUSAGE);
	ck_assert_uint_eq(err.offset, bad[_i].at);
	ck_assert_ptr_nonnull(strstr(err.what, bad[_i].what));
	ck_assert_uint_eq(p.count, 0);
	arena_fini(&a);
}
END_TEST

static struct path
parsed(struct arena *a, const char *text)
{
	struct path p;

	ck_assert_status(path_parse(a, slice_of(text), &p, NULL), LETHE_OK);
	return p;
}

START_TEST(reads_the_messages_own)
{
	struct arena a;
	struct path p;

	arena_init(&a, 0);
	ck_assert_int_eq(parsed(&a, "@key").root, PATH_KEY);
	ck_assert_int_eq(parsed(&a, "@timestamp").root, PATH_TIMESTAMP);
	ck_assert_int_eq(parsed(&a, "@topic").root, PATH_TOPIC);
	p = parsed(&a, "@header[\"ce id\"]");
	ck_assert_int_eq(p.root, PATH_HEADER);
	ck_assert(slice_is(p.header, "ce id"));
	arena_fini(&a);
}
END_TEST

START_TEST(knows_one_place_by_two_spellings)
{
	struct arena a;
	struct path p, q;

	arena_init(&a, 0);
	p = parsed(&a, "$.a[k=v].b");
	q = parsed(&a, "$[\"\\u0061\"][\"k\"=\"v\"][\"b\"]");
	ck_assert(path_equal(&p, &q));
	q = parsed(&a, "$.a[k=w].b");
	ck_assert(!path_equal(&p, &q));
	q = parsed(&a, "$.a[*].b");
	ck_assert(!path_equal(&p, &q));
	arena_fini(&a);
}
END_TEST

START_TEST(cuts_a_prefix)
{
	struct arena a;
	struct path p, q, cut;

	arena_init(&a, 0);
	p = parsed(&a, "$.a[*].b");
	q = parsed(&a, "$.a");
	cut = path_prefix(&p, 1);
	ck_assert(path_equal(&cut, &q));
	ck_assert_uint_eq(cut.each, SIZE_MAX);
	ck_assert_uint_eq(path_prefix(&p, 2).each, 1);
	arena_fini(&a);
}
END_TEST

START_TEST(stops_at_32_steps)
{
	struct lethe_error err = {0};
	char text[128] = "$";
	struct arena a;
	struct path p;

	arena_init(&a, 0);
	for (size_t i = 0; i < 32; i++)
		memcpy(text + 1 + 2 * i, ".a", 3);
	ck_assert_uint_eq(parsed(&a, text).count, 32);
	memcpy(text + 65, ".a", 3);
	ck_assert_status(
		path_parse(&a, slice_of(text), &p, &err), LETHE_EUSAGE);
	ck_assert_uint_eq(err.offset, 65);
	arena_fini(&a);
}
END_TEST

SUITE("path", ROWS(reads_paths, good), ROWS(says_where_a_path_is_wrong, bad),
	TEST(reads_the_messages_own), TEST(knows_one_place_by_two_spellings),
	TEST(cuts_a_prefix), TEST(stops_at_32_steps))
