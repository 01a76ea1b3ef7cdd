#include "suite.h"

#include "event/writer.h"

#include <math.h>

/* RFC 8785 appendix B and ECMAScript's examples. */
static const struct {
	double value;
	const char *text;
} doubles[] = {
	{0.0, "0"},
	{-0.0, "0"},
	{1.0, "1"},
	{-1.0, "-1"},
	{18.99, "18.99"},
	{-18.5, "-18.5"},
	{0.1, "0.1"},
	{0.5, "0.5"},
	{1e-6, "0.000001"},
	{1.5e-6, "0.0000015"},
	{1e-7, "1e-7"},
	{1.5e-7, "1.5e-7"},
	{-1e-7, "-1e-7"},
	{5e-324, "5e-324"},
	{-5e-324, "-5e-324"},
	{2.2250738585072014e-308, "2.2250738585072014e-308"},
	{1.7976931348623157e308, "1.7976931348623157e+308"},
	{-1.7976931348623157e308, "-1.7976931348623157e+308"},
	{9007199254740991.0, "9007199254740991"},
	{9007199254740992.0, "9007199254740992"},
	{-9007199254740992.0, "-9007199254740992"},
	{9007199254740993.0, "9007199254740992"},
	{9007199254740994.0, "9007199254740994"},
	{295147905179352830000.0, "295147905179352830000"},
	{123456789012345680000.0, "123456789012345680000"},
	{1e20, "100000000000000000000"},
	{999999999999999900000.0, "999999999999999900000"},
	{999999999999999700000.0, "999999999999999700000"},
	{1e21, "1e+21"},
	{1.5e21, "1.5e+21"},
	{9.999999999999997e22, "9.999999999999997e+22"},
	{1e23, "1e+23"},
	{1.0000000000000001e23, "1.0000000000000001e+23"},
	{333333333.33333329, "333333333.3333333"},
	{333333333.33333325, "333333333.33333325"},
	{-0.0000033333333333333333, "-0.0000033333333333333333"},
	{1424953923781206.2, "1424953923781206.2"},
	{1e100, "1e+100"},
};

START_TEST(writes_doubles_as_ecmascript_does)
{
	char text[NUMBER_TEXT_MAX];
	size_t n = number_format(doubles[_i].value, text);

	ck_assert_msg(slice_is(slice_make(text, n), doubles[_i].text),
		"%.*s is not %s", (int)n, text, doubles[_i].text);
}
END_TEST

START_TEST(reads_back_every_double_it_writes)
{
	uint64_t state = 88172645463325252u;

	for (int i = 0; i < 200000; i++) {
		char text[NUMBER_TEXT_MAX];
		double value, back;
		size_t n;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(&value, &state, sizeof(value));
		if (!isfinite(value))
			continue;
		n = number_format(value, text);
		ck_assert_uint_le(n, NUMBER_TEXT_MAX);
		ck_assert(number_parse(slice_make(text, n), &back));
		ck_assert(back == value);
	}
}
END_TEST

static const struct {
	const char *text;
	bool is;
	double value;
} numbers[] = {
	{"0", true, 0},
	{"-0", true, 0},
	{"1.50", true, 1.5},
	{"1E3", true, 1000},
	{"1e+3", true, 1000},
	{"-12.5e-1", true, -1.25},
	{"10000000000000000999", true, 1e19},
	{"1e-400", true, 0},
	{"1e400", false, 0},
	{"-1e400", false, 0},
	{"01", false, 0},
	{"1.", false, 0},
	{".5", false, 0},
	{"+1", false, 0},
	{"1e", false, 0},
	{"1e+", false, 0},
	{"-", false, 0},
	{"", false, 0},
	{"1 ", false, 0},
	{"0x10", false, 0},
	{"NaN", false, 0},
	{"inf", false, 0},
};

START_TEST(reads_the_numbers_of_json)
{
	double value;

	ck_assert_int_eq(number_parse(slice_of(numbers[_i].text), &value),
		numbers[_i].is);
	ck_assert(value == numbers[_i].value);
}
END_TEST

