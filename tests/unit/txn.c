#include "suite.h"

#include "base/log.h"
#include "kafka/assign.h"

#include <stdio.h>

/*
 * The state machine against a model of a cluster: random histories of every
 * failure at every call, rebalances, lost assignments, another member that
 * goes on, sudden ends.  Whatever happens, each input has its effect exactly
 * once and in order.
 */

#define PARTITIONS 3
#define LOG_MAX 48
#define OUT_MAX (PARTITIONS * LOG_MAX)
#define HISTORIES_DEFAULT 10000

/* What the broker does with an input's record. */
enum nature {
	PLAIN,
	TOO_BIG,      /* the record is refused at the commit */
	HUGE_AT_ONCE, /* refused when produced, after another went */
	HUGE,	      /* so is its quarantine record; a stub passes */
};

enum kind { RECORD = 1, ASIDE, STUB };

struct effect {
	int32_t partition;
	int64_t offset;
	enum kind kind;
};

struct kafka {
	uint64_t random;
	unsigned trouble; /* of 1000 calls, how many go wrong */
	int64_t clock_ms;

	/* the cluster */
	enum nature nature[PARTITIONS][LOG_MAX];
	int64_t length[PARTITIONS], group[PARTITIONS];
	struct effect done[OUT_MAX];
	size_t done_count;
	struct effect pending[OUT_MAX];
	size_t pending_count;
	int64_t pending_offsets[PARTITIONS]; /* -1: none */
	bool doubled;
	int generation;

	/* the producer */
	bool has_producer, lost_producer, in_txn, broken, ended;
	bool refused;

	/* the consumer */
	const struct kafka_rebalance *told;
	bool ours[PARTITIONS];
	int64_t position[PARTITIONS];
	int our_generation;
	bool lost, subscribed, dead;
	size_t held; /* messages not yet released */
};

static uint32_t
roll(struct kafka *k, uint32_t sides)
{
	k->random ^= k->random << 13;
	k->random ^= k->random >> 7;
	k->random ^= k->random << 17;
	return (uint32_t)(k->random >> 33) % sides;
}

static bool
goes_wrong(struct kafka *k)
{
	return roll(k, 1000) < k->trouble;
}

static enum lethe_status
wrong(struct lethe_error *err, enum lethe_status status)
{
	return fail(err, status, 0, "injected");
}

/* One of the statuses a call may answer with. */
static enum lethe_status
any_of(struct kafka *k, struct lethe_error *err, const enum lethe_status *rows,
	uint32_t count)
{
	enum lethe_status status = rows[roll(k, count)];

	if (status == LETHE_EKAFKA || status == LETHE_EFENCED)
		k->lost_producer = true;
	if (status == LETHE_EABORT)
		k->broken = true;
	return wrong(err, status);
}

static enum kind
kind_of(enum nature nature)
{
	return nature == PLAIN ? RECORD : nature == HUGE ? STUB : ASIDE;
}

static void
note_done(struct kafka *k, struct effect e)
{
	for (size_t i = 0; i < k->done_count; i++)
		if (k->done[i].partition == e.partition &&
			k->done[i].offset == e.offset)
			k->doubled = true;
	ck_assert_uint_lt(k->done_count, OUT_MAX);
	k->done[k->done_count++] = e;
}

static void
apply(struct kafka *k)
{
	for (size_t i = 0; i < k->pending_count; i++)
		note_done(k, k->pending[i]);
	for (int p = 0; p < PARTITIONS; p++)
		if (k->pending_offsets[p] >= 0)
			k->group[p] = k->pending_offsets[p];
}

static void
clear_pending(struct kafka *k)
{
	k->pending_count = 0;
	for (int p = 0; p < PARTITIONS; p++)
		k->pending_offsets[p] = -1;
}

/* Another member, which never fails, works on a partition. */
static void
alien_works(struct kafka *k, int p)
{
	int64_t from = k->group[p] < 0 ? 0 : k->group[p];
	int64_t count = roll(k, 5);

	if (k->pending_offsets[p] >= 0)
		return; /* it waits for the pending transaction */
	for (; count && from < k->length[p]; count--, from++)
		note_done(k,
			(struct effect){p, from, kind_of(k->nature[p][from])});
	if (from != k->group[p])
		k->group[p] = from;
}

/* ---- the calls */

