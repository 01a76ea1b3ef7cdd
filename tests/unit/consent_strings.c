#include "suite.h"

#include "consent/signals/signals.h"

/*
 * Sources that are consent strings: what stands at the path and beside it, the
 * source's rule, what is asked, and the answer in a word.
 */

#define DAY INT64_C(86400000)
#define NOW INT64_C(1777852800000)     /* 2026-05-04T00:00:00Z */
#define UPDATED INT64_C(1775001600000) /* 2026-04-01T00:00:00Z, of YES */
#define P(n) TCF_BIT(n)

/* The publisher consents to 1, 5, 6, 8, 9, and so does vendor 42. */
#define YES \
	"CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAVAIAAAAAQAAAAA.IAVAIAAAAAQ" \
	".cbAAAAAAAA"
/* As the publisher, but 5 is not for vendor 42. */
#define RESTRICTED \
	"CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAVAAAAAAAQAAAAigAIAKg" \
	".IAVAAAAAAAQ.cbAAAAAAAA"
/* The publisher's interest in 7, consent to 1. */
#define INTEREST "CQh-8AAQh-8AAEsACBENCWFgAAAAAAAAAAYgAAAAAAAA.IAAA.cAAAAEAAAao"
/* Of TCF policy 4, updated on 2023-10-01. */
#define POLICY_4 "CPy9yEAPy9yEAEsACBENCWEgAI2AAAAAAAYgAAAAAAAA.cbAAAAAAAA"
#define NO_DISCLOSED "CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAAAAAAAA"
#define USNAT "CAAAAAAAAAAA"

#define TEXT(s) \
	{ \
		.kind = VALUE_STRING, .text = { \
			(const uint8_t *)(s), \
			sizeof(s) - 1 \
		} \
	}
#define INTEGER(n) \
	{ \
		.kind = VALUE_INT, .magnitude = (n) \
	}
#define BOOL(b) \
	{ \
		.kind = VALUE_BOOL, .boolean = (b) \
	}
#define OF(k) \
	{ \
		.kind = VALUE_##k \
	}
#define NONE OF(ABSENT)

static const char *
said(struct answer a)
{
	switch (a.kind) {
	case ANSWER_GRANT: return "grant";
	case ANSWER_DENY: return "deny";
	case ANSWER_SILENT: return "silent";
	case ANSWER_ERROR: break;
	}
	return lethe_reason_name(a.reason);
}

static struct answer
answer_of(enum signal_format format, const struct signal_rule *rule,
	const struct seen *seen, const struct signal_ask *ask)
{
	const struct signal *s = signal_of(format);
	const struct hearing in = {.rule = rule, .seen = seen, .now_ms = NOW};
	struct heard h;

	/* as the event before left it */
	memset(&h, 0xa5, sizeof(h));
	heard_clear(&h);
	s->hear(&in, &h);
	return h.by_ask ? s->judge(&h, ask, NULL) : h.answer;
}

struct row {
	enum signal_format format;
	struct value path, beside;
	struct signal_rule rule;
	struct signal_ask ask;
	const char *said;
};

#define PUBLISHER \
	{ \
		.min_policy = 4 \
	}
#define VENDOR(n) \
	{ \
		.vendor = (n), .min_policy = 4 \
	}
#define CONSENT(p) \
	{ \
		.count = 1, .purposes = (p) \
	}
#define INTERESTS(p) \
	{ \
		.count = 1, .purposes = (p), .interest = true \
	}
#define TCF(path, beside, word) \
	{ \
		SIGNAL_TCF, path, beside, PUBLISHER, CONSENT(P(5)), word \
	}
#define GPP(path, beside, word) \
	{ \
		SIGNAL_GPP, path, beside, PUBLISHER, CONSENT(P(5)), word \
	}

