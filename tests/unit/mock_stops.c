#include "unit/mock_lane.h"

#include <librdkafka/rdkafka.h>

/*
 * Where a lane stops and where it lives on, over the wire: a lack of rights,
 * another with its id, and what befalls its consumer.  A lane each.
 */

#define BATCH 4

static const struct lethe_view *view;

enum when {
	AT_THE_START,
	IN_A_TRANSACTION,
	WHILE_IT_WAITS,
};

struct scene {
	struct fault fault;
	enum when when;
	enum lethe_status status; /* OK: it lives on */
	struct fault before;
	int64_t session_ms;

	/* what came of it */
	enum lethe_status got;
	struct lethe_error err;
	bool waited;
	size_t fed, distinct;
};

#define FAULT(request, error, times) \
	{ \
		MOCK_##request, RD_KAFKA_RESP_ERR_##error, times \
	}
#define SCENE(request, error, times, how, ...) \
	{ \
		.fault = FAULT(request, error, times), .when = how, \
		__VA_ARGS__ \
	}
#define STALE FAULT(TXN_OFFSET_COMMIT, ILLEGAL_GENERATION, 1)
#define LOST FAULT(TXN_OFFSET_COMMIT, INVALID_TXN_STATE, 1)
#define DENIED .status = LETHE_EDENIED
#define LIVES .status = LETHE_OK

static struct scene scenes[] = {
	/* a lack of rights, in each request of a transaction */
	SCENE(FIND_COORDINATOR, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1,
		IN_A_TRANSACTION, DENIED, .before = LOST),
	SCENE(INIT_PRODUCER_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1,
		IN_A_TRANSACTION, DENIED, .before = LOST),
	SCENE(ADD_PARTITIONS, TOPIC_AUTHORIZATION_FAILED, 1, IN_A_TRANSACTION,
		DENIED),
	SCENE(PRODUCE, TOPIC_AUTHORIZATION_FAILED, 1, IN_A_TRANSACTION, DENIED),
	SCENE(ADD_OFFSETS, GROUP_AUTHORIZATION_FAILED, 1, IN_A_TRANSACTION,
		DENIED),
	SCENE(TXN_OFFSET_COMMIT, GROUP_AUTHORIZATION_FAILED, 1,
		IN_A_TRANSACTION, DENIED),
	SCENE(END_TXN, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1,
		IN_A_TRANSACTION, DENIED),
	SCENE(END_TXN, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1,
		IN_A_TRANSACTION, DENIED, .before = STALE),
	/* somebody else has its id */
	SCENE(END_TXN, PRODUCER_FENCED, 2, IN_A_TRANSACTION,
		.status = LETHE_EFENCED, .session_ms = 60000),
	/* the consumer's */
	SCENE(JOIN_GROUP, NOT_COORDINATOR, 1, AT_THE_START, LIVES),
	SCENE(JOIN_GROUP, REBALANCE_IN_PROGRESS, 1, AT_THE_START, LIVES),
	SCENE(JOIN_GROUP, UNKNOWN_MEMBER_ID, 1, AT_THE_START, LIVES),
	SCENE(JOIN_GROUP, GROUP_AUTHORIZATION_FAILED, 1, AT_THE_START, DENIED),
	SCENE(SYNC_GROUP, REBALANCE_IN_PROGRESS, 1, AT_THE_START, LIVES),
	SCENE(SYNC_GROUP, ILLEGAL_GENERATION, 1, AT_THE_START, LIVES),
	SCENE(OFFSET_FETCH, NOT_COORDINATOR, 1, AT_THE_START, LIVES),
	SCENE(OFFSET_FETCH, COORDINATOR_LOAD_IN_PROGRESS, 1, AT_THE_START,
		LIVES),
	SCENE(OFFSET_FETCH, UNSTABLE_OFFSET_COMMIT, 2, AT_THE_START, LIVES),
	SCENE(OFFSET_FETCH, GROUP_AUTHORIZATION_FAILED, 1, AT_THE_START,
		DENIED),
	SCENE(LIST_OFFSETS, NOT_LEADER_FOR_PARTITION, 1, AT_THE_START, LIVES),
	SCENE(LIST_OFFSETS, REQUEST_TIMED_OUT, 1, AT_THE_START, LIVES),
	SCENE(LIST_OFFSETS, UNKNOWN_TOPIC_OR_PART, 1, AT_THE_START, LIVES),
	SCENE(FETCH, NOT_LEADER_FOR_PARTITION, 2, WHILE_IT_WAITS, LIVES),
	SCENE(FETCH, KAFKA_STORAGE_ERROR, 2, WHILE_IT_WAITS, LIVES),
	SCENE(FETCH, REQUEST_TIMED_OUT, 2, WHILE_IT_WAITS, LIVES),
	SCENE(FETCH, _TRANSPORT, 2, WHILE_IT_WAITS, LIVES),
	SCENE(FETCH, TOPIC_AUTHORIZATION_FAILED, 1, WHILE_IT_WAITS, DENIED),
	/* no gap, as the broker says when it is asked: another consumer */
	SCENE(FETCH, OFFSET_OUT_OF_RANGE, 1, WHILE_IT_WAITS, LIVES),
	SCENE(HEARTBEAT, NOT_COORDINATOR, 1, WHILE_IT_WAITS, LIVES),
	SCENE(HEARTBEAT, REBALANCE_IN_PROGRESS, 1, WHILE_IT_WAITS, LIVES),
	SCENE(HEARTBEAT, ILLEGAL_GENERATION, 1, WHILE_IT_WAITS, LIVES),
	SCENE(HEARTBEAT, UNKNOWN_MEMBER_ID, 1, WHILE_IT_WAITS, LIVES),
	SCENE(HEARTBEAT, FENCED_INSTANCE_ID, 1, WHILE_IT_WAITS, LIVES),
};

