#include "engine/identifier.h"

enum ident_result
identifier_normal(struct slice text, bool lower, const struct slice *ignore,
	size_t ignore_count, struct arena *a, struct slice *out)
{
	enum ident_result result = ident_normalise(text, lower, a, out);

	for (size_t i = 0; result == IDENT_OK && i < ignore_count; i++)
		if (ident_equal_fold(*out, ignore[i]))
			result = IDENT_BLANK;
	if (result != IDENT_OK)
		*out = (struct slice){0};
	return result;
}
