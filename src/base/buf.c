#include "base/buf.h"

#include "base/sequence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){.limit = limit};
}

void
buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){.limit = b->limit};
}

bool
buf_reserve(struct buf *b, size_t more)
{
	size_t most = b->limit ? b->limit : SIZE_MAX / 2;
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (b->full || b->len > most || more > most - b->len)
		goto full;
	if (b->len + more <= b->cap)
		return true;
	while (cap < b->len + more)
		cap *= 2;
	p = realloc(b->ptr, cap);
	if (!p)
		goto full;
	b->ptr = p;
	b->cap = cap;
	return true;
full:
	b->full = true;
	b->cap = b->len;
	return false;
}

size_t
buf_put_sequence(struct buf *b, const uint8_t *p, size_t len)
{
	size_t step = utf8_sequence(p, len);

	if (!step) {
		buf_put_text(b, "\xef\xbf\xbd");
		return 1;
	}
	buf_put(b, p, step);
	return step;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	if (n >= 0 && buf_reserve(b, (size_t)n + 1)) {
		vsnprintf(
			(char *)b->ptr + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(args);
}
