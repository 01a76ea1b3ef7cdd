#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "cli/options.h"
#include "crypto/ring.h"
#include "policy/policy.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"config", "FILE", "settings that name policy and ring"},
	{"policy", "FILE", "the policy whose needs are added"},
	{"ring", "FILE", "the ring, written anew when something is added"},
	{NULL, NULL, NULL}};

struct counts {
	size_t domains, classes, epochs;
};

static struct counts
count(const struct ring *r)
{
	return (struct counts){
		ring_domain_count(r), ring_class_count(r), ring_epoch_count(r)};
}

static void
tell(const struct ring *r, const struct counts *before)
{
	uint32_t id;

	for (size_t i = before->classes; i < ring_class_count(r); i++) {
		const char *name = ring_class_name(r, i, &id);

		printf("class %u  %s\n", id, name);
	}
	for (size_t i = before->domains; i < ring_domain_count(r); i++) {
		const char *name = ring_domain_name(r, i, &id);

		printf("purpose %u  %s\n", id, name);
	}
	for (size_t i = before->epochs; i < ring_epoch_count(r); i++) {
		const struct ring_epoch *e = ring_epoch_get(r, i);

		printf("epoch %u  of purpose %u, active since ever\n",
			e->number, e->domain);
	}
}

/* What --policy names, or the settings. */
static int
add_wanted(struct change *c, const struct lethe_policy *policy)
{
	struct counts before = count(c->ring);
	struct lethe_error err = {0};
	size_t added = 0;

	if (ring_add(c->ring, &policy->want, c->now_ms, &added, &err))
		return report(&err);
	if (!added) {
		printf("%s has all that the policy needs; it stays version "
		       "%u\n",
			c->path, ring_version(c->held));
		return EXIT_YES;
	}
	tell(c->ring, &before);
	return change_write(c, "added");
}

static int
add(void *ctx, const struct options *o, struct change *c)
{
	const char *path = option_get(o, "policy");
	struct lethe_policy *policy = NULL;
	int code;

	(void)ctx;
	if (!path && c->settings)
		path = c->settings->policy;
	if (!path)
		return usage_error(o->command,
			"--config, or --policy and --ring, are needed");
	code = load_policy(path, c->now_ms, &policy);
	if (!code)
		code = add_wanted(c, policy);
	lethe_policy_drop(policy);
	return code;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_add, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_has(&o, "config") &&
		(!option_has(&o, "policy") || !option_has(&o, "ring")))
		return usage_error(&cmd_keys_add,
			"--config, or --policy and --ring, are needed");
	return change_do(&o, add, NULL);
}

const struct command cmd_keys_add = {
	.words = "keys add",
	.synopsis = "--config FILE | --policy FILE --ring FILE",
	.summary = "add to a ring what a policy needs",
	.about =
		"Gives each purpose and identifier class of the policy that "
		"the ring does not know a number, which is never used again, "
		"and each new purpose its first epoch.  It needs no secret "
		"key: new keys are sealed to the ring's recipients.\n\n"
		"What is there stays as it is.  A policy whose rules for a "
		"class (from, within, normalise, ignore, prefix) differ from "
		"those of an epoch in use is refused, since every token of the "
		"class would change without notice.",
	.options = option_rows,
	.examples = "lethe keys add --config shop/lethe.yaml\n"
		    "lethe keys add --policy policy.yaml --ring ring.lethe",
	.run = run,
};
