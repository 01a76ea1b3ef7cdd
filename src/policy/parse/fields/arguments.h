#ifndef POLICY_PARSE_ARGUMENTS_H
#define POLICY_PARSE_ARGUMENTS_H

/* The arguments of each `do:`, one reader a transform. */

#include "policy/draft.h"

/* What a field's arguments are read from and into. */
struct arguments {
	const struct yaml_node *map; /* the field */
	const char *where;	     /* "field `item`" */
	const char *name;	     /* of the transform */
	const struct place *at;	     /* the field's places, or NULL */
	struct transform *out;
};

typedef bool argument_reader(struct draft *d, struct arguments *g);

/* An argument, or NULL after a mistake saying what to write. */
const struct yaml_node *argument(struct draft *d, const struct arguments *g,
	const char *key, const char *instead);

/* "`max` of field `item`" */
const char *
argument_name(struct draft *d, const struct arguments *g, const char *key);

/* Values within stated bounds: bounds.c */
argument_reader read_keep, read_one_of, read_bucket, read_round, read_count,
	read_constant;

/* Parts of a value: parts.c */
argument_reader read_time, read_url, read_prefix, read_geo;

#endif
