#include "suite.h"

#include "kafka/waker.h"

/*
 * The waker against consumers that only say how full they are: who is asked,
 * how often, and who is left alone.  The clock goes as the test says.
 */

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define LANES 3
#define BROKERS 4

struct kafka {
	unsigned fill;
	bool moves;
	size_t leader_count, found, calls;
	size_t asked[BROKERS];
	enum wake_answer answers[BROKERS];
};

static int64_t now_ns;

static unsigned
model_fill(struct kafka *k, bool *moved)
{
	*moved = k->moves;
	return k->fill;
}

static size_t
model_leaders(struct kafka *k, struct wake_leader *out, size_t max)
{
	ck_assert_uint_le(k->leader_count, max);
	k->found++;
	for (size_t i = 0; i < k->leader_count; i++)
		out[i] = (struct wake_leader){(int32_t)i, (int32_t)i, 0};
	return k->leader_count;
}

static enum wake_answer
model_ask(struct kafka *k, const struct wake_leader *at, size_t count)
{
	enum wake_answer worst = WAKE_ANSWERED;

	k->calls++;
	for (size_t i = 0; i < count; i++) {
		enum wake_answer answer = k->answers[at[i].broker];

		k->asked[at[i].broker]++;
		worst = answer > worst ? answer : worst;
	}
	if (worst == WAKE_AWAY)
		now_ns += 500 * MS;
	return worst;
}

static int64_t
model_now(void)
{
	return now_ns;
}

static const struct wake_ops model = {
	model_fill, model_leaders, model_ask, model_now};

static struct waker *
new_waker(struct kafka *k, size_t lanes, unsigned per_s)
{
	struct waker *w = NULL;
	struct lethe_error err;

	now_ns = SECOND;
	ck_assert_status(waker_new(&model, lanes, per_s, &w, &err), LETHE_OK);
	for (size_t i = 0; i < lanes; i++)
		waker_enter(w, i, &k[i]);
	return w;
}

/* Full for a moment, then low: as after a fetch. */
static void
fill_once(struct waker *w, struct kafka *k, size_t lanes)
{
	for (size_t i = 0; i < lanes; i++)
		k[i].fill = 120;
	waker_turn(w);
	for (size_t i = 0; i < lanes; i++)
		k[i].fill = 10;
}

static void
turn_for(struct waker *w, int64_t ns)
{
	int64_t until = now_ns + ns;

	for (; now_ns < until; now_ns += MS)
		waker_turn(w);
}

static size_t
asked_in_all(const struct kafka *k, size_t lanes)
{
	size_t sum = 0;

	for (size_t i = 0; i < lanes; i++)
		for (size_t j = 0; j < BROKERS; j++)
			sum += k[i].asked[j];
	return sum;
}

START_TEST(a_queue_that_was_never_full_wakes_nobody)
{
	struct kafka k = {.fill = 49, .moves = true, .leader_count = 2};
	struct waker *w = new_waker(&k, 1, 20);

	turn_for(w, 5 * SECOND);
	ck_assert_uint_eq(asked_in_all(&k, 1), 0);
	ck_assert_uint_eq(k.found, 0);
	waker_free(w);
}
END_TEST

START_TEST(a_queue_that_stays_full_wakes_nobody)
{
	struct kafka k = {.fill = 100, .moves = true, .leader_count = 2};
	struct waker *w = new_waker(&k, 1, 20);

	turn_for(w, 5 * SECOND);
	ck_assert_uint_eq(asked_in_all(&k, 1), 0);
	waker_free(w);
}
END_TEST

START_TEST(every_leader_and_nobody_else_is_asked)
{
	struct kafka k = {.moves = true, .leader_count = 2};
	struct waker *w = new_waker(&k, 1, 20);

	fill_once(w, &k, 1);
	waker_turn(w);
	ck_assert_uint_eq(k.asked[0], 1);
	ck_assert_uint_eq(k.asked[1], 1);
	ck_assert_uint_eq(k.asked[2], 0);
	ck_assert_uint_eq(k.calls, 1);
	waker_free(w);
}
END_TEST