static enum lethe_status
fake_subscribe(struct kafka *k, const struct kafka_rebalance *told,
	struct lethe_error *err)
{
	if (k->dead)
		return wrong(err, LETHE_EDENIED);
	k->told = told;
	for (int p = 0; p < PARTITIONS; p++)
		k->ours[p] = false;
	k->generation++;
	k->subscribed = true;
	k->lost = false;
	k->our_generation = -1;
	return LETHE_OK;
}

static size_t
list_ours(struct kafka *k, struct kafka_place *places, bool all)
{
	size_t n = 0;

	for (int32_t p = 0; p < PARTITIONS; p++)
		if (k->ours[p] && (all || roll(k, 2)))
			places[n++] = (struct kafka_place){0, p, OFFSET_NONE};
	return n;
}

/* All, or some of our partitions go; others work; all come back. */
static void
rebalance(struct kafka *k)
{
	struct kafka_place places[PARTITIONS];
	bool gone[PARTITIONS] = {0};
	size_t n = list_ours(k, places, k->lost || roll(k, 2));

	if (n) {
		for (size_t i = 0; i < n; i++)
			gone[places[i].partition] = true;
		k->told->revoked(k->told->ctx, places, n);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert(!k->ours[places[i].partition]);
	for (int p = 0; p < PARTITIONS; p++)
		if (gone[p])
			alien_works(k, p);
	k->generation++;
	k->our_generation = k->generation;
	k->lost = false;
	n = 0;
	for (int32_t p = 0; p < PARTITIONS; p++)
		if (!k->ours[p])
			places[n++] = (struct kafka_place){0, p, OFFSET_NONE};
	k->told->assigned(k->told->ctx, places, n);
}

/* We were thrown out, and do not know it yet. */
static void
throw_out(struct kafka *k)
{
	k->generation++;
	for (int p = 0; p < PARTITIONS; p++)
		if (k->ours[p] && roll(k, 2))
			alien_works(k, p);
}

static enum lethe_status
fake_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	int p = (int)roll(k, PARTITIONS);
	int64_t at;

	*out = (struct kafka_message){0};
	k->clock_ms += roll(k, (uint32_t)wait_ms + 1);
	if (k->dead)
		return wrong(err, LETHE_EDENIED);
	if (k->our_generation != k->generation) {
		k->lost = k->our_generation >= 0;
		rebalance(k);
		return LETHE_OK;
	}
	if (goes_wrong(k)) {
		if (roll(k, 2))
			rebalance(k);
		else
			throw_out(k);
		return LETHE_OK;
	}
	at = k->position[p];
	/* A fetch from a stale position comes again. */
	if (goes_wrong(k) && at)
		at -= 1 + roll(k, (uint32_t)at);
	if (!k->ours[p] || at >= k->length[p])
		return LETHE_OK;
	if (at == k->position[p])
		k->position[p]++;
	k->held++;
	*out = (struct kafka_message){
		.handle = k, .partition = p, .offset = at, .len = 10};
	return LETHE_OK;
}

static void
fake_release(struct kafka *k, struct kafka_message *m)
{
	if (m->handle)
		k->held--;
	*m = (struct kafka_message){0};
}

static enum lethe_status
fake_assign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++) {
		k->ours[places[i].partition] = true;
		k->position[places[i].partition] = places[i].offset;
	}
	return LETHE_OK;
}

static enum lethe_status
fake_unassign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++)
		k->ours[places[i].partition] = false;
	return LETHE_OK;
}

static bool
fake_assignment_lost(struct kafka *k)
{
	if (k->our_generation != k->generation && roll(k, 3) == 0)
		k->lost = true;
	return k->lost;
}

static enum lethe_status
fake_committed(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	if (k->dead)
		return wrong(err, LETHE_EDENIED);
	if (goes_wrong(k))
		return wrong(err, LETHE_EAGAIN);
	for (size_t i = 0; i < count; i++) {
		int32_t p = places[i].partition;

		/* An open transaction of ours would be waited for. */
		ck_assert(k->pending_offsets[p] < 0);
		places[i].offset = k->group[p] < 0 ? OFFSET_NONE : k->group[p];
	}
	return LETHE_OK;
}

static enum lethe_status
fake_range(struct kafka *k, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err)
{
	(void)err;
	*low = 0;
	*high = k->length[place->partition];
	return LETHE_OK;
}

