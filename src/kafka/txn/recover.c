#include "kafka/txn/recover.h"

#include "kafka/txn/step.h"

#include "base/log.h"

#define RECREATE_MAX 10
#define REST_MS 100   /* a stop is looked for so often */
#define SERVE_MS 1000 /* and a rebalance, for which others wait */

/* This input cannot be written as it is: to the quarantine, or a stub. */
static enum lethe_status
refuse(struct txn_input *in, enum lethe_status why, struct lethe_error *err)
{
	if (!in->refused)
		in->refused = why;
	else if (!in->stub)
		in->stub = true;
	else
		return fail(err, LETHE_EDENIED, 0,
			"the quarantine topic refuses even a stub, or "
			"the consent topic an objection");
	return LETHE_OK;
}

static enum lethe_status
note_lost(struct txn *t, enum lethe_status status, struct lethe_error *err)
{
	int64_t now = t->o.ops->now_ms(t->o.kafka);

	if (status == LETHE_EFENCED) {
		if (t->fenced_ms &&
			now - t->fenced_ms < 2 * t->o.session_timeout_ms)
			return fail(err, LETHE_EFENCED, 0,
				"fenced twice: another process runs as %.80s",
				t->o.id);
		t->fenced_ms = now ? now : 1;
	} else if (++t->recreated > RECREATE_MAX) {
		return fail(err, LETHE_EKAFKA, 0,
			"%d producers were lost without one commit",
			RECREATE_MAX);
	}
	return LETHE_OK;
}

/* A lost producer is replaced by another of the same id. */
enum lethe_status
txn_recreate(struct txn *t, enum lethe_status lost, struct lethe_error *err)
{
	enum lethe_status status;

	for (unsigned i = 0;; i++) {
		LOG(LOG_WARN, "producer_lost", LOG_NUMBER("lane", t->o.lane),
			LOG_TEXT("id", t->o.id),
			LOG_TEXT("status", lethe_status_name(lost)),
			LOG_TEXT("why", err->what),
			LOG_TEXT("do", "nothing: another is opened"));
		status = note_lost(t, lost, err);
		if (status)
			return status;
		if (i)
			t->o.ops->sleep(t->o.kafka, txn_backoff_ms(i));
		t->recreations++;
		status = txn_persist(t, t->o.ops->open, "open", err);
		if (!txn_lost_producer(status))
			return status;
		lost = status;
	}
}

/* Another producer of the same id, since this one's numbers are spoilt. */
static enum lethe_status
renew(struct txn *t, struct lethe_error *err)
{
	LOG(LOG_INFO, "producer_renewed", LOG_NUMBER("lane", t->o.lane),
		LOG_TEXT("id", t->o.id),
		LOG_TEXT("why", "no answer came for records that were aborted: "
				"they may have been written"));
	return txn_persist(t, t->o.ops->open, "open", err);
}

/* The transaction is no more, whatever becomes of its inputs. */
enum lethe_status
txn_end_open(struct txn *t, enum lethe_status status, struct lethe_error *err)
{
	if (!t->open && !txn_lost_producer(status))
		return LETHE_OK;
	if (!txn_lost_producer(status)) {
		status = txn_persist(t, t->o.ops->abort, "abort", err);
		if (lethe_status_class(status) == LETHE_CLASS_ABORT)
			status = LETHE_EKAFKA;
	}
	if (!status && t->o.ops->in_doubt(t->o.kafka))
		status = renew(t, err);
	if (txn_lost_producer(status))
		status = txn_recreate(t, status, err);
	t->open = false;
	return status;
}

/* The broker's word on the slots that the transaction moved. */
static enum lethe_status
ask_committed(struct txn *t, size_t count, bool *gone, struct lethe_error *err)
{
	enum lethe_status status;

	*gone = false;
	for (unsigned i = 0;; i++) {
		*gone = t->o.ops->assignment_lost(t->o.kafka) ||
			(i && txn_should_stop(t));
		if (*gone)
			return LETHE_OK;
		status = t->o.ops->committed(t->o.kafka, t->places, count, err);
		if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
			return status;
		t->o.ops->sleep(t->o.kafka, txn_backoff_ms(i));
	}
}

/*
 * What really happened to a transaction that failed: an end that timed out
 * may have been applied.  Inputs that are done need not be ours: whoever had
 * the partition meanwhile may have come just as far.
 *
 *   applied   it was: it was to end, and all of its offsets moved
 *
 * Fails: EABORT when an offset is neither: somebody else went on.
 */
