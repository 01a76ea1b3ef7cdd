#ifndef ENGINE_EXPLAIN_USES_H
#define ENGINE_EXPLAIN_USES_H

/* Which lines of the policy made what of which leaf. */

#include "engine/explain/leaves.h"

/* Recognition, time and event id; for an event nobody knows, of all inputs. */
void uses_of_reading(struct leaves *l, struct work *w);

/*
 * Identifiers, consent and fields of one purpose.
 *
 *   d   what was decided about it
 */
LETHE_CHECKED enum lethe_status
uses_of_purpose(struct leaves *l, struct work *w,
	const struct lethe_decision *d, struct lethe_error *err);

#endif
