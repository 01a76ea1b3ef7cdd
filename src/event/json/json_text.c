#include "event/json/json_text.h"

#define NO_CHARACTER UINT32_MAX

/* The four hex digits at `p`, or NO_CHARACTER. */
static uint32_t
hex4(const uint8_t *p, const uint8_t *end)
{
	uint32_t value = 0;

	if (end - p < 4)
		return NO_CHARACTER;
	for (int i = 0; i < 4; i++) {
		uint8_t c = p[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value |= (c | 0x20) - 'a' + 10;
		else
			return NO_CHARACTER;
	}
	return value;
}

static uint8_t *
put_utf8(uint8_t *o, uint32_t c)
{
	if (c < 0x80) {
		*o++ = (uint8_t)c;
	} else if (c < 0x800) {
		*o++ = (uint8_t)(0xc0 | c >> 6);
		*o++ = (uint8_t)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*o++ = (uint8_t)(0xe0 | c >> 12);
		*o++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*o++ = (uint8_t)(0x80 | (c & 0x3f));
	} else {
		*o++ = (uint8_t)(0xf0 | c >> 18);
		*o++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		*o++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*o++ = (uint8_t)(0x80 | (c & 0x3f));
	}
	return o;
}

/* The character of the \u escape at *p, which is stepped over. */
static enum lethe_status
read_unicode(const uint8_t **p, const uint8_t *end, uint32_t *c)
{
	uint32_t low;

	*c = hex4(*p + 2, end);
	if (*c == NO_CHARACTER)
		return LETHE_POISON_ESCAPE;
	*p += 6;
	if (*c < 0xd800 || *c > 0xdfff)
		return LETHE_OK;
	if (*c > 0xdbff || end - *p < 2 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return LETHE_POISON_SURROGATE;
	low = hex4(*p + 2, end);
	if (low == NO_CHARACTER || low < 0xdc00 || low > 0xdfff)
		return LETHE_POISON_SURROGATE;
	*p += 6;
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	return LETHE_OK;
}

/* What the letter behind a backslash stands for, or 0. */
static uint8_t
short_escape(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/': return c;
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return 0;
	}
}

enum lethe_status
json_unescape(struct slice raw, uint8_t *out, size_t *len, size_t *wrong)
{
	const uint8_t *p = raw.ptr, *end = raw.ptr + raw.len;
	enum lethe_status status = LETHE_POISON_ESCAPE;
	uint8_t *o = out;

	*len = 0;
	*wrong = 0;
	while (p < end) {
		const uint8_t *start = p;
		uint32_t c;

		if (*p != '\\') {
			*o++ = *p++;
			continue;
		}
		if (end - p >= 2 && p[1] == 'u') {
			status = read_unicode(&p, end, &c);
			if (!status) {
				o = put_utf8(o, c);
				continue;
			}
		} else if (end - p >= 2 && (*o = short_escape(p[1]))) {
			o++;
			p += 2;
			continue;
		} else {
			status = LETHE_POISON_ESCAPE;
		}
		*wrong = (size_t)(start - raw.ptr);
		return status;
	}
	*len = (size_t)(o - out);
	return LETHE_OK;
}
