#include "transform/transform.h"

#include "base/error.h"
#include "transform/number.h"
#include "transform/rows.h"

#include <math.h>

static const struct {
	const char *name;
	const char *text;
	int path;
} rows[] = {
#define X(code, name, path, text) {name, text, path},
	TRANSFORM_MAP(X)
#undef X
};

const char *
transform_name(enum transform_kind kind)
{
	return rows[kind].name;
}

const char *
transform_text(enum transform_kind kind)
{
	return rows[kind].text;
}

enum transform_kind
transform_find(struct slice name)
{
	size_t i = 0;

	while (i < TRANSFORM_COUNT_ && !slice_is(name, rows[i].name))
		i++;
	return (enum transform_kind)i;
}

int
transform_path(enum transform_kind kind)
{
	return rows[kind].path;
}

bool
put_text(struct arena *a, const char *text, size_t len, struct value *out)
{
	char *p = arena_strndup(a, text, len);

	if (!p)
		return false;
	*out = (struct value){.kind = VALUE_STRING, .text = slice_make(p, len)};
	return true;
}

/* A Unix time with a fraction; cut to the millisecond before it. */
static bool
time_from_double(double value, enum time_form form, int64_t *ms)
{
	double scaled = value;

	if (form == TIME_UNIX_S)
		scaled = value * 1000;
	else if (form == TIME_UNIX_US)
		scaled = value / 1000;
	if (!(fabs(scaled) < 1e15))
		return false;
	return time_from_unix((int64_t)floor(scaled), TIME_UNIX_MS, ms);
}

bool
value_time(const struct value *in, enum time_form form, int64_t *ms)
{
	int64_t number;

	if (form == TIME_RFC3339 && in->kind != VALUE_STRING)
		return false;
	if (in->kind == VALUE_NUMBER)
		return time_from_double(in->number, form, ms);
	if (in->kind == VALUE_STRING)
		return form == TIME_RFC3339
			       ? time_parse_rfc3339(in->text, ms)
			       : time_parse_unix(in->text, form, ms);
	return value_as_int64(in, &number) && time_from_unix(number, form, ms);
}

bool
apply_time(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	char text[TIME_TEXT_BYTES];
	int64_t ms;

	return value_time(in, t->time.form, &ms) &&
	       put_text(s->a, text, time_format(ms, t->time.grain, text), out);
}

bool
apply_count(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	const struct value *min = &t->count.min, *max = &t->count.max;

	(void)s;
	if (in->kind != VALUE_ARRAY)
		return false;
	*out = (struct value){.kind = VALUE_INT, .magnitude = in->count};
	return (!number_is(min) || number_compare(out, min) >= 0) &&
	       (!number_is(max) || number_compare(out, max) <= 0);
}

static bool
is_there(const struct value *in)
{
	return in->kind != VALUE_ABSENT && in->kind != VALUE_NULL;
}

bool
transform_apply(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	static transform_fn *const fns[TRANSFORM_COUNT_] = {
		[TRANSFORM_KEEP] = apply_keep,
		[TRANSFORM_ONE_OF] = apply_one_of,
		[TRANSFORM_TIME] = apply_time,
		[TRANSFORM_BUCKET] = apply_bucket,
		[TRANSFORM_ROUND] = apply_round,
		[TRANSFORM_URL] = apply_url,
		[TRANSFORM_PREFIX] = apply_prefix,
		[TRANSFORM_GEO] = apply_geo,
		[TRANSFORM_FAMILY] = apply_family,
		[TRANSFORM_COUNT] = apply_count,
	};

	*out = (struct value){0};
	if (t->kind == TRANSFORM_CONSTANT) {
		*out = t->constant.value;
		return true;
	}
	if (t->kind == TRANSFORM_EXISTS) {
		*out = (struct value){
			.kind = VALUE_BOOL, .boolean = is_there(in)};
		return true;
	}
	bug_if(t->kind >= TRANSFORM_COUNT_ || !fns[t->kind]);
	if (!is_there(in))
		return false;
	if (fns[t->kind](t, in, s, out))
		return true;
	*out = (struct value){0};
	return false;
}
