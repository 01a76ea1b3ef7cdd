#include "crypto/ring/line.h"

#include <inttypes.h>
#include <stdarg.h>

enum lethe_status
line_refuse(struct line *p, const char *field, const char *format, ...)
{
	char why[LETHE_WHAT_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return fail(p->err, LETHE_ERING, p->start, "ring, line %zu: %s%s%s: %s",
		p->number, p->kind, *field ? " " : "", field, why);
}

enum lethe_status
take_number(struct line *p, const char *field, uint64_t max, uint64_t *out)
{
	struct slice word = slice_word(&p->words, ' ');
	uint64_t n = 0;

	if (!word.len || word.len > 19 || (word.ptr[0] == '0' && word.len > 1))
		return line_refuse(p, field, "not a number");
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return line_refuse(p, field, "not a number");
		n = n * 10 + (word.ptr[i] - '0');
	}
	if (n > max)
		return line_refuse(p, field, "larger than %" PRIu64, max);
	*out = n;
	return LETHE_OK;
}

enum lethe_status
take_hex(struct line *p, const char *field, uint8_t *out, size_t len)
{
	if (!hex_get(slice_word(&p->words, ' '), out, len))
		return line_refuse(
			p, field, "not %zu digits of lower-case hex", 2 * len);
	return LETHE_OK;
}

enum lethe_status
take_base64(struct line *p, const char *field, uint8_t *out, size_t len)
{
	if (!base64_bytes(slice_word(&p->words, ' '), out, len))
		return line_refuse(p, field, "not %zu bytes in base64url", len);
	return LETHE_OK;
}

enum lethe_status
take_label(struct line *p, const char *label)
{
	if (!slice_is(slice_word(&p->words, ' '), label))
		return line_refuse(p, label, "missing here");
	return LETHE_OK;
}

enum lethe_status
take_time(struct line *p, const char *label, int64_t *out)
{
	enum lethe_status status = take_label(p, label);
	uint64_t n = 0;

	if (status == LETHE_OK)
		status = take_number(p, label, RING_TIME_MAX, &n);
	if (status == LETHE_OK)
		*out = (int64_t)n;
	return status;
}
