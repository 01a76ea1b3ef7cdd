#include "kafka/lane/self.h"

#include <stdlib.h>

#define MOMENT_MS 1000
#define SERVE_MS 5
#define POLL_MS 50

bool
lane_is_ready(void *ctx)
{
	struct lane *l = ctx;
	const struct lane_gate *gate = l->o.gate;

	/* What comes behind an instant waits until what is open has ended. */
	if (l->txn.open && lane_is_due(l))
		return false;
	return !gate || gate->ready(gate->ctx, l->o.ops->now_ms(l->o.kafka));
}

void
lane_rest(struct lane *l)
{
	if (l->o.gate)
		l->o.gate->rest(l->o.gate->ctx);
}

void
lane_gate_reset(struct lane *l)
{
	l->gate.paused = l->gate.ever = false;
}

static enum lethe_status
list_places(struct lane *l, size_t *count, struct lethe_error *err)
{
	struct gate *g = &l->gate;
	struct slots_cursor at = {0};
	struct kafka_place *grown;
	struct slot *s;

	*count = 0;
	while ((s = slots_each(&l->slots, &at))) {
		if (lane_holds(l, s->topic, s->partition))
			continue;
		if (*count == g->cap) {
			grown = reallocarray(
				g->places, g->cap * 2 + 16, sizeof(*grown));
			if (!grown)
				return fail(err, LETHE_ENOMEM, 0,
					"no memory for partitions");
			g->places = grown;
			g->cap = g->cap * 2 + 16;
		}
		g->places[(*count)++] = (struct kafka_place){.topic = s->topic,
			.partition = s->partition,
			.offset = OFFSET_NONE};
	}
	return LETHE_OK;
}

static enum lethe_status
set_paused(struct lane *l, bool paused, struct lethe_error *err)
{
	size_t count;
	enum lethe_status status = list_places(l, &count, err);

	if (!status && count)
		status = l->o.ops->pause(
			l->o.kafka, l->gate.places, count, paused, err);
	/* A partition that is on its way: the next turn tries again. */
	if (lethe_status_class(status) == LETHE_CLASS_TRANSIENT)
		return LETHE_OK;
	if (status)
		return status;
	l->gate.paused = paused;
	l->gate.ever = l->gate.ever || paused;
	l->gate.rebalances = l->assign.rebalances;
	return LETHE_OK;
}

/* What a rebalance brought is as the rest; the library may remember a pause of
 * a partition that was away meanwhile. */
static bool
is_unsettled(const struct lane *l, bool shut)
{
	return l->gate.paused != shut ||
	       (l->gate.ever && l->gate.rebalances != l->assign.rebalances);
}

static enum lethe_status
wait_outside(struct lane *l, int *wait_ms, bool *polls, struct lethe_error *err)
{
	struct gate *g = &l->gate;
	int64_t now = l->o.ops->now_ms(l->o.kafka);

	if (!g->shut_ms)
		g->shut_ms = now ? now : 1;
	/* It stands for the ledger's sake, which tells of itself. */
	stats_moved(l->stats);
	*polls = now - g->shut_ms >= MOMENT_MS;
	if (!*polls) {
		l->o.ops->serve(
			l->o.kafka, *wait_ms < SERVE_MS ? *wait_ms : SERVE_MS);
		return LETHE_OK;
	}
	*wait_ms = *wait_ms < POLL_MS ? *wait_ms : POLL_MS;
	return is_unsettled(l, true) ? set_paused(l, true, err) : LETHE_OK;
}

enum lethe_status
lane_pass_gate(
	struct lane *l, int *wait_ms, bool *polls, struct lethe_error *err)
{
	const struct lane_gate *gate = l->o.gate;

	*polls = true;
	if (!gate)
		return LETHE_OK;
	if (!gate->may(gate->ctx, l->o.ops->now_ms(l->o.kafka)))
		return wait_outside(l, wait_ms, polls, err);
	l->gate.shut_ms = 0;
	return is_unsettled(l, false) ? set_paused(l, false, err) : LETHE_OK;
}
