#include "cli/commands.h"
#include "cli/keys/change.h"
#include "crypto/ring/life.h"

#include <stdio.h>
#include <string.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"why", "TEXT", "of a join: why their tokens may be compared"},
	{NULL, NULL, NULL}};

static int
join(void *ctx, const struct options *o, struct change *c)
{
	uint32_t domain = ring_domain_id(c->ring, slice_of(o->args[1]));
	struct lethe_error err = {0};
	char what[256];

	(void)ctx;
	if (!domain)
		return usage_error(o->command, "the ring has no purpose %.64s",
			o->args[1]);
	if (ring_join(c->ring, domain, slice_of(o->args[2]),
		    slice_of(option_get(o, "why")), c->now_ms, &err))
		return report(&err);
	snprintf(what, sizeof(what),
		"%.64s shares the tokens of %.64s: who reads both can join "
		"them",
		o->args[2], o->args[1]);
	return change_write(c, what);
}

static int
change_name(void *ctx, const struct options *o, struct change *c)
{
	enum ring_names which = *(const enum ring_names *)ctx;
	struct lethe_error err = {0};

	if (ring_rename(c->ring, which, slice_of(o->args[1]),
		    slice_of(o->args[2]), c->now_ms, &err))
		return report(&err);
	return change_write(c, "renamed: no token changes; the policy must "
			       "name it so from now on");
}

static int
run(int argc, char **argv)
{
	enum ring_names which = RING_DOMAINS;
	struct options o;
	bool joins;
	int code;

	if (!options_parse(&cmd_keys_domain, argc, argv, 3, 3, &o, &code))
		return code;
	joins = !strcmp(o.args[0], "join");
	if (!joins && strcmp(o.args[0], "rename") != 0)
		return usage_error(&cmd_keys_domain, "rename or join");
	if (joins && !option_needed(&o, "why"))
		return EXIT_USAGE;
	if (!joins && option_has(&o, "why"))
		return usage_error(&cmd_keys_domain, "--why goes with join");
	return change_do(&o, joins ? join : change_name, &which);
}

const struct command cmd_keys_domain = {
	.words = "keys domain",
	.synopsis = "rename|join PURPOSE NEW [--why TEXT] --config FILE | "
		    "--ring FILE",
	.summary = "rename a purpose in the ring, or let two share tokens",
	.about =
		"rename: the purpose keeps its number, and so its tokens, "
		"under another name; change the policy at the same time.\n\n"
		"join: a purpose that the ring does not know yet makes the "
		"same tokens as another, so that who reads both topics can "
		"join them.  That is what purposes are kept apart for: say "
		"why, it stands in the ring.  A purpose that has tokens of its "
		"own cannot be joined.",
	.options = option_rows,
	.examples = "lethe keys domain rename recommendations suggestions "
		    "--ring ring.lethe\n"
		    "lethe keys domain join recommendations search --ring "
		    "ring.lethe --why 'one team, one model'",
	.run = run,
};

static const struct option_row class_rows[] = {
	CHANGE_OPTIONS, {NULL, NULL, NULL}};

static int
run_class(int argc, char **argv)
{
	enum ring_names which = RING_CLASSES;
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_class, argc, argv, 3, 3, &o, &code))
		return code;
	if (strcmp(o.args[0], "rename") != 0)
		return usage_error(&cmd_keys_class, "rename");
	return change_do(&o, change_name, &which);
}

const struct command cmd_keys_class = {
	.words = "keys class",
	.synopsis = "rename OLD NEW --config FILE | --ring FILE",
	.summary = "rename an identifier class in the ring",
	.about = "The class keeps its number, and so its tokens, under another "
		 "name; change the policy at the same time.  New classes come "
		 "with `lethe keys add`.",
	.options = class_rows,
	.examples = "lethe keys class rename device gadget --ring ring.lethe",
	.run = run_class,
};
