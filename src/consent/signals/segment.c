#include "consent/signals/signals.h"

static void
hear(const struct hearing *in, struct heard *out)
{
	if (signal_is_silent(&in->seen->value))
		return;
	out->by_ask = in->seen->value.kind == VALUE_OBJECT;
	if (!out->by_ask)
		out->answer = signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
}

static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	/* No category asked is no question: never a yes. */
	bool granted = ask->count > 0;

	(void)h;
	for (size_t i = 0; i < ask->count; i++) {
		const struct value *category = &asked[i].value;

		if (category->kind == VALUE_BOOL)
			granted = granted && category->boolean;
		else if (category->kind == VALUE_ABSENT)
			granted = false;
		else
			return signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
	}
	return signal_says(granted ? ANSWER_GRANT : ANSWER_DENY);
}

const struct signal signal_segment = {
	.at = SIGNAL_AT_OBJECT,
	.asks = SIGNAL_ASKS_TEXTS,
	.below = true,
	.hear = hear,
	.judge = judge,
};
