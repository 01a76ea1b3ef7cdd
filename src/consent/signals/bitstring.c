#include "consent/signals/bitstring.h"

#include "base/error.h"

#define PADDING_MAX 3
#define NONE 64

/* clang-format off */
static const uint8_t sextets[128] = {
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64,
	64,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63,
	64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
};
/* clang-format on */

bool
bitstring_open(struct slice text, struct bitstring *out, bool *padded)
{
	size_t len = text.len;

	*out = (struct bitstring){0};
	while (len && text.len - len < PADDING_MAX && text.ptr[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++)
		if (text.ptr[i] >= 128 || sextets[text.ptr[i]] == NONE)
			return false;
	if (len < text.len)
		*padded = true;
	out->text = text.ptr;
	out->bits = 6 * len;
	return true;
}

uint64_t
bitstring_take(struct bitstring *b, unsigned count)
{
	uint64_t value = 0;

	bug_if(count > 56);
	if (count > b->bits - b->at) {
		b->ended = true;
		b->at = b->bits;
		return 0;
	}
	while (count) {
		unsigned have = 6 - (unsigned)(b->at % 6);
		unsigned take = count < have ? count : have;
		unsigned six = sextets[b->text[b->at / 6]];

		six = six >> (have - take) & ((1U << take) - 1);
		value = value << take | six;
		b->at += take;
		count -= take;
	}
	return value;
}

uint64_t
bitstring_take_set(struct bitstring *b, unsigned count)
{
	uint64_t set = 0;

	bug_if(count > 64);
	for (unsigned i = 0; i < count; i++)
		set |= bitstring_take(b, 1) << i;
	return set;
}

void
bitstring_skip(struct bitstring *b, size_t count)
{
	if (count > b->bits - b->at) {
		b->ended = true;
		count = b->bits - b->at;
	}
	b->at += count;
}

bool
bitstring_bit(const struct bitstring *b, size_t ahead)
{
	size_t at = b->at + ahead;

	if (ahead >= b->bits - b->at)
		return false;
	return sextets[b->text[at / 6]] >> (5 - at % 6) & 1;
}

bool
bitstring_rest_is_zero(const struct bitstring *b)
{
	for (size_t i = 0; i < b->bits - b->at; i++)
		if (bitstring_bit(b, i))
			return false;
	return true;
}
