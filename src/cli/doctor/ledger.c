#include "cli/doctor/doctor.h"

#include "kafka/ledger/keeper.h"

static void
see_nothing(void *ctx, const struct trial_message *m)
{
	(void)ctx;
	(void)m;
}

void
examine_ledger(struct doctor *d)
{
	const struct policy_ledger *ledger =
		d->l.policy ? &d->l.policy->ledger : NULL;
	struct lethe_error err = {0};
	struct keeper_topic topic;

	/* Without one there is nothing to say. */
	if (!ledger || !ledger->is || !doctor_has_cluster(d))
		return;
	if (keeper_describe(&d->broker, ledger->topic, &topic, &err) ||
		trial_read(d->trial, ledger->topic, topic.partitions, 1,
			see_nothing, NULL, &err)) {
		doctor_failed(d, &err);
		return;
	}
	doctor_found(d, DOCTOR_OK, NULL,
		"%s: all %d partitions; it keeps tombstones for %lld hours",
		ledger->topic, topic.partitions,
		(long long)topic.tombstones_ms / 3600000);
}
