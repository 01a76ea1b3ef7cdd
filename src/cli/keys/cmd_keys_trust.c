#include "cli/commands.h"
#include "cli/keys/signers.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"public", "FILE",
		"a signer that you trust, from `lethe keys pair --for signer`; "
		"once for each of them"},
	{"threshold", "K", "how many of them must have signed a ring"},
	{"out", "FILE", "the file to make, for the setting ring.trust"},
	{NULL, NULL, NULL}};

static int
run(int argc, char **argv)
{
	struct trust trust;
	struct lethe_error err = {0};
	struct options o;
	uint64_t threshold;
	int code;

	if (!options_parse(&cmd_keys_trust, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "public") || !option_needed(&o, "threshold") ||
		!option_needed(&o, "out"))
		return EXIT_USAGE;
	code = signers_read(&o, &trust);
	if (code)
		return code;
	if (!option_count(&o, "threshold", 1, trust.set.count, &threshold))
		return EXIT_USAGE;
	trust.set.threshold = (uint32_t)threshold;
	if (trust_write(option_get(&o, "out"), &trust, &err))
		return report(&err);
	printf("%s: %u of %zu signers must have signed\n\nnext:\n  bring it to "
	       "every instance by another way than the ring, and name it by "
	       "the setting ring.trust\n",
		option_get(&o, "out"), trust.set.threshold, trust.set.count);
	return EXIT_YES;
}

static const char *const each[] = {"public", NULL};

const struct command cmd_keys_trust = {
	.words = "keys trust",
	.synopsis = "--public FILE [--public FILE]... --threshold K --out FILE",
	.summary = "say whose signatures an instance believes",
	.about =
		"Whoever can write a ring could name its signers, so an "
		"instance is told apart from the ring whom to believe: "
		"ring.trust of the settings names this file.  A ring whose "
		"signers have changed since is believed where a chain leads to "
		"them, each change signed by the threshold of the signers "
		"before it.",
	.options = option_rows,
	.each = each,
	.examples = "lethe keys trust --public ana.pub --public bo.pub "
		    "--public cy.pub --threshold 2 --out ring.trust",
	.run = run,
};
