#include "kafka/count/metrics.h"

#include "engine/view.h"

#include <stdio.h>

#define MOVES_MS 2000

struct put {
	struct metric_page *page;
	const struct metrics_source *from;
	const struct lethe_policy *policy;
};

static bool
runs(const struct put *p, size_t purpose)
{
	return p->from->view->purposes >> purpose & 1;
}

static void
put_records(const struct put *p)
{
	for (size_t i = 0; i < p->policy->purpose_count; i++)
		if (runs(p, i))
			metric_put(p->page, METRIC_RECORDS,
				METRIC_LABELS(p->policy->purposes[i].name),
				(double)p->from->sums->records[i]);
}

static void
put_rekeys(const struct put *p)
{
	for (size_t i = 0; i < p->policy->purpose_count; i++)
		if (runs(p, i) && p->policy->purposes[i].identity_count)
			metric_put(p->page, METRIC_REKEYS,
				METRIC_LABELS(p->policy->purposes[i].name),
				(double)p->from->sums->rekeys[i]);
}

/* What was written because of consent, where the policy asks for it. */
static void
put_consent(const struct put *p)
{
	for (size_t i = 0; i < p->policy->purpose_count; i++)
		if (runs(p, i) && p->policy->purposes[i].notify)
			metric_put(p->page, METRIC_FORGETS,
				METRIC_LABELS(p->policy->purposes[i].name),
				(double)p->from->sums->forgets[i]);
	if (p->policy->ledger.remembers)
		metric_put(p->page, METRIC_OBJECTIONS, NULL,
			(double)p->from->sums->values[STAT_OBJECTIONS]);
}

static void
put_drops_of(const struct put *p, size_t purpose)
{
	for (int r = LETHE_REASON_NONE + 1; r < LETHE_REASON_COUNT; r++)
		if (lethe_reason_scope((enum lethe_reason)r) ==
			LETHE_SCOPE_PURPOSE)
			metric_put(p->page, METRIC_DROPPED,
				METRIC_LABELS(p->policy->purposes[purpose].name,
					lethe_reason_name(
						(enum lethe_reason)r)),
				(double)p->from->sums->drops[purpose][r]);
}

static void
put_drops(const struct put *p)
{
	const uint64_t *whole = p->from->sums->drops[STATS_PURPOSES - 1];

	for (int r = LETHE_REASON_NONE + 1; r < LETHE_REASON_COUNT; r++)
		if (lethe_reason_scope((enum lethe_reason)r) ==
			LETHE_SCOPE_EVENT)
			metric_put(p->page, METRIC_EVENTS_DROPPED,
				METRIC_LABELS(lethe_reason_name(
					(enum lethe_reason)r)),
				(double)whole[r]);
	for (size_t i = 0; i < p->policy->purpose_count; i++)
		if (runs(p, i))
			put_drops_of(p, i);
}

static void
put_poison(const struct put *p)
{
	for (int i = 0; i < LETHE_STATUS_COUNT; i++)
		if (lethe_status_class((enum lethe_status)i) ==
			LETHE_CLASS_POISON)
			metric_put(p->page, METRIC_QUARANTINED,
				METRIC_LABELS(lethe_status_name(
					(enum lethe_status)i)),
				(double)p->from->sums->poison[i]);
}

static void
put_values(const struct put *p, const struct row_total *row)
{
	metric_put(p->page, METRIC_FIELD_VALUES,
		METRIC_LABELS(p->policy->purposes[row->purpose].name, row->as,
			field_did_name(row->did)),
		(double)row->cells[LETHE_MISFIT_NONE]);
}

static void
put_misfits(const struct put *p, const struct row_total *row)
{
	for (int m = LETHE_MISFIT_NONE + 1; m < LETHE_MISFIT_COUNT; m++)
		metric_put(p->page, METRIC_FIELD_MISFITS,
			METRIC_LABELS(p->policy->purposes[row->purpose].name,
				row->as,
				lethe_misfit_name((enum lethe_misfit)m)),
			(double)row->cells[m]);
}

