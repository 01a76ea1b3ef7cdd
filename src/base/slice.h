#ifndef BASE_SLICE_H
#define BASE_SLICE_H

/*
 * A borrowed run of bytes.  It owns nothing and ends no later than what it
 * was cut from: the message, an arena, or a literal.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *ptr; /* may be NULL when len is 0 */
	size_t len;
};

/* A slice of a C string, without its end. */
static inline struct slice
slice_of(const char *text)
{
	return (struct slice){(const uint8_t *)text, strlen(text)};
}

static inline struct slice
slice_make(const void *ptr, size_t len)
{
	return (struct slice){(const uint8_t *)ptr, len};
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static inline bool
slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_of(text));
}

/*
 * Cuts off what stands before the first mark, into *out; *left goes on behind
 * it.  False when there was no mark: then *out is all that was left.
 */
static inline bool
slice_cut(struct slice *left, uint8_t mark, struct slice *out)
{
	const uint8_t *at =
		left->len ? (const uint8_t *)memchr(left->ptr, mark, left->len)
			  : NULL;

	*out = *left;
	if (!at)
		return false;
	out->len = (size_t)(at - left->ptr);
	*left = slice_make(at + 1, left->len - out->len - 1);
	return true;
}

/* What stands before the first mark, or all; *left goes on behind it. */
static inline struct slice
slice_word(struct slice *left, uint8_t mark)
{
	struct slice word;

	if (!slice_cut(left, mark, &word))
		*left = slice_make(left->ptr + left->len, 0);
	return word;
}

#endif
