#include "suite.h"

#include "consent/decide.h"

#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)
#define NOON (20000 * DAY + DAY / 2)

/* Event at noon, processed a minute later, five minutes of skew. */
static const struct consent_time noon = {
	.event_ms = NOON, .now_ms = NOON + MINUTE, .clock_skew_ms = 5 * MINUTE};

enum { DECIDES, ASKED, ALSO, OBJECTION, SOURCES };

static const struct consent_rule full = {
	.basis = BASIS_CONSENT,
	.decides = DECIDES,
	.asked = 1 << DECIDES | 1 << ASKED | 1 << ALSO,
	.also = 1 << ALSO,
	.objections = 1 << OBJECTION,
};

struct timed {
	struct answer decides;
	enum lethe_reason expected;
};

#define GRANT(...) \
	{ \
		.kind = ANSWER_GRANT, __VA_ARGS__ \
	}

static const struct timed timed[] = {
	{GRANT(), LETHE_REASON_NONE},
	{GRANT(.has_time = true, .time_ms = NOON - 1), LETHE_REASON_NONE},
	{GRANT(.has_time = true, .time_ms = NOON), LETHE_REASON_NONE},
	/* skew is granted to the event, yet nothing said later than now */
	{GRANT(.has_time = true, .time_ms = NOON + MINUTE), LETHE_REASON_NONE},
	{GRANT(.has_time = true, .time_ms = NOON + MINUTE + 1),
		LETHE_REASON_SIGNAL_FUTURE},
	/* the same day is a tie at the grain of a day */
	{GRANT(.has_time = true, .time_ms = NOON - DAY / 2, .grain_ms = DAY),
		LETHE_REASON_NOT_YET_GRANTED},
	{GRANT(.has_time = true, .time_ms = NOON - DAY / 2 - 1,
		 .grain_ms = DAY),
		LETHE_REASON_NONE},
	/* a day of today is not the future, whatever its hour */
	{GRANT(.has_time = true, .time_ms = NOON + DAY / 4, .grain_ms = DAY),
		LETHE_REASON_NOT_YET_GRANTED},
	{GRANT(.has_time = true, .time_ms = NOON + DAY, .grain_ms = DAY),
		LETHE_REASON_SIGNAL_FUTURE},
	{GRANT(.has_time = true, .time_ms = INT64_MAX),
		LETHE_REASON_SIGNAL_FUTURE},
	{GRANT(.has_time = true, .time_ms = INT64_MIN), LETHE_REASON_NONE},
	/* ends */
	{GRANT(.has_until = true, .until_ms = NOON + MINUTE + 1),
		LETHE_REASON_NONE},
	{GRANT(.has_until = true, .until_ms = NOON + MINUTE),
		LETHE_REASON_CONSENT_EXPIRED},
	{GRANT(.has_until = true, .until_ms = NOON),
		LETHE_REASON_CONSENT_EXPIRED},
	{GRANT(.has_until = true, .until_ms = NOON + DAY / 4, .grain_ms = DAY),
		LETHE_REASON_CONSENT_EXPIRED},
	{GRANT(.has_until = true, .until_ms = NOON + DAY, .grain_ms = DAY),
		LETHE_REASON_NONE},
};

START_TEST(holds_a_grant_against_both_clocks)
{
	struct answer answers[SOURCES] = {
		[DECIDES] = timed[_i].decides, [ALSO] = GRANT()};
	size_t source;

	ck_assert_str_eq(lethe_reason_name(consent_decide(
				 &full, answers, &noon, &source)),
		lethe_reason_name(timed[_i].expected));
	ck_assert_uint_eq(source,
		timed[_i].expected == LETHE_REASON_NONE ? SIZE_MAX : DECIDES);
}
END_TEST

START_TEST(holds_what_also_confirms_against_both_clocks)
{
	struct answer answers[SOURCES] = {
		[DECIDES] = GRANT(), [ALSO] = timed[_i].decides};
	size_t source;

	ck_assert_str_eq(lethe_reason_name(consent_decide(
				 &full, answers, &noon, &source)),
		lethe_reason_name(timed[_i].expected));
	ck_assert_uint_eq(source,
		timed[_i].expected == LETHE_REASON_NONE ? SIZE_MAX : ALSO);
}
END_TEST

