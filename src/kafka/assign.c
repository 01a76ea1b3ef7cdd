#include "kafka/assign.h"

#include "kafka/offsets/words.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

#define RETRY_MS 100
#define BEHIND_MS 10000
#define UNKNOWN_MAX 50

static const struct txn_options *
lane_of(const struct assign *a)
{
	return &a->o.txn->o;
}

static void
remember(struct assign *a, enum lethe_status status,
	const struct lethe_error *err)
{
	if (!status || a->failed.status)
		return;
	a->failed = *err;
	a->failed.status = status;
}

static bool
should_stop(const struct assign *a)
{
	return atomic_load_explicit(lane_of(a)->stop, memory_order_relaxed);
}

/* Whether a question is asked again, after a while; not of a lane that is to
 * stop, whose answer then is EAGAIN. */
static bool
asks_again(const struct assign *a, enum lethe_status status,
	const struct lethe_error *err)
{
	const struct txn_options *o = lane_of(a);

	if (status != LETHE_EAGAIN || should_stop(a))
		return false;
	LOG(LOG_WARN, "assign_retry", LOG_NUMBER("lane", o->lane),
		LOG_TEXT("why", err->what),
		LOG_TEXT("do", "nothing: it is asked again"));
	o->ops->sleep(o->kafka, RETRY_MS);
	return true;
}

static enum lethe_status
ask_range(struct assign *a, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err)
{
	const struct txn_options *o = lane_of(a);
	enum lethe_status status;
	unsigned unknown = 0;

	do {
		status = o->ops->range(o->kafka, place, low, high, err);
		/* A leader may not know yet of a partition that is new. */
		if (status == LETHE_ENOTOPIC && unknown++ < UNKNOWN_MAX)
			status = LETHE_EAGAIN;
	} while (asks_again(a, status, err));
	return status;
}

/* Where a partition without a committed offset begins. */
static enum lethe_status
first_start(
	struct assign *a, struct kafka_place *place, struct lethe_error *err)
{
	const struct start_rule *rule = &a->o.rules[place->topic];
	bool ask = rule->virgin && place->partition < rule->partitions;
	int64_t low, high;
	enum lethe_status status;

	if (rule->at_end)
		ask = false;
	if (ask && a->o.start == START_AT_NOTHING)
		return fail(err, LETHE_ESTART, 0,
			"the group has no offset for %.60s: set `start` to "
			"earliest or latest",
			lane_of(a)->topics[place->topic]);
	status = ask_range(a, place, &low, &high, err);
	if (status)
		return status;
	place->offset = rule->at_end || (ask && a->o.start == START_AT_LATEST)
				? high
				: low;
	return LETHE_OK;
}

static enum lethe_status
ask_committed(struct assign *a, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	const struct txn_options *o = lane_of(a);
	enum lethe_status status;

	if (!count)
		return LETHE_OK;
	do
		status = o->ops->committed(o->kafka, places, count, err);
	while (asks_again(a, status, err));
	return status;
}

/* The first place on which the group has been further than is held. */
static enum lethe_status
check_held(const struct assign *a, const struct kafka_place *places,
	size_t count, const struct kafka_place **ahead, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < count; i++) {
		*ahead = &places[i];
		status = held_check(
			a->o.held(a->o.held_ctx), &places[i].held, err);
	}
	return status;
}

static void
tell_behind(const struct assign *a, const struct kafka_place *p,
	const struct lethe_error *err)
{
	LOG(LOG_WARN, "behind", LOG_NUMBER("lane", lane_of(a)->lane),
		LOG_TEXT("topic", lane_of(a)->topics[p->topic]),
		LOG_NUMBER("partition", p->partition),
		LOG_TEXT("why", err->what), LOG_NUMBER("waits_ms", BEHIND_MS),
		LOG_TEXT("do", "bring the newer file to this instance; "
			       "without it the process stops"));
}

