#ifndef DAEMON_YIELD_H
#define DAEMON_YIELD_H

/*
 * The share of the last minutes' events meant for a purpose that gave it a
 * record.
 */

#include "kafka/count/stats.h"

#define YIELD_EVERY_MS 10000
#define YIELD_SAMPLES 31 /* five minutes, and where they began */

struct yield_sample {
	uint64_t records[STATS_PURPOSES];
	uint64_t meant[STATS_PURPOSES];
};

struct yields {
	struct yield_sample samples[YIELD_SAMPLES]; /* a ring */
	size_t count, last;
};

/* Every YIELD_EVERY_MS. */
void yields_sample(struct yields *y, const struct stats *sums);

/* Negative when no event of the window was meant for the purpose. */
double yields_of(const struct yields *y, size_t purpose);

#endif
