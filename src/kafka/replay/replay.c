#include "kafka/replay/state.h"

#include "crypto/secret.h"
#include "policy/policy.h"

#include <stdlib.h>

/* The names by which the cluster knows it; none of another job's may be one. */
static enum lethe_status
name(struct replay *r, struct lethe_error *err)
{
	const struct job_options *o = &r->o.job;
	const struct lethe_policy *policy = o->view->policy;

	for (size_t i = 0; i < policy->purpose_count; i++)
		if (!strcmp(policy->purposes[i].name, "replay"))
			return fail(err, LETHE_EUNSUPPORTED, 0,
				"a purpose is called `replay`: its group and "
				"the replay's would have one name");
	r->base = job_group(&r->arena, o->group, o->purpose);
	r->group = r->base ? job_group(&r->arena, r->base, "replay") : NULL;
	return r->group ? LETHE_OK
			: fail(err, LETHE_ENOMEM, 0, "no memory for a replay");
}

static enum lethe_status
check(const struct replay *r, struct lethe_error *err)
{
	const struct lethe_policy *policy = r->o.job.view->policy;

	if (!policy->quarantine.topic)
		return fail(err, LETHE_EPOLICY, 0,
			"the policy has no `quarantine`: there is nothing to "
			"replay");
	return LETHE_OK;
}

static enum lethe_status
take_topic(struct replay *r, struct lethe_error *err)
{
	const char *topic = r->o.job.view->policy->quarantine.topic;
	enum lethe_status status = offsets_ask(
		r->client, topic, false, &r->places, &r->partitions, err);

	if (status)
		return status;
	r->until = calloc(r->partitions, sizeof(*r->until));
	if (!r->until)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a replay");
	for (size_t i = 0; i < r->partitions; i++)
		r->until[i] = r->o.lines ? INT64_MAX : r->places[i].next;
	return LETHE_OK;
}

static void
fill_job(struct replay *r)
{
	r->job = r->o.job;
	r->job.group = r->group;
	/* The same for every replay of the group: so one fences another. */
	r->job.application = r->base;
	r->job.instance = "replay";
	r->job.purpose = NULL; /* the view has it */
	r->job.lanes = 1;
	r->job.start = START_AT_EARLIEST;
	r->job.poison_stop_ppm = 0;
	r->job.fetch_wake = 0;
	replay_ops(r, &r->ops);
	replay_source(r, &r->source);
	r->hooks = (struct job_replay){&r->ops, &r->source, r->until, r};
	r->job.replay = &r->hooks;
}

enum lethe_status
replay_new(const struct replay_options *options, struct replay **out,
	struct lethe_error *err)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct broker_options broker = {.props = options->job.props,
		.prop_count = options->job.prop_count};
	enum lethe_status status;
	uint64_t seed;

	*out = NULL;
	if (!r)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a replay");
	r->o = *options;
	arena_init(&r->arena, 0);
	random_bytes(&seed, sizeof(seed));
	ids_init(&r->ids, seed);
	ids_init(&r->back, seed);
	buf_init(&r->record, 0);
	quarantine_event_init(&r->event);
	status = check(r, err);
	if (!status)
		status = name(r, err);
	if (!status)
		status = client_secrets_load(
			options->job.props, options->job.prop_count, err);
	broker.group = r->group;
	if (!status)
		status = offsets_open(&broker, &r->client, err);
	if (!status)
		status = take_topic(r, err);
	if (status) {
		replay_free(r);
		return status;
	}
	fill_job(r);
	*out = r;
	return LETHE_OK;
}

void
replay_free(struct replay *r)
{
	if (!r)
		return;
	offsets_close(r->client);
	ids_fini(&r->ids);
	ids_fini(&r->back);
	buf_fini(&r->record);
	quarantine_event_fini(&r->event);
	free(r->line);
	free(r->places);
	free(r->until);
	arena_fini(&r->arena);
	free(r);
}

const struct job_options *
replay_job(const struct replay *r)
{
	return &r->job;
}

const char *
replay_group(const struct replay *r)
{
	return r->group;
}

uint64_t
replay_waiting(const struct replay *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; !r->o.lines && i < r->partitions; i++)
		sum += (uint64_t)(r->places[i].next -
				  replay_begin(&r->places[i],
					  r->places[i].committed));
	return sum;
}

uint64_t
replay_removed(const struct replay *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; !r->o.lines && i < r->partitions; i++) {
		const struct offsets_place *p = &r->places[i];

		if (p->committed != OFFSET_NONE && p->committed < p->first)
			sum += (uint64_t)(p->first - p->committed);
	}
	return sum;
}

uint64_t
replay_progress(const struct replay *r)
{
	return atomic_load_explicit(&r->progress, memory_order_relaxed);
}

void
replay_counts(const struct replay *r, uint64_t out[static REPLAY_COUNT])
{
	for (int i = 0; i < REPLAY_COUNT; i++)
		out[i] = atomic_load_explicit(
			&r->counts[i], memory_order_relaxed);
}
