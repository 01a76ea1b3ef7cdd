#include "suite.h"

#include "transform/pattern.h"

static const struct {
	const char *pattern;
	const char *text;
	size_t len;
	bool matches;
} matches[] = {
	{"[a-z]+", "abc", 3, true},
	{"[a-z]+", "abc1", 4, false},
	{"[a-z]+", "1abc", 4, false},
	{"[a-z]+", "abc\n", 4, false},
	{"[a-z]+$", "abc\n", 4, false},
	{"^[a-z]+$", "abc", 3, true},
	{"(?m)^a$", "b\na\nc", 5, false},
	{"a|ab", "ab", 2, true},
	{"a|b", "ab", 2, false},
	{"", "", 0, true},
	{"", "a", 1, false},
	{"[a-z]*", "", 0, true},
	{".", "\xc3\xa9", 2, true},
	{".", "\xf0\x9f\x98\x80", 4, true},
	{"..", "\xc3\xa9", 2, false},
	{".*", "a\nb", 3, false},
	{"a.b", "a\0b", 3, true},
	{"a", "a\0", 2, false},
	{"\\d+", "12", 2, true},
	{"\\d+", "\xd9\xa1", 2, false},
	{"\\w+", "\xc3\xa9", 2, false},
	{"(?i)abc", "ABC", 3, true},
	{"(?!admin)[a-z]+", "admins", 6, false},
	{"a(*ACCEPT)b", "a", 1, true},
	{"a(*ACCEPT)b", "axx", 3, false},
	{"a\\Kb", "ab", 2, true},
	{"a\\Kb", "b", 1, false},
	{"(?<=x)a", "a", 1, false},
};

START_TEST(matches_the_whole_value_or_nothing)
{
	struct pattern *p;
	struct pattern_scratch *s;
	struct slice text = slice_make(matches[_i].text, matches[_i].len);

	ck_assert_status(
		pattern_new(slice_of(matches[_i].pattern), &p, NULL), LETHE_OK);
	ck_assert_status(pattern_scratch_new(&s, NULL), LETHE_OK);
	ck_assert_int_eq(pattern_match(p, text, s), matches[_i].matches);
	pattern_scratch_free(s);
	pattern_free(p);
}
END_TEST

static const struct {
	const char *pattern;
	size_t at;
	const char *what;
} mistakes[] = {
	{"[a-z", 4, "missing terminating ] for character class"},
	{"a(b", 3, "missing closing parenthesis"},
	{"ab)", 2, "unmatched closing parenthesis"},
	{"*a", 0, "quantifier does not follow a repeatable item"},
	{"a\\Cb", 3, "using \\C is disabled by the application"},
	{"a(?C1)b", 6, "callouts are not allowed"},
	{"\xff", 0, "UTF-8 error: illegal byte (0xfe or 0xff)"},
};

START_TEST(says_where_a_pattern_is_wrong)
{
	struct pattern *p;
	struct lethe_error err;

	ck_assert_status(pattern_new(slice_of(mistakes[_i].pattern), &p, &err),
		LETHE_EPOLICY);
	ck_assert_ptr_null(p);
	ck_assert_uint_eq(err.offset, mistakes[_i].at);
	ck_assert_str_eq(err.what, mistakes[_i].what);
}
END_TEST

/* As the JIT does it, and as it is done where there is none. */
static const char *const runaways[] = {
	"(?:a+)+b?(?:a|a?)+",
	"(*NO_JIT)(?:a+)+b?(?:a|a?)+",
};

START_TEST(gives_up_at_its_limit)
{
	struct pattern *p;
	struct pattern_scratch *s;
	char text[400];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '!';
	ck_assert_status(
		pattern_new(slice_of(runaways[_i]), &p, NULL), LETHE_OK);
	ck_assert_status(pattern_scratch_new(&s, NULL), LETHE_OK);
	ck_assert(!pattern_match(p, slice_make(text, sizeof(text)), s));
	ck_assert(pattern_match(p, slice_make(text, 20), s));
	pattern_scratch_free(s);
	pattern_free(p);
}
END_TEST

SUITE("pattern", ROWS(matches_the_whole_value_or_nothing, matches),
	ROWS(says_where_a_pattern_is_wrong, mistakes),
	ROWS(gives_up_at_its_limit, runaways))
