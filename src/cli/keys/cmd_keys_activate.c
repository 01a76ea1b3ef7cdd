#include "base/clock.h"
#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/keys/fleet.h"

#include <stdlib.h>
#include <string.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"instances", "URL,...",
		"refuse an instant that one of these could miss"},
	{NULL, NULL, NULL}};

static bool
is_runtime(const struct ring *r, const struct public_key *key)
{
	for (size_t i = 0; i < ring_recipient_count(r, ROLE_RUNTIME); i++)
		if (!memcmp(ring_recipient(r, ROLE_RUNTIME, i), key,
			    sizeof(*key)))
			return true;
	return false;
}

/* What only one machine can open is lost with it. */
static enum lethe_status
check_holders(const struct ring *r, struct lethe_error *err)
{
	for (size_t i = 0; i < ring_recipient_count(r, ROLE_ERASURE); i++)
		if (!is_runtime(r, ring_recipient(r, ROLE_ERASURE, i)))
			return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"nobody but the runtime could open the ring's keys: add an "
		"erasure recipient, whose secret half is kept off line "
		"(`lethe keys recipient add`)");
}

/* The nearest instant that the waiting version brings; INT64_MAX: none. */
static int64_t
first_instant(const struct change *c)
{
	int64_t first = INT64_MAX;

	for (size_t i = ring_epoch_count(c->held);
		i < ring_epoch_count(c->ring); i++) {
		const struct ring_epoch *e = ring_epoch_get(c->ring, i);

		if (e->active_from_ms > e->created_ms && !e->destroyed_at_ms &&
			e->active_from_ms < first)
			first = e->active_from_ms;
	}
	return first;
}

/* Whether what one holds is what stands here, an older version, or already what
   waits: anything else would refuse what waits. */
static bool
can_follow(const struct change *c, const struct fleet_instance *i)
{
	const struct ring *r =
		i->version == ring_version(c->ring) ? c->ring : c->held;
	char digest[2 * RING_HASH_BYTES + 1];

	hex_text(ring_digest(r), RING_HASH_BYTES, digest);
	return i->version < ring_version(c->held) ||
	       (i->version == ring_version(r) && !strcmp(i->digest, digest));
}

/* Whether one can be asked, and will learn of the ring by itself. */
static enum lethe_status
check_instance(const struct change *c, const struct fleet_instance *i,
	struct lethe_error *err)
{
	if (i->why.status == LETHE_EUSAGE)
		return fail(err, LETHE_EUSAGE, 0, "--instances: %.60s: %.100s",
			i->url, i->why.what);
	if (i->why.status)
		return fail(err, LETHE_EIO, 0,
			"%.60s: %.100s; start it, or leave it out of "
			"--instances: it then learns when it starts",
			i->url, i->why.what);
	if (strcmp(i->ring, ring_id(c->held)) != 0)
		return fail(err, LETHE_ERING, 0, "%.60s holds another ring",
			i->url);
	if (!can_follow(c, i))
		return fail(err, LETHE_ERING, 0,
			"%.60s holds version %u, which this one does not "
			"follow: it would be refused there",
			i->url, i->version);
	if (i->learns_ms < 0)
		return fail(err, LETHE_ERING, 0,
			"%.60s takes a changed ring at SIGHUP alone: when, "
			"nobody can say (policy.watch)",
			i->url);
	return LETHE_OK;
}

/* By the time when all have answered. */
static enum lethe_status
check_slowest(const struct change *c, const char *url, int64_t learns_ms,
	struct lethe_error *err)
{
	int64_t first = first_instant(c), now = clock_now_ms();

	if (first == INT64_MAX || first >= now + learns_ms)
		return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"%.60s needs %.1f s to learn of it, the instant is in %.1f s: "
		"propose a later one",
		url, (double)learns_ms / 1000, (double)(first - now) / 1000);
}

static enum lethe_status
check_instances(
	const struct change *c, const char *list, struct lethe_error *err)
{
	char *copy = list ? strdup(list) : NULL, *rest = copy, *url;
	enum lethe_status status = LETHE_OK;
	const char *slowest = NULL;
	int64_t learns_ms = -1;

	if (list && !copy)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a list");
	while (!status && rest && (url = strsep(&rest, ","))) {
		struct fleet_instance i;

		fleet_ask(url, &i);
		status = check_instance(c, &i, err);
		if (!status && i.learns_ms > learns_ms) {
			slowest = url;
			learns_ms = i.learns_ms;
		}
		fleet_forget(&i);
	}
	if (!status && slowest)
		status = check_slowest(c, slowest, learns_ms, err);
	free(copy);
	return status;
}

static int
activate(void *ctx, const struct options *o, struct change *c)
{
	struct lethe_error err = {0};
	enum lethe_status status = change_verify(c, &err);

	(void)ctx;
	if (!status)
		status = check_holders(c->ring, &err);
	if (!status)
		status = change_check_instants(c, &err);
	if (!status)
		status = check_instances(c, option_get(o, "instances"), &err);
	if (!status)
		status = ring_write(c->ring, c->path, false, &err);
	if (status)
		return report(&err);
	change_activated(c);
	return EXIT_YES;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_activate, argc, argv, 0, 0, &o, &code))
		return code;
	return change_do_waiting(&o, activate, NULL);
}

const struct command cmd_keys_activate = {
	.words = "keys activate",
	.synopsis = "--config FILE | --ring FILE [--instances URL,...]",
	.summary = "put an approved version in the ring's place",
	.about =
		"Checks the signatures of the version that waits and writes it "
		"over the ring, whole or not at all.  It is refused while "
		"signatures lack, when an instant has passed meanwhile, and "
		"when nobody but the runtime could open the keys: one "
		"recipient "
		"more (role erasure), kept off line, is the way back after a "
		"loss.\n\n"
		"With --instances it asks each of them (as `lethe keys "
		"status`) how long it takes to learn of a changed ring, and "
		"refuses an instant that is nearer than the slowest needs.  "
		"How long you take to bring the file to them is not in that: "
		"add it.",
	.options = option_rows,
	.examples = "lethe keys activate --ring ring.lethe\n"
		    "lethe keys activate --ring ring.lethe --instances "
		    "http://pod-0:9464,http://pod-1:9464",
	.run = run,
};
