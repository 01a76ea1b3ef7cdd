#include "cli/commands.h"
#include "cli/load.h"
#include "cli/policy/policy_words.h"
#include "cli/shell.h"

#include "base/clock.h"
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct option_row option_rows[] = {
	{"was", "FILE", "the policy that this one follows; without: none"},
	{"effective-from", "TIME",
		"from then on it is in force, on every instance; without: as "
		"soon as an instance reads it"},
	{"ring", "FILE", "the ring that names who signs policies"},
	{"key", "FILE", "your signing key: a path, fd:N or command:…"},
	{"passphrase", "FILE",
		"where its passphrase is, in the same forms; without: asked on "
		"the terminal"},
	{"show", NULL, "show what changes, and sign nothing"},
	{NULL, NULL, NULL}};

struct work {
	const struct options *o;
	struct policy_file is, was; /* was.policy NULL: none */
	struct ring *ring;	    /* or NULL */
	char *path;		    /* of the signatures */
	bool there;		    /* somebody has signed */
	struct statement statement;
	int64_t now_ms;
};

static enum lethe_status
make(struct work *w, struct lethe_error *err)
{
	const struct statement_file is = policy_file_named(&w->is);
	struct statement_file was;
	int64_t from_ms = w->now_ms;

	if (w->was.policy)
		was = policy_file_named(&w->was);
	if (!option_time(w->o, "effective-from", &from_ms))
		return fail(err, LETHE_EUSAGE, 0, "--effective-from: a time");
	return statement_make(
		&w->statement, &is, w->was.policy ? &was : NULL, from_ms, err);
}

/* The first who signs states what the others sign. */
static enum lethe_status
begin(struct work *w, struct lethe_error *err)
{
	enum lethe_status status = make(w, err);

	if (!status && w->statement.effective_ms < w->now_ms)
		return fail(err, LETHE_EUSAGE, 0,
			"--effective-from lies behind: state an instant that "
			"every instance can learn of, or leave it out");
	return status;
}

/* What others have signed is what is signed now: the same in every word. */
static enum lethe_status
compare(struct work *w, struct lethe_error *err)
{
	const struct statement *s = &w->statement;
	struct statement mine;
	enum lethe_status status = statement_read(w->path, &w->statement, err);
	struct work own = *w;

	if (!status)
		status = make(&own, err);
	if (status)
		return status;
	mine = own.statement;
	/* Those of an earlier revision have done their work. */
	if (s->revision < mine.revision && !strcmp(mine.policy, s->policy))
		return begin(w, err);
	if (strcmp(mine.policy, s->policy) != 0 ||
		mine.revision != s->revision ||
		memcmp(mine.digest, s->digest, sizeof(s->digest)) != 0)
		return fail(err, LETHE_EPOLICY, 0,
			"%.60s is of another file (revision %lld): take it "
			"away to begin anew",
			w->path, (long long)s->revision);
	if (memcmp(mine.previous, s->previous, sizeof(s->previous)) != 0)
		return fail(err, LETHE_EPOLICY, 0,
			statement_is_first(s)
				? "it was signed as the first one: sign "
				  "without --was, or take the signatures away"
				: "name by --was the file that it follows, as "
				  "it was signed before: what you sign is the "
				  "difference");
	if (option_has(w->o, "effective-from") &&
		mine.effective_ms != s->effective_ms)
		return fail(err, LETHE_EPOLICY, 0,
			"it was signed with another --effective-from: leave "
			"it out, or take the signatures away");
	return LETHE_OK;
}

static int
open_all(struct work *w)
{
	const char *ring = option_get(w->o, "ring");
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_OK;
	int code = load_policy_and_was(w->o, w->now_ms, &w->is, &w->was);

	if (code)
		return code;
	if (asprintf(&w->path, "%s" STATEMENT_SUFFIX, w->o->args[0]) < 0) {
		w->path = NULL;
		status = fail(&err, LETHE_ENOMEM, 0, "no memory for a path");
	}
	if (!status && ring)
		status = ring_read(ring, &w->ring, &err);
	if (!status) {
		w->there = !access(w->path, F_OK);
		status = w->there ? compare(w, &err) : begin(w, &err);
	}
	return status ? report_opening(&err) : EXIT_YES;
}

