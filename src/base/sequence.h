#ifndef BASE_SEQUENCE_H
#define BASE_SEQUENCE_H

/* What UTF-8 is made of: RFC 3629, no surrogates, nothing overlong. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
utf8_is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The length of the sequence that starts at `p`, or 0; `len` is not 0. */
static inline size_t
utf8_sequence(const uint8_t *p, size_t len)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || len < 2 || !utf8_is_tail(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (len < 3 || !utf8_is_tail(p[2]))
		return 0;
	if (p[0] < 0xf0) {
		if (p[0] == 0xe0 && p[1] < 0xa0)
			return 0;
		return p[0] == 0xed && p[1] > 0x9f ? 0 : 3;
	}
	if (p[0] > 0xf4 || len < 4 || !utf8_is_tail(p[3]))
		return 0;
	if (p[0] == 0xf0 && p[1] < 0x90)
		return 0;
	return p[0] == 0xf4 && p[1] > 0x8f ? 0 : 4;
}

#endif
