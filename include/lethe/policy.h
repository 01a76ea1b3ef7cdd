#ifndef LETHE_POLICY_H
#define LETHE_POLICY_H

/*
 * A policy: one YAML file that says what may leave, for whom and why, compiled
 * to an immutable program.  Any thread may read it.
 */

#include "lethe/error.h"

#include <stdint.h>

struct lethe_policy;

/* Called for each mistake, then for each warning, in the order of the file. */
struct lethe_mistake {
	const char *file;
	unsigned line, column;
	int warning;
	const char *what;
	const char *why;     /* or NULL */
	const char *instead; /* or NULL */
};
typedef void lethe_mistake_fn(void *ctx, const struct lethe_mistake *m);

/*
 * Reads and compiles a policy file; every mistake is told in one run.
 *
 *   path     the file
 *   now_ms   ms UTC: whether a purpose has expired is a warning
 *   told     may be NULL
 *   out      the caller's; lethe_policy_drop ends it; NULL on failure
 *
 * Fails: LETHE_EPOLICY, LETHE_EUNSUPPORTED (all mistakes are of that kind),
 * LETHE_EIO, LETHE_ENOMEM.
 * Thread: any.
 */
LETHE_API LETHE_CHECKED enum lethe_status
lethe_policy_open(const char *path, int64_t now_ms, lethe_mistake_fn *told,
	void *ctx, struct lethe_policy **out, struct lethe_error *err);

/* The same from memory; `name` stands in the mistakes. */
LETHE_API LETHE_CHECKED enum lethe_status lethe_policy_compile(const char *name,
	const void *text, size_t len, int64_t now_ms, lethe_mistake_fn *told,
	void *ctx, struct lethe_policy **out, struct lethe_error *err);

/* One more owner; each owner drops once. */
LETHE_API struct lethe_policy *lethe_policy_ref(struct lethe_policy *policy);
LETHE_API void lethe_policy_drop(struct lethe_policy *policy); /* or NULL */

/* The policy's `name`, and `revision`-digest as in the header lethe-policy. */
LETHE_API const char *lethe_policy_name(const struct lethe_policy *policy);
LETHE_API const char *lethe_policy_label(const struct lethe_policy *policy);

/* Purposes are 0 .. count-1, in the order of the file. */
LETHE_API size_t lethe_policy_purposes(const struct lethe_policy *policy);
LETHE_API const char *
lethe_policy_purpose_name(const struct lethe_policy *policy, size_t purpose);
LETHE_API const char *
lethe_policy_purpose_topic(const struct lethe_policy *policy, size_t purpose);

/* Digest of a purpose's names and types, as in the header lethe-shape. */
LETHE_API const char *
lethe_policy_purpose_shape(const struct lethe_policy *policy, size_t purpose);

/* Every input of the policy, whatever its topic. */
#define LETHE_CHANNEL_ANY 0

/*
 * The channel of an input topic, for lethe_input.channel; SIZE_MAX when no
 * input names it.
 */
LETHE_API size_t lethe_policy_channel(
	const struct lethe_policy *policy, const char *topic);

/* Input topics are 1 .. count: the topic of each channel but the first. */
LETHE_API size_t lethe_policy_topics(const struct lethe_policy *policy);
LETHE_API const char *
lethe_policy_topic(const struct lethe_policy *policy, size_t channel);

#endif
