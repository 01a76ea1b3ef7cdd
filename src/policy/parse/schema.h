#ifndef POLICY_PARSE_SCHEMA_H
#define POLICY_PARSE_SCHEMA_H

/*
 * What a node must be: each reader types one node of the file and adds a
 * mistake when it is something else.  `what` names the key for people, such as
 * "`topics` of input `web`".
 */

#include "policy/draft.h"

/*
 * Adds a mistake for each key of a map that is none of `names`, with the
 * nearest name.
 *
 *   where   "input `web`"
 *   later   keys that a later version knows, or NULL
 */
void check_keys(struct draft *d, const struct yaml_node *map, const char *where,
	const char *const *names, const char *const *later);

/*
 * Whether an entry of a map in { } is only the end of the text before it,
 * which a comma cut in two: it has no value, and a space, which no key has.
 */
bool is_rest_of_text(const struct yaml_node *map, size_t i);

/* Whether check_keys() found a key that was meant to be this one. */
bool is_misspelt(
	const struct draft *d, const struct yaml_node *map, const char *key);

/* The value of a key, or NULL after a mistake saying what to write. */
const struct yaml_node *need(struct draft *d, const struct yaml_node *map,
	const char *where, const char *key, const char *instead);

LETHE_CHECKED bool
is_map(struct draft *d, const struct yaml_node *n, const char *what);

/* A list with at least one item. */
LETHE_CHECKED bool
is_list(struct draft *d, const struct yaml_node *n, const char *what);

/* A scalar, whatever its type. */
LETHE_CHECKED bool
is_scalar(struct draft *d, const struct yaml_node *n, const char *what);

/* A scalar with something in it. */
LETHE_CHECKED bool
is_text(struct draft *d, const struct yaml_node *n, const char *what);

/* [a-z][a-z0-9_-]{0,63} */
LETHE_CHECKED bool
is_name(struct draft *d, const struct yaml_node *n, const char *what);

/* The same for one whose answer changes nothing. */
void check_name(struct draft *d, const struct yaml_node *n, const char *what);

/* 1 to 249 of a-z A-Z 0-9 . _ -; not `.` or `..`.  Source: Kafka. */
LETHE_CHECKED bool
is_topic(struct draft *d, const struct yaml_node *n, const char *what);

LETHE_CHECKED bool read_bool(struct draft *d, const struct yaml_node *n,
	const char *what, bool *out);

LETHE_CHECKED bool read_int(struct draft *d, const struct yaml_node *n,
	const char *what, int64_t least, int64_t most, int64_t *out);

/* `5m`, `7d`: at least `least_ms`, at most ten years. */
LETHE_CHECKED bool read_duration(struct draft *d, const struct yaml_node *n,
	const char *what, int64_t least_ms, int64_t *out);

/* One of a closed list: its index. */
LETHE_CHECKED bool read_choice(struct draft *d, const struct yaml_node *n,
	const char *what, const char *const *names, size_t *out);

/*
 * A name that the policy itself declares: its index in `names` (NULL: the
 * section was broken, and no mistake is added).
 *
 *   kind   "purpose"
 */
LETHE_CHECKED bool read_reference(struct draft *d, const struct yaml_node *n,
	const char *kind, const char *const *names, size_t *out);

/* A scalar by its spelling: boolean, integer, number, else text. */
LETHE_CHECKED bool read_value(struct draft *d, const struct yaml_node *n,
	const char *what, struct value *out);

/* An integer or a number. */
LETHE_CHECKED bool read_number(struct draft *d, const struct yaml_node *n,
	const char *what, struct value *out);

/* The nearest double of an integer or a number. */
double value_double(const struct value *v);

/* A list of texts, each with something in it; NULL with count 0 when none is.
 */
const char *const *read_texts(struct draft *d, const struct yaml_node *n,
	const char *what, size_t *count);

/* The `retention` of a map: how long a topic keeps; 0: not stated. */
void read_retention(struct draft *d, const struct yaml_node *map,
	const char *where, int64_t *out);

/* A pattern, compiled; it is freed with the policy.  NULL after a mistake. */
const struct pattern *
read_pattern(struct draft *d, const struct yaml_node *n, const char *what);

#endif
