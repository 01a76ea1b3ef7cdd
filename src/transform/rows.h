#ifndef TRANSFORM_ROWS_H
#define TRANSFORM_ROWS_H

/*
 * What transform.c dispatches to: one function a row of TRANSFORM_MAP, each
 * in a file named after it or its family.  They are given values that are
 * neither absent nor null, and *out cleared; on false they may leave anything
 * in it.
 */

#include "transform/transform.h"

typedef bool transform_fn(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out);

transform_fn apply_keep, apply_one_of, apply_time, apply_bucket, apply_round,
	apply_url, apply_prefix, apply_geo, apply_family, apply_count;

/* A text in the arena as a value; false when there is no room. */
bool put_text(struct arena *a, const char *text, size_t len, struct value *out);

#endif
