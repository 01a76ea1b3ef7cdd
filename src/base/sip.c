#include "base/sip.h"

static uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* Inlined, so that the state stays in registers. */
static inline __attribute__((always_inline)) void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline __attribute__((always_inline)) void
put(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t
sip_hash(const struct sip_seed *seed, struct slice s)
{
	uint64_t v[4] = {
		seed->word[0] ^ UINT64_C(0x736f6d6570736575),
		seed->word[1] ^ UINT64_C(0x646f72616e646f6d),
		seed->word[0] ^ UINT64_C(0x6c7967656e657261),
		seed->word[1] ^ UINT64_C(0x7465646279746573),
	};
	size_t whole = s.len & ~(size_t)7;
	uint64_t m;

	for (size_t i = 0; i < whole; i += 8) {
		memcpy(&m, s.ptr + i, sizeof(m));
		put(v, m);
	}
	m = (uint64_t)s.len << 56;
	for (size_t i = whole; i < s.len; i++)
		m |= (uint64_t)s.ptr[i] << 8 * (i & 7);
	put(v, m);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Source: Steele, Lea, Flood, SplitMix64. */
static uint64_t
spread(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct sip_seed
sip_seed(uint64_t seed)
{
	struct sip_seed s;

	s.word[0] = spread(&seed);
	s.word[1] = spread(&seed);
	return s;
}
