#include "cli/doctor/doctor.h"

#include "admin/server.h"
#include "base/clock.h"
#include "daemon/run.h"
#include "kafka/output.h"

#include <stdio.h>
#include <sys/stat.h>

void
examine_settings(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	struct lethe_error err = {0};

	if (settings_check_run(s, &err)) {
		doctor_found(d, DOCTOR_FAIL, "add it to the settings", "%s",
			err.what);
		return;
	}
	doctor_found(d, DOCTOR_OK, NULL,
		"application %s, instance %s, group %s", s->application,
		s->instance, s->group);
}

/* A view is tied to the ring once there is one. */
static void
open_view(struct doctor *d)
{
	struct lethe_view_options options = {.size = sizeof(options),
		.policy = d->l.policy,
		.ring = d->l.ring,
		.purpose = d->l.settings->purpose};
	struct lethe_view *view = NULL;
	struct lethe_error err = {0};

	if (lethe_view_new(&options, &view, &err)) {
		doctor_failed(d, &err);
		return;
	}
	lethe_view_free(d->l.view);
	d->l.view = view;
}

static void
list_topics(struct doctor *d)
{
	const struct lethe_policy *p = d->l.policy;
	size_t count = output_count(p);
	const char **outputs = arena_calloc(&d->arena, count, sizeof(*outputs));

	d->inputs = arena_calloc(
		&d->arena, lethe_policy_topics(p) + 1, sizeof(*d->inputs));
	d->outputs = arena_calloc(&d->arena, count, sizeof(*d->outputs));
	bug_if(!outputs || !d->inputs || !d->outputs);
	output_topics(d->l.view, outputs);
	for (size_t i = 0; i < count; i++)
		if (outputs[i])
			d->outputs[d->output_count++].name = outputs[i];
	for (size_t i = 1; i <= lethe_policy_topics(p); i++) {
		d->inputs[d->input_count].name = lethe_policy_topic(p, i);
		d->inputs[d->input_count++].channel = i;
	}
}

void
examine_policy(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	size_t before = d->count;

	if (!s->policy) {
		doctor_found(
			d, DOCTOR_SKIP, NULL, "the settings name no policy");
		return;
	}
	if (load_policy_watched(s->policy, clock_now_ms(), &d->file)) {
		doctor_found(d, DOCTOR_FAIL,
			"mend what is told above; `lethe policy check` shows "
			"it again",
			"%s cannot be used", s->policy);
		return;
	}
	d->l.policy = lethe_policy_ref(d->file.policy);
	open_view(d);
	if (d->count != before)
		return;
	list_topics(d);
	if (!d->input_count)
		doctor_found(d, DOCTOR_FAIL, "give its inputs `topics`",
			"no input of the policy names a topic");
	else if (!d->l.policy->quarantine.topic)
		doctor_found(d, DOCTOR_FAIL, "add `quarantine` to the policy",
			"what cannot be read would have no place to go");
	else
		doctor_found(d, DOCTOR_OK, NULL,
			"%s, revision %s: %zu input topic%s, %zu topics to "
			"write",
			lethe_policy_name(d->l.policy),
			lethe_policy_label(d->l.policy), d->input_count,
			d->input_count == 1 ? "" : "s", d->output_count);
}

void
examine_keys(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	size_t before = d->count;
	struct lethe_error err = {0};

	if (!s->ring || !s->secret) {
		doctor_found(d, DOCTOR_SKIP, NULL,
			"the settings name no ring, or no secret");
		return;
	}
	if (load_ring_watched(s, &d->secret, &d->l.ring, &err)) {
		doctor_failed(d, &err);
		return;
	}
	/* Without it the ring's own word counts, and was asked. */
	if (s->ring_trust && load_trust(s, d->l.ring->ring, &err)) {
		doctor_failed(d, &err);
		return;
	}
	if (d->l.policy)
		open_view(d);
	if (d->count == before)
		doctor_found(d, DOCTOR_OK, NULL,
			"the ring opens with the secret key%s",
			d->l.policy ? " and has what the policy names" : "");
}