/* One record with all there is, in both formats. */
static void
write_record(enum event_format format, struct buf *out)
{
	struct value number = {.kind = VALUE_NUMBER, .number = 19};
	struct value least = {.kind = VALUE_INT,
		.negative = true,
		.magnitude = UINT64_C(1) << 63};
	struct value nothing = {.kind = VALUE_NULL};
	struct writer w;

	writer_init(&w, format, out);
	write_object(&w, 6);
	write_key(&w, slice_of("a\"b"));
	write_array(&w, 3);
	write_object(&w, 1);
	write_key(&w, slice_of("x"));
	write_bool(&w, true);
	write_object_end(&w);
	write_array(&w, 0);
	write_array_end(&w);
	write_value(&w, &nothing);
	write_array_end(&w);
	write_key(&w, slice_of("n"));
	write_value(&w, &number);
	write_key(&w, slice_of("i"));
	write_value(&w, &least);
	write_key(&w, slice_of("u"));
	write_uint(&w, UINT64_MAX);
	write_key(&w, slice_of("s"));
	write_string(&w, slice_of("\xc3\xa9"));
	write_key(&w, slice_of("o"));
	write_object(&w, 0);
	write_object_end(&w);
	write_object_end(&w);
}

START_TEST(writes_one_line_of_json)
{
	struct buf out;

	buf_init(&out, 0);
	write_record(FORMAT_JSON, &out);
	ck_assert(slice_is(buf_slice(&out),
		"{\"a\\\"b\":[{\"x\":true},[],null],\"n\":19,"
		"\"i\":-9223372036854775808,\"u\":18446744073709551615,"
		"\"s\":\"\xc3\xa9\",\"o\":{}}"));
	buf_fini(&out);
}
END_TEST

START_TEST(writes_messagepack)
{
	static const char expected[] =
		"\x86\xa3"
		"a\"b\x93\x81\xa1x\xc3\x90\xc0"
		"\xa1n\xcb\x40\x33\0\0\0\0\0\0"
		"\xa1i\xd3\x80\0\0\0\0\0\0\0"
		"\xa1u\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
		"\xa1s\xa2\xc3\xa9\xa1o\x80";
	struct buf out;

	buf_init(&out, 0);
	write_record(FORMAT_MSGPACK, &out);
	ck_assert(slice_equal(
		buf_slice(&out), slice_make(expected, sizeof(expected) - 1)));
	buf_fini(&out);
}
END_TEST

START_TEST(escapes_what_must_be_and_no_more)
{
	static const char text[] =
		"a\"\\/\b\f\n\r\t\0\x01\x1f\x7f\xe2\x80\xa8z";
	struct buf out;
	struct writer w;

	buf_init(&out, 0);
	writer_init(&w, FORMAT_JSON, &out);
	write_string(&w, slice_make(text, sizeof(text) - 1));
	ck_assert(slice_is(buf_slice(&out),
		"\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7f"
		"\xe2\x80\xa8z\""));
	buf_fini(&out);
}
END_TEST

