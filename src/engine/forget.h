#ifndef ENGINE_FORGET_H
#define ENGINE_FORGET_H

/*
 * Records that tell a purpose's readers to forget a person: one under the token
 * that the person has, and in an overlap one under that of the epoch before.
 */

#include "engine/view.h"

struct forget {
	uint64_t purposes; /* bits of the policy's */
	size_t class;	   /* of the policy; without `within` or `lifetime` */
	struct slice identifier; /* in its normal form */
	int64_t now_ms;		 /* processing time, ms UTC */
};

/*
 * Tells the sink, with LETHE_RECORD_FORGET, of those of the purposes that ask
 * for it (`on_withdrawal: notify`), run in the view, and have the class in
 * their identity.
 *
 * Fails: LETHE_EPOCH when a purpose has no active epoch; ENOMEM; the sink's.
 */
LETHE_CHECKED enum lethe_status forget_tell(const struct lethe_view *view,
	struct lethe_scratch *scratch, const struct forget *f,
	const struct lethe_sink *sink, struct lethe_error *err);

/* Whether there would be one. */
bool
forget_is_asked(const struct lethe_view *view, uint64_t purposes, size_t class);

/* Which purposes hear an objection of a source. */
uint64_t forget_hear(const struct lethe_policy *policy, size_t source);

#endif