static void
set_behind(struct assign *a, bool behind)
{
	atomic_store_explicit(&a->behind, behind, memory_order_relaxed);
}

/* What is open ends first, as before a partition goes: it need not wait. */
static enum lethe_status
begin_wait(struct assign *a, const struct kafka_place *ahead,
	struct lethe_error *err)
{
	tell_behind(a, ahead, err);
	set_behind(a, true);
	return txn_revoke(a->o.txn, NULL, 0, false, err);
}

/*
 * Waits until what is held is as new as what the group has seen.  No message
 * of these partitions can come before they are taken.
 *
 *   taken   false: the lane is to stop meanwhile
 *
 * Fails: EBEHIND; as txn_revoke.
 */
static enum lethe_status
catch_up(struct assign *a, const struct kafka_place *places, size_t count,
	bool *taken, struct lethe_error *err)
{
	const struct txn_options *o = lane_of(a);
	int64_t until = o->ops->now_ms(o->kafka) + BEHIND_MS;
	const struct kafka_place *ahead;
	enum lethe_status status = LETHE_OK, ended = LETHE_OK;

	*taken = true;
	while (a->o.held &&
		(status = check_held(a, places, count, &ahead, err))) {
		if (!assign_is_behind(a))
			ended = begin_wait(a, ahead, err);
		*taken = !should_stop(a);
		if (ended || !*taken || o->ops->now_ms(o->kafka) >= until)
			break;
		o->ops->sleep(o->kafka, RETRY_MS);
	}
	set_behind(a, false);
	if (ended)
		return ended;
	return *taken ? status : LETHE_OK;
}

/* Whether what the open transaction goes by is older than the group has seen.
 */
static bool
is_older(const struct assign *a, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	const struct held *own = a->o.txn->held;

	for (size_t i = 0; a->o.held && own && i < count; i++)
		if (held_check(own, &places[i].held, err))
			return true;
	return false;
}

/*
 * What is held is as new, but it is taken between two transactions: what is
 * open ends first.  What could not be ended is done again by what is older, and
 * messages of these partitions would be among it.
 *
 * Fails: EABORT, so that another consumer takes them; as txn_revoke.
 */
static enum lethe_status
take_newer(struct assign *a, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	enum lethe_status status;

	if (!is_older(a, places, count, err))
		return LETHE_OK;
	status = txn_revoke(a->o.txn, NULL, 0, false, err);
	if (status)
		return status;
	(void)a->o.held(a->o.held_ctx);
	return is_older(a, places, count, err)
		       ? fail(err, LETHE_EABORT, 0,
				 "what is retained is of an older ring or "
				 "policy than its new partitions")
		       : LETHE_OK;
}

/*
 *   read   nothing is left before it
 */
static void
set_end(struct slot *s, int64_t until, int64_t read)
{
	s->until = until;
	s->ended = read >= until;
}

static enum lethe_status
take_places(struct assign *a, struct kafka_place *places, size_t count,
	bool *taken, struct lethe_error *err)
{
	const struct txn_options *o = lane_of(a);
	enum lethe_status status = ask_committed(a, places, count, err);

	if (!status)
		status = catch_up(a, places, count, taken, err);
	if (!status && *taken)
		status = take_newer(a, places, count, err);
	for (size_t i = 0; !status && *taken && i < count; i++) {
		int64_t base = places[i].offset;

		if (base == OFFSET_NONE)
			status = first_start(a, &places[i], err);
		if (!status)
			status = slots_add(o->slots, &places[i], base, err);
		if (!status && a->o.until)
			set_end(slots_get(o->slots, places[i].topic,
					places[i].partition),
				a->o.until[places[i].partition],
				places[i].offset);
		if (!status)
			LOG(LOG_INFO, "partition_assigned",
				LOG_NUMBER("lane", o->lane),
				LOG_TEXT("topic", o->topics[places[i].topic]),
				LOG_NUMBER("partition", places[i].partition),
				LOG_NUMBER("from", places[i].offset),
				LOG_TEXT("committed",
					base == OFFSET_NONE ? "no" : "yes"));
	}
	return status;
}

