/*
 * A replay's own calls: one that only tries has no producer, and lines wait as
 * partitions do.
 */
#include "suite.h"

#include "kafka/replay/state.h"
#include "kafka/txn/txn.h"
#include "kafka/wire/clients.h"

#include <stdlib.h>
#include <string.h>

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

static const bool by_lines[] = {false, true};

/* Of the topic, and of lines. */
START_TEST(a_dry_replay_writes_to_nobody)
{
	static const char *const topics[] = {"bad"};
	struct replay r = {
		.o = {.dry = true, .lines = by_lines[_i] ? stdin : NULL}};
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

static void
on_ended(void *ctx, const struct kafka_place *place)
{
	(void)ctx;
	ck_assert_int_eq(place->offset, 2);
}

static size_t
poll_some(struct replay *r, struct kafka *k)
{
	struct lethe_error err = {0};
	struct kafka_message m;
	size_t count = 0;

	for (int i = 0; i < 3; i++) {
		ck_assert_status(r->ops.poll(k, 1, &m, &err), LETHE_OK);
		count += m.handle != NULL;
		r->ops.release(k, &m);
	}
	return count;
}

/* As at the gate of a ledger that is away: the file stays where it is. */
START_TEST(lines_that_are_paused_are_not_read)
{
	char text[] = "{}\n{}\n";
	int64_t until = INT64_MAX;
	struct replay r = {.o = {.lines = fmemopen(text, strlen(text), "r")},
		.until = &until};
	const struct broker_options broker = {.replay = &r};
	const struct kafka_rebalance told = {.ended = on_ended};
	const struct kafka_place place = {.offset = OFFSET_NONE};
	struct kafka k = {.o = &broker, .told = &told};
	struct lethe_error err = {0};

	replay_ops(&r, &r.ops);
	ck_assert_status(r.ops.pause(&k, &place, 1, true, &err), LETHE_OK);
	ck_assert_uint_eq(poll_some(&r, &k), 0);
	ck_assert_int_eq(until, INT64_MAX);
	ck_assert_status(r.ops.pause(&k, &place, 1, false, &err), LETHE_OK);
	ck_assert_uint_eq(poll_some(&r, &k), 2);
	ck_assert_int_eq(until, 2);
	(void)fclose(r.o.lines);
	free(r.line);
}
END_TEST

/* A line that begins with white space ends no file: \n\r, a blank, a NUL. */
START_TEST(no_line_is_taken_for_the_end)
{
	static const char text[] = "{}\n\r{}\n \n\0{}\n";
	int64_t until = INT64_MAX;
	struct replay r = {.o = {.lines = fmemopen((void *)(uintptr_t)text,
					 sizeof(text) - 1, "r")},
		.until = &until};
	const struct broker_options broker = {.replay = &r};
	struct kafka k = {.o = &broker};
	struct lethe_error err = {0};
	struct kafka_message m;

	replay_ops(&r, &r.ops);
	for (int i = 0; i < 3; i++) {
		ck_assert_status(r.ops.poll(&k, 1, &m, &err), LETHE_OK);
		ck_assert_ptr_nonnull(m.handle);
		r.ops.release(&k, &m);
	}
	ck_assert_int_eq(r.line_next, 4);
	ck_assert_int_eq(until, INT64_MAX);
	(void)fclose(r.o.lines);
	free(r.line);
}
END_TEST

SUITE("replay_calls", ROWS(a_dry_replay_writes_to_nobody, by_lines),
	TEST(lines_that_are_paused_are_not_read),
	TEST(no_line_is_taken_for_the_end))