START_TEST(refuses_a_grant_later_than_the_event_and_its_skew)
{
	struct consent_time late = noon;
	struct answer answers[SOURCES] = {[DECIDES] = GRANT(.has_time = true,
						  .time_ms = NOON + 5 * MINUTE),
		[ALSO] = GRANT()};
	size_t source;

	late.now_ms = NOON + DAY;
	ck_assert_int_eq(consent_decide(&full, answers, &late, &source),
		LETHE_REASON_NOT_YET_GRANTED);
	answers[DECIDES].time_ms--;
	ck_assert_int_eq(consent_decide(&full, answers, &late, &source),
		LETHE_REASON_NONE);
	late.event_grain_ms = DAY;
	ck_assert_int_eq(consent_decide(&full, answers, &late, &source),
		LETHE_REASON_NOT_YET_GRANTED);
}
END_TEST

START_TEST(does_not_overflow_at_the_end_of_time)
{
	struct consent_time end = {INT64_MAX, 0, INT64_MAX, 5 * MINUTE};
	struct answer answers[SOURCES] = {
		[DECIDES] = GRANT(.has_time = true, .time_ms = INT64_MAX),
		[ALSO] = GRANT()};
	size_t source;

	ck_assert_int_eq(consent_decide(&full, answers, &end, &source),
		LETHE_REASON_NOT_YET_GRANTED);
}
END_TEST

START_TEST(calls_a_refusal_after_the_event_withdrawn)
{
	struct answer answers[SOURCES] = {[DECIDES] = GRANT(),
		[ALSO] = GRANT(),
		[ASKED] = {.kind = ANSWER_DENY,
			.has_time = true,
			.time_ms = NOON + 1}};
	size_t source;

	ck_assert_int_eq(consent_decide(&full, answers, &noon, &source),
		LETHE_REASON_WITHDRAWN);
	ck_assert_uint_eq(source, ASKED);
	answers[ASKED].time_ms = NOON;
	ck_assert_int_eq(consent_decide(&full, answers, &noon, &source),
		LETHE_REASON_REFUSED);
}
END_TEST

START_TEST(does_not_look_at_sources_nobody_asked)
{
	struct consent_rule rule = full;
	struct answer answers[SOURCES] = {[DECIDES] = GRANT()};
	size_t source;

	rule.asked = 1 << DECIDES;
	rule.also = rule.objections = 0;
	for (int kind = ANSWER_SILENT; kind <= ANSWER_ERROR; kind++) {
		answers[ASKED].kind = answers[ALSO].kind =
			answers[OBJECTION].kind = (enum answer_kind)kind;
		ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
			LETHE_REASON_NONE);
	}
	ck_assert_uint_eq(consent_heard(&rule), 1 << DECIDES);
}
END_TEST

START_TEST(does_not_look_at_those_between_who_were_asked)
{
	struct consent_rule rule = full;
	struct answer answers[SOURCES] = {[DECIDES] = GRANT(),
		[ASKED] = {.kind = ANSWER_ERROR},
		[ALSO] = {.kind = ANSWER_DENY}};
	size_t source;

	rule.asked = 1 << DECIDES;
	rule.also = 0;
	ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
		LETHE_REASON_NONE);
}
END_TEST

/* Who is only asked need not grant, so that its times do not count. */
START_TEST(takes_no_time_of_who_need_not_grant)
{
	struct answer answers[SOURCES] = {[DECIDES] = GRANT(),
		[ASKED] = GRANT(.has_until = true, .until_ms = NOON - DAY),
		[ALSO] = GRANT()};
	size_t source;

	ck_assert_int_eq(consent_decide(&full, answers, &noon, &source),
		LETHE_REASON_NONE);
}
END_TEST

/* The event's clock goes before ours: its own time counts too. */
START_TEST(ends_a_grant_at_the_event_before_now_is_there)
{
	struct consent_time early = noon;
	struct answer answers[SOURCES] = {
		[DECIDES] = GRANT(.has_until = true, .until_ms = NOON),
		[ALSO] = GRANT()};
	size_t source;

	early.now_ms = NOON - MINUTE;
	ck_assert_int_eq(consent_decide(&full, answers, &early, &source),
		LETHE_REASON_CONSENT_EXPIRED);
	answers[DECIDES].until_ms++;
	ck_assert_int_eq(consent_decide(&full, answers, &early, &source),
		LETHE_REASON_NONE);
}
END_TEST