static void
on_assigned(void *ctx, struct kafka_place *places, size_t count)
{
	struct assign *a = ctx;
	const struct txn_options *o = lane_of(a);
	struct lethe_error err = {0};
	enum lethe_status status = a->failed.status;
	bool taken = false;

	a->rebalances++;
	/* The protocol wants an answer, even when the lane is to stop; but a
	   transaction that could not be ended would be waited for. */
	if (!status)
		status = take_places(a, places, count, &taken, &err);
	/* Given up for a stop, which is no failure: they are not taken. */
	if (status == LETHE_EAGAIN) {
		status = LETHE_OK;
		taken = false;
	}
	remember(a, status, &err);
	status = o->ops->assign(
		o->kafka, places, status || !taken ? 0 : count, &err);
	remember(a, status, &err);
}

static void
let_go(struct assign *a, const struct kafka_place *places, size_t count)
{
	if (a->o.gone)
		a->o.gone(a->o.held_ctx, places, count);
}

static void
on_revoked(void *ctx, struct kafka_place *places, size_t count)
{
	struct assign *a = ctx;
	const struct txn_options *o = lane_of(a);
	bool lost = o->ops->assignment_lost(o->kafka);
	struct lethe_error err = {0};

	remember(a, txn_revoke(a->o.txn, places, count, lost, &err), &err);
	let_go(a, lost ? NULL : places, count);
	LOG(lost ? LOG_WARN : LOG_INFO,
		lost ? "assignment_lost" : "partitions_revoked",
		LOG_NUMBER("lane", o->lane), LOG_NUMBER("partitions", count),
		LOG_TEXT("do", lost ? "nothing: what was open is aborted, and "
				      "their new owner does it"
				    : "nothing"));
	remember(a, o->ops->unassign(o->kafka, places, count, &err), &err);
}

/* Others may be at work on what is open: it is neither committed nor kept. */
static void
on_replaced(void *ctx)
{
	struct assign *a = ctx;
	struct lethe_error err = {0};

	LOG(LOG_WARN, "assignment_replaced",
		LOG_NUMBER("lane", lane_of(a)->lane),
		LOG_TEXT("do", "nothing: what was open is aborted, and its "
			       "owner by now does it"));
	remember(a, txn_revoke(a->o.txn, NULL, 0, true, &err), &err);
	let_go(a, NULL, 0);
}

static void
on_ended(void *ctx, const struct kafka_place *place)
{
	struct assign *a = ctx;
	struct slot *s =
		slots_get(lane_of(a)->slots, place->topic, place->partition);

	slots_note_end(lane_of(a)->slots, place->topic, place->partition,
		place->offset);
	if (s && a->o.until && !s->ended)
		set_end(s, a->o.until[place->partition], place->offset);
}

bool
assign_has_ended(const struct assign *a)
{
	struct slots_cursor at = {0};
	const struct slot *s;
	bool any = false;

	if (!a->o.until || a->o.txn->worked < a->o.txn->count)
		return false;
	while ((s = slots_each(lane_of(a)->slots, &at))) {
		if (!s->ended)
			return false;
		any = true;
	}
	return any;
}

void
assign_close(struct assign *a)
{
	struct slots_cursor at = {0};
	struct slot *s;

	while ((s = slots_each(lane_of(a)->slots, &at)))
		if (s->end < s->until)
			s->end = s->next = s->until;
}

void
assign_init(struct assign *a, const struct assign_options *options)
{
	*a = (struct assign){.o = *options};
	a->told = (struct kafka_rebalance){.ctx = a,
		.assigned = on_assigned,
		.revoked = on_revoked,
		.replaced = on_replaced,
		.ended = on_ended};
}

