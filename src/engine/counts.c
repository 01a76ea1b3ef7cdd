#include "engine/counts.h"

#include "engine/work.h"

const char *
field_did_name(enum field_did did)
{
	static const char *const names[] = {"kept", "changed", "tokenised"};

	return names[did];
}

static enum field_did
did_of(const struct policy_field *f)
{
	switch (f->what.kind) {
	case TRANSFORM_KEEP:
	case TRANSFORM_ONE_OF: return FIELD_KEPT;
	case TRANSFORM_TOKEN: return FIELD_TOKENISED;
	default: return FIELD_CHANGED;
	}
}

size_t
view_row_count(const struct lethe_view *v)
{
	size_t last = v->policy->purpose_count;

	return last ? v->plans[last - 1].first + v->plans[last - 1].count : 0;
}

struct field_row
view_row(const struct lethe_view *v, size_t row)
{
	size_t purpose = 0;
	const struct policy_field *f;
	size_t field;

	while (row >= v->plans[purpose].first + v->plans[purpose].count)
		purpose++;
	field = v->plans[purpose].fields[row - v->plans[purpose].first];
	f = &v->policy->fields[field];
	return (struct field_row){purpose, field, f->as, did_of(f)};
}

size_t
view_row_of(const struct lethe_view *v, size_t purpose, size_t field)
{
	const struct purpose_fields *plan = &v->plans[purpose];

	for (size_t i = 0; i < plan->count; i++)
		if (plan->fields[i] == field)
			return plan->first + i;
	return SIZE_MAX;
}

void
scratch_count_fields(const struct lethe_scratch *s, const struct lethe_view *v,
	size_t purpose, row_cells *rows)
{
	const struct purpose_fields *plan = &v->plans[purpose];

	for (size_t i = 0; i < plan->count; i++)
		rows[plan->first + i][LETHE_MISFIT_NONE] +=
			s->fields[plan->fields[i]].present;
}
