#include "base/clock.h"
#include "cli/commands.h"
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
tell(const struct ring *r, const char *path, const struct counts *before,
	size_t added)
{
	uint32_t id;

	if (!added) {
		printf("%s has all that the policy needs; it stays version "
		       "%u\n",
			path, ring_version(r));
		return;
	}
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
	printf("%s is now version %u: give it to every instance, back it up\n",
		path, ring_version(r));
}

static int
add(const char *path, const struct lethe_policy *policy)
{
	struct lethe_error err = {0};
	struct ring *ring = NULL;
	struct counts before;
	size_t added = 0;
	int code = EXIT_YES;

	if (ring_read(path, &ring, &err))
		return report_opening(&err);
	before = count(ring);
	if (ring_add(ring, &policy->want, clock_now_ms(), &added, &err) ||
		(added && ring_write(ring, path, false, &err)))
		code = report(&err);
	else
		tell(ring, path, &before, added);
	ring_free(ring);
	return code;
}

static int
run(int argc, char **argv)
{
	struct lethe_policy *policy = NULL;
	struct settings *settings = NULL;
	const char *policy_path, *ring_path;
	struct options o;
	int code = EXIT_YES;

	if (!options_parse(&cmd_keys_add, argc, argv, 0, 0, &o, &code))
		return code;
	if (option_has(&o, "config"))
		code = load_settings(
			&o, option_get(&o, "config"), false, &settings);
	if (code)
		return code;
	policy_path = option_get(&o, "policy");
	ring_path = option_get(&o, "ring");
	if (settings && !policy_path)
		policy_path = settings->policy;
	if (settings && !ring_path)
		ring_path = settings->ring;
	if (policy_path && ring_path)
		code = load_policy(policy_path, clock_now_ms(), &policy);
	else
		code = usage_error(&cmd_keys_add,
			"--config, or --policy and --ring, are needed");
	if (!code)
		code = add(ring_path, policy);
	lethe_policy_drop(policy);
	settings_free(settings);
	return code;
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