START_TEST(it_ends_a_second_after_the_queue_was_full)
{
	struct kafka k = {.moves = true, .leader_count = 1};
	struct waker *w = new_waker(&k, 1, 20);
	size_t asked;

	fill_once(w, &k, 1);
	turn_for(w, 1200 * MS);
	asked = k.asked[0];
	ck_assert_uint_gt(asked, 15);
	turn_for(w, 5 * SECOND);
	ck_assert_uint_eq(k.asked[0], asked);
	waker_free(w);
}
END_TEST

static const unsigned rates[] = {1, 7, 20, 30, 1000};

/* All lanes together, for each broker. */
START_TEST(a_broker_is_asked_no_oftener_than_the_setting_says)
{
	struct kafka k[LANES] = {0};
	struct waker *w;
	size_t asked;

	for (size_t i = 0; i < LANES; i++)
		k[i] = (struct kafka){.moves = true, .leader_count = 2};
	w = new_waker(k, LANES, rates[_i]);
	for (int i = 0; i < 10; i++) {
		fill_once(w, k, LANES);
		turn_for(w, SECOND);
	}
	for (size_t j = 0; j < 2; j++) {
		asked = k[0].asked[j] + k[1].asked[j] + k[2].asked[j];
		/* The first is at once, so one more than the gaps. */
		ck_assert_uint_le(asked, rates[_i] * 10 + 1);
		ck_assert_uint_ge(asked, rates[_i] * 8);
	}
	waker_free(w);
}
END_TEST

static const size_t lane_counts[] = {2, 3};

START_TEST(every_lane_has_its_turn)
{
	struct kafka k[LANES] = {0};
	struct waker *w;

	for (size_t i = 0; i < lane_counts[_i]; i++)
		k[i] = (struct kafka){.moves = true, .leader_count = 1};
	w = new_waker(k, lane_counts[_i], 20);
	for (int i = 0; i < 10; i++) {
		fill_once(w, k, lane_counts[_i]);
		turn_for(w, SECOND);
	}
	for (size_t i = 0; i < lane_counts[_i]; i++)
		ck_assert_uint_ge(k[i].asked[0], 30);
	waker_free(w);
}
END_TEST

START_TEST(a_broker_away_is_left_alone_and_holds_up_no_other)
{
	struct kafka k = {.moves = true,
		.leader_count = 2,
		.answers = {WAKE_AWAY, WAKE_ANSWERED}};
	struct waker *w = new_waker(&k, 1, 20);

	for (int i = 0; i < 30; i++) {
		fill_once(w, &k, 1);
		turn_for(w, SECOND);
	}
	/* After 1, 2, 4, 8 and 16 seconds, and once with the other. */
	ck_assert_uint_ge(k.asked[0], 5);
	ck_assert_uint_le(k.asked[0], 7);
	ck_assert_uint_ge(k.asked[1], 400);

	k.answers[0] = WAKE_ANSWERED;
	for (int i = 0; i < 30; i++) {
		fill_once(w, &k, 1);
		turn_for(w, SECOND);
	}
	ck_assert_uint_ge(k.asked[0], 200);
	waker_free(w);
}
END_TEST

START_TEST(leaders_are_found_seldom)
{
	struct kafka k = {.moves = true, .leader_count = 1};
	struct waker *w = new_waker(&k, 1, 20);

	for (int i = 0; i < 60; i++) {
		fill_once(w, &k, 1);
		turn_for(w, SECOND);
	}
	ck_assert_uint_ge(k.found, 2);
	ck_assert_uint_le(k.found, 3);
	waker_free(w);
}
END_TEST

