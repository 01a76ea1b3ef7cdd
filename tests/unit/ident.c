#include "suite.h"

#include "text/age.h"
#include "text/ident.h"

#include <utf8proc.h>

static struct arena a;

static enum ident_result
run(const char *text, bool lower, struct slice *out)
{
	return ident_normalise(slice_of(text), lower, &a, out);
}

static const struct {
	const char *in;
	bool lower;
	const char *out;
} forms[] = {
	{"97980cfea0067", false, "97980cfea0067"},
	{" 97980cfea0067 ", false, "97980cfea0067"},
	{"\t\r\n\v\f x y \n", false, "x y"},
	{"23ADFD82-AA0F", true, "23adfd82-aa0f"},
	{"23ADFD82-AA0F", false, "23ADFD82-AA0F"},
	/* an NFD twin, u with diaeresis */
	{"ju\xcc\x88rgen", false, "j\xc3\xbcrgen"},
	{"j\xc3\xbcrgen", false, "j\xc3\xbcrgen"},
	/* only ASCII is lowered */
	{"\xc3\x9c"
	 "A",
		true,
		"\xc3\x9c"
		"a"},
	/* the Kelvin sign is K */
	{"\xe2\x84\xaa", true, "k"},
	/* h with line below has a composed form, H has none */
	{"H\xcc\xb1", true, "\xe1\xba\x96"},
	{"h\xcc\xb1", true, "\xe1\xba\x96"},
	{"H\xcc\xb1", false, "H\xcc\xb1"},
	/* marks in canonical order */
	{"q\xcc\x87\xcc\xa3", false, "q\xcc\xa3\xcc\x87"},
	/* Hangul from its letters */
	{"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", false, "\xea\xb0\x81"},
	/* a composition exclusion grows */
	{"\xe0\xa5\x98", false, "\xe0\xa4\x95\xe0\xa4\xbc"},
	/* all of White_Space at both ends */
	{"\xc2\x85\xc2\xa0\xe1\x9a\x80\xe2\x80\x80\xe2\x80\x8ax\xe2\x80\xa8"
	 "\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80",
		false, "x"},
	/* the zero width space is none */
	{"x\xe2\x80\x8b", false, "x\xe2\x80\x8b"},
	/* private use is assigned */
	{"\xee\x80\x80", false, "\xee\x80\x80"},
	/* new in 15.0 */
	{"\xf0\xb1\x8d\x90", false, "\xf0\xb1\x8d\x90"},
};

START_TEST(has_one_form)
{
	struct slice out, again;

	ck_assert_int_eq(run(forms[_i].in, forms[_i].lower, &out), IDENT_OK);
	ck_assert(slice_is(out, forms[_i].out));
	ck_assert_int_eq(
		ident_normalise(out, forms[_i].lower, &a, &again), IDENT_OK);
	ck_assert(slice_equal(out, again));
	arena_fini(&a);
}
END_TEST

static const struct {
	const char *in;
	enum ident_result result;
} refused[] = {
	{"", IDENT_BLANK}, {" \t\n", IDENT_BLANK},
	{"\xe3\x80\x80\xc2\xa0", IDENT_BLANK}, {"\xff", IDENT_INVALID},
	{" \xc3", IDENT_INVALID}, {"\xed\xa0\x80", IDENT_INVALID},
	{"\xcd\xb8", IDENT_INVALID},	     /* U+0378, never assigned */
	{"\xef\xb7\x90", IDENT_INVALID},     /* a noncharacter */
	{"\xf0\xae\xaf\xb0", IDENT_INVALID}, /* U+2EBF0, new in 15.1 */
	{"\xe1\xb2\x89", IDENT_INVALID},     /* U+1C89, new in 16.0 */
	{"\xf0\x90\xb5\x80", IDENT_INVALID}, /* U+10D40, new in 16.0 */
};

START_TEST(refuses)
{
	struct slice out;

	ck_assert_int_eq(run(refused[_i].in, false, &out), refused[_i].result);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_ptr_null(out.ptr);
	arena_fini(&a);
}
END_TEST

START_TEST(ends_at_1024_bytes)
{
	char text[1200];
	struct slice out;

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(
		ident_normalise(slice_make(text, 1024), false, &a, &out),
		IDENT_OK);
	ck_assert_uint_eq(out.len, 1024);
	ck_assert_int_eq(
		ident_normalise(slice_make(text, 1025), false, &a, &out),
		IDENT_INVALID);
	text[1024] = ' ';
	ck_assert_int_eq(
		ident_normalise(slice_make(text, 1025), false, &a, &out),
		IDENT_OK);
	/* U+0958 is 3 bytes, its normal form 6. */
	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "\xe0\xa5\x98", 3);
	ck_assert_int_eq(
		ident_normalise(slice_make(text, 510), false, &a, &out),
		IDENT_OK);
	ck_assert_uint_eq(out.len, 1020);
	ck_assert_int_eq(
		ident_normalise(slice_make(text, 513), false, &a, &out),
		IDENT_INVALID);
	/* U+0390 decomposes to three, the most there are bytes for. */
	for (size_t i = 0; i + 2 <= sizeof(text); i += 2)
		memcpy(text + i, "\xce\x90", 2);
	ck_assert_int_eq(
		ident_normalise(slice_make(text, 1024), false, &a, &out),
		IDENT_OK);
	ck_assert_uint_eq(out.len, 1024);
	arena_fini(&a);
}
END_TEST

START_TEST(borrows_what_is_in_form)
{
	static const char text[] = " plain ";
	struct slice out;

	ck_assert_int_eq(run(text, true, &out), IDENT_OK);
	ck_assert_ptr_eq(out.ptr, text + 1);
	ck_assert_uint_eq(a.total, 0);
}
END_TEST

START_TEST(compares_placeholders_without_case)
{
	ck_assert(ident_equal_fold(slice_of("NaN"), slice_of("nan")));
	ck_assert(!ident_equal_fold(slice_of("nan"), slice_of("nano")));
	ck_assert(!ident_equal_fold(slice_of("@"), slice_of("`")));
	ck_assert(
		!ident_equal_fold(slice_of("\xc3\x9c"), slice_of("\xc3\xbc")));
}
END_TEST

START_TEST(agrees_with_a_library_of_unicode_15)
{
	if (strcmp(utf8proc_unicode_version(), "15.0.0") != 0)
		return;
	for (utf8proc_int32_t c = 0; c <= 0x10ffff; c++)
		ck_assert_int_eq(age_is_assigned((uint32_t)c),
			utf8proc_category(c) != UTF8PROC_CATEGORY_CN);
	ck_assert(!age_is_assigned(0x110000));
}
END_TEST

SUITE("ident", ROWS(has_one_form, forms), ROWS(refuses, refused),
	TEST(ends_at_1024_bytes), TEST(borrows_what_is_in_form),
	TEST(compares_placeholders_without_case),
	TEST(agrees_with_a_library_of_unicode_15))
