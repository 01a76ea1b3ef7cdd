#include "consent/signals/signals.h"

static const struct answer wrong_type = {
	.kind = ANSWER_ERROR, .reason = LETHE_REASON_SIGNAL_WRONG_TYPE};

struct answer
signal_segment(const struct value *map, const struct value *const *categories,
	size_t count)
{
	/* No category asked is no question: never a yes. */
	bool granted = count > 0;

	if (map->kind == VALUE_ABSENT || map->kind == VALUE_NULL)
		return (struct answer){.kind = ANSWER_SILENT};
	if (map->kind != VALUE_OBJECT)
		return wrong_type;
	for (size_t i = 0; i < count; i++) {
		if (categories[i]->kind == VALUE_BOOL)
			granted = granted && categories[i]->boolean;
		else if (categories[i]->kind == VALUE_ABSENT)
			granted = false;
		else
			return wrong_type;
	}
	return (struct answer){.kind = granted ? ANSWER_GRANT : ANSWER_DENY};
}
