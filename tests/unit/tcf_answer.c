#include "bit_text.h"

#define DAY INT64_C(86400000)
#define NOW INT64_C(1777852800000) /* 2026-05-04T00:00:00Z */
#define P(n) TCF_BIT(n)

/* What one string says to one question, in a letter: g d s, or the reason. */
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
answer_tcf(const struct value *v, const struct tcf_ask *ask, int64_t now_ms)
{
	struct answer told;
	struct tcf t;

	return tcf_hear(v, now_ms, &t, &told) ? tcf_answer(&t, ask) : told;
}

#define ASK(...) \
	{ \
		__VA_ARGS__ \
	}

/* The publisher: consents to 1, 5, 9; interests in 2, 5, 8. */
struct question {
	struct tcf_ask ask;
	const char *said;
};

static const struct question of_publisher[] = {
	{ASK(.purposes = P(5)), "grant"},
	{ASK(.purposes = P(1) | P(5) | P(9)), "grant"},
	{ASK(.purposes = P(5) | P(6)), "deny"},
	{ASK(.purposes = P(2)), "deny"},
	{ASK(.purposes = 0), "deny"},
	{ASK(.purposes = P(24)), "deny"},
	{ASK(.purposes = P(5) | P(24)), "deny"},
	{ASK(.purposes = P(25)), "deny"},
	{ASK(.purposes = P(5) | P(25)), "deny"},
	{ASK(.purposes = P(2), .basis = TCF_INTEREST), "grant"},
	{ASK(.purposes = P(2) | P(8), .basis = TCF_INTEREST), "grant"},
	{ASK(.purposes = P(5), .basis = TCF_INTEREST), "deny"},
	{ASK(.purposes = P(9), .basis = TCF_INTEREST), "deny"},
	{ASK(.special_features = P(1)), "grant"},
	{ASK(.special_features = P(2)), "deny"},
	{ASK(.purposes = P(5), .special_features = P(1)), "grant"},
	{ASK(.purposes = P(5), .special_features = P(1) | P(2)), "deny"},
};

START_TEST(asks_the_publisher)
{
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b, &(struct core){.features = P(1), .consents = P(6)});
	put_vendors(&b, 0);
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	put_disclosed(&b, P(42));
	put_publisher(&b, P(1) | P(5) | P(9), P(2) | P(5) | P(8));
	t = decoded(&b);
	ck_assert_str_eq(said(tcf_answer(&t, &of_publisher[_i].ask)),
		of_publisher[_i].said);
}
END_TEST

START_TEST(denies_what_a_publisher_without_a_segment_wants)
{
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b, &(struct core){.consents = P(5)});
	put_vendors(&b, 0);
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	t = decoded(&b);
	ck_assert_str_eq(
		said(tcf_answer(&t, &(struct tcf_ask){.purposes = P(5)})),
		"deny");
}
END_TEST

START_TEST(does_not_grant_purpose_one_that_was_not_asked)
{
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b,
		&(struct core){.consents = P(1) | P(5), .one_treatment = true});
	put_vendors(&b, P(7));
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	put_publisher(&b, P(1) | P(5), 0);
	t = decoded(&b);
	for (unsigned vendor = 0; vendor <= 7; vendor += 7) {
		struct tcf_ask ask = {.purposes = P(5), .vendor = vendor};

		ck_assert_str_eq(said(tcf_answer(&t, &ask)), "grant");
		ask.purposes = P(1) | P(5);
		ck_assert_str_eq(said(tcf_answer(&t, &ask)), "deny");
	}
}
END_TEST

/*
 * Purposes 2, 5, 7, 8 by consent; 2, 5, 7 by interest.  Vendors 10, 11, 12
 * have both, 13 has consent, 14 interest; 12 was not disclosed.
 */
struct vendor_row {
	int type; /* of a restriction of the purpose for 10 to 20; -1: none */
	int also; /* of another one */
	struct tcf_ask ask;
	const char *said;
};

#define CONSENT(p, v) \
	{ \
		.purposes = P(p), .vendor = (v) \
	}
#define INTEREST(p, v) \
	{ \
		.purposes = P(p), .vendor = (v), .basis = TCF_INTEREST \
	}
#define FLEXIBLE(p, v) \
	{ \
		.purposes = P(p), .vendor = (v), .flexible = true \
	}

