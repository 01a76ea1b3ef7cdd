#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/shell.h"
#include "crypto/ring/life.h"
#include "event/writer.h"
#include "policy/policy.h"
#include "text/time.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"policy", "FILE", "the policy that says how often"},
	{"within", "TIME", "also what is due so soon; default 30d"},
	{"json", NULL, "one JSON object a line, for scripts"},
	{NULL, NULL, NULL}};

struct due {
	struct buf out;
	bool json;
	int64_t now_ms, until_ms;
	size_t count;
	const char *ring;   /* its path */
	const char *policy; /* as it was named; NULL: by the settings */
	const char *config; /* or NULL */
};

struct item {
	const char *what; /* rotate, retire, destroy */
	const char *purpose;
	uint32_t epoch;
	int64_t at_ms;
	const char *command;
};

static void
put_json(struct due *d, const struct item *i)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, &d->out);
	write_object(&w, 5);
	write_key(&w, slice_of("what"));
	write_string(&w, slice_of(i->what));
	write_key(&w, slice_of("purpose"));
	write_string(&w, slice_of(i->purpose));
	write_key(&w, slice_of("epoch"));
	write_int(&w, i->epoch);
	write_key(&w, slice_of("at_ms"));
	write_int(&w, i->at_ms);
	write_key(&w, slice_of("overdue"));
	write_bool(&w, i->at_ms <= d->now_ms);
	write_object_end(&w);
	buf_put_byte(&d->out, '\n');
}

/* As this command was told, so that the line can be run as it stands. */
static void
put_where(struct due *d, bool asks_policy)
{
	buf_put_text(&d->out, d->config ? " --config " : " --ring ");
	shell_put_word(&d->out, d->config ? d->config : d->ring);
	if (asks_policy && d->policy) {
		buf_put_text(&d->out, " --policy ");
		shell_put_word(&d->out, d->policy);
	}
	buf_put_byte(&d->out, '\n');
}

static void
put(struct due *d, const struct item *i)
{
	if (i->at_ms > d->until_ms)
		return;
	d->count++;
	if (d->json) {
		put_json(d, i);
		return;
	}
	buf_printf(&d->out, "%-7s  %s, epoch %u: %s %s\n         lethe keys %s",
		i->what, i->purpose, i->epoch,
		i->at_ms <= d->now_ms ? "overdue since" : "due",
		change_time(i->at_ms), i->command);
	put_where(d, !strcmp(i->what, "destroy"));
}

/* The active epoch of a domain; 0: none. */
static uint32_t
active_of(const struct ring *r, uint32_t domain, int64_t now_ms)
{
	for (size_t i = ring_epoch_count(r); i-- > 0;)
		if (ring_epoch_get(r, i)->domain == domain &&
			ring_epoch_state(r, i, now_ms) == EPOCH_ACTIVE)
			return ring_epoch_get(r, i)->number;
	return 0;
}

static void
look_at_rotation(struct due *d, const struct ring *r,
	const struct policy_purpose *p, uint32_t domain)
{
	bool days = p->rotate_overlap_ms % DAY_MS == 0;
	char command[256];

	if (!p->rotate_every_ms)
		return;
	snprintf(command, sizeof(command),
		"propose --purpose %.100s --at TIME --overlap %lld%s", p->name,
		(long long)(days ? p->rotate_overlap_ms / DAY_MS
				 : p->rotate_overlap_ms / 1000),
		days ? "d" : "s");
	put(d, &(struct item){"rotate", p->name,
		       active_of(r, domain, d->now_ms),
		       ring_rotation_due(
			       r, domain, p->rotate_every_ms, d->now_ms),
		       command});
}

