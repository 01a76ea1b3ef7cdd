#include "unit/reading.h"

#include <msgpack.h>

static const char *const slots[] = {"$.a", "$.a.b", "$.l[*].x", "$.p[k=v].w",
	"$.j:json.x", "$.p[k=\"-7\"].w", NULL};

enum { SLOT_A, SLOT_AB, SLOT_LX, SLOT_PV, SLOT_JX, SLOT_P7 };

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
	const char *bytes;
	size_t len;
	uint32_t slot;
	const char *shown;
} found[] = {
	{BYTES("\x80"), SLOT_A, ""},
	{BYTES("\xde\0\0"), SLOT_A, ""},
	{BYTES("\xdf\0\0\0\1\xa1"
	       "a\1"),
		SLOT_A, "0:1"},
	{BYTES("\x81\xa1"
	       "a\xc0"),
		SLOT_A, "0:null"},
	{BYTES("\x81\xa1"
	       "a\xc2"),
		SLOT_A, "0:false"},
	{BYTES("\x81\xa1"
	       "a\xc3"),
		SLOT_A, "0:true"},
	{BYTES("\x81\xa1"
	       "a\x7f"),
		SLOT_A, "0:127"},
	{BYTES("\x81\xa1"
	       "a\xe0"),
		SLOT_A, "0:-32"},
	{BYTES("\x81\xa1"
	       "a\xcc\xff"),
		SLOT_A, "0:255"},
	{BYTES("\x81\xa1"
	       "a\xcd\xff\xff"),
		SLOT_A, "0:65535"},
	{BYTES("\x81\xa1"
	       "a\xce\xff\xff\xff\xff"),
		SLOT_A, "0:4294967295"},
	{BYTES("\x81\xa1"
	       "a\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
		SLOT_A, "0:18446744073709551615"},
	{BYTES("\x81\xa1"
	       "a\xcf\0\0\0\0\0\0\0\1"),
		SLOT_A, "0:1"},
	{BYTES("\x81\xa1"
	       "a\xd0\x80"),
		SLOT_A, "0:-128"},
	{BYTES("\x81\xa1"
	       "a\xd0\0"),
		SLOT_A, "0:0"},
	{BYTES("\x81\xa1"
	       "a\xd1\x80\0"),
		SLOT_A, "0:-32768"},
	{BYTES("\x81\xa1"
	       "a\xd2\x80\0\0\0"),
		SLOT_A, "0:-2147483648"},
	{BYTES("\x81\xa1"
	       "a\xd3\x80\0\0\0\0\0\0\0"),
		SLOT_A, "0:-9223372036854775808"},
	{BYTES("\x81\xa1"
	       "a\xd3\x7f\xff\xff\xff\xff\xff\xff\xff"),
		SLOT_A, "0:9223372036854775807"},
	{BYTES("\x81\xa1"
	       "a\xca\x3f\xc0\0\0"),
		SLOT_A, "0:1.5d"},
	{BYTES("\x81\xa1"
	       "a\xcb\x3f\xf0\0\0\0\0\0\0"),
		SLOT_A, "0:1d"},
	{BYTES("\x81\xa1"
	       "a\xa1x"),
		SLOT_A, "0:\"x\""},
	{BYTES("\x81\xd9\1"
	       "a\xda\0\1x"),
		SLOT_A, "0:\"x\""},
	{BYTES("\x81\xdb\0\0\0\1"
	       "a\xdb\0\0\0\2\xc3\xa9"),
		SLOT_A, "0:\"\xc3\xa9\""},
	{BYTES("\x81\xa1"
	       "a\xc4\2xy"),
		SLOT_A, "0:binary"},
	{BYTES("\x81\xa1"
	       "a\xd6\xff\0\0\0\1"),
		SLOT_A, "0:binary"},
	{BYTES("\x81\xa1"
	       "a\xc7\0\5"),
		SLOT_A, "0:binary"},
	{BYTES("\x81\xa1"
	       "a\x92\1\2"),
		SLOT_A, "0:array(2)"},
	{BYTES("\x81\xa1"
	       "a\x81\xa1"
	       "b\xdc\0\0"),
		SLOT_AB, "0:array(0)"},
	{BYTES("\x81\xa1l\x93\x81\xa1x\1\2\x81\xa1x\3"), SLOT_LX, "0:1 2:3"},
	{BYTES("\x81\xa1p\x92\x82\xa1k\xa1v\xa1w\1\x82\xa1w\2\xa1k\xa1u"),
		SLOT_PV, "0:1"},
	{BYTES("\x81\xa1p\x92\x82\xa1k\xa1v\xa1w\1\x82\xa1w\2\xa1k\xa1v"),
		SLOT_PV, ""},
	{BYTES("\x81\xa1p\x91\x82\xa1w\2\xa1k\xf9"), SLOT_P7, "0:2"},
	{BYTES("\x81\xa1j\xa7{\"x\":1}"), SLOT_JX, "0:1"},
	{BYTES("\x81\xa1j\xc0"), SLOT_JX, ""},
};

START_TEST(finds_what_paths_name)
{
	struct fixture f;

	fixture_init(&f, slots);
	ck_assert_status(fixture_read(&f, FORMAT_MSGPACK, found[_i].bytes,
				 found[_i].len),
		LETHE_OK);
	ck_assert_str_eq(fixture_show(&f, found[_i].slot), found[_i].shown);
	fixture_fini(&f);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	enum lethe_status status;
	size_t offset;
} refused[] = {
	{BYTES(""), LETHE_POISON_EMPTY, 0},
	{BYTES("\0\0\0\0\1\x80"), LETHE_POISON_FRAMING, 0},
	{BYTES("\x91\1"), LETHE_POISON_NOT_OBJECT, 0},
	{BYTES("\1"), LETHE_POISON_NOT_OBJECT, 0},
	{BYTES("\xc1"), LETHE_POISON_MSGPACK_TYPE, 0},
	{BYTES("\x80\x80"), LETHE_POISON_TRAILING, 1},
	{BYTES("\x81"), LETHE_POISON_TRUNCATED, 0},
	{BYTES("\xde\0"), LETHE_POISON_TRUNCATED, 0},
	{BYTES("\xdf\1\0\0\0"), LETHE_POISON_TRUNCATED, 0},
	{BYTES("\xdf\xff\xff\xff\xff\xa1"
	       "a\1"),
		LETHE_POISON_TRUNCATED, 0},
	{BYTES("\x81\xa1"
	       "a\xdd\xff\xff\xff\xff\1"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1"
	       "a\xdb\xff\xff\xff\xff\1"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1"
	       "a\xc6\xff\xff\xff\xff\1"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1"
	       "a\xc9\xff\xff\xff\xff\1"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1"
	       "a\xd4\1"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1"
	       "a\xcf\0\0\0"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1"
	       "a\x92\1"),
		LETHE_POISON_TRUNCATED, 3},
	{BYTES("\x81\xa1u\xc1"), LETHE_POISON_MSGPACK_TYPE, 3},
	{BYTES("\x81\1\1"), LETHE_POISON_MSGPACK_KEY, 1},
	{BYTES("\x81\xc0\1"), LETHE_POISON_MSGPACK_KEY, 1},
	{BYTES("\x81\xc4\1"
	       "a\1"),
		LETHE_POISON_MSGPACK_KEY, 1},
	{BYTES("\x81\x90\1"), LETHE_POISON_MSGPACK_KEY, 1},
	{BYTES("\x81\xa1u\xa2\xc3("), LETHE_POISON_UTF8, 3},
	{BYTES("\x81\xa1\xff\1"), LETHE_POISON_UTF8, 1},
	{BYTES("\x81\xa1u\xa9"
	       "12345678\xff"),
		LETHE_POISON_UTF8, 3},
	{BYTES("\x81\xa1u\xca\x7f\xc0\0\0"), LETHE_POISON_NOT_FINITE, 3},
	{BYTES("\x81\xa1u\xcb\xff\xf0\0\0\0\0\0\0"), LETHE_POISON_NOT_FINITE,
		3},
	{BYTES("\x82\xa1u\1\xa1u\2"), LETHE_POISON_DUPLICATE, 4},
	{BYTES("\x82\xa1u\1\xd9\1u\2"), LETHE_POISON_DUPLICATE, 4},
	{BYTES("\x81\xa1j\xa1{"), LETHE_POISON_EMBEDDED, 3},
	{BYTES("\x81\xa1j\1"), LETHE_POISON_EMBEDDED, 3},
	{BYTES("\x81\xa1j\x80"), LETHE_POISON_EMBEDDED, 3},
	{BYTES("\x81\xa1j\xc4\2{}"), LETHE_POISON_EMBEDDED, 3},
};

START_TEST(refuses_what_is_no_event)
{
	struct fixture f;

	fixture_init(&f, slots);
	ck_assert_status(fixture_read(&f, FORMAT_MSGPACK, refused[_i].bytes,
				 refused[_i].len),
		refused[_i].status);
	ck_assert_uint_eq(f.err.offset, refused[_i].offset);
	ck_assert_ptr_null(f.reading.captures);
	fixture_fini(&f);
}
END_TEST

static const struct {
	struct limits limits;
	const char *bytes;
	size_t len;
	enum lethe_status status;
	size_t offset;
} limited[] = {
	{{5, 9, 9, 9}, BYTES("\x81\xa1u\xa1x"), LETHE_OK, 0},
	{{5, 9, 9, 9}, BYTES("\x81\xa1u\xa2xy"), LETHE_POISON_TOO_LARGE, 5},
	{{99, 3, 9, 9}, BYTES("\x81\xa1u\x91\x90"), LETHE_OK, 0},
	{{99, 3, 9, 9}, BYTES("\x81\xa1u\x91\x91\x90"), LETHE_POISON_TOO_DEEP,
		5},
	{{99, 2, 9, 9}, BYTES("\x81\xa1j\xa2{}"), LETHE_OK, 0},
	{{99, 2, 9, 9}, BYTES("\x81\xa1j\xa4[{}]"), LETHE_POISON_EMBEDDED, 3},
	{{99, 9, 2, 9}, BYTES("\x81\xa1u\x93\1\2\3"), LETHE_POISON_TOO_MANY, 6},
	{{99, 9, 9, 2}, BYTES("\x81\xa1u\xa2xy"), LETHE_OK, 0},
	{{99, 9, 9, 2}, BYTES("\x81\xa1u\xa3xyz"), LETHE_POISON_STRING, 3},
	{{99, 9, 9, 2}, BYTES("\x81\xa3uvw\1"), LETHE_POISON_STRING, 1},
	{{99, 9, 9, 2}, BYTES("\x81\xa1u\xc4\3xyz"), LETHE_POISON_STRING, 3},
};

START_TEST(keeps_the_limits)
{
	struct fixture f;

	fixture_init(&f, slots);
	f.limits = limited[_i].limits;
	ck_assert_status(fixture_read(&f, FORMAT_MSGPACK, limited[_i].bytes,
				 limited[_i].len),
		limited[_i].status);
	ck_assert_uint_eq(f.err.offset, limited[_i].offset);
	fixture_fini(&f);
}
END_TEST

static const size_t sizes[] = {2, 16, 17, 18, 512, 5000};

/* Packed by msgpack-c: {k0: 0, k1: 0, ...}, the last key doubled or not. */
static void
pack_members(msgpack_sbuffer *out, size_t count, bool doubled)
{
	msgpack_packer packer;
	char key[32];

	msgpack_sbuffer_clear(out);
	msgpack_packer_init(&packer, out, msgpack_sbuffer_write);
	msgpack_pack_map(&packer, count);
	for (size_t i = 0; i < count; i++) {
		int len = snprintf(key, sizeof(key), "k%zu",
			doubled && i == count - 1 ? i - 1 : i);

		msgpack_pack_str(&packer, (size_t)len);
		msgpack_pack_str_body(&packer, key, (size_t)len);
		msgpack_pack_int(&packer, 0);
	}
}

START_TEST(finds_a_doubled_key_in_maps_of_any_size)
{
	msgpack_sbuffer out;
	struct fixture f;

	fixture_init(&f, slots);
	f.limits.members = 10000;
	msgpack_sbuffer_init(&out);
	pack_members(&out, sizes[_i], false);
	ck_assert_status(
		fixture_read(&f, FORMAT_MSGPACK, out.data, out.size), LETHE_OK);
	pack_members(&out, sizes[_i], true);
	ck_assert_status(fixture_read(&f, FORMAT_MSGPACK, out.data, out.size),
		LETHE_POISON_DUPLICATE);
	msgpack_sbuffer_destroy(&out);
	fixture_fini(&f);
}
END_TEST

static const char sample[] =
	"\x86\xa1"
	"a\x81\xa1"
	"b\xd9\3x\xc3\xa9\xa1l\x92\x81\xa1x\xcd\1\0\x81\xa1x\xcb\x3f\xf8\0\0\0"
	"\0\0\0\xa1p\x91\x82\xa1w\x92\xc3\xc0\xa1k\xa1v\xa1j\xa7{\"x\":1}\xa1u"
	"\xc4\2\1\2\xa1t\xd6\xff\0\0\0\1";

START_TEST(survives_every_cut_and_every_flipped_bit)
{
	struct fixture f;

	fixture_init(&f, slots);
	fixture_mutilate(&f, FORMAT_MSGPACK, sample, sizeof(sample) - 1);
	fixture_fini(&f);
}
END_TEST

START_TEST(knows_where_a_value_ends)
{
	size_t whole = sizeof(sample) - 1, len;
	char stream[2 * sizeof(sample)];

	memcpy(stream, sample, whole);
	memcpy(stream + whole, sample, whole);
	for (size_t n = 0; n < whole; n++) {
		ck_assert_status(
			msgpack_span(slice_make(sample, n), true, &len, NULL),
			LETHE_EAGAIN);
		ck_assert_status(
			msgpack_span(slice_make(sample, n), false, &len, NULL),
			LETHE_POISON_TRUNCATED);
		ck_assert_uint_eq(len, 0);
	}
	ck_assert_status(
		msgpack_span(slice_make(stream, 2 * whole), true, &len, NULL),
		LETHE_OK);
	ck_assert_uint_eq(len, whole);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	enum lethe_status status;
	size_t span;
} spans[] = {
	{BYTES("\1\2"), LETHE_OK, 1},
	{BYTES("\x80\x80"), LETHE_OK, 1},
	{BYTES("\x92\x91\x90\x81\1\2\3"), LETHE_OK, 6},
	{BYTES("\xcb\x7f\xf0\0\0\0\0\0\0\1"), LETHE_OK, 9},
	{BYTES("\x91\xc1"), LETHE_POISON_MSGPACK_TYPE, 0},
	{BYTES("\x91\x91\x91\x91\1"), LETHE_OK, 5},
	{BYTES("\x91\x92\x91\x91\1"), LETHE_POISON_TRUNCATED, 0},
};

START_TEST(spans_values_that_are_no_events)
{
	size_t len;

	ck_assert_status(
		msgpack_span(slice_make(spans[_i].bytes, spans[_i].len), false,
			&len, NULL),
		spans[_i].status);
	ck_assert_uint_eq(len, spans[_i].span);
}
END_TEST

START_TEST(spans_a_value_of_any_depth)
{
	uint8_t deep[100001];
	size_t len;

	memset(deep, 0x91, sizeof(deep));
	deep[sizeof(deep) - 1] = 0x80;
	ck_assert_status(
		msgpack_span(slice_make(deep, sizeof(deep)), false, &len, NULL),
		LETHE_OK);
	ck_assert_uint_eq(len, sizeof(deep));
}
END_TEST

SUITE("msgpack", ROWS(finds_what_paths_name, found),
	ROWS(refuses_what_is_no_event, refused),
	ROWS(keeps_the_limits, limited),
	ROWS(finds_a_doubled_key_in_maps_of_any_size, sizes),
	TEST(survives_every_cut_and_every_flipped_bit),
	TEST(knows_where_a_value_ends),
	ROWS(spans_values_that_are_no_events, spans),
	TEST(spans_a_value_of_any_depth))
