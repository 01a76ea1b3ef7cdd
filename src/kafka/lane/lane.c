#include "kafka/lane/self.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

#define WAIT_MS 100
#define LAG_EVERY_MS 1000
#define ANEW_MAX 20
#define WELL_MS 600000 /* behind so long the next loss is another matter */
#define COMMIT_SLOW_MS 1000

static enum lethe_status
on_begin(void *ctx, struct lethe_error *err)
{
	struct lane *l = ctx;

	lane_take_due(l);
	return output_turn(&l->output, err);
}

static void
on_committed(void *ctx, size_t inputs)
{
	struct lane *l = ctx;
	const struct stats_pending *p = &l->stats->pending;
	int64_t now = l->o.ops->now_ms(l->o.kafka);

	(void)inputs;
	stats_observe(l->stats, SPAN_TRANSACTION, now - l->txn.opened_ms);
	stats_moved(l->stats);
	share_add(&l->share, now, p->values[STAT_EVENTS],
		p->values[STAT_QUARANTINED]);
	stats_publish(l->stats);
	rows_publish(l->now->rows);
	lethe_scratch_settle(l->scratch, true);
	lane_rest(l);
	if (l->o.source)
		l->o.source->settled(l->o.source->ctx, true);
}

static void
on_aborted(void *ctx)
{
	struct lane *l = ctx;

	stats_forget(l->stats);
	rows_forget(l->now->rows);
	lethe_scratch_settle(l->scratch, false);
	lane_rest(l);
	if (l->o.source)
		l->o.source->settled(l->o.source->ctx, false);
}

static void
show(struct lane *l)
{
	uint64_t lag, fetched, unsent;
	size_t partitions;
	bool has_input;

	assign_lag(&l->assign, &partitions, &lag, &has_input);
	if (!has_input && !l->txn.count)
		stats_moved(l->stats);
	stats_set(l->stats, STAT_PARTITIONS, partitions);
	stats_set(l->stats, STAT_LAG, lag);
	stats_set(l->stats, STAT_COMMITS, l->txn.commits);
	stats_set(l->stats, STAT_ABORTS, l->txn.aborts);
	stats_set(l->stats, STAT_RECREATIONS, l->txn.recreations);
	stats_set(l->stats, STAT_REBALANCES, l->assign.rebalances);
	l->o.ops->queues(l->o.kafka, &fetched, &unsent);
	stats_queue(l->stats, QUEUE_FETCHED, fetched);
	stats_queue(l->stats, QUEUE_RETAINED, txn_most_bytes(&l->txn));
	stats_queue(l->stats, QUEUE_UNSENT, unsent);
}

static void
look_around(struct lane *l)
{
	int64_t now = l->o.ops->now_ms(l->o.kafka);

	if (now - l->lag_ms < LAG_EVERY_MS)
		return;
	l->lag_ms = now;
	show(l);
}

/* What brokers do not answer at once shows here, whatever the cause. */
enum lethe_status
lane_commit(struct lane *l, struct lethe_error *err)
{
	int64_t began = l->o.ops->now_ms(l->o.kafka);
	enum lethe_status status = txn_commit(&l->txn, err);
	int64_t took = l->o.ops->now_ms(l->o.kafka) - began;

	if (took >= COMMIT_SLOW_MS)
		LOG(LOG_WARN, "commit_slow", LOG_NUMBER("lane", l->o.number),
			LOG_NUMBER("ms", took),
			LOG_TEXT("do", "nothing: inputs wait for it; if it "
				       "stays, look at the brokers' disks, "
				       "replicas and network"));
	return status;
}

