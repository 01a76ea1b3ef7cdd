#define LOG_MAX 1000
#include "unit/model/process.h"

#include <limits.h>

/* What a lane does in cases that have a name, on the model of a cluster. */

#define COMMIT_EVENTS 8

/* A process that has its partitions, and commits by count alone. */
static void
start(struct process *p, struct kafka *k, size_t commit_events)
{
	struct lethe_error err = {0};

	process_start(p, k, commit_events);
	p->txn.o.commit_interval_ms = INT64_C(1000000);
	ck_assert_status(txn_start(&p->txn, &err), LETHE_OK);
	ck_assert_status(fake_subscribe(k, &p->assign.told, &err), LETHE_OK);
}

static void
model(struct kafka *k, int64_t length)
{
	log_off();
	keep_memory();
	model_init(k, 1);
	for (int p = 0; p < PARTITIONS; p++)
		k->length[p] = length;
}

/* Steps until the producer was made anew so often, or the lane ends. */
static enum lethe_status
until_anew(struct process *p, uint64_t recreations, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	while (!status && !p->stop && p->txn.recreations < recreations)
		status = process_step(p, err);
	return status;
}

static void
fence_next_commit(struct kafka *k, unsigned times)
{
	k->script = (struct script){.call = CALL_COMMIT,
		.error = RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
		.times = times};
}

/* ---- fencing */

START_TEST(a_fenced_lane_makes_its_producer_anew)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 20);
	fence_next_commit(&k, 1);
	process_start(&p, &k, COMMIT_EVENTS);
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	ck_assert_uint_eq(p.txn.recreations, 1);
	ck_assert(all_done(&k));
	process_end(&p);
}
END_TEST

START_TEST(fenced_again_at_once_it_ends_and_names_the_id)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 20);
	fence_next_commit(&k, 2);
	process_start(&p, &k, COMMIT_EVENTS);
	ck_assert_status(process_work(&p, &err), LETHE_EFENCED);
	ck_assert_ptr_nonnull(strstr(err.what, "the-id"));
	ck_assert_uint_eq(p.txn.recreations, 1);
	process_end(&p);
}
END_TEST

START_TEST(fenced_again_after_two_session_timeouts_it_goes_on)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 20);
	start(&p, &k, COMMIT_EVENTS);
	p.txn.o.session_timeout_ms = 100000;
	fence_next_commit(&k, 1);
	ck_assert_status(until_anew(&p, 1, &err), LETHE_OK);
	k.clock_ms = p.txn.fenced_ms + 2 * p.txn.o.session_timeout_ms;
	fence_next_commit(&k, 1);
	ck_assert_status(until_anew(&p, 2, &err), LETHE_OK);
	ck_assert_uint_eq(p.txn.recreations, 2);
	k.clock_ms = p.txn.fenced_ms + p.txn.o.session_timeout_ms * 3 / 2;
	fence_next_commit(&k, 1);
	ck_assert_status(until_anew(&p, 3, &err), LETHE_EFENCED);
	process_end(&p);
}
END_TEST

static void
lose_commits(struct kafka *k, unsigned times)
{
	k->script = (struct script){.call = CALL_COMMIT,
		.error = RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,
		.times = times};
}

/* Lost otherwise it may be ten times between two commits; not for ever. */
START_TEST(ten_producers_lost_without_a_commit_are_enough)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 20);
	start(&p, &k, COMMIT_EVENTS);
	lose_commits(&k, 10);
	ck_assert_status(until_anew(&p, 10, &err), LETHE_OK);
	ck_assert_uint_gt(p.txn.commits, 0);
	lose_commits(&k, 10);
	ck_assert_status(until_anew(&p, 20, &err), LETHE_OK);
	lose_commits(&k, 11);
	ck_assert_status(until_anew(&p, 31, &err), LETHE_EKAFKA);
	process_end(&p);
}
END_TEST

/* ---- where reading begins */

START_TEST(every_partition_gets_an_offset_with_the_first_transaction)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 0);
	k.length[1] = 3;
	start(&p, &k, COMMIT_EVENTS);
	while (!p.txn.commits)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert_int_eq(k.group[0], 0);
	ck_assert_int_ge(k.group[1], 0);
	ck_assert_int_eq(k.group[2], 0);
	process_end(&p);
}
END_TEST

