#ifndef KAFKA_MURMUR2_H
#define KAFKA_MURMUR2_H

/*
 * The hash by which the Java client chooses a key's partition, so that any
 * client can co-partition with lethe's records.
 *
 * Source: org.apache.kafka.common.utils.Utils.murmur2.
 */

#include <stddef.h>
#include <stdint.h>

static inline uint32_t
murmur2(const uint8_t *key, size_t len)
{
	const uint32_t m = 0x5bd1e995;
	uint32_t h = 0x9747b28c ^ (uint32_t)len;
	uint32_t k;

	for (; len >= 4; key += 4, len -= 4) {
		k = (uint32_t)key[0] | (uint32_t)key[1] << 8 |
		    (uint32_t)key[2] << 16 | (uint32_t)key[3] << 24;
		k *= m;
		k ^= k >> 24;
		k *= m;
		h *= m;
		h ^= k;
	}
	switch (len) {
	case 3:
		h ^= (uint32_t)key[2] << 16;
		/* fall through */
	case 2:
		h ^= (uint32_t)key[1] << 8;
		/* fall through */
	case 1: h ^= (uint32_t)key[0]; h *= m;
	}
	h ^= h >> 13;
	h *= m;
	h ^= h >> 15;
	return h;
}

/* The partition of a key among `count`, as the Java client chooses it. */
static inline int32_t
murmur2_partition(const void *key, size_t len, int32_t count)
{
	return (int32_t)((murmur2(key, len) & 0x7fffffff) % (uint32_t)count);
}

#endif
