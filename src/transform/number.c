#include "transform/number.h"

#include "event/json/native.h"

#include <math.h>

#define INT_END 18446744073709551616.0	   /* 2^64 */
#define INT_FIRST (-9223372036854775808.0) /* -2^63 */
#define NEGATIVE_MAX (UINT64_C(1) << 63)

typedef unsigned __int128 wide;

bool
number_is(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_NUMBER;
}

static int
compare_ints(bool a_negative, uint64_t a, bool b_negative, uint64_t b)
{
	int order = (a > b) - (a < b);

	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	return a_negative ? -order : order;
}

/* Compares without turning the integer into a double. */
static int
compare_int_double(const struct value *a, double b)
{
	double whole = trunc(b);
	int order;

	if (b >= INT_END)
		return -1;
	if (b < INT_FIRST)
		return 1;
	order = compare_ints(
		a->negative, a->magnitude, whole < 0, (uint64_t)fabs(whole));
	return order ? order : (b < whole) - (b > whole);
}

int
number_compare(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		return compare_ints(
			a->negative, a->magnitude, b->negative, b->magnitude);
	if (a->kind == VALUE_INT)
		return compare_int_double(a, b->number);
	if (b->kind == VALUE_INT)
		return -compare_int_double(b, a->number);
	return (a->number > b->number) - (a->number < b->number);
}

struct decimal
decimal_of(const struct value *v)
{
	char digits[NUMBER_DIGITS_MAX];
	struct decimal d = {.negative = v->negative, .digits = v->magnitude};
	size_t count;

	if (v->kind == VALUE_INT)
		return d;
	d = (struct decimal){.negative = v->number < 0};
	count = native_number_digits(v->number, digits, &d.exponent);
	for (size_t i = 0; i < count; i++)
		d.digits = d.digits * 10 + (uint64_t)(digits[i] - '0');
	d.exponent -= (int)count - 1;
	return d;
}

/* value x 10^power; false past 128 bits. */
static bool
scale(wide value, int power, wide *out)
{
	*out = value;
	while (value && power-- > 0)
		if (__builtin_mul_overflow(*out, (wide)10, out))
			return false;
	return true;
}

/* How often `to` goes into `x`, rounded; false past 128 bits. */
static bool
divide(struct decimal x, struct decimal to, wide *out)
{
	int shift = x.exponent - to.exponent;
	wide over, under, rest;

	*out = 0;
	if (!scale(x.digits, shift, &over))
		return false;
	/* Past 128 bits `to` is far more than twice x. */
	if (!scale(to.digits, -shift, &under))
		return true;
	rest = over % under;
	*out = over / under + (rest >= under - rest);
	return true;
}

/* digits x 10^exponent as the nearest double. */
static bool
put_double(bool negative, wide digits, int exponent, struct value *out)
{
	char text[64];
	size_t at = 48;
	double number;
	int n;

	n = snprintf(text + at, sizeof(text) - at, "e%d", exponent);
	do
		text[--at] = (char)('0' + (int)(digits % 10));
	while (digits /= 10);
	if (!native_number_parse(text + at, 48 - at + (size_t)n, &number))
		return false;
	*out = (struct value){.kind = VALUE_NUMBER,
		.number = negative && number > 0 ? -number : number};
	return true;
}

bool
decimal_round(struct decimal x, struct decimal to, struct value *out)
{
	wide times, digits, whole;

	*out = (struct value){0};
	if (!divide(x, to, &times) ||
		__builtin_mul_overflow(times, (wide)to.digits, &digits))
		return false;
	if (to.exponent >= 0 && scale(digits, to.exponent, &whole) &&
		whole <= (x.negative ? NEGATIVE_MAX : UINT64_MAX)) {
		*out = (struct value){.kind = VALUE_INT,
			.negative = x.negative && whole,
			.magnitude = (uint64_t)whole};
		return true;
	}
	return put_double(x.negative, digits, to.exponent, out);
}
