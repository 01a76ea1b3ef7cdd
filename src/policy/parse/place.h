#ifndef POLICY_PARSE_PLACE_H
#define POLICY_PARSE_PLACE_H

/*
 * Paths of the file, each turned into the place it names: a slot of the one
 * numbering over the policy.  The same path has the same slot wherever it
 * stands.
 */

#include "policy/draft.h"

enum place_may {
	PLACE_ONE = 0,	      /* one value: no [*] */
	PLACE_EACH = 1 << 0,  /* [*] is allowed */
	PLACE_VALUE = 1 << 1, /* only under $ */
};

#define ALL_INPUTS UINT64_MAX

/*
 * The place of one path, which the inputs in `inputs` read.
 *
 *   may   bits of enum place_may
 *
 * False after a mistake.
 */
LETHE_CHECKED bool place_read(struct draft *d, const struct yaml_node *n,
	uint64_t inputs, unsigned may, struct place *out);

/*
 * A path, or a map from inputs to paths: a place for each input.  NULL after a
 * mistake.
 */
struct place *places_read(struct draft *d, const struct yaml_node *n,
	const char *what, unsigned may);

/* The path of a place under $; the place must be one. */
const struct path *place_path(const struct draft *d, const struct place *at);

/*
 * The place of a key below another place, for the same inputs.
 *
 *   key    lives as long as the policy
 *   each   the elements of the array under it
 */
struct place place_below(
	struct draft *d, const struct place *at, struct slice key, bool each);

/*
 * Whether the first `steps` of two paths can lead to one value of an event:
 * [*] names every element, and [k=v] with another k may name the same one.
 */
bool paths_meet(const struct path *x, const struct path *y, size_t steps);

/* Whether one value of an event can stand at both places. */
bool places_meet(
	const struct draft *d, const struct place *x, const struct place *y);

#endif
