#include "consent/signals/signals.h"

static const struct signal_member members[] = {{.key = "all"}};

/*
 * Which document a withdrawal of not all is of stands in other entities, and
 * which purposes a document covers nowhere: each withdrawal is of what is
 * asked.
 */
static struct answer
read_all(const struct value *all)
{
	if (signal_is_silent(all))
		return signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
	if (all->kind != VALUE_BOOL)
		return signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
	return signal_says(ANSWER_DENY);
}

static void
hear(const struct hearing *in, struct heard *out)
{
	if (signal_is_silent(&in->seen->value))
		return;
	if (in->seen->value.kind == VALUE_OBJECT)
		out->answer = read_all(&in->seen[1].value);
	else
		out->answer = signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
}

const struct signal signal_snowplow_withdrawn = {
	.at = SIGNAL_AT_OBJECT,
	.never_grants = true,
	.asks = SIGNAL_ASKS_YES,
	.members = members,
	.member_count = 1,
	.hear = hear,
};