static const struct row rows[] = {
	TCF(TEXT(YES), NONE, "grant"),
	TCF(TEXT(YES), OF(NULL), "grant"),
	TCF(TEXT(YES), INTEGER(1), "grant"),
	TCF(TEXT(YES), TEXT("1"), "grant"),
	TCF(TEXT(YES), BOOL(true), "grant"),
	TCF(TEXT(YES), INTEGER(0), "silent"),
	TCF(TEXT(YES), TEXT("0"), "silent"),
	TCF(TEXT(YES), BOOL(false), "silent"),
	TCF(TEXT("x"), BOOL(false), "silent"),
	TCF(TEXT(YES), INTEGER(2), "signal_malformed"),
	TCF(TEXT(YES), TEXT("true"), "signal_malformed"),
	TCF(TEXT(YES), TEXT(""), "signal_malformed"),
	TCF(TEXT(YES), OF(NUMBER), "signal_malformed"),
	TCF(TEXT(YES), OF(ARRAY), "signal_wrong_type"),
	TCF(TEXT(YES), OF(OBJECT), "signal_wrong_type"),
	TCF(NONE, OF(OTHER), "signal_wrong_type"),
	TCF(NONE, INTEGER(1), "silent"),
	TCF(OF(NULL), NONE, "silent"),
	TCF(INTEGER(1), NONE, "signal_wrong_type"),
	TCF(TEXT(""), NONE, "signal_malformed"),
	TCF(TEXT("DBABM~" YES), NONE, "signal_malformed"),
	TCF(TEXT(NO_DISCLOSED), NONE, "signal_unusable"),
	TCF(TEXT(POLICY_4), NONE, "grant"),
	{SIGNAL_TCF, TEXT(POLICY_4), NONE, {.min_policy = 5}, CONSENT(P(5)),
		"signal_unusable"},
	{SIGNAL_TCF, TEXT(YES), NONE, {.min_policy = 5}, CONSENT(P(5)),
		"grant"},
	{SIGNAL_TCF, TEXT(YES), NONE, {.min_policy = 6}, CONSENT(P(5)),
		"signal_unusable"},
	{SIGNAL_TCF, TEXT(YES), NONE, PUBLISHER, CONSENT(P(5) | P(9)), "grant"},
	{SIGNAL_TCF, TEXT(YES), NONE, PUBLISHER, CONSENT(P(5) | P(7)), "deny"},
	{SIGNAL_TCF, TEXT(YES), NONE, PUBLISHER, CONSENT(0), "deny"},
	{SIGNAL_TCF, TEXT(YES), NONE, VENDOR(42), CONSENT(P(5)), "grant"},
	{SIGNAL_TCF, TEXT(YES), NONE, VENDOR(41), CONSENT(P(5)), "deny"},
	TCF(TEXT(RESTRICTED), NONE, "grant"),
	{SIGNAL_TCF, TEXT(RESTRICTED), NONE, VENDOR(42), CONSENT(P(5)), "deny"},
	{SIGNAL_TCF, TEXT(RESTRICTED), NONE, VENDOR(42), CONSENT(P(8)),
		"grant"},
	{SIGNAL_TCF, TEXT(INTEREST), NONE, PUBLISHER, INTERESTS(P(7)), "grant"},
	{SIGNAL_TCF, TEXT(INTEREST), NONE, PUBLISHER, CONSENT(P(7)), "deny"},
	{SIGNAL_TCF, TEXT(INTEREST), NONE, PUBLISHER, CONSENT(P(1)), "grant"},
	{SIGNAL_TCF, TEXT(INTEREST), NONE, PUBLISHER, INTERESTS(P(1)), "deny"},
	GPP(TEXT("DBABM~" YES), NONE, "grant"),
	GPP(TEXT("DBABM~" YES), INTEGER(2), "grant"),
	GPP(TEXT("DBABM~" YES), TEXT("2,8"), "deny"),
	GPP(TEXT("DBABM~" YES), TEXT("7"), "signal_unusable"),
	GPP(TEXT("DBABM~" YES), OF(ARRAY), "signal_malformed"),
	GPP(TEXT("DBABM~" YES), OF(OBJECT), "signal_malformed"),
	GPP(TEXT("DBABM~" NO_DISCLOSED), NONE, "signal_unusable"),
	GPP(TEXT("DBABM~" POLICY_4), NONE, "grant"),
	{SIGNAL_GPP, TEXT("DBABM~" POLICY_4), NONE, {.min_policy = 5},
		CONSENT(P(5)), "signal_unusable"},
	{SIGNAL_GPP, TEXT("DBABLA~" USNAT), NONE, {.min_policy = 63},
		CONSENT(P(5)), "silent"},
	{SIGNAL_GPP, TEXT("DBABM~" RESTRICTED), NONE, VENDOR(42), CONSENT(P(5)),
		"deny"},
	{SIGNAL_GPP, TEXT("DBABM~" INTEREST), NONE, PUBLISHER, INTERESTS(P(7)),
		"grant"},
	GPP(TEXT("DBABLA~" USNAT), NONE, "silent"),
	GPP(TEXT("DBABLA~CAAQAAAAAAAA"), NONE, "deny"),
	GPP(TEXT("DBABLA~CAAEAAAAAAAA"), NONE, "deny"),
	GPP(TEXT("DBABLA~CAABAAAAAAAA"), NONE, "deny"),
	GPP(TEXT("DBABLA~" USNAT ".YA"), INTEGER(7), "deny"),
	GPP(TEXT("DBABTA~1YYN"), NONE, "deny"),
	GPP(TEXT(YES), NONE, "signal_malformed"),
	GPP(NONE, NONE, "silent"),
	GPP(NONE, INTEGER(8), "deny"),
	GPP(NONE, TEXT("x"), "signal_malformed"),
	GPP(BOOL(true), NONE, "signal_wrong_type"),
};

