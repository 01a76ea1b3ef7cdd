#include "text/ident.h"

#include "base/wide.h"
#include "text/age.h"
#include "text/utf8.h"

#include <utf8proc.h>

/* No code point has a longer canonical decomposition. */
#define DECOMPOSED_MAX 4
#define POINTS_MAX (IDENT_BYTES_MAX * DECOMPOSED_MAX)

/* The property White_Space, which no version of Unicode may change. */
static bool
is_space(uint32_t c)
{
	if (c <= 0x20)
		return c == 0x20 || (c >= 0x09 && c <= 0x0d);
	return c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

static struct slice
trim(struct slice text)
{
	struct slice rest, last;

	for (rest = text; rest.len && is_space(utf8_take(&rest));)
		text = rest;
	while (text.len) {
		last = (struct slice){text.ptr + text.len - 1, 1};
		while ((*last.ptr & 0xc0) == 0x80) {
			last.ptr--;
			last.len++;
		}
		rest = last;
		if (!is_space(utf8_take(&rest)))
			break;
		text.len -= last.len;
	}
	return text;
}

static bool
is_assigned(struct slice text)
{
	while (text.len)
		if (!age_is_assigned(utf8_take(&text)))
			return false;
	return true;
}

static wide
is_upper(wide x)
{
	return (wide)((x >= 'A') & (x <= 'Z'));
}

static uint8_t
fold(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/* Plain ASCII: copied only when a letter changes. */
static enum ident_result
take_plain(struct slice text, bool lower, struct arena *a, struct slice *out)
{
	uint8_t *p;

	if (!lower || !wide_has(text, is_upper)) {
		*out = text;
		return IDENT_OK;
	}
	p = arena_alloc(a, text.len);
	if (!p)
		return IDENT_INVALID;
	for (size_t i = 0; i < text.len; i++)
		p[i] = fold(text.ptr[i]);
	*out = slice_make(p, text.len);
	return IDENT_OK;
}

/* Composes what stands in `points`; their number, or below 0. */
static utf8proc_ssize_t
compose(utf8proc_int32_t *points, utf8proc_ssize_t count)
{
	return utf8proc_normalize_utf32(
		points, count, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

/*
 * ASCII lower case of composed text, composed again: `H` with a line below has
 * no composed form, `h` with it has one.
 */
static utf8proc_ssize_t
lower_points(utf8proc_int32_t *points, utf8proc_ssize_t count)
{
	for (utf8proc_ssize_t i = 0; i < count; i++)
		if (points[i] >= 'A' && points[i] <= 'Z')
			points[i] += 32;
	return compose(points, count);
}

/* The bytes of the points in the arena; false past the limit. */
static bool
encode(const utf8proc_int32_t *points, utf8proc_ssize_t count, struct arena *a,
	struct slice *out)
{
	uint8_t *p = arena_alloc(a, IDENT_BYTES_MAX + 4);
	size_t len = 0;

	if (!p)
		return false;
	for (utf8proc_ssize_t i = 0; i < count && len <= IDENT_BYTES_MAX; i++)
		len += (size_t)utf8proc_encode_char(points[i], p + len);
	if (len > IDENT_BYTES_MAX)
		return false;
	*out = slice_make(p, len);
	return true;
}

static enum ident_result
take_unicode(struct slice text, bool lower, struct arena *a, struct slice *out)
{
	utf8proc_int32_t points[POINTS_MAX];
	utf8proc_ssize_t count;

	if (!is_assigned(text))
		return IDENT_INVALID;
	count = utf8proc_decompose(text.ptr, (utf8proc_ssize_t)text.len, points,
		POINTS_MAX, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (count < 0 || count > POINTS_MAX)
		return IDENT_INVALID;
	count = compose(points, count);
	if (count >= 0 && lower)
		count = lower_points(points, count);
	if (count < 0 || !encode(points, count, a, out))
		return IDENT_INVALID;
	return IDENT_OK;
}

enum ident_result
ident_normalise(
	struct slice text, bool lower, struct arena *a, struct slice *out)
{
	bool plain = utf8_is_ascii(text);

	*out = (struct slice){0};
	if (!plain && !utf8_valid(text))
		return IDENT_INVALID;
	text = trim(text);
	if (!text.len)
		return IDENT_BLANK;
	if (text.len > IDENT_BYTES_MAX)
		return IDENT_INVALID;
	if (plain)
		return take_plain(text, lower, a, out);
	return take_unicode(text, lower, a, out);
}

bool
ident_equal_fold(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold(a.ptr[i]) != fold(b.ptr[i]))
			return false;
	return true;
}

const char *
text_library(void)
{
	static char text[48];

	(void)snprintf(text, sizeof(text), "utf8proc %s", utf8proc_version());
	return text;
}
