#include "kafka/lane/self.h"

#include "base/clock.h"
#include "engine/forget.h"
#include "policy/ledger_key.h"

#include <stdlib.h>

/*
 * Withdrawals, read from the consent topic.  Whatever is decided without one is
 * written within max_staleness and forget_after of when the topic showed it, or
 * aborted; the margin is for clocks that do not run alike.
 */
#define MARGIN_MS 1000

/* So many wait at most; then their partitions are paused. */
#define HELD_MAX 10000

bool
lane_is_notice(const struct lane *l, const struct kafka_message *m)
{
	return l->o.channels[m->topic] == CHANNEL_CONSENT;
}

static const struct policy_ledger *
ledger_of(const struct lane *l)
{
	return &l->now->view->policy->ledger;
}

enum lethe_status
notices_init(struct notices *n, const struct lethe_policy *policy,
	uint64_t seed, struct lethe_error *err)
{
	arena_init(&n->arena, 0);
	if (!policy_notifies(policy))
		return LETHE_OK;
	return ledger_decoder_new(
		&policy->ledger.layout, seed, &n->decoder, err);
}

void
notices_fini(struct notices *n)
{
	ledger_decoder_free(n->decoder);
	arena_fini(&n->arena);
	free(n->held);
	free(n->parts);
}

/* ---- what a record asks */

static uint64_t
withdrawn(const struct ledger_row *row, size_t purposes)
{
	uint64_t bits = 0;

	/* Nothing is known any more: all that was said is taken back. */
	if (row->kind == LEDGER_ROW_ABSENT)
		return UINT64_MAX;
	for (size_t i = 0; i < row->count && i < purposes; i++)
		if (row->entries[i].state == LEDGER_REFUSED ||
			row->entries[i].state == LEDGER_WITHDRAWN)
			bits |= UINT64_C(1) << i;
	return bits;
}

/*
 * Whom to forget; no purposes: nobody.  A record that cannot be read stops
 * everything of its subject, and says nothing of a withdrawal.
 */
static enum lethe_status
read_notice(struct lane *l, const struct kafka_message *m, struct forget *out,
	struct lethe_error *err)
{
	const struct lethe_policy *p = l->now->view->policy;
	struct slice key = slice_make(m->key, m->key ? m->key_len : 0);
	struct slice value = slice_make(m->value, m->len);
	struct policy_ledger_key whose;
	struct lethe_error why = {0};
	enum lethe_status status;

	*out = (struct forget){.now_ms = clock_now_ms()};
	if (!policy_ledger_key(p, key, &l->notices.arena, &whose))
		return LETHE_OK;
	/* An objection that is taken back is no withdrawal. */
	if (!value.ptr && whose.source != SIZE_MAX)
		return LETHE_OK;
	status = ledger_decode_of(
		l->notices.decoder, key, value, &l->notices.row, &why);
	if (lethe_status_class(status) == LETHE_CLASS_POISON)
		return LETHE_OK;
	if (status)
		return fail_with(err, &why);
	if (value.ptr && l->notices.row.kind == LEDGER_ROW_ABSENT)
		return LETHE_OK;
	out->purposes = withdrawn(&l->notices.row, p->purpose_count);
	if (whose.source != SIZE_MAX)
		out->purposes &= forget_hear(p, whose.source);
	else
		out->purposes &= forget_hear(p, p->ledger.source);
	out->class = whose.class;
	out->identifier = whose.identifier;
	if (!forget_is_asked(l->now->view, out->purposes, out->class))
		out->purposes = 0;
	return LETHE_OK;
}

enum lethe_status
lane_notice(struct lane *l, const struct kafka_message *m,
	enum lethe_status refused, struct lethe_error *err)
{
	struct forget f;
	enum lethe_status status;

	if (refused)
		return fail(err, LETHE_EDENIED, 0,
			"a purpose's topic refuses a record of kind forget: "
			"its max.message.bytes is too small");
	status = read_notice(l, m, &f, err);
	return status || !f.purposes ? status
				     : forget_tell(l->now->view, l->scratch, &f,
					       &l->sink, err);
}

/* ---- until it may be told */

static struct notice_part *
part_of(struct notices *n, int32_t partition, struct lethe_error *err)
{
	size_t count = (size_t)partition + 1;
	struct notice_part *more;

	if (count > n->part_count) {
		more = reallocarray(n->parts, count, sizeof(*more));
		if (!more) {
			(void)fail(err, LETHE_ENOMEM, 0, "no memory");
			return NULL;
		}
		memset(more + n->part_count, 0,
			(count - n->part_count) * sizeof(*more));
		n->parts = more;
		n->part_count = count;
	}
	return &n->parts[partition];
}

static enum lethe_status
set_paused(
	struct lane *l, int32_t partition, bool paused, struct lethe_error *err)
{
	struct notices *n = &l->notices;
	const struct kafka_place place = {.topic = n->topic,
		.partition = partition,
		.offset = OFFSET_NONE};
	enum lethe_status status =
		l->o.ops->pause(l->o.kafka, &place, 1, paused, err);

	/* It is on its way elsewhere: a rebalance tells. */
	if (lethe_status_class(status) == LETHE_CLASS_TRANSIENT)
		return LETHE_OK;
	if (status)
		return status;
	if ((size_t)partition < n->part_count)
		n->parts[partition].paused = paused;
	n->ever = n->ever || paused;
	return LETHE_OK;
}