START_TEST(latest_begins_at_the_end_but_for_what_appears_later)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 5);
	k.next[0] = k.next[1] = 5;
	process_start(&p, &k, COMMIT_EVENTS);
	p.rule.partitions = 2;
	p.assign.o.start = START_AT_LATEST;
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert_int_eq(k.next[2], 5);
	process_end(&p);
}
END_TEST

/* A leader may learn of a new partition later than the client. */
START_TEST(a_partition_that_its_leader_does_not_know_yet_is_waited_for)
{
	struct lethe_error err = {0};
	struct kafka k;

	model(&k, 5);
	k.script = (struct script){.call = CALL_RANGE,
		.error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
		.times = 20};
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), LETHE_OK);
	ck_assert(all_done(&k));
}
END_TEST

START_TEST(a_group_without_offsets_does_not_guess)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 5);
	process_start(&p, &k, COMMIT_EVENTS);
	p.assign.o.start = START_AT_NOTHING;
	ck_assert_status(process_work(&p, &err), LETHE_ESTART);
	process_end(&p);
}
END_TEST

/* What was read elsewhere is committed; of the gap nothing is skipped. */
START_TEST(a_gap_stops_the_lane_and_skips_nothing)
{
	struct lethe_error err = {0};
	struct kafka k;

	model(&k, 9);
	for (int p = 0; p < PARTITIONS; p++)
		k.group[p] = k.next[p] = 2;
	k.low[1] = 6;
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), LETHE_EGAP);
	ck_assert_ptr_nonnull(strstr(err.what, "raw:1: offsets 2 to 5"));
	ck_assert_int_eq(k.group[1], 2);
	accept_gaps(&k);
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert_uint_eq(k.aside, 0);
}
END_TEST

/* Whoever sends events may put into the key what it leaves out of the value. */
START_TEST(a_key_is_retained_as_a_value_is)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 2);
	for (int i = 0; i < PARTITIONS; i++)
		k.group[i] = 0;
	start(&p, &k, 1000);
	p.txn.o.commit_bytes = 100;
	while (!slots_get(&p.slots, 0, 0))
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	for (int i = 0; i < 2; i++) {
		struct kafka_message m = {
			.handle = &k, .offset = i, .key_len = 50};

		ck_assert(!txn_is_due(&p.txn));
		k.held++;
		ck_assert_status(txn_take(&p.txn, &m, &err), LETHE_OK);
	}
	ck_assert(txn_is_due(&p.txn));
	ck_assert_status(txn_commit(&p.txn, &err), LETHE_OK);
	ck_assert_uint_eq(p.txn.bytes, 0);
	process_end(&p);
}
END_TEST

/* ---- what the group remembers */

START_TEST(what_is_held_goes_with_every_offset)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 20);
	k.length[2] = 0;
	process_start(&p, &k, COMMIT_EVENTS);
	p.held = (struct held){.ring = 12, .policy = 7};
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	for (int i = 0; i < PARTITIONS; i++) {
		ck_assert_int_eq(k.memory[i].ring, 12);
		ck_assert_int_eq(k.memory[i].policy, 7);
	}
	process_end(&p);
}
END_TEST

/* An abort leaves the group what it remembered, as it leaves the offsets. */
START_TEST(an_aborted_transaction_is_not_remembered)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 20);
	for (int i = 0; i < PARTITIONS; i++)
		k.group[i] = 0;
	start(&p, &k, 1000);
	while (p.txn.worked < 10)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert_status(txn_reset(&p.txn, &err), LETHE_OK);
	for (int i = 0; i < PARTITIONS; i++)
		ck_assert_int_eq(k.memory[i].ring, 0);
	process_end(&p);
}
END_TEST

static const struct {
	struct held seen;
	enum lethe_status status;
} memory_rows[] = {
	{{.ring = 0}, LETHE_OK},
	{{.ring = 2, .policy = 1}, LETHE_OK},
	{{.ring = 3, .policy = 2}, LETHE_OK},
	{{.ring = 4, .policy = 1}, LETHE_EBEHIND},
	{{.ring = 3, .policy = 3}, LETHE_EBEHIND},
	{{.policy = 3}, LETHE_EBEHIND},
};

