#ifndef TRANSFORM_NUMBER_H
#define TRANSFORM_NUMBER_H

/*
 * Exact sums on the two kinds of numbers: integers to 64 bits, and doubles
 * taken as the decimal that a person wrote.
 */

#include "event/value.h"

/* Whether it is VALUE_INT or VALUE_NUMBER. */
bool number_is(const struct value *v);

/* Below, equal, above: -1, 0, 1, exact between integers and doubles too. */
int number_compare(const struct value *a, const struct value *b);

/* digits x 10^exponent. */
struct decimal {
	bool negative;
	uint64_t digits;
	int exponent;
};

/* A number as its fewest decimal digits. */
struct decimal decimal_of(const struct value *v);

/*
 * The multiple of `to` nearest to `x`, a half away from zero.
 *
 *   to    positive
 *   out   VALUE_INT when `to` is whole and it fits, else VALUE_NUMBER
 *
 * False, with *out zero, when it is beyond 2^128 units of the last digit of
 * `to`, or beyond a double.
 */
bool decimal_round(struct decimal x, struct decimal to, struct value *out);

#endif