START_TEST(never_passes_an_error_that_forgot_its_reason)
{
	struct answer answers[SOURCES] = {
		[DECIDES] = {.kind = ANSWER_ERROR}, [ALSO] = GRANT()};
	size_t source;

	ck_assert_int_eq(consent_decide(&full, answers, &noon, &source),
		LETHE_REASON_SIGNAL_MALFORMED);
	answers[DECIDES].kind = (enum answer_kind)77;
	ck_assert_int_eq(consent_decide(&full, answers, &noon, &source),
		LETHE_REASON_SIGNAL_MALFORMED);
}
END_TEST

START_TEST(refuses_when_no_source_decides)
{
	struct consent_rule rule = full;
	struct answer answers[SOURCES] = {
		[DECIDES] = GRANT(), [ALSO] = GRANT(), [ASKED] = GRANT()};
	size_t source;

	rule.decides = SIZE_MAX;
	ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
		LETHE_REASON_NO_CONSENT);
	rule.decides = SOURCES_MAX;
	ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
		LETHE_REASON_NO_CONSENT);
	ck_assert_uint_eq(source, SIZE_MAX);
}
END_TEST

START_TEST(reaches_the_last_source_there_can_be)
{
	static struct answer answers[SOURCES_MAX];
	struct consent_rule rule = {.basis = BASIS_LEGITIMATE_INTERESTS,
		.objections = UINT64_C(1) << (SOURCES_MAX - 1)};
	size_t source;

	answers[SOURCES_MAX - 1].kind = ANSWER_DENY;
	ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
		LETHE_REASON_OBJECTED);
	ck_assert_uint_eq(source, SOURCES_MAX - 1);
}
END_TEST

START_TEST(looks_no_further_than_the_last_source)
{
	static struct answer answers[SOURCES_MAX];
	const uint64_t last = UINT64_C(1) << (SOURCES_MAX - 1);
	struct consent_rule rule = {.basis = BASIS_CONSENT,
		.decides = SOURCES_MAX - 2,
		.asked = last | last >> 1,
		.also = last,
		.objections = 1};
	size_t source;

	answers[SOURCES_MAX - 2].kind = ANSWER_GRANT;
	answers[SOURCES_MAX - 1].kind = ANSWER_GRANT;
	ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
		LETHE_REASON_NONE);
	rule.basis = BASIS_LEGITIMATE_INTERESTS;
	rule.objections = last;
	answers[SOURCES_MAX - 1].kind = ANSWER_SILENT;
	ck_assert_int_eq(consent_decide(&rule, answers, &noon, &source),
		LETHE_REASON_NONE);
}
END_TEST

START_TEST(hears_whom_a_basis_asks)
{
	struct consent_rule rule = {.basis = BASIS_CONSENT,
		.decides = 3,
		.asked = 1,
		.also = 1 << 4,
		.objections = 1 << 5,
		.ignored = 1 << 6};

	ck_assert_uint_eq(
		consent_heard(&rule), 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6);
	rule.decides = SOURCES_MAX;
	ck_assert_uint_eq(consent_heard(&rule), 1 | 1 << 4 | 1 << 5 | 1 << 6);
	rule.basis = BASIS_LEGITIMATE_INTERESTS;
	rule.decides = 3;
	ck_assert_uint_eq(consent_heard(&rule), 1 | 1 << 5 | 1 << 6);
	rule.basis = BASIS_CONTRACT;
	ck_assert_uint_eq(consent_heard(&rule), 0);
	rule.basis = BASIS_LEGAL_OBLIGATION;
	ck_assert_uint_eq(consent_heard(&rule), 0);
}
END_TEST

SUITE("consent_decide", ROWS(holds_a_grant_against_both_clocks, timed),
	ROWS(holds_what_also_confirms_against_both_clocks, timed),
	TEST(refuses_a_grant_later_than_the_event_and_its_skew),
	TEST(does_not_overflow_at_the_end_of_time),
	TEST(calls_a_refusal_after_the_event_withdrawn),
	TEST(does_not_look_at_sources_nobody_asked),
	TEST(does_not_look_at_those_between_who_were_asked),
	TEST(takes_no_time_of_who_need_not_grant),
	TEST(ends_a_grant_at_the_event_before_now_is_there),
	TEST(never_passes_an_error_that_forgot_its_reason),
	TEST(refuses_when_no_source_decides),
	TEST(looks_no_further_than_the_last_source),
	TEST(hears_whom_a_basis_asks),
	TEST(reaches_the_last_source_there_can_be))
