#include "kafka/job/self.h"

#include "kafka/count/metrics.h"
#include "kafka/count/status.h"

#include <stdlib.h>

void
job_stats(const struct job *job, struct stats *out)
{
	*out = (struct stats){0};
	for (size_t i = 0; i < job->lane_count; i++)
		stats_add(lane_stats(job->lanes[i].lane), out);
}

/* Under lock: nothing is freed meanwhile. */
static enum lethe_status
add_rows(const struct job *job, struct row_totals *out)
{
	enum lethe_status status = row_totals_add_all(out, &job->past);

	for (size_t i = 0; i < job->lane_count; i++)
		for (size_t v = 0; v < 2; v++)
			if (!status && job->lanes[i].views[v].rows)
				status = row_totals_add(
					out, job->lanes[i].views[v].rows);
	return status;
}

/* In a word; NULL: there is none. */
static const char *
ledger_word(const struct job *job)
{
	struct keeper_state s;

	if (!job_ledger(job, &s))
		return NULL;
	return !s.loaded ? "loading" : s.behind ? "behind" : "current";
}

void
job_log_status(struct job *job)
{
	struct row_totals rows;
	struct stats s;

	job_stats(job, &s);
	row_totals_init(&rows);
	pthread_mutex_lock(&job->lock);
	if (!add_rows(job, &rows))
		status_log(&s, job->o.view->policy, &rows, ledger_word(job));
	pthread_mutex_unlock(&job->lock);
	row_totals_fini(&rows);
}

static double
seconds(int64_t ms)
{
	return (double)ms / 1000;
}

/* Under lock: the view gives way to another. */
static void
put_changes(const struct job *job, struct metric_page *page)
{
	const struct lethe_policy *policy = job->o.view->policy;
	struct keeper_changes changes;

	job_changes(job, &changes);
	for (size_t p = 0; p < policy->purpose_count; p++)
		for (size_t s = 0; s < LEDGER_STATES; s++)
			if (keeper_change_name(s))
				metric_put(page, METRIC_LEDGER_CHANGES,
					METRIC_LABELS(policy->purposes[p].name,
						keeper_change_name(s)),
					(double)changes.to[p][s]);
}

static void
put_ledger(struct job *job, struct metric_page *page)
{
	struct keeper_state s;

	if (!job_ledger(job, &s))
		return;
	metric_put(page, METRIC_LEDGER_ROWS, NULL, (double)s.rows);
	if (s.age_ms >= 0)
		metric_put(page, METRIC_LEDGER_AGE, NULL, seconds(s.age_ms));
	metric_put(page, METRIC_LEDGER_BEHIND, NULL, s.behind);
	metric_put(page, METRIC_LEDGER_HIDDEN, NULL, seconds(s.hidden_ms));
	metric_put(page, METRIC_LEDGER_LAG, NULL, (double)s.lag);
	if (s.silent_ms >= 0)
		metric_put(page, METRIC_LEDGER_HEARTBEAT, NULL,
			seconds(s.silent_ms));
	metric_put(page, METRIC_LEDGER_RECORDS, NULL, (double)s.records);
	metric_put(page, METRIC_LEDGER_MALFORMED, NULL, (double)s.malformed);
	metric_put(page, METRIC_LEDGER_FOREIGN, NULL, (double)s.foreign);
	metric_put(page, METRIC_LEDGER_MISPLACED, NULL, (double)s.misplaced);
	pthread_mutex_lock(&job->lock);
	put_changes(job, page);
	pthread_mutex_unlock(&job->lock);
	metric_put(page, METRIC_LEDGER_LOAD, NULL, s.share);
	if (!s.loaded && s.left_ms >= 0)
		metric_put(page, METRIC_LEDGER_LOAD_LEFT, NULL,
			seconds(s.left_ms));
}

void
job_metrics(struct job *job, struct metric_page *page)
{
	const struct stats_lane **lanes =
		calloc(job->lane_count, sizeof(*lanes));
	struct row_totals rows;
	struct stats s;

	if (!lanes) {
		page->out->full = true;
		return;
	}
	for (size_t i = 0; i < job->lane_count; i++)
		lanes[i] = lane_stats(job->lanes[i].lane);
	job_stats(job, &s);
	row_totals_init(&rows);
	pthread_mutex_lock(&job->lock);
	if (add_rows(job, &rows))
		page->out->full = true;
	else
		metrics_put(page, &(struct metrics_source){job->o.view, &s,
					  &rows, lanes, job->lane_count});
	pthread_mutex_unlock(&job->lock);
	row_totals_fini(&rows);
	free(lanes);
	put_ledger(job, page);
}

void
job_health(struct job *job, struct job_health *out)
{
	*out = (struct job_health){.lanes = job->lane_count};
	for (size_t i = 0; i < job->lane_count; i++) {
		const struct stats_lane *l = lane_stats(job->lanes[i].lane);
		int64_t still = metrics_stalled_ms(l);

		out->joined += stats_value(l, STAT_REBALANCES) > 0;
		out->partitions += stats_value(l, STAT_PARTITIONS);
		if (still > out->stalled_ms) {
			out->stalled_ms = still;
			out->stalled = i;
		}
	}
}
