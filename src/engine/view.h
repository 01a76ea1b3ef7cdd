#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

/* What lethe_process reads: a policy tied to keys.  Immutable. */

#include "lethe/process.h"

#include "crypto/token.h"
#include "policy/policy.h"

struct lethe_ring {
	struct ring *ring;		     /* unlocked */
	const struct public_key *quarantine; /* its recipients */
	size_t quarantine_count;
};

struct lethe_view {
	struct lethe_policy *policy; /* a reference */
	struct token_keys *keys;     /* NULL: tokens are shown as <class> */
	uint64_t purposes;	     /* bits of those that run */
};

#endif