static enum lethe_status
put(struct notices *n, struct kafka_message *m, int64_t due_ms,
	struct notice_part *part, struct lethe_error *err)
{
	if (n->first && n->first + n->count == n->cap) {
		memmove(n->held, n->held + n->first,
			n->count * sizeof(*n->held));
		n->first = 0;
	}
	if (n->count == n->cap) {
		size_t cap = n->cap ? 2 * n->cap : 64;
		struct notice *more = reallocarray(n->held, cap, sizeof(*more));

		if (!more)
			return fail(err, LETHE_ENOMEM, 0, "no memory");
		n->held = more;
		n->cap = cap;
	}
	part->count++;
	part->next = m->offset + 1;
	n->held[n->first + n->count++] = (struct notice){*m, due_ms};
	*m = (struct kafka_message){0};
	return LETHE_OK;
}

/*
 * From when the topic shows it here: its own time may be of another clock, and
 * of long before its transaction was committed.
 */
static enum lethe_status
due_of(struct lane *l, const struct kafka_message *m, int64_t *due_ms,
	struct lethe_error *err)
{
	const struct policy_ledger *ledger = ledger_of(l);
	struct forget f;
	enum lethe_status status = read_notice(l, m, &f, err);

	*due_ms = 0;
	if (!status && f.purposes)
		*due_ms = l->o.ops->now_ms(l->o.kafka) +
			  ledger->max_staleness_ms + ledger->forget_after_ms +
			  MARGIN_MS;
	return status;
}

enum lethe_status
lane_hold(
	void *ctx, struct kafka_message *m, bool *held, struct lethe_error *err)
{
	struct lane *l = ctx;
	struct notices *n = &l->notices;
	struct notice_part *part;
	enum lethe_status status;
	int64_t due_ms;

	*held = false;
	/* Once: when it is done another message may lie in its place. */
	if (m->handle == n->letting) {
		n->letting = NULL;
		return LETHE_OK;
	}
	if (!lane_is_notice(l, m))
		return LETHE_OK;
	n->topic = m->topic;
	part = part_of(n, m->partition, err);
	if (!part)
		return LETHE_ENOMEM;
	if (part->count && m->offset < part->next) {
		*held = true;
		l->o.ops->release(l->o.kafka, m);
		return LETHE_OK;
	}
	status = due_of(l, m, &due_ms, err);
	/* What tells nobody need not wait, but behind what does. */
	if (status || (!due_ms && !part->count))
		return status;
	if (n->count >= HELD_MAX && !part->paused)
		status = set_paused(l, m->partition, true, err);
	if (!status)
		status = put(n, m, due_ms, part, err);
	*held = !status;
	return status;
}

/* Forgets what waits of a partition, or of all: it is read anew, by whoever
 * has it then. */
static void
drop(struct lane *l, const struct kafka_place *place)
{
	struct notices *n = &l->notices;
	size_t kept = 0;

	for (size_t i = 0; i < n->count; i++) {
		struct kafka_message *m = &n->held[n->first + i].m;

		if (!place || (m->topic == place->topic &&
				      m->partition == place->partition))
			l->o.ops->release(l->o.kafka, m);
		else
			n->held[kept++] = n->held[n->first + i];
	}
	n->first = 0;
	n->count = kept;
	for (size_t i = 0; i < n->part_count; i++)
		if (!place || (size_t)place->partition == i)
			n->parts[i] = (struct notice_part){0};
}

void
lane_drop_notices(void *ctx, const struct kafka_place *places, size_t count)
{
	struct lane *l = ctx;

	if (!places)
		drop(l, NULL);
	for (size_t i = 0; places && i < count; i++)
		if (l->o.channels[places[i].topic] == CHANNEL_CONSENT)
			drop(l, &places[i]);
}

bool
lane_holds(const struct lane *l, size_t topic, int32_t partition)
{
	const struct notices *n = &l->notices;

	return l->o.channels[topic] == CHANNEL_CONSENT &&
	       (size_t)partition < n->part_count && n->parts[partition].paused;
}

/* Gives on the first that waits. */
static enum lethe_status
let_go(struct lane *l, struct lethe_error *err)
{
	struct notices *n = &l->notices;
	struct kafka_message m = n->held[n->first].m;
	enum lethe_status status;

	n->first++;
	n->count--;
	n->parts[m.partition].count--;
	n->letting = m.handle;
	status = txn_take(&l->txn, &m, err);
	n->letting = NULL;
	return status;
}

/* Where few enough wait, more are read; and what a rebalance brought is not
 * paused, though the library may remember that it was. */
static enum lethe_status
resume(struct lane *l, struct lethe_error *err)
{
	struct notices *n = &l->notices;
	bool anew = n->ever && n->rebalances != l->assign.rebalances;
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < n->part_count; i++)
		if ((n->parts[i].paused && n->count <= HELD_MAX / 2) ||
			(anew && !n->parts[i].paused &&
				slots_get(&l->slots, n->topic, (int32_t)i)))
			status = set_paused(l, (int32_t)i, false, err);
	n->rebalances = l->assign.rebalances;
	return status;
}

int
lane_notice_wait_ms(const struct lane *l, int most)
{
	const struct notices *n = &l->notices;
	int64_t left;

	if (!n->count)
		return most;
	left = n->held[n->first].due_ms - l->o.ops->now_ms(l->o.kafka);
	return left < 0 ? 0 : left < most ? (int)left : most;
}

enum lethe_status
lane_let_notices(struct lane *l, struct lethe_error *err)
{
	struct notices *n = &l->notices;
	enum lethe_status status = LETHE_OK;

	/* It waits for its time, and lane and group are well. */
	if (n->count)
		stats_moved(l->stats);
	while (!status && n->count && !txn_is_due(&l->txn) &&
		n->held[n->first].due_ms <= l->o.ops->now_ms(l->o.kafka))
		status = let_go(l, err);
	/* At a shut gate nothing is read, whoever has room. */
	return status || !n->ever || l->gate.paused ? status : resume(l, err);
}
