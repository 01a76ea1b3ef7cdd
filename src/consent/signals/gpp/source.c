#include "consent/signals/signals.h"

/*
 * An array that the path does not open with [*], and one that names nothing,
 * are malformed: which sections apply would be a guess.
 */
static void
read_sid(const struct seen *seen, struct gpp_sid *sid)
{
	*sid = (struct gpp_sid){0};
	if (!seen->first) {
		gpp_sid_add(sid, &seen->value);
		return;
	}
	for (const struct capture *c = seen->first; c;
		c = reading_next(seen->reading, c))
		gpp_sid_add(sid, &c->value);
	sid->malformed |= !sid->told;
}

static void
hear(const struct hearing *in, struct heard *out)
{
	const struct signal_rule *rule = in->rule;
	struct gpp *g = &out->gpp.string;

	bool usable;

	read_sid(&in->seen[1], &out->gpp.sid);
	usable = gpp_hear(
		&in->seen[0].value, &out->gpp.sid, in->now_ms, g, &out->answer);
	/* Opt-outs do not age with the section of TCF beside them. */
	out->opted_out = gpp_opted_out(g) & GPP_ALL;
	if (!usable)
		return;
	out->gpp.rule = rule;
	out->by_ask = !g->has_tcf || g->tcf.policy_version >= rule->min_policy;
	if (!out->by_ask)
		out->answer = signal_fails(LETHE_REASON_SIGNAL_UNUSABLE);
}

static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	const struct gpp_ask wanted = {
		.tcf = signal_tcf_ask(h->gpp.rule, ask),
		.opt_outs = GPP_ALL,
	};

	(void)asked;
	return gpp_answer(&h->gpp.string, &h->gpp.sid, &wanted);
}

static bool
opted_out(const struct heard *h)
{
	return h->opted_out;
}

const struct signal signal_gpp = {
	.at = SIGNAL_AT_VALUE,
	.keys = SIGNAL_KEY_SID | SIGNAL_KEY_ACT_AS | SIGNAL_KEY_MAX_AGE |
		SIGNAL_KEY_MIN_POLICY | SIGNAL_KEY_REMEMBER,
	.opted_out = opted_out,
	.asks = SIGNAL_ASKS_PURPOSES,
	.hear = hear,
	.judge = judge,
};
