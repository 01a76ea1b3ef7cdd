#include "suite.h"

#include "kafka/held.h"

#include <string.h>

/* What a group remembers, as text, and who may work where it has worked. */

#define ID "00112233445566778899aabbccddeeff"
#define OTHER "ff112233445566778899aabbccddeeff"
#define DIGEST "0123456789abcdef"
#define FORK "1123456789abcdef"

START_TEST(is_written_and_read_again)
{
	struct held held = {12, 7, ID, DIGEST, ""};
	char text[HELD_TEXT_BYTES];
	struct held again;

	ck_assert_uint_eq(held_put(&held, text), strlen(text));
	ck_assert_str_eq(
		text, "lethe 1 ring=12 policy=7 id=" ID " digest=" DIGEST);
	held_get(text, strlen(text), &again);
	ck_assert_int_eq(again.ring, 12);
	ck_assert_int_eq(again.policy, 7);
	ck_assert_str_eq(again.id, ID);
	ck_assert_str_eq(again.digest, DIGEST);
	ck_assert_str_eq(again.policy_digest, "");
	ck_assert_uint_eq(held_put(&(struct held){0}, text), 0);
	memcpy(held.policy_digest, FORK, sizeof(FORK));
	ck_assert_uint_eq(held_put(&held, text), strlen(text));
	ck_assert_str_eq(text, "lethe 1 ring=12 policy=7 id=" ID
			       " digest=" DIGEST " policy-digest=" FORK);
	held_get(text, strlen(text), &again);
	ck_assert_str_eq(again.policy_digest, FORK);
}
END_TEST

START_TEST(fits_at_its_longest)
{
	const struct held held = {UINT32_MAX, INT64_MAX, ID, DIGEST, DIGEST};
	char text[HELD_TEXT_BYTES];

	ck_assert_uint_lt(held_put(&held, text), HELD_TEXT_BYTES);
	ck_assert_ptr_nonnull(strstr(text, " digest=" DIGEST));
	ck_assert_ptr_nonnull(strstr(text, " policy-digest=" DIGEST));
}
END_TEST

static const struct {
	const char *text;
	int64_t ring, policy;
} text_rows[] = {
	{"lethe 1 ring=12 policy=7", 12, 7},
	{"lethe 1 policy=7 ring=12 later=x word", 12, 7},
	{"lethe 1 ring=12", 12, 0},
	{"lethe 1  ring=12", 12, 0},
	{"lethe 1 ", 0, 0},
	{"lethe 1", 0, 0},
	{"", 0, 0},
	{"NO_METADATA", 0, 0},
	{"lethe 2 ring=12 policy=7", 0, 0},
	{"lethe 10 ring=12 policy=7", 0, 0},
	{"LETHE 1 ring=12 policy=7", 0, 0},
	/* one word of ours that is wrong, and it is not ours */
	{"lethe 1 ring=12 policy=", 0, 0},
	{"lethe 1 ring=-1 policy=7", 0, 0},
	{"lethe 1 ring=1x policy=7", 0, 0},
	{"lethe 1 ring=9999999999999999999 policy=7", 0, 0},
	{"lethe 1 ring=12 id=xyz", 0, 0},
	{"lethe 1 ring=12 id=" DIGEST, 0, 0},
	{"lethe 1 ring=12 digest=" ID, 0, 0},
	{"lethe 1 ring=12 policy-digest=" ID, 0, 0},
};

START_TEST(takes_what_is_ours_and_nothing_else)
{
	struct held held;

	held_get(text_rows[_i].text, strlen(text_rows[_i].text), &held);
	ck_assert_int_eq(held.ring, text_rows[_i].ring);
	ck_assert_int_eq(held.policy, text_rows[_i].policy);
}
END_TEST

