#include "unit/reading.h"

static const char *const slots[] = {"$.a", "$.a.b", "$.l[*].x", "$.l",
	"$.p[k=v].w", "$.p[k=\"7\"].w", "$.j:json.x", "$.j:json.l[*].y",
	"$.p[k=v].j:json.e[n=1].z", "$.g[k=v].h[*].i", "$.j", "$[\"\xc3\xa9\"]",
	NULL};

enum {
	SLOT_A,
	SLOT_AB,
	SLOT_LX,
	SLOT_L,
	SLOT_PV,
	SLOT_P7,
	SLOT_JX,
	SLOT_JLY,
	SLOT_NESTED,
	SLOT_GHI,
	SLOT_J,
	SLOT_E,
};

static const struct {
	const char *text;
	uint32_t slot;
	const char *shown;
} found[] = {
	{"{}", SLOT_A, ""},
	{" \t\r\n{ \"a\" : \"x\" } \n", SLOT_A, "0:\"x\""},
	{"{\"a\":null}", SLOT_A, "0:null"},
	{"{\"a\":true}", SLOT_A, "0:true"},
	{"{\"a\":0}", SLOT_A, "0:0"},
	{"{\"a\":-0}", SLOT_A, "0:0"},
	{"{\"a\":-0.0}", SLOT_A, "0:-0d"},
	{"{\"a\":1.0}", SLOT_A, "0:1d"},
	{"{\"a\":1e2}", SLOT_A, "0:100d"},
	{"{\"a\":-9223372036854775808}", SLOT_A, "0:-9223372036854775808"},
	{"{\"a\":18446744073709551615}", SLOT_A, "0:18446744073709551615"},
	{"{\"a\":18446744073709551616}", SLOT_A, "0:1.8446744073709552e+19d"},
	{"{\"a\":-9223372036854775809}", SLOT_A, "0:-9.2233720368547758e+18d"},
	{"{\"a\":10000000000000000999}", SLOT_A, "0:10000000000000000999"},
	{"{\"a\":1e400}", SLOT_A, "0:huge"},
	{"{\"a\":1e-400}", SLOT_A, "0:0d"},
	{"{\"a\":-1e-9223372036854775808}", SLOT_A, "0:-0d"},
	{"{\"a\":1e-99999999999999999999}", SLOT_A, "0:0d"},
	{"{\"a\":1e99999999999999999999}", SLOT_A, "0:huge"},
	{"{\"u\":1e400,\"a\":1}", SLOT_A, "0:1"},
	{"{\"a\":{\"b\":\"\\u00e9\\ud83d\\ude00\\n\\/\"}}", SLOT_AB,
		"0:\"\xc3\xa9\xf0\x9f\x98\x80\n/\""},
	{"{\"a\":{\"b\":1}}", SLOT_A, "0:object(1)"},
	{"{\"\\u0061\":{\"\\u0062\":1}}", SLOT_AB, "0:1"},
	{"{\"\\u00e9\":1}", SLOT_E, "0:1"},
	{"{\"aa\":1,\"\":2,\"A\":3}", SLOT_A, ""},
	{"{\"l\":[{\"x\":1},{\"y\":2},{\"x\":\"3\"},4]}", SLOT_LX,
		"0:1 2:\"3\""},
	{"{\"l\":[{\"x\":1},2]}", SLOT_L, "0:array(2)"},
	{"{\"l\":{\"x\":1}}", SLOT_LX, ""},
	{"{\"p\":[{\"k\":\"u\",\"w\":1},{\"k\":\"v\",\"w\":2}]}", SLOT_PV,
		"0:2"},
	{"{\"p\":[{\"w\":1,\"k\":\"u\"},{\"w\":2,\"k\":\"v\"}]}", SLOT_PV,
		"0:2"},
	{"{\"p\":[{\"k\":\"v\",\"w\":1},{\"w\":2,\"k\":\"v\"}]}", SLOT_PV, ""},
	{"{\"p\":[{\"k\":\"v\"},{\"w\":2,\"k\":\"v\"}]}", SLOT_PV, ""},
	{"{\"p\":[{\"w\":2}]}", SLOT_PV, ""},
	{"{\"p\":[{\"k\":[\"v\"],\"w\":2}]}", SLOT_PV, ""},
	{"{\"p\":[{\"k\":7,\"w\":1},{\"k\":\"v\",\"w\":2}]}", SLOT_P7, "0:1"},
	{"{\"p\":[{\"k\":7.0,\"w\":1}]}", SLOT_P7, ""},
	{"{\"p\":[{\"k\":7,\"w\":1},{\"k\":\"7\",\"w\":2}]}", SLOT_P7, ""},
	{"{\"j\":\"{\\\"x\\\":\\\"\\\\u0041\\\"}\"}", SLOT_JX, "0:\"A\""},
	{"{\"j\":\" {\\\"x\\\":1}\\n\"}", SLOT_JX, "0:1"},
	{"{\"j\":\"[1]\"}", SLOT_JX, ""},
	{"{\"j\":\"7\"}", SLOT_J, "0:\"7\""},
	{"{\"j\":null}", SLOT_JX, ""},
	{"{\"j\":\"{\\\"l\\\":[{\\\"y\\\":1},{\\\"y\\\":2}]}\"}", SLOT_JLY,
		"0:1 1:2"},
	{"{\"p\":[{\"j\":\"{\\\"e\\\":[{\\\"z\\\":5,\\\"n\\\":1},{\\\"z\\\":6,"
	 "\\\"n\\\":2}]}\",\"k\":\"v\"}]}",
		SLOT_NESTED, "0:5"},
	{"{\"p\":[{\"j\":\"{\\\"e\\\":[{\\\"z\\\":5,\\\"n\\\":1}]}\","
	 "\"k\":\"u\"}]}",
		SLOT_NESTED, ""},
	{"{\"g\":[{\"h\":[{\"i\":1}],\"k\":\"u\"},{\"h\":[0,{\"i\":2},{\"i\":"
	 "3}],\"k\":\"v\"}]}",
		SLOT_GHI, "1:2 2:3"},
};

