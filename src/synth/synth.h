#ifndef SYNTH_SYNTH_H
#define SYNTH_SYNTH_H

/*
 * Synthetic shoppers: Segment-shaped events of about 1 to 2 KB from a seed.
 * Sessions, Zipf-distributed items, repeat visits, purchases after views, a mix
 * of consents, planted personal data with a recognisable canary in every leaf
 * that must not leave, and a stated share of poison.  With tastes each shopper
 * likes two kinds of items and has an hour of the day: something to learn, and
 * to be known by.  The same seed and options give the same events.
 */

#include "base/error.h"
#include "event/writer.h"

/* Stands in every value that must not leave. */
#define SYNTH_CANARY "cAnArY"

#define SYNTH_TASTES_MAX 1024

struct synth_options {
	uint64_t seed;
	size_t shoppers;  /* how many people there are */
	size_t tastes;	  /* kinds of items to like; 0: all like the same */
	double poison;	  /* share of broken events, 0..1 */
	int64_t start_ms; /* event time of the first event */
	int64_t step_ms;  /* mean time between events */
	enum event_format format;
};

struct synth;

LETHE_CHECKED enum lethe_status synth_new(const struct synth_options *options,
	struct synth **out, struct lethe_error *err);
void synth_free(struct synth *s);

struct synth_event {
	struct slice value; /* until the next call */
	struct slice key;   /* the raw key: the shopper; until the next call */
	int64_t time_ms;
	bool poison;
};

/*
 * The next event.
 *
 *   time_ms   event time, or INT64_MIN to go on by step_ms
 */
void synth_next(struct synth *s, int64_t time_ms, struct synth_event *out);

#endif