START_TEST(who_holds_less_than_the_group_has_seen_does_not_work)
{
	struct lethe_error err = {0};
	struct kafka k;

	model(&k, 9);
	for (int p = 0; p < PARTITIONS; p++)
		k.group[p] = k.next[p] = 2;
	k.memory[1] = memory_rows[_i].seen;
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), memory_rows[_i].status);
	if (memory_rows[_i].status == LETHE_OK)
		ck_assert(all_done(&k));
	else
		ck_assert_uint_eq(k.effects, 0);
}
END_TEST

START_TEST(a_newer_ring_that_comes_in_time_is_waited_for)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 9);
	k.memory[1].ring = 4;
	k.group[1] = k.next[1] = 2;
	process_start(&p, &k, COMMIT_EVENTS);
	p.newer = (struct held){.ring = 4, .policy = 2};
	p.newer_at_ms = k.clock_ms + 5000;
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert(!assign_is_behind(&p.assign));
	ck_assert_int_eq(k.memory[0].ring, 4);
	process_end(&p);
}
END_TEST

/* What is open when a newer partition comes is committed before it waits. */
START_TEST(what_is_open_does_not_wait_along)
{
	struct kafka_place place = {.partition = 1, .offset = OFFSET_NONE};
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 50);
	start(&p, &k, 1000);
	while (p.txn.worked < 30)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	k.held_back = k.joining = true;
	k.told->revoked(k.told->ctx, &place, 1);
	k.ours[1] = false;
	while (!p.txn.open)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	k.memory[1].ring = 4;
	p.newer = (struct held){.ring = 4, .policy = 2};
	p.newer_at_ms = k.clock_ms + 2000;
	k.held_back = false;
	while (!k.ours[1])
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert(!p.txn.open);
	ck_assert_uint_eq(p.txn.count, 0);
	ck_assert_int_eq(p.held.ring, 4);
	ck_assert_int_eq(k.memory[0].ring, 3);
	while (!p.stop)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert_status(txn_commit(&p.txn, &err), LETHE_OK);
	ck_assert(all_done(&k));
	process_end(&p);
}
END_TEST

START_TEST(a_stop_ends_the_wait_and_nothing_is_read)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 9);
	k.memory[1].ring = 4;
	k.group[1] = k.next[1] = 2;
	process_start(&p, &k, COMMIT_EVENTS);
	k.stop_at_ms = k.clock_ms + 500;
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	ck_assert_uint_eq(k.effects, 0);
	process_end(&p);
}
END_TEST

/* In the middle of a rebalance, say, or at what looks like a gap. */
static const struct {
	enum call call;
	int64_t low;
} silent_rows[] = {
	{CALL_COMMITTED, 0},
	{CALL_RANGE, 0},
	{CALL_RANGE, 6},
};

START_TEST(a_stop_while_nobody_answers_is_no_failure)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 9);
	for (int i = 0; silent_rows[_i].low && i < PARTITIONS; i++)
		k.group[i] = k.next[i] = 2;
	k.low[1] = silent_rows[_i].low;
	k.script = (struct script){.call = silent_rows[_i].call,
		.error = RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
		.times = UINT_MAX};
	process_start(&p, &k, COMMIT_EVENTS);
	k.stop_at_ms = k.clock_ms + 5000;
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	ck_assert(p.stop);
	process_end(&p);
}
END_TEST

/* ---- rebalances */

START_TEST(some_partitions_go_and_the_rest_keeps_flowing)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;
	struct kafka_place place = {
		.topic = 0, .partition = 1, .offset = OFFSET_NONE};
	int64_t others;

	model(&k, 50);
	start(&p, &k, 1000);
	while (p.txn.worked < 30)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	k.held_back = k.joining = true;
	k.told->revoked(k.told->ctx, &place, 1);
	/* What was open is committed before the partition goes. */
	ck_assert_int_eq(k.group[1], k.position[1]);
	ck_assert_uint_eq(p.txn.count, 0);
	ck_assert(!k.ours[1] && k.ours[0] && k.ours[2]);
	others = k.next[0] + k.next[2];
	for (int i = 0; i < 200; i++)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert_status(txn_commit(&p.txn, &err), LETHE_OK);
	ck_assert_int_gt(k.next[0] + k.next[2], others);
	ck_assert_int_eq(k.next[1], k.position[1]);
	k.held_back = false;
	while (!p.stop)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert(all_done(&k));
	process_end(&p);
}
END_TEST

