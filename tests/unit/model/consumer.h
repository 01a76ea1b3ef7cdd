#ifndef MODEL_CONSUMER_H
#define MODEL_CONSUMER_H

/* The consumer's calls, and the whole table. */

#include "unit/model/producer.h"

static inline size_t
list_ours(struct kafka *k, struct kafka_place *places, bool all)
{
	size_t n = 0;

	for (int32_t p = 0; p < PARTITIONS; p++)
		if (k->ours[p] && (all || roll(k, 2)))
			places[n++] = (struct kafka_place){.topic = 0,
				.partition = p,
				.offset = OFFSET_NONE};
	return n;
}

/* Time passes: the gate may shut, or open. */
static inline void
gate_moves(struct kafka *k)
{
	if (k->gated && roll(k, 10) == 0)
		k->shut = !k->shut;
}

/* All, or some of our partitions go; the rest keeps flowing. */
static inline void
take_away(struct kafka *k, bool all)
{
	struct kafka_place places[PARTITIONS];
	size_t n = list_ours(k, places, all);

	if (n)
		k->told->revoked(k->told->ctx, places, n);
	for (size_t i = 0; i < n; i++) {
		int p = places[i].partition;

		k->ours[p] = false;
		rival_works(k, p);
	}
	k->joining = true;
}

/* Who was asked for a part, all of the rest, or what the rival leaves. */
static inline void
tell_given(struct kafka *k)
{
	struct kafka_place places[PARTITIONS];
	size_t n = 0;

	k->our_generation = k->told_generation = k->generation;
	k->joining = k->lost = false;
	for (int32_t p = 0; p < PARTITIONS; p++) {
		if (k->ours[p])
			continue;
		if (k->rival && goes_wrong(k))
			rival_works(k, p);
		else
			places[n++] = (struct kafka_place){.topic = 0,
				.partition = p,
				.offset = OFFSET_NONE};
	}
	k->told->assigned(k->told->ctx, places, n);
}

static inline void
give(struct kafka *k)
{
	k->generation++;
	tell_given(k);
}

/*
 * We join anew with what we have, as the library does that sees a topic change
 * while an assignment waits for its answer; others get some of it.
 */
static inline void
slip(struct kafka *k)
{
	k->our_generation = ++k->generation;
	k->slipped = true;
	for (int p = 0; p < PARTITIONS; p++)
		if (k->ours[p] && roll(k, 2))
			rival_works(k, p);
}

/* What is ours now is told, and that nothing else is. */
static inline void
tell_slipped(struct kafka *k)
{
	k->slipped = false;
	k->told->replaced(k->told->ctx);
	for (int p = 0; p < PARTITIONS; p++) {
		must(k->dead || !is_in_work(k, p),
			"seed %lu: a partition is replaced before its "
			"transaction ends",
			(unsigned long)k->seed);
		k->ours[p] = false;
	}
	tell_given(k);
}

/* We were thrown out, and do not know it yet. */
static inline void
throw_out(struct kafka *k)
{
	k->generation++;
	for (int p = 0; p < PARTITIONS; p++)
		if (k->ours[p] && roll(k, 2))
			rival_works(k, p);
}

static inline void
leave(struct kafka *k)
{
	if (k->told && !k->dead)
		take_away(k, true);
	for (int p = 0; p < PARTITIONS; p++)
		k->ours[p] = k->gapped[p] = false;
	k->our_generation = k->told_generation = -1;
	k->joining = true;
	k->lost = k->slipped = false;
}

/* No request is made: the library tells a failure without a flag. */
static inline enum lethe_status
local(struct kafka *k, enum call call, struct lethe_error *err)
{
	const struct verdict_row *row = trouble_at(k, call);

	return row ? wrong(err, client_verdict(&(struct client_failure){
					.code = row->error}))
		   : LETHE_OK;
}

