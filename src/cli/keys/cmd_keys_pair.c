#include "cli/commands.h"
#include "cli/keys/fresh.h"
#include "cli/keys/pair.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/shell.h"
#include "event/writer.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"secret", "FILE", "the secret half to make, for its holder alone"},
	{"public", "FILE",
		"the public half to make; without: beside the secret one, "
		"ending in .pub"},
	{"for", "recipient|signer",
		"recipient (default) opens what is sealed to it; signer signs"},
	{"protect", NULL, "put the secret half under a passphrase"},
	{"passphrase", "FILE",
		"where the passphrase is: a path, fd:N or command:…; without: "
		"asked on the terminal"},
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

static const char *const uses[] = {"recipient", "signer", NULL};

static enum lethe_status
check_fresh(const char *secret, const char *public, struct lethe_error *err)
{
	const char *const all[] = {secret, public};

	if (!secret_place_is_path(secret))
		return fail(err, LETHE_EUSAGE, 0,
			"%.80s is no file that could be made", secret);
	return fresh_check(all, 2, err);
}

static void
tell_next(const struct pair *p)
{
	printf("\nnext:\n  give %s to the keeper of the ring, and tell the id "
	       "another way\n",
		p->public);
	if (p->protected)
		printf("  keep the passphrase apart from %s; nobody can make "
		       "it again\n",
			p->secret);
	else
		shell_show("  where a person holds it: lethe keys protect "
			   "--secret %s\n",
			p->secret);
}

static void
tell(const struct pair *p)
{
	printf("%s\n  %s, %s: for its holder alone\n%s\n  its public half, id "
	       "%s\n",
		p->secret, p->signs ? "signing key" : "secret key",
		p->protected ? "under a passphrase" : "in the clear", p->public,
		p->id);
	tell_next(p);
}

static enum lethe_status
tell_json(const struct pair *p, struct lethe_error *err)
{
	enum lethe_status status;
	struct writer w;
	struct buf out;

	buf_init(&out, 0);
	writer_init(&w, FORMAT_JSON, &out);
	write_object(&w, 5);
	write_member_text(&w, "for", uses[p->signs]);
	write_member_text(&w, "id", p->id);
	write_member_text(&w, "secret", p->secret);
	write_member_text(&w, "public", p->public);
	write_key(&w, slice_of("protected"));
	write_bool(&w, p->protected);
	write_object_end(&w);
	buf_put_byte(&out, '\n');
	status = output_flush(&out, true, err);
	buf_fini(&out);
	return status;
}

static int
make(struct pair *p, const char *where, bool json)
{
	struct lethe_error err = {0};
	struct passphrase *passphrase = NULL;
	enum lethe_status status = check_fresh(p->secret, p->public, &err);

	if (status == LETHE_OK && p->protected)
		status = passphrase_open(
			where, p->secret, true, &passphrase, &err);
	if (status == LETHE_OK)
		status = pair_make(p, passphrase, &err);
	passphrase_free(passphrase);
	if (status == LETHE_OK && json)
		status = tell_json(p, &err);
	else if (status == LETHE_OK)
		tell(p);
	return status ? report_opening(&err) : EXIT_YES;
}

static int
run(int argc, char **argv)
{
	char public[PAIR_PATH_BYTES];
	struct pair pair = {0};
	struct options o;
	size_t use = 0;
	int code;

	if (!options_parse(&cmd_keys_pair, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "secret") ||
		!option_choice(&o, "for", uses, &use))
		return EXIT_USAGE;
	if (option_has(&o, "passphrase") && !option_has(&o, "protect"))
		return usage_error(
			&cmd_keys_pair, "--passphrase goes with --protect");
	pair.secret = option_get(&o, "secret");
	pair.public = option_get(&o, "public");
	pair.signs = use == 1;
	pair.protected = option_has(&o, "protect");
	if (!pair.public && !pair_public_path(pair.secret, public))
		return usage_error(&cmd_keys_pair, "--secret is too long");
	if (!pair.public)
		pair.public = public;
	return make(
		&pair, option_get(&o, "passphrase"), option_has(&o, "json"));
}

const struct command cmd_keys_pair = {
	.words = "keys pair",
	.synopsis = "--secret FILE [--public FILE] [--for recipient|signer] "
		    "[--protect [--passphrase FILE]] [--json]",
	.summary = "make the key pair of a person or an instance",
	.about =
		"Makes a secret half, mode 0600, and a public half with its "
		"id. "
		"A recipient's (X25519) opens what is sealed to it: a ring's "
		"keys, as runtime or erasure, or quarantined events.  A "
		"signer's (Ed25519) signs rings and policies.  The public half "
		"goes to the keeper of the ring, its id by another way, so "
		"that a swapped file is seen; the secret half stays where it "
		"is made.  It never overwrites.\n\n"
		"With --protect the secret half stands under a passphrase "
		"(Argon2id, 256 MiB and a second to try one), which is asked "
		"for twice on the terminal, or comes from --passphrase: never "
		"as an argument, never from the environment.  People's keys "
		"are better protected; an instance that must start by itself "
		"takes its key from `command:` or a mounted file.",
	.options = option_rows,
	.examples = "lethe keys pair --secret erasure.key\n"
		    "lethe keys pair --secret ana.key --for signer --protect\n"
		    "lethe keys pair --secret ana.key --for signer --protect "
		    "--passphrase fd:3 3< words",
	.run = run,
};