START_TEST(takes_no_text_and_bytes_without_an_end)
{
	const char bytes[] = {'l', 'e', 't', 'h', 'e', ' ', '1', ' ', 'r', 'i',
		'n', 'g', '=', '9'};
	struct held held;

	held_get(NULL, 0, &held);
	ck_assert_int_eq(held.ring, 0);
	held_get(bytes, sizeof(bytes), &held);
	ck_assert_int_eq(held.ring, 9);
}
END_TEST

static const struct {
	struct held own, seen;
	enum held_answer answer;
} rule_rows[] = {
	{{12, 7, ID, DIGEST, ""}, {0, 0, "", "", ""}, HELD_FINE},
	{{12, 7, ID, DIGEST, ""}, {12, 7, ID, DIGEST, ""}, HELD_FINE},
	{{12, 7, ID, DIGEST, ""}, {11, 6, ID, FORK, ""}, HELD_FINE},
	{{12, 7, ID, DIGEST, ""}, {12, 7, "", "", ""}, HELD_FINE},
	{{12, 7, ID, DIGEST, ""}, {13, 7, ID, FORK, ""}, HELD_RING_OLDER},
	{{12, 7, ID, DIGEST, ""}, {13, 7, "", "", ""}, HELD_RING_OLDER},
	{{12, 7, ID, DIGEST, ""}, {13, 8, ID, FORK, ""}, HELD_RING_OLDER},
	{{12, 7, ID, DIGEST, ""}, {12, 7, ID, FORK, ""}, HELD_RING_FORKED},
	{{12, 7, ID, DIGEST, ""}, {12, 7, OTHER, DIGEST, ""}, HELD_RING_OTHER},
	{{12, 7, ID, DIGEST, ""}, {1, 1, OTHER, DIGEST, ""}, HELD_RING_OTHER},
	{{12, 7, ID, DIGEST, ""}, {12, 8, ID, DIGEST, ""}, HELD_POLICY_OLDER},
	{{12, 7, ID, DIGEST, ""}, {0, 8, "", "", ""}, HELD_POLICY_OLDER},
	/* a signed policy is one file, not a number alone */
	{{12, 7, ID, DIGEST, DIGEST}, {12, 7, ID, DIGEST, DIGEST}, HELD_FINE},
	{{12, 7, ID, DIGEST, DIGEST}, {12, 7, ID, DIGEST, FORK},
		HELD_POLICY_FORKED},
	{{12, 7, ID, DIGEST, DIGEST}, {12, 7, ID, DIGEST, ""}, HELD_FINE},
	{{12, 7, ID, DIGEST, ""}, {12, 7, ID, DIGEST, FORK}, HELD_FINE},
	{{12, 7, ID, DIGEST, DIGEST}, {12, 6, ID, DIGEST, FORK}, HELD_FINE},
	{{12, 7, ID, DIGEST, DIGEST}, {12, 8, ID, DIGEST, FORK},
		HELD_POLICY_OLDER},
	/* without a ring of its own only the policy counts */
	{{0, 7, "", "", ""}, {12, 7, ID, DIGEST, ""}, HELD_FINE},
	{{0, 7, "", "", ""}, {12, 8, ID, DIGEST, ""}, HELD_POLICY_OLDER},
};

START_TEST(says_who_may_work)
{
	struct lethe_error err = {0};
	enum held_answer answer =
		held_against(&rule_rows[_i].own, &rule_rows[_i].seen);

	ck_assert_int_eq(answer, rule_rows[_i].answer);
	ck_assert_status(
		held_check(&rule_rows[_i].own, &rule_rows[_i].seen, &err),
		answer == HELD_FINE ? LETHE_OK : LETHE_EBEHIND);
	ck_assert(!strlen(err.what) == (answer == HELD_FINE));
	ck_assert_uint_lt(strlen(err.what), LETHE_WHAT_BYTES - 1);
}
END_TEST

SUITE("held", TEST(is_written_and_read_again), TEST(fits_at_its_longest),
	ROWS(takes_what_is_ours_and_nothing_else, text_rows),
	TEST(takes_no_text_and_bytes_without_an_end),
	ROWS(says_who_may_work, rule_rows))
