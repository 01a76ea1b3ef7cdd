#ifndef KAFKA_WAKER_H
#define KAFKA_WAKER_H

/*
 * Wakes the client library's fetchers.  Before librdkafka 2.2.0 the thread of
 * a broker sleeps up to a second once the fetch queue is full, however soon
 * the lane has emptied it; a small request to that broker ends the sleep.
 *
 * One thread a process.  A broker is asked only by a consumer whose queue was
 * nearly full within the last second and has run low since, only if it leads
 * one of that consumer's partitions, and never oftener than the setting
 * `fetch.wake` says, all lanes together.  One that does not answer is left
 * alone for a while.
 */

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kafka; /* one lane's clients */

/* A broker, and a partition it leads. */
struct wake_leader {
	int32_t broker;
	int32_t partition;
	size_t topic; /* index into the job's input topics */
};

enum wake_answer {
	WAKE_ANSWERED,
	WAKE_MOVED, /* one no longer leads its partition */
	WAKE_AWAY,  /* one gave no answer in time */
};

/* What it asks of the client library; each call blocks half a second at most.
 */
struct wake_ops {
	/*
	 * How full the fetch queue is, in percent; may be above 100.
	 *
	 *   moved   whether anything was read since the call before
	 */
	unsigned (*fill)(struct kafka *k, bool *moved);

	/* A partition of each broker that leads assigned ones; how many. */
	size_t (*leaders)(struct kafka *k, struct wake_leader *out, size_t max);

	/* One small request to each of these brokers, all at the same time; of
	   their answers the worst. */
	enum wake_answer (*ask)(
		struct kafka *k, const struct wake_leader *at, size_t count);
	int64_t (*now_ns)(void); /* only goes forward */
};

struct waker;

/*
 *   ops       borrowed as long as it lives
 *   lanes     how many consumers at most
 *   per_s     requests a second and broker, at least 1
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status
waker_new(const struct wake_ops *ops, size_t lanes, unsigned per_s,
	struct waker **out, struct lethe_error *err);

/* Starts the thread, with the caller's mask of signals.  Fails: ENOMEM. */
LETHE_CHECKED enum lethe_status
waker_start(struct waker *w, struct lethe_error *err);
void waker_free(struct waker *w); /* or NULL; joins the thread */

/*
 * A lane's consumer is there; its assignment has changed; it is about to go,
 * after which it is not touched again.  Each with `w` NULL does nothing.
 *
 * Thread: the lane's.  waker_leave waits for a call under way.
 */
void waker_enter(struct waker *w, size_t lane, struct kafka *k);
void waker_reassigned(struct waker *w, size_t lane);
void waker_leave(struct waker *w, size_t lane);

/*
 * One look at every queue, as the thread does it; ns until the next.
 *
 * Thread: the waker's, or one where it was not started.
 */
int64_t waker_turn(struct waker *w);

#endif
