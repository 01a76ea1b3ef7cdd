#include "consent/signals/signals.h"

/* Whether the string is to be read; else *said says why not. */
static bool
is_in_scope(const struct value *scope, struct answer *said)
{
	switch (tcf_scope(scope)) {
	case TCF_SCOPE_UNTOLD:
	case TCF_SCOPE_APPLIES: return true;
	case TCF_SCOPE_NOT: *said = signal_says(ANSWER_SILENT); return false;
	case TCF_SCOPE_ERROR: break;
	}
	*said = signal_fails(signal_is_scalar(scope)
				     ? LETHE_REASON_SIGNAL_MALFORMED
				     : LETHE_REASON_SIGNAL_WRONG_TYPE);
	return false;
}

static void
hear(const struct hearing *in, struct heard *out)
{
	const struct signal_rule *rule = in->rule;
	struct value string = in->seen[0].value, scope = in->seen[1].value;
	struct tcf *t = &out->tcf.string;
	enum lethe_reason why = LETHE_REASON_NONE;

	if (rule->url)
		why = tcf_of_url(
			&in->seen[0].value, in->arena, &scope, &string);
	if (why != LETHE_REASON_NONE) {
		out->answer = signal_fails(why);
		return;
	}
	if (!is_in_scope(&scope, &out->answer) ||
		!tcf_hear(&string, in->now_ms, t, &out->answer))
		return;
	out->tcf.rule = rule;
	out->by_ask = t->policy_version >= rule->min_policy;
	if (!out->by_ask)
		out->answer = signal_fails(LETHE_REASON_SIGNAL_UNUSABLE);
}

struct tcf_ask
signal_tcf_ask(const struct signal_rule *rule, const struct signal_ask *ask)
{
	return (struct tcf_ask){
		.purposes = ask->purposes,
		.vendor = rule->vendor,
		.basis = ask->interest ? TCF_INTEREST : TCF_CONSENT,
		.max_age_ms = rule->max_age_ms,
	};
}

static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	const struct tcf_ask wanted = signal_tcf_ask(h->tcf.rule, ask);

	(void)asked;
	return tcf_answer(&h->tcf.string, &wanted);
}

const struct signal signal_tcf = {
	.at = SIGNAL_AT_VALUE,
	.keys = SIGNAL_KEY_WHEN | SIGNAL_KEY_ACT_AS | SIGNAL_KEY_MAX_AGE |
		SIGNAL_KEY_MIN_POLICY | SIGNAL_KEY_URL,
	.asks = SIGNAL_ASKS_PURPOSES,
	.hear = hear,
	.judge = judge,
};
