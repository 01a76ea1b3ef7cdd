#include "kafka/txn/txn.h"

#include "kafka/txn/recover.h"
#include "kafka/txn/step.h"

enum lethe_status
txn_start(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status = txn_persist(t, t->o.ops->open, "open", err);

	return txn_lost_producer(status) ? txn_recreate(t, status, err)
					 : status;
}

enum lethe_status
txn_take(struct txn *t, struct kafka_message *m, struct lethe_error *err)
{
	size_t before = t->count;
	enum lethe_status status = txn_retain(t, m, err);

	if (status || t->count == before)
		return status;
	/* A rebalance inside the poll may have left older ones behind. */
	while (!status && t->worked < t->count && txn_is_ready(t))
		status = txn_work_next(t, err);
	return status ? txn_recover(t, status, err) : LETHE_OK;
}

size_t
txn_most_bytes(struct txn *t)
{
	size_t most = t->most_bytes;

	t->most_bytes = t->bytes;
	return most;
}

bool
txn_is_due(const struct txn *t)
{
	if (!t->open)
		return txn_has_dirty(t);
	return t->worked >= t->o.commit_events ||
	       t->bytes >= t->o.commit_bytes ||
	       t->o.ops->now_ms(t->o.kafka) - t->opened_ms >=
		       t->o.commit_interval_ms;
}

int
txn_wait_ms(const struct txn *t, int most)
{
	int64_t left;

	if (!t->open)
		return most;
	left = t->opened_ms + t->o.commit_interval_ms -
	       t->o.ops->now_ms(t->o.kafka);
	return left < 0 ? 0 : left < most ? (int)left : most;
}

enum lethe_status
txn_commit(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status;

	if (!t->open && !txn_has_dirty(t))
		return LETHE_OK;
	status = txn_begin(t, err);
	if (!status)
		status = txn_try_commit(t, err);
	if (status)
		return txn_recover(t, status, err);
	txn_finish(t);
	return LETHE_OK;
}

enum lethe_status
txn_settle(struct txn *t, struct lethe_error *err)
{
	if (t->open || !t->count || !txn_is_ready(t))
		return LETHE_OK;
	return txn_replay(t, t->o.commit_events, err);
}

enum lethe_status
txn_complete(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status;

	do {
		status = txn_settle(t, err);
		if (!status)
			status = txn_commit(t, err);
	} while (status == LETHE_EGAP);
	return status;
}

static enum lethe_status
abandon(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status =
		t->open ? txn_end_open(t, LETHE_EABORT, err) : LETHE_OK;

	if (t->worked)
		t->o.work->aborted(t->o.work->ctx);
	txn_forget_all(t);
	return status;
}

enum lethe_status
txn_revoke(struct txn *t, const struct kafka_place *places, size_t count,
	bool lost, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	size_t window = t->o.commit_events;

	if (lost)
		return abandon(t, err);
	if (t->open || txn_has_dirty(t)) {
		status = txn_begin(t, err);
		if (!status)
			status = txn_try_commit(t, err);
		if (!status)
			txn_finish(t);
		else
			status = txn_undo(t, status, &window, err);
	}
	for (size_t i = 0; i < count; i++) {
		txn_drop_inputs(
			t, places[i].topic, places[i].partition, INT64_MAX);
		slots_remove(t->o.slots, places[i].topic, places[i].partition);
	}
	return status;
}

enum lethe_status
txn_reset(struct txn *t, struct lethe_error *err)
{
	return abandon(t, err);
}