/* Once no record made with it lives, its key serves nobody. */
static void
look_at_old(struct due *d, const struct change *c,
	const struct policy_purpose *p, uint32_t domain)
{
	const struct ring *r = c->held;
	char command[256];

	for (size_t i = 0; p->retention_ms && i < ring_epoch_count(r); i++) {
		const struct ring_epoch *e = ring_epoch_get(r, i);

		if (e->domain != domain ||
			ring_epoch_state(r, i, d->now_ms) != EPOCH_ERASE_ONLY)
			continue;
		snprintf(command, sizeof(command), "destroy --epoch %u",
			e->number);
		put(d, &(struct item){"destroy", p->name, e->number,
			       change_gone(change_last_use(c, r, e),
				       p->retention_ms),
			       command});
	}
}

/* What the clock or an emergency retired, and nobody took from the runtime. */
static void
look_at_seals(struct due *d, const struct ring *r)
{
	char command[64];
	uint32_t id;

	for (size_t i = 0; i < ring_epoch_count(r); i++) {
		const struct ring_epoch *e = ring_epoch_get(r, i);

		if (ring_epoch_state(r, i, d->now_ms) != EPOCH_ERASE_ONLY ||
			!ring_runtime_has(r, e->number))
			continue;
		snprintf(command, sizeof(command), "retire --epoch %u",
			e->number);
		put(d, &(struct item){"retire",
			       ring_domain_name(r, e->domain - 1, &id),
			       e->number, e->retire_at_ms, command});
	}
}

static int
tell(struct due *d, const struct change *c, const struct lethe_policy *policy)
{
	const struct ring *r = c->held;
	struct lethe_error err = {0};

	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct policy_purpose *p = &policy->purposes[i];
		uint32_t domain = ring_domain_id(r, slice_of(p->name));

		if (!domain)
			continue;
		look_at_rotation(d, r, p, domain);
		look_at_old(d, c, p, domain);
	}
	look_at_seals(d, r);
	if (!d->count && !d->json)
		buf_printf(&d->out, "nothing is due before %s\n",
			change_time(d->until_ms));
	if (output_flush(&d->out, true, &err))
		return report(&err);
	return d->count ? EXIT_NO : EXIT_YES;
}

static int
look(void *ctx, const struct options *o, struct change *c)
{
	const char *path = option_get(o, "policy");
	struct lethe_policy *policy = NULL;
	struct due d = {.json = option_has(o, "json"),
		.now_ms = c->now_ms,
		.ring = c->path,
		.policy = path,
		.config = option_get(o, "config")};
	int code;

	if (!path && c->settings)
		path = c->settings->policy;
	if (!path)
		return usage_error(o->command,
			"--config, or --policy and --ring, are needed");
	d.until_ms = c->now_ms + *(const int64_t *)ctx;
	code = load_policy(path, c->now_ms, &policy);
	buf_init(&d.out, 0);
	if (!code)
		code = tell(&d, c, policy);
	buf_fini(&d.out);
	lethe_policy_drop(policy);
	return code;
}

static int
run(int argc, char **argv)
{
	int64_t within = 30 * DAY_MS;
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_due, argc, argv, 0, 0, &o, &code))
		return code;
	if (option_has(&o, "within") &&
		!duration_parse(slice_of(option_get(&o, "within")), &within))
		return usage_error(&cmd_keys_due,
			"--within is a length such as 30d or 12h");
	return change_look(&o, look, &within);
}

const struct command cmd_keys_due = {
	.words = "keys due",
	.synopsis = "--config FILE | --policy FILE --ring FILE [--within TIME] "
		    "[--json]",
	.summary = "which rotations and destructions are due",
	.about =
		"Holds the ring against the policy: a purpose whose `rotate` "
		"asks for another epoch; an epoch past its overlap whose key "
		"still stands sealed to the runtime; and one whose last record "
		"has passed the purpose's retention, so that its key can be "
		"destroyed.  Each with the command that does it.  Exit 0: "
		"nothing; 1: something is due or overdue, for a timer that "
		"tells people.",
	.options = option_rows,
	.examples = "lethe keys due --config shop/lethe.yaml\n"
		    "lethe keys due --policy policy.yaml --ring ring.lethe "
		    "--within 7d",
	.run = run,
};
