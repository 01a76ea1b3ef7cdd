#include "consent/signals/signals.h"

enum { EVENT_TYPE, BASIS, SCOPES, MEMBERS };

static const struct signal_member members[MEMBERS] = {
	[EVENT_TYPE] = {.key = "eventType"},
	[BASIS] = {.key = "basisForProcessing"},
	[SCOPES] = {.key = "consentScopes", .each = true},
};

/* What each eventType says before scopes are looked at. */
static const struct event_type {
	const char *name;
	enum answer_kind kind;
} event_types[] = {
	{"allow_all", ANSWER_GRANT},
	{"allow_selected", ANSWER_GRANT},
	{"deny_all", ANSWER_DENY},
	{"withdrawn", ANSWER_DENY},
	{"expired", ANSWER_DENY},
	{"pending", ANSWER_SILENT},
	{"implicit_consent", ANSWER_SILENT},
};

static enum lethe_reason
read_event_type(const struct value *v, enum answer_kind *kind)
{
	*kind = ANSWER_SILENT;
	if (signal_is_silent(v))
		return LETHE_REASON_SIGNAL_MALFORMED;
	if (v->kind != VALUE_STRING)
		return LETHE_REASON_SIGNAL_WRONG_TYPE;
	for (size_t i = 0; i < sizeof(event_types) / sizeof(*event_types); i++)
		if (slice_is(v->text, event_types[i].name)) {
			*kind = event_types[i].kind;
			return LETHE_REASON_NONE;
		}
	return LETHE_REASON_SIGNAL_MALFORMED;
}

static enum lethe_reason
check_scopes(const struct seen *list)
{
	if (signal_is_silent(&list->value))
		return LETHE_REASON_SIGNAL_MALFORMED;
	return signal_check_texts(list);
}

static void
hear(const struct hearing *in, struct heard *out)
{
	const struct seen *at = in->seen + 1;
	enum lethe_reason why = LETHE_REASON_SIGNAL_WRONG_TYPE;
	enum answer_kind kind = ANSWER_SILENT;
	size_t basis = 0;

	if (signal_is_silent(&in->seen->value))
		return;
	if (in->seen->value.kind == VALUE_OBJECT)
		why = read_event_type(&at[EVENT_TYPE].value, &kind);
	if (why == LETHE_REASON_NONE)
		why = snowplow_basis(&at[BASIS].value, &basis);
	if (why == LETHE_REASON_NONE)
		why = check_scopes(&at[SCOPES]);
	out->answer = why == LETHE_REASON_NONE ? signal_says(kind)
					       : signal_fails(why);
	out->by_ask = out->answer.kind == ANSWER_GRANT;
	if (!out->by_ask)
		return;
	out->snowplow.consent = basis == SNOWPLOW_CONSENT;
	out->snowplow.scopes = at[SCOPES].first;
	out->snowplow.reading = in->seen->reading;
}

/* What was allowed on another basis is no consent. */
static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	const struct snowplow *s = &h->snowplow;

	(void)asked;
	for (size_t i = 0; i < ask->count; i++)
		if (!signal_has(s->scopes, s->reading, ask->texts[i]))
			return signal_says(ANSWER_DENY);
	return signal_says(
		s->consent && ask->count ? ANSWER_GRANT : ANSWER_SILENT);
}

const struct signal signal_snowplow = {
	.at = SIGNAL_AT_OBJECT,
	.asks = SIGNAL_ASKS_TEXTS,
	.members = members,
	.member_count = MEMBERS,
	.hear = hear,
	.judge = judge,
};