static enum lethe_status
resolve(struct txn *t, bool *applied, struct lethe_error *err)
{
	size_t count;
	bool gone = false, all = t->ending;
	enum lethe_status status = txn_gather(t, &count, err);

	*applied = false;
	if (!status && count)
		status = ask_committed(t, count, &gone, err);
	if (status)
		return status;
	if (gone) {
		txn_forget_all(t);
		return LETHE_OK;
	}
	for (size_t i = 0; i < count; i++) {
		const struct kafka_place *p = &t->places[i];
		struct slot *s = slots_get(t->o.slots, p->topic, p->partition);

		if (p->offset == s->base) {
			s->end = s->begin;
			all = false;
			continue;
		}
		if (p->offset != s->end)
			return fail(err, LETHE_EABORT, 0,
				"%.60s:%d: committed %lld, neither %lld nor "
				"%lld",
				t->o.topics[p->topic], p->partition,
				(long long)p->offset, (long long)s->base,
				(long long)s->end);
		s->base = s->begin = s->end;
		txn_drop_inputs(t, p->topic, p->partition, s->end);
	}
	*applied = count && all;
	return LETHE_OK;
}

/*
 * Finds out which input is refused: known, the only one to blame, or, since a
 * request may hold records of several, behind those before or in one half.
 */
static enum lethe_status
isolate(struct txn *t, enum lethe_status why, size_t *window,
	struct lethe_error *err)
{
	size_t suspects = t->worked + t->halfway;
	struct kafka_span of;

	/* While working, the culprit is the one that did not get done. */
	if (t->work_failed)
		return refuse(&t->inputs[t->worked], why, err);
	if (suspects <= 1)
		return t->count ? refuse(&t->inputs[0], why, err) : LETHE_OK;
	of = t->o.ops->blamed(t->o.kafka);
	if (of.first > of.last || of.last >= suspects)
		of = (struct kafka_span){.last = suspects - 1};
	if (of.first == of.last) {
		/* What is done once it is found, no later abort does again. */
		*window = of.first + 1;
		return refuse(&t->inputs[of.first], why, err);
	}
	*window = of.first ? of.first : (of.last + 1) / 2;
	return LETHE_OK;
}

static void
tell_abort(const struct txn *t, enum lethe_status status,
	const struct lethe_error *err)
{
	LOG(LOG_WARN, "txn_aborted", LOG_NUMBER("lane", t->o.lane),
		LOG_TEXT("status", lethe_status_name(status)),
		LOG_TEXT("why", err->what), LOG_NUMBER("inputs", t->worked),
		LOG_TEXT("do", "nothing: they are done again"));
}

/* The lane is to stop: what is open ends without much ado. */
static void
give_up(struct txn *t)
{
	struct lethe_error ignored;

	if (t->open && t->o.ops->abort(t->o.kafka, &ignored))
		t->o.ops->sleep(t->o.kafka, 0);
	t->open = false;
	t->o.work->aborted(t->o.work->ctx);
}

/* The last reports come with the abort: was a record refused for good? */
static enum lethe_status
find_cause(struct txn *t, enum lethe_status *culprit, struct lethe_error *err)
{
	enum lethe_status cause = t->o.ops->cause(t->o.kafka, err);

	if (lethe_status_class(cause) == LETHE_CLASS_POISON && !*culprit) {
		t->work_failed = false;
		*culprit = cause;
		LOG(LOG_WARN, "record_refused", LOG_NUMBER("lane", t->o.lane),
			LOG_TEXT("why", err->what),
			LOG_NUMBER("inputs", t->worked),
			LOG_TEXT("do", "nothing: the event is found and put "
				       "into the quarantine"));
	}
	return lethe_status_class(cause) == LETHE_CLASS_FATAL ? cause
							      : LETHE_OK;
}

static enum lethe_status
undo(struct txn *t, enum lethe_status status, size_t *window,
	struct lethe_error *err)
{
	enum lethe_class class = lethe_status_class(status);
	enum lethe_status culprit;
	bool applied = false;

