#include "unit/mock_lane.h"

#include <librdkafka/rdkafka.h>

/*
 * A lane whose next view's instant passes while it waits for a message: what
 * came behind it is under that view, whatever is open by then and becomes of
 * it.
 */

struct act {
	struct mock_lane ml; /* the first: what is told of it is told of this */
	struct kit k;
	struct lane_view next;
	size_t left; /* messages that come before the instant */
};

/* The next one came behind an instant that the lane has not seen. */
static void
instant(struct mock_lane *ml)
{
	struct act *a = (struct act *)ml;

	if (a->left--)
		return;
	a->next.from_ms = clock_now_ms();
	lane_offer(ml->lane, &a->next);
	ml->came = NULL;
}

static void
begin(struct act *a, size_t before)
{
	*a = (struct act){.left = before};
	log_off();
	kit_init(&a->k, mock_policy);
	mock_lane_init(&a->ml);
	a->next = (struct lane_view){
		.view = a->k.view, .rows = rows_new(a->k.view)};
	mock_lane_start(&a->ml, a->k.view, 3000);
	mock_lane_feed(&a->ml, 20);
	ck_assert(mock_lane_wait(&a->ml, a->ml.fed));
}

/* Those that come are there at once, so that one transaction has them. */
static void
play(struct act *a, size_t events)
{
	mock_lane_pause(&a->ml);
	a->ml.came = instant;
	mock_lane_feed(&a->ml, events);
	mock_lane_resume(&a->ml);
	ck_assert(mock_lane_wait(&a->ml, a->ml.fed));
}

/* How many events were worked on under the next view. */
static uint64_t
end(struct act *a)
{
	struct row_totals totals;
	uint64_t count = 0;

	ck_assert(lane_took(a->ml.lane));
	ck_assert_status(mock_lane_stop(&a->ml), LETHE_OK);
	ck_assert_uint_eq(mock_lane_distinct(&a->ml), a->ml.fed);
	row_totals_init(&totals);
	ck_assert_status(row_totals_add(&totals, a->next.rows), LETHE_OK);
	for (size_t i = 0; i < totals.count; i++)
		if (!strcmp(totals.rows[i].as, "n"))
			count += totals.rows[i].cells[LETHE_MISFIT_NONE];
	row_totals_fini(&totals);
	rows_free(a->next.rows);
	mock_lane_fini(&a->ml);
	kit_fini(&a->k);
	return count;
}

START_TEST(with_nothing_open)
{
	struct act a;

	begin(&a, 0);
	play(&a, 1);
	ck_assert_uint_eq(end(&a), 1);
}
END_TEST

START_TEST(with_a_transaction_open)
{
	struct act a;

	begin(&a, 5);
	play(&a, 7);
	ck_assert_uint_eq(end(&a), 2);
}
END_TEST

START_TEST(with_a_transaction_that_is_done_again)
{
	struct act a;

	begin(&a, 5);
	mock_lane_pause(&a.ml);
	a.ml.faults[0] = (struct fault){MOCK_TXN_OFFSET_COMMIT,
		RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, 1};
	play(&a, 7);
	ck_assert(atomic_load(&a.ml.answered[WATCH_SEND_OFFSETS]));
	/* With those that it had before, unless it was due already. */
	ck_assert_uint_ge(end(&a), 2);
}
END_TEST

SUITE("mock_turn", TEST(with_nothing_open), TEST(with_a_transaction_open),
	TEST(with_a_transaction_that_is_done_again))
