#include "base/sip.h"

static uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void
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

uint64_t
sip_hash(const struct sip_seed *seed, struct slice s)
{
	uint64_t v[4] = {
		seed->word[0] ^ UINT64_C(0x736f6d6570736575),
		seed->word[1] ^ UINT64_C(0x646f72616e646f6d),
		seed->word[0] ^ UINT64_C(0x6c7967656e657261),
		seed->word[1] ^ UINT64_C(0x7465646279746573),
	};
	size_t rest = s.len & 7;

	for (size_t i = 0; i <= s.len - rest; i += 8) {
		uint64_t m = 0;

		if (i < s.len - rest)
			memcpy(&m, s.ptr + i, 8);
		else if (rest)
			memcpy(&m, s.ptr + i, rest);
		if (i == s.len - rest)
			m |= (uint64_t)s.len << 56;
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
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
