#include "kafka/job/self.h"

#include "kafka/budget.h"
#include "kafka/inputs.h"
#include "kafka/wire/client.h"

#include "crypto/keyed.h"

#include <sched.h>
#include <stdlib.h>

static size_t
count_cores(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 1)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

size_t
job_count_lanes(const struct job_options *o)
{
	return o->lanes ? o->lanes : count_cores();
}

static enum lethe_status
check_policy(const struct job_options *o, struct lethe_error *err)
{
	const struct lethe_policy *p = o->view->policy;

	if (!o->replay && !inputs_count(p))
		return fail(err, LETHE_EPOLICY, 0,
			"no input of the policy names a topic");
	if (!p->quarantine.topic)
		return fail(err, LETHE_EPOLICY, 0,
			"the policy has no `quarantine`: an event that cannot "
			"be read would have no place to go");
	if (p->quarantine.payload == QUARANTINE_SEALED &&
		!o->ring->quarantine_count)
		return fail(err, LETHE_ERING, 0,
			"the ring has no recipient of the role quarantine: "
			"`lethe keys recipient add` adds one");
	/* Else each transaction would be too old when it is committed. */
	if (policy_notifies(p) &&
		o->commit_interval_ms > p->ledger.forget_after_ms / 2)
		return fail(err, LETHE_ESETTING, 0,
			"commit.interval is longer than half of the consent "
			"ledger's forget_after (%lld ms)",
			(long long)p->ledger.forget_after_ms);
	/* Else the lanes' own objections would hide the ledger for as long. */
	if (p->ledger.remembers &&
		o->commit_interval_ms > p->ledger.max_lag_ms / 2)
		return fail(err, LETHE_ESETTING, 0,
			"commit.interval is longer than half of the consent "
			"ledger's max_lag (%lld ms), and objections are "
			"remembered",
			(long long)p->ledger.max_lag_ms);
	return LETHE_OK;
}

/* Keys of lanes and ledger are in locked memory, which may be too little. */
static enum lethe_status
try_views(const struct job_options *o, struct lethe_error *err)
{
	size_t count = job_count_lanes(o);
	struct lane_view *views = calloc(count, sizeof(*views));
	struct keyed *keyed = NULL;
	enum lethe_status status =
		views ? LETHE_OK
		      : fail(err, LETHE_ENOMEM, 0, "no memory for a job");

	for (size_t i = 0; !status && i < count; i++)
		status = job_view(&views[i], o->view, o->ring, 0, err);
	if (!status && o->view->policy->ledger.is)
		status = ring_keyed(o->ring->ring, &keyed, err);
	keyed_free(keyed);
	for (size_t i = 0; views && i < count; i++)
		job_view_free(&views[i]);
	free(views);
	return status;
}

enum lethe_status
job_check(const struct job_options *o, struct lethe_error *err)
{
	struct budget unused;
	enum lethe_status status =
		budget_divide(o->memory_mb, job_count_lanes(o), &unused, err);

	if (!status)
		status = client_times_check(o->props, o->prop_count, err);
	if (!status)
		status = check_policy(o, err);
	return status ? status : try_views(o, err);
}
