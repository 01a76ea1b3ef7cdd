#ifndef TRANSFORM_TRANSFORM_H
#define TRANSFORM_TRANSFORM_H

/*
 * The closed list of what may be done to a value.  Each row of TRANSFORM_MAP
 * is one `do:` of the policy; the rows `event` and `token` are carried out by
 * the engine, which alone knows the event and the keys.
 */

#include "lethe/reason.h"

#include "base/arena.h"
#include "event/value.h"
#include "text/time.h"
#include "transform/pattern.h"

/* X(CODE, name, needs a path: 0 no, 1 yes, 2 may, English) */
#define TRANSFORM_MAP(X) \
	X(KEEP, "keep", 1, "the value as it is, within stated bounds") \
	X(ONE_OF, "one_of", 1, "the value, if it is one of `values`") \
	X(EVENT, "event", 0, "the policy's own name of the event") \
	X(TOKEN, "token", 0, "the keyed token of an identifier class") \
	X(TIME, "time", 2, "a time floored to second, minute, hour or day") \
	X(BUCKET, "bucket", 1, "the range between two `edges` it falls in") \
	X(ROUND, "round", 1, "the nearest multiple of `to`") \
	X(URL, "url", 1, "path and listed parameters of a URL") \
	X(PREFIX, "prefix", 1, "the network of an IP address") \
	X(GEO, "geo", 1, "a coordinate cut to some decimals") \
	X(FAMILY, "family", 1, "the browser family of a user agent") \
	X(COUNT, "count", 1, "how many elements an array has") \
	X(EXISTS, "exists", 1, "whether there is a value") \
	X(CONSTANT, "constant", 0, "a fixed value")

enum transform_kind {
#define X(code, name, path, text) TRANSFORM_##code,
	TRANSFORM_MAP(X)
#undef X
		TRANSFORM_COUNT_
};

const char *transform_name(enum transform_kind kind);
const char *transform_text(enum transform_kind kind);

/* TRANSFORM_COUNT_ when there is none of that name. */
enum transform_kind transform_find(struct slice name);

/* 0 takes no path, 1 needs one, 2 may have one. */
int transform_path(enum transform_kind kind);

enum keep_type {
	KEEP_STRING,
	KEEP_INTEGER,
	KEEP_NUMBER,
	KEEP_BOOLEAN,
};

struct url_parameter_rule {
	struct slice name;
	const struct pattern *pattern;
};

/* What one field does, with its arguments; borrows from the policy. */
struct transform {
	enum transform_kind kind;
	union {
		struct {
			enum keep_type type;
			size_t max_bytes; /* KEEP_STRING: bytes of UTF-8 */
			const struct pattern *pattern; /* KEEP_STRING */
			struct value min, max; /* INT or NUMBER, exact */
		} keep;
		struct {
			const struct value *values; /* any scalars */
			size_t count;
		} one_of;
		struct {
			enum time_grain grain;
			enum time_form form; /* of the value, with a path */
		} time;
		struct {
			const double *edges; /* ascending */
			size_t count;
		} bucket;
		struct {
			double to; /* > 0 */
		} round;
		struct {
			bool path;
			const struct pattern *segments; /* NULL: all `*` */
			const struct url_parameter_rule *query;
			size_t query_count;
		} url;
		struct {
			unsigned v4, v6; /* bits kept: 1..32, 1..128 */
		} prefix;
		struct {
			unsigned decimals; /* 0..6 */
		} geo;
		struct {
			struct value min, max; /* integers; ABSENT: none */
		} count;
		struct {
			struct value value;
		} constant;
		uint32_t class; /* TRANSFORM_TOKEN: index of the class */
	};
};

/* One worker's scratch for transforms. */
struct transform_scratch {
	struct arena *a; /* borrowed; results live in it */
	struct pattern_scratch *patterns;
};

/*
 * The time that a value of some form says: a text, or for the Unix forms an
 * integer, or a number with a fraction, cut to the millisecond before it.
 */
bool value_time(const struct value *in, enum time_form form, int64_t *ms);

/*
 * Does it to one value.  A value is never cut or clamped to fit.
 *
 *   in    what stands at the path; VALUE_ABSENT allowed
 *   out   a scalar (texts borrowed from `in`, the policy or the arena);
 *         VALUE_ABSENT on every other answer than true
 *
 * True: there is a value.  False with in->kind VALUE_ABSENT or VALUE_NULL:
 * absent.  False otherwise: a misfit.  TRANSFORM_EXISTS answers true for all.
 * Not for EVENT, TOKEN, and TIME without a path: a bug.
 */
LETHE_CHECKED bool transform_apply(const struct transform *t,
	const struct value *in, struct transform_scratch *s, struct value *out);

/*
 * What about a value does not fit.
 *
 *   in   transform_apply said false of it; ABSENT and NULL: NONE
 */
enum lethe_misfit
transform_misfit(const struct transform *t, const struct value *in);

#endif
