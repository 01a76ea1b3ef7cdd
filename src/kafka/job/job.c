#include "kafka/job/self.h"

#include "kafka/budget.h"
#include "kafka/inputs.h"
#include "kafka/wire/wake.h"

#include "base/arena.h"
#include "base/log.h"
#include "crypto/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

LETHE_PRINTF(2, 3)
static const char *
text_of(struct arena *a, const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return n < 0 ? NULL : arena_strndup(a, text, (size_t)n);
}

const char *
job_group(struct arena *a, const char *group, const char *purpose)
{
	return text_of(
		a, "%s%s%s", group, purpose ? "-" : "", purpose ? purpose : "");
}

/* Names outlive the policy, which another may replace. */
static enum lethe_status
keep_names(struct job *job, struct lethe_error *err)
{
	const char **lists[] = {job->topics, job->outputs};
	const size_t counts[] = {job->topic_count, job->output_count};

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < counts[l]; i++) {
			const char *name = lists[l][i];

			if (!name)
				continue;
			lists[l][i] =
				arena_strndup(&job->arena, name, strlen(name));
			if (!lists[l][i])
				return fail(err, LETHE_ENOMEM, 0,
					"no memory for a job");
		}
	return LETHE_OK;
}

/* The policy's topics: what is read and what is written. */
static enum lethe_status
list_topics(struct job *job, struct lethe_error *err)
{
	const struct lethe_policy *p = job->o.view->policy;
	struct arena *a = &job->arena;

	job->topic_count = job->o.replay ? 1 : inputs_count(p);
	job->output_count = output_count(p);
	job->topics = arena_calloc(a, job->topic_count, sizeof(char *));
	job->channels = arena_calloc(a, job->topic_count, sizeof(size_t));
	job->outputs = arena_calloc(a, job->output_count, sizeof(char *));
	job->rules = arena_calloc(a, job->topic_count, sizeof(*job->rules));
	job->facts.inputs = arena_calloc(a, job->topic_count, sizeof(int32_t));
	job->facts.virgin = arena_calloc(a, job->topic_count, sizeof(bool));
	job->facts.outputs =
		arena_calloc(a, job->output_count, sizeof(int32_t));
	if (!job->topics || !job->channels || !job->outputs || !job->rules ||
		!job->facts.inputs || !job->facts.virgin || !job->facts.outputs)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a job");
	for (size_t i = 0; !job->o.replay && i < job->topic_count; i++) {
		job->channels[i] =
			i < lethe_policy_topics(p) ? i + 1 : CHANNEL_CONSENT;
		job->topics[i] = inputs_topic(p, i);
	}
	if (job->o.replay) {
		job->channels[0] = LETHE_CHANNEL_ANY;
		job->topics[0] = p->quarantine.topic;
	}
	output_topics(job->o.view, job->outputs);
	return keep_names(job, err);
}

static enum lethe_status
refuse_start(const struct job *job, const char *topic, struct lethe_error *err)
{
	LOG(LOG_ERROR, "start_unknown", LOG_TEXT("group", job->group),
		LOG_TEXT("topic", topic),
		LOG_TEXT("why", "the group never committed an offset of it"),
		LOG_TEXT("do", "set `start: earliest` to read what is there, "
			       "or `start: latest` to leave it out; `lethe "
			       "offsets show` shows how the group stands"));
	return fail(err, LETHE_ESTART, 0,
		"group %.40s never committed for %.40s: set `start` to "
		"earliest or latest",
		job->group, topic);
}

static enum lethe_status
ask_cluster(struct job *job, struct lethe_error *err)
{
	struct held held;
	struct broker_options ask = {.props = job->o.props,
		.prop_count = job->o.prop_count,
		.group = job->group,
		.topics = job->topics,
		.topic_count = job->topic_count,
		.outputs = job->outputs,
		.output_count = job->output_count,
		.held = &held,
		.given_up = job->o.given_up};
	enum lethe_status status;

	held_of(job->o.view, job->o.ring, &held);
	status = broker_ask(&ask, &job->facts, err);
	if (!status)
		status = retention_check(
			job->o.view, &ask, job->o.retention, err);
	for (size_t i = 0; !status && i < job->topic_count; i++) {
		bool at_end = job->channels[i] == CHANNEL_CONSENT;

		job->rules[i] = (struct start_rule){
			job->facts.virgin[i], job->facts.inputs[i], at_end};
		if (job->facts.virgin[i] && !at_end &&
			job->o.start == START_AT_NOTHING)
			return refuse_start(job, job->topics[i], err);
	}
	return status;
}

/* What is retained counts against the memory of the process, if it is stated.
 */
static size_t
commit_bytes(const struct job *job)
{
	size_t share = job->budget.inputs;

	return share && share < job->o.commit_bytes ? share
						    : job->o.commit_bytes;
}

/* Whoever writes to the purposes' topics keeps to it, a replay as well. */
static int64_t
max_age_ms(const struct job *job)
{
	const struct lethe_policy *p = job->o.view->policy;

	return policy_notifies(p) ? p->ledger.forget_after_ms : 0;
}

