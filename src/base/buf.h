#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing run of bytes for output.  Writes never fail at the call: the first
 * that does not fit sets `full`, later ones do nothing, and the owner asks
 * once at the end.  Reset keeps the memory, so a warm buffer does not
 * allocate.
 */

#include "base/slice.h"

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t cap;
	size_t limit; /* most bytes; 0: none */
	bool full;    /* something did not fit; the content is useless */
};

void buf_init(struct buf *b, size_t limit);
void buf_fini(struct buf *b);

/* Empties it and forgets `full`; keeps the memory. */
static inline void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = false;
}

/* Room for `more` bytes behind what stands, or false with `full` set. */
bool buf_reserve(struct buf *b, size_t more);

static inline void
buf_put(struct buf *b, const void *ptr, size_t len)
{
	if (len <= b->cap - b->len || buf_reserve(b, len)) {
		if (len)
			memcpy(b->ptr + b->len, ptr, len);
		b->len += len;
	}
}

static inline void
buf_put_byte(struct buf *b, uint8_t byte)
{
	if (b->len < b->cap || buf_reserve(b, 1))
		b->ptr[b->len++] = byte;
}

static inline void
buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

/*
 * The UTF-8 sequence at `p`, or U+FFFD in place of a byte that begins none;
 * returns how many bytes that took.
 *
 *   len   of what is there, not 0
 */
size_t buf_put_sequence(struct buf *b, const uint8_t *p, size_t len);

static inline void
buf_put_slice(struct buf *b, struct slice s)
{
	buf_put(b, s.ptr, s.len);
}

__attribute__((format(printf, 2, 3))) void
buf_printf(struct buf *b, const char *format, ...);

/* What stands in it; ends with the next write. */
static inline struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){b->ptr, b->len};
}

#endif