START_TEST(answers_by_the_sources_rule)
{
	const struct row *row = &rows[_i];
	const struct seen seen[] = {
		{.value = row->path}, {.value = row->beside}};

	ck_assert_str_eq(
		said(answer_of(row->format, &row->rule, seen, &row->ask)),
		row->said);
}
END_TEST

struct sid_row {
	struct value elements[2];
	size_t count;
	const char *said;
};

static const struct sid_row sid_rows[] = {
	{{INTEGER(2)}, 1, "grant"},
	{{TEXT("2")}, 1, "grant"},
	{{INTEGER(2), OF(NULL)}, 2, "grant"},
	{{INTEGER(2), INTEGER(8)}, 2, "deny"},
	{{INTEGER(2), INTEGER(7)}, 2, "signal_unusable"},
	{{INTEGER(2), OF(OBJECT)}, 2, "signal_malformed"},
	{{{.kind = VALUE_INT, .negative = true, .magnitude = 1}}, 1, "silent"},
	{{OF(NULL)}, 1, "signal_malformed"},
	{{NONE}, 0, "signal_malformed"},
};

/* An array that the path opens with [*]; one without a section is malformed. */
START_TEST(hears_every_element_of_the_sections_that_apply)
{
	const struct sid_row *row = &sid_rows[_i];
	const struct capture captures[] = {
		{.value = row->elements[0], .next = row->count > 1 ? 2 : 0},
		{.value = row->elements[1], .index = 1}};
	const struct reading r = {.captures = captures};
	const struct seen seen[] = {{.value = TEXT("DBABM~" YES)},
		{.value = OF(ARRAY),
			.first = row->count ? captures : NULL,
			.reading = &r}};
	const struct signal_rule rule = PUBLISHER;
	const struct signal_ask ask = CONSENT(P(5));

	ck_assert_str_eq(
		said(answer_of(SIGNAL_GPP, &rule, seen, &ask)), row->said);
}
END_TEST

static const enum signal_format strings[] = {SIGNAL_TCF, SIGNAL_GPP};

/* To the day, and no longer than the policy lets it. */
START_TEST(a_grant_has_the_time_and_the_end_that_the_policy_sets)
{
	const struct seen seen[][2] = {{{.value = TEXT(YES)}, {.value = NONE}},
		{{.value = TEXT("DBABM~" YES)}, {.value = NONE}}};
	const struct signal_rule rule = {
		.min_policy = 4, .max_age_ms = 60 * DAY};
	const struct signal_ask ask = CONSENT(P(5)), other = CONSENT(P(7));
	struct answer a = answer_of(strings[_i], &rule, seen[_i], &ask);

	ck_assert_int_eq(a.kind, ANSWER_GRANT);
	ck_assert(a.has_time && a.has_until);
	ck_assert_int_eq(a.time_ms, UPDATED);
	ck_assert_int_eq(a.grain_ms, DAY);
	ck_assert_int_eq(a.until_ms, UPDATED + 60 * DAY);
	a = answer_of(strings[_i], &rule, seen[_i], &other);
	ck_assert_int_eq(a.kind, ANSWER_DENY);
	ck_assert(a.has_time && !a.has_until);
}
END_TEST

SUITE("consent_strings", ROWS(answers_by_the_sources_rule, rows),
	ROWS(hears_every_element_of_the_sections_that_apply, sid_rows),
	ROWS(a_grant_has_the_time_and_the_end_that_the_policy_sets, strings))
