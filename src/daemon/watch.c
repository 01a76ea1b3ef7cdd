#include "daemon/service.h"

#include "base/clock.h"
#include "base/log.h"

static void
sample_yields(struct service *v)
{
	struct stats s;

	job_stats(v->job, &s);
	pthread_mutex_lock(&v->lock);
	yields_sample(&v->yields, &s);
	pthread_mutex_unlock(&v->lock);
}

static void
sample_hour(struct service *v)
{
	struct keeper_changes changes;
	struct stats s;

	job_stats(v->job, &s);
	job_changes(v->job, &changes);
	pthread_mutex_lock(&v->lock);
	hour_sample(&v->hour, &s, &changes);
	pthread_mutex_unlock(&v->lock);
}

/* A stall is told, and told again each time that it has lasted as long. */
static enum lethe_status
look_for_stall(
	struct service *v, struct service_ticks *t, struct lethe_error *err)
{
	const struct settings *s = v->s;
	struct job_health h;

	job_health(v->job, &h);
	if (s->stall_stop_ms && h.stalled_ms >= s->stall_stop_ms)
		return fail(err, LETHE_ESTALLED, 0,
			"lane %zu got no further for %lld s (stall.stop)",
			h.stalled, (long long)h.stalled_ms / 1000);
	if (h.stalled_ms < s->stall_report_ms) {
		t->told_ms = 0;
		return LETHE_OK;
	}
	if (t->told_ms && h.stalled_ms - t->told_ms < s->stall_report_ms)
		return LETHE_OK;
	t->told_ms = h.stalled_ms;
	LOG(LOG_ERROR, "lane_stalled", LOG_NUMBER("lane", h.stalled),
		LOG_NUMBER("seconds", h.stalled_ms / 1000),
		LOG_TEXT("why", "input waits, and nothing was committed since"),
		LOG_TEXT("do",
			s->stall_stop_ms
				? "look at the brokers and at the lines above; "
				  "after stall.stop the process ends by itself"
				: "look at the brokers and at the lines above; "
				  "stall.stop is 0s: the process does not end "
				  "by itself"));
	return LETHE_OK;
}

enum lethe_status
service_tick(
	struct service *v, struct service_ticks *t, struct lethe_error *err)
{
	int64_t now = clock_monotonic_ns();
	enum lethe_status status;

	if (now >= t->yield_ns) {
		sample_yields(v);
		t->yield_ns = now + YIELD_EVERY_MS * INT64_C(1000000);
	}
	if (now >= t->hour_ns) {
		sample_hour(v);
		t->hour_ns = now + HOUR_EVERY_MS * INT64_C(1000000);
	}
	if (now >= t->status_ns) {
		job_log_status(v->job);
		t->status_ns += v->s->status_interval_ms * 1000000;
	}
	service_reload(v, job_is_behind(v->job) ? RELOAD_BEHIND : RELOAD_DUE);
	service_forget(v);
	status = service_clock_tick(v, err);
	return status ? status : look_for_stall(v, t, err);
}
