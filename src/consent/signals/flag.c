#include "consent/signals/signals.h"

/* What a flag says before its effect is known. */
enum said {
	SAID_NOTHING,
	SAID_YES,
	SAID_NO,
	SAID_NONSENSE,
	SAID_UNKNOWN, /* no value that a preset knows */
};

static bool
is_among(const struct value *v, const struct value *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (value_equal(v, &list[i]))
			return true;
	return false;
}

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
	return is_among(v, rule->yes, rule->yes_count) ? SAID_YES : SAID_NO;
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

/* The member of a vendor's object, whose values are all known. */
static enum said
read_member(const struct preset *p, const struct seen *seen)
{
	const struct value *v = &seen[1].value;

	if (signal_is_silent(&seen[0].value))
		return SAID_NOTHING;
	if (seen[0].value.kind != VALUE_OBJECT)
		return SAID_NONSENSE;
	if (signal_is_silent(v) || is_among(v, p->unset.at, p->unset.count))
		return SAID_NOTHING;
	if (is_among(v, p->yes.at, p->yes.count))
		return SAID_YES;
	if (is_among(v, p->no.at, p->no.count))
		return SAID_NO;
	return v->kind == p->yes.at->kind ? SAID_UNKNOWN : SAID_NONSENSE;
}

static enum said
read_flag(const struct signal_rule *rule, const struct seen *seen)
{
	if (rule->preset)
		return read_member(rule->preset, seen);
	if (rule->each)
		return read_elements(rule, seen);
	return read_scalar(rule, &seen->value);
}

static struct answer
answer_of(enum said said, bool objection)
{
	switch (said) {
	case SAID_NOTHING: return signal_says(ANSWER_SILENT);
	case SAID_YES:
		return signal_says(objection ? ANSWER_DENY : ANSWER_GRANT);
	case SAID_NO:
		return signal_says(objection ? ANSWER_SILENT : ANSWER_DENY);
	case SAID_NONSENSE: return signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
	case SAID_UNKNOWN: break;
	}
	return signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
}

static void
hear(const struct hearing *in, struct heard *out)
{
	out->answer =
		answer_of(read_flag(in->rule, in->seen), in->rule->objection);
}

const struct signal signal_flag = {
	.at = SIGNAL_AT_EACH,
	.plain = true,
	.keys = SIGNAL_KEY_YES | SIGNAL_KEY_EFFECT | SIGNAL_KEY_PRESET |
		SIGNAL_KEY_REMEMBER,
	.asks = SIGNAL_ASKS_YES,
	.hear = hear,
};
