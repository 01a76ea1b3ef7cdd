#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/keys/signers.h"
#include "crypto/ring/life.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"public", "FILE",
		"a signer's public key, from `lethe keys pair --for signer`; "
		"once for each of them"},
	{"threshold", "K", "how many of them must sign"}, {NULL, NULL, NULL}};

static int
set(void *ctx, const struct options *o, struct change *c)
{
	uint32_t threshold = (uint32_t) * (const uint64_t *)ctx;
	struct lethe_error err = {0};
	char what[128];
	struct trust trust;
	int code = signers_read(o, &trust);

	if (code)
		return code;
	if (ring_set_signers(c->ring, trust.keys, trust.set.count, threshold,
		    c->now_ms, &err))
		return report(&err);
	snprintf(what, sizeof(what), "%u of %zu signers must sign from now on",
		threshold, trust.set.count);
	code = change_write(c, what);
	if (!code)
		printf("the old signers and the new ones approve this version: "
		       "%u of the old, %u of the new\n",
			ring_threshold(c->held), threshold);
	return code;
}

static int
run(int argc, char **argv)
{
	struct options o;
	uint64_t threshold;
	int code;

	if (!options_parse(&cmd_keys_signers, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "public") || !option_needed(&o, "threshold") ||
		!option_count(
			&o, "threshold", 1, TRUST_SIGNERS_MAX, &threshold))
		return EXIT_USAGE;
	return change_do(&o, set, &threshold);
}

const struct command cmd_keys_signers = {
	.words = "keys signers",
	.synopsis = "--config FILE | --ring FILE --public FILE [--public FILE "
		    "...] --threshold K",
	.summary = "who signs the ring, and how many of them must",
	.about = "Names all signers of the ring at once, and how many of them "
		 "must approve each later version: 2 of 3 lets one be on "
		 "holiday and none act alone.\n\n"
		 "The change itself waits for the threshold of the signers "
		 "there were (of an unsigned ring: none) and of the new ones.  "
		 "A ring that is signed stays signed.  Tell the instances whom "
		 "to believe by the setting ring.trust (`lethe keys trust`): "
		 "whoever can write the ring could else name its signers.",
	.options = option_rows,
	.examples = "lethe keys signers --ring ring.lethe --public ana.pub "
		    "--public bo.pub --public cy.pub --threshold 2",
	.run = run,
};
