#include "transform/transform.h"

#include "transform/number.h"

static bool
is_number(const struct value *in)
{
	return in->kind == VALUE_HUGE || number_is(in);
}

static enum lethe_misfit
misfit_of_keep(const struct transform *t, const struct value *in)
{
	switch (t->keep.type) {
	case KEEP_STRING:
		if (in->kind != VALUE_STRING)
			return LETHE_MISFIT_TYPE;
		return in->text.len > t->keep.max_bytes ? LETHE_MISFIT_RANGE
							: LETHE_MISFIT_FORM;
	case KEEP_INTEGER:
	case KEEP_NUMBER:
		return is_number(in) ? LETHE_MISFIT_RANGE : LETHE_MISFIT_TYPE;
	case KEEP_BOOLEAN: break;
	}
	return LETHE_MISFIT_TYPE;
}

enum lethe_misfit
transform_misfit(const struct transform *t, const struct value *in)
{
	if (in->kind == VALUE_ABSENT || in->kind == VALUE_NULL)
		return LETHE_MISFIT_NONE;
	switch (t->kind) {
	case TRANSFORM_KEEP: return misfit_of_keep(t, in);
	case TRANSFORM_ONE_OF: return LETHE_MISFIT_FORM;
	case TRANSFORM_BUCKET:
	case TRANSFORM_ROUND:
	case TRANSFORM_GEO:
		return is_number(in) ? LETHE_MISFIT_RANGE : LETHE_MISFIT_TYPE;
	case TRANSFORM_COUNT:
		return in->kind == VALUE_ARRAY ? LETHE_MISFIT_RANGE
					       : LETHE_MISFIT_TYPE;
	case TRANSFORM_TIME:
		return is_number(in) || in->kind == VALUE_STRING
			       ? LETHE_MISFIT_FORM
			       : LETHE_MISFIT_TYPE;
	case TRANSFORM_URL:
	case TRANSFORM_PREFIX:
	case TRANSFORM_FAMILY:
		return in->kind == VALUE_STRING ? LETHE_MISFIT_FORM
						: LETHE_MISFIT_TYPE;
	case TRANSFORM_TOKEN: return LETHE_MISFIT_IDENTITY;
	case TRANSFORM_EVENT:
	case TRANSFORM_EXISTS:
	case TRANSFORM_CONSTANT:
	case TRANSFORM_COUNT_: break;
	}
	return LETHE_MISFIT_NONE;
}
