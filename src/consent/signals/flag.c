#include "consent/signals/signals.h"

/* What a flag says before its effect is known. */
enum said {
	SAID_NOTHING,
	SAID_YES,
	SAID_NO,
	SAID_NONSENSE,
};

static enum said
read_scalar(const struct flag_rule *rule, const struct value *v)
{
	switch (v->kind) {
	case VALUE_ABSENT:
	case VALUE_NULL: return SAID_NOTHING;
	case VALUE_ARRAY:
	case VALUE_OBJECT:
	case VALUE_OTHER: return SAID_NONSENSE;
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_NUMBER:
	case VALUE_HUGE:
	case VALUE_STRING: break;
	}
	for (size_t i = 0; i < rule->yes_count; i++)
		if (value_equal(v, &rule->yes[i]))
			return SAID_YES;
	return SAID_NO;
}

/*
 * No element that matches is a no.  Of an objection a no would let the event
 * pass, so an element that cannot be read is an error there.
 */
static enum said
read_elements(const struct flag_rule *rule, const struct reading *r,
	uint32_t at, const struct value *array)
{
	enum said all = SAID_NO;

	if (array->kind == VALUE_ABSENT || array->kind == VALUE_NULL)
		return SAID_NOTHING;
	if (array->kind != VALUE_ARRAY)
		return SAID_NONSENSE;
	for (const struct capture *c = reading_first(r, at); c;
		c = reading_next(r, c)) {
		enum said one = read_scalar(rule, &c->value);

		if (one == SAID_YES)
			return SAID_YES;
		if (one == SAID_NONSENSE && rule->objection)
			all = SAID_NONSENSE;
	}
	return all;
}

struct answer
signal_flag(const struct flag_rule *rule, const struct reading *r, uint32_t at,
	uint32_t container)
{
	enum answer_kind yes = rule->objection ? ANSWER_DENY : ANSWER_GRANT;
	enum answer_kind no = rule->objection ? ANSWER_SILENT : ANSWER_DENY;
	enum said said;

	if (rule->each)
		said = read_elements(rule, r, at, reading_get(r, container));
	else
		said = read_scalar(rule, reading_get(r, at));
	switch (said) {
	case SAID_NOTHING: return (struct answer){.kind = ANSWER_SILENT};
	case SAID_YES: return (struct answer){.kind = yes};
	case SAID_NO: return (struct answer){.kind = no};
	case SAID_NONSENSE: break;
	}
	return (struct answer){
		.kind = ANSWER_ERROR, .reason = LETHE_REASON_SIGNAL_WRONG_TYPE};
}
