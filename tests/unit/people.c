#include "suite.h"

#include "cli/keys/people.h"

#include <stdio.h>

#define DAY INT64_C(86400000)
#define NOW (INT64_C(20000) * DAY + DAY / 2)

static void
see(struct people *p, unsigned person, int days_ago)
{
	char name[32];

	snprintf(name, sizeof(name), "u1_%u", person);
	ck_assert(people_see(p, slice_of(name), NOW - days_ago * DAY));
}

START_TEST(who_came_again_is_counted_by_days)
{
	struct people *p = people_new(1, NOW, PEOPLE_MAX);
	struct people_share share;

	see(p, 1, 0);
	see(p, 1, 10); /* carried by 7 days: came 0 days ago */
	see(p, 2, 7);  /* the last day before them */
	see(p, 3, 36); /* the first day of the 30 before */
	see(p, 3, 6);
	see(p, 4, 37); /* not lately */
	see(p, 4, 1);
	see(p, 5, 0); /* new */
	ck_assert(people_share(p, 7, &share));
	ck_assert_uint_eq(share.lately, 3);
	ck_assert_uint_eq(share.again, 2);
	ck_assert_int_eq(people_facts(p).days, 38);
	ck_assert_uint_eq(people_facts(p).count, 5);
	ck_assert(people_share(p, 30, &share));
	ck_assert(!people_share(p, 60, &share));
	people_free(p);
}
END_TEST

START_TEST(days_beyond_the_window_and_clocks_ahead)
{
	struct people *p = people_new(1, NOW, PEOPLE_MAX);
	struct people_share share;

	see(p, 1, PEOPLE_DAYS);
	ck_assert_uint_eq(people_facts(p).count, 0);
	ck_assert_int_eq(people_facts(p).days, 0);
	ck_assert(!people_share(p, 7, &share));
	see(p, 1, -3);
	ck_assert_int_eq(people_facts(p).days, 1);
	see(p, 1, PEOPLE_DAYS - 1);
	ck_assert_int_eq(people_facts(p).days, PEOPLE_DAYS);
	people_free(p);
}
END_TEST

/* One in three comes again, whether all are counted or a sample. */
START_TEST(a_sample_says_the_same)
{
	struct people *p = people_new(7, NOW, 4096);
	struct people_share share;
	struct people_facts facts;
	double part;

	for (unsigned i = 0; i < 60000; i++) {
		see(p, i, 10);
		if (i % 3 == 0)
			see(p, i, 2);
	}
	facts = people_facts(p);
	ck_assert_uint_ge(facts.one_in, 16);
	ck_assert_uint_le(facts.count, 4096);
	ck_assert_uint_ge(facts.count, 1024);
	ck_assert(people_share(p, 7, &share));
	ck_assert_uint_eq(share.lately, facts.count);
	part = (double)share.again / (double)share.lately;
	ck_assert_double_ge(part, 0.28);
	ck_assert_double_le(part, 0.38);
	people_free(p);
}
END_TEST

START_TEST(up_to_its_size_it_is_exact)
{
	struct people *p = people_new(3, NOW, 8192);

	for (int turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < 8000; i++)
			see(p, i, turn);
	ck_assert_uint_eq(people_facts(p).count, 8000);
	ck_assert_uint_eq(people_facts(p).one_in, 1);
	people_free(p);
}
END_TEST

SUITE("people", TEST(who_came_again_is_counted_by_days),
	TEST(days_beyond_the_window_and_clocks_ahead),
	TEST(a_sample_says_the_same), TEST(up_to_its_size_it_is_exact))
