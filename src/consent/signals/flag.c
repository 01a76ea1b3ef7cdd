#include "consent/signals/signals.h"

/* What a flag says before its effect is known. */
enum said {
	SAID_NOTHING,
	SAID_YES,
	SAID_NO,
	SAID_NONSENSE,
};

static enum said
read_scalar(const struct signal_rule *rule, const struct value *v)
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
read_elements(const struct signal_rule *rule, const struct seen *seen)
{
	enum said all = SAID_NO;

	if (signal_is_silent(&seen->value))
		return SAID_NOTHING;
	if (seen->value.kind != VALUE_ARRAY)
		return SAID_NONSENSE;
	for (const struct capture *c = seen->first; c;
		c = reading_next(seen->reading, c)) {
		enum said one = read_scalar(rule, &c->value);

		if (one == SAID_YES)
			return SAID_YES;
		if (one == SAID_NONSENSE && rule->objection)
			all = SAID_NONSENSE;
	}
	return all;
}

static void
hear(const struct signal_rule *rule, const struct seen *seen, struct heard *out)
{
	enum answer_kind yes = rule->objection ? ANSWER_DENY : ANSWER_GRANT;
	enum answer_kind no = rule->objection ? ANSWER_SILENT : ANSWER_DENY;

	switch (rule->each ? read_elements(rule, seen)
			   : read_scalar(rule, &seen->value)) {
	case SAID_NOTHING: return;
	case SAID_YES: out->answer = signal_says(yes); return;
	case SAID_NO: out->answer = signal_says(no); return;
	case SAID_NONSENSE: break;
	}
	out->answer = signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
}

const struct signal signal_flag = {
	.at = SIGNAL_AT_EACH,
	.plain = true,
	.keys = SIGNAL_KEY_YES | SIGNAL_KEY_EFFECT,
	.asks = SIGNAL_ASKS_YES,
	.hear = hear,
};
