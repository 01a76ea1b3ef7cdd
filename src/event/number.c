#include "event/writer.h"

#include "base/error.h"
#include "event/json/native.h"

#include <math.h>

/* Integers up to here are written without looking for the fewest digits. */
#define EXACT_MAX 9007199254740992.0

static size_t
put_zeros(char *out, int count)
{
	for (int i = 0; i < count; i++)
		out[i] = '0';
	return (size_t)count;
}

static size_t
put_uint(char *out, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + value % 10);
	while (value /= 10);
	memcpy(out, text + at, sizeof(text) - at);
	return sizeof(text) - at;
}

/* `1e+21`, `1.5e-7`: the digits and an exponent. */
static size_t
put_scientific(char *out, const char *digits, size_t count, int exponent)
{
	size_t n = 0;

	out[n++] = digits[0];
	if (count > 1) {
		out[n++] = '.';
		memcpy(out + n, digits + 1, count - 1);
		n += count - 1;
	}
	out[n++] = 'e';
	out[n++] = exponent < 0 ? '-' : '+';
	return n + put_uint(out + n,
			   (uint64_t)(exponent < 0 ? -exponent : exponent));
}

/* The layouts of ECMAScript's Number::toString, `point` digits before it. */
static size_t
put_digits(char *out, const char *digits, size_t count, int exponent)
{
	int point = exponent + 1;
	size_t n = 0;

	if (point < -5 || point > 21)
		return put_scientific(out, digits, count, exponent);
	if (point <= 0) {
		n += put_zeros(out, 1);
		out[n++] = '.';
		n += put_zeros(out + n, -point);
		memcpy(out + n, digits, count);
		return n + count;
	}
	if (count <= (size_t)point) {
		memcpy(out, digits, count);
		return count + put_zeros(out + count, point - (int)count);
	}
	memcpy(out, digits, (size_t)point);
	out[point] = '.';
	memcpy(out + point + 1, digits + point, count - (size_t)point);
	return count + 1;
}

size_t
number_format(double value, char out[static NUMBER_TEXT_MAX])
{
	char digits[NUMBER_DIGITS_MAX];
	double size = fabs(value);
	size_t count, n = 0;
	int exponent;

	bug_if(!isfinite(value));
	if (value < 0)
		out[n++] = '-';
	if (size <= EXACT_MAX && size == (double)(uint64_t)size)
		return n + put_uint(out + n, (uint64_t)size);
	count = native_number_digits(size, digits, &exponent);
	return n + put_digits(out + n, digits, count, exponent);
}

/* A run of digits; how many there are. */
static size_t
digits_run(struct slice text, size_t at)
{
	size_t n = 0;

	while (at + n < text.len && (uint8_t)(text.ptr[at + n] - '0') <= 9)
		n++;
	return n;
}

/* The grammar of RFC 8259 section 6. */
static bool
is_number(struct slice text)
{
	size_t at = text.len && text.ptr[0] == '-';
	size_t n = digits_run(text, at);

	if (!n || (n > 1 && text.ptr[at] == '0'))
		return false;
	at += n;
	if (at < text.len && text.ptr[at] == '.') {
		n = digits_run(text, ++at);
		if (!n)
			return false;
		at += n;
	}
	if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
		at++;
		if (at < text.len &&
			(text.ptr[at] == '+' || text.ptr[at] == '-'))
			at++;
		n = digits_run(text, at);
		if (!n)
			return false;
		at += n;
	}
	return at == text.len;
}

bool
number_parse(struct slice text, double *out)
{
	*out = 0;
	return is_number(text) &&
	       native_number_parse((const char *)text.ptr, text.len, out);
}
