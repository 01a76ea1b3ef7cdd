#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "crypto/ring/life.h"

#include <stdio.h>
#include <string.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"role", "runtime|erasure|quarantine", "what it may open"},
	{"public", "FILE", "its public key, from `lethe keys pair`"},
	{"secret", "FILE",
		"of a recipient that holds the keys, to add another: a path, "
		"fd:N or command:…"},
	{"passphrase", "FILE", "where the secret key's passphrase is"},
	{NULL, NULL, NULL}};

static const char *const roles[] = {"runtime", "erasure", "quarantine", NULL};

static int
add(const struct options *o, struct change *c, enum ring_role role,
	const struct public_key *key)
{
	struct secret_key *secret = NULL;
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_OK;
	char what[256];

	if (role != ROLE_QUARANTINE) {
		if (!option_needed(o, "secret"))
			return EXIT_USAGE;
		status = secret_key_open_under(option_get(o, "secret"),
			option_get(o, "passphrase"), &secret, &err);
		if (!status)
			status = ring_unlock(c->ring, secret, NULL, &err);
		secret_key_free(secret);
		if (status)
			return report_opening(&err);
	}
	status = ring_recipient_add(c->ring, role, key, c->now_ms, &err);
	if (status)
		return report(&err);
	snprintf(what, sizeof(what), "another %s recipient", roles[role]);
	return change_write(c, what);
}

static int
take_away(struct change *c, enum ring_role role, const struct public_key *key)
{
	struct lethe_error err = {0};
	uint32_t id;
	int code;

	if (ring_recipient_remove(c->ring, role, key, c->now_ms, &err))
		return report(&err);
	code = change_write(c, "the recipient is taken away");
	if (code || role == ROLE_QUARANTINE)
		return code;
	printf("it could read these epochs until now, and can with an old copy "
	       "of the ring: rotate them (`lethe keys propose`)\n");
	for (size_t i = 0; i < ring_epoch_count(c->ring); i++)
		if (ring_epoch_state(c->ring, i, c->now_ms) <= EPOCH_OVERLAP)
			printf("  epoch %zu of %s\n", i + 1,
				ring_domain_name(c->ring,
					ring_epoch_get(c->ring, i)->domain - 1,
					&id));
	return EXIT_YES;
}

static int
change(void *ctx, const struct options *o, struct change *c)
{
	enum ring_role role = *(const enum ring_role *)ctx;
	struct lethe_error err = {0};
	struct public_key key;

	if (public_key_open(option_get(o, "public"), &key, &err))
		return report_opening(&err);
	return !strcmp(o->args[0], "add") ? add(o, c, role, &key)
					  : take_away(c, role, &key);
}

/* Only what seals the keys to somebody opens them. */
static bool
check_secret(const struct options *o, bool adds, enum ring_role role)
{
	if ((!option_has(o, "secret") && !option_has(o, "passphrase")) ||
		(adds && role != ROLE_QUARANTINE))
		return true;
	usage_error(o->command, "--%s goes with add, of runtime or erasure",
		option_has(o, "secret") ? "secret" : "passphrase");
	return false;
}

static int
run(int argc, char **argv)
{
	static enum ring_role of[] = {
		ROLE_RUNTIME, ROLE_ERASURE, ROLE_QUARANTINE};
	struct options o;
	size_t role;
	int code;

	if (!options_parse(&cmd_keys_recipient, argc, argv, 1, 1, &o, &code))
		return code;
	if (strcmp(o.args[0], "add") != 0 && strcmp(o.args[0], "remove") != 0)
		return usage_error(&cmd_keys_recipient, "add or remove");
	if (!option_needed(&o, "role") || !option_needed(&o, "public") ||
		!option_choice(&o, "role", roles, &role) ||
		!check_secret(&o, !strcmp(o.args[0], "add"), of[role]))
		return EXIT_USAGE;
	return change_do(&o, change, &of[role]);
}

const struct command cmd_keys_recipient = {
	.words = "keys recipient",
	.synopsis = "add|remove --config FILE | --ring FILE --role ROLE "
		    "--public FILE [--secret FILE]",
	.summary = "who may open a ring's keys, or quarantined events",
	.about = "A runtime recipient opens the epochs that make tokens; an "
		 "erasure recipient these and older ones; a quarantine "
		 "recipient opens events that could not be understood, and no "
		 "key.\n\n"
		 "To add one to runtime or erasure, the keys are sealed to it, "
		 "which takes the secret key of somebody who holds them: of an "
		 "erasure recipient, where there are retired epochs.  Taking "
		 "one away takes its seals; what it could read it may have "
		 "kept, so the epochs are listed that should be rotated.",
	.options = option_rows,
	.examples = "lethe keys recipient add --ring ring.lethe --role erasure "
		    "--public vault.pub --secret secret.key\n"
		    "lethe keys recipient remove --ring ring.lethe --role "
		    "runtime --public old.pub",
	.run = run,
};