static void
fill_lane(const struct job *job, const struct job_lane *jl, size_t number,
	struct lane_options *o)
{
	const struct job_replay *replay = job->o.replay;

	*o = (struct lane_options){.number = number,
		.ops = replay ? replay->ops : &broker_ops,
		.source = replay ? replay->source : NULL,
		.group = job->group,
		.kafka = jl->kafka,
		.view = &jl->views[0],
		.observer = job->o.observer,
		.gate = jl->reader ? &jl->gate : NULL,
		.topics = job->topics,
		.channels = job->channels,
		.topic_count = job->topic_count,
		.stop = &job->stop,
		.poison_stop_ppm = job->o.poison_stop_ppm,
		.txn = {.id = jl->broker.id,
			.commit_interval_ms = job->o.commit_interval_ms,
			.session_timeout_ms = job->facts.session_timeout_ms,
			.commit_events = job->o.commit_events,
			.commit_bytes = commit_bytes(job),
			.max_age_ms = max_age_ms(job)},
		.assign = {.rules = job->rules,
			.start = job->o.start,
			.until = replay ? replay->until : NULL},
		.output = {.policy = job->o.view->policy,
			.partitions = job->facts.outputs,
			.quarantine_bytes = job->o.quarantine_bytes}};
	random_bytes(&o->seed, sizeof(o->seed));
	o->output.seed = (uint32_t)o->seed;
}

static enum lethe_status
make_lane(struct job *job, size_t number, struct lethe_error *err)
{
	struct job_lane *jl = &job->lanes[number];
	struct lane_options o;
	enum lethe_status status;

	jl->job = job;
	jl->broker = (struct broker_options){.props = job->o.props,
		.prop_count = job->o.prop_count,
		.group = job->group,
		.id = text_of(&job->arena, "%s-%s%s%s-%zu", job->o.application,
			job->o.instance, job->o.purpose ? "-" : "",
			job->o.purpose ? job->o.purpose : "", number),
		.topics = job->topics,
		.topic_count = job->topic_count,
		.outputs = job->outputs,
		.output_count = job->output_count,
		.waker = job->waker,
		.budget = job->budget,
		.lane = number,
		.lane_count = job->lane_count,
		.replay = job->o.replay ? job->o.replay->replay : NULL};
	if (!jl->broker.id)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a job");
	status = job_view(&jl->views[0], job->o.view, job->o.ring, 0, err);
	if (!status)
		status = broker_new(&jl->broker, &jl->kafka, err);
	if (!status)
		status = job_read_ledger(job, jl, err);
	if (status)
		return status;
	fill_lane(job, jl, number, &o);
	return lane_new(&o, &jl->lane, err);
}

static void
init_lock(struct job *job)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&job->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&job->changed, &attr);
	pthread_condattr_destroy(&attr);
}

enum lethe_status
job_new(const struct job_options *options, struct job **out,
	struct lethe_error *err)
{
	struct job *job = calloc(1, sizeof(*job));
	enum lethe_status status;

	*out = NULL;
	if (!job)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a job");
	job->o = *options;
	arena_init(&job->arena, 0);
	init_lock(job);
	row_totals_init(&job->past);
	job->group = job_group(&job->arena, options->group, options->purpose);
	job->lane_count = job_count_lanes(options);
	status = job_check(options, err);
	if (!status)
		status = budget_divide(
			options->memory_mb, job->lane_count, &job->budget, err);
	if (!status)
		status = list_topics(job, err);
	if (!status)
		status = client_secrets_load(
			options->props, options->prop_count, err);
	if (!status)
		status = ask_cluster(job, err);
	if (!status)
		status = job_open_ledger(job, err);
	job->lanes = calloc(job->lane_count, sizeof(*job->lanes));
	if (!status && !job->lanes)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for a job");
	if (!status && options->fetch_wake && wake_is_needed())
		status = waker_new(&broker_wake_ops, job->lane_count,
			options->fetch_wake, &job->waker, err);
	for (size_t i = 0; !status && i < job->lane_count; i++)
		status = make_lane(job, i, err);
	if (status)
		job_free(job);
	else
		*out = job;
	return status;
}

void
job_free(struct job *job)
{
	if (!job)
		return;
	for (size_t i = 0; job->lanes && i < job->lane_count; i++)
		if (job->lanes[i].started)
			pthread_join(job->lanes[i].thread, NULL);
	keeper_stop(job->keeper);
	/* The lanes have taken their consumers away from it. */
	waker_free(job->waker);
	for (size_t i = 0; job->lanes && i < job->lane_count; i++) {
		lane_free(job->lanes[i].lane);
		broker_free(job->lanes[i].kafka);
		keeper_reader_free(job->lanes[i].reader);
		job_view_free(&job->lanes[i].views[0]);
		job_view_free(&job->lanes[i].views[1]);
	}
	free(job->lanes);
	keeper_free(job->keeper);
	client_secrets_free(job->o.props, job->o.prop_count);
	pthread_cond_destroy(&job->changed);
	pthread_mutex_destroy(&job->lock);
	row_totals_fini(&job->past);
	arena_fini(&job->arena);
	free(job);
}