static const struct vendor_row of_vendors[] = {
	{-1, -1, CONSENT(2, 10), "grant"},
	{-1, -1, CONSENT(8, 13), "grant"},
	{-1, -1, CONSENT(3, 10), "deny"},
	{-1, -1, CONSENT(2, 14), "deny"},
	{-1, -1, CONSENT(2, 12), "deny"},
	{-1, -1, CONSENT(2, 9), "deny"},
	{-1, -1, CONSENT(2, 65535), "deny"},
	{-1, -1, CONSENT(2, 70000), "deny"},
	{-1, -1, INTEREST(2, 14), "grant"},
	{-1, -1, INTEREST(7, 10), "grant"},
	{-1, -1, INTEREST(8, 10), "deny"},
	{-1, -1, INTEREST(2, 13), "deny"},
	/* no interest carries purpose 5, whatever its bit */
	{-1, -1, INTEREST(5, 10), "deny"},
	{TCF_NOT_ALLOWED, -1, CONSENT(2, 10), "deny"},
	{TCF_NOT_ALLOWED, -1, INTEREST(2, 10), "deny"},
	{TCF_NOT_ALLOWED, TCF_REQUIRE_CONSENT, CONSENT(2, 10), "deny"},
	{TCF_REQUIRE_CONSENT, -1, CONSENT(2, 10), "grant"},
	{TCF_REQUIRE_CONSENT, -1, INTEREST(2, 10), "grant"},
	{TCF_REQUIRE_CONSENT, -1, INTEREST(2, 14), "deny"},
	{TCF_REQUIRE_INTEREST, -1, CONSENT(2, 10), "deny"},
	{TCF_REQUIRE_INTEREST, -1, FLEXIBLE(2, 10), "grant"},
	{TCF_REQUIRE_INTEREST, -1, FLEXIBLE(8, 10), "deny"},
	{TCF_REQUIRE_INTEREST, -1, FLEXIBLE(5, 10), "deny"},
	{TCF_REQUIRE_INTEREST, -1, FLEXIBLE(2, 13), "deny"},
	{TCF_REQUIRE_INTEREST, -1, INTEREST(2, 14), "grant"},
	{TCF_REQUIRE_INTEREST, TCF_REQUIRE_CONSENT, CONSENT(2, 10), "deny"},
	{TCF_REQUIRE_INTEREST, TCF_REQUIRE_CONSENT, FLEXIBLE(2, 10), "deny"},
};

static unsigned
lowest(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set) + 1;
}

START_TEST(asks_a_vendor_with_its_restrictions)
{
	const struct vendor_row *row = &of_vendors[_i];
	unsigned purpose = lowest(row->ask.purposes);
	uint64_t all = P(10) | P(11) | P(12);
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b, &(struct core){.consents = P(2) | P(5) | P(7) | P(8),
			     .interests = P(2) | P(5) | P(7)});
	put_vendors(&b, all | P(13));
	put_vendors(&b, all | P(14));
	put_bits(&b, (row->type >= 0) + (row->also >= 0), 12);
	put_restriction(&b, purpose, row->type);
	put_restriction(&b, purpose, row->also);
	put_disclosed(&b, P(10) | P(11) | P(13) | P(14));
	t = decoded(&b);
	ck_assert_str_eq(said(tcf_answer(&t, &row->ask)), row->said);
}
END_TEST

START_TEST(an_answer_has_the_day_of_the_last_update)
{
	struct bit_text b = {0};
	struct tcf_ask ask = {.purposes = P(5), .max_age_ms = 395 * DAY};
	struct answer a;
	struct tcf t;

	put_core(&b, &(struct core){.updated_ms = CORE_DAY + 2 * DAY});
	put_vendors(&b, 0);
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	put_publisher(&b, P(5), 0);
	t = decoded(&b);
	a = tcf_answer(&t, &ask);
	ck_assert_int_eq(a.kind, ANSWER_GRANT);
	ck_assert(a.has_time && a.has_until);
	ck_assert_int_eq(a.time_ms, CORE_DAY + 2 * DAY);
	ck_assert_int_eq(a.grain_ms, DAY);
	ck_assert_int_eq(a.until_ms, CORE_DAY + 397 * DAY);
	ask.max_age_ms = 0;
	ck_assert(!tcf_answer(&t, &ask).has_until);
	ask.max_age_ms = INT64_MAX;
	ck_assert(!tcf_answer(&t, &ask).has_until);
	ask.purposes = P(6);
	ask.max_age_ms = DAY;
	a = tcf_answer(&t, &ask);
	ck_assert_int_eq(a.kind, ANSWER_DENY);
	ck_assert(a.has_time && !a.has_until);
}
END_TEST

START_TEST(a_bomb_of_ranges_is_a_string_like_any_other)
{
	struct bit_text b = {0};
	struct tcf_ask ask = {.purposes = P(5), .vendor = 65535};
	struct value v = {.kind = VALUE_STRING};
	struct finding f;
	struct tcf t;

	put_core(&b, &(struct core){.consents = P(5)});
	put_bits(&b, 65535, 16);
	put_bits(&b, 1, 1);
	put_bits(&b, 4095, 12);
	for (int i = 0; i < 4095; i++)
		put_range(&b, i == 4094 ? 1 : 2, i == 4094 ? 65535 : 65534);
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	ck_assert_uint_ge(b.len, 22500);
	t = decoded(&b);
	ck_assert_str_eq(said(tcf_answer(&t, &ask)), "grant");
	/* in a policy it is too long before it is anything else */
	f = tcf_decode(bit_slice(&b), TCF_STRING_MAX, &t);
	ck_assert_int_eq(f.code, FOUND_TOO_LONG);
	f = tcf_decode(bit_slice(&b), b.len, &t);
	ck_assert_int_eq(f.code, FOUND_OK);
	f = tcf_decode(bit_slice(&b), b.len - 1, &t);
	ck_assert_int_eq(f.code, FOUND_TOO_LONG);
	v.text = bit_slice(&b);
	ck_assert_str_eq(said(answer_tcf(&v, &ask, NOW)), "signal_malformed");
}
END_TEST

