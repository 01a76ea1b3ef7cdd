#include "text/url.h"

#include "text/utf8.h"
#include "transform/rows.h"

/* Decoded once; no text that hides something in a second coding. */
static bool
decode(struct slice text, bool form, struct arena *a, struct slice *out)
{
	return url_decode(text, form, a, out) && utf8_printable(*out);
}

static void
put_segment(const struct transform *t, struct slice segment,
	struct transform_scratch *s, struct buf *out)
{
	struct slice text;

	if (!segment.len)
		return;
	if (t->url.segments && decode(segment, false, s->a, &text) &&
		pattern_match(t->url.segments, text, s->patterns))
		url_encode(text, out);
	else
		buf_put_byte(out, '*');
}

static void
put_path(const struct transform *t, struct slice path,
	struct transform_scratch *s, struct buf *out)
{
	struct slice segment;

	if (!path.len)
		buf_put_byte(out, '/');
	while (url_segment(&path, &segment)) {
		buf_put_byte(out, '/');
		put_segment(t, segment, s, out);
	}
}

/* The value of the one parameter of that name; a doubled one has none. */
static bool
find_parameter(struct slice query, struct slice wanted,
	struct transform_scratch *s, struct slice *out)
{
	struct slice name, value;
	size_t found = 0;

	while (url_parameter(&query, &name, &value))
		if (decode(name, true, s->a, &name) &&
			slice_equal(name, wanted)) {
			*out = value;
			found++;
		}
	return found == 1;
}

/* In the order of the policy, so that the order of a link tells nothing. */
static void
put_query(const struct transform *t, struct slice query,
	struct transform_scratch *s, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < t->url.query_count; i++) {
		const struct url_parameter_rule *rule = &t->url.query[i];
		struct slice value;

		if (!find_parameter(query, rule->name, s, &value) ||
			!decode(value, true, s->a, &value) ||
			!pattern_match(rule->pattern, value, s->patterns))
			continue;
		if (!first || t->url.path)
			buf_put_byte(out, first ? '?' : '&');
		first = false;
		url_encode(rule->name, out);
		buf_put_byte(out, '=');
		url_encode(value, out);
	}
}

/* The most that can come out of it: three bytes for one. */
static size_t
bytes_max(const struct transform *t, const struct url *url)
{
	size_t size = 1 + 3 * (url->path.len + url->query.len);

	for (size_t i = 0; i < t->url.query_count; i++)
		size += 3 * t->url.query[i].name.len + 2;
	return size;
}

bool
apply_url(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	struct buf text = {0};
	struct url url;

	if (in->kind != VALUE_STRING || !url_split(in->text, &url))
		return false;
	/* A buffer over the arena: it never has to grow. */
	text.limit = text.cap = bytes_max(t, &url);
	text.ptr = arena_alloc(s->a, text.cap);
	if (!text.ptr)
		return false;
	if (t->url.path)
		put_path(t, url.path, s, &text);
	put_query(t, url.query, s, &text);
	*out = (struct value){.kind = VALUE_STRING, .text = buf_slice(&text)};
	return text.len && !text.full;
}
