#ifndef DAEMON_POLICY_FILE_H
#define DAEMON_POLICY_FILE_H

/*
 * A policy's file for `lethe run`: read once, so that the bytes that were
 * signed are those that are compiled.
 *
 *   POLICY           the policy
 *   POLICY.sig       what its signers say, where the ring names some
 *   POLICY.was       the one before it, for a start before its instant
 *   POLICY.was.sig   and its signatures
 */

#include "base/buf.h"
#include "crypto/statement.h"
#include "lethe/policy.h"

#define POLICY_FILE_WAS ".was"

struct policy_file {
	char *path; /* its own */
	struct buf text;
	struct lethe_policy *policy;
	bool is_signed; /* policy_file_check has found its signatures */
	struct statement statement; /* then */
};

/*
 * Reads and compiles.
 *
 *   out   policy_file_fini ends it, opened or not
 *
 * Fails: as lethe_policy_open.
 */
LETHE_CHECKED enum lethe_status
policy_file_open(const char *path, int64_t now_ms, lethe_mistake_fn *told,
	void *ctx, struct policy_file *out, struct lethe_error *err);

/* The same by file_read_watched. */
LETHE_CHECKED enum lethe_status policy_file_open_watched(const char *path,
	int64_t now_ms, lethe_mistake_fn *told, void *ctx,
	struct policy_file *out, struct lethe_error *err);
void policy_file_fini(struct policy_file *f);

/* As statements name it; borrowed. */
struct statement_file policy_file_named(const struct policy_file *f);

/*
 * Where a ring names signers of policies: reads POLICY.sig and holds it against
 * the file and the ring.
 *
 * Fails: LETHE_EPOLICY, naming what lacks and who mends it.
 */
LETHE_CHECKED enum lethe_status policy_file_check(struct policy_file *f,
	const struct ring *ring, struct lethe_error *err);

/*
 * The same for a start.  When the instant from which it is in force lies ahead,
 * the file before it, signed as well, takes its place until then.
 *
 *   waits   whether it does
 *
 * Fails: LETHE_EAGAIN before that instant without the file before it.
 */
LETHE_CHECKED enum lethe_status policy_file_start(struct policy_file *f,
	const struct ring *ring, int64_t now_ms, lethe_mistake_fn *told,
	void *ctx, bool *waits, struct lethe_error *err);

#endif
