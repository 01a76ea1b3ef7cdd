#ifndef COUNT_STATS_H
#define COUNT_STATS_H

/*
 * What a lane has counted.  Counts of a transaction wait until its commit, so
 * that what is done twice is counted once; then they are added to atomics that
 * any thread may read.
 */

#include "lethe/process.h"

#include "base/metric.h"

#include <stdatomic.h>

/* X(CODE, "name", what it is) */
#define STATS_MAP(X) \
	X(EVENTS, "events", "events taken") \
	X(BYTES_IN, "bytes_in", "bytes of them") \
	X(RECORDS, "records", "records written") \
	X(BYTES_OUT, "bytes_out", "bytes of them") \
	X(REKEYS, "rekeys", "records that tell a person's new token") \
	X(OBJECTIONS, "objections", "objections written to the ledger") \
	X(QUARANTINED, "quarantined", "events put into the quarantine") \
	X(COMMITS, "commits", "transactions committed") \
	X(ABORTS, "aborts", "transactions aborted") \
	X(RECREATIONS, "recreations", "producers made anew") \
	X(REBALANCES, "rebalances", "changes of the assignment") \
	X(PARTITIONS, "partitions", "partitions assigned now") \
	X(LAG, "lag", "messages that wait in them")

enum statistic {
#define X(code, name, text) STAT_##code,
	STATS_MAP(X)
#undef X
		STAT_COUNT
};

const char *stat_name(enum statistic stat);

#define STATS_PURPOSES 65 /* 64, and one for the whole event */

/* Durations that a lane observes. */
enum stats_span {
	SPAN_TRANSACTION, /* from its begin to the answer to its commit */
	SPAN_AGE,	  /* of its oldest event then */
	SPAN_COUNT
};

/* Where bytes wait. */
enum stats_queue {
	QUEUE_FETCHED,	/* in the consumer */
	QUEUE_RETAINED, /* until their commit; the most at once of late */
	QUEUE_UNSENT,	/* in the producer */
	QUEUE_COUNT
};

/* Read by anybody: sums, or one lane's. */
struct stats {
	uint64_t values[STAT_COUNT];
	uint64_t poison[LETHE_STATUS_COUNT];
	uint64_t drops[STATS_PURPOSES][LETHE_REASON_COUNT];
	uint64_t records[STATS_PURPOSES];
	uint64_t rekeys[STATS_PURPOSES];
	uint64_t forgets[STATS_PURPOSES];
	uint64_t epochs[STATS_PURPOSES]; /* the last; 0: none yet */
	struct histogram spans[SPAN_COUNT];
	uint64_t queues[QUEUE_COUNT]; /* bytes */
};

/* Drops for a reason over all purposes. */
uint64_t stats_drops(const struct stats *s, enum lethe_reason reason);

struct stats_pending {
	uint64_t values[STAT_COUNT];
	uint64_t poison[LETHE_STATUS_COUNT];
	uint64_t drops[STATS_PURPOSES][LETHE_REASON_COUNT];
	uint64_t records[STATS_PURPOSES];
	uint64_t rekeys[STATS_PURPOSES];
	uint64_t forgets[STATS_PURPOSES];
	uint64_t epochs[STATS_PURPOSES];
	int64_t oldest_ms; /* the broker's time of the oldest event; 0: none */
};

/* A lane's, on cache lines of its own. */
struct stats_lane {
	_Alignas(64) struct stats_pending pending; /* the lane's alone */
	_Alignas(64) _Atomic uint64_t values[STAT_COUNT];
	_Atomic uint64_t poison[LETHE_STATUS_COUNT];
	_Atomic uint64_t drops[STATS_PURPOSES][LETHE_REASON_COUNT];
	_Atomic uint64_t records[STATS_PURPOSES];
	_Atomic uint64_t rekeys[STATS_PURPOSES];
	_Atomic uint64_t forgets[STATS_PURPOSES];
	_Atomic uint64_t epochs[STATS_PURPOSES];
	_Atomic uint64_t spans[SPAN_COUNT][HISTOGRAM_BUCKETS];
	_Atomic uint64_t span_sums_ms[SPAN_COUNT];
	_Atomic uint64_t queues[QUEUE_COUNT];
	_Atomic int64_t moved_ms; /* by the monotonic clock; 0: not at work */
};

/* A lane's counts, all zero; NULL without memory. */
struct stats_lane *stats_new(void);
void stats_free(struct stats_lane *l); /* or NULL */

/* The row of a purpose, LETHE_NO_PURPOSE included. */
static inline size_t
stats_purpose(size_t purpose)
{
	return purpose < STATS_PURPOSES - 1 ? purpose : STATS_PURPOSES - 1;
}

/* The pending counts hold: adds them.  They do not: forgets them. */
void stats_publish(struct stats_lane *l);
void stats_forget(struct stats_lane *l);

/* Sets a value that is no sum. Thread: the lane's. */
void stats_set(struct stats_lane *l, enum statistic stat, uint64_t value);

/* Observes a duration.  Thread: the lane's. */
void stats_observe(struct stats_lane *l, enum stats_span span, int64_t ms);

/* Bytes that wait.  Thread: the lane's. */
void stats_queue(struct stats_lane *l, enum stats_queue queue, uint64_t bytes);

/* The lane has done something, or has nothing to do. Thread: the lane's. */
void stats_moved(struct stats_lane *l);

/* It does not work any more. Thread: the lane's. */
void stats_ended(struct stats_lane *l);

/* Ms since it last moved; 0 of one that is not at work.  Thread: any. */
int64_t stats_still_ms(const struct stats_lane *l);

/* One value of a lane.  Thread: any. */
uint64_t stats_value(const struct stats_lane *l, enum statistic stat);

/* Adds a lane's counts to `out`.  Thread: any. */
void stats_add(const struct stats_lane *l, struct stats *out);

#endif
