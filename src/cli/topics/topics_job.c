#include "cli/topics/topics_job.h"

#include "kafka/job.h"
#include "lethe.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PARTITIONS_MAX 100000
#define REPLICAS_WANTED 3
#define REPLICAS_MAX 100

/* The broker's default: a whole batch of the producer fits. */
#define MESSAGE_BYTES 1048588
#define QUARANTINE_MORE 65536 /* headers and frame beside a record */

static enum lethe_status
no_memory(struct lethe_error *err)
{
	return fail(err, LETHE_ENOMEM, 0, "no memory for topics");
}

/* ---- the job */

/* A property as the producer has it, or NULL. */
static const char *
property(const struct settings *s, const char *name)
{
	const char *value = NULL;
	bool own = false;

	for (size_t i = 0; i < s->kafka_count; i++) {
		const struct client_property *p = &s->kafka[i];

		if (strcmp(p->name, name) || p->side == CLIENT_CONSUMER ||
			(own && p->side != CLIENT_PRODUCER))
			continue;
		own = p->side == CLIENT_PRODUCER;
		value = p->value;
	}
	return value;
}

static const char *
user(struct arena *a, const char *name)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s%s",
		strchr(name, ':') ? "" : "User:", name);

	if (n < 0 || (size_t)n >= sizeof(text))
		return NULL;
	return arena_strndup(a, text, (size_t)n);
}

/*
 * Who lethe is to the brokers.  Of a certificate they make what their rules
 * say: then it is not known.
 */
static const char *
principal_of(struct topics_job *j)
{
	const struct settings *s = j->l.settings;
	const char *protocol = property(s, "security.protocol");
	const char *name = property(s, "sasl.username");

	if (j->o && option_get(j->o, "principal"))
		return user(&j->arena, option_get(j->o, "principal"));
	if (!protocol || !strcasecmp(protocol, "plaintext"))
		return "User:ANONYMOUS";
	if (!strncasecmp(protocol, "sasl", 4) && name)
		return user(&j->arena, name);
	return NULL;
}

static enum lethe_status
open_client(struct topics_job *j, struct lethe_error *err)
{
	struct settings *s = j->l.settings;
	enum lethe_status status;

	j->broker = (struct broker_options){.props = s->kafka,
		.prop_count = s->kafka_count,
		.group = job_group(&j->arena, s->group, s->purpose)};
	j->principal = principal_of(j);
	j->bootstrap = property(s, "bootstrap.servers");
	if (!j->bootstrap)
		j->bootstrap = property(s, "metadata.broker.list");
	if (!j->broker.group)
		return no_memory(err);
	status = client_secrets_load(s->kafka, s->kafka_count, err);
	if (!status)
		status = topics_open(&j->broker, &j->client, err);
	return status;
}

int
topics_job_open(const struct options *o, struct topics_job *out)
{
	const char *principal = option_get(o, "principal");
	struct lethe_error err = {0};
	int code;

	*out = (struct topics_job){.o = o};
	arena_init(&out->arena, 0);
	if (!option_count(
		    o, "partitions", 1, PARTITIONS_MAX, &out->partitions) ||
		!option_count(o, "replicas", 1, REPLICAS_MAX, &out->replicas))
		return EXIT_USAGE;
	if (principal && !*principal)
		return usage_error(o->command, "--principal is User:NAME");
	code = load_cluster(o, &out->l);
	if (code)
		return code;
	return open_client(out, &err) ? report_opening(&err) : EXIT_YES;
}

enum lethe_status
topics_job_borrow(
	const struct load *l, struct topics_job *out, struct lethe_error *err)
{
	*out = (struct topics_job){.l = *l, .borrowed = true};
	arena_init(&out->arena, 0);
	return open_client(out, err);
}

void
topics_job_close(struct topics_job *j)
{
	topics_close(j->client);
	if (!j->borrowed)
		load_fini(&j->l);
	arena_fini(&j->arena);
}

/* ---- the plan */

static enum lethe_status
ask_topic(const struct topics_job *j, struct topics_plan *p, size_t i,
	enum topics_known rights, struct lethe_error *err)
{
	const struct topics_wanted *w = &p->wanted[i];
	struct topics_found *f = &p->found[i];
	bool managed = topics_flags(w->kind) & TOPICS_MANAGED;
	enum lethe_status status =
		topics_ask_layout(j->client, w->topic, f, err);

	if (!status && f->exists)
		status = topics_ask_configs(
			j->client, w->topic, &p->arena, f, err);
	if (managed)
		f->rights = rights;
	if (!status && managed && rights == TOPICS_KNOWN)
		status = topics_ask_rights(
			j->client, w->topic, &p->arena, f, err);
	if (!status && f->exists && w->keyed)
		status = topics_ask_records(
			&j->broker, w->topic, &p->arena, f, err);
	return status;
}

/* The raw topic with most partitions; 0: there is none. */
static int32_t
raw_partitions(const struct topics_plan *p)
{
	int32_t most = 0;

	for (size_t i = 0; i < p->count; i++)
		if (p->wanted[i].kind == TOPICS_RAW &&
			p->found[i].partitions > most)
			most = p->found[i].partitions;
	return most;
}

static void
complete(const struct topics_job *j, struct topics_plan *p)
{
	int32_t partitions =
		j->partitions ? (int32_t)j->partitions : raw_partitions(p);
	int32_t replicas =
		p->brokers < REPLICAS_WANTED ? p->brokers : REPLICAS_WANTED;

	for (size_t i = 0; i < p->count; i++) {
		p->wanted[i].partitions = partitions;
		p->wanted[i].replicas =
			j->replicas ? (int32_t)j->replicas : replicas;
	}
}

static enum lethe_status
ask_all(const struct topics_job *j, struct topics_plan *p,
	struct lethe_error *err)
{
	enum topics_known rights = TOPICS_UNASKED;
	enum lethe_status status =
		topics_ask_brokers(j->client, &p->brokers, err);

	if (!status)
		status = topics_ask_authorizer(j->client, &rights, err);
	for (size_t i = 0; !status && i < p->count; i++)
		status = ask_topic(j, p, i, rights, err);
	return status;
}

enum lethe_status
topics_plan_look(const struct topics_job *j, struct topics_plan *out,
	struct lethe_error *err)
{
	int64_t quarantine =
		j->l.settings->quarantine_max_bytes + QUARANTINE_MORE;
	enum lethe_status status;

	*out = (struct topics_plan){.count = topics_count(j->l.view)};
	arena_init(&out->arena, 0);
	out->wanted =
		arena_calloc(&out->arena, out->count, sizeof(*out->wanted));
	out->found = arena_calloc(&out->arena, out->count, sizeof(*out->found));
	if (!out->wanted || !out->found)
		return no_memory(err);
	topics_want(j->l.view, MESSAGE_BYTES,
		quarantine > MESSAGE_BYTES ? quarantine : MESSAGE_BYTES,
		out->wanted);
	status = ask_all(j, out, err);
	if (status)
		return status;
	complete(j, out);
	for (size_t i = 0; i < out->count; i++)
		topics_compare(&out->wanted[i], &out->found[i], j->principal,
			&out->findings);
	return out->findings.full ? no_memory(err) : LETHE_OK;
}

int
topics_plan_ask(const struct topics_job *j, struct topics_plan *out)
{
	struct lethe_error err = {0};

	return topics_plan_look(j, out, &err) ? report(&err) : EXIT_YES;
}

void
topics_plan_fini(struct topics_plan *p)
{
	topics_findings_fini(&p->findings);
	arena_fini(&p->arena);
}
