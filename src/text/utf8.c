#include "text/utf8.h"

#include "base/sequence.h"
#include "base/wide.h"

static wide
is_high(wide x)
{
	return x & 0x80;
}

bool
utf8_is_ascii(struct slice text)
{
	return !wide_has(text, is_high);
}

bool
utf8_valid(struct slice text)
{
	size_t i = 0, step;

	if (utf8_is_ascii(text))
		return true;
	while (i < text.len) {
		step = utf8_sequence(text.ptr + i, text.len - i);
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

static wide
is_no_ascii_text(wide x)
{
	return (wide)((x < 0x20) | (x >= 0x7f));
}

bool
utf8_printable(struct slice text)
{
	if (!wide_has(text, is_no_ascii_text))
		return true;
	while (text.len)
		if (!is_printable(utf8_take(&text)))
			return false;
	return true;
}