bool
assign_is_behind(const struct assign *a)
{
	return atomic_load_explicit(&a->behind, memory_order_relaxed);
}

enum lethe_status
assign_check(struct assign *a, struct lethe_error *err)
{
	struct lethe_error failed = a->failed;

	a->failed = (struct lethe_error){0};
	return failed.status ? fail_with(err, &failed) : LETHE_OK;
}

enum lethe_status
assign_failed(const struct assign *a, struct lethe_error *err)
{
	return a->failed.status && a->failed.status != LETHE_EABORT
		       ? fail_with(err, &a->failed)
		       : LETHE_OK;
}

/* Tells of a gap, and keeps the first in `err`. */
static enum lethe_status
tell_gap(const struct assign *a, const struct slot *s, enum offsets_state state,
	const struct offsets_span *gap, struct lethe_error *err)
{
	const char *topic = lane_of(a)->topics[s->topic];
	char words[OFFSETS_WORDS_BYTES], command[OFFSETS_WORDS_BYTES + 320];
	bool gone = state == OFFSETS_GAP;

	offsets_words_put(topic, s->partition, gap, words);
	(void)snprintf(command, sizeof(command),
		"`lethe offsets show` shows it; to go on without them stop "
		"every lethe of the group, then `lethe offsets accept-gap "
		"%s`, with the same --config (and --purpose)%s",
		words,
		gone ? ""
		     : ", and --recreated if the topic was made anew, or "
		       "--truncated if the log lost its tail");
	LOG(LOG_ERROR, "gap", LOG_NUMBER("lane", lane_of(a)->lane),
		LOG_TEXT("topic", topic), LOG_NUMBER("partition", s->partition),
		LOG_NUMBER("from", gap->from), LOG_NUMBER("to", gap->to),
		LOG_NUMBER("offsets", offsets_count(gap)),
		LOG_TEXT("why", gone ? "retention passed the committed offset"
				     : "the log ends below the committed "
				       "offset"),
		LOG_TEXT("do", command));
	return offsets_gap_fail(topic, s->partition, state, gap, err);
}

enum lethe_status
assign_gap(struct assign *a, struct lethe_error *err)
{
	struct slots_cursor at = {0};
	struct slot *s;
	struct lethe_error first = {0}, *to = &first;
	enum lethe_status status;

	while ((s = slots_each(lane_of(a)->slots, &at))) {
		struct kafka_place where = {.topic = s->topic,
			.partition = s->partition,
			.offset = 0};
		struct offsets_place place = {.committed = s->base};
		struct offsets_span gap;
		enum offsets_state state;

		status = ask_range(a, &where, &place.first, &place.next, err);
		if (status == LETHE_EAGAIN)
			break;
		if (status)
			return status;
		state = offsets_state(&place, &gap);
		if (state != OFFSETS_GAP && state != OFFSETS_BEYOND_END)
			continue;
		if (tell_gap(a, s, state, &gap, to))
			to = NULL;
	}
	if (first.status)
		return fail_with(err, &first);
	/* No longer ours, or a leader that did not know its own log yet. */
	return fail(err, LETHE_EABORT, 0,
		"an offset was not in the log, and is now");
}

void
assign_lag(const struct assign *a, size_t *partitions, uint64_t *lag,
	bool *has_input)
{
	const struct txn_options *o = lane_of(a);
	struct slots_cursor at = {0};
	struct kafka_place place;
	struct slot *s;
	int64_t end;

	*partitions = 0;
	*lag = 0;
	*has_input = false;
	while ((s = slots_each(o->slots, &at))) {
		place = (struct kafka_place){.topic = s->topic,
			.partition = s->partition,
			.offset = 0};
		end = o->ops->end(o->kafka, &place);
		++*partitions;
		*lag += slot_lag(s, end);
		*has_input = *has_input || slot_has_input(s, end);
	}
}