static enum lethe_status
fake_open(struct kafka *k, struct lethe_error *err)
{
	static const enum lethe_status rows[] = {
		LETHE_EAGAIN, LETHE_EAGAIN, LETHE_EKAFKA};

	if (k->dead)
		return wrong(err, LETHE_EDENIED);
	clear_pending(k);
	k->has_producer = k->lost_producer = k->in_txn = false;
	k->refused = false;
	if (goes_wrong(k))
		return wrong(err, rows[roll(k, 3)]);
	k->has_producer = true;
	return LETHE_OK;
}

/* What every call of a producer answers first. */
static enum lethe_status
producer_state(struct kafka *k, struct lethe_error *err)
{
	if (k->dead)
		return wrong(err, LETHE_EDENIED);
	if (!k->has_producer || k->lost_producer)
		return wrong(err, LETHE_EKAFKA);
	return LETHE_OK;
}

static enum lethe_status
fake_begin(struct kafka *k, struct lethe_error *err)
{
	static const enum lethe_status rows[] = {LETHE_EFENCED, LETHE_EKAFKA};
	enum lethe_status status = producer_state(k, err);

	if (status)
		return status;
	ck_assert(!k->in_txn);
	if (goes_wrong(k))
		return any_of(k, err, rows, 2);
	k->in_txn = true;
	k->broken = k->ended = k->refused = false;
	return LETHE_OK;
}

/* Who it is of, and what it is, stand in the record. */
static enum lethe_status
fake_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	static const enum lethe_status rows[] = {
		LETHE_EAGAIN, LETHE_EAGAIN, LETHE_EABORT, LETHE_EKAFKA};
	enum lethe_status status = producer_state(k, err);
	struct effect e;

	if (status)
		return status;
	ck_assert(k->in_txn);
	if (k->broken)
		return wrong(err, LETHE_EABORT);
	if (goes_wrong(k))
		return any_of(k, err, rows, 4);
	memcpy(&e, r->value, sizeof(e));
	if (e.kind == RECORD && k->nature[e.partition][e.offset] != PLAIN)
		k->refused = true;
	if (e.kind == ASIDE && k->nature[e.partition][e.offset] == HUGE)
		k->refused = true;
	ck_assert_uint_lt(k->pending_count, OUT_MAX);
	k->pending[k->pending_count++] = e;
	return LETHE_OK;
}

static void
fake_serve(struct kafka *k, int wait_ms)
{
	k->clock_ms += wait_ms;
}

static enum lethe_status
fake_cause(struct kafka *k, struct lethe_error *err)
{
	/* Reports come late: at the latest while the commit waits. */
	if (k->refused && (k->ended || roll(k, 2)))
		return wrong(err, LETHE_POISON_TOO_BIG_OUT);
	return LETHE_OK;
}

static enum lethe_status
fake_send_offsets(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	static const enum lethe_status rows[] = {LETHE_EAGAIN, LETHE_EAGAIN,
		LETHE_EABORT, LETHE_EABORT, LETHE_EFENCED, LETHE_EKAFKA};
	enum lethe_status status = producer_state(k, err);

	if (status)
		return status;
	ck_assert(k->in_txn);
	if (!k->broken && goes_wrong(k))
		return any_of(k, err, rows, 6);
	/* An old generation is fenced. */
	if (k->broken || k->our_generation != k->generation) {
		k->broken = true;
		return wrong(err, LETHE_EABORT);
	}
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_gt(places[i].offset, -1);
		k->pending_offsets[places[i].partition] = places[i].offset;
	}
	return LETHE_OK;
}

static enum lethe_status
fake_commit(struct kafka *k, struct lethe_error *err)
{
	static const enum lethe_status rows[] = {LETHE_EAGAIN, LETHE_EAGAIN,
		LETHE_EABORT, LETHE_EFENCED, LETHE_EKAFKA};
	enum lethe_status status = producer_state(k, err);

	if (status)
		return status;
	ck_assert(k->in_txn);
	if (k->refused || k->broken) {
		k->broken = k->ended = true;
		return wrong(err, LETHE_EABORT);
	}
	/* It may have been applied before it went wrong, or not. */
	if (goes_wrong(k)) {
		if (!k->ended && roll(k, 2)) {
			apply(k);
			clear_pending(k);
			k->ended = true;
		}
		return any_of(k, err, rows, 5);
	}
	if (!k->ended) {
		apply(k);
		clear_pending(k);
	}
	k->in_txn = false;
	return LETHE_OK;
}

