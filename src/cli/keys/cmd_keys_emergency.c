#include "cli/commands.h"
#include "cli/keys/change.h"
#include "crypto/ring/life.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"purpose", "NAME", "whose active key is suspected to be out"},
	{NULL, NULL, NULL}};

static int
emergency(void *ctx, const struct options *o, struct change *c)
{
	uint32_t domain = change_purpose(c, o), number;
	struct lethe_error err = {0};
	char what[512];

	(void)ctx;
	if (!domain)
		return EXIT_USAGE;
	if (ring_emergency(c->ring, domain, c->now_ms, &number, &err))
		return report(&err);
	snprintf(what, sizeof(what),
		"epoch %u of %s is in use as soon as an instance has this "
		"ring, without overlap; the one before it is marked as "
		"compromised\n  consumers: purge what "
		"has a lower number in the header lethe-epoch, or in its "
		"tokens",
		number, option_get(o, "purpose"));
	return change_write(c, what);
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_emergency, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "purpose"))
		return EXIT_USAGE;
	return change_do(&o, emergency, NULL);
}

const struct command cmd_keys_emergency = {
	.words = "keys emergency",
	.synopsis = "--config FILE | --ring FILE --purpose NAME",
	.summary = "a key is suspected to be out: another one, now",
	.about = "Makes a new epoch that each instance uses as soon as it has "
		 "the ring, without overlap, and marks the old one as "
		 "compromised.  A scheduled rotation of the purpose is called "
		 "off, an open overlap ends.\n\n"
		 "Every record written under the old key names its epoch, so "
		 "that consumers can purge it.  A signed ring still needs its "
		 "signers: `lethe keys approve`, then `activate`.",
	.options = option_rows,
	.examples = "lethe keys emergency --ring ring.lethe --purpose "
		    "recommendations",
	.run = run,
};
