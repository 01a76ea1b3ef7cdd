#include "daemon/run.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/remedy.h"
#include "lethe.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define FORCED_EXIT 4
#define TICK_MS 200

void
run_options(const struct settings *s, const struct lethe_view *view,
	const struct lethe_ring *ring, struct job_options *out)
{
	*out = (struct job_options){.view = view,
		.ring = ring,
		.application = s->application,
		.instance = s->instance,
		.group = s->group,
		.purpose = s->purpose,
		.lanes = (size_t)s->lanes,
		.start = s->start == START_EARLIEST ? START_AT_EARLIEST
			 : s->start == START_LATEST ? START_AT_LATEST
						    : START_AT_NOTHING,
		.retention = s->retention_check == RETENTION_TO_WARN
				     ? RETENTION_WARNED
				     : RETENTION_REFUSED,
		.commit_interval_ms = s->commit_interval_ms,
		.commit_events = (size_t)s->commit_events,
		.commit_bytes = (size_t)s->commit_bytes,
		.poison_stop_ppm = s->poison_stop_share,
		.memory_mb = (size_t)s->memory_mb,
		.fetch_wake = (unsigned)s->fetch_wake,
		.quarantine_bytes = (size_t)s->quarantine_max_bytes,
		.props = s->kafka,
		.prop_count = s->kafka_count};
}

static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigprocmask(SIG_BLOCK, set, NULL);
}

/* Whether a signal waits: start-up need not go on. */
static bool
is_signalled(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT);
}

/* The signal that came within `ms`, or 0. */
static int
wait_signal(const sigset_t *set, int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	int n = sigtimedwait(set, NULL, &t);

	return n > 0 ? n : 0;
}

/* Everything since the last commit is done again by the next start. */
static _Noreturn void
force_stop(const char *why)
{
	LOG(LOG_ERROR, "stop_forced", LOG_TEXT("why", why),
		LOG_TEXT("do", "nothing: what was not committed is done again "
			       "after the next start"));
	_exit(FORCED_EXIT);
}

static void
stop(struct job *job, const struct settings *s, const sigset_t *signals)
{
	int64_t until = clock_monotonic_ns() + s->stop_timeout_ms * 1000000;

	job_stop(job);
	while (!job_wait(job, TICK_MS)) {
		if (wait_signal(signals, 0))
			force_stop("a second signal");
		if (clock_monotonic_ns() > until)
			force_stop("stop.timeout has passed");
	}
}

static void
watch(struct job *job, const struct settings *s, const sigset_t *signals)
{
	int64_t every_ns = s->status_interval_ms * 1000000;
	int64_t next_ns = clock_monotonic_ns() + every_ns;
	int signal = 0;

	while (!signal && !job_has_failed(job)) {
		signal = wait_signal(signals, TICK_MS);
		if (clock_monotonic_ns() < next_ns)
			continue;
		job_log_status(job);
		next_ns += every_ns;
	}
	LOG(LOG_INFO, "stopping",
		LOG_TEXT("why", signal == SIGTERM  ? "SIGTERM"
				: signal == SIGINT ? "SIGINT"
						   : "a lane failed"));
	stop(job, s, signals);
	job_log_status(job);
}

enum lethe_status
run_job(const struct settings *s, const struct lethe_view *view,
	const struct lethe_ring *ring, struct lethe_error *err)
{
	struct job_options options;
	struct job *job = NULL;
	enum lethe_status status;
	sigset_t signals;

	block_signals(&signals);
	log_format(s->log_format == LOG_AS_JSON);
	LOG(LOG_INFO, "starting", LOG_TEXT("version", LETHE_VERSION),
		LOG_TEXT("policy", lethe_policy_name(view->policy)),
		LOG_TEXT("revision", lethe_policy_label(view->policy)),
		LOG_TEXT("ring",
			ring_signed(ring->ring) ? "signed" : "unsigned"));
	run_options(s, view, ring, &options);
	options.given_up = is_signalled;
	status = job_new(&options, &job, err);
	if (!status)
		status = job_start(job, err);
	if (!status) {
		watch(job, s, &signals);
		status = job_result(job, err);
	} else if (job) {
		stop(job, s, &signals);
	} else if (wait_signal(&signals, 0)) {
		status = LETHE_OK;
	}
	job_free(job);
	LOG(status ? LOG_ERROR : LOG_INFO, "stopped",
		LOG_TEXT("status", lethe_status_name(status)),
		LOG_TEXT("why", status ? err->what : "asked to"),
		LOG_TEXT("do", remedy_of(status)));
	return status;
}
