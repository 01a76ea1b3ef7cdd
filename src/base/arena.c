#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16384

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

void
arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){.limit = limit};
}

void
arena_fini(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->first; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){.limit = a->limit};
}

void
arena_reset(struct arena *a)
{
	a->now = a->first;
	a->used = 0;
}

static struct arena_block *
add_block(struct arena *a, size_t size)
{
	size_t want = size < BLOCK_BYTES ? BLOCK_BYTES : size;
	struct arena_block *b;

	if (a->limit && want > a->limit - a->total)
		want = size;
	if (a->limit && want > a->limit - a->total)
		return NULL;
	if (want > SIZE_MAX - sizeof(*b))
		return NULL;
	b = malloc(sizeof(*b) + want);
	if (!b)
		return NULL;
	b->size = want;
	a->total += want;
	if (a->now) {
		b->next = a->now->next;
		a->now->next = b;
	} else {
		b->next = a->first;
		a->first = b;
	}
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b;
	void *p;

	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) & ~(align - 1);
	if (!a->now || size > a->now->size - a->used) {
		b = a->now ? a->now->next : a->first;
		if (!b || b->size < size)
			b = add_block(a, size);
		if (!b)
			return NULL;
		a->now = b;
		a->used = 0;
	}
	p = a->now->bytes + a->used;
	a->used += size;
	return p;
}

void *
arena_calloc(struct arena *a, size_t count, size_t size)
{
	void *p;

	if (size && count > SIZE_MAX / size)
		return NULL;
	p = arena_alloc(a, count * size);
	if (p)
		memset(p, 0, count * size);
	return p;
}

char *
arena_strndup(struct arena *a, const void *ptr, size_t len)
{
	char *p = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

	if (!p)
		return NULL;
	if (len)
		memcpy(p, ptr, len);
	p[len] = '\0';
	return p;
}

struct slice
arena_join(struct arena *a, const struct slice *parts, size_t count)
{
	size_t len = 0;
	uint8_t *text, *at;

	for (size_t i = 0; i < count; i++)
		len += parts[i].len;
	at = text = arena_alloc(a, len);
	for (size_t i = 0; text && i < count; at += parts[i++].len)
		if (parts[i].len)
			memcpy(at, parts[i].ptr, parts[i].len);
	return slice_make(text, text ? len : 0);
}
