#include "suite.h"

#include "consent/signals/signals.h"

/*
 * The verdicts of the formats: what stands in the event, what is asked of it
 * (names with a space between), and the answer.  One letter an answer:
 * g grant, d deny, s silent, m malformed, w wrong type.
 */

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
#define OF(k) \
	{ \
		.kind = VALUE_##k \
	}

static char
letter(struct answer a)
{
	ck_assert(a.kind == ANSWER_ERROR || a.reason == LETHE_REASON_NONE);
	ck_assert(!a.has_time && !a.has_until);
	switch (a.kind) {
	case ANSWER_GRANT: return 'g';
	case ANSWER_DENY: return 'd';
	case ANSWER_SILENT: return 's';
	case ANSWER_ERROR: break;
	}
	if (a.reason == LETHE_REASON_SIGNAL_WRONG_TYPE)
		return 'w';
	ck_assert_int_eq(a.reason, LETHE_REASON_SIGNAL_MALFORMED);
	return 'm';
}

#define ASKED_MAX 4

struct asked {
	struct slice texts[ASKED_MAX];
	size_t numbers[ASKED_MAX];
	struct signal_ask ask;
};

static void
split(const struct signal *s, const char *text, struct asked *out)
{
	*out = (struct asked){.ask = {.numbers = out->numbers}};
	while (*text) {
		size_t len = strcspn(text, " "), n = out->ask.count++;

		ck_assert_uint_lt(n, ASKED_MAX);
		out->texts[n] = slice_make(text, len);
		while (s->names &&
			!slice_is(out->texts[n], s->names[out->numbers[n]]))
			ck_assert_ptr_nonnull(s->names[++out->numbers[n]]);
		text += len + (text[len] == ' ');
	}
}

struct row {
	enum signal_format format;
	struct value in;
	const char *asked;
	char out;
};