START_TEST(finds_what_paths_name)
{
	struct fixture f;

	fixture_init(&f, slots);
	ck_assert_status(fixture_read(&f, FORMAT_JSON, found[_i].text,
				 strlen(found[_i].text)),
		LETHE_OK);
	ck_assert_str_eq(fixture_show(&f, found[_i].slot), found[_i].shown);
	fixture_fini(&f);
}
END_TEST

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
	const char *text;
	size_t len;
	enum lethe_status status;
	size_t offset;
} refused[] = {
	{BYTES(""), LETHE_POISON_EMPTY, 0},
	{BYTES(" \n"), LETHE_POISON_EMPTY, 0},
	{BYTES("\0\0\0\0\1{}"), LETHE_POISON_FRAMING, 0},
	{BYTES("\xef\xbb\xbf{}"), LETHE_POISON_SYNTAX, 0},
	{BYTES("[1]"), LETHE_POISON_NOT_OBJECT, 0},
	{BYTES(" 42"), LETHE_POISON_NOT_OBJECT, 1},
	{BYTES("\"x\""), LETHE_POISON_NOT_OBJECT, 0},
	{BYTES("null"), LETHE_POISON_NOT_OBJECT, 0},
	{BYTES("x"), LETHE_POISON_SYNTAX, 0},
	{BYTES("{}{}"), LETHE_POISON_TRAILING, 2},
	{BYTES("{} x"), LETHE_POISON_TRAILING, 3},
	{BYTES("{}\0"), LETHE_POISON_TRAILING, 2},
	{BYTES("{\"a\":1"), LETHE_POISON_TRUNCATED, 6},
	{BYTES("{\"a\":"), LETHE_POISON_TRUNCATED, 5},
	{BYTES("{\"a"), LETHE_POISON_TRUNCATED, 3},
	{BYTES("{"), LETHE_POISON_TRUNCATED, 1},
	{BYTES("{\"a\":tru"), LETHE_POISON_TRUNCATED, 8},
	{BYTES("{\"a\":-"), LETHE_POISON_TRUNCATED, 6},
	{BYTES("{\"a\":1,}"), LETHE_POISON_SYNTAX, 7},
	{BYTES("{,}"), LETHE_POISON_SYNTAX, 1},
	{BYTES("{\"a\" 1}"), LETHE_POISON_SYNTAX, 5},
	{BYTES("{\"a\":1 \"b\":2}"), LETHE_POISON_SYNTAX, 7},
	{BYTES("{\"a\":[1,2}"), LETHE_POISON_SYNTAX, 9},
	{BYTES("{\"a\":[1,]}"), LETHE_POISON_SYNTAX, 8},
	{BYTES("{\"a\":[1 2]}"), LETHE_POISON_SYNTAX, 8},
	{BYTES("{\"a\":]}"), LETHE_POISON_SYNTAX, 5},
	{BYTES("{a:1}"), LETHE_POISON_SYNTAX, 1},
	{BYTES("{1:1}"), LETHE_POISON_SYNTAX, 1},
	{BYTES("{'a':1}"), LETHE_POISON_SYNTAX, 1},
	{BYTES("{\"a\":\"x\"y}"), LETHE_POISON_SYNTAX, 8},
	{BYTES("{\"a\":truex}"), LETHE_POISON_SYNTAX, 9},
	{BYTES("{\"a\":True}"), LETHE_POISON_SYNTAX, 5},
	{BYTES("{\"a\":\f1}"), LETHE_POISON_SYNTAX, 5},
	{BYTES("{/**/\"a\":1}"), LETHE_POISON_SYNTAX, 1},
	{BYTES("{\"u\":01}"), LETHE_POISON_NUMBER, 6},
	{BYTES("{\"u\":1.}"), LETHE_POISON_NUMBER, 7},
	{BYTES("{\"u\":1.e1}"), LETHE_POISON_NUMBER, 7},
	{BYTES("{\"u\":--1}"), LETHE_POISON_NUMBER, 6},
	{BYTES("{\"u\":1e}"), LETHE_POISON_NUMBER, 7},
	{BYTES("{\"u\":1e+}"), LETHE_POISON_NUMBER, 8},
	{BYTES("{\"u\":0x1}"), LETHE_POISON_NUMBER, 6},
	{BYTES("{\"u\":1\0}"), LETHE_POISON_NUMBER, 6},
	{BYTES("{\"u\":+1}"), LETHE_POISON_SYNTAX, 5},
	{BYTES("{\"u\":.5}"), LETHE_POISON_SYNTAX, 5},
	{BYTES("{\"u\":NaN}"), LETHE_POISON_NOT_FINITE, 5},
	{BYTES("{\"u\":Infinity}"), LETHE_POISON_NOT_FINITE, 5},
	{BYTES("{\"u\":-Infinity}"), LETHE_POISON_NOT_FINITE, 5},
	{BYTES("{\"u\":\"\\x\"}"), LETHE_POISON_ESCAPE, 6},
	{BYTES("{\"u\":\"a\\u12g4\"}"), LETHE_POISON_ESCAPE, 7},
	{BYTES("{\"u\":\"\\u12\"}"), LETHE_POISON_ESCAPE, 6},
	{BYTES("{\"\\q\":1}"), LETHE_POISON_ESCAPE, 2},
	{BYTES("{\"u\":\"\\ud800\"}"), LETHE_POISON_SURROGATE, 6},
	{BYTES("{\"u\":\"\\udc00\"}"), LETHE_POISON_SURROGATE, 6},
	{BYTES("{\"u\":\"\\ud800\\u0041\"}"), LETHE_POISON_SURROGATE, 6},
	{BYTES("{\"u\":\"\\ud800x\"}"), LETHE_POISON_SURROGATE, 6},
	{BYTES("{\"u\":\"a\nb\"}"), LETHE_POISON_CONTROL, 7},
	{BYTES("{\"u\":\"a\0b\"}"), LETHE_POISON_CONTROL, 7},
	{BYTES("{\"u\":\"a\xff\"}"), LETHE_POISON_UTF8, 7},
	{BYTES("{\"u\":\"\xc0\x80\"}"), LETHE_POISON_UTF8, 6},
	{BYTES("{\"u\":\"\xed\xa0\x80\"}"), LETHE_POISON_UTF8, 6},
	{BYTES("{\"u\":\"\xf4\x90\x80\x80\"}"), LETHE_POISON_UTF8, 6},
	{BYTES("{\"u\":\"\xe2\x82\"}"), LETHE_POISON_UTF8, 6},
	{BYTES("{\"u\":1,\"u\":1}"), LETHE_POISON_DUPLICATE, 7},
	{BYTES("{\"u\":1,\"\\u0075\":1}"), LETHE_POISON_DUPLICATE, 7},
	{BYTES("{\"u\":[{\"b\":1,\"c\":2,\"b\":1}]}"), LETHE_POISON_DUPLICATE,
		19},
	{BYTES("{\"j\":\"{\"}"), LETHE_POISON_EMBEDDED, 5},
	{BYTES("{\"j\":\"\"}"), LETHE_POISON_EMBEDDED, 5},
	{BYTES("{\"j\":\"{} 1\"}"), LETHE_POISON_EMBEDDED, 5},
	{BYTES("{\"j\":5}"), LETHE_POISON_EMBEDDED, 5},
	{BYTES("{\"j\":{}}"), LETHE_POISON_EMBEDDED, 5},
	{BYTES("{\"j\":\"{\\\"u\\\":1,\\\"u\\\":2}\"}"), LETHE_POISON_EMBEDDED,
		5},
	{BYTES("{\"j\":\"[\\\"\\\\ud800\\\"]\"}"), LETHE_POISON_EMBEDDED, 5},
};