static enum lethe_status
poll_one(struct lane *l, struct lethe_error *err)
{
	struct kafka_message m = {0};
	int wait = txn_wait_ms(
		&l->txn, lane_notice_wait_ms(l, lane_wait_ms(l, WAIT_MS)));
	bool polls;
	enum lethe_status status = lane_pass_gate(l, &wait, &polls, err);

	if (!status && polls)
		status = lane_let_notices(l, err);
	if (status || !polls)
		return status;
	status = l->o.ops->poll(l->o.kafka, wait, &m, err);

	if (!status)
		status = assign_check(&l->assign, err);
	if (status) {
		l->o.ops->release(l->o.kafka, &m);
		return status;
	}
	return m.handle ? txn_take(&l->txn, &m, err) : txn_settle(&l->txn, err);
}

static enum lethe_status
step(struct lane *l, struct lethe_error *err)
{
	enum lethe_status status = lane_turn(l, err);

	if (!status)
		status = poll_one(l, err);
	if (!status && txn_is_due(&l->txn)) {
		status = lane_commit(l, err);
		if (!status)
			status = share_check(
				&l->share, l->o.ops->now_ms(l->o.kafka), err);
		look_around(l);
	} else if (!l->txn.open) {
		look_around(l);
	}
	return status;
}

/*
 * An offset is not in the log.  What was read before it is done to its end
 * first: then the gap begins at what the group has committed.
 */
static enum lethe_status
tell_gap(struct lane *l, struct lethe_error *err)
{
	enum lethe_status status = txn_complete(&l->txn, err);

	return status ? status : assign_gap(&l->assign, err);
}

static bool
should_stop(const struct lane *l)
{
	return atomic_load_explicit(l->o.stop, memory_order_relaxed) ||
	       (l->o.assign.until && assign_has_ended(&l->assign));
}

/* A consumer that stands outside its group, or lost its place, is replaced. */
static enum lethe_status
anew(struct lane *l, struct lethe_error *err)
{
	enum lethe_status status = assign_failed(&l->assign, err);

	if (status)
		return status;
	LOG(LOG_WARN, "consumer_lost", LOG_NUMBER("lane", l->o.number),
		LOG_TEXT("why", err->what),
		LOG_TEXT("do", "nothing: another joins the group"));
	status = txn_reset(&l->txn, err);
	if (status)
		return status;
	lane_gate_reset(l);
	lane_drop_notices(l, NULL, 0);
	status = l->o.ops->subscribe(l->o.kafka, &l->assign.told, err);
	/* What the old one's leaving brought up is over with it. */
	if (!status && assign_check(&l->assign, err))
		err->status = LETHE_OK;
	return status;
}

static enum lethe_status
go_on(struct lane *l, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	uint64_t commits = l->txn.commits;
	int64_t anew_ms = 0;
	unsigned lost = 0;

	while (!status && !should_stop(l)) {
		status = step(l, err);
		if (status == LETHE_EGAP)
			status = tell_gap(l, err);
		if (status != LETHE_EABORT)
			continue;
		if (commits != l->txn.commits ||
			l->o.ops->now_ms(l->o.kafka) - anew_ms >= WELL_MS)
			lost = 0;
		lost++;
		commits = l->txn.commits;
		if (lost > ANEW_MAX)
			return fail(err, LETHE_EKAFKA, 0,
				"%d consumers were lost without one commit",
				ANEW_MAX);
		l->o.ops->sleep(l->o.kafka, (int)lost * 100);
		status = anew(l, err);
		anew_ms = l->o.ops->now_ms(l->o.kafka);
	}
	return status;
}

/* Aborted at the end, what is retained waits if the ledger is behind by then:
   that was not the end. */
static enum lethe_status
work(struct lane *l, struct lethe_error *err)
{
	enum lethe_status status;

	do {
		status = go_on(l, err);
		if (status)
			return status;
		status = txn_commit(&l->txn, err);
	} while (!status && l->o.assign.until && l->txn.count &&
		 !atomic_load_explicit(l->o.stop, memory_order_relaxed));
	/* Another went on with what it had, and it ends anyway. */
	if (status == LETHE_EABORT && !l->o.assign.until)
		return LETHE_OK;
	if (status || !assign_has_ended(&l->assign))
		return status;
	assign_close(&l->assign);
	return txn_commit(&l->txn, err);
}