static const struct row rows[] = {
	{SIGNAL_GCS, TEXT("G111"), "ad_storage", 'g'},
	{SIGNAL_GCS, TEXT("G110"), "ad_storage", 'g'},
	{SIGNAL_GCS, TEXT("G110"), "analytics_storage", 'd'},
	{SIGNAL_GCS, TEXT("G101"), "ad_storage", 'd'},
	{SIGNAL_GCS, TEXT("G101"), "analytics_storage", 'g'},
	{SIGNAL_GCS, TEXT("G111"), "ad_storage analytics_storage", 'g'},
	{SIGNAL_GCS, TEXT("G101"), "ad_storage analytics_storage", 'd'},
	{SIGNAL_GCS, TEXT("G110"), "ad_storage analytics_storage", 'd'},
	{SIGNAL_GCS, TEXT("G1--"), "ad_storage", 's'},
	{SIGNAL_GCS, TEXT("G11-"), "ad_storage", 'g'},
	{SIGNAL_GCS, TEXT("G11-"), "ad_storage analytics_storage", 's'},
	{SIGNAL_GCS, TEXT("G1-0"), "ad_storage analytics_storage", 'd'},
	{SIGNAL_GCS, TEXT("G1-0"), "ad_storage", 's'},
	{SIGNAL_GCS, OF(ABSENT), "ad_storage", 's'},
	{SIGNAL_GCS, OF(NULL), "ad_storage", 's'},
	{SIGNAL_GCS, TEXT(""), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G1"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G2"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G211"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("g111"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G11"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G1111"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G112"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G111 "), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("G1\0001"), "ad_storage", 'm'},
	{SIGNAL_GCS, TEXT("granted"), "ad_storage", 'm'},
	{SIGNAL_GCS, INTEGER(111), "ad_storage", 'w'},
	{SIGNAL_GCS, OF(BOOL), "ad_storage", 'w'},
	{SIGNAL_GCS, OF(HUGE), "ad_storage", 'w'},
	{SIGNAL_GCS, OF(ARRAY), "ad_storage", 'w'},
	{SIGNAL_GCS, OF(OBJECT), "ad_storage", 'w'},
	{SIGNAL_GCS, OF(OTHER), "ad_storage", 'w'},

	{SIGNAL_GCD, TEXT("13r3r3r2r5l1"), "ad_storage", 's'},
	{SIGNAL_GCD, TEXT("13t3t3t2t5l1"), "ad_personalization", 's'},
	{SIGNAL_GCD, TEXT("13n3n3n2n5l1"), "ad_user_data", 's'},
	{SIGNAL_GCD, TEXT("13v3v3v2v5l1"), "analytics_storage", 's'},
	{SIGNAL_GCD, TEXT("13p3r3r2r5l1"), "ad_storage", 'd'},
	{SIGNAL_GCD, TEXT("13r3q3r2r5l1"), "analytics_storage", 'd'},
	{SIGNAL_GCD, TEXT("13r3r3m2r5l1"), "ad_user_data", 'd'},
	{SIGNAL_GCD, TEXT("13r3r3r2u5l1"), "ad_personalization", 'd'},
	{SIGNAL_GCD, TEXT("13p3r3r2r5l1"), "analytics_storage", 's'},
	{SIGNAL_GCD, TEXT("13r3r3r2p5l1"), "ad_storage ad_personalization",
		'd'},
	{SIGNAL_GCD, TEXT("13l3l3l2l1"), "ad_storage", 's'},
	{SIGNAL_GCD, TEXT("13r3r3r2r"), "ad_storage", 's'},
	{SIGNAL_GCD, OF(ABSENT), "ad_storage", 's'},
	{SIGNAL_GCD, OF(NULL), "ad_storage", 's'},
	{SIGNAL_GCD, TEXT(""), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("13r3r"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("13x3r3r2r5"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("13x3r3r2r5"), "analytics_storage", 'm'},
	{SIGNAL_GCD, TEXT("23r3r3r2r5l1"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("1ar3r3r2r5l1"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("13R3r3r2r5l1"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("13r3r3r2r5l1&"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("13r3r3r2r5l1 "), "ad_storage", 'm'},
	{SIGNAL_GCD,
		TEXT("13r3r3r2r5l15555555555555555555555555555555555555555555"
		     "5555555555555555555555"),
		"ad_storage", 'm'},
	{SIGNAL_GCD, INTEGER(13), "ad_storage", 'w'},
	{SIGNAL_GCD, OF(BOOL), "ad_storage", 'w'},
	{SIGNAL_GCD, OF(OBJECT), "ad_storage", 'w'},
};

START_TEST(answers_what_is_asked)
{
	const struct row *row = &rows[_i];
	const struct signal *s = signal_of(row->format);
	const struct signal_rule rule = {0};
	const struct seen seen = {.value = row->in};
	struct heard h = {0};
	struct asked asked;

	ck_assert_ptr_nonnull(s);
	split(s, row->asked, &asked);
	s->hear(&rule, &seen, &h);
	if (h.by_ask)
		h.answer = s->judge(&h, &asked.ask, NULL);
	if (letter(h.answer) != row->out)
		ck_abort_msg("row %d: %.*s asked %s: %c, not %c", _i,
			row->in.kind == VALUE_STRING ? (int)row->in.text.len
						     : 0,
			row->in.kind == VALUE_STRING
				? (const char *)row->in.text.ptr
				: "",
			row->asked, letter(h.answer), row->out);
	ck_assert(h.answer.kind != ANSWER_GRANT || !s->never_grants);
}
END_TEST

/* Nothing asked is no question, whatever the signal says. */
START_TEST(never_grants_what_nobody_asked)
{
	const struct row *row = &rows[_i];
	const struct signal *s = signal_of(row->format);
	const struct signal_rule rule = {0};
	const struct seen seen = {.value = row->in};
	const struct signal_ask nothing = {0};
	struct heard h = {0};

	s->hear(&rule, &seen, &h);
	if (h.by_ask)
		h.answer = s->judge(&h, &nothing, NULL);
	ck_assert_int_ne(letter(h.answer), 'g');
}
END_TEST

SUITE("consent_formats", ROWS(answers_what_is_asked, rows),
	ROWS(never_grants_what_nobody_asked, rows))