START_TEST(refuses_what_is_no_event)
{
	struct fixture f;

	fixture_init(&f, slots);
	ck_assert_status(fixture_read(&f, FORMAT_JSON, refused[_i].text,
				 refused[_i].len),
		refused[_i].status);
	ck_assert_uint_eq(f.err.offset, refused[_i].offset);
	ck_assert_ptr_null(f.reading.captures);
	fixture_fini(&f);
}
END_TEST

static const struct {
	struct limits limits;
	const char *text;
	enum lethe_status status;
	size_t offset;
} limited[] = {
	{{10, 9, 9, 9}, "{\"a\": 123}", LETHE_OK, 0},
	{{10, 9, 9, 9}, "{\"a\": 1234}", LETHE_POISON_TOO_LARGE, 10},
	{{99, 3, 9, 9}, "{\"u\":[{}]}", LETHE_OK, 0},
	{{99, 3, 9, 9}, "{\"u\":[[[]]]}", LETHE_POISON_TOO_DEEP, 7},
	{{99, 3, 9, 9}, "{\"j\":\"[[]]\"}", LETHE_OK, 0},
	{{99, 3, 9, 9}, "{\"j\":\"[[[]]]\"}", LETHE_POISON_EMBEDDED, 5},
	{{99, 999, 9, 999},
		"{\"u\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
		"[[[[[[[[[[[[",
		LETHE_POISON_TOO_DEEP, 68},
	{{99, 9, 2, 9}, "{\"u\":[1,2],\"v\":0}", LETHE_OK, 0},
	{{99, 9, 2, 9}, "{\"u\":[1,2,3]}", LETHE_POISON_TOO_MANY, 10},
	{{99, 9, 2, 9}, "{\"a\":1,\"b\":1,\"c\":1}", LETHE_POISON_TOO_MANY, 13},
	{{99, 9, 9, 3}, "{\"u\":\"abc\"}", LETHE_OK, 0},
	{{99, 9, 9, 3}, "{\"u\":\"\\u0061bc\"}", LETHE_OK, 0},
	{{99, 9, 9, 3}, "{\"u\":\"abcd\"}", LETHE_POISON_STRING, 5},
	{{99, 9, 9, 3}, "{\"abcd\":0}", LETHE_POISON_STRING, 1},
	{{99, 9, 9, 3}, "{\"u\":\"\\u00e9\\u00e9\"}", LETHE_POISON_STRING, 5},
};

