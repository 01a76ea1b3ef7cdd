#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "cli/shell.h"
#include "crypto/ring/life.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"key", "FILE", "your signing key: a path, fd:N or command:…"},
	{"passphrase", "FILE",
		"where its passphrase is, in the same forms; without: asked on "
		"the terminal"},
	{"show", NULL, "show what waits, and sign nothing"},
	{NULL, NULL, NULL}};

static enum lethe_status
sign(struct ring *r, const struct signing_key *key, struct lethe_error *err)
{
	uint8_t text[RING_SIGNATURE_BYTES], handover[RING_SIGNATURE_BYTES];
	enum lethe_status status;
	struct public_key signer;
	struct slice over;
	struct buf b;
	bool changes;

	memcpy(signer.bytes, signing_key_verify(key)->bytes,
		sizeof(signer.bytes));
	status = ring_signed_bytes(r, &over, err);
	if (status)
		return status;
	sign_bytes(key, over, text);
	buf_init(&b, 0);
	changes = ring_handover_bytes(r, &b);
	if (changes)
		sign_bytes(key, buf_slice(&b), handover);
	status = ring_take_signature(
		r, &signer, text, changes ? handover : NULL, err);
	buf_fini(&b);
	return status;
}

static int
approve(void *ctx, const struct options *o, struct change *c)
{
	struct signing_key *key = NULL;
	struct lethe_error err = {0};
	enum lethe_status status;

	(void)ctx;
	change_show(c->held, c->ring);
	printf("  signed so far by %zu; %u must sign\n",
		ring_signature_count(c->ring), ring_threshold(c->ring));
	if (option_has(o, "show"))
		return EXIT_YES;
	if (change_check_instants(c, &err))
		return report(&err);
	if (signing_key_open(option_get(o, "key"), option_get(o, "passphrase"),
		    &key, &err))
		return report_opening(&err);
	status = sign(c->ring, key, &err);
	signing_key_free(key);
	if (!status)
		status = ring_write(c->ring, c->next, false, &err);
	if (status)
		return report(&err);
	status = change_verify(c, &err);
	printf("approved; %s\n\nnext:\n",
		status ? err.what : "it has all the signatures it needs");
	if (status)
		shell_show("  another signer: lethe keys approve --ring %s "
			   "--key THEIR.key\n",
			c->path);
	else
		shell_show("  lethe keys activate --ring %s\n", c->path);
	return EXIT_YES;
}

static int
run(int argc, char **argv)
{
	static const char *const of_signing[] = {"key", "passphrase", NULL};
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_approve, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_without(&o, "show", of_signing) ||
		(!option_has(&o, "show") && !option_needed(&o, "key")))
		return EXIT_USAGE;
	return change_do_waiting(&o, approve, NULL);
}

const struct command cmd_keys_approve = {
	.words = "keys approve",
	.synopsis = "--config FILE | --ring FILE --key FILE | --show",
	.summary = "sign the version of a ring that waits",
	.about =
		"Shows in words what the next version changes, and adds your "
		"signature to it.  Look at it with --show first: what you sign "
		"is what every instance will do.\n\n"
		"A change of the signers themselves needs the threshold of the "
		"old signers and of the new ones: the new show that they hold "
		"their keys.  A further change to a version that waits takes "
		"its signatures away.",
	.options = option_rows,
	.examples = "lethe keys approve --ring ring.lethe --show\n"
		    "lethe keys approve --ring ring.lethe --key ana.key",
	.run = run,
};
