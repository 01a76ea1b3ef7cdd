#ifndef ASSIGN_SELF_H
#define ASSIGN_SELF_H

/* What the files of assign.h share; for them alone. */

#include "kafka/assign.h"

#define RETRY_MS 100

static inline const struct txn_options *
lane_of(const struct assign *a)
{
	return &a->o.txn->o;
}

static inline bool
should_stop(const struct assign *a)
{
	return atomic_load_explicit(lane_of(a)->stop, memory_order_relaxed);
}

/*
 * First and next offset of a partition, asked until they are known.
 *
 * Fails: as `range` of ops.h; EAGAIN when the lane is to stop meanwhile.
 */
LETHE_CHECKED enum lethe_status
assign_range(struct assign *a, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err);

/* behind.c */

/*
 * Waits until what is held is as new as what the group has seen.  No message
 * of these partitions can come before they are taken.
 *
 *   taken   false: the lane is to stop meanwhile
 *
 * Fails: EBEHIND; as txn_revoke.
 */
LETHE_CHECKED enum lethe_status
assign_catch_up(struct assign *a, const struct kafka_place *places,
	size_t count, bool *taken, struct lethe_error *err);

/*
 * What is held is as new, but it is taken between two transactions: what is
 * open ends first.  What could not be ended is done again by what is older, and
 * messages of these partitions would be among it.
 *
 * Fails: EABORT, so that another consumer takes them; as txn_revoke.
 */
LETHE_CHECKED enum lethe_status
assign_take_newer(struct assign *a, const struct kafka_place *places,
	size_t count, struct lethe_error *err);

#endif
