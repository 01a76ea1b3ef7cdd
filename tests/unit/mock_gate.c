#include "unit/mock_lane.h"

/*
 * A lane whose events wait at times, as for the consent ledger, on the client
 * library and its mock cluster: for a moment, or so long that its partitions
 * are paused, while others come and go.
 */

#define BATCH 400
#define TURNS 6
#define SHORT_MS 200
#define LONG_MS 2500

struct watch {
	atomic_bool shut;
	bool holds; /* a snapshot; the lane's */
	atomic_bool damaged;
	atomic_uint rests, asked;
};

static bool
may(void *ctx, int64_t now_ms)
{
	struct watch *w = ctx;

	(void)now_ms;
	atomic_fetch_add(&w->asked, 1);
	return !atomic_load(&w->shut);
}

static bool
ready(void *ctx, int64_t now_ms)
{
	struct watch *w = ctx;

	(void)now_ms;
	w->holds = !atomic_load(&w->shut);
	return w->holds;
}

static void
rest(void *ctx)
{
	struct watch *w = ctx;

	w->holds = false;
	atomic_fetch_add(&w->rests, 1);
}

static bool
has_failed(void *ctx)
{
	struct watch *w = ctx;

	return atomic_load(&w->damaged);
}

/* What it is at is over when it asks anew, twice. */
static void
turn(struct mock_lane *ml, struct watch *w)
{
	unsigned asked = atomic_load(&w->asked);

	while (atomic_load(&w->asked) < asked + 2 && !atomic_load(&ml->ended))
		usleep(1000);
}

static void
shut(struct mock_lane *ml, struct watch *w)
{
	atomic_store(&w->shut, true);
	turn(ml, w);
}

/* What it has committed: all that was open is due by then, and is committed
 * before it asks anew. */
static uint64_t
settled(struct mock_lane *ml, struct watch *w)
{
	usleep(200000);
	turn(ml, w);
	return mock_lane_events(ml);
}

START_TEST(events_wait_and_none_is_lost_or_doubled)
{
	struct mock_lane ml;
	struct watch w = {.shut = false};
	struct kit k;
	const struct lane_gate gate = {.ctx = &w,
		.may = may,
		.ready = ready,
		.rest = rest,
		.failed = has_failed};

	log_off();
	kit_init(&k, mock_policy);
	mock_lane_init(&ml);
	ml.gate = &gate;
	mock_lane_start(&ml, k.view, 3000);
	for (int i = 0; i < TURNS; i++) {
		uint64_t before;

		mock_lane_feed(&ml, BATCH);
		ck_assert(mock_lane_wait(&ml, ml.fed));
		/* Some are prefetched when it is shut, some come later. */
		mock_lane_feed(&ml, BATCH);
		shut(&ml, &w);
		before = settled(&ml, &w);
		mock_lane_feed(&ml, BATCH);
		usleep((i % 2 ? LONG_MS : SHORT_MS) * 1000);
		ck_assert_uint_eq(mock_lane_events(&ml), before);
		atomic_store(&w.shut, false);
		ck_assert(mock_lane_wait(&ml, ml.fed));
		ck_assert(!atomic_load(&ml.ended));
	}
	ck_assert_uint_eq(settled(&ml, &w), ml.fed);
	ck_assert_uint_gt(atomic_load(&w.rests), TURNS);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	ck_assert(!w.holds);
	ck_assert_int_eq(ml.group[0] + ml.group[1], (int64_t)ml.fed);
	ck_assert_uint_eq(mock_lane_distinct(&ml), ml.fed);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

/* What was decided without an answer is never committed. */
START_TEST(a_book_without_an_answer_ends_the_lane)
{
	struct mock_lane ml;
	struct watch w = {.shut = false};
	const struct lane_gate gate = {.ctx = &w,
		.may = may,
		.ready = ready,
		.rest = rest,
		.failed = has_failed};
	struct kit k;
	int64_t before;

	log_off();
	kit_init(&k, mock_policy);
	mock_lane_init(&ml);
	ml.gate = &gate;
	mock_lane_start(&ml, k.view, 3000);
	mock_lane_feed(&ml, BATCH);
	ck_assert(mock_lane_wait(&ml, ml.fed));
	before = (int64_t)settled(&ml, &w);
	atomic_store(&w.damaged, true);
	mock_lane_feed(&ml, BATCH);
	ck_assert(mock_lane_wait(&ml, ml.fed + 1));
	ck_assert_status(mock_lane_stop(&ml), LETHE_ELEDGER);
	ck_assert_int_eq(ml.group[0] + ml.group[1], before);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

/* A lane that is asked to end while its events wait ends at once. */
START_TEST(who_waits_can_be_stopped)
{
	struct mock_lane ml;
	struct watch w = {.shut = true};
	struct kit k;
	const struct lane_gate gate = {.ctx = &w,
		.may = may,
		.ready = ready,
		.rest = rest,
		.failed = has_failed};

	log_off();
	kit_init(&k, mock_policy);
	mock_lane_init(&ml);
	ml.gate = &gate;
	mock_lane_feed(&ml, BATCH);
	mock_lane_start(&ml, k.view, 3000);
	usleep(LONG_MS * 1000);
	ck_assert_uint_eq(mock_lane_events(&ml), 0);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	ck_assert_int_eq(ml.group[0], OFFSET_NONE);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

SUITE("mock_gate", TEST(events_wait_and_none_is_lost_or_doubled),
	TEST(a_book_without_an_answer_ends_the_lane),
	TEST(who_waits_can_be_stopped))
