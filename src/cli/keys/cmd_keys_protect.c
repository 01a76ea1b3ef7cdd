#include "cli/commands.h"
#include "cli/load.h"
#include "cli/options.h"
#include "crypto/keypair.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"secret", "FILE", "the secret or signing key, written anew"},
	{"passphrase", "FILE",
		"where the new passphrase is: a path, fd:N or command:…; "
		"without: asked on the terminal"},
	{"from", "FILE",
		"where the passphrase of now is, in the same forms; without: "
		"asked on the terminal, if the key has one"},
	{NULL, NULL, NULL}};

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	const char *path;
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_protect, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "secret"))
		return EXIT_USAGE;
	path = option_get(&o, "secret");
	if (key_protect(path, option_get(&o, "from"),
		    option_get(&o, "passphrase"), &err))
		return report_opening(&err);
	printf("%s stands under its new passphrase\n\nnext:\n  try it, then "
	       "destroy the copies and backups of the file as it was\n",
		path);
	return EXIT_YES;
}

const struct command cmd_keys_protect = {
	.words = "keys protect",
	.synopsis = "--secret FILE [--passphrase FILE] [--from FILE]",
	.summary = "put a secret key under a passphrase, or under another",
	.about =
		"Writes a secret or signing key anew under a passphrase: whole "
		"or not at all, mode 0600, the key itself unchanged, so that "
		"rings and records sealed to it still open.  The passphrase is "
		"asked for twice on the terminal, or comes from "
		"--passphrase.\n\n"
		"The file as it was may still be in backups, and on the disk "
		"until its blocks are used again: where that matters, make a "
		"new pair with `lethe keys pair --protect`.",
	.options = option_rows,
	.examples = "lethe keys protect --secret oncall.key\n"
		    "lethe keys protect --secret oncall.key --from fd:3 "
		    "--passphrase fd:4 3< old 4< new",
	.run = run,
};
