#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

/* What lethe_process reads: a policy tied to keys.  Immutable. */

#include "lethe/process.h"

#include "consent/book.h"
#include "crypto/token.h"
#include "policy/policy.h"

struct lethe_ring {
	struct ring *ring;		     /* unlocked */
	const struct public_key *quarantine; /* its recipients */
	size_t quarantine_count;
};

/*
 * Opens a ring that was read with a secret key that is kept.
 *
 *   ring   taken, even on failure
 *
 * Fails: as ring_unlock; ENOMEM.
 */
LETHE_CHECKED enum lethe_status
ring_open_with(struct ring *ring, const struct secret_key *key,
	struct lethe_ring **out, struct lethe_error *err);

/* Which fields go to a purpose, in the order of the file. */
struct purpose_fields {
	size_t *fields;
	size_t count;
	size_t first; /* fields of the purposes before it, together */
};

struct lethe_view {
	struct arena arena;
	uint64_t serial; /* no other view of the process has it; not 0 */
	struct lethe_policy *policy; /* a reference */
	struct token_keys *keys;     /* NULL: tokens are shown as <class> */
	size_t first_domain;	     /* of the policy's that keys begin with */
	uint64_t purposes;	     /* bits of those that run */
	struct purpose_fields *plans;
	const struct book *book; /* of the options' ledger; NULL: none */
};

/*
 * From here on the consent ledger is this book; NULL: the view's own, and
 * without one every row of it is stale.  Borrowed until the next call.
 * Thread: the scratch's owner, between events.
 */
void scratch_consult(struct lethe_scratch *s, const struct book *book);

/*
 * Of lethe_process what comes before the purposes: the sink is told of
 * objections, and of nothing else.
 *
 * Fails: as lethe_process.
 */
LETHE_CHECKED enum lethe_status engine_hear(const struct lethe_view *view,
	struct lethe_scratch *scratch, const struct lethe_input *input,
	const struct lethe_sink *sink, struct lethe_error *err);

#endif
