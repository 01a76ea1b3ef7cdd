#include "base/error.h"
#include "text/utf8.h"
#include "transform/number.h"
#include "transform/rows.h"

static bool
fits_string(const struct transform *t, const struct value *in,
	struct transform_scratch *s)
{
	bug_if(!t->keep.pattern);
	return in->kind == VALUE_STRING && in->text.len <= t->keep.max_bytes &&
	       utf8_printable(in->text) &&
	       pattern_match(t->keep.pattern, in->text, s->patterns);
}

static bool
is_within(const struct transform *t, const struct value *in)
{
	return number_compare(in, &t->keep.min) >= 0 &&
	       number_compare(in, &t->keep.max) <= 0;
}

bool
apply_keep(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	bool fits = false;

	switch (t->keep.type) {
	case KEEP_STRING: fits = fits_string(t, in, s); break;
	case KEEP_INTEGER:
		fits = in->kind == VALUE_INT && is_within(t, in);
		break;
	case KEEP_NUMBER: fits = number_is(in) && is_within(t, in); break;
	case KEEP_BOOLEAN: fits = in->kind == VALUE_BOOL; break;
	}
	*out = *in;
	return fits;
}

/* The policy's own value goes out, not the event's. */
bool
apply_one_of(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	(void)s;
	for (size_t i = 0; i < t->one_of.count; i++)
		if (value_equal(in, &t->one_of.values[i])) {
			*out = t->one_of.values[i];
			return true;
		}
	return false;
}