START_TEST(keeps_the_limits)
{
	struct fixture f;

	fixture_init(&f, slots);
	f.limits = limited[_i].limits;
	ck_assert_status(fixture_read(&f, FORMAT_JSON, limited[_i].text,
				 strlen(limited[_i].text)),
		limited[_i].status);
	ck_assert_uint_eq(f.err.offset, limited[_i].offset);
	fixture_fini(&f);
}
END_TEST

/* {"k0":0,"k1":0,...} with the member `twin` named as member 0. */
static size_t
many_members(char *text, size_t count, size_t twin)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(text + at, 32, "%c\"k%zu\":0",
			i ? ',' : '{', i == twin ? 0 : i);
	text[at++] = '}';
	return at;
}

static const size_t sizes[] = {2, 15, 16, 17, 18, 33, 512, 5000};

START_TEST(finds_a_doubled_key_in_objects_of_any_size)
{
	static char text[200000];
	size_t count = sizes[_i], len;
	struct fixture f;

	fixture_init(&f, slots);
	f.limits.members = 10000;
	len = many_members(text, count, SIZE_MAX);
	ck_assert_status(fixture_read(&f, FORMAT_JSON, text, len), LETHE_OK);
	len = many_members(text, count, count - 1);
	ck_assert_status(fixture_read(&f, FORMAT_JSON, text, len),
		LETHE_POISON_DUPLICATE);
	len = many_members(text, count, SIZE_MAX);
	ck_assert_status(fixture_read(&f, FORMAT_JSON, text, len), LETHE_OK);
	fixture_fini(&f);
}
END_TEST

