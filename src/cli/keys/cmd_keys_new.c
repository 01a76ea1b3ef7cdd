#include "base/clock.h"
#include "cli/commands.h"
#include "cli/keys/fresh.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/shell.h"
#include "crypto/keypair.h"
#include "crypto/ring.h"
#include "policy/policy.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"ring", "FILE", "the ring to make"},
	{"secret", "FILE", "the runtime's secret key to make"},
	{"oncall", "FILE",
		"the quarantine's secret key to make; its public key beside "
		"it, ending in .pub"},
	{"policy", "FILE", "add what this policy needs at once"},
	{NULL, NULL, NULL}};

#define PATH_BYTES 4096

struct paths {
	const char *ring, *secret, *oncall;
	char public[PATH_BYTES];
};

struct made {
	struct secret_key *runtime, *oncall;
	struct public_key runtime_public, oncall_public;
	struct ring *ring;
};

/* oncall.key -> oncall.pub; any other name has .pub behind it. */
static bool
find_public_path(struct paths *p)
{
	size_t len = strlen(p->oncall);

	if (len > 4 && !strcmp(p->oncall + len - 4, ".key"))
		len -= 4;
	return snprintf(p->public, PATH_BYTES, "%.*s.pub", (int)len,
		       p->oncall) < PATH_BYTES;
}

/* The ring last: it is what the others belong to. */
static enum lethe_status
check_fresh(const struct paths *p, struct lethe_error *err)
{
	const char *const all[] = {p->secret, p->oncall, p->public, p->ring};

	return fresh_check(all, sizeof(all) / sizeof(all[0]), err);
}

static enum lethe_status
make(const struct lethe_policy *policy, struct made *m, struct lethe_error *err)
{
	enum lethe_status status;
	size_t added;
	int64_t now = clock_now_ms();

	status = keypair_generate(&m->runtime, &m->runtime_public, err);
	if (!status)
		status = keypair_generate(&m->oncall, &m->oncall_public, err);
	if (!status)
		status = ring_create(&m->runtime_public, &m->oncall_public, now,
			&m->ring, err);
	if (!status && policy)
		status = ring_add(m->ring, &policy->want, now, &added, err);
	return status;
}

/* In the order of check_fresh. */
static enum lethe_status
write_files(
	const struct paths *p, const struct made *m, struct lethe_error *err)
{
	enum lethe_status status = secret_key_write(p->secret, m->runtime, err);

	if (!status)
		status = secret_key_write(p->oncall, m->oncall, err);
	if (!status)
		status = public_key_write(p->public, &m->oncall_public, err);
	if (!status)
		status = ring_write(m->ring, p->ring, true, err);
	return status;
}

static void
tell(const struct paths *p, const struct made *m, const char *policy)
{
	char runtime[2 * KEY_ID_BYTES + 1], oncall[2 * KEY_ID_BYTES + 1];

	public_key_id(&m->runtime_public, runtime);
	public_key_id(&m->oncall_public, oncall);
	printf("%s\n  key ring %s, version %u: %zu purposes, %zu classes, %zu "
	       "epochs\n",
		p->ring, ring_id(m->ring), ring_version(m->ring),
		ring_domain_count(m->ring), ring_class_count(m->ring),
		ring_epoch_count(m->ring));
	printf("%s\n  secret key of the runtime, id %s: for the machines that "
	       "run lethe\n",
		p->secret, runtime);
	printf("%s\n  secret key of the quarantine, id %s: keep it off those "
	       "machines\n",
		p->oncall, oncall);
	printf("%s\n  its public key\n\nnext:\n", p->public);
	printf("  back up %s and both secret keys, apart from each other\n",
		p->ring);
	if (policy)
		shell_show("  lethe filter --policy %s --ring %s --secret %s\n",
			policy, p->ring, p->secret);
	else
		shell_show("  lethe keys add --policy POLICY --ring %s\n",
			p->ring);
}

static int
make_and_write(const struct paths *p, const char *policy_path)
{
	struct lethe_policy *policy = NULL;
	struct lethe_error err = {0};
	struct made made = {0};
	int code = EXIT_YES;

	if (check_fresh(p, &err))
		return report(&err);
	if (policy_path)
		code = load_policy(policy_path, clock_now_ms(), &policy);
	if (code)
		return code;
	if (make(policy, &made, &err) || write_files(p, &made, &err))
		code = report(&err);
	else
		tell(p, &made, policy_path);
	ring_free(made.ring);
	secret_key_free(made.runtime);
	secret_key_free(made.oncall);
	lethe_policy_drop(policy);
	return code;
}

static int
run(int argc, char **argv)
{
	struct paths paths;
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_new, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "ring") || !option_needed(&o, "secret") ||
		!option_needed(&o, "oncall"))
		return EXIT_USAGE;
	paths.ring = option_get(&o, "ring");
	paths.secret = option_get(&o, "secret");
	paths.oncall = option_get(&o, "oncall");
	if (!find_public_path(&paths))
		return usage_error(&cmd_keys_new, "--oncall is too long");
	return make_and_write(&paths, option_get(&o, "policy"));
}

const struct command cmd_keys_new = {
	.words = "keys new",
	.synopsis = "--ring FILE --secret FILE --oncall FILE [--policy FILE]",
	.summary = "make a key ring and its two key pairs",
	.about =
		"Makes a key ring, the key pair of the runtime (which makes "
		"tokens) and the key pair of the quarantine (which opens "
		"events that could not be understood).  The ring holds keys "
		"only sealed; secret keys are written with mode 0600.\n\n"
		"It never overwrites: a ring made again gives every person "
		"another token.  With --policy the ring gets numbers and first "
		"epochs for what the policy names; without, `lethe keys add` "
		"does so later.",
	.options = option_rows,
	.examples = "lethe keys new --ring ring.lethe --secret secret.key "
		    "--oncall oncall.key\n"
		    "lethe keys new --ring ring.lethe --secret secret.key "
		    "--oncall oncall.key --policy policy.yaml",
	.run = run,
};
