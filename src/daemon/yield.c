#include "daemon/yield.h"

/* An event that a purpose does not cover was never meant for it. */
static uint64_t
meant_for(const struct stats *s, size_t purpose)
{
	uint64_t sum = s->records[purpose];

	for (int r = LETHE_REASON_NONE + 1; r < LETHE_REASON_COUNT; r++)
		if (r != LETHE_REASON_NOT_FOR_EVENT)
			sum += s->drops[purpose][r];
	return sum;
}

void
yields_sample(struct yields *y, const struct stats *sums)
{
	struct yield_sample *to;

	y->last = y->count ? (y->last + 1) % YIELD_SAMPLES : 0;
	if (y->count < YIELD_SAMPLES)
		y->count++;
	to = &y->samples[y->last];
	for (size_t i = 0; i < STATS_PURPOSES; i++) {
		to->records[i] = sums->records[i];
		to->meant[i] = meant_for(sums, i);
	}
}

double
yields_of(const struct yields *y, size_t purpose)
{
	size_t first =
		y->count < YIELD_SAMPLES ? 0 : (y->last + 1) % YIELD_SAMPLES;
	const struct yield_sample *from = &y->samples[first];
	const struct yield_sample *to = &y->samples[y->last];
	uint64_t meant = to->meant[purpose] - from->meant[purpose];

	if (!meant)
		return -1;
	return (double)(to->records[purpose] - from->records[purpose]) /
	       (double)meant;
}