static const char sample[] =
	"{\"a\":{\"b\":\"x\\u00e9\"},\"l\":[{\"x\":1},{\"x\":-2.5e3}],\"p\":[{"
	"\"w\":[true,null],\"k\":\"v\"}],\"j\":\"{\\\"x\\\":\\\"\\\\u0041\\\"}"
	"\",\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}";

START_TEST(survives_every_cut_and_every_flipped_bit)
{
	struct fixture f;

	fixture_init(&f, slots);
	fixture_mutilate(&f, FORMAT_JSON, sample, sizeof(sample) - 1);
	fixture_fini(&f);
}
END_TEST

struct told {
	char text[2048];
	size_t at;
};

static void
tell(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *bound, size_t count)
{
	struct told *t = ctx;
	size_t left = sizeof(t->text) - t->at;

	for (size_t i = 0; i < depth; i++, left = sizeof(t->text) - t->at)
		if (steps[i].kind == LEAF_KEY)
			t->at += (size_t)snprintf(t->text + t->at, left,
				".%.*s%s", (int)steps[i].key.len,
				(const char *)steps[i].key.ptr,
				steps[i].named ? "!" : "");
		else if (steps[i].kind == LEAF_ELEMENT)
			t->at += (size_t)snprintf(t->text + t->at, left, "[%u]",
				steps[i].position);
		else
			t->at += (size_t)snprintf(
				t->text + t->at, left, ":json");
	t->at += (size_t)snprintf(
		t->text + t->at, left, " %s", value_kind_name(v->kind));
	for (size_t i = 0; i < count; i++) {
		left = sizeof(t->text) - t->at;
		t->at += (size_t)snprintf(
			t->text + t->at, left, " %u", bound[i]);
	}
	t->at += (size_t)snprintf(
		t->text + t->at, sizeof(t->text) - t->at, "\n");
}

START_TEST(tells_every_leaf_with_its_slots)
{
	static const char text[] =
		"{\"l\":[{\"x\":1},{}],\"u\":{\"v\":[]},\"p\":[{\"w\":1,\"k\":"
		"\"u\"},{\"w\":2,\"k\":\"v\"}],\"j\":\"{\\\"x\\\":3}\"}";
	static struct told told;
	struct leaf_visitor visitor = {&told, tell};
	struct fixture f;

	fixture_init(&f, slots);
	ck_assert_status(reader_read(f.reader, f.trie, &f.limits, FORMAT_JSON,
				 slice_of(text), &visitor, &f.reading, &f.err),
		LETHE_OK);
	ck_assert_str_eq(told.text, ".l![0].x! integer 2\n"
				    ".l![1] object\n"
				    ".l! array 3\n"
				    ".u.v array\n"
				    ".p![0].w! integer\n"
				    ".p![0].k! string\n"
				    ".p![1].w! integer 4\n"
				    ".p![1].k! string\n"
				    ".j!:json.x! integer 6\n"
				    ".j! string 10\n");
	ck_assert_str_eq(fixture_show(&f, SLOT_PV), "0:2");
	fixture_fini(&f);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	enum event_format format;
} formats[] = {
	{BYTES("{"), FORMAT_JSON},
	{BYTES(" "), FORMAT_JSON},
	{BYTES("\x80"), FORMAT_MSGPACK},
	{BYTES("\x8f"), FORMAT_MSGPACK},
	{BYTES("\xde"), FORMAT_MSGPACK},
	{BYTES("\xdf"), FORMAT_MSGPACK},
	{BYTES("\x90"), FORMAT_UNKNOWN},
	{BYTES("["), FORMAT_UNKNOWN},
	{BYTES("\xef\xbb\xbf{}"), FORMAT_UNKNOWN},
	{BYTES(""), FORMAT_UNKNOWN},
	{BYTES("\0\0\0\0\1"), FORMAT_UNKNOWN},
	{BYTES("\0\0\0\0"), FORMAT_UNKNOWN},
};