START_TEST(leaders_that_moved_are_found_again)
{
	struct kafka k = {
		.moves = true, .leader_count = 1, .answers = {WAKE_MOVED}};
	struct waker *w = new_waker(&k, 1, 20);

	for (int i = 0; i < 10; i++) {
		fill_once(w, &k, 1);
		turn_for(w, SECOND);
	}
	ck_assert_uint_ge(k.found, 8);
	ck_assert_uint_le(k.found, 11);
	waker_free(w);
}
END_TEST

START_TEST(another_assignment_is_looked_at_anew)
{
	struct kafka k = {.moves = true, .leader_count = 1};
	struct waker *w = new_waker(&k, 1, 20);

	fill_once(w, &k, 1);
	turn_for(w, 100 * MS);
	ck_assert_uint_eq(k.found, 1);
	k.leader_count = 3;
	waker_reassigned(w, 0);
	turn_for(w, 100 * MS);
	ck_assert_uint_eq(k.found, 2);
	ck_assert_uint_ge(k.asked[2], 1);
	waker_free(w);
}
END_TEST

START_TEST(a_consumer_that_left_is_not_touched)
{
	struct kafka k = {.moves = true, .leader_count = 1}, seen;
	struct waker *w = new_waker(&k, 1, 20);

	fill_once(w, &k, 1);
	turn_for(w, 100 * MS);
	waker_leave(w, 0);
	seen = k;
	turn_for(w, SECOND);
	ck_assert_mem_eq(&k, &seen, sizeof(k));
	waker_enter(w, 0, &k);
	fill_once(w, &k, 1);
	turn_for(w, 100 * MS);
	ck_assert_uint_gt(k.asked[0], seen.asked[0]);
	waker_free(w);
}
END_TEST

START_TEST(an_idle_process_is_looked_at_seldom)
{
	struct kafka k = {.moves = true, .leader_count = 1};
	struct waker *w = new_waker(&k, 1, 20);

	ck_assert_int_le(waker_turn(w), 10 * MS);
	k.moves = false;
	now_ns += 2 * SECOND;
	ck_assert_int_ge(waker_turn(w), 100 * MS);
	waker_free(w);
}
END_TEST

/* No consumer stays with the thread: it ends at once. */
START_TEST(the_thread_ends_when_asked)
{
	struct kafka k = {.moves = true, .leader_count = 1};
	struct waker *w = new_waker(&k, 1, 20);
	struct lethe_error err;

	ck_assert_status(waker_start(w, &err), LETHE_OK);
	for (int i = 0; i < 1000; i++) {
		waker_leave(w, 0);
		waker_enter(w, 0, &k);
		waker_reassigned(w, 0);
	}
	waker_leave(w, 0);
	waker_free(w);
}
END_TEST

/* What the setting 0 comes to. */
START_TEST(without_a_waker_nothing_happens)
{
	struct kafka k = {.fill = 100, .leader_count = 1};

	waker_enter(NULL, 0, &k);
	waker_reassigned(NULL, 0);
	waker_leave(NULL, 0);
	waker_free(NULL);
	ck_assert_uint_eq(asked_in_all(&k, 1), 0);
}
END_TEST

SUITE("waker", TEST(a_queue_that_was_never_full_wakes_nobody),
	TEST(a_queue_that_stays_full_wakes_nobody),
	TEST(every_leader_and_nobody_else_is_asked),
	TEST(it_ends_a_second_after_the_queue_was_full),
	ROWS(a_broker_is_asked_no_oftener_than_the_setting_says, rates),
	ROWS(every_lane_has_its_turn, lane_counts),
	TEST(a_broker_away_is_left_alone_and_holds_up_no_other),
	TEST(leaders_are_found_seldom),
	TEST(leaders_that_moved_are_found_again),
	TEST(another_assignment_is_looked_at_anew),
	TEST(a_consumer_that_left_is_not_touched),
	TEST(an_idle_process_is_looked_at_seldom),
	TEST(the_thread_ends_when_asked), TEST(without_a_waker_nothing_happens))