	tell_abort(t, status, err);
	t->aborts++;
	if (class == LETHE_CLASS_USAGE ||
		(class == LETHE_CLASS_FATAL && !txn_lost_producer(status))) {
		give_up(t);
		return status;
	}
	culprit = class == LETHE_CLASS_POISON ? status : LETHE_OK;
	if (t->too_old)
		*window = t->worked / 2 ? t->worked / 2 : 1;
	status = txn_end_open(t, status, err);
	if (!status)
		status = find_cause(t, &culprit, err);
	if (!status && culprit)
		status = isolate(t, culprit, window, err);
	if (!status)
		status = resolve(t, &applied, err);
	if (applied) {
		t->recreated = 0;
		t->commits++;
		t->o.work->committed(t->o.work->ctx, t->worked);
	} else {
		t->o.work->aborted(t->o.work->ctx);
	}
	t->worked = 0;
	return status;
}

/*
 * Ends a failed transaction; what is still ours to do stays retained.  If that
 * fails nothing is kept: the slots stand behind inputs that were not done, and
 * a rebalance in the same poll would commit them.
 *
 *   window   how many inputs the next transaction should hold
 */
enum lethe_status
txn_undo(struct txn *t, enum lethe_status status, size_t *window,
	struct lethe_error *err)
{
	status = undo(t, status, window, err);
	if (status)
		txn_forget_all(t);
	return status;
}

/* The rest of the while, where there is much to read. */
static void
rest(struct txn *t, int64_t until_ms)
{
	int64_t left;

	while (t->count && !txn_should_stop(t)) {
		left = until_ms - t->o.ops->now_ms(t->o.kafka);
		if (left <= 0)
			break;
		t->o.ops->sleep(
			t->o.kafka, left < REST_MS ? (int)left : REST_MS);
	}
}

/*
 * Waits a while, serving the consumer: a rebalance that stands behind the
 * trouble must be answered.  A message that comes is retained behind the rest.
 */
static enum lethe_status
idle(struct txn *t, int ms, struct lethe_error *err)
{
	int64_t until_ms = t->o.ops->now_ms(t->o.kafka) + ms;
	struct kafka_message m = {0};
	enum lethe_status status = t->o.ops->poll(t->o.kafka, ms, &m, err);

	if (lethe_status_class(status) == LETHE_CLASS_TRANSIENT)
		status = LETHE_OK;
	else if (!status && m.handle)
		status = txn_retain(t, &m, err);
	if (!status)
		rest(t, until_ms);
	return status;
}

/* Waits after failures in a row; else looks at the consumer now and then. */
static enum lethe_status
serve(struct txn *t, unsigned failed, int64_t *served_ms,
	struct lethe_error *err)
{
	enum lethe_status status;

	if (failed <= 1 && t->o.ops->now_ms(t->o.kafka) - *served_ms < SERVE_MS)
		return LETHE_OK;
	status = idle(t, failed > 1 ? txn_backoff_ms(failed) : 0, err);
	*served_ms = t->o.ops->now_ms(t->o.kafka);
	return status;
}

/* One transaction of what is retained, at most `window` inputs, and no more
 * than the work is ready for. */
static enum lethe_status
replay_once(struct txn *t, size_t window, struct lethe_error *err)
{
	size_t chunk = window < t->count ? window : t->count;
	enum lethe_status status = txn_begin(t, err);

	while (!status && t->worked < chunk && txn_is_ready(t))
		status = txn_work_next(t, err);
	if (!status)
		status = txn_try_commit(t, err);
	if (!status)
		txn_finish(t);
	return status;
}

/*
 * Until all that is retained is committed, or is no longer ours, or must wait
 * until the work is ready; what a look at the consumer brought may stay.
 */
enum lethe_status
txn_replay(struct txn *t, size_t window, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	int64_t served_ms = t->o.ops->now_ms(t->o.kafka);
	size_t owed = t->count;
	unsigned failed = 1;

	while (t->count && owed) {
		size_t had, done;

		status = serve(t, failed, &served_ms, err);
		if (status || !t->count || !txn_is_ready(t))
			break;
		if (failed > 1) /* it waited, and does what came as well */
			owed = t->count;
		had = t->count;
		status = replay_once(t, window, err);
		if (!status) {
			done = had - t->count;
			owed -= done < owed ? done : owed;
			failed = 0;
			window = window < t->o.commit_events
					 ? window * 2
					 : t->o.commit_events;
		} else {
			failed++;
			status = txn_undo(t, status, &window, err);
		}
		if (status)
			break;
		if (t->count && txn_should_stop(t)) {
			txn_forget_all(t);
			break;
		}
	}
	return status;
}

enum lethe_status
txn_recover(struct txn *t, enum lethe_status status, struct lethe_error *err)
{
	size_t window = t->o.commit_events;

	status = txn_undo(t, status, &window, err);
	return status ? status : txn_replay(t, window, err);
}