START_TEST(knows_the_format_by_the_first_byte)
{
	struct slice bytes = slice_make(formats[_i].text, formats[_i].len);

	ck_assert_int_eq(format_sniff(bytes), formats[_i].format);
}
END_TEST

static const char *const readers_paths[] = {"$.a:json.x", "$.p[k=v].w:json.x",
	"$.p[k=u].w:json.x", "$.a:json.y.z:json.x", NULL};

static const struct {
	const char *text;
	unsigned refused; /* bits of the paths: each has a reader of its own */
} broken[] = {
	{"{\"a\":\"{\\\"x\\\":1}\",\"p\":[{\"k\":\"v\",\"w\":\"{}\"}]}", 0},
	{"{\"a\":\"{\\\"x\\\":1,\"}", 1 | 8},
	{"{\"a\":{\"x\":1}}", 1 | 8},
	{"{\"a\":\"{\\\"y\\\":{\\\"z\\\":\\\"{\\\"},\\\"x\\\":1}\"}", 8},
	{"{\"a\":null,\"p\":[{\"k\":\"t\",\"w\":\"no\"}]}", 0},
	{"{\"p\":[{\"k\":\"v\",\"w\":\"no\"}]}", 2},
	{"{\"p\":[{\"w\":\"no\",\"k\":\"v\"}]}", 2},
	{"{\"p\":[{\"w\":\"no\",\"k\":\"t\"}]}", 0},
	{"{\"p\":[{\"w\":\"no\",\"k\":\"u\"},{\"w\":5,\"k\":\"v\"}]}", 2 | 4},
	{"{\"p\":[{\"w\":\"no\",\"k\":\"u\"}],\"a\":5}", 1 | 4 | 8},
};

START_TEST(tells_for_whom_a_text_is_no_json)
{
	struct fixture f = {.limits = LIMITS_DEFAULT};
	struct path p;

	arena_init(&f.arena, 0);
	ck_assert_status(trie_new(&f.trie, NULL), LETHE_OK);
	for (uint32_t i = 0; readers_paths[i]; i++) {
		ck_assert_status(path_parse(&f.arena,
					 slice_of(readers_paths[i]), &p, NULL),
			LETHE_OK);
		ck_assert_status(
			trie_add_for(f.trie, &p, i, UINT64_C(1) << i, NULL),
			LETHE_OK);
	}
	ck_assert_status(trie_seal(f.trie, 4, NULL), LETHE_OK);
	ck_assert_status(reader_new(7, &f.reader, NULL), LETHE_OK);
	ck_assert_status(fixture_read(&f, FORMAT_JSON, broken[_i].text,
				 strlen(broken[_i].text)),
		LETHE_OK);
	for (uint32_t i = 0; i < 4; i++) {
		const struct lethe_error *why =
			reading_refused(&f.reading, UINT64_C(1) << i);
		bool is = broken[_i].refused >> i & 1;

		ck_assert_int_eq(why != NULL, is);
		ck_assert_int_eq(reading_is_refused(&f.reading, i), is);
		if (why)
			ck_assert_status(why->status, LETHE_POISON_EMBEDDED);
	}
	fixture_fini(&f);
}
END_TEST

SUITE("json", ROWS(finds_what_paths_name, found),
	ROWS(tells_for_whom_a_text_is_no_json, broken),
	ROWS(refuses_what_is_no_event, refused),
	ROWS(keeps_the_limits, limited),
	ROWS(finds_a_doubled_key_in_objects_of_any_size, sizes),
	TEST(survives_every_cut_and_every_flipped_bit),
	TEST(tells_every_leaf_with_its_slots),
	ROWS(knows_the_format_by_the_first_byte, formats))
