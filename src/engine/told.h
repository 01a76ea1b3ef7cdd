#ifndef ENGINE_TOLD_H
#define ENGINE_TOLD_H

/*
 * Who has been told of in an overlap: marks of persons, 64 bits of a hash that
 * nobody outside can aim at, as many as there is room for.  One that is driven
 * out by another is told of once more, which does no harm.  A mark is compared
 * whole, so nobody who was not told of passes for one who was.
 *
 * Thread: the scratch's owner.
 */

#include "base/slice.h"

struct told;

/*
 *   seed   random
 *
 * NULL: out of memory.
 */
struct told *told_new(uint64_t seed);
void told_free(struct told *t); /* or NULL */

/* The mark of a person in a purpose; never 0. */
uint64_t
told_mark(const struct told *t, struct slice purpose, struct slice token);

bool told_has(const struct told *t, uint64_t mark);
void told_add(struct told *t, uint64_t mark);

/* What was added since the last call holds, or is forgotten. */
void told_settle(struct told *t, bool committed);

#endif
