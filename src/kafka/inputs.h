#ifndef KAFKA_INPUTS_H
#define KAFKA_INPUTS_H

/*
 * What a group reads: the topics of the policy's inputs, and behind them the
 * consent topic where a purpose is to be told of withdrawals.
 */

#include "policy/policy.h"

size_t inputs_count(const struct lethe_policy *policy);

/*   number   below inputs_count */
const char *inputs_topic(const struct lethe_policy *policy, size_t number);

#endif
