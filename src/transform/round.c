#include "transform/number.h"
#include "transform/rows.h"

#include <math.h>

#define DEGREES_MAX 180

bool
apply_round(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	struct value to = {.kind = VALUE_NUMBER, .number = t->round.to};

	(void)s;
	return number_is(in) &&
	       decimal_round(decimal_of(in), decimal_of(&to), out);
}

/* A number in both formats whatever its decimals, so that it has one type. */
bool
apply_geo(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	struct value east = {.kind = VALUE_INT, .magnitude = DEGREES_MAX};
	struct value west = {
		.kind = VALUE_INT, .negative = true, .magnitude = DEGREES_MAX};
	struct decimal unit = {.digits = 1, .exponent = -(int)t->geo.decimals};

	(void)s;
	if (!number_is(in) || number_compare(in, &west) < 0 ||
		number_compare(in, &east) > 0 ||
		!decimal_round(decimal_of(in), unit, out))
		return false;
	if (out->kind == VALUE_INT) {
		double size = (double)out->magnitude;

		*out = (struct value){.kind = VALUE_NUMBER,
			.number = out->negative ? -size : size};
	}
	return true;
}
