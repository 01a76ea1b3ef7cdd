#ifndef COUNT_METRICS_H
#define COUNT_METRICS_H

/* The metrics of a job, from what its lanes have counted. */

#include "kafka/count/rows.h"
#include "kafka/count/stats.h"

struct metrics_source {
	const struct lethe_view *view; /* in force */
	const struct stats *sums;
	const struct row_totals *rows;
	const struct stats_lane *const *lanes;
	size_t lane_count;
};

/* Writes them; those of one metric together. */
void metrics_put(struct metric_page *page, const struct metrics_source *from);

/*
 * Ms that a lane has had input without getting on with it; 0 when it moves or
 * has done so within two seconds.
 */
int64_t metrics_stalled_ms(const struct stats_lane *lane);

#endif
