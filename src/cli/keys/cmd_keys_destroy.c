#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "crypto/ring/life.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"epoch", "NUMBER", "which; `lethe keys show` lists them"},
	{"policy", "FILE",
		"the policy that says how long its purpose's records live"},
	{"early", NULL,
		"before they are gone, where `destroy_early` of the purpose "
		"says what rights end"},
	{NULL, NULL, NULL}};

struct destruction {
	uint64_t number; /* of the epoch */
	const struct lethe_policy *policy;
	bool early;
	const char *why; /* early; for the history */
	int64_t last_ms; /* its tokens were made until then */
	int64_t now_ms;
};

static const char *
how_long(const struct destruction *d, const struct policy_purpose *p)
{
	static char text[40];

	if (!p->retention_ms)
		return ": no `retention` is stated";
	if (d->last_ms == INT64_MAX)
		return ": it is in use until what waits is activated";
	(void)snprintf(text, sizeof(text), " until %s",
		change_time(change_gone(d->last_ms, p->retention_ms)));
	return text;
}

/* Whose records may still live, nobody could find for them any more. */
static enum lethe_status
check_purpose(struct destruction *d, const char *name,
	const struct ring_epoch *e, struct lethe_error *err)
{
	const struct policy_purpose *p = NULL;

	for (size_t i = 0; i < d->policy->purpose_count; i++)
		if (!strcmp(d->policy->purposes[i].name, name))
			p = &d->policy->purposes[i];
	if (!p)
		return fail(err, LETHE_ERING, 0,
			"the policy has no purpose %.64s: name one that says "
			"how long its records live",
			name);
	if (p->retention_ms && d->last_ms != INT64_MAX &&
		change_gone(d->last_ms, p->retention_ms) <= d->now_ms)
		return LETHE_OK;
	if (d->early && p->destroy_early) {
		d->why = p->destroy_early;
		return LETHE_OK;
	}
	return fail(err, LETHE_ERING, 0,
		d->early ? "records of epoch %u may live%s; --early goes no "
			   "further without `destroy_early` of %.40s in the "
			   "policy, saying what rights end"
			 : "records of epoch %u may live%s; before that, "
			   "--early and `destroy_early` of %.40s in the "
			   "policy, saying what rights end",
		e->number, how_long(d, p), name);
}

/* Of each purpose whose tokens the epoch has made. */
static enum lethe_status
check_age(
	struct destruction *d, const struct change *c, struct lethe_error *err)
{
	const struct ring_epoch *e =
		ring_epoch_get(c->ring, (size_t)d->number - 1);
	enum lethe_status status;
	uint32_t id;

	if (ring_epoch_state(c->ring, (size_t)d->number - 1, c->now_ms) !=
		EPOCH_ERASE_ONLY)
		return LETHE_OK; /* refused, in better words, by the move */
	d->now_ms = c->now_ms;
	d->last_ms = change_last_use(c, c->ring, e);
	status = check_purpose(
		d, ring_domain_name(c->ring, e->domain - 1, &id), e, err);
	for (size_t i = 0; !status && i < ring_join_count(c->ring); i++) {
		struct ring_join join = ring_join_get(c->ring, i);

		if (join.domain == e->domain)
			status = check_purpose(d, join.purpose, e, err);
	}
	return status;
}

static void
tell_who(const struct ring *r, const struct ring_epoch *e)
{
	char id[2 * KEY_ID_BYTES + 1];

	printf("an old copy of the ring and one of these secret keys would "
	       "open epoch %u again; replace them, and destroy the old halves:"
	       "\n",
		e->number);
	for (enum ring_role role = ROLE_RUNTIME; role <= ROLE_ERASURE; role++)
		for (size_t i = 0; i < ring_recipient_count(r, role); i++) {
			public_key_id(ring_recipient(r, role, i), id);
			printf("  %-8s %s\n", ring_role_name(role), id);
		}
}

static int
destroy_now(struct destruction *d, struct change *c)
{
	uint32_t number = (uint32_t)d->number;
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_OK;
	char what[128];
	int code;

	if (number <= ring_epoch_count(c->ring))
		status = check_age(d, c, &err);
	if (!status)
		status = ring_move(
			c->ring, number, RING_DESTROY, d->why, c->now_ms, &err);
	if (status)
		return report(&err);
	snprintf(what, sizeof(what),
		"epoch %u is destroyed: its key is in this ring no more",
		number);
	code = change_write(c, what);
	if (!code)
		tell_who(c->ring, ring_epoch_get(c->ring, number - 1));
	return code;
}

static int
destroy(void *ctx, const struct options *o, struct change *c)
{
	struct destruction *d = ctx;
	const char *path = option_get(o, "policy");
	struct lethe_policy *policy = NULL;
	int code;

	if (!path && c->settings)
		path = c->settings->policy;
	if (!path)
		return usage_error(o->command,
			"--config, or --policy and --ring, are needed");
	code = load_policy(path, c->now_ms, &policy);
	d->policy = policy;
	if (!code)
		code = destroy_now(d, c);
	lethe_policy_drop(policy);
	return code;
}

static int
run(int argc, char **argv)
{
	struct destruction d = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_destroy, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "epoch") ||
		!option_count(&o, "epoch", 1, UINT32_MAX, &d.number))
		return EXIT_USAGE;
	d.early = option_has(&o, "early");
	return change_do(&o, destroy, &d);
}

const struct command cmd_keys_destroy = {
	.words = "keys destroy",
	.synopsis = "--config FILE | --policy FILE --ring FILE --epoch NUMBER "
		    "[--early]",
	.summary = "take an epoch's key out of the ring for good",
	.about = "Of an epoch past its overlap: takes every sealed copy of its "
		 "key out of the ring; the history says so.  Afterwards nobody "
		 "who holds this ring can make its tokens.\n\n"
		 "It is refused while records made with it may live, by the "
		 "`retention` of each purpose that used it, and a quarter of "
		 "it in which brokers delete, since rights of access and "
		 "erasure could not be served for them.  Earlier "
		 "takes --early and `destroy_early` of the purpose in the "
		 "policy, whose words stand in the ring's history.  What it "
		 "cannot reach: older copies of the ring file, which a "
		 "secret key of then still opens; it lists whose.",
	.options = option_rows,
	.examples = "lethe keys destroy --config shop/lethe.yaml --epoch 1\n"
		    "lethe keys destroy --policy policy.yaml --ring ring.lethe "
		    "--epoch 1 --early",
	.run = run,
};
