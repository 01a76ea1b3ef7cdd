#include "cli/commands.h"
#include "cli/keys/restore.h"
#include "cli/load.h"
#include "cli/shell.h"

#include <stdio.h>
#include <string.h>

static const struct option_row option_rows[] = {
	{"ring", "FILE", "the backup copy of the ring"},
	{"secret", "FILE",
		"of any recipient that opens keys: a path, fd:N or command:…"},
	{"passphrase", "FILE", "where the secret key's passphrase is"},
	{"make", "FILE", "write the tokens to hold a later drill against"},
	{"known", "FILE", "tokens that --make wrote"},
	{"token", "TOKEN", "or one token of the identifier \"lethe drill\""},
	{"class", "NAME", "whose it is"}, {"purpose", "NAME", "whose it is"},
	{"trust", "FILE", "also check the signatures by whom you trust"},
	{"scratch", "DIR", "where to restore to; default TMPDIR or /tmp"},
	{NULL, NULL, NULL}};

static int
make_known(const struct options *o)
{
	struct known_set known = {0};
	struct lethe_error err = {0};
	struct ring *ring = NULL;
	enum lethe_status status =
		ring_read(option_get(o, "ring"), &ring, &err);

	if (!status)
		status = restore_unlock(o, ring, &err);
	if (!status)
		status = known_make(ring, &known, &err);
	if (!status)
		status = known_write(&known, option_get(o, "make"), &err);
	if (!status) {
		printf("%s\n  %zu tokens of \"%s\", an identifier that is "
		       "nobody's\n\nnext:\n  keep it with the backup of the "
		       "ring, version %u; then ",
			option_get(o, "make"), known.count, DRILL_IDENTIFIER,
			ring_version(ring));
		shell_show("lethe keys drill --ring BACKUP --secret KEY "
			   "--known %s\n",
			option_get(o, "make"));
	}
	known_free(&known);
	ring_free(ring);
	return status ? report_opening(&err) : EXIT_YES;
}

/* --token, --class and --purpose as one known token. */
static int
one_token(const struct options *o, struct known *one)
{
	struct lethe_error err = {0};
	struct ring *ring = NULL;
	struct slice bare;

	one->epoch = drill_epoch_of(slice_of(option_get(o, "token")), &bare);
	if (!one->epoch || bare.len >= sizeof(one->token))
		return usage_error(
			o->command, "--token is a token, such as u1_… or 1_…");
	memcpy(one->token, bare.ptr, bare.len);
	if (ring_read(option_get(o, "ring"), &ring, &err))
		return EXIT_YES; /* told where it is restored */
	one->class = ring_class_id(ring, slice_of(option_get(o, "class")));
	if (!one->class || one->epoch > ring_epoch_count(ring) ||
		ring_epoch_get(ring, one->epoch - 1)->domain !=
			ring_domain_id(
				ring, slice_of(option_get(o, "purpose"))))
		(void)fail(&err, LETHE_ERING, 0,
			"epoch %u of the ring is not of that purpose, or there "
			"is no such class",
			one->epoch);
	ring_free(ring);
	if (!err.status)
		return EXIT_YES;
	printf("NOT PROVED: %s\n", err.what);
	return EXIT_NO;
}

static int
check(const struct options *o)
{
	struct known_set known = {0};
	struct known one = {0};
	struct lethe_error err = {0};
	int code = EXIT_YES;

	if (option_has(o, "known")) {
		if (known_read(option_get(o, "known"), &known, &err))
			code = report_opening(&err);
		if (!code)
			code = restore_and_prove(o, &known);
		known_free(&known);
		return code;
	}
	if (!option_needed(o, "class") || !option_needed(o, "purpose"))
		return EXIT_USAGE;
	code = one_token(o, &one);
	known.list = &one;
	known.count = 1;
	return code ? code : restore_and_prove(o, &known);
}

static int
run(int argc, char **argv)
{
	static const char *const of_proof[] = {"trust", "scratch", NULL};
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_drill, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "ring") || !option_needed(&o, "secret"))
		return EXIT_USAGE;
	if (option_has(&o, "make") + option_has(&o, "known") +
			option_has(&o, "token") !=
		1)
		return usage_error(
			&cmd_keys_drill, "one of --make, --known and --token");
	if (!option_with(&o, "class", "token") ||
		!option_with(&o, "purpose", "token") ||
		!option_without(&o, "make", of_proof))
		return EXIT_USAGE;
	return option_has(&o, "make") ? make_known(&o) : check(&o);
}

const struct command cmd_keys_drill = {
	.words = "keys drill",
	.synopsis = "--ring BACKUP --secret FILE --known FILE | --token TOKEN "
		    "--class NAME --purpose NAME | --make FILE",
	.summary = "prove that a backup of the ring brings the tokens back",
	.about = "Restores a ring from its backup copy in a scratch folder, "
		 "without network or stream: reads it whole, checks its "
		 "signatures, opens its keys with the secret key given, holds "
		 "them against their fingerprints, and makes known tokens "
		 "again.  They are of the identifier \"lethe drill\", which is "
		 "nobody's: --make writes those of every epoch and class that "
		 "the key opens; keep them with the backup.\n\n"
		 "Exit 0: proved; 1: not, and why.  A copy that is cut short, "
		 "of an unknown algorithm or a later version is refused and "
		 "never made anew.  An epoch that the backup lacks is not "
		 "proved; one that is destroyed is not missed.",
	.options = option_rows,
	.examples = "lethe keys drill --ring ring.lethe --secret vault.key "
		    "--make ring.drill\n"
		    "lethe keys drill --ring backup/ring.lethe --secret "
		    "vault.key --known ring.drill",
	.run = run,
};
