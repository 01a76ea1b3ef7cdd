#include "suite.h"

#include "daemon/hour.h"

static struct stats sums;
static struct keeper_changes changes;

static void
come(uint64_t count)
{
	sums.records[1] += count;
	sums.drops[1][LETHE_REASON_REFUSED] += 2 * count;
	changes.to[1][LEDGER_WITHDRAWN] += 3 * count;
}

static void
expect(const struct hour *h, uint64_t count)
{
	struct hour_counts c;

	hour_of(h, 1, &sums, &changes, &c);
	ck_assert_uint_eq(c.records, count);
	ck_assert_uint_eq(c.drops[LETHE_REASON_REFUSED], 2 * count);
	ck_assert_uint_eq(c.changes[LEDGER_WITHDRAWN], 3 * count);
	hour_of(h, 0, &sums, &changes, &c);
	ck_assert_uint_eq(c.records, 0);
}

START_TEST(an_hour_forgets_what_came_before)
{
	struct lethe_error err;
	struct hour h;

	sums = (struct stats){0};
	changes = (struct keeper_changes){0};
	ck_assert(!hour_init(&h, 2, &err));
	come(5);
	expect(&h, 5);
	for (int minute = 1; minute < HOUR_SAMPLES; minute++) {
		hour_sample(&h, &sums, &changes);
		come(1);
		expect(&h, 5 + (uint64_t)minute);
	}
	hour_sample(&h, &sums, &changes);
	expect(&h, HOUR_SAMPLES - 1); /* the first five are an hour old */
	for (int minute = 0; minute < HOUR_SAMPLES / 2; minute++)
		hour_sample(&h, &sums, &changes);
	expect(&h, HOUR_SAMPLES - 1 - HOUR_SAMPLES / 2);
	come(7);
	for (int minute = 0; minute < HOUR_SAMPLES; minute++) {
		expect(&h, minute < HOUR_SAMPLES / 2 - 1
				   ? HOUR_SAMPLES - 1 - HOUR_SAMPLES / 2 -
					     (uint64_t)minute + 7
				   : 7);
		hour_sample(&h, &sums, &changes);
	}
	expect(&h, 0);
	hour_fini(&h);
}
END_TEST

SUITE("hour", TEST(an_hour_forgets_what_came_before))
