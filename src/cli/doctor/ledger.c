#include "cli/doctor/doctor.h"

#include "base/clock.h"
#include "daemon/run.h"
#include "kafka/ledger/beat.h"
#include "kafka/ledger/keeper.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEWEST 2000 /* records of a partition that are looked at for one */

/* ---- ledger.path */

/* 0, or why no file can be made in a folder. */
static int
refusal_of(const char *folder)
{
	struct stat st;

	if (stat(folder, &st))
		return errno;
	if (!S_ISDIR(st.st_mode))
		return ENOTDIR;
	return access(folder, W_OK | X_OK) ? errno : 0;
}

/* Where the file is made; a folder that is missing is made in its parent. */
static void
examine_folder(struct doctor *d)
{
	const char *folder = run_ledger_folder(d->l.settings);
	char *parent = strdup(folder);
	int refusal = refusal_of(folder);

	bug_if(!parent);
	if (refusal == ENOENT)
		refusal = refusal_of(dirname(parent));
	free(parent);
	if (refusal)
		doctor_found(d, DOCTOR_FAIL,
			"state a folder of the user that runs lethe as "
			"`ledger.path`; if it is one, run doctor as that user",
			"ledger.path: this user can make no file in %.80s: %s",
			folder, strerror(refusal));
	else
		doctor_found(d, DOCTOR_OK, NULL,
			"ledger.path: a file can be made in %.80s", folder);
}

/* ---- heartbeats */

struct beats {
	struct beat_reader *reader;
	int64_t *last; /* heartbeat of each partition, ms UTC; 0: none */
};

static void
hear(void *ctx, const struct trial_message *m)
{
	struct slice key = slice_make(m->key, m->key ? m->key_len : 0);
	struct slice value = slice_make(m->value, m->len);
	struct beats *h = ctx;
	struct lethe_error ignored;
	int64_t utc;

	/* One that is none does not count, as for `lethe run`. */
	if (h->reader && value.ptr && slice_is(key, KEEPER_HEARTBEAT_KEY) &&
		!beat_read(h->reader, value, &utc, &ignored) &&
		utc > h->last[m->partition])
		h->last[m->partition] = utc;
}

static void
tell_silence(struct doctor *d, const struct policy_ledger *ledger,
	const int64_t *last, int32_t partitions)
{
	int64_t now = clock_now_ms();
	int32_t quietest = 0, silent = 0;

	for (int32_t p = 0; p < partitions; p++) {
		if (last[p] < last[quietest])
			quietest = p;
		silent += now - last[p] >
			  KEEPER_MISSED_MAX * ledger->heartbeat_ms;
	}
	if (!silent)
		doctor_found(d, DOCTOR_OK, NULL,
			"%s: the oldest partition's heartbeat is %lld s old",
			ledger->topic,
			(long long)(now - last[quietest]) / 1000);
	else if (!last[quietest])
		doctor_found(d, DOCTOR_WARN,
			"start `lethe consent heartbeat`, then lethe: "
			"docs/ledger.md, At work",
			"%s: the policy asks for heartbeats, and of the newest "
			"%d records in partition %d none is one (%d of %d "
			"partitions are silent): events would wait",
			ledger->topic, NEWEST, quietest, silent, partitions);
	else
		doctor_found(d, DOCTOR_WARN,
			"start `lethe consent heartbeat`, or look at what "
			"writes heartbeats and mirrors the topic",
			"%s: the last heartbeat in partition %d is %lld s old, "
			"more than three times `heartbeat` (%d of %d "
			"partitions are silent): events would wait",
			ledger->topic, quietest,
			(long long)(now - last[quietest]) / 1000, silent,
			partitions);
}

/* Reads the end of each partition, as far as it takes. */
static enum lethe_status
listen_to(struct doctor *d, const struct policy_ledger *ledger,
	int32_t partitions, struct beats *h, struct lethe_error *err)
{
	size_t most = ledger->heartbeat_ms ? NEWEST * (size_t)partitions : 1;
	enum lethe_status status = LETHE_OK;

	h->last = arena_calloc(&d->arena, (size_t)partitions, sizeof(*h->last));
	bug_if(!h->last);
	if (ledger->heartbeat_ms)
		status = beat_reader_new(&h->reader, err);
	if (!status)
		status = trial_read(d->trial, ledger->topic, partitions, most,
			hear, h, err);
	beat_reader_free(h->reader);
	return status;
}

void
examine_ledger(struct doctor *d)
{
	const struct policy_ledger *ledger =
		d->l.policy ? &d->l.policy->ledger : NULL;
	struct beats beats = {0};
	struct lethe_error err = {0};
	struct keeper_topic topic;

	/* Without one there is nothing to say. */
	if (!ledger || !ledger->is)
		return;
	examine_folder(d);
	if (!doctor_has_cluster(d))
		return;
	if (keeper_describe(&d->broker, ledger->topic, &topic, &err) ||
		listen_to(d, ledger, topic.partitions, &beats, &err)) {
		doctor_failed(d, &err);
		return;
	}
	doctor_found(d, DOCTOR_OK, NULL,
		"%s: all %d partitions; it keeps tombstones for %lld hours",
		ledger->topic, topic.partitions,
		(long long)topic.tombstones_ms / 3600000);
	if (ledger->heartbeat_ms)
		tell_silence(d, ledger, beats.last, topic.partitions);
}
