#include "kafka/job/self.h"

#include "base/arena.h"
#include "consent/ledger/load.h"

#include <stdio.h>

static void
on_failed(void *ctx, const struct lethe_error *err)
{
	job_note_failure(ctx, err);
}

/*
 * No two processes share a file: an instance is there once, and a purpose that
 * runs alone, or a replay, has a group of its own.
 */
static const char *
file_name(struct job *job)
{
	char name[512];
	int n = snprintf(name, sizeof(name), "%s-%s-%s.ledger",
		job->o.application, job->o.instance, job->group);

	return n < 0 || (size_t)n >= sizeof(name)
		       ? NULL
		       : arena_strndup(&job->arena, name, (size_t)n);
}

/*
 * The lanes begin behind the load: until then it may have half of what the
 * process may hold, and a quarter of it what is fetched ahead.
 */
static void
share_memory(const struct job *job, struct keeper_options *o)
{
	size_t bytes = job->o.memory_mb * 1000000;

	if (bytes / 2 < LEDGER_LOAD_MEMORY)
		o->memory_bytes = bytes / 2;
	if (bytes / 4096 < KEEPER_QUEUE_KB)
		o->queue_kbytes = bytes / 4096;
}

enum lethe_status
job_open_ledger(struct job *job, struct lethe_error *err)
{
	struct keeper_options o = {.policy = job->o.view->policy,
		.ring = job->o.ring->ring,
		.folder = job->o.ledger_folder,
		.props = job->o.props,
		.prop_count = job->o.prop_count,
		.group = job->group,
		.given_up = job->o.given_up,
		.topic = job->o.ledger_topic,
		.failed = on_failed,
		.ctx = job};

	if (!o.policy->ledger.is)
		return LETHE_OK;
	if (job->o.memory_mb)
		share_memory(job, &o);
	o.name = file_name(job);
	if (!o.name)
		return fail(err, LETHE_ESETTING, 0,
			"application, instance and group are too long "
			"together to name the consent ledger's file");
	if (!o.folder)
		return fail(err, LETHE_ESETTING, 0,
			"the policy has a consent ledger: state where its "
			"file lies, `ledger.path`");
	return keeper_new(&o, &job->keeper, err);
}

static bool
may(void *ctx, int64_t now_ms)
{
	return keeper_reader_may(ctx, now_ms);
}

static bool
ready(void *ctx, int64_t now_ms)
{
	return keeper_reader_ready(ctx, now_ms);
}

static void
rest(void *ctx)
{
	keeper_reader_rest(ctx);
}

static bool
has_failed(void *ctx)
{
	return keeper_reader_failed(ctx);
}

enum lethe_status
job_read_ledger(struct job *job, struct job_lane *jl, struct lethe_error *err)
{
	enum lethe_status status;

	if (!job->keeper)
		return LETHE_OK;
	status = keeper_reader_new(job->keeper, &jl->reader, err);
	if (status)
		return status;
	jl->gate = (struct lane_gate){.ctx = jl->reader,
		.may = may,
		.ready = ready,
		.rest = rest,
		.failed = has_failed,
		.book = keeper_reader_book(jl->reader)};
	return LETHE_OK;
}

enum lethe_status
job_load(struct job *job, struct lethe_error *err)
{
	return job->keeper ? keeper_load(job->keeper, err) : LETHE_OK;
}

bool
job_ledger(const struct job *job, struct keeper_state *out)
{
	*out = (struct keeper_state){0};
	if (job->keeper)
		keeper_state(job->keeper, out);
	return job->keeper;
}
