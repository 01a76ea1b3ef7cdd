#include "cli/demo/plant.h"

#include "base/clock.h"
#include "cli/init/embedded.h"

static enum lethe_status
open_policy(struct plant *p, struct lethe_error *err)
{
	const struct embedded_file *f = embedded_find("policy.example.yaml");

	bug_if(!f);
	return lethe_policy_compile(f->name, f->bytes, f->len, clock_now_ms(),
		NULL, NULL, &p->policy, err);
}

/* Two key pairs whose secrets end with this call, but for the unlocked ring. */
static enum lethe_status
open_keys(struct plant *p, struct lethe_error *err)
{
	struct secret_key *runtime = NULL, *oncall = NULL;
	struct public_key public;
	enum lethe_status status;
	size_t added;

	status = keypair_generate(&runtime, &public, err);
	if (!status)
		status = keypair_generate(&oncall, &p->oncall, err);
	if (!status)
		status = ring_create(
			&public, &p->oncall, clock_now_ms(), &p->keys, err);
	if (!status)
		status = ring_add(
			p->keys, &p->policy->want, clock_now_ms(), &added, err);
	if (!status)
		status = ring_unlock(p->keys, runtime, NULL, err);
	secret_key_free(runtime);
	secret_key_free(oncall);
	p->ring = (struct lethe_ring){p->keys, &p->oncall, 1};
	return status;
}

static enum lethe_status
open_cluster(struct plant *p, struct lethe_error *err)
{
	enum lethe_status status = mock_open(1, &p->mock, err);

	for (size_t i = 1; !status && i <= lethe_policy_topics(p->policy); i++)
		status = mock_topic(p->mock, lethe_policy_topic(p->policy, i),
			PLANT_PARTITIONS, err);
	for (size_t i = 0; i < p->policy->purpose_count; i++)
		p->outputs[p->output_count++] = p->policy->purposes[i].topic;
	p->outputs[p->output_count++] = p->policy->quarantine.topic;
	for (size_t i = 0; !status && i < p->output_count; i++)
		status = mock_topic(
			p->mock, p->outputs[i], PLANT_PARTITIONS, err);
	return status;
}

enum lethe_status
plant_open(struct plant *out, struct lethe_error *err)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	enum lethe_status status = open_policy(out, err);

	if (!status)
		status = open_keys(out, err);
	options.policy = out->policy;
	options.ring = &out->ring;
	if (!status)
		status = lethe_view_new(&options, &out->view, err);
	if (!status)
		status = open_cluster(out, err);
	return status;
}

void
plant_close(struct plant *p)
{
	mock_close(p->mock);
	lethe_view_free(p->view);
	ring_free(p->keys);
	lethe_policy_drop(p->policy);
	*p = (struct plant){0};
}
