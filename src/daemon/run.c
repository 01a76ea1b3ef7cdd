#include "daemon/run.h"

#include "daemon/sandbox.h"
#include "daemon/service.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/remedy.h"
#include "lethe.h"
#include "transform/pattern.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define FORCED_EXIT 4
#define TICK_MS 200

/* systemd names a folder that is the service's own. */
const char *
run_ledger_folder(const struct settings *s)
{
	const char *state = getenv("STATE_DIRECTORY");

	if (s->ledger_path)
		return s->ledger_path;
	return state && *state && !strchr(state, ':') ? state
						      : "/var/lib/lethe";
}

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
		.ledger_folder = run_ledger_folder(s),
		.props = s->kafka,
		.prop_count = s->kafka_count};
}

static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
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
stop(struct service *v, const sigset_t *signals)
{
	int64_t until = clock_monotonic_ns() + v->s->stop_timeout_ms * 1000000;
	int signal;

	pthread_mutex_lock(&v->lock);
	v->stopping = true;
	pthread_mutex_unlock(&v->lock);
	job_stop(v->job);
	while (!job_wait(v->job, TICK_MS)) {
		signal = wait_signal(signals, 0);
		if (signal && signal != SIGHUP)
			force_stop("a second signal");
		if (clock_monotonic_ns() > until)
			force_stop("stop.timeout has passed");
	}
}

static const char *
name_of(int signal)
{
	return signal == SIGTERM  ? "SIGTERM"
	       : signal == SIGINT ? "SIGINT"
				  : "a lane failed";
}

/* OK when it was asked to end; a lane's own failure is the job's to tell. */
static enum lethe_status
watch(struct service *v, const sigset_t *signals, struct lethe_error *err)
{
	struct service_ticks t = {
		.status_ns = clock_monotonic_ns() +
			     v->s->status_interval_ms * 1000000};
	enum lethe_status status = LETHE_OK;
	int signal = 0;

	while (!status && (!signal || signal == SIGHUP) &&
		!job_has_failed(v->job)) {
		signal = wait_signal(signals, TICK_MS);
		if (signal == SIGHUP)
			service_reload(v, RELOAD_SIGNAL);
		status = service_tick(v, &t, err);
	}
	LOG(status ? LOG_ERROR : LOG_INFO, "stopping",
		LOG_TEXT("why", status ? err->what : name_of(signal)));
	stop(v, signals);
	job_log_status(v->job);
	return status;
}

static void
set_job(struct service *v, struct job *job)
{
	pthread_mutex_lock(&v->lock);
	v->job = job;
	pthread_mutex_unlock(&v->lock);
}

/* The pages first: what waits for its cluster is to be seen waiting. */
static enum lethe_status
open_pages(struct service *v, struct admin **out, struct lethe_error *err)
{
	enum lethe_status status;

	*out = NULL;
	if (!*v->s->http_listen)
		return LETHE_OK;
	status = admin_open(v->s->http_listen, service_routes, v, out, err);
	if (!status)
		LOG(LOG_INFO, "http_listening",
			LOG_TEXT("address", admin_address(*out)),
			LOG_TEXT("pages", "/ /metrics /healthz /readyz"));
	return status;
}

static void
tell_patterns(void)
{
	if (pattern_interpreted())
		LOG(LOG_WARN, "patterns_interpreted",
			LOG_TEXT("why", "memory may not become executable here "
					"(MemoryDenyWriteExecute, SELinux)"),
			LOG_TEXT("do", "nothing: what matched still does, more "
				       "slowly"));
}

/*
 * From the sandbox on nothing is run, no port is opened and no file written:
 * what fetches secrets or listens has done so.
 */
static enum lethe_status
start(const struct settings *s, struct job *job, struct lethe_error *err)
{
	const struct sandbox_options sandbox = {
		.mode = (enum sandbox_mode)s->sandbox};
	enum lethe_status status = sandbox_close(&sandbox, err);

	return status ? status : job_start(job, err);
}

static enum lethe_status
work(struct service *v, const sigset_t *signals, struct lethe_error *err)
{
	struct lethe_error failed = {0};
	struct job_options options;
	struct job *job = NULL;
	enum lethe_status status;

	run_options(v->s, v->parts->view, v->parts->ring, &options);
	options.given_up = is_signalled;
	status = job_new(&options, &job, err);
	set_job(v, job);
	if (!status)
		status = service_clock_open(v, is_signalled, err);
	/* Before the sandbox, since it makes files. */
	if (!status)
		status = job_load(job, err);
	if (!status)
		status = start(v->s, job, err);
	if (!status) {
		status = watch(v, signals, err);
		/* What a lane died of says more than that one stood still. */
		if (job_result(job, &failed))
			status = fail_with(err, &failed);
	} else if (job) {
		stop(v, signals);
		if (status == LETHE_EAGAIN && is_signalled())
			status = LETHE_OK;
	} else if (is_signalled()) {
		status = LETHE_OK;
	}
	return status;
}

/* Once, at the start. */
static void
tell_signers(const struct settings *s, const struct run_parts *parts)
{
	const struct ring *ring = parts->ring->ring;

	if (ring_policy_threshold(ring))
		LOG(LOG_INFO, "policy_signed", LOG_TEXT("file", s->policy),
			LOG_NUMBER("signatures", parts->signatures),
			LOG_NUMBER("needed", ring_policy_threshold(ring)));
	else
		LOG(LOG_WARN, "policy_unsigned", LOG_TEXT("file", s->policy),
			LOG_TEXT("why", "the ring names no signers of "
					"policies: whoever can write the file "
					"decides what leaves"),
			LOG_TEXT("do", "name them (`lethe keys signers --role "
				       "policy`), or let nobody else write the "
				       "file"));
}

static void
log_start(const struct lethe_view *view, const struct ring *ring)
{
	LOG(LOG_INFO, "starting", LOG_TEXT("version", LETHE_VERSION),
		LOG_TEXT("policy", lethe_policy_name(view->policy)),
		LOG_TEXT("revision", lethe_policy_label(view->policy)),
		LOG_TEXT("ring", ring_signed(ring) ? "signed" : "unsigned"),
		LOG_NUMBER("ring_version", ring_version(ring)));
}

enum lethe_status
run_job(const struct settings *s, struct run_parts *parts,
	struct lethe_error *err)
{
	struct service v = {.s = s,
		.parts = parts,
		.first = lethe_policy_ref(parts->view->policy),
		.runs = parts->view->purposes,
		.started_ms = clock_now_ms()};
	struct admin *admin = NULL;
	enum lethe_status status;
	sigset_t signals;

	block_signals(&signals);
	log_format(s->log_format == LOG_AS_JSON);
	log_start(parts->view, parts->ring->ring);
	tell_signers(s, parts);
	secret_key_hide(parts->secret);
	tell_patterns();
	pthread_mutex_init(&v.lock, NULL);
	status = reload_init(&v, err);
	if (!status)
		status = open_pages(&v, &admin, err);
	if (!status)
		status = work(&v, &signals, err);
	admin_close(admin);
	skew_close(v.skew_client);
	job_free(v.job);
	reload_fini(&v);
	lethe_policy_drop(v.first);
	pthread_mutex_destroy(&v.lock);
	LOG(status ? LOG_ERROR : LOG_INFO, "stopped",
		LOG_TEXT("status", lethe_status_name(status)),
		LOG_TEXT("why", status ? err->what : "asked to"),
		LOG_TEXT("do", remedy_of(status)));
	return status;
}
