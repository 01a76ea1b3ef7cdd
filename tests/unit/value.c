#include "suite.h"

#include "event/value.h"

#define INT(minus, number) \
	{ \
		.kind = VALUE_INT, .negative = minus, .magnitude = number \
	}

static const struct {
	struct value value;
	const char *text;
	bool fits;
	int64_t as_int64;
} integers[] = {
	{INT(false, 0), "0", true, 0},
	{INT(false, 42), "42", true, 42},
	{INT(true, 1), "-1", true, -1},
	{INT(false, INT64_MAX), "9223372036854775807", true, INT64_MAX},
	{INT(true, UINT64_C(1) << 63), "-9223372036854775808", true, INT64_MIN},
	{INT(false, UINT64_C(1) << 63), "9223372036854775808", false, 0},
	{INT(false, UINT64_MAX), "18446744073709551615", false, 0},
};

START_TEST(writes_the_digits_of_integers)
{
	char text[VALUE_INT_TEXT];
	size_t len = value_int_text(&integers[_i].value, text);

	ck_assert_uint_eq(len, strlen(integers[_i].text));
	ck_assert_mem_eq(text, integers[_i].text, len);
}
END_TEST

START_TEST(fits_integers_into_64_bits)
{
	int64_t out = 99;

	ck_assert_int_eq(
		value_as_int64(&integers[_i].value, &out), integers[_i].fits);
	ck_assert_int_eq(out, integers[_i].as_int64);
}
END_TEST

START_TEST(takes_no_other_kind_for_an_integer)
{
	struct value v = {.kind = VALUE_NUMBER, .number = 1};
	int64_t out = 99;

	ck_assert(!value_as_int64(&v, &out));
	ck_assert_int_eq(out, 0);
}
END_TEST

START_TEST(compares_with_the_type)
{
	struct value one = INT(false, 1), minus = INT(true, 1);
	struct value real = {.kind = VALUE_NUMBER, .number = 1};
	struct value text = {.kind = VALUE_STRING, .text = slice_of("1")};
	struct value yes = {.kind = VALUE_BOOL, .boolean = true};
	struct value no = {.kind = VALUE_BOOL};
	struct value null = {.kind = VALUE_NULL};
	struct value absent = {0}, list = {.kind = VALUE_ARRAY};

	ck_assert(value_equal(&one, &one));
	ck_assert(value_equal(&real, &real));
	ck_assert(value_equal(&text, &text));
	ck_assert(value_equal(&null, &null));
	ck_assert(value_equal(&yes, &yes));
	ck_assert(!value_equal(&yes, &no));
	ck_assert(!value_equal(&one, &minus));
	ck_assert(!value_equal(&one, &real));
	ck_assert(!value_equal(&one, &text));
	ck_assert(!value_equal(&one, &yes));
	ck_assert(!value_equal(&absent, &absent));
	ck_assert(!value_equal(&list, &list));
}
END_TEST

SUITE("value", ROWS(writes_the_digits_of_integers, integers),
	ROWS(fits_integers_into_64_bits, integers),
	TEST(takes_no_other_kind_for_an_integer), TEST(compares_with_the_type))
