#include "consent/signals/signals.h"

enum { ALLOWED, DENIED, STRATEGY, MEMBERS };

static const struct signal_member members[MEMBERS] = {
	[ALLOWED] = {.key = "allowedConsentIds", .each = true},
	[DENIED] = {.key = "deniedConsentIds", .each = true},
	[STRATEGY] = {.key = "resolutionStrategy"},
};

/* NONE, or why the strategy is none; without one all ids must hold. */
static enum lethe_reason
read_strategy(const struct value *v, bool *any)
{
	*any = false;
	if (signal_is_silent(v))
		return LETHE_REASON_NONE;
	if (v->kind != VALUE_STRING)
		return LETHE_REASON_SIGNAL_WRONG_TYPE;
	*any = slice_is(v->text, "or");
	return *any || slice_is(v->text, "and") ? LETHE_REASON_NONE
						: LETHE_REASON_SIGNAL_MALFORMED;
}

static void
hear(const struct hearing *in, struct heard *out)
{
	const struct seen *at = in->seen + 1;
	enum lethe_reason why = LETHE_REASON_SIGNAL_WRONG_TYPE;

	if (signal_is_silent(&in->seen->value))
		return;
	if (in->seen->value.kind == VALUE_OBJECT)
		why = signal_check_texts(&at[ALLOWED]);
	if (why == LETHE_REASON_NONE)
		why = signal_check_texts(&at[DENIED]);
	if (why == LETHE_REASON_NONE)
		why = read_strategy(&at[STRATEGY].value, &out->rudderstack.any);
	out->by_ask = why == LETHE_REASON_NONE;
	if (!out->by_ask) {
		out->answer = signal_fails(why);
		return;
	}
	out->rudderstack.allowed = at[ALLOWED].first;
	out->rudderstack.denied = at[DENIED].first;
	out->rudderstack.reading = in->seen->reading;
}

/*
 * An id that is both allowed and denied denies, whatever the strategy: the
 * event contradicts itself about what is asked.
 */
static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	const struct rudderstack *r = &h->rudderstack;
	size_t granted = 0;

	(void)asked;
	for (size_t i = 0; i < ask->count; i++) {
		bool in = signal_has(r->allowed, r->reading, ask->texts[i]);
		bool out = signal_has(r->denied, r->reading, ask->texts[i]);

		if (in && out)
			return signal_says(ANSWER_DENY);
		granted += in;
	}
	if (r->any ? granted > 0 : granted && granted == ask->count)
		return signal_says(ANSWER_GRANT);
	return signal_says(ANSWER_DENY);
}

const struct signal signal_rudderstack = {
	.at = SIGNAL_AT_OBJECT,
	.asks = SIGNAL_ASKS_TEXTS,
	.members = members,
	.member_count = MEMBERS,
	.hear = hear,
	.judge = judge,
};
