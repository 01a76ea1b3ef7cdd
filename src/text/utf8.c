#include "text/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* How many of the first bytes are ASCII, in steps of eight. */
static size_t
ascii_run(const uint8_t *p, size_t len)
{
	size_t i;
	uint64_t word;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		if (word & HIGH_BITS)
			break;
	}
	return i;
}

static bool
is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The length of the sequence that starts at `p`, or 0. */
static size_t
sequence(const uint8_t *p, size_t len)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || len < 2 || !is_tail(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (len < 3 || !is_tail(p[2]))
		return 0;
	if (p[0] < 0xf0) {
		if (p[0] == 0xe0 && p[1] < 0xa0)
			return 0;
		return p[0] == 0xed && p[1] > 0x9f ? 0 : 3;
	}
	if (p[0] > 0xf4 || len < 4 || !is_tail(p[3]))
		return 0;
	if (p[0] == 0xf0 && p[1] < 0x90)
		return 0;
	return p[0] == 0xf4 && p[1] > 0x8f ? 0 : 4;
}

bool
utf8_valid(struct slice text)
{
	size_t i = 0, step;

	while (i < text.len) {
		i += ascii_run(text.ptr + i, text.len - i);
		if (i == text.len)
			break;
		step = sequence(text.ptr + i, text.len - i);
		if (!step)
			return false;
		i += step;
	}
	return true;
}

uint32_t
utf8_take(struct slice *text)
{
	const uint8_t *p = text->ptr;
	uint32_t point;
	size_t len;

	if (p[0] < 0x80) {
		len = 1;
		point = p[0];
	} else if (p[0] < 0xe0) {
		len = 2;
		point = p[0] & 0x1fu;
	} else if (p[0] < 0xf0) {
		len = 3;
		point = p[0] & 0x0fu;
	} else {
		len = 4;
		point = p[0] & 0x07u;
	}
	for (size_t i = 1; i < len; i++)
		point = point << 6 | (p[i] & 0x3fu);
	text->ptr += len;
	text->len -= len;
	return point;
}

static bool
is_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return false;
	if (c == 0x061c || c == 0x200e || c == 0x200f)
		return false;
	if (c >= 0x2028 && c <= 0x202e)
		return false;
	if (c >= 0x2066 && c <= 0x2069)
		return false;
	if ((c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe)
		return false;
	return true;
}

bool
utf8_printable(struct slice text)
{
	while (text.len) {
		/* most texts are ASCII */
		if (text.ptr[0] >= 0x20 && text.ptr[0] < 0x7f)
			text = slice_make(text.ptr + 1, text.len - 1);
		else if (!is_printable(utf8_take(&text)))
			return false;
	}
	return true;
}