/* One poll of the library may tell of several rebalances: between them nobody
 * looks at what the first came to. */
START_TEST(what_could_not_be_committed_stays_so_in_the_next_revocation)
{
	struct kafka_place first = {.partition = 1, .offset = OFFSET_NONE};
	struct kafka_place rest[] = {{.partition = 0, .offset = OFFSET_NONE},
		{.partition = 2, .offset = OFFSET_NONE}};
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 50);
	start(&p, &k, 1000);
	while (p.txn.worked < 30)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	k.script = (struct script){.call = CALL_SEND_OFFSETS,
		.error = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
		.in = IN_OFFSETS,
		.times = 1};
	k.told->revoked(k.told->ctx, &first, 1);
	k.told->revoked(k.told->ctx, rest, 2);
	ck_assert_uint_eq(k.effects, 0);
	for (int i = 0; i < PARTITIONS; i++)
		ck_assert_int_le(k.group[i], 0);
	ck_assert_status(assign_check(&p.assign, &err), LETHE_EDENIED);
	process_end(&p);
}
END_TEST

START_TEST(a_lost_assignment_writes_nothing)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 50);
	start(&p, &k, 1000);
	while (p.txn.worked < 30)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	k.generation++;
	ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert_uint_eq(k.effects, 0);
	ck_assert_uint_eq(p.txn.count, 0);
	while (!p.stop)
		ck_assert_status(process_step(&p, &err), LETHE_OK);
	ck_assert(all_done(&k));
	process_end(&p);
}
END_TEST

/* Thrown out, and the rival came just as far: each counts what it did. */
START_TEST(what_the_rival_did_is_not_counted_as_ours)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	for (uint64_t seed = 1; seed < 20; seed++) {
		model(&k, 50);
		k.random += seed;
		start(&p, &k, 1000);
		while (p.txn.worked < 30)
			ck_assert_status(process_step(&p, &err), LETHE_OK);
		k.generation++;
		for (int i = 0; i < PARTITIONS; i++)
			rival_does(&k, i, k.position[i]);
		ck_assert_status(txn_commit(&p.txn, &err), LETHE_OK);
		ck_assert_uint_eq(p.counted, 0);
		while (!p.stop)
			ck_assert_status(process_step(&p, &err), LETHE_OK);
		ck_assert_status(txn_commit(&p.txn, &err), LETHE_OK);
		ck_assert(all_done(&k));
		ck_assert_uint_eq(p.counted, PARTITIONS * 50 - 30);
		process_end(&p);
	}
}
END_TEST

/* ---- what was done, nobody knows */

START_TEST(an_end_that_timed_out_is_asked_for)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	for (uint64_t seed = 1; seed < 40; seed++) {
		model(&k, 20);
		k.random += seed;
		k.script = (struct script){.call = CALL_COMMIT,
			.error = RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
			.times = 3};
		process_start(&p, &k, COMMIT_EVENTS);
		ck_assert_status(process_work(&p, &err), LETHE_OK);
		ck_assert(all_done(&k));
		ck_assert_uint_eq(p.counted, PARTITIONS * 20);
		process_end(&p);
	}
}
END_TEST

/* However often: what was committed is a commit, whoever has to find it out. */
START_TEST(commits_whose_answer_is_lost_are_commits)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 200);
	k.script = (struct script){.call = CALL_COMMIT,
		.error = RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
		.times = UINT_MAX};
	process_start(&p, &k, COMMIT_EVENTS);
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert_uint_eq(p.counted, PARTITIONS * 200);
	ck_assert_uint_gt(p.txn.recreations, 10);
	ck_assert_uint_ge(p.txn.commits, PARTITIONS * 200 / COMMIT_EVENTS);
	process_end(&p);
}
END_TEST

/* ---- poison that breaks the transaction */

static unsigned
log2_up(size_t n)
{
	unsigned bits = 0;

	while ((size_t)1 << bits < n)
		bits++;
	return bits;
}

