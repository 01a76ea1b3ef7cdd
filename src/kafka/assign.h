#ifndef KAFKA_ASSIGN_H
#define KAFKA_ASSIGN_H

/*
 * Rebalances, answered in the lane's thread between transactions, and where
 * reading begins: at the committed offset; where a group never committed
 * anything of a topic, where the operator says; a partition that appeared
 * later, at its beginning.
 *
 * A partition on which the group has worked under a newer ring or policy than
 * is held is not read: a running lethe waits for its files for some seconds,
 * then stops.
 *
 * Thread: the lane's.
 */

#include "kafka/txn/txn.h"

enum start_at {
	START_AT_NOTHING, /* not stated: refuse */
	START_AT_EARLIEST,
	START_AT_LATEST,
};

/* What was known of one input topic when the job started. */
struct start_rule {
	bool virgin;	    /* the group had no commit for it */
	int32_t partitions; /* those that appear later begin at the beginning */
	bool at_end;	    /* without a commit it begins at its end, always */
};

struct assign_options {
	struct txn *txn;
	const struct start_rule *rules; /* by topic */
	enum start_at start;
	/* By partition of the one input: the first offset not to read; NULL:
	   reading has no end.  The lane looks again when an end is told. */
	const int64_t *until;
	/* What the lane would work under now; may change from call to call. */
	const struct held *(*held)(void *ctx); /* NULL: nothing is compared */
	void *held_ctx;
	/* What else is kept of partitions that go (NULL: of all of them) is
	   to be let go; NULL: nothing is.  ctx is that of `held`. */
	void (*gone)(void *ctx, const struct kafka_place *places, size_t count);
};

struct assign {
	struct assign_options o;
	struct kafka_rebalance told;
	struct lethe_error failed; /* OK, or why the lane must stop */
	uint64_t rebalances;
	atomic_bool behind; /* it waits for a newer ring or policy */
};

void assign_init(struct assign *a, const struct assign_options *options);

/* What went wrong inside a rebalance; OK when nothing did.  Forgets it. */
LETHE_CHECKED enum lethe_status
assign_check(struct assign *a, struct lethe_error *err);

/* The same, where another consumer is no remedy; else OK, and it is kept. */
LETHE_CHECKED enum lethe_status
assign_failed(const struct assign *a, struct lethe_error *err);

/* Whether it waits for a newer ring or policy.  Thread: any. */
bool assign_is_behind(const struct assign *a);

/*
 * An offset is not in the log.  Tells of each partition whose committed offset
 * is not, from where to where, and by which command people accept it as lost.
 * What is open should be committed before, since that is what they will see.
 *
 * Fails: always.  EGAP with the first of them; EABORT when there is none, so
 * that another consumer looks again.
 */
LETHE_CHECKED enum lethe_status
assign_gap(struct assign *a, struct lethe_error *err);

/* Whether there is an end, and all of it is read and in a transaction. */
bool assign_has_ended(const struct assign *a);

/* At the end: the next commit moves every partition to where it ends. */
void assign_close(struct assign *a);

/*
 * Assigned partitions, and how many messages wait in them.
 *
 *   has_input   some can be had: not all are of producers' open transactions
 */
void assign_lag(const struct assign *a, size_t *partitions, uint64_t *lag,
	bool *has_input);

#endif