static enum lethe_status
sign(struct work *w, struct lethe_error *err)
{
	struct signing_key *key = NULL;
	enum lethe_status status = signing_key_open(option_get(w->o, "key"),
		option_get(w->o, "passphrase"), &key, err);

	if (!status && w->ring &&
		!statement_signer_is(w->ring, signing_key_verify(key)))
		status = fail(err, LETHE_EKEY, 0,
			"the key is no policy signer of this ring: `lethe keys "
			"signers --role policy` names them");
	if (!status)
		status = statement_sign(&w->statement, key, err);
	signing_key_free(key);
	return status ? status : statement_write(&w->statement, w->path, err);
}

static void
tell_next(const struct work *w)
{
	struct lethe_error err = {0};
	const char *policy = w->o->args[0], *was = option_get(w->o, "was"),
		   *ring = option_get(w->o, "ring");

	if (w->ring && !statement_verify(&w->statement, w->ring, &err)) {
		printf("\nsigned; it has all the signatures it needs\n\nnext:\n"
		       "  bring %s and %s to every instance, before it is in "
		       "force\n",
			policy, w->path);
		if (was && w->statement.effective_ms > w->now_ms)
			printf("  a start before then needs %s and "
			       "%s" STATEMENT_SUFFIX " too, beside them as "
			       "POLICY.was and POLICY.was" STATEMENT_SUFFIX
			       "\n",
				was, was);
		return;
	}
	printf("\nsigned%s%s\n\nnext:\n", w->ring ? "; " : "", err.what);
	shell_show("  another signer: lethe policy sign %s", policy);
	if (was)
		shell_show(" --was %s", was);
	if (ring)
		shell_show(" --ring %s", ring);
	puts(" --key THEIR.key");
}

static int
work(struct work *w)
{
	struct lethe_error err = {0};
	int code = open_all(w);

	if (code)
		return code;
	policy_words_print(w->was.policy ? &w->was : NULL, &w->is);
	if (!option_has(w->o, "show") && sign(w, &err))
		return report_opening(&err);
	putchar('\n');
	policy_words_statement(&w->statement, w->ring, w->now_ms);
	if (!option_has(w->o, "show"))
		tell_next(w);
	return EXIT_YES;
}

static int
run(int argc, char **argv)
{
	static const char *const of_signing[] = {"key", "passphrase", NULL};
	struct work w = {.now_ms = clock_now_ms()};
	struct options o;
	int64_t ignored;
	int code;

	if (!options_parse(&cmd_policy_sign, argc, argv, 1, 1, &o, &code))
		return code;
	if (!option_without(&o, "show", of_signing) ||
		(!option_has(&o, "show") && !option_needed(&o, "key")) ||
		!option_time(&o, "effective-from", &ignored))
		return EXIT_USAGE;
	w.o = &o;
	code = work(&w);
	policy_file_fini(&w.is);
	policy_file_fini(&w.was);
	ring_free(w.ring);
	free(w.path);
	return code;
}

const struct command cmd_policy_sign = {
	.words = "policy sign",
	.synopsis = "POLICY --key FILE [--was OLD] [--effective-from TIME] "
		    "[--ring FILE] | --show",
	.summary = "show what a policy changes, and sign it",
	.about =
		"Says in words what the policy changes, for whom and from "
		"when, and adds your signature to POLICY.sig beside it.  Look "
		"at it with --show first: what you sign is what every instance "
		"will do.\n\n"
		"The first who signs says which policy it follows (--was: the "
		"file in force now) and from when it is in force "
		"(--effective-from); the others sign the same.  Where a ring "
		"names signers of policies (`lethe keys signers --role "
		"policy`), `lethe run` takes a policy only with as many of "
		"their signatures as the ring asks for, of a higher revision, "
		"and only after the one that it follows.",
	.options = option_rows,
	.examples = "lethe policy sign policy.yaml --was policy.was.yaml "
		    "--show\n"
		    "lethe policy sign policy.yaml --was policy.was.yaml "
		    "--effective-from 2040-01-01T03:00:00Z --key ana.key",
	.run = run,
};
