#include "suite.h"

#include "transform/pattern.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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

#define MATCH_COUNT ((int)(sizeof(matches) / sizeof(matches[0])))

/* 1, 0, or -1 when a pattern or its scratch cannot be made. */
static int
match(const char *pattern, struct slice text)
{
	struct pattern *p;
	struct pattern_scratch *s = NULL;
	int matched = -1;

	if (pattern_new(slice_of(pattern), &p, NULL))
		return -1;
	if (!pattern_scratch_new(&s, NULL))
		matched = pattern_match(p, text, s);
	pattern_scratch_free(s);
	pattern_free(p);
	return matched;
}

START_TEST(matches_the_whole_value_or_nothing)
{
	ck_assert_int_eq(match(matches[_i].pattern,
				 slice_make(matches[_i].text, matches[_i].len)),
		matches[_i].matches);
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

/* The first branch is tried in all ways before the second matches. */
static const char *const slow[] = {
	"(?:a|aa)+c|a+!",
	"(*NO_JIT)(?:a|aa)+c|a+!",
};

START_TEST(gives_a_field_so_many_slow_matches)
{
	static const struct slice text = {
		(const uint8_t *)"aaaaaaaaaaaaaaaa!", 17};
	struct pattern *p;
	struct pattern_scratch *s;

	ck_assert_status(pattern_new(slice_of(slow[_i]), &p, NULL), LETHE_OK);
	ck_assert_status(pattern_scratch_new(&s, NULL), LETHE_OK);
	for (int field = 0; field < 2; field++) {
		pattern_scratch_begin(s);
		for (int i = 0; i < 64; i++)
			ck_assert(pattern_match(p, text, s));
		ck_assert(!pattern_match(p, text, s));
		ck_assert(pattern_match(p, slice_of("aa!"), s));
	}
	pattern_scratch_free(s);
	pattern_free(p);
}
END_TEST

/* As long as a string may be by default. */
static const struct {
	const char *pattern;
	const char *part; /* repeated */
	const char *end;
	bool matches;
} long_ones[] = {
	{"[a-z]+", "shop", "", true},
	{"[a-z]+", "shop", "!", false},
	{".*", "\xc3\xa9", "", true},
	{"(?:[a-z]|[0-9])+", "a1b2", "", true},
	{"(?:[a-z]|[0-9])+", "a1b2", "!", false},
	{"(?:/[a-z0-9-]+)+", "/shoes-42", "", true},
	{"(?:[^/]+/)+", "shoes-42/", "", true},
	{"([a-z]+|[0-9]+)(?:-(?1))*", "shoes-42-", "x", true},
	{"(?:[A-Z][a-z]*\\s?)+", "Red Shoes ", "", true},
};

/* A value means the same wherever lethe runs. */
START_TEST(the_interpreter_says_what_the_jit_says)
{
	char pattern[128], text[8192 + 16];
	size_t part = strlen(long_ones[_i].part), len = 0;

	for (; len + part <= 8192; len += part)
		memcpy(text + len, long_ones[_i].part, part);
	memcpy(text + len, long_ones[_i].end, strlen(long_ones[_i].end));
	len += strlen(long_ones[_i].end);
	snprintf(
		pattern, sizeof(pattern), "(*NO_JIT)%s", long_ones[_i].pattern);
	ck_assert_int_eq(match(long_ones[_i].pattern, slice_make(text, len)),
		long_ones[_i].matches);
	ck_assert_int_eq(
		match(pattern, slice_make(text, len)), long_ones[_i].matches);
}
END_TEST

/* As systemd's MemoryDenyWriteExecute does it. */
static bool
refuse_executable_memory(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	const struct scmp_arg_cmp executable =
		SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);

	return f &&
	       !seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap), 1,
		       executable) &&
	       !seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mprotect),
		       1, executable) &&
	       !seccomp_load(f);
}

/* The first row that is not as the tables say, from 1; 0: all are. */
static int
try_all(void)
{
	for (int i = 0; i < MATCH_COUNT; i++)
		if (match(matches[i].pattern,
			    slice_make(matches[i].text, matches[i].len)) !=
			matches[i].matches)
			return i + 1;
	return 0;
}

static int
interpreted_only(void)
{
	struct pattern *p;
	char text[400];

	if (!refuse_executable_memory())
		return 200;
	if (pattern_interpreted())
		return 201;
	/* What is free in memory taken before is used up first. */
	for (int i = 0; i < 10000 && !pattern_interpreted(); i++)
		if (pattern_new(slice_of("a"), &p, NULL))
			return 202;
	if (!pattern_interpreted())
		return 203;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '!';
	if (match(runaways[0], slice_make(text, sizeof(text))) != 0)
		return 204;
	return try_all();
}

START_TEST(is_interpreted_where_memory_may_not_become_executable)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		_exit(interpreted_only());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "%d", status);
}
END_TEST

SUITE("pattern", ROWS(matches_the_whole_value_or_nothing, matches),
	ROWS(says_where_a_pattern_is_wrong, mistakes),
	ROWS(gives_up_at_its_limit, runaways),
	ROWS(gives_a_field_so_many_slow_matches, slow),
	ROWS(the_interpreter_says_what_the_jit_says, long_ones),
	TEST(is_interpreted_where_memory_may_not_become_executable))
