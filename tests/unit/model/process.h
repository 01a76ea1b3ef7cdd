#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

/*
 * A process of one lane on the model: transactions and assignment as they are,
 * around the smallest work.  What lane.c does between them is done here as it
 * is there; lanes themselves meet the same histories (lane.c), and the same
 * errors over the wire (mock_lane.h).
 */

#include "unit/model/consumer.h"

#include "base/log.h"

#include <malloc.h>

struct process {
	struct kafka *k;
	struct txn txn;
	struct txn_work work;
	struct slots slots;
	struct assign assign;
	struct start_rule rule;
	atomic_bool stop;
	struct held held, newer;
	int64_t newer_at_ms; /* 0: never; `newer` is due from then on */
	bool due;	     /* it is to be taken before the next input */
	struct {
		bool paused, ever;
		uint64_t rebalances;
	} gate;			/* as a lane has it */
	size_t counted, before; /* inputs told of as done; own at the start */
};

/* One or two records, as if for two purposes; or one that goes aside. */
static inline enum lethe_status
on_input(void *ctx, const struct kafka_message *m, enum lethe_status refused,
	bool stub, struct lethe_error *err)
{
	struct process *p = ctx;
	struct effect e = {.partition = m->partition,
		.offset = m->offset,
		.kind = stub	  ? STUB
			: refused ? ASIDE
				  : RECORD};
	struct kafka_record r = {.value = &e, .len = sizeof(e)};
	int parts = refused ? 1 : parts_of(m->offset);
	enum lethe_status status = LETHE_OK;

	must(!p->k->shut, "seed %lu: worked on at a shut gate",
		(unsigned long)p->k->seed);
	for (; !status && e.part < parts; e.part++)
		while ((status = fake_ops.produce(p->k, &r, err)) ==
			LETHE_EAGAIN)
			fake_ops.serve(p->k, 10);
	gate_moves(p->k);
	return status;
}

static inline void
on_committed(void *ctx, size_t inputs)
{
	struct process *p = ctx;

	/* Of a life that ends badly less may be told than was done. */
	p->counted += inputs;
	must(p->counted <= p->k->own - p->before,
		"seed %lu: %zu inputs told of as done, %zu were",
		(unsigned long)p->k->seed, p->counted, p->k->own - p->before);
}

static inline void
on_aborted(void *ctx)
{
	(void)ctx;
}

static inline void
take_newer(struct process *p)
{
	p->held = p->newer;
	p->newer_at_ms = 0;
	p->due = false;
}

static inline bool
is_newer_due(const struct process *p)
{
	return p->due || (p->newer_at_ms && p->k->clock_ms >= p->newer_at_ms);
}

/* Behind the instant nothing more is done in what is open. */
static inline bool
is_ready(void *ctx)
{
	struct process *p = ctx;

	return !p->k->shut && !(p->txn.open && is_newer_due(p));
}

/* As lane/turn.c: taken where a transaction begins, */
static inline enum lethe_status
on_begin(void *ctx, struct lethe_error *err)
{
	struct process *p = ctx;

	(void)err;
	if (is_newer_due(p))
		take_newer(p);
	return LETHE_OK;
}

/* and at once where nothing is to be done before. */
static inline const struct held *
held_now(void *ctx)
{
	struct process *p = ctx;

	p->due = is_newer_due(p);
	if (p->due && !p->txn.open && !p->txn.count)
		take_newer(p);
	return p->due ? &p->newer : &p->held;
}

static inline enum lethe_status
turn(struct process *p, struct lethe_error *err)
{
	enum lethe_status status;

	if (!is_newer_due(p))
		return LETHE_OK;
	status = txn_commit(&p->txn, err);
	if (status)
		return status;
	if (is_newer_due(p))
		take_newer(p);
	return txn_settle(&p->txn, err);
}

