#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/*
 * Memory that is freed together: one arena a worker, reset after each event or
 * batch; or one for a compiled policy, freed with it.  Nothing in it is freed
 * alone.  After a reset the same blocks are used again, so a warm arena does
 * not call the allocator.
 */

#include "base/slice.h"

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *now;
	size_t used;  /* bytes used in `now` */
	size_t total; /* bytes of all blocks */
	size_t limit; /* most bytes of all blocks; 0: none */
};

/*   limit   most bytes it may hold, 0 for no limit */
void arena_init(struct arena *a, size_t limit);
void arena_fini(struct arena *a);

/* Forgets everything handed out; keeps the blocks. */
void arena_reset(struct arena *a);

/* `size` bytes, not cleared, aligned for any type; NULL past the limit. */
void *arena_alloc(struct arena *a, size_t size);

/* The same, cleared; NULL when count * size overflows. */
void *arena_calloc(struct arena *a, size_t count, size_t size);

/* A copy with a NUL behind it. */
char *arena_strndup(struct arena *a, const void *ptr, size_t len);

/* The parts one behind the other; ptr NULL past the limit. */
struct slice
arena_join(struct arena *a, const struct slice *parts, size_t count);

#endif
