#ifndef KAFKA_STATS_H
#define KAFKA_STATS_H

/*
 * What a lane has counted.  Counts of a transaction wait until its commit, so
 * that what is done twice is counted once; then they are added to atomics that
 * any thread may read.
 */

#include "lethe/process.h"

#include <stdatomic.h>

/* X(CODE, "name", what it is) */
#define STATS_MAP(X) \
	X(EVENTS, "events", "events taken") \
	X(BYTES_IN, "bytes_in", "bytes of them") \
	X(RECORDS, "records", "records written") \
	X(BYTES_OUT, "bytes_out", "bytes of them") \
	X(QUARANTINED, "quarantined", "events put into the quarantine") \
	X(COMMITS, "commits", "transactions committed") \
	X(ABORTS, "aborts", "transactions aborted") \
	X(RECREATIONS, "recreations", "producers made anew") \
	X(REBALANCES, "rebalances", "changes of the assignment") \
	X(PARTITIONS, "partitions", "partitions assigned now") \
	X(LAG, "lag", "messages that wait in them")

enum stat {
#define X(code, name, text) STAT_##code,
	STATS_MAP(X)
#undef X
		STAT_COUNT
};

const char *stat_name(enum stat stat);

#define STATS_PURPOSES 65 /* 64, and one for the whole event */

/* Read by anybody: sums, or one lane's. */
struct stats {
	uint64_t values[STAT_COUNT];
	uint64_t poison[LETHE_STATUS_COUNT];
	uint64_t drops[LETHE_REASON_COUNT]; /* over all purposes */
	uint64_t records[STATS_PURPOSES];
};

struct stats_pending {
	uint64_t values[STAT_COUNT];
	uint64_t poison[LETHE_STATUS_COUNT];
	uint64_t drops[STATS_PURPOSES][LETHE_REASON_COUNT];
	uint64_t records[STATS_PURPOSES];
};

/* A lane's, on cache lines of its own. */
struct stats_lane {
	_Alignas(64) struct stats_pending pending; /* the lane's alone */
	_Alignas(64) _Atomic uint64_t values[STAT_COUNT];
	_Atomic uint64_t poison[LETHE_STATUS_COUNT];
	_Atomic uint64_t drops[STATS_PURPOSES][LETHE_REASON_COUNT];
	_Atomic uint64_t records[STATS_PURPOSES];

	/* values that did not fit, by field of the policy */
	size_t field_count;
	uint64_t *pending_misfits;
	_Atomic uint64_t *misfits;
};

/* A lane's counts, all zero; NULL without memory. */
struct stats_lane *stats_new(size_t field_count);
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
void stats_set(struct stats_lane *l, enum stat stat, uint64_t value);

/* Adds a lane's counts to `out`.  Thread: any. */
void stats_add(const struct stats_lane *l, struct stats *out);

/* Adds a lane's misfits of each field to `out`.  Thread: any. */
void stats_add_misfits(const struct stats_lane *l, uint64_t *out);

#endif
