#ifndef BASE_WIDE_H
#define BASE_WIDE_H

/*
 * Looking at sixteen bytes of a text at once, in what gcc and clang make of
 * vector types on any machine.
 */

#include "base/slice.h"

typedef uint8_t wide __attribute__((vector_size(16)));
typedef uint64_t wide_halves __attribute__((vector_size(16)));

static inline wide
wide_load(const uint8_t *p)
{
	wide x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* All bytes of a text of 1 to 7, some twice. */
static inline uint64_t
wide_word(const uint8_t *p, size_t len)
{
	uint32_t low, high;

	if (len < sizeof(low)) {
		low = (uint32_t)p[0] * 0x01000001u | (uint32_t)p[len / 2] << 8 |
		      (uint32_t)p[len - 1] << 16;
		high = low;
	} else {
		memcpy(&low, p, sizeof(low));
		memcpy(&high, p + len - sizeof(high), sizeof(high));
	}
	return (uint64_t)high << 32 | low;
}

/* All bytes of a text of 1 to 15, some twice; reads none behind it. */
static inline wide
wide_load_short(struct slice text)
{
	uint64_t low, high;

	if (text.len < sizeof(low)) {
		low = high = wide_word(text.ptr, text.len);
	} else {
		memcpy(&low, text.ptr, sizeof(low));
		memcpy(&high, text.ptr + text.len - sizeof(high), sizeof(high));
	}
	return (wide)(wide_halves){low, high};
}

static inline bool
wide_any(wide x)
{
	wide_halves halves = (wide_halves)x;

	return halves[0] | halves[1];
}

/*
 * Whether `is` marks one byte of a text at least.
 *
 *   is   gives not 0 for each byte that is meant; asked of some bytes twice
 */
static inline __attribute__((always_inline)) bool
wide_has(struct slice text, wide (*is)(wide))
{
	size_t last = text.len - sizeof(wide);

	if (text.len < sizeof(wide))
		return text.len && wide_any(is(wide_load_short(text)));
	for (size_t i = 0; i < last; i += sizeof(wide))
		if (wide_any(is(wide_load(text.ptr + i))))
			return true;
	return wide_any(is(wide_load(text.ptr + last)));
}

#endif