static enum lethe_status
fake_abort(struct kafka *k, struct lethe_error *err)
{
	static const enum lethe_status rows[] = {
		LETHE_EAGAIN, LETHE_EKAFKA, LETHE_EFENCED};
	enum lethe_status status = producer_state(k, err);

	if (status)
		return status;
	ck_assert(k->in_txn);
	if (goes_wrong(k))
		return any_of(k, err, rows, 3);
	clear_pending(k);
	k->in_txn = false;
	k->ended = true;
	return LETHE_OK;
}

static int64_t
fake_now_ms(struct kafka *k)
{
	return k->clock_ms;
}

static void
fake_sleep(struct kafka *k, int ms)
{
	/* Long enough that two fencings are not always the last. */
	k->clock_ms += ms * 50;
}

static const struct kafka_ops fake_ops = {
	.subscribe = fake_subscribe,
	.poll = fake_poll,
	.release = fake_release,
	.assign = fake_assign,
	.unassign = fake_unassign,
	.assignment_lost = fake_assignment_lost,
	.committed = fake_committed,
	.range = fake_range,
	.open = fake_open,
	.begin = fake_begin,
	.produce = fake_produce,
	.serve = fake_serve,
	.cause = fake_cause,
	.send_offsets = fake_send_offsets,
	.commit = fake_commit,
	.abort = fake_abort,
	.now_ms = fake_now_ms,
	.sleep = fake_sleep,
};

/* ---- a lane's work, small */

struct process {
	struct kafka *k;
	struct txn txn;
	struct txn_work work;
	struct slots slots;
	struct assign assign;
	struct start_rule rule;
	atomic_bool stop;
	uint64_t counted; /* inputs told of as committed */
};

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
	struct process *p = ctx;
	struct effect e = {m->partition, m->offset,
		stub	  ? STUB
		: refused ? ASIDE
			  : RECORD};
	struct kafka_record r = {.value = &e, .len = sizeof(e)};
	enum lethe_status status;

	if (!refused && p->k->nature[m->partition][m->offset] == HUGE_AT_ONCE)
		return fail(err, LETHE_POISON_TOO_BIG_OUT, 0, "too large");
	while ((status = fake_ops.produce(p->k, &r, err)) == LETHE_EAGAIN)
		fake_ops.serve(p->k, 10);
	return status;
}

static void
on_committed(void *ctx, size_t inputs)
{
	struct process *p = ctx;

	p->counted += inputs;
}

static void
on_aborted(void *ctx)
{
	(void)ctx;
}

static void
process_start(struct process *p, struct kafka *k)
{
	static const char *const topics[] = {"raw"};
	struct lethe_error err;

	*p = (struct process){.k = k, .rule = {true, PARTITIONS}};
	p->work = (struct txn_work){
		p, on_begin, on_input, on_committed, on_aborted};
	ck_assert_status(slots_init(&p->slots, 1, &err), LETHE_OK);
	txn_init(&p->txn, &(struct txn_options){.ops = &fake_ops,
				  .kafka = k,
				  .work = &p->work,
				  .slots = &p->slots,
				  .stop = &p->stop,
				  .id = "t",
				  .topics = topics,
				  .commit_interval_ms = 50,
				  .session_timeout_ms = 200,
				  .commit_events = 8,
				  .commit_bytes = 1000});
	assign_init(&p->assign, &(struct assign_options){.txn = &p->txn,
					.rules = &p->rule,
					.start = START_AT_EARLIEST});
}

static void
process_end(struct process *p)
{
	txn_fini(&p->txn);
	slots_fini(&p->slots);
	ck_assert_uint_eq(p->k->held, 0);
	p->k->dead = false;
	p->k->our_generation = -1;
	p->k->has_producer = false;
	for (int i = 0; i < PARTITIONS; i++)
		p->k->ours[i] = false;
}

static enum lethe_status
process_step(struct process *p, struct lethe_error *err)
{
	struct kafka_message m = {0};
	enum lethe_status status = fake_poll(p->k, 20, &m, err);

	if (!status)
		status = assign_check(&p->assign, err);
	if (status)
		fake_release(p->k, &m);
	else
		status = m.handle ? txn_take(&p->txn, &m, err)
				  : txn_settle(&p->txn, err);
	if (!status && txn_is_due(&p->txn))
		status = txn_commit(&p->txn, err);
	return status;
}

static bool
all_done(const struct kafka *k)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (k->group[p] < k->length[p])
			return false;
	return true;
}

