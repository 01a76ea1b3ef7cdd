#include "text/url.h"

#include "base/wide.h"
#include "text/utf8.h"

static struct slice
slice_from(struct slice s, size_t at)
{
	return (struct slice){s.ptr + at, s.len - at};
}

/* Where the first byte out of `set` stands, or the length. */
static size_t
find_any(struct slice s, const char *set)
{
	size_t end = s.len;
	const uint8_t *p;

	for (; end && *set; set++) {
		p = memchr(s.ptr, *set, end);
		if (p)
			end = (size_t)(p - s.ptr);
	}
	return end;
}

/* The length of `https:` in any case, or 0. */
static size_t
scheme_length(struct slice s)
{
	static const char *const schemes[] = {"http:", "https:"};

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(schemes[i]);

		if (s.len >= len &&
			!strncasecmp((const char *)s.ptr, schemes[i], len))
			return len;
	}
	return 0;
}

/* Bytes that stand in no URL, and that parsers disagree about. */
static wide
is_unsound(wide x)
{
	return (wide)((x <= ' ') | (x == 0x7f) | (x == '\\'));
}

bool
url_split(struct slice text, struct url *out)
{
	size_t scheme = scheme_length(text);
	size_t at;

	*out = (struct url){0};
	if (!text.len || wide_has(text, is_unsound))
		return false;
	text = slice_from(text, scheme);
	if (text.len >= 2 && text.ptr[0] == '/' && text.ptr[1] == '/') {
		text = slice_from(text, 2);
		at = find_any(text, "/?#");
		if (!at)
			return false;
		text = slice_from(text, at);
	} else if (scheme || text.ptr[0] != '/') {
		return false;
	}
	text.len = find_any(text, "#");
	at = find_any(text, "?");
	out->path = slice_make(text.ptr, at);
	if (at < text.len)
		out->query = slice_from(text, at + 1);
	return true;
}

bool
url_segment(struct slice *path, struct slice *segment)
{
	*segment = (struct slice){0};
	if (!path->len || path->ptr[0] != '/')
		return false;
	*path = slice_from(*path, 1);
	*segment = slice_make(path->ptr, find_any(*path, "/"));
	*path = slice_from(*path, segment->len);
	return true;
}

bool
url_parameter(struct slice *query, struct slice *name, struct slice *value)
{
	struct slice pair = {0};
	size_t at;

	*name = *value = (struct slice){0};
	while (!pair.len && query->len) {
		pair = slice_make(query->ptr, find_any(*query, "&"));
		at = pair.len < query->len ? pair.len + 1 : pair.len;
		*query = slice_from(*query, at);
	}
	if (!pair.len)
		return false;
	at = find_any(pair, "=");
	*name = slice_make(pair.ptr, at);
	if (at < pair.len)
		*value = slice_from(pair, at + 1);
	return true;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte an escape stands for at the front of the text, or -1. */
static int
escape(struct slice s)
{
	int high, low;

	if (s.len < 3 || s.ptr[0] != '%')
		return -1;
	high = hex_digit(s.ptr[1]);
	low = hex_digit(s.ptr[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool
has_escape(struct slice s)
{
	while (s.len) {
		s = slice_from(s, find_any(s, "%"));
		if (escape(s) >= 0)
			return true;
		if (s.len)
			s = slice_from(s, 1);
	}
	return false;
}

/* Decodes into `p`, which has room for all of `text`. */
static bool
decode_into(struct slice text, bool form, uint8_t *p, size_t *len)
{
	for (*len = 0; text.len; (*len)++) {
		int byte = text.ptr[0];
		size_t step = 1;

		if (byte == '%') {
			byte = escape(text);
			step = 3;
			if (byte < 0)
				return false;
		} else if (byte == '+' && form) {
			byte = ' ';
		}
		p[*len] = (uint8_t)byte;
		text = slice_from(text, step);
	}
	return true;
}

bool
url_decode(struct slice text, bool form, struct arena *a, struct slice *out)
{
	struct slice done = text;
	uint8_t *p;

	*out = (struct slice){0};
	if (find_any(text, form ? "%+" : "%") < text.len) {
		p = arena_alloc(a, text.len);
		if (!p || !decode_into(text, form, p, &done.len))
			return false;
		done.ptr = p;
	}
	if (!utf8_valid(done) || has_escape(done))
		return false;
	*out = done;
	return true;
}

static bool
is_unreserved(uint8_t c)
{
	uint8_t letter = c | 0x20;

	return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
url_encode(struct slice text, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (is_unreserved(c)) {
			buf_put_byte(out, c);
		} else {
			buf_put_byte(out, '%');
			buf_put_byte(out, (uint8_t)hex[c >> 4]);
			buf_put_byte(out, (uint8_t)hex[c & 15]);
		}
	}
}
