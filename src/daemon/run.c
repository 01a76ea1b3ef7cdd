#include "daemon/run.h"

#include "daemon/service.h"

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

/* What is due now and then while the lanes work. */
struct ticks {
	int64_t status_ns, yield_ns;
	int64_t told_ms; /* of a stall: when it was told last; 0: none */
};

static void
sample_yields(struct service *v)
{
	struct stats s;

	job_stats(v->job, &s);
	pthread_mutex_lock(&v->lock);
	yields_sample(&v->yields, &s);
	pthread_mutex_unlock(&v->lock);
}

/* A stall is told, and told again each time that it has lasted as long. */
static enum lethe_status
look_for_stall(struct service *v, struct ticks *t, struct lethe_error *err)
{
	const struct settings *s = v->s;
	struct job_health h;

	job_health(v->job, &h);
	if (h.stalled_ms < s->stall_report_ms) {
		t->told_ms = 0;
		return LETHE_OK;
	}
	if (s->stall_stop_ms && h.stalled_ms >= s->stall_stop_ms)
		return fail(err, LETHE_ESTALLED, 0,
			"lane %zu got no further for %lld s (stall.stop)",
			h.stalled, (long long)h.stalled_ms / 1000);
	if (t->told_ms && h.stalled_ms - t->told_ms < s->stall_report_ms)
		return LETHE_OK;
	t->told_ms = h.stalled_ms;
	LOG(LOG_ERROR, "lane_stalled", LOG_NUMBER("lane", h.stalled),
		LOG_NUMBER("seconds", h.stalled_ms / 1000),
		LOG_TEXT("why", "input waits, and nothing was committed since"),
		LOG_TEXT("do", "look at the brokers and at the lines above; "
			       "after stall.stop the process ends by itself"));
	return LETHE_OK;
}

static enum lethe_status
tick(struct service *v, struct ticks *t, struct lethe_error *err)
{
	int64_t now = clock_monotonic_ns();

	if (now >= t->yield_ns) {
		sample_yields(v);
		t->yield_ns = now + YIELD_EVERY_MS * INT64_C(1000000);
	}
	if (now >= t->status_ns) {
		job_log_status(v->job);
		t->status_ns += v->s->status_interval_ms * 1000000;
	}
	service_reload(v, false);
	return look_for_stall(v, t, err);
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
	struct ticks t = {.status_ns = clock_monotonic_ns() +
				       v->s->status_interval_ms * 1000000};
	enum lethe_status status = LETHE_OK;
	int signal = 0;

	while (!status && (!signal || signal == SIGHUP) &&
		!job_has_failed(v->job)) {
		signal = wait_signal(signals, TICK_MS);
		if (signal == SIGHUP)
			service_reload(v, true);
		status = tick(v, &t, err);
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

static enum lethe_status
work(struct service *v, const sigset_t *signals, struct lethe_error *err)
{
	struct lethe_error failed = {0};
	struct job_options options;
	struct job *job = NULL;
	enum lethe_status status;

	run_options(v->s, v->view, v->ring, &options);
	options.given_up = is_signalled;
	status = job_new(&options, &job, err);
	set_job(v, job);
	if (!status)
		status = job_start(job, err);
	if (!status) {
		status = watch(v, signals, err);
		/* What a lane died of says more than that one stood still. */
		if (job_result(job, &failed))
			status = fail_with(err, &failed);
	} else if (job) {
		stop(v, signals);
	} else if (is_signalled()) {
		status = LETHE_OK;
	}
	return status;
}

static void
log_start(const struct lethe_view *view, const struct lethe_ring *ring)
{
	LOG(LOG_INFO, "starting", LOG_TEXT("version", LETHE_VERSION),
		LOG_TEXT("policy", lethe_policy_name(view->policy)),
		LOG_TEXT("revision", lethe_policy_label(view->policy)),
		LOG_TEXT("ring",
			ring_signed(ring->ring) ? "signed" : "unsigned"));
}

enum lethe_status
run_job(const struct settings *s, const struct lethe_view *view,
	const struct lethe_ring *ring, struct lethe_error *err)
{
	struct service v = {.s = s,
		.ring = ring,
		.view = view,
		.first = view->policy,
		.runs = view->purposes,
		.started_ms = clock_now_ms()};
	struct admin *admin = NULL;
	enum lethe_status status;
	sigset_t signals;

	block_signals(&signals);
	log_format(s->log_format == LOG_AS_JSON);
	log_start(view, ring);
	pthread_mutex_init(&v.lock, NULL);
	reload_init(&v);
	status = open_pages(&v, &admin, err);
	if (!status)
		status = work(&v, &signals, err);
	admin_close(admin);
	job_free(v.job);
	reload_fini(&v);
	pthread_mutex_destroy(&v.lock);
	LOG(status ? LOG_ERROR : LOG_INFO, "stopped",
		LOG_TEXT("status", lethe_status_name(status)),
		LOG_TEXT("why", status ? err->what : "asked to"),
		LOG_TEXT("do", remedy_of(status)));
	return status;
}
