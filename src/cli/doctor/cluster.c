#include "cli/doctor/doctor.h"

#include "kafka/job.h"
#include "kafka/remedy.h"
#include "kafka/wire/client.h"

#include <stdlib.h>
#include <string.h>

#define SERVERS_MAX 64

static bool
is_met(const struct doctor *d, const char *name)
{
	for (size_t i = 0; i < d->server_count; i++)
		if (!strcmp(d->servers[i].name, name))
			return true;
	return false;
}

static const char *
remedy_of_server(const struct server *s)
{
	if (s->cause)
		return s->cause->remedy;
	return "look at host, port and firewalls, and at the broker's log";
}

static void
meet(struct doctor *d, const char *name, bool told, struct server_peers *peers)
{
	const struct settings *set = d->l.settings;
	struct server *s = &d->servers[d->server_count];
	struct lethe_error err = {0};

	if (d->server_count == SERVERS_MAX || is_met(d, name))
		return;
	if (server_meet(name, set->kafka, set->kafka_count, s, peers, &err)) {
		doctor_failed(d, &err);
		return;
	}
	d->server_count++;
	d->reached = d->reached || s->reached;
	if (s->reached)
		doctor_found(d, DOCTOR_OK, NULL, "%s, as %s", s->name, s->as);
	else if (server_scram_pair(s, set->kafka, set->kafka_count))
		doctor_found(d, DOCTOR_FAIL,
			"use PLAIN over TLS, mutual TLS, librdkafka 2.6.1 or "
			"later, or brokers of Kafka 3.9",
			"%s, as %s: %s cannot log in by SCRAM to Kafka 4.1, "
			"whatever the password",
			s->name, s->as, client_library());
	else
		doctor_found(d, DOCTOR_FAIL, remedy_of_server(s),
			"%s%s, as %s: %s", s->name,
			told ? " (so a broker calls itself)" : "", s->as,
			s->cause   ? s->cause->cause
			: *s->says ? s->says
				   : "it does not answer");
}

/* The names in the settings, then those by which the brokers go. */
void
examine_brokers(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	struct server_peers peers = {0};
	char name[SERVER_NAME_BYTES];

	if (!d->passwords) {
		doctor_found(d, DOCTOR_SKIP, NULL, "the passwords are missing");
		return;
	}
	d->servers =
		arena_calloc(&d->arena, SERVERS_MAX + 1, sizeof(*d->servers));
	bug_if(!d->servers);
	for (size_t i = 0; server_named(s->kafka, s->kafka_count, i, name); i++)
		meet(d, name, false, &peers);
	for (size_t i = 0; i < peers.count; i++)
		meet(d, peers.names[i], true, NULL);
	free(peers.names);
	if (!server_named(s->kafka, s->kafka_count, 0, name))
		doctor_found(d, DOCTOR_SKIP, NULL,
			"the settings name no kafka.bootstrap.servers");
}

/* What docs/operations.md says of a library that is too old for a setting. */
static void
look_at_assignor(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	const char *strategy = server_property(
		s->kafka, s->kafka_count, "partition.assignment.strategy");

	if (strategy && strstr(strategy, "cooperative") && !client_cooperates())
		doctor_found(d, DOCTOR_WARN,
			"leave partition.assignment.strategy out, or use "
			"librdkafka 2.6.1 or later",
			"%s with cooperative-sticky may end, or turn in a "
			"loop, when a member leaves the group",
			client_library());
}

void
examine_versions(struct doctor *d)
{
	enum server_release release = SERVER_RELEASE_UNKNOWN;

	look_at_assignor(d);
	for (size_t i = 0; i < d->server_count; i++) {
		if (d->servers[i].release != SERVER_RELEASE_UNKNOWN &&
			release != SERVER_RELEASE_OLD)
			release = d->servers[i].release;
	}
	if (release == SERVER_RELEASE_UNKNOWN)
		doctor_found(d, DOCTOR_SKIP, NULL,
			"%s; no broker has said what it can do",
			client_library());
	else if (release == SERVER_RELEASE_OLD)
		doctor_found(d, DOCTOR_FAIL,
			"bring the brokers to Kafka 2.5 or later",
			"%s; a broker before Kafka 2.5 does not hold a "
			"transaction against the group's members",
			client_library());
	else
		doctor_found(d, DOCTOR_OK, NULL, "%s; brokers of Kafka %s",
			client_library(),
			release == SERVER_RELEASE_4_1 ? "4.1 or later"
						      : "2.5 to 4.0");
}

static bool
open_trial(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	struct lethe_error err = {0};

	d->group = job_group(&d->arena, s->group, s->purpose);
	d->id = doctor_text(d, "%s-%s-doctor", s->application,
		s->instance ? s->instance : "");
	d->broker = (struct broker_options){.props = s->kafka,
		.prop_count = s->kafka_count,
		.group = d->group,
		.id = d->id};
	if (d->l.view && d->l.ring) {
		held_of(d->l.view, d->l.ring, &d->held);
		d->broker.held = &d->held;
	}
	if (!trial_open(&d->broker, &d->trial, &err))
		return true;
	doctor_failed(d, &err);
	return false;
}

static void
tell_unseen(struct doctor *d, bool input, const struct lethe_error *err)
{
	if (input && err->status == LETHE_ENOTOPIC)
		doctor_found(d, DOCTOR_FAIL,
			"let its producers create it (lethe does not), or name "
			"another as `topics` of the input",
			"%s", err->what);
	else
		doctor_failed(d, err);
}

static size_t
ask_topics(struct doctor *d, struct doctor_topic *topics, size_t count)
{
	struct lethe_error err = {0};
	size_t there = 0;

	for (size_t i = 0; i < count; i++) {
		if (trial_partitions(d->trial, topics[i].name,
			    &topics[i].partitions, &err)) {
			topics[i].partitions = 0;
			tell_unseen(d, topics == d->inputs, &err);
			continue;
		}
		there++;
	}
	return there;
}

void
examine_topics(struct doctor *d)
{
	size_t there;

	if (!d->reached || !d->l.policy) {
		(void)doctor_has_cluster(d);
		return;
	}
	if (!open_trial(d))
		return;
	there = ask_topics(d, d->inputs, d->input_count);
	there += ask_topics(d, d->outputs, d->output_count);
	if (there == d->input_count + d->output_count)
		doctor_found(d, DOCTOR_OK, NULL, "all %zu exist", there);
}

void
examine_start(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	struct lethe_error err = {0};
	bool any;

	if (!doctor_has_cluster(d))
		return;
	for (size_t i = 0; i < d->input_count; i++) {
		const struct doctor_topic *t = &d->inputs[i];

		if (!doctor_has_topic(d, t))
			continue;
		if (trial_committed(
			    d->trial, t->name, t->partitions, &any, &err))
			doctor_failed(d, &err);
		else if (any)
			doctor_found(d, DOCTOR_OK, NULL,
				"%s: group %s goes on where it stopped",
				t->name, d->group);
		else if (s->start == START_NONE)
			doctor_found(d, DOCTOR_FAIL,
				"set `start: earliest` to read what is there, "
				"or `start: latest` to leave it out",
				"%s: group %s never committed an offset of it",
				t->name, d->group);
		else
			doctor_found(d, DOCTOR_OK, NULL,
				"%s: group %s begins at the %s", t->name,
				d->group,
				s->start == START_EARLIEST ? "earliest"
							   : "latest");
	}
}