static inline enum lethe_status
fake_subscribe(struct kafka *k, const struct kafka_rebalance *told,
	struct lethe_error *err)
{
	if (is_dead(k))
		return wrong(err, LETHE_EDENIED);
	leave(k);
	k->told = told;
	memset(k->paused, 0, sizeof(k->paused));
	return local(k, CALL_SUBSCRIBE, err);
}

/* Whether the group had news for us, told by now. */
static inline bool
hear_of_group(struct kafka *k)
{
	if (k->slipped && k->our_generation == k->generation) {
		tell_slipped(k);
		return true;
	}
	if (k->our_generation != k->generation && !k->joining) {
		k->slipped = false;
		k->lost = true;
		take_away(k, true);
		return true;
	}
	if (k->joining && !k->held_back && (!k->trouble || roll(k, 2))) {
		give(k);
		return true;
	}
	if (!goes_wrong(k) || k->joining)
		return false;
	if (roll(k, 3) == 0)
		throw_out(k);
	else if (k->eager && roll(k, 2))
		slip(k);
	else
		take_away(k, roll(k, 2));
	return true;
}

static inline enum lethe_status
fetch(struct kafka *k, struct kafka_message *out, struct lethe_error *err)
{
	int p = (int)roll(k, PARTITIONS);
	int64_t at = k->position[p];

	if (!k->ours[p] || k->gapped[p] || k->paused[p])
		return LETHE_OK;
	if (at < k->low[p]) {
		k->gapped[p] = true;
		return wrong(err, LETHE_EGAP);
	}
	/* A fetch from a stale position comes again. */
	if (goes_wrong(k) && at > k->low[p])
		at -= 1 + roll(k, (uint32_t)(at - k->low[p]));
	if (at >= k->length[p])
		return LETHE_OK;
	if (at == k->position[p])
		k->position[p]++;
	k->held++;
	*out = (struct kafka_message){
		.handle = k, .partition = p, .offset = at, .len = 10};
	return LETHE_OK;
}

static inline enum lethe_status
fake_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	const struct verdict_row *row;
	enum lethe_status status;

	*out = (struct kafka_message){0};
	k->polls++;
	k->clock_ms += roll(k, (uint32_t)wait_ms + 1);
	gate_moves(k);
	if (is_dead(k))
		return wrong(err, LETHE_EDENIED);
	if (all_done(k) || (k->polls_left && --k->polls_left == 0))
		*k->stop = true;
	if (k->retention && roll(k, 20) == 0)
		retention_passes(k);
	row = trouble_at(k, CALL_POLL);
	if (row) {
		status = client_verdict_poll(row->error);
		return status ? wrong(err, status) : LETHE_OK;
	}
	/* One poll may bring news upon news, and behind them a message or the
	   consumer's end. */
	while (hear_of_group(k))
		if (!k->trouble || roll(k, 2))
			return LETHE_OK;
	if (goes_wrong(k) && roll(k, 8) == 0)
		return wrong(
			err, client_verdict_poll(RD_KAFKA_RESP_ERR__FATAL));
	return fetch(k, out, err);
}

static inline size_t
fake_headers(struct kafka *k, const struct kafka_message *m,
	struct lethe_header *out, size_t max)
{
	(void)k;
	(void)m;
	(void)out;
	(void)max;
	return 0;
}

static inline void
fake_release(struct kafka *k, struct kafka_message *m)
{
	if (m->handle)
		k->held--;
	*m = (struct kafka_message){0};
}

static inline enum lethe_status
fake_assign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	enum lethe_status status = is_dead(k) ? wrong(err, LETHE_EDENIED)
					      : local(k, CALL_ASSIGN, err);

	for (size_t i = 0; !status && i < count; i++) {
		int p = places[i].partition;

		k->ours[p] = true;
		k->gapped[p] = false;
		/* Some libraries remember, some do not. */
		k->paused[p] = k->paused[p] && roll(k, 2);
		k->position[p] = places[i].offset;
	}
	return status;
}