/* Paths and topics of the system's are bytes; a message may be cut in one. */
static const struct {
	const char *text, *json;
} torn[] = {
	{"a\xff"
	 "b",
		"\"a\xef\xbf\xbd"
		"b\""},
	{"caf\xc3\xa9, caf\xc3", "\"caf\xc3\xa9, caf\xef\xbf\xbd\""},
	{"\xe2\x82\"", "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\""},
	{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	{"\xf0\x9f\x98\x80 and a text of more than a vector",
		"\"\xf0\x9f\x98\x80 and a text of more than a vector\""},
};

START_TEST(writes_valid_json_of_any_bytes)
{
	struct buf out;
	struct writer w;

	buf_init(&out, 0);
	writer_init(&w, FORMAT_JSON, &out);
	write_string(&w, slice_of(torn[_i].text));
	ck_assert(slice_is(buf_slice(&out), torn[_i].json));
	buf_fini(&out);
}
END_TEST

static const struct {
	bool negative;
	uint64_t magnitude;
	const char *bytes;
	size_t len;
} shortest[] = {
	{false, 0, "\0", 1},
	{false, 127, "\x7f", 1},
	{false, 128, "\xcc\x80", 2},
	{false, 255, "\xcc\xff", 2},
	{false, 256, "\xcd\x01\0", 3},
	{false, 65536, "\xce\0\x01\0\0", 5},
	{false, UINT64_C(1) << 32, "\xcf\0\0\0\x01\0\0\0\0", 9},
	{true, 1, "\xff", 1},
	{true, 32, "\xe0", 1},
	{true, 33, "\xd0\xdf", 2},
	{true, 129, "\xd1\xff\x7f", 3},
	{true, 32769, "\xd2\xff\xff\x7f\xff", 5},
	{true, UINT64_C(2147483649), "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff", 9},
};

START_TEST(writes_the_shortest_integer)
{
	struct value v = {.kind = VALUE_INT,
		.negative = shortest[_i].negative,
		.magnitude = shortest[_i].magnitude};
	struct buf out;
	struct writer w;

	buf_init(&out, 0);
	writer_init(&w, FORMAT_MSGPACK, &out);
	write_value(&w, &v);
	ck_assert(slice_equal(buf_slice(&out),
		slice_make(shortest[_i].bytes, shortest[_i].len)));
	if (!v.negative && v.magnitude <= INT64_MAX) {
		buf_reset(&out);
		write_int(&w, (int64_t)v.magnitude);
		ck_assert(slice_equal(buf_slice(&out),
			slice_make(shortest[_i].bytes, shortest[_i].len)));
	}
	buf_fini(&out);
}
END_TEST

static const struct {
	size_t len;
	const char *head;
	size_t head_len;
} strings[] = {
	{0, "\xa0", 1},
	{31, "\xbf", 1},
	{32, "\xd9\x20", 2},
	{255, "\xd9\xff", 2},
	{256, "\xda\x01\0", 3},
	{65535, "\xda\xff\xff", 3},
	{65536, "\xdb\0\x01\0\0", 5},
};

START_TEST(writes_the_shortest_string)
{
	char *text = calloc(1, strings[_i].len + 1);
	struct buf out;
	struct writer w;

	memset(text, 'a', strings[_i].len);
	buf_init(&out, 0);
	writer_init(&w, FORMAT_MSGPACK, &out);
	write_string(&w, slice_make(text, strings[_i].len));
	ck_assert_uint_eq(out.len, strings[_i].head_len + strings[_i].len);
	ck_assert_mem_eq(out.ptr, strings[_i].head, strings[_i].head_len);
	ck_assert_mem_eq(out.ptr + strings[_i].head_len, text, strings[_i].len);
	buf_fini(&out);
	free(text);
}
END_TEST

START_TEST(copies_raw_json_with_its_comma)
{
	struct buf out;
	struct writer w;

	buf_init(&out, 0);
	writer_init(&w, FORMAT_JSON, &out);
	write_array(&w, 2);
	write_raw_json(&w, slice_of("{\"a\":1}"));
	write_raw_json(&w, slice_of("2"));
	write_array_end(&w);
	ck_assert(slice_is(buf_slice(&out), "[{\"a\":1},2]"));
	buf_fini(&out);
}
END_TEST

START_TEST(has_one_zero)
{
	struct buf out;
	struct writer w;

	buf_init(&out, 0);
	writer_init(&w, FORMAT_MSGPACK, &out);
	write_double(&w, -0.0);
	ck_assert(slice_equal(
		buf_slice(&out), slice_make("\xcb\0\0\0\0\0\0\0\0", 9)));
	buf_fini(&out);
}
END_TEST

SUITE("writer", ROWS(writes_doubles_as_ecmascript_does, doubles),
	TEST(reads_back_every_double_it_writes),
	ROWS(reads_the_numbers_of_json, numbers), TEST(writes_one_line_of_json),
	TEST(writes_messagepack), TEST(escapes_what_must_be_and_no_more),
	ROWS(writes_valid_json_of_any_bytes, torn),
	ROWS(writes_the_shortest_integer, shortest),
	ROWS(writes_the_shortest_string, strings),
	TEST(copies_raw_json_with_its_comma), TEST(has_one_zero))