/* As `lethe run` starts: with the file, or with the one before it. */
static void
tell_start(struct doctor *d, bool waits)
{
	const struct policy_file *f = &d->file;
	const struct ring *ring = d->l.ring->ring;

	if (!f->is_signed)
		doctor_found(d, DOCTOR_OK, NULL,
			"the ring asks for none: whoever can write the policy "
			"decides what leaves");
	else if (waits)
		doctor_found(d, DOCTOR_OK, NULL,
			"the policy waits for its instant; until then the one "
			"before it, revision %s, is in force",
			lethe_policy_label(f->policy));
	else
		doctor_found(d, DOCTOR_OK, NULL, "%zu of its %u signatures",
			statement_count(&f->statement, ring),
			ring_policy_threshold(ring));
}

void
examine_signatures(struct doctor *d)
{
	struct lethe_error err = {0};
	bool waits;

	if (!d->l.policy || !d->l.ring) {
		doctor_found(d, DOCTOR_SKIP, NULL,
			"policy or ring could not be opened");
		return;
	}
	if (policy_file_start(&d->file, d->l.ring->ring, clock_now_ms(), NULL,
		    NULL, &waits, &err))
		doctor_failed(d, &err);
	else
		tell_start(d, waits);
}

void
examine_job(struct doctor *d)
{
	struct job_options options;
	struct lethe_error err = {0};

	if (!d->l.view || !d->l.ring) {
		doctor_found(d, DOCTOR_SKIP, NULL,
			"policy or ring could not be opened");
		return;
	}
	run_options(d->l.settings, d->l.view, d->l.ring, &options);
	if (job_check(&options, &err))
		doctor_failed(d, &err);
	else
		doctor_found(d, DOCTOR_OK, NULL,
			"settings, policy and ring go together");
}

/* The client's private key; `lethe run` leaves it to the client library. */
static void
look_at_key(struct doctor *d, const char *property)
{
	const struct settings *s = d->l.settings;
	const char *path = server_property(s->kafka, s->kafka_count, property);
	struct stat st;

	if (path && !stat(path, &st) && st.st_mode & 06)
		doctor_found(d, DOCTOR_WARN,
			"let it be for this user alone (chmod 600)",
			"kafka.%s: others may read or write the file",
			property);
}

void
examine_passwords(struct doctor *d)
{
	struct settings *s = d->l.settings;
	struct lethe_error err = {0};
	size_t count = 0;

	look_at_key(d, "ssl.key.location");
	look_at_key(d, "ssl.keystore.location");
	if (client_files_check(s->kafka, s->kafka_count, &err)) {
		doctor_found(d, DOCTOR_FAIL,
			"name the file that there is; this user must be able "
			"to read it",
			"%s", err.what);
		return;
	}
	for (size_t i = 0; i < s->kafka_count; i++)
		count += s->kafka[i].secret;
	if (client_secrets_load(s->kafka, s->kafka_count, &err)) {
		doctor_found(d, DOCTOR_FAIL,
			"give it a file of its own, for this user alone (chmod "
			"600)",
			"%s", err.what);
		return;
	}
	d->passwords = true;
	if (count)
		doctor_found(d, DOCTOR_OK, NULL, "%zu read", count);
	else
		doctor_found(d, DOCTOR_OK, NULL, "none are needed");
}

void
examine_port(struct doctor *d)
{
	static const struct admin_route none[] = {{NULL, NULL, NULL}};
	const char *listen = d->l.settings->http_listen;
	struct lethe_error err = {0};
	struct admin *admin;

	if (!*listen) {
		doctor_found(d, DOCTOR_OK, NULL, "http.listen is off");
		return;
	}
	if (admin_open(listen, none, NULL, &admin, &err)) {
		doctor_failed(d, &err);
		return;
	}
	doctor_found(d, DOCTOR_OK, NULL, "%s is free", admin_address(admin));
	admin_close(admin);
}
