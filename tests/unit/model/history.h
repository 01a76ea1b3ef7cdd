#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

/*
 * Random histories: lives of a process, one after the other, until each input
 * of the model of a cluster has had its effect.
 */

#include "unit/model/cluster.h"

/* One life: until all is done, it fails, or is killed. */
typedef enum lethe_status life_fn(struct kafka *k, struct lethe_error *err);

static inline void
check_history(const struct kafka *k)
{
	for (int p = 0; p < PARTITIONS; p++)
		must(k->next[p] == k->length[p] && k->group[p] == k->length[p],
			"seed %lu: partition %d: %ld of %ld done, %ld "
			"committed",
			(unsigned long)k->seed, p, (long)k->next[p],
			(long)k->length[p], (long)k->group[p]);
}

/* How a life ends: killed at some call, stopped at some poll, or neither. */
static inline void
draw_end(struct kafka *k)
{
	uint32_t how = roll(k, 3);

	k->calls_left = how == 0 ? 1 + roll(k, 600) : 0;
	k->polls_left = how == 1 ? 1 + roll(k, 300) : 0;
}

/* A lane that met a gap stopped; it is accepted, and another starts. */
static inline void
live_on(struct kafka *k, life_fn *live)
{
	struct lethe_error err = {0};
	enum lethe_status status = live(k, &err);

	must(status != LETHE_EGAP || has_gap(k),
		"seed %lu: a gap where there is none", (unsigned long)k->seed);
	must(lethe_status_class(status) != LETHE_CLASS_TRANSIENT,
		"seed %lu: it ends for what may pass", (unsigned long)k->seed);
	if (status == LETHE_EGAP)
		accept_gaps(k);
}

/*
 * All that befalls one group, by a seed.
 *
 *   worst   of what a broker does with a record
 */
static inline void
history(uint64_t seed, enum nature worst, life_fn *live)
{
	unsigned odd = seed % 5 * 10;
	struct kafka k;

	model_init(&k, seed);
	for (int p = 0; p < PARTITIONS; p++) {
		k.length[p] = roll(&k, LOG_MAX + 1);
		for (int i = 0; i < LOG_MAX; i++)
			if (roll(&k, 1000) < odd)
				k.nature[p][i] =
					(enum nature)(1 + roll(&k, worst));
	}
	k.trouble = 2 + seed % 7 * 15;
	k.rival = roll(&k, 3) > 0;
	k.eager = roll(&k, 2);
	k.retention = roll(&k, 8) == 0;
	k.gated = roll(&k, 3) == 0;
	k.slow = roll(&k, 2) ? 1 : 50;
	k.max_age_ms = roll(&k, 3) ? 0 : 120;
	k.ring_at_ms = roll(&k, 2) ? 0 : 1 + roll(&k, 4000);
	k.ring_lag_ms = roll(&k, 2000);
	for (int i = 0; i < 20 && !all_done(&k); i++) {
		draw_end(&k);
		live_on(&k, live);
	}
	k.trouble = 0;
	for (int i = 0; i < 4 && !all_done(&k); i++)
		live_on(&k, live);
	check_history(&k);
}

#endif