#define WHOLE \
	"CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAVAIAAAAAQAAAAA.IAVAIAAAAAQ." \
	"cbAAAAAAAA"
#define TEXT(s) \
	{ \
		.kind = VALUE_STRING, .text = { \
			(const uint8_t *)(s), \
			sizeof(s) - 1 \
		} \
	}

struct event_row {
	struct value value;
	const char *said;
};

static const struct event_row in_events[] = {
	{{.kind = VALUE_ABSENT}, "silent"},
	{{.kind = VALUE_NULL}, "silent"},
	{{.kind = VALUE_BOOL, .boolean = true}, "signal_wrong_type"},
	{{.kind = VALUE_INT, .magnitude = 2}, "signal_wrong_type"},
	{{.kind = VALUE_NUMBER, .number = 2}, "signal_wrong_type"},
	{{.kind = VALUE_HUGE}, "signal_wrong_type"},
	{{.kind = VALUE_ARRAY}, "signal_wrong_type"},
	{{.kind = VALUE_OBJECT}, "signal_wrong_type"},
	{{.kind = VALUE_OTHER}, "signal_wrong_type"},
	{TEXT(""), "signal_malformed"},
	{TEXT("granted"), "signal_malformed"},
	{TEXT("DBABM"), "signal_malformed"},
	{TEXT(WHOLE), "grant"},
	{TEXT(WHOLE " "), "signal_malformed"},
	{TEXT(WHOLE "="), "grant"},
	{TEXT(WHOLE "==="), "grant"},
	{TEXT(WHOLE "===="), "signal_malformed"},
	{TEXT(WHOLE "\0"), "signal_malformed"},
	{TEXT(WHOLE ".QAVAAAAAAAQ"), "grant"},
	{TEXT("CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAAAAAAAA"),
		"signal_unusable"},
	{TEXT("Cl6c2MAl6c2MAEsACBENCWFgAI2AAAAAAAYgAAAAAAAA.IAVAAAAAAAQ"),
		"signal_future"},
};

START_TEST(answers_for_what_stands_in_an_event)
{
	static const struct tcf_ask ask = {.purposes = P(5)};

	ck_assert_str_eq(said(answer_tcf(&in_events[_i].value, &ask, NOW)),
		in_events[_i].said);
}
END_TEST

struct scope_row {
	struct value value;
	enum tcf_scope scope;
};

static const struct scope_row scopes[] = {
	{{.kind = VALUE_ABSENT}, TCF_SCOPE_UNTOLD},
	{{.kind = VALUE_NULL}, TCF_SCOPE_UNTOLD},
	{{.kind = VALUE_BOOL, .boolean = true}, TCF_SCOPE_APPLIES},
	{{.kind = VALUE_BOOL}, TCF_SCOPE_NOT},
	{{.kind = VALUE_INT, .magnitude = 1}, TCF_SCOPE_APPLIES},
	{{.kind = VALUE_INT}, TCF_SCOPE_NOT},
	{{.kind = VALUE_INT, .magnitude = 1, .negative = true},
		TCF_SCOPE_ERROR},
	{{.kind = VALUE_INT, .magnitude = 2}, TCF_SCOPE_ERROR},
	{TEXT("1"), TCF_SCOPE_APPLIES},
	{TEXT("0"), TCF_SCOPE_NOT},
	{TEXT(""), TCF_SCOPE_ERROR},
	{TEXT("true"), TCF_SCOPE_ERROR},
	{{.kind = VALUE_NUMBER}, TCF_SCOPE_ERROR},
	{{.kind = VALUE_OBJECT}, TCF_SCOPE_ERROR},
};

START_TEST(reads_whether_the_gdpr_applies)
{
	ck_assert_int_eq(tcf_scope(&scopes[_i].value), scopes[_i].scope);
}
END_TEST

SUITE("tcf_answer", ROWS(asks_the_publisher, of_publisher),
	TEST(denies_what_a_publisher_without_a_segment_wants),
	TEST(does_not_grant_purpose_one_that_was_not_asked),
	ROWS(asks_a_vendor_with_its_restrictions, of_vendors),
	TEST(an_answer_has_the_day_of_the_last_update),
	TEST(a_bomb_of_ranges_is_a_string_like_any_other),
	ROWS(answers_for_what_stands_in_an_event, in_events),
	ROWS(reads_whether_the_gdpr_applies, scopes))
