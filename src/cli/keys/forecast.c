#include "cli/keys/forecast.h"

#include "cli/keys/people.h"
#include "cli/load.h"
#include "crypto/ring/life.h"
#include "crypto/secret.h"
#include "kafka/job.h"
#include "kafka/wire/sweep.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

static const int overlaps[] = {7, 14, 30, 60};

struct forecast {
	const char *purpose, *topic;
	char epoch[24]; /* the active one's number */
	struct people *people;
	uint64_t records;
	bool full;
};

static void
take(void *ctx, const struct sweep_record *r)
{
	struct forecast *f = ctx;

	if (f->full || !r->key.ptr || !r->kind.ptr || !r->epoch.ptr ||
		!slice_is(r->kind, "event") || !slice_is(r->epoch, f->epoch))
		return;
	f->records++;
	f->full = !people_see(f->people, r->key, r->time_ms);
}

static void
put_row(const struct forecast *f, int overlap)
{
	struct people_share share;

	if (!people_share(f->people, overlap, &share))
		printf("  %3dd     not known: the records do not reach back so "
		       "far\n",
			overlap);
	else if (!share.lately)
		printf("  %3dd     nobody was seen in the %d days before\n",
			overlap, PEOPLE_WINDOW);
	else
		printf("  %3dd     %5.1f %%   %zu of %zu\n", overlap,
			100.0 * (double)share.again / (double)share.lately,
			share.again, share.lately);
}

static void
put_table(const struct forecast *f)
{
	struct people_facts facts = people_facts(f->people);

	printf("forecast for %s: %llu records under epoch %s in %s, %zu people",
		f->purpose, (unsigned long long)f->records, f->epoch, f->topic,
		facts.count);
	if (facts.one_in > 1)
		printf(", a sample of one in %u", facts.one_in);
	printf(", %d days\n  overlap   carried   people seen in the %d days "
	       "before who came again within it\n",
		facts.days, PEOPLE_WINDOW);
	for (size_t i = 0; i < sizeof(overlaps) / sizeof(overlaps[0]); i++)
		put_row(f, overlaps[i]);
}

static int
read_topic(struct forecast *f, struct settings *s)
{
	struct sweep_options sweep = {.props = s->kafka,
		.prop_count = s->kafka_count,
		.topic = f->topic,
		.take = take,
		.ctx = f};
	struct lethe_error err = {0};
	enum lethe_status status = settings_check_cluster(s, &err);

	if (!status)
		status = client_secrets_load(s->kafka, s->kafka_count, &err);
	sweep.group = job_group(&s->arena, s->group, s->purpose);
	if (!status && !sweep.group)
		status = fail(&err, LETHE_ENOMEM, 0, "no memory for a group");
	if (!status)
		status = sweep_topic(&sweep, &err);
	if (!status && f->full)
		status = fail(&err, LETHE_ENOMEM, 0, "no memory for people");
	client_secrets_free(s->kafka, s->kafka_count);
	if (!status)
		return EXIT_YES;
	puts("no forecast could be made, and nothing is proposed");
	return report(&err);
}

/* The purpose's own topic, of a policy that is borrowed. */
static int
find_topic(struct forecast *f, const struct options *o,
	const struct lethe_policy *policy)
{
	for (size_t i = 0; i < policy->purpose_count; i++)
		if (!strcmp(policy->purposes[i].name, f->purpose))
			f->topic = policy->purposes[i].topic;
	return f->topic
		       ? EXIT_YES
		       : usage_error(o->command,
				 "the policy has no purpose %.64s", f->purpose);
}

static int
find_epoch(struct forecast *f, const struct options *o, const struct change *c)
{
	uint32_t domain = ring_domain_id(c->held, slice_of(f->purpose));

	for (size_t i = 0; i < ring_epoch_count(c->held); i++)
		if (ring_epoch_get(c->held, i)->domain == domain &&
			ring_epoch_state(c->held, i, c->now_ms) == EPOCH_ACTIVE)
			snprintf(f->epoch, sizeof(f->epoch), "%zu", i + 1);
	return f->epoch[0] ? EXIT_YES
			   : usage_error(o->command,
				     "no epoch of %.64s is active", f->purpose);
}

int
forecast_show(const struct options *o, const struct change *c)
{
	struct forecast f = {.purpose = option_get(o, "purpose")};
	struct lethe_policy *policy = NULL;
	uint64_t seed;
	int code;

	if (!c->settings || !c->settings->policy)
		return usage_error(o->command,
			"--forecast reads the purpose's topic: --config names "
			"settings with the policy and the brokers");
	code = load_policy(c->settings->policy, c->now_ms, &policy);
	if (!code)
		code = find_topic(&f, o, policy);
	if (!code)
		code = find_epoch(&f, o, c);
	random_bytes(&seed, sizeof(seed));
	f.people = people_new(seed, c->now_ms, PEOPLE_MAX);
	if (!code && f.people)
		code = read_topic(&f, c->settings);
	if (!code && f.people)
		put_table(&f);
	if (!f.people)
		code = EXIT_RUNTIME;
	people_free(f.people);
	lethe_policy_drop(policy);
	return code;
}