static inline enum lethe_status
fake_unassign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	enum lethe_status status = is_dead(k) ? wrong(err, LETHE_EDENIED)
					      : local(k, CALL_UNASSIGN, err);

	for (size_t i = 0; !status && i < count; i++) {
		must(!is_in_work(k, places[i].partition),
			"seed %lu: a partition goes before its transaction "
			"ends",
			(unsigned long)k->seed);
		k->ours[places[i].partition] = false;
	}
	return status;
}

/* As those above; of a partition that went it is no failure. */
static inline enum lethe_status
fake_pause(struct kafka *k, const struct kafka_place *places, size_t count,
	bool paused, struct lethe_error *err)
{
	if (is_dead(k))
		return wrong(err, LETHE_EDENIED);
	for (size_t i = 0; i < count; i++)
		k->paused[places[i].partition] = paused;
	return LETHE_OK;
}

static inline bool
fake_assignment_lost(struct kafka *k)
{
	if (k->our_generation != k->generation && !k->joining &&
		roll(k, 3) == 0)
		k->lost = true;
	return k->lost;
}

static inline enum lethe_status
fake_committed(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	const struct verdict_row *row;

	if (is_dead(k))
		return wrong(err, LETHE_EDENIED);
	row = trouble_at(k, CALL_COMMITTED);
	if (row)
		return wrong(err, client_verdict_code(row->error));
	for (size_t i = 0; i < count; i++) {
		int32_t p = places[i].partition;

		/* An open transaction of ours would be waited for. */
		must(k->pending_offsets[p] < 0, "seed %lu",
			(unsigned long)k->seed);
		places[i].offset = k->group[p] < 0 ? OFFSET_NONE : k->group[p];
		places[i].held = k->memory[p];
	}
	return LETHE_OK;
}

static inline enum lethe_status
fake_range(struct kafka *k, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err)
{
	const struct verdict_row *row;

	if (is_dead(k))
		return wrong(err, LETHE_EDENIED);
	row = trouble_at(k, CALL_RANGE);
	if (row)
		return wrong(err, client_verdict_range(row->error));
	*low = k->low[place->partition];
	*high = k->length[place->partition];
	return LETHE_OK;
}

static inline int64_t
fake_end(struct kafka *k, const struct kafka_place *place)
{
	return k->length[place->partition];
}

static inline void
fake_queues(struct kafka *k, uint64_t *fetched, uint64_t *unsent)
{
	(void)k;
	*fetched = *unsent = 0;
}

static inline int64_t
fake_now_ms(struct kafka *k)
{
	return k->clock_ms;
}

/* Long enough, at times, that two fencings are not always the last. */
static inline void
fake_sleep(struct kafka *k, int ms)
{
	k->clock_ms += ms * k->slow;
	gate_moves(k);
	if (k->stop_at_ms && k->clock_ms >= k->stop_at_ms)
		*k->stop = true;
}

static inline void
fake_close(struct kafka *k)
{
	leave(k);
	k->told = NULL;
	k->producer = PRODUCER_NONE;
}

static const struct kafka_ops fake_ops = {
	.subscribe = fake_subscribe,
	.poll = fake_poll,
	.headers = fake_headers,
	.release = fake_release,
	.assign = fake_assign,
	.unassign = fake_unassign,
	.assignment_lost = fake_assignment_lost,
	.pause = fake_pause,
	.committed = fake_committed,
	.range = fake_range,
	.end = fake_end,
	.open = fake_open,
	.begin = fake_begin,
	.produce = fake_produce,
	.serve = fake_serve,
	.cause = fake_cause,
	.blamed = fake_blamed,
	.work_on = fake_work_on,
	.send_offsets = fake_send_offsets,
	.flush = fake_flush,
	.commit = fake_commit,
	.abort = fake_abort,
	.in_doubt = fake_in_doubt,
	.queues = fake_queues,
	.now_ms = fake_now_ms,
	.sleep = fake_sleep,
	.close = fake_close,
};

#endif
