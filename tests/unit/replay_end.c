/*
 * Reading that has an end: a lane takes what lies below it, knows when that is
 * all, and commits the end itself, whatever markers stand before it.
 */
#include "suite.h"

#include "base/log.h"
#include "kafka/assign.h"

#include <string.h>

#define PARTITIONS 3

struct kafka {
	int64_t committed[PARTITIONS];
	int64_t sent[PARTITIONS]; /* in the open transaction */
	size_t worked, held;
};

static enum lethe_status
fake_committed(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++)
		places[i].offset = k->committed[places[i].partition];
	return LETHE_OK;
}

static enum lethe_status
fake_range(struct kafka *k, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err)
{
	(void)k;
	(void)place;
	(void)err;
	*low = 0;
	*high = 100;
	return LETHE_OK;
}

static enum lethe_status
fake_assign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)k;
	(void)places;
	(void)count;
	(void)err;
	return LETHE_OK;
}

static void
fake_release(struct kafka *k, struct kafka_message *m)
{
	k->held -= m->handle != NULL;
	*m = (struct kafka_message){0};
}

static enum lethe_status
fake_call(struct kafka *k, struct lethe_error *err)
{
	(void)k;
	(void)err;
	return LETHE_OK;
}

static enum lethe_status
fake_send(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++)
		k->sent[places[i].partition] = places[i].offset;
	return LETHE_OK;
}

static enum lethe_status
fake_commit(struct kafka *k, struct lethe_error *err)
{
	(void)err;
	memcpy(k->committed, k->sent, sizeof(k->sent));
	return LETHE_OK;
}

static int64_t
fake_now(struct kafka *k)
{
	(void)k;
	return 0;
}

static void
no_matter(struct kafka *k, size_t input)
{
	(void)k;
	(void)input;
}

static const struct kafka_ops ops = {.committed = fake_committed,
	.range = fake_range,
	.assign = fake_assign,
	.release = fake_release,
	.open = fake_call,
	.begin = fake_call,
	.work_on = no_matter,
	.cause = fake_call,
	.send_offsets = fake_send,
	.commit = fake_commit,
	.now_ms = fake_now};

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
	struct kafka *k = ctx;

	(void)m;
	(void)refused;
	(void)stub;
	(void)err;
	k->worked++;
	return LETHE_OK;
}

static void
on_committed(void *ctx, size_t inputs)
{
	(void)ctx;
	(void)inputs;
}

struct lane_scene {
	struct kafka k;
	struct slots slots;
	struct txn txn;
	struct txn_work work;
	struct assign assign;
	struct start_rule rule;
	atomic_bool stop;
	int64_t until[PARTITIONS];
};

static void
begin(struct lane_scene *s, const int64_t committed[static PARTITIONS],
	const int64_t until[static PARTITIONS])
{
	static const char *const topics[] = {"quarantine"};
	struct kafka_place places[PARTITIONS];

	log_off();
	*s = (struct lane_scene){
		.rule = {.virgin = true, .partitions = PARTITIONS}};
	memcpy(s->k.committed, committed, sizeof(s->k.committed));
	memcpy(s->k.sent, committed, sizeof(s->k.sent));
	memcpy(s->until, until, sizeof(s->until));
	s->work = (struct txn_work){
		&s->k, NULL, on_begin, on_input, on_committed, .aborted = NULL};
	ck_assert_status(slots_init(&s->slots, 1, NULL), LETHE_OK);
	txn_init(&s->txn, &(struct txn_options){.ops = &ops,
				  .kafka = &s->k,
				  .work = &s->work,
				  .slots = &s->slots,
				  .stop = &s->stop,
				  .topics = topics,
				  .commit_events = 1000,
				  .commit_bytes = 1000});
	assign_init(&s->assign, &(struct assign_options){.txn = &s->txn,
					.rules = &s->rule,
					.start = START_AT_EARLIEST,
					.until = s->until});
	ck_assert(!assign_has_ended(&s->assign));
	for (int32_t i = 0; i < PARTITIONS; i++)
		places[i] = (struct kafka_place){
			.topic = 0, .partition = i, .offset = OFFSET_NONE};
	s->assign.told.assigned(s->assign.told.ctx, places, PARTITIONS);
}

static void
finish(struct lane_scene *s)
{
	ck_assert_status(txn_commit(&s->txn, NULL), LETHE_OK);
	ck_assert(assign_has_ended(&s->assign));
	assign_close(&s->assign);
	ck_assert_status(txn_commit(&s->txn, NULL), LETHE_OK);
	ck_assert_mem_eq(s->k.committed, s->until, sizeof(s->until));
	txn_fini(&s->txn);
	slots_fini(&s->slots);
	ck_assert_uint_eq(s->k.held, 0);
}

static void
take(struct lane_scene *s, int32_t partition, int64_t offset)
{
	struct kafka_message m = {
		.handle = s, .partition = partition, .offset = offset};

	s->k.held++;
	ck_assert_status(txn_take(&s->txn, &m, NULL), LETHE_OK);
}

static void
end(struct lane_scene *s, int32_t partition, int64_t offset)
{
	s->assign.told.ended(s->assign.told.ctx,
		&(struct kafka_place){
			.topic = 0, .partition = partition, .offset = offset});
}

START_TEST(takes_what_lies_below_the_end)
{
	struct lane_scene s;

	begin(&s, (int64_t[]){OFFSET_NONE, 5, 7}, (int64_t[]){4, 8, 7});
	take(&s, 0, 0);
	take(&s, 0, 2);
	ck_assert(!assign_has_ended(&s.assign));
	end(&s, 0, 4); /* a marker stood at 3 */
	take(&s, 1, 6);
	ck_assert(!assign_has_ended(&s.assign));
	take(&s, 1, 9); /* written since: not ours to take */
	ck_assert(assign_has_ended(&s.assign));
	take(&s, 1, 10);
	ck_assert_uint_eq(s.k.worked, 3);
	finish(&s);
}
END_TEST

/* A transaction of others is open: the end is told before the end. */
START_TEST(waits_for_what_others_have_open)
{
	struct lane_scene s;

	begin(&s, (int64_t[]){0, 5, 7}, (int64_t[]){4, 5, 7});
	end(&s, 0, 0);
	ck_assert(!assign_has_ended(&s.assign));
	take(&s, 0, 1);
	end(&s, 0, 2);
	ck_assert(!assign_has_ended(&s.assign));
	take(&s, 0, 3);
	end(&s, 0, 6);
	ck_assert(assign_has_ended(&s.assign));
	finish(&s);
}
END_TEST

START_TEST(has_nothing_to_do_at_the_end)
{
	struct lane_scene s;

	begin(&s, (int64_t[]){4, 5, OFFSET_NONE}, (int64_t[]){4, 5, 0});
	ck_assert(assign_has_ended(&s.assign));
	finish(&s);
	ck_assert_uint_eq(s.k.worked, 0);
}
END_TEST

/* What is retained and not yet in a transaction is not done. */
START_TEST(has_not_ended_while_inputs_wait)
{
	struct lane_scene s;

	begin(&s, (int64_t[]){0, 5, 7}, (int64_t[]){2, 5, 7});
	take(&s, 0, 0);
	take(&s, 0, 1);
	end(&s, 0, 2);
	s.txn.worked--;
	ck_assert(!assign_has_ended(&s.assign));
	s.txn.worked++;
	finish(&s);
}
END_TEST

SUITE("replay_end", TEST(takes_what_lies_below_the_end),
	TEST(waits_for_what_others_have_open),
	TEST(has_nothing_to_do_at_the_end),
	TEST(has_not_ended_while_inputs_wait))
