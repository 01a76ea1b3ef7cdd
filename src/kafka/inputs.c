#include "kafka/inputs.h"

#include "base/error.h"

size_t
inputs_count(const struct lethe_policy *policy)
{
	return lethe_policy_topics(policy) + policy_notifies(policy);
}

const char *
inputs_topic(const struct lethe_policy *policy, size_t number)
{
	bug_if(number >= inputs_count(policy));
	return number < lethe_policy_topics(policy)
		       ? lethe_policy_topic(policy, number + 1)
		       : policy->ledger.topic;
}
