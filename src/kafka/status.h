#ifndef KAFKA_STATUS_H
#define KAFKA_STATUS_H

#include "kafka/stats.h"

/*
 * The status line of the log: what came in, what went, what did not and why.
 *
 *   misfits   by field of the policy
 */
void status_log(const struct stats *s, const struct lethe_policy *policy,
	const uint64_t *misfits);

#endif