static void
put_rows(const struct put *p)
{
	const struct row_totals *t = p->from->rows;

	for (size_t i = 0; i < t->count; i++)
		if (runs(p, t->rows[i].purpose))
			put_values(p, &t->rows[i]);
	for (size_t i = 0; i < t->count; i++)
		if (runs(p, t->rows[i].purpose))
			put_misfits(p, &t->rows[i]);
}

int64_t
metrics_stalled_ms(const struct stats_lane *lane)
{
	int64_t still = stats_still_ms(lane);

	return still > MOVES_MS ? still : 0;
}

static void
put_lane(const struct put *p, enum metric m, size_t lane, double value)
{
	char name[24];

	snprintf(name, sizeof(name), "%zu", lane);
	metric_put(p->page, m, METRIC_LABELS(name), value);
}

static void
put_lanes(const struct put *p)
{
	const struct stats_lane *const *lanes = p->from->lanes;
	size_t count = p->from->lane_count;

	metric_put(p->page, METRIC_LANES, NULL, (double)count);
	for (size_t i = 0; i < count; i++)
		put_lane(p, METRIC_LAG, i,
			(double)stats_value(lanes[i], STAT_LAG));
	for (size_t i = 0; i < count; i++)
		put_lane(p, METRIC_PARTITIONS, i,
			(double)stats_value(lanes[i], STAT_PARTITIONS));
	for (size_t i = 0; i < count; i++)
		put_lane(p, METRIC_STALLED, i,
			(double)metrics_stalled_ms(lanes[i]) / 1000);
}

static void
put_transactions(const struct put *p)
{
	static const char *const queues[] = {"fetched", "retained", "unsent"};
	const struct stats *s = p->from->sums;

	metric_put(p->page, METRIC_TRANSACTIONS, METRIC_LABELS("committed"),
		(double)s->values[STAT_COMMITS]);
	metric_put(p->page, METRIC_TRANSACTIONS, METRIC_LABELS("aborted"),
		(double)s->values[STAT_ABORTS]);
	metric_put_histogram(p->page, METRIC_TRANSACTION_SECONDS,
		&s->spans[SPAN_TRANSACTION]);
	metric_put_histogram(p->page, METRIC_EVENT_AGE, &s->spans[SPAN_AGE]);
	metric_put(p->page, METRIC_REBALANCES, NULL,
		(double)s->values[STAT_REBALANCES]);
	metric_put(p->page, METRIC_RECREATIONS, NULL,
		(double)s->values[STAT_RECREATIONS]);
	for (int i = 0; i < QUEUE_COUNT; i++)
		metric_put(p->page, METRIC_QUEUE, METRIC_LABELS(queues[i]),
			(double)s->queues[i]);
}

static void
put_purposes(const struct put *p)
{
	const struct policy_purpose *purposes = p->policy->purposes;

	for (size_t i = 0; i < p->policy->purpose_count; i++)
		if (runs(p, i) && p->from->sums->epochs[i])
			metric_put(p->page, METRIC_EPOCH,
				METRIC_LABELS(purposes[i].name),
				(double)p->from->sums->epochs[i]);
	for (size_t i = 0; i < p->policy->purpose_count; i++)
		if (runs(p, i) && purposes[i].expires_ms != INT64_MAX)
			metric_put(p->page, METRIC_EXPIRES,
				METRIC_LABELS(purposes[i].name),
				(double)purposes[i].expires_ms / 1000);
}

void
metrics_put(struct metric_page *page, const struct metrics_source *from)
{
	const struct stats *s = from->sums;
	const struct put p = {page, from, from->view->policy};

	metric_put(page, METRIC_EVENTS, NULL, (double)s->values[STAT_EVENTS]);
	metric_put(page, METRIC_EVENT_BYTES, NULL,
		(double)s->values[STAT_BYTES_IN]);
	put_records(&p);
	metric_put(page, METRIC_RECORD_BYTES, NULL,
		(double)s->values[STAT_BYTES_OUT]);
	put_rekeys(&p);
	put_consent(&p);
	put_drops(&p);
	put_poison(&p);
	put_rows(&p);
	put_lanes(&p);
	put_transactions(&p);
	put_purposes(&p);
}
