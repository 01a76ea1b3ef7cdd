#include "kafka/job/self.h"

#include "kafka/remedy.h"

#include "base/log.h"

#include <signal.h>

void
job_note_failure(struct job *job, const struct lethe_error *err)
{
	pthread_mutex_lock(&job->lock);
	if (!job->failed.status)
		job->failed = *err;
	pthread_mutex_unlock(&job->lock);
	job_stop(job);
}

/* One lane that cannot go on ends the process, not silently a part. */
static void
note_failure(
	struct job_lane *jl, enum lethe_status status, struct lethe_error *err)
{
	LOG(LOG_ERROR, "lane_failed", LOG_NUMBER("lane", jl - jl->job->lanes),
		LOG_TEXT("id", jl->broker.id),
		LOG_TEXT("status", lethe_status_name(status)),
		LOG_TEXT("why", err->what), LOG_TEXT("do", remedy_of(status)));
	err->status = status;
	job_note_failure(jl->job, err);
}

static void
note_end(struct job_lane *jl, enum lethe_status status)
{
	struct job *job = jl->job;

	if (!status)
		LOG(LOG_INFO, "lane_ended", LOG_NUMBER("lane", jl - job->lanes),
			LOG_TEXT("id", jl->broker.id),
			LOG_TEXT("why", "asked to"));
	pthread_mutex_lock(&job->lock);
	job->running--;
	pthread_cond_broadcast(&job->changed);
	pthread_mutex_unlock(&job->lock);
}

static void *
lane_thread(void *arg)
{
	struct job_lane *jl = arg;
	struct lethe_error err = {0};
	enum lethe_status status;

	LOG(LOG_INFO, "lane_started", LOG_NUMBER("lane", jl - jl->job->lanes),
		LOG_TEXT("group", jl->broker.group),
		LOG_TEXT("id", jl->broker.id));
	status = lane_run(jl->lane, &err);
	/* Told before it leaves: that may never come to an end. */
	if (status)
		note_failure(jl, status, &err);
	lane_close(jl->lane);
	note_end(jl, status);
	return NULL;
}

enum lethe_status
job_start(struct job *job, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (job->waker)
		status = waker_start(job->waker, err);
	if (!status && job->keeper)
		status = keeper_start(job->keeper, err);
	for (size_t i = 0; !status && i < job->lane_count; i++) {
		struct job_lane *jl = &job->lanes[i];

		pthread_mutex_lock(&job->lock);
		job->running++;
		pthread_mutex_unlock(&job->lock);
		jl->started =
			!pthread_create(&jl->thread, NULL, lane_thread, jl);
		if (jl->started)
			continue;
		pthread_mutex_lock(&job->lock);
		job->running--;
		pthread_mutex_unlock(&job->lock);
		job_stop(job);
		status = fail(err, LETHE_ENOMEM, 0, "a thread cannot start");
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return status;
}

void
job_stop(struct job *job)
{
	atomic_store_explicit(&job->stop, true, memory_order_relaxed);
}

bool
job_wait(struct job *job, int timeout_ms)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&job->lock);
	while (job->running &&
		!pthread_cond_timedwait(&job->changed, &job->lock, &until))
		;
	ended = !job->running;
	pthread_mutex_unlock(&job->lock);
	return ended;
}

bool
job_has_failed(struct job *job)
{
	bool failed;

	pthread_mutex_lock(&job->lock);
	failed = job->failed.status != LETHE_OK;
	pthread_mutex_unlock(&job->lock);
	return failed;
}

enum lethe_status
job_result(struct job *job, struct lethe_error *err)
{
	struct lethe_error failed;

	pthread_mutex_lock(&job->lock);
	failed = job->failed;
	pthread_mutex_unlock(&job->lock);
	return failed.status ? fail_with(err, &failed) : LETHE_OK;
}
