#include "suite.h"

#include "text/utf8.h"

static const struct {
	const char *text;
	bool valid;
} texts[] = {
	{"", true},
	{"plain ASCII that is longer than a word", true},
	{"12345678\xc3\xa9", true},
	{"\xc3\xa9", true},
	{"\xe2\x82\xac", true},
	{"\xf0\x9f\x98\x80", true},
	{"\xf4\x8f\xbf\xbf", true},
	{"\xed\x9f\xbf", true},
	{"\xee\x80\x80", true},
	{"\x80", false},
	{"\xc0\x80", false},
	{"\xc1\xbf", false},
	{"\xe0\x9f\xbf", false},
	{"\xed\xa0\x80", false},
	{"\xed\xbf\xbf", false},
	{"\xf0\x8f\xbf\xbf", false},
	{"\xf4\x90\x80\x80", false},
	{"\xf5\x80\x80\x80", false},
	{"\xff", false},
	{"\xc3", false},
	{"\xe2\x82", false},
	{"\xf0\x9f\x98", false},
	{"\xe2\x28\xa1", false},
	{"a\xc3z", false},
};

START_TEST(knows_utf8)
{
	ck_assert_int_eq(utf8_valid(slice_of(texts[_i].text)), texts[_i].valid);
}
END_TEST

START_TEST(takes_every_code_point_back)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		uint8_t b[4];
		struct slice s = {b, 0};

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		if (c < 0x80) {
			b[s.len++] = (uint8_t)c;
		} else if (c < 0x800) {
			b[s.len++] = (uint8_t)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			b[s.len++] = (uint8_t)(0xe0 | c >> 12);
			b[s.len++] = (uint8_t)(0x80 | (c >> 6 & 63));
		} else {
			b[s.len++] = (uint8_t)(0xf0 | c >> 18);
			b[s.len++] = (uint8_t)(0x80 | (c >> 12 & 63));
			b[s.len++] = (uint8_t)(0x80 | (c >> 6 & 63));
		}
		if (c >= 0x80)
			b[s.len++] = (uint8_t)(0x80 | (c & 63));
		ck_assert(utf8_valid(s));
		ck_assert_uint_eq(utf8_take(&s), c);
		ck_assert_uint_eq(s.len, 0);
	}
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	bool printable;
} prints[] = {
	{"Games & more", 12, true}, {"caf\xc3\xa9", 5, true},
	{"\xc2\xa0", 2, true}, {"\xf0\x9f\x98\x80", 4, true},
	{"a\0b", 3, false}, {"\n", 1, false}, {"\x1b[31m", 5, false},
	{"\x7f", 1, false}, {"\xc2\x85", 2, false}, {"\xc2\x9f", 2, false},
	{"\xd8\x9c", 2, false},		/* ALM */
	{"\xe2\x80\x8e", 3, false},	/* LRM */
	{"\xe2\x80\x8f", 3, false},	/* RLM */
	{"\xe2\x80\xa8", 3, false},	/* LS */
	{"\xe2\x80\xa9", 3, false},	/* PS */
	{"\xe2\x80\xae", 3, false},	/* RLO */
	{"\xe2\x81\xa6", 3, false},	/* LRI */
	{"\xe2\x81\xa9", 3, false},	/* PDI */
	{"\xef\xb7\x90", 3, false},	/* U+FDD0 */
	{"\xef\xbf\xbe", 3, false},	/* U+FFFE */
	{"\xf4\x8f\xbf\xbf", 4, false}, /* U+10FFFF */
	{"\xef\xbf\xbd", 3, true},	/* U+FFFD */
	{"\xe2\x80\xa7", 3, true},	/* U+2027 */
};

START_TEST(knows_what_may_be_printed)
{
	ck_assert_int_eq(
		utf8_printable(slice_make(prints[_i].text, prints[_i].len)),
		prints[_i].printable);
}
END_TEST

SUITE("utf8", ROWS(knows_utf8, texts), TEST(takes_every_code_point_back),
	ROWS(knows_what_may_be_printed, prints))
