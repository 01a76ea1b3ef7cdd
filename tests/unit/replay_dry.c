/*
 * A replay that only tries: its transactions begin, grow old and end without a
 * producer, since there is none.
 */
#include "suite.h"

#include "kafka/replay/state.h"
#include "kafka/txn/txn.h"
#include "kafka/wire/clients.h"

static enum lethe_status
on_begin(void *ctx, struct lethe_error *err)
{
	(void)ctx;
	(void)err;
	return LETHE_OK;
}

static enum lethe_status
on_input(void *ctx, const struct kafka_message *m, enum lethe_status refused,
	bool stub, struct lethe_error *err)
{
	struct replay *r = ctx;

	(void)m;
	(void)refused;
	(void)stub;
	return r->ops.produce(NULL, &(struct kafka_record){.len = 1}, err);
}

static void
on_committed(void *ctx, size_t inputs)
{
	struct replay *r = ctx;

	r->progress += inputs;
}

static void
on_aborted(void *ctx)
{
	(void)ctx;
}

/* Of the topic, and of lines. */
START_TEST(a_dry_replay_writes_to_nobody)
{
	static const char *const topics[] = {"bad"};
	struct replay r = {.o = {.dry = true, .lines = _i ? stdin : NULL}};
	const struct broker_options broker = {.replay = &r};
	const struct txn_work work = {.ctx = &r,
		.begin = on_begin,
		.input = on_input,
		.committed = on_committed,
		.aborted = on_aborted};
	struct kafka k = {.o = &broker};
	struct kafka_message m = {.offset = 4};
	struct lethe_error err = {0};
	struct slots slots;
	struct txn txn;
	atomic_bool stop = false;

	replay_ops(&r, &r.ops);
	ck_assert_status(slots_init(&slots, 1, &err), LETHE_OK);
	ck_assert_status(
		slots_add(&slots, &(struct kafka_place){.offset = 4}, 4, &err),
		LETHE_OK);
	txn_init(&txn,
		&(struct txn_options){.ops = &r.ops,
			.kafka = &k,
			.work = &work,
			.slots = &slots,
			.stop = &stop,
			.topics = topics,
			.commit_events = 10,
			.commit_bytes = 1000,
			/* As under a policy with on_withdrawal: notify. */
			.max_age_ms = 10000});
	ck_assert_status(txn_start(&txn, &err), LETHE_OK);
	ck_assert_status(txn_take(&txn, &m, &err), LETHE_OK);
	ck_assert_status(txn_commit(&txn, &err), LETHE_OK);
	ck_assert_uint_eq(replay_progress(&r), 1);
	txn_fini(&txn);
	slots_fini(&slots);
}
END_TEST

static const int sources[] = {0, 1};

SUITE("replay_dry", ROWS(a_dry_replay_writes_to_nobody, sources))
