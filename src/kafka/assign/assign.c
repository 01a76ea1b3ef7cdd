#include "kafka/assign/self.h"

#include "base/log.h"

#define UNKNOWN_MAX 50

static void
remember(struct assign *a, enum lethe_status status,
	const struct lethe_error *err)
{
	if (!status || a->failed.status)
		return;
	a->failed = *err;
	a->failed.status = status;
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

enum lethe_status
assign_range(struct assign *a, const struct kafka_place *place, int64_t *low,
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
	status = assign_range(a, place, &low, &high, err);
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
		status = assign_catch_up(a, places, count, taken, err);
	if (!status && *taken)
		status = assign_take_newer(a, places, count, err);
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
