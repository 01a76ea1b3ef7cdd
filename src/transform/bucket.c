#include "base/error.h"
#include "event/writer.h"
#include "transform/number.h"
#include "transform/rows.h"

/* How many edges are not above the number. */
static size_t
edges_below(const struct transform *t, const struct value *in)
{
	size_t i = 0;

	for (; i < t->bucket.count; i++) {
		struct value edge = {
			.kind = VALUE_NUMBER, .number = t->bucket.edges[i]};

		if (number_compare(in, &edge) < 0)
			break;
	}
	return i;
}

bool
apply_bucket(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	char text[2 * NUMBER_TEXT_MAX + 2];
	size_t i, n = 0;

	bug_if(!t->bucket.count);
	if (!number_is(in))
		return false;
	i = edges_below(t, in);
	if (i == 0) {
		text[n++] = '<';
		n += number_format(t->bucket.edges[0], text + n);
	} else if (i == t->bucket.count) {
		text[n++] = '>';
		text[n++] = '=';
		n += number_format(t->bucket.edges[i - 1], text + n);
	} else {
		n += number_format(t->bucket.edges[i - 1], text + n);
		text[n++] = '-';
		n += number_format(t->bucket.edges[i], text + n);
	}
	return put_text(s->a, text, n, out);
}