#define SCENES (sizeof(scenes) / sizeof(*scenes))
#define HEARTBEATS_MS 400

static void
refuse(struct mock_lane *ml, const struct fault *f)
{
	mock_refuse(ml->mock, f->request, f->error, f->times);
}

/* Until all came out of this lane, or it ended. */
static void
play(struct mock_lane *ml, struct scene *s)
{
	if (s->when == AT_THE_START)
		refuse(ml, &s->fault);
	mock_lane_start(ml, view, s->session_ms);
	mock_lane_feed(ml, BATCH);
	s->waited = !mock_lane_wait(ml, ml->fed);
	if (s->when == AT_THE_START)
		return;
	if (s->when == WHILE_IT_WAITS) {
		refuse(ml, &s->fault);
		usleep(HEARTBEATS_MS * 1000);
	}
	mock_lane_pause(ml);
	if (s->when == IN_A_TRANSACTION) {
		ml->faults[0] = s->before;
		ml->faults[1] = s->fault;
	}
	mock_lane_feed(ml, BATCH);
	mock_lane_resume(ml);
	s->waited |= !mock_lane_wait(ml, ml->fed);
}

/* A lane that stopped is started again; what it left undone is done. */
static void
act(struct scene *s)
{
	struct mock_lane *ml = calloc(1, sizeof(*ml));
	uint64_t counted;

	mock_lane_init(ml);
	play(ml, s);
	counted = mock_lane_events(ml);
	s->got = mock_lane_stop(ml);
	s->err = ml->err;
	if (s->got) {
		mock_lane_start(ml, view, 0);
		s->waited |= !mock_lane_wait(ml, ml->fed - counted);
		if (mock_lane_stop(ml))
			s->waited = true;
	}
	s->fed = ml->fed;
	s->distinct = mock_lane_distinct(ml);
	mock_lane_fini(ml);
	free(ml);
}

static void *
act_in_turn(void *arg)
{
	atomic_size_t *next = arg;

	for (size_t i = (*next)++; i < SCENES; i = (*next)++)
		act(&scenes[i]);
	return NULL;
}

START_TEST(a_lane_stops_only_where_going_on_is_vain)
{
	pthread_t threads[MOCK_LANES];
	atomic_size_t next = 0;
	struct kit k;

	log_off();
	kit_init(&k, mock_policy);
	view = k.view;
	for (size_t i = 0; i < MOCK_LANES; i++)
		ck_assert(
			!pthread_create(&threads[i], NULL, act_in_turn, &next));
	for (size_t i = 0; i < MOCK_LANES; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < SCENES; i++) {
		const struct scene *s = &scenes[i];
		const char *name =
			rd_kafka_err2name((rd_kafka_resp_err_t)s->fault.error);

		ck_assert_msg(s->got == s->status, "%s in request %d: %s (%s)",
			name, s->fault.request, lethe_status_name(s->got),
			s->err.what);
		ck_assert_msg(!s->waited && s->distinct == s->fed,
			"%s in request %d: %zu of %zu came out", name,
			s->fault.request, s->distinct, s->fed);
		if (s->status == LETHE_EFENCED)
			ck_assert_ptr_nonnull(strstr(s->err.what, "the-id"));
	}
	kit_fini(&k);
}
END_TEST

SUITE("mock_stops", TEST(a_lane_stops_only_where_going_on_is_vain))
