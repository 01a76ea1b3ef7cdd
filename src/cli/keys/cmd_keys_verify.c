#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "crypto/ring/life.h"
#include "crypto/trust.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"trust", "FILE", "whom you trust, from `lethe keys trust`"},
	{NULL, NULL, NULL}};

static int
verify(void *ctx, const struct options *o, struct change *c)
{
	const char *path = option_get(o, "trust");
	struct lethe_error err = {0}, unasked = {0};
	struct trust trust;

	(void)ctx;
	if (!path && c->settings)
		path = c->settings->ring_trust;
	if (path && trust_read(path, &trust, &err))
		return report_opening(&err);
	if (ring_verify(c->held, path ? &trust.set : NULL, &err)) {
		printf("%s: %s%s\n", c->path, err.what,
			path && !ring_verify(c->held, NULL, &unasked)
				? "; its own signers have signed it: those "
				  "whom you trust have not, nor handed over to "
				  "them"
				: "");
		return EXIT_NO;
	}
	if (!ring_signed(c->held))
		printf("%s, version %u: whole; unsigned: whoever can write it "
		       "decides which keys are used\n",
			c->path, ring_version(c->held));
	else
		printf("%s, version %u: whole, and signed by %zu of its "
		       "signers, %u are needed%s\n",
			c->path, ring_version(c->held), ring_signed_by(c->held),
			ring_threshold(c->held),
			path ? ""
			     : "; name the signers that you trust "
			       "(--trust) to check them as well");
	return EXIT_YES;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_verify, argc, argv, 0, 0, &o, &code))
		return code;
	return change_look(&o, verify, NULL);
}

const struct command cmd_keys_verify = {
	.words = "keys verify",
	.synopsis = "--config FILE | --ring FILE [--trust FILE]",
	.summary = "check a ring and its signatures",
	.about =
		"Checks every byte of a ring, each signature, and the chain of "
		"changes of its signers; no secret key is needed.  With "
		"--trust, or ring.trust of the settings, it also checks that "
		"the chain begins with signers whom you trust.  Exit 0: it "
		"holds; 1: signatures lack, or are of others; 3: it is "
		"damaged, or no ring.  What is wrong is said.",
	.options = option_rows,
	.examples = "lethe keys verify --ring ring.lethe\n"
		    "lethe keys verify --ring ring.lethe --trust ring.trust",
	.run = run,
};
