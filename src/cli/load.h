#ifndef CLI_LOAD_H
#define CLI_LOAD_H

/* What several commands open in the same way. */

#include "cli/options.h"
#include "crypto/ring.h"
#include "daemon/policy_file.h"
#include "daemon/settings.h"
#include "lethe/process.h"

/* As report; a file that cannot be opened is a mistake of configuration. */
int report_opening(const struct lethe_error *err);

/*
 * Opens a policy and tells its errors on standard error, each with its place,
 * what, why and what to write instead.  Warnings are `lethe policy check`'s.
 *
 *   out    the caller's; lethe_policy_drop ends it; NULL on failure
 *
 * Returns EXIT_YES, or the exit code the command ends with.
 */
int load_policy(const char *path, int64_t now_ms, struct lethe_policy **out);

/*
 * The same for what a policy is used for in earnest: its bytes are kept, and
 * load_policy_start asks for the signatures that the ring asks for, and may put
 * the file before it in its place (daemon/policy_file.h).
 *
 *   out     policy_file_fini ends it, opened or not
 *   waits   it did
 */
int load_policy_file(const char *path, int64_t now_ms, struct policy_file *out);

/* The same of the file that `lethe run` watches: a regular one alone. */
int
load_policy_watched(const char *path, int64_t now_ms, struct policy_file *out);
int load_policy_start(struct policy_file *f, const struct ring *ring,
	int64_t now_ms, bool *waits);

/*
 * The policy that the operand names, and the one of --was, which it follows.
 *
 *   was   its policy is NULL without
 */
int load_policy_and_was(const struct options *o, int64_t now_ms,
	struct policy_file *is, struct policy_file *was);

/*
 * Whether the ring is signed by those whom the settings trust; without any the
 * ring's own word counts, and the log says so.
 */
LETHE_CHECKED enum lethe_status load_trust(const struct settings *s,
	const struct ring *ring, struct lethe_error *err);

/*
 * Opens the ring that `lethe run` watches: a regular file alone; load_trust
 * asks for its signatures.
 *
 *   key   what it was opened with, the caller's; NULL on failure, as out
 */
LETHE_CHECKED enum lethe_status
load_ring_watched(const struct settings *s, struct secret_key **key,
	struct lethe_ring **out, struct lethe_error *err);

/*
 * Reads the settings that a command's --config names, with the environment
 * (and --set, where the table has it and `sets` says so), and tells mistakes.
 *
 *   file   NULL: the environment alone
 *   out    the caller's; settings_free ends it; NULL on failure
 *
 * Returns EXIT_YES, or the exit code the command ends with.
 */
int load_settings(const struct options *o, const char *file, bool sets,
	struct settings **out);

/* A policy and what is opened for it; cleared before, ended by load_fini. */
struct load {
	struct settings *settings; /* NULL: without --config */
	const char *policy_path;
	struct lethe_policy *policy;
	struct lethe_ring *ring;	    /* NULL: without keys */
	struct lethe_ledger *ledger;	    /* NULL: without --consent */
	struct lethe_ledger_counts consent; /* of that ledger */
	struct lethe_view *view;
};

enum load_what {
	LOAD_POLICY, /* tokens show as their class */
	LOAD_RING,
};

/*
 * Opens what --config, or --policy, --ring, --secret and --passphrase name, and
 * ties it to a view; --purpose picks one purpose, --consent names a file of the
 * ledger's records.  The command's table has all seven.  The single options go
 * over --config's.  Without keys --ring, --secret and what the settings say of
 * them and of a purpose are not looked at.
 *
 * Returns EXIT_YES, or the exit code the command ends with; told either way.
 */
int load_view(const struct options *o, enum load_what what, int64_t now_ms,
	struct load *out);

/*
 * Opens what finds a job in its cluster: the settings of --config, --set and
 * --purpose, the policy, and a view without keys.
 *
 *   out   load_fini ends it, opened or not
 *
 * Returns EXIT_YES, or the exit code the command ends with, told.
 */
int load_cluster(const struct options *o, struct load *out);

/*
 * The channel of --topic, LETHE_CHANNEL_ANY without.  Returns EXIT_YES, or the
 * exit code, told.
 */
int load_topic(const struct options *o, const struct load *l, size_t *channel);

/*
 * Whether events are read as of several topics at once: what is poison so may
 * be none to the topic that it is of.
 */
bool load_topics_together(const struct load *l, size_t channel);

void load_fini(struct load *l);

#endif
