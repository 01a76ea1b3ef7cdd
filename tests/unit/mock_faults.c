#include "unit/mock_lane.h"
#include "unit/verdicts.h"

/*
 * Every error of a broker in every request of a transaction, as a real lane
 * meets it over the wire: what its calls answer is what the table says, it
 * lives on or stops as it must, and every event comes out.
 */

#define BATCH 4
#define BIT(status) (UINT64_C(1) << (status))

static const enum mock_request requests[VERDICT_INS] = {
	[IN_FIND] = MOCK_FIND_COORDINATOR,
	[IN_INIT] = MOCK_INIT_PRODUCER_ID,
	[IN_ADD] = MOCK_ADD_PARTITIONS,
	[IN_PRODUCE] = MOCK_PRODUCE,
	[IN_ADD_OFFSETS] = MOCK_ADD_OFFSETS,
	[IN_OFFSETS] = MOCK_TXN_OFFSET_COMMIT,
	[IN_COMMIT] = MOCK_END_TXN,
	[IN_ABORT] = MOCK_END_TXN,
};

struct fault_case {
	const struct verdict_row *row;
	enum verdict_in in;
	uint64_t answered[WATCHED];
	bool waited; /* in vain */
};

static struct fault_case cases[VERDICT_ROWS * VERDICT_INS];
static size_t case_count;

/* Workers that found a lane dead, or an event lost, at their end. */
static struct {
	enum lethe_status status;
	size_t fed, distinct;
	uint64_t counted, aside;
} ends[MOCK_LANES];

static const struct lethe_view *view;

/* Errors that stop the lane have tests of their own. */
static void
list_cases(void)
{
	for (size_t i = 0; i < VERDICT_ROWS * VERDICT_INS; i++) {
		struct fault_case c = {.row = &verdict_rows[i / VERDICT_INS],
			.in = (enum verdict_in)(i % VERDICT_INS)};

		if (!c.row->own && c.row->status[c.in] != 'D')
			cases[case_count++] = c;
	}
}

/* What leads to a request that no good transaction makes. */
static struct fault
leading_to(enum verdict_in in)
{
	struct fault f = {MOCK_TXN_OFFSET_COMMIT, 0, 1};

	if (in == IN_ABORT)
		f.error = RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
	else if (in <= IN_INIT)
		f.error = RD_KAFKA_RESP_ERR_INVALID_TXN_STATE;
	else
		f.times = 0;
	return f;
}

static void
run_case(struct mock_lane *ml, struct fault_case *c)
{
	mock_lane_pause(ml);
	mock_lane_feed(ml, BATCH);
	for (int i = 0; i < WATCHED; i++)
		atomic_store(&ml->answered[i], 0);
	ml->faults[0] = leading_to(c->in);
	ml->faults[1] = (struct fault){requests[c->in], (int)c->row->error, 1};
	mock_lane_resume(ml);
	c->waited = !mock_lane_wait(ml, ml->fed);
	for (int i = 0; i < WATCHED; i++)
		c->answered[i] = atomic_load(&ml->answered[i]);
}

static void *
work(void *arg)
{
	size_t number = (size_t)(uintptr_t)arg;
	struct mock_lane *ml = calloc(1, sizeof(*ml));

	mock_lane_init(ml);
	mock_lane_start(ml, view, 0);
	mock_lane_feed(ml, BATCH);
	(void)mock_lane_wait(ml, ml->fed);
	for (size_t i = number; i < case_count; i += MOCK_LANES)
		run_case(ml, &cases[i]);
	ends[number].counted = mock_lane_events(ml);
	ends[number].aside = mock_lane_aside(ml);
	ends[number].status = mock_lane_stop(ml);
	ends[number].fed = ml->fed;
	ends[number].distinct = mock_lane_distinct(ml);
	mock_lane_fini(ml);
	free(ml);
	return NULL;
}

/* What the calls behind a request answered. */
static uint64_t
answers(const struct fault_case *c)
{
	switch (c->in) {
	case IN_FIND:
	case IN_INIT: return c->answered[WATCH_OPEN];
	case IN_ADD:
	case IN_PRODUCE:
		return c->answered[WATCH_PRODUCE] |
		       c->answered[WATCH_SEND_OFFSETS] |
		       c->answered[WATCH_COMMIT] | c->answered[WATCH_ABORT];
	case IN_ADD_OFFSETS:
	case IN_OFFSETS: return c->answered[WATCH_SEND_OFFSETS];
	case IN_COMMIT: return c->answered[WATCH_COMMIT];
	case IN_ABORT: return c->answered[WATCH_ABORT];
	case VERDICT_INS: break;
	}
	return 0;
}

/*
 * The status of the table, and no other.  Of a record it may come by its
 * report first, which says no more than that an abort is due; and a batch
 * behind one that is tried again may come out of order, which wants one too.
 * Where lanes share a busy machine any call may run out of its time
 * and be made again; an abort that does is ended by another producer.
 */
static void
check_case(const struct fault_case *c)
{
	const char *name = rd_kafka_err2name(c->row->error);
	char told = verdict_told(c->row, c->in, rd_kafka_version());
	enum lethe_status status =
		told == '.' ? LETHE_OK : verdict_status(c->row->status[c->in]);
	uint64_t due = status ? BIT(status) : 0;
	uint64_t got = answers(c), more = got & ~due & ~BIT(LETHE_EAGAIN);

	if (c->in == IN_PRODUCE || (due && c->in == IN_ADD))
		more &= ~BIT(LETHE_EABORT);
	if (c->in != IN_ABORT)
		more &= ~(c->answered[WATCH_ABORT] & BIT(LETHE_EKAFKA));
	ck_assert_msg(
		!c->waited, "%s in request %d: not all came out", name, c->in);
	ck_assert_msg((got & due) == due && !more,
		"%s in request %d: not %s alone, but %llx", name, c->in,
		lethe_status_name(status), (unsigned long long)got);
}

/* How many of a lane's cases refuse a record for good. */
static size_t
refusals(size_t lane)
{
	size_t count = 0;

	for (size_t i = lane; i < case_count; i += MOCK_LANES)
		count += cases[i].in == IN_PRODUCE &&
			 lethe_status_class(client_verdict_report(
				 cases[i].row->error)) == LETHE_CLASS_POISON;
	return count;
}

START_TEST(every_event_comes_out_whatever_a_broker_answers)
{
	pthread_t threads[MOCK_LANES];
	struct kit k;

	log_off();
	kit_init(&k, mock_policy);
	view = k.view;
	list_cases();
	for (size_t i = 0; i < MOCK_LANES; i++)
		ck_assert(!pthread_create(
			&threads[i], NULL, work, (void *)(uintptr_t)i));
	for (size_t i = 0; i < MOCK_LANES; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < case_count; i++)
		check_case(&cases[i]);
	for (size_t i = 0; i < MOCK_LANES; i++) {
		ck_assert_status(ends[i].status, LETHE_OK);
		/* Refused once while its record went alone, it goes aside. */
		ck_assert_uint_ge(
			ends[i].distinct + ends[i].aside, ends[i].fed);
		ck_assert_uint_le(ends[i].aside, refusals(i));
		/* The lane's own count: each once. */
		ck_assert_uint_eq(ends[i].counted, ends[i].fed);
	}
	printf("%zu errors in requests, met by %d lanes\n", case_count,
		MOCK_LANES);
	kit_fini(&k);
}
END_TEST

SUITE("mock_faults", TEST(every_event_comes_out_whatever_a_broker_answers))