enum lethe_status
lane_run(struct lane *l, struct lethe_error *err)
{
	struct lethe_error late = {0};
	enum lethe_status status;

	stats_moved(l->stats);
	status = txn_start(&l->txn, err);
	if (!status)
		status = l->o.ops->subscribe(l->o.kafka, &l->assign.told, err);
	if (!status)
		status = work(l, err);
	/* Its revocation finds nothing open, or what could not be ended. */
	if (txn_reset(&l->txn, &late) && !status)
		status = fail_with(err, &late);
	lane_drop_notices(l, NULL, 0);
	return status;
}

void
lane_close(struct lane *l)
{
	l->o.ops->close(l->o.kafka);
	/* The last line of the log tells these. */
	show(l);
	stats_ended(l->stats);
}

static void
wire_up(struct lane *l)
{
	l->work = (struct txn_work){.ctx = l,
		.ready = lane_is_ready,
		.begin = on_begin,
		.input = lane_input,
		.committed = on_committed,
		.aborted = on_aborted,
		.hold = l->notices.decoder ? lane_hold : NULL};
	l->sink = (struct lethe_sink){sizeof(struct lethe_sink), l, lane_record,
		lane_decision, lane_objection};
	l->o.txn.ops = l->o.output.ops = l->o.ops;
	l->o.txn.kafka = l->o.output.kafka = l->o.kafka;
	l->o.txn.work = &l->work;
	l->o.txn.slots = &l->slots;
	l->o.txn.stop = l->o.stop;
	l->o.txn.lane = l->o.number;
	l->o.txn.topics = l->o.topics;
	l->o.assign.txn = &l->txn;
	l->o.assign.held = lane_held;
	l->o.assign.held_ctx = l;
	l->o.assign.gone = lane_drop_notices;
	l->o.output.sealer = l->o.view->sealer;
	share_init(
		&l->share, l->o.poison_stop_ppm, l->o.ops->now_ms(l->o.kafka));
	if (l->o.gate)
		scratch_consult(l->scratch, l->o.gate->book);
	txn_init(&l->txn, &l->o.txn);
	l->txn.held = &l->now->held;
	assign_init(&l->assign, &l->o.assign);
	output_init(&l->output, &l->o.output);
}

enum lethe_status
lane_new(const struct lane_options *options, struct lane **out,
	struct lethe_error *err)
{
	struct lane *l = calloc(1, sizeof(*l));
	enum lethe_status status = LETHE_OK;

	*out = NULL;
	if (!l)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a lane");
	l->o = *options;
	l->now = options->view;
	atomic_init(&l->next, options->view);
	atomic_init(&l->took, options->view);
	l->stats = stats_new();
	if (!l->stats)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for a lane");
	if (!status)
		status = slots_init(&l->slots, l->o.topic_count, err);
	if (!status)
		status = lethe_scratch_new(l->o.seed, &l->scratch, err);
	if (!status)
		status = notices_init(&l->notices, options->view->view->policy,
			l->o.seed, err);
	if (status) {
		notices_fini(&l->notices);
		lethe_scratch_free(l->scratch);
		slots_fini(&l->slots);
		stats_free(l->stats);
		free(l);
		return status;
	}
	wire_up(l);
	*out = l;
	return LETHE_OK;
}

void
lane_free(struct lane *l)
{
	if (!l)
		return;
	txn_fini(&l->txn);
	free(l->headers);
	free(l->gate.places);
	notices_fini(&l->notices);
	slots_fini(&l->slots);
	output_fini(&l->output);
	lethe_scratch_free(l->scratch);
	stats_free(l->stats);
	free(l);
}

const struct stats_lane *
lane_stats(const struct lane *l)
{
	return l->stats;
}
