#include "consent/signals/signals.h"

static const struct signal_member members[] = {{.key = "basisForProcessing"}};

/* SNOWPLOW_CONSENT first. */
static const char *const bases[] = {"consent", "contract", "legal_obligation",
	"vital_interests", "public_task", "legitimate_interests", NULL};

enum lethe_reason
snowplow_basis(const struct value *v, size_t *basis)
{
	*basis = 0;
	if (signal_is_silent(v))
		return LETHE_REASON_SIGNAL_MALFORMED;
	if (v->kind != VALUE_STRING)
		return LETHE_REASON_SIGNAL_WRONG_TYPE;
	for (size_t i = 0; bases[i]; i++)
		if (slice_is(v->text, bases[i])) {
			*basis = i;
			return LETHE_REASON_NONE;
		}
	return LETHE_REASON_SIGNAL_MALFORMED;
}

static void
hear(const struct hearing *in, struct heard *out)
{
	enum lethe_reason why = LETHE_REASON_SIGNAL_WRONG_TYPE;

	if (signal_is_silent(&in->seen->value))
		return;
	if (in->seen->value.kind == VALUE_OBJECT)
		why = snowplow_basis(&in->seen[1].value, &out->basis);
	out->by_ask = why == LETHE_REASON_NONE;
	if (!out->by_ask)
		out->answer = signal_fails(why);
}

/* The tracker's word on why it sends, and no person's: never a yes. */
static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	(void)asked;
	for (size_t i = 0; i < ask->count; i++)
		if (ask->numbers[i] == h->basis)
			return signal_says(ANSWER_SILENT);
	return signal_says(ANSWER_DENY);
}

const struct signal signal_snowplow_gdpr = {
	.at = SIGNAL_AT_OBJECT,
	.never_grants = true,
	.asks = SIGNAL_ASKS_NAMES,
	.names = bases,
	.members = members,
	.member_count = 1,
	.hear = hear,
	.judge = judge,
};
