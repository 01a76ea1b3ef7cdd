#include "suite.h"

#include "kafka/share.h"

#define SECOND 1000
#define MINUTE 60000
#define MOST_PPM 50000 /* 5 % */

static struct lethe_error err;

/* Events a second, each second from `from` to `to`; how it ends. */
static enum lethe_status
run(struct share *s, int64_t from, int64_t to, uint64_t events, uint64_t poison)
{
	enum lethe_status status = LETHE_OK;

	for (int64_t at = from; at < to && !status; at += SECOND) {
		share_add(s, at, events, poison);
		status = share_check(s, at, &err);
	}
	return status;
}

START_TEST(stops_from_a_hundred_events_on)
{
	struct share s;

	share_init(&s, MOST_PPM, 0);
	share_add(&s, 10, 99, 99);
	ck_assert_status(share_check(&s, 10, &err), LETHE_OK);
	share_add(&s, 20, 1, 0);
	ck_assert_status(share_check(&s, 20, &err), LETHE_EPOISONED);
	ck_assert_str_eq(err.what,
		"99 of 100 events of the last minute were poison: above "
		"poison.stop_share");
}
END_TEST

START_TEST(takes_the_share_itself)
{
	struct share s;

	share_init(&s, MOST_PPM, 0);
	ck_assert_status(run(&s, 0, 5 * MINUTE, 1000, 50), LETHE_OK);
	ck_assert_status(
		run(&s, 5 * MINUTE, 6 * MINUTE, 1000, 60), LETHE_EPOISONED);
}
END_TEST

/* A bad batch is the same wherever in a minute it comes. */
static const int64_t batches[] = {
	MINUTE, MINUTE + 1, MINUTE + 30 * SECOND, 2 * MINUTE - 1, 2 * MINUTE};

START_TEST(a_minute_does_not_begin_with_a_sample)
{
	struct share s;

	share_init(&s, MOST_PPM, 0);
	ck_assert_status(run(&s, 0, batches[_i], 1000, 0), LETHE_OK);
	share_add(&s, batches[_i], 200, 200);
	ck_assert_status(share_check(&s, batches[_i], &err), LETHE_OK);
}
END_TEST

START_TEST(meets_a_changed_format_within_seconds)
{
	struct share s;

	share_init(&s, MOST_PPM, 0);
	ck_assert_status(run(&s, 0, 5 * MINUTE, 1000, 0), LETHE_OK);
	ck_assert_status(
		run(&s, 5 * MINUTE, 5 * MINUTE + 3 * SECOND, 1000, 1000),
		LETHE_OK);
	ck_assert_status(run(&s, 5 * MINUTE + 3 * SECOND,
				 5 * MINUTE + 5 * SECOND, 1000, 1000),
		LETHE_EPOISONED);
}
END_TEST

START_TEST(forgets_what_is_over)
{
	struct share s;

	share_init(&s, MOST_PPM, 0);
	share_add(&s, 0, 1000, 1000);
	ck_assert_status(share_check(&s, 2 * MINUTE, &err), LETHE_OK);
	share_add(&s, 10 * MINUTE, 1000, 0);
	ck_assert_status(share_check(&s, 10 * MINUTE, &err), LETHE_OK);
}
END_TEST

START_TEST(is_off_without_a_share)
{
	struct share s;

	share_init(&s, 0, 0);
	ck_assert_status(run(&s, 0, MINUTE, 1000, 1000), LETHE_OK);
}
END_TEST

SUITE("share", TEST(stops_from_a_hundred_events_on),
	TEST(takes_the_share_itself),
	ROWS(a_minute_does_not_begin_with_a_sample, batches),
	TEST(meets_a_changed_format_within_seconds), TEST(forgets_what_is_over),
	TEST(is_off_without_a_share))