/* One life of a process: until all is done, it fails, or is killed. */
static void
live(struct kafka *k, unsigned steps)
{
	struct process p;
	struct lethe_error err = {0};
	enum lethe_status status;

	process_start(&p, k);
	status = txn_start(&p.txn, &err);
	if (!status)
		status = fake_subscribe(k, &p.assign.told, &err);
	for (unsigned i = 0; !status && i < steps && !all_done(k); i++) {
		if (goes_wrong(k) && roll(k, 20) == 0)
			k->dead = true;
		status = process_step(&p, &err);
		if (status == LETHE_EABORT) {
			status = txn_reset(&p.txn, &err);
			if (!status)
				status =
					fake_subscribe(k, &p.assign.told, &err);
		}
	}
	process_end(&p);
}

static void
check_history(const struct kafka *k, uint64_t seed)
{
	int64_t next[PARTITIONS] = {0};

	ck_assert_msg(!k->doubled, "seed %lu: doubled", (unsigned long)seed);
	for (size_t i = 0; i < k->done_count; i++) {
		const struct effect *e = &k->done[i];

		ck_assert_msg(e->offset == next[e->partition],
			"seed %lu: partition %d: %ld follows %ld",
			(unsigned long)seed, e->partition, (long)e->offset,
			(long)next[e->partition] - 1);
		next[e->partition]++;
		ck_assert_msg(
			e->kind == kind_of(k->nature[e->partition][e->offset]),
			"seed %lu: another kind", (unsigned long)seed);
	}
	for (int p = 0; p < PARTITIONS; p++) {
		ck_assert_msg(next[p] == k->length[p], "seed %lu: lost",
			(unsigned long)seed);
		ck_assert_int_eq(k->group[p], k->length[p]);
	}
}

static void
history(uint64_t seed, unsigned trouble, unsigned odd)
{
	struct kafka k = {.random = seed * 0x9e3779b97f4a7c15u + 1};

	for (int i = 0; i < 8; i++)
		roll(&k, 2);
	for (int p = 0; p < PARTITIONS; p++) {
		k.length[p] = 1 + roll(&k, LOG_MAX);
		k.group[p] = -1;
		for (int i = 0; i < LOG_MAX; i++)
			k.nature[p][i] =
				roll(&k, 1000) < odd
					? (enum nature)(1 + roll(&k, 3))
					: PLAIN;
	}
	clear_pending(&k);
	k.trouble = trouble;
	for (int life = 0; life < 30 && !all_done(&k); life++)
		live(&k, 1 + roll(&k, 400));
	k.trouble = 0;
	for (int life = 0; life < 3 && !all_done(&k); life++)
		live(&k, 100000);
	check_history(&k, seed);
}

static unsigned long
histories(void)
{
	const char *text = getenv("TXN_HISTORIES");

	return text ? strtoul(text, NULL, 10) : HISTORIES_DEFAULT;
}

START_TEST(random_histories_have_each_effect_once)
{
	log_off();
	for (unsigned long i = 1; i <= histories(); i++)
		history(i, 10 + i % 7 * 30, i % 5 * 10);
}
END_TEST

START_TEST(without_trouble_all_is_done_in_one_life)
{
	struct kafka k = {.random = 7};

	log_off();
	for (int p = 0; p < PARTITIONS; p++) {
		k.length[p] = LOG_MAX;
		k.group[p] = -1;
	}
	clear_pending(&k);
	live(&k, 100000);
	check_history(&k, 7);
}
END_TEST

START_TEST(fenced_twice_ends_and_names_the_id)
{
	struct kafka k = {.random = 3};
	struct lethe_error err = {0};
	struct process p;

	log_off();
	clear_pending(&k);
	process_start(&p, &k);
	ck_assert_status(txn_start(&p.txn, &err), LETHE_OK);
	p.txn.fenced_ms = 1;
	k.clock_ms = 300;
	k.trouble = 1000; /* begin answers fenced or lost; then open fails */
	ck_assert_status(
		slots_add(&p.slots, &(struct kafka_place){0, 0, 5}, 4, &err),
		LETHE_OK);
	ck_assert_int_eq(lethe_status_class(txn_commit(&p.txn, &err)),
		LETHE_CLASS_FATAL);
	process_end(&p);
}
END_TEST

SUITE("txn", TEST(without_trouble_all_is_done_in_one_life),
	TEST(random_histories_have_each_effect_once),
	TEST(fenced_twice_ends_and_names_the_id))