static const struct {
	int at;
	enum nature nature;
	enum kind kind;
} poison_rows[] = {
	{0, TOO_BIG, ASIDE},
	{1, TOO_BIG, ASIDE},
	{499, TOO_BIG, ASIDE},
	{500, TOO_BIG, ASIDE},
	{637, TOO_BIG, ASIDE},
	{998, TOO_BIG, ASIDE},
	{999, TOO_BIG, ASIDE},
	{637, HUGE_AT_ONCE, ASIDE},
	{637, HUGE, STUB},
};

/* One bad record among a thousand; the aborts that it costs. */
static uint64_t
find_poison(int row, enum naming naming)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;
	uint64_t aborts;

	model(&k, 0);
	k.length[0] = 1000;
	k.nature[0][poison_rows[row].at] = poison_rows[row].nature;
	k.naming = naming;
	process_start(&p, &k, 1000);
	p.txn.o.commit_interval_ms = INT64_C(1000000);
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	/* The model saw that it is this one, and every other as it is. */
	ck_assert(all_done(&k));
	ck_assert_uint_eq(k.aside, 1);
	aborts = p.txn.aborts;
	process_end(&p);
	return aborts;
}

/* One abort for each time that it is refused. */
START_TEST(one_bad_record_among_a_thousand_is_named)
{
	ck_assert_uint_eq(
		find_poison(_i, ALONE), poison_rows[_i].nature == HUGE ? 2 : 1);
}
END_TEST

/* Each halving costs an abort as well. */
START_TEST(where_none_is_named_it_is_found_by_halving)
{
	const unsigned most = log2_up(1000) + 3;

	ck_assert_uint_le(find_poison(_i, NAMELESS), most);
	ck_assert_uint_le(find_poison(_i, TOGETHER), most);
}
END_TEST

/* So many inputs are retained behind a gate that was shut. */
static void
retain(struct process *p, struct kafka *k, size_t count)
{
	struct lethe_error err = {0};
	struct kafka_message m;

	for (int i = 0; i < PARTITIONS; i++)
		k->group[i] = 0;
	start(p, k, 10000);
	k->shut = true;
	while (p->txn.count < count) {
		ck_assert_status(fake_poll(k, 1, &m, &err), LETHE_OK);
		if (m.handle)
			ck_assert_status(txn_take(&p->txn, &m, &err), LETHE_OK);
	}
	k->shut = false;
}

/* Each is committed with what stands before it: no later abort does it again.
 */
START_TEST(poisons_that_are_named_are_done_with_one_by_one)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	model(&k, 0);
	k.length[0] = 1000;
	for (int i = 19; i < 1000; i += 20)
		k.nature[0][i] = TOO_BIG;
	k.naming = ALONE;
	retain(&p, &k, 1000);
	ck_assert_status(txn_settle(&p.txn, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert_uint_eq(k.aside, 50);
	ck_assert_uint_eq(p.txn.aborts, 50);
	ck_assert_uint_ge(p.txn.commits, 50);
	process_end(&p);
}
END_TEST

/* The others of the group wait for each of its members. */
START_TEST(a_replay_of_many_parts_looks_for_a_rebalance)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;
	uint64_t polls, parts;

	model(&k, 0);
	k.length[0] = 1000;
	k.nature[0][999] = TOO_BIG;
	k.naming = NAMELESS;
	retain(&p, &k, 1000);
	k.end_ms = 2000;
	polls = k.polls;
	ck_assert_status(txn_settle(&p.txn, &err), LETHE_OK);
	parts = p.txn.commits + p.txn.aborts;
	ck_assert(all_done(&k));
	ck_assert_uint_gt(parts, 10);
	ck_assert_uint_ge(k.polls - polls + 2, parts);
	process_end(&p);
}
END_TEST

/* What it is brought meanwhile waits; as does all, when it is to stop. */
START_TEST(a_replay_ends_with_what_it_began_with)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	for (int stops = 0; stops < 2; stops++) {
		model(&k, 0);
		k.length[0] = 900;
		retain(&p, &k, 10);
		p.txn.o.commit_events = 1;
		k.end_ms = 1000;
		p.stop = stops;
		ck_assert_status(txn_settle(&p.txn, &err), LETHE_OK);
		ck_assert_uint_eq(p.txn.commits, stops ? 1 : 10);
		ck_assert_uint_eq(p.txn.count > 0, !stops);
		process_end(&p);
	}
}
END_TEST