static inline void
process_start(struct process *p, struct kafka *k, size_t commit_events)
{
	static const char *const topics[] = {"raw"};
	struct lethe_error err;

	*p = (struct process){.k = k,
		.rule = {.virgin = true, .partitions = PARTITIONS},
		.held = {.ring = 3, .policy = 2},
		.before = k->own};
	k->stop = &p->stop;
	p->work = (struct txn_work){p, is_ready, on_begin, on_input,
		on_committed, on_aborted, NULL};
	must(!slots_init(&p->slots, 1, &err), "no memory");
	txn_init(&p->txn, &(struct txn_options){.ops = &fake_ops,
				  .kafka = k,
				  .work = &p->work,
				  .slots = &p->slots,
				  .stop = &p->stop,
				  .id = "the-id",
				  .topics = topics,
				  .commit_interval_ms = 50,
				  .session_timeout_ms = 1000,
				  .commit_events = commit_events,
				  .commit_bytes = 1000000,
				  .max_age_ms = k->max_age_ms});
	p->txn.held = &p->held;
	if (k->ring_at_ms) {
		p->newer = (struct held){.ring = 4, .policy = 2};
		p->newer_at_ms = k->ring_at_ms + k->ring_lag_ms;
		if (is_newer_due(p))
			take_newer(p);
	}
	assign_init(&p->assign, &(struct assign_options){.txn = &p->txn,
					.rules = &p->rule,
					.held = held_now,
					.held_ctx = p,
					.start = START_AT_EARLIEST});
}

static inline void
process_end(struct process *p)
{
	fake_close(p->k);
	txn_fini(&p->txn);
	slots_fini(&p->slots);
	must(!p->k->held, "seed %lu: messages are held",
		(unsigned long)p->k->seed);
	p->k->dead = false;
	p->k->stop = NULL;
	p->k->calls_left = p->k->polls_left = 0;
}

static inline enum lethe_status
set_paused(struct process *p, bool paused, struct lethe_error *err)
{
	struct kafka_place places[PARTITIONS];
	struct slots_cursor at = {0};
	enum lethe_status status;
	struct slot *s;
	size_t n = 0;

	while ((s = slots_each(&p->slots, &at)))
		places[n++] = (struct kafka_place){.topic = s->topic,
			.partition = s->partition,
			.offset = OFFSET_NONE};
	status = fake_pause(p->k, places, n, paused, err);
	if (status)
		return status;
	p->gate.paused = paused;
	p->gate.ever |= paused;
	p->gate.rebalances = p->assign.rebalances;
	return LETHE_OK;
}

/* As lane/gate.c: a moment without a poll, then polls that bring nothing. */
static inline enum lethe_status
pass_gate(struct process *p, bool *polls, struct lethe_error *err)
{
	bool shut = p->k->shut;

	*polls = !shut || roll(p->k, 2);
	if (!*polls || (p->gate.paused == shut &&
			       (!p->gate.ever || p->gate.rebalances ==
							 p->assign.rebalances)))
		return LETHE_OK;
	return set_paused(p, shut, err);
}

static inline enum lethe_status
process_step(struct process *p, struct lethe_error *err)
{
	struct kafka_message m = {0};
	bool polls = true;
	enum lethe_status status = turn(p, err);

	if (!status)
		status = pass_gate(p, &polls, err);
	if (!status && polls)
		status = fake_poll(p->k, txn_wait_ms(&p->txn, 100), &m, err);
	else if (!status)
		fake_sleep(p->k, 5);

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

static inline enum lethe_status
tell_gap(struct process *p, struct lethe_error *err)
{
	enum lethe_status status = txn_complete(&p->txn, err);

	return status ? status : assign_gap(&p->assign, err);
}

static inline enum lethe_status
process_work(struct process *p, struct lethe_error *err)
{
	enum lethe_status status = txn_start(&p->txn, err);

	if (!status)
		status = fake_subscribe(p->k, &p->assign.told, err);
	while (!status && !p->stop) {
		status = process_step(p, err);
		if (status == LETHE_EGAP)
			status = tell_gap(p, err);
		if (status != LETHE_EABORT)
			continue;
		fake_sleep(p->k, 100);
		status = assign_failed(&p->assign, err);
		if (!status)
			status = txn_reset(&p->txn, err);
		p->gate.paused = p->gate.ever = false;
		if (!status)
			status = fake_subscribe(p->k, &p->assign.told, err);
		if (!status && assign_check(&p->assign, err))
			err->status = LETHE_OK;
	}
	return status ? status : txn_commit(&p->txn, err);
}

/* One life of a process: until all is done, it fails, or is killed. */
static inline enum lethe_status
live(struct kafka *k, size_t commit_events, struct lethe_error *err)
{
	struct lethe_error late = {0};
	struct process p;
	enum lethe_status status;

	process_start(&p, k, commit_events);
	status = process_work(&p, err);
	if (txn_reset(&p.txn, &late) && !status)
		status = fail_with(err, &late);
	process_end(&p);
	return status;
}

/* A lane's memory is asked for anew in each life: it need not go back. */
static inline void
keep_memory(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 28);
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 28);
}

#endif
