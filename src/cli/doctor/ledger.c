#include "cli/doctor/doctor.h"

#include "daemon/run.h"
#include "kafka/ledger/keeper.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
see_nothing(void *ctx, const struct trial_message *m)
{
	(void)ctx;
	(void)m;
}

/* Where the file is made; a folder that is missing is made in its parent. */
static void
examine_folder(struct doctor *d)
{
	const char *folder = run_ledger_folder(d->l.settings);
	char *parent;

	if (!access(folder, W_OK | X_OK))
		return;
	parent = errno == ENOENT ? strdup(folder) : NULL;
	if (!parent || access(dirname(parent), W_OK | X_OK))
		doctor_found(d, DOCTOR_WARN,
			"state a folder of the user that runs lethe as "
			"`ledger.path`",
			"this user can make no file in %.80s: %s", folder,
			strerror(errno));
	free(parent);
}

void
examine_ledger(struct doctor *d)
{
	const struct policy_ledger *ledger =
		d->l.policy ? &d->l.policy->ledger : NULL;
	struct lethe_error err = {0};
	struct keeper_topic topic;

	/* Without one there is nothing to say. */
	if (!ledger || !ledger->is)
		return;
	examine_folder(d);
	if (!doctor_has_cluster(d))
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
