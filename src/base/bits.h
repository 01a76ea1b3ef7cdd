#ifndef BASE_BITS_H
#define BASE_BITS_H

/* A set of small numbers: events of a policy. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITS_MAX 256

struct bits {
	uint64_t words[BITS_MAX / 64];
};

static inline void
bits_add(struct bits *b, size_t i)
{
	b->words[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline bool
bits_has(const struct bits *b, size_t i)
{
	return b->words[i / 64] >> (i % 64) & 1;
}

#endif
