#include "unit/mock_lane.h"

/* What a lane shows of itself, on the client library and its mock cluster. */

#define BATCH 20
#define PATIENCE_MS 20000
#define UNREAD 7

static int64_t
moved_ms(const struct mock_lane *ml)
{
	return atomic_load(&lane_stats(ml->lane)->moved_ms);
}

static uint64_t
shown(const struct mock_lane *ml, enum statistic stat)
{
	return stats_value(lane_stats(ml->lane), stat);
}

/*
 * A producer of the input topic may keep its transaction open for minutes: the
 * log is longer then than what anybody may read, and no lane stands for it.
 */
START_TEST(what_nobody_may_read_yet_is_no_stall)
{
	struct mock_lane ml;
	struct kit k;
	int64_t moved;
	int waited = 0;

	log_off();
	kit_init(&k, mock_policy);
	mock_lane_init(&ml);
	mock_lane_start(&ml, k.view, 3000);
	mock_lane_feed(&ml, BATCH);
	ck_assert(mock_lane_wait(&ml, ml.fed));
	atomic_store(&ml.unread, UNREAD);
	while (shown(&ml, STAT_LAG) != UNREAD * MOCK_PARTITIONS)
		usleep(1000);
	moved = moved_ms(&ml);
	while (moved_ms(&ml) == moved && waited++ < PATIENCE_MS)
		usleep(1000);
	ck_assert_int_gt(moved_ms(&ml), moved);
	ck_assert_uint_eq(shown(&ml, STAT_LAG), UNREAD * MOCK_PARTITIONS);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

static uint64_t
observed(const struct mock_lane *ml)
{
	struct stats s = {0};
	uint64_t count = 0;

	stats_add(lane_stats(ml->lane), &s);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		count += s.spans[SPAN_TRANSACTION].buckets[i];
	return count;
}

/* Its last line of status is told when it has ended. */
START_TEST(what_it_did_is_shown_when_it_ends)
{
	struct mock_lane ml;
	struct kit k;

	log_off();
	kit_init(&k, mock_policy);
	mock_lane_init(&ml);
	mock_lane_start(&ml, k.view, 3000);
	for (int i = 0; i < 5; i++) {
		mock_lane_feed(&ml, BATCH);
		ck_assert(mock_lane_wait(&ml, ml.fed));
	}
	atomic_store(&ml.stop, true);
	while (!atomic_load(&ml.ended))
		usleep(1000);
	ck_assert_uint_gt(observed(&ml), 0);
	ck_assert_uint_eq(shown(&ml, STAT_COMMITS), observed(&ml));
	ck_assert_uint_eq(shown(&ml, STAT_PARTITIONS), 0);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

/* It is looked at between two transactions, when nothing is retained. */
START_TEST(what_was_retained_is_shown)
{
	struct mock_lane ml;
	struct kit k;
	struct stats s = {0};

	log_off();
	kit_init(&k, mock_policy);
	mock_lane_init(&ml);
	mock_lane_start(&ml, k.view, 3000);
	while (!s.queues[QUEUE_RETAINED]) {
		mock_lane_feed(&ml, BATCH);
		ck_assert(mock_lane_wait(&ml, ml.fed));
		s = (struct stats){0};
		stats_add(lane_stats(ml.lane), &s);
	}
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

SUITE("mock_shown", TEST(what_was_retained_is_shown),
	TEST(what_nobody_may_read_yet_is_no_stall),
	TEST(what_it_did_is_shown_when_it_ends))
