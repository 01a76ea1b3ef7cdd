#ifndef SYNTH_RANDOM_H
#define SYNTH_RANDOM_H

/* Repeatable random numbers: SplitMix64, good enough for made-up shoppers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t
rng_next(struct rng *r)
{
	return mix(r->state += UINT64_C(0x9e3779b97f4a7c15));
}

/* 0 .. n-1; n > 0. */
static inline size_t
rng_below(struct rng *r, size_t n)
{
	return (size_t)((unsigned __int128)rng_next(r) * n >> 64);
}

/* 0 <= x < 1. */
static inline double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static inline bool
rng_chance(struct rng *r, double share)
{
	return rng_unit(r) < share;
}

#endif
