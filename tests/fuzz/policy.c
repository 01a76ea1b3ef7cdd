/*
 * Any bytes as a policy: it compiles, or says why not, at a place inside the
 * file; it never does both.
 */

#include "lethe/policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct told {
	size_t errors;
	unsigned last_line;
	int warning; /* whether the last one was */
};

static void
check(int holds)
{
	if (!holds)
		abort();
}

static void
tell(void *ctx, const struct lethe_mistake *m)
{
	struct told *told = ctx;

	check(m->line >= 1 && m->column >= 1);
	check(m->warning >= told->warning);
	check(m->line >= told->last_line || m->warning != told->warning);
	check(m->what && *m->what);
	told->last_line = m->line;
	told->warning = m->warning;
	told->errors += !m->warning;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lethe_policy *policy = NULL;
	struct lethe_error err = {0};
	struct told told = {0};
	enum lethe_status status;

	status = lethe_policy_compile("fuzz.yaml", data, size,
		INT64_C(1777890000000), tell, &told, &policy, &err);
	check(!status == !!policy);
	check(!status == !told.errors);
	check(err.status == status);
	if (policy) {
		check(strlen(lethe_policy_label(policy)) > 33);
		check(lethe_policy_purposes(policy) > 0);
		check(lethe_policy_topics(policy) > 0);
		check(lethe_policy_channel(
			      policy, lethe_policy_topic(policy, 1)) == 1);
	} else {
		check(lethe_status_class(status) == LETHE_CLASS_USAGE);
	}
	lethe_policy_drop(policy);
	return 0;
}