START_TEST(nothing_but_poison_goes_aside_one_by_one)
{
	struct lethe_error err = {0};
	struct kafka k;

	model(&k, 30);
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < 30; i++)
			k.nature[p][i] = (enum nature)(1 + i % 3);
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert_uint_eq(k.aside, (size_t)PARTITIONS * 30);
}
END_TEST

static const struct {
	enum naming naming;
	size_t aside;
} namings[] = {{ALONE, 1}, {TOGETHER, 0}, {NAMELESS, 0}};

/*
 * The first record of the second input is refused before its second record is
 * produced, and it is so this once: the input before it, done and innocent,
 * stays what it is.
 */
START_TEST(an_input_half_done_is_a_suspect_too)
{
	struct lethe_error err = {0};
	struct kafka k;

	model(&k, 0);
	k.length[0] = 2;
	k.naming = namings[_i].naming;
	k.script = (struct script){.call = CALL_PRODUCE,
		.error = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
		.in = IN_PRODUCE,
		.skip = (unsigned)parts_of(0),
		.times = 1};
	ck_assert_int_eq(parts_of(1), 2);
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), LETHE_OK);
	ck_assert(all_done(&k));
	ck_assert_uint_eq(k.aside, namings[_i].aside);
}
END_TEST

START_TEST(a_lack_of_rights_stops_the_lane)
{
	struct lethe_error err = {0};
	struct kafka k;

	model(&k, 20);
	k.script = (struct script){.call = CALL_PRODUCE,
		.error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
		.in = IN_ADD,
		.skip = 5,
		.times = 1};
	ck_assert_status(live(&k, COMMIT_EVENTS, &err), LETHE_EDENIED);
	ck_assert_uint_eq(k.aside, 0);
}
END_TEST

SUITE("txn_rules", TEST(a_fenced_lane_makes_its_producer_anew),
	TEST(fenced_again_at_once_it_ends_and_names_the_id),
	TEST(fenced_again_after_two_session_timeouts_it_goes_on),
	TEST(ten_producers_lost_without_a_commit_are_enough),
	TEST(every_partition_gets_an_offset_with_the_first_transaction),
	TEST(latest_begins_at_the_end_but_for_what_appears_later),
	TEST(a_partition_that_its_leader_does_not_know_yet_is_waited_for),
	TEST(a_group_without_offsets_does_not_guess),
	TEST(a_gap_stops_the_lane_and_skips_nothing),
	TEST(a_key_is_retained_as_a_value_is),
	TEST(what_is_held_goes_with_every_offset),
	TEST(an_aborted_transaction_is_not_remembered),
	ROWS(who_holds_less_than_the_group_has_seen_does_not_work, memory_rows),
	TEST(a_newer_ring_that_comes_in_time_is_waited_for),
	TEST(what_is_open_does_not_wait_along),
	TEST(a_stop_ends_the_wait_and_nothing_is_read),
	ROWS(a_stop_while_nobody_answers_is_no_failure, silent_rows),
	TEST(some_partitions_go_and_the_rest_keeps_flowing),
	TEST(what_could_not_be_committed_stays_so_in_the_next_revocation),
	TEST(a_lost_assignment_writes_nothing),
	TEST(what_the_rival_did_is_not_counted_as_ours),
	TEST(an_end_that_timed_out_is_asked_for),
	TEST(commits_whose_answer_is_lost_are_commits),
	ROWS(one_bad_record_among_a_thousand_is_named, poison_rows),
	ROWS(where_none_is_named_it_is_found_by_halving, poison_rows),
	TEST(poisons_that_are_named_are_done_with_one_by_one),
	TEST(a_replay_of_many_parts_looks_for_a_rebalance),
	TEST(a_replay_ends_with_what_it_began_with),
	TEST(nothing_but_poison_goes_aside_one_by_one),
	ROWS(an_input_half_done_is_a_suspect_too, namings),
	TEST(a_lack_of_rights_stops_the_lane))
