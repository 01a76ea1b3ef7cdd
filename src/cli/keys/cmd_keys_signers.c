#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/keys/signers.h"
#include "crypto/ring/life.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"public", "FILE",
		"a signer's public key, from `lethe keys pair --for signer`; "
		"once for each of them"},
	{"threshold", "K", "how many of them must sign"},
	{"role", "signer|policy",
		"what they sign: rings (the default), or policies"},
	{NULL, NULL, NULL}};

static const char *const roles[] = {"signer", "policy", NULL};

enum { SIGN_RINGS, SIGN_POLICIES };

struct wanted {
	uint64_t threshold;
	size_t role;
};

/* Who signs rings is the signers' word, old and new. */
static int
set_signers(struct change *c, const struct trust *t, uint32_t threshold)
{
	struct lethe_error err = {0};
	char what[128];
	int code;

	if (ring_set_signers(
		    c->ring, t->keys, t->set.count, threshold, c->now_ms, &err))
		return report(&err);
	snprintf(what, sizeof(what), "%u of %zu signers must sign from now on",
		threshold, t->set.count);
	code = change_write(c, what);
	if (!code)
		printf("the old signers and the new ones approve this version: "
		       "%u of the old, %u of the new\nafter `keys "
		       "activate`: lethe keys trust, for ring.trust of every "
		       "instance\n",
			ring_threshold(c->held), threshold);
	return code;
}

/* Who signs policies is a word of the ring, as any other. */
static int
set_policy_signers(struct change *c, const struct trust *t, uint32_t threshold)
{
	struct lethe_error err = {0};
	char what[128];
	int code;

	if (ring_set_policy_signers(
		    c->ring, t->keys, t->set.count, threshold, c->now_ms, &err))
		return report(&err);
	snprintf(what, sizeof(what),
		"%u of %zu signers must sign each policy from now on",
		threshold, t->set.count);
	code = change_write(c, what);
	if (!code)
		printf("  have the policy in force signed first: a start needs "
		       "its signatures (`lethe policy sign`)\n");
	return code;
}

static int
set(void *ctx, const struct options *o, struct change *c)
{
	const struct wanted *w = ctx;
	struct trust trust;
	int code = signers_read(o, &trust);

	if (code)
		return code;
	return w->role == SIGN_POLICIES
		       ? set_policy_signers(c, &trust, (uint32_t)w->threshold)
		       : set_signers(c, &trust, (uint32_t)w->threshold);
}

static int
run(int argc, char **argv)
{
	struct wanted w = {.role = SIGN_RINGS};
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_signers, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "public") || !option_needed(&o, "threshold") ||
		!option_count(
			&o, "threshold", 1, TRUST_SIGNERS_MAX, &w.threshold) ||
		!option_choice(&o, "role", roles, &w.role))
		return EXIT_USAGE;
	return change_do(&o, set, &w);
}

static const char *const each[] = {"public", NULL};

const struct command cmd_keys_signers = {
	.words = "keys signers",
	.synopsis = "--config FILE | --ring FILE --public FILE "
		    "[--public FILE]... --threshold K [--role policy]",
	.summary = "who signs the ring, or policies, and how many of them must",
	.about = "Names all signers of the ring at once, and how many of them "
		 "must approve each later version: 2 of 3 lets one be on "
		 "holiday and none act alone.\n\n"
		 "The change itself waits for the threshold of the signers "
		 "there were (of an unsigned ring: none) and of the new ones.  "
		 "A ring that is signed stays signed.  Tell the instances whom "
		 "to believe by the setting ring.trust (`lethe keys trust`): "
		 "whoever can write the ring could else name its signers.\n\n"
		 "--role policy names those who sign policies instead: from "
		 "that version on `lethe run` takes only policies that K of "
		 "them have signed (`lethe policy sign`).  It is a change of "
		 "the ring like any other.",
	.options = option_rows,
	.each = each,
	.examples = "lethe keys signers --ring ring.lethe --public ana.pub "
		    "--public bo.pub --public cy.pub --threshold 2\n"
		    "lethe keys signers --ring ring.lethe --role policy "
		    "--public ana.pub --public bo.pub --threshold 2",
	.run = run,
};
