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
#define MINUS(n) \
	{ \
		.kind = VALUE_INT, .negative = true, .magnitude = (n) \
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
	out->ask.texts = out->texts;
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
	{SIGNAL_GCD, TEXT("10p9r0r9r0z9a"), "ad_storage", 'd'},
	{SIGNAL_GCD, TEXT("1/p9r0r9r"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("1:p9r0r9r"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("10p9r0r9r`"), "ad_storage", 'm'},
	{SIGNAL_GCD, TEXT("10p9r0r9r{"), "ad_storage", 'm'},
	{SIGNAL_GCD,
		TEXT("10r9r3r2r0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a"
		     "0z9a0z9"),
		"ad_storage", 's'},
	{SIGNAL_GCD,
		TEXT("10r9r3r2r0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a0z9a"
		     "0z9a0z90"),
		"ad_storage", 'm'},
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

	{SIGNAL_ONETRUST, TEXT("C0001:1,C0002:0"), "C0001", 'g'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,C0002:0"), "C0002", 'd'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,C0002:0"), "C0003", 'd'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,C0002:0"), "C0001 C0002", 'd'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,C0002:1"), "C0001 C0002", 'g'},
	{SIGNAL_ONETRUST, TEXT("C0001:1"), "C0001", 'g'},
	{SIGNAL_ONETRUST, TEXT("C0001:1"), "c0001", 'd'},
	{SIGNAL_ONETRUST, TEXT("C0001:1"), "C000", 'd'},
	{SIGNAL_ONETRUST, TEXT("C0001:1"), "C00011", 'd'},
	{SIGNAL_ONETRUST, TEXT("V2STACK42:1,BG_1.x-y:0"), "V2STACK42", 'g'},
	{SIGNAL_ONETRUST, TEXT(",C0001,C0003,"), "C0001", 'g'},
	{SIGNAL_ONETRUST, TEXT(",C0001,C0003,"), "C0003", 'g'},
	{SIGNAL_ONETRUST, TEXT(",C0001,C0003,"), "C0002", 'd'},
	{SIGNAL_ONETRUST, TEXT(",C0001,C0003,"), "C0001 C0002", 'd'},
	{SIGNAL_ONETRUST, TEXT(",C0001,"), "C0001", 'g'},
	{SIGNAL_ONETRUST,
		TEXT("isGpcEnabled=0&datestamp=Mon+May+04+2026+10:15:07+GMT&"
		     "version=202401.1.0&consentId=0b1a5d7e&"
		     "groups=C0001:1,C0002:0,C0004:1&geolocation=AT;9&"
		     "AwaitingReconsent=false"),
		"C0004", 'g'},
	{SIGNAL_ONETRUST,
		TEXT("isGpcEnabled=0&datestamp=Mon+May+04&"
		     "groups=C0001%3A1%2CC0002%3A0%2cC0004%3a1&"
		     "geolocation=AT%3B9"),
		"C0004", 'g'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001%3A1%2CC0002%3A0"), "C0002", 'd'},
	{SIGNAL_ONETRUST, TEXT("groups=%430002:1"), "C0002", 'g'},
	{SIGNAL_ONETRUST, TEXT("groups=C0002:%31"), "C0002", 'g'},
	{SIGNAL_ONETRUST, TEXT("groups=C0002:%30"), "C0002", 'd'},
	{SIGNAL_ONETRUST, TEXT("groups=C0002:%3"), "C0002", 'm'},
	{SIGNAL_ONETRUST, TEXT("isGpcEnabled=1&groups=C0002:1"), "C0002", 'g'},
	{SIGNAL_ONETRUST, TEXT("isGpcEnabled=0&version=1"), "C0002", 's'},
	{SIGNAL_ONETRUST, TEXT("landingPath=&groups=C0002:1"), "C0002", 'g'},
	{SIGNAL_ONETRUST, OF(ABSENT), "C0002", 's'},
	{SIGNAL_ONETRUST, OF(NULL), "C0002", 's'},
	{SIGNAL_ONETRUST, TEXT(""), "C0002", 'm'},
	{SIGNAL_ONETRUST, TEXT(","), "C0002", 'm'},
	{SIGNAL_ONETRUST, TEXT(",,"), "C0002", 'm'},
	{SIGNAL_ONETRUST, TEXT(",C0001"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001,"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT(",C0001,,C0002,"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT(",C0001:1,"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:2"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:-1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:true"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:11"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:1, C0002:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT(":1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001%3A1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,C0001:0"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("C0001:1,C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT(",C0001,C0001,"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups="), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001:1&groups=C0002:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001:1&"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("&groups=C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("a=1&&groups=C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("=1&groups=C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("a&groups=C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("u=/?x=1&groups=C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("OptanonConsent=groups=C0001:1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=,C0001,"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001%3A1%2"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001%3A1%"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001%3G1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001%253A1"), "C0001", 'm'},
	{SIGNAL_ONETRUST, TEXT("groups=C0001:1&isGpcEnabled=x"), "C0001", 'm'},
	{SIGNAL_ONETRUST,
		TEXT("C000100010001000100010001000100010001000100010001000100"
		     "0100010001:1"),
		"C0001", 'm'},
	{SIGNAL_ONETRUST, INTEGER(1), "C0001", 'w'},
	{SIGNAL_ONETRUST, OF(BOOL), "C0001", 'w'},
	{SIGNAL_ONETRUST, OF(ARRAY), "C0001", 'w'},
	{SIGNAL_ONETRUST, OF(OTHER), "C0001", 'w'},
};

static bool
stands_in_an_id(int c)
{
	return c &&
	       strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		      "0123456789._-",
		       c) != NULL;
}

/* Whether a text is a list in which the group of that one byte is on. */
static bool
has_group(const char *text, int id)
{
	const uint8_t byte = (uint8_t)id;
	struct onetrust o;

	return onetrust_decode(slice_of(text), &o) &&
	       onetrust_group(&o, slice_make(&byte, 1)) == ONETRUST_ON;
}

START_TEST(takes_every_byte_of_an_id_plain_and_encoded)
{
	char text[32];

	for (int c = 1; c < 256; c++) {
		bool is = stands_in_an_id(c);

		snprintf(text, sizeof(text), "%c:1", c);
		ck_assert_int_eq(has_group(text, c), is);
		snprintf(text, sizeof(text), ",%c,", c);
		ck_assert_int_eq(has_group(text, c), is);
		snprintf(text, sizeof(text), "groups=%%%02x:1", (unsigned)c);
		ck_assert_int_eq(has_group(text, c), is);
		snprintf(text, sizeof(text), "groups=%%%02X:1", (unsigned)c);
		ck_assert_int_eq(has_group(text, c), is);
	}
}
END_TEST

static bool
is_list(const char *text)
{
	struct onetrust o;

	return onetrust_decode(slice_of(text), &o);
}

START_TEST(takes_no_more_than_a_cookie_can_hold)
{
	char text[ONETRUST_MAX + 1];
	struct onetrust o;

	memset(text, 'x', sizeof(text));
	memcpy(text, "groups=a:1&x=", 13);
	ck_assert(onetrust_decode(slice_make(text, ONETRUST_MAX), &o));
	ck_assert_int_eq(onetrust_group(&o, slice_of("a")), ONETRUST_ON);
	ck_assert(!onetrust_decode(slice_make(text, ONETRUST_MAX + 1), &o));
	ck_assert_uint_eq(o.groups.len, 0);
}
END_TEST

/* Of %4x and %x1 every x that is no hexadecimal digit. */
START_TEST(takes_no_other_digit_than_a_hexadecimal_one)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char text[32];

	for (int c = 1; c < 256; c++) {
		const char one[] = {(char)c, 0};
		bool hex = strchr(digits, c) != NULL;
		int value = hex ? (int)strtol(one, NULL, 16) : 0;

		snprintf(text, sizeof(text), "groups=%%4%c:1", c);
		ck_assert_int_eq(has_group(text, 0x40 + value),
			hex && stands_in_an_id(0x40 + value));
		ck_assert(hex || !is_list(text));
		snprintf(text, sizeof(text), "groups=%%%c1:1", c);
		ck_assert_int_eq(has_group(text, value * 16 + 1),
			hex && stands_in_an_id(value * 16 + 1));
		ck_assert(hex || !is_list(text));
	}
}
END_TEST

static const struct {
	const char *text, *groups;
} group_rows[] = {
	{"groups=C0001:1,C0002:0&isGpcEnabled=0", "C0001:1 C0002:0 "},
	{"C0001:0", "C0001:0 "},
	{",C0001,C0004,", "C0001:1 C0004:1 "},
	{"isGpcEnabled=0", ""},
};

START_TEST(tells_the_groups_of_a_list_in_their_order)
{
	struct onetrust_groups all;
	struct onetrust_group g;
	struct onetrust o;
	char told[64] = "";

	ck_assert(onetrust_decode(slice_of(group_rows[_i].text), &o));
	onetrust_groups_begin(&o, &all);
	while (onetrust_groups_next(&all, &g) && strlen(told) < 40)
		snprintf(told + strlen(told), sizeof(told) - strlen(told),
			"%.*s:%d ", (int)g.len, (const char *)g.id, g.on);
	ck_assert_str_eq(told, group_rows[_i].groups);
}
END_TEST

/* The SDK's status: what the object has under each group asked. */
struct status_row {
	struct value statuses[2];
	const char *asked;
	char out;
};

static const struct status_row status_rows[] = {
	{{INTEGER(1)}, "C0002", 'g'},
	{{INTEGER(0)}, "C0002", 'd'},
	{{MINUS(1)}, "C0002", 's'},
	{{OF(ABSENT)}, "C0002", 'd'},
	{{INTEGER(1), INTEGER(1)}, "C0002 C0003", 'g'},
	{{INTEGER(1), INTEGER(0)}, "C0002 C0003", 'd'},
	{{INTEGER(1), MINUS(1)}, "C0002 C0003", 's'},
	{{MINUS(1), INTEGER(0)}, "C0002 C0003", 'd'},
	{{INTEGER(0), MINUS(1)}, "C0002 C0003", 'd'},
	{{INTEGER(1), OF(ABSENT)}, "C0002 C0003", 'd'},
	{{INTEGER(2)}, "C0002", 'm'},
	{{MINUS(2)}, "C0002", 'm'},
	{{INTEGER(0), INTEGER(2)}, "C0002 C0003", 'm'},
	{{OF(BOOL)}, "C0002", 'w'},
	{{TEXT("1")}, "C0002", 'w'},
	{{OF(NULL)}, "C0002", 'w'},
	{{OF(NUMBER)}, "C0002", 'w'},
	{{OF(OBJECT)}, "C0002", 'w'},
	{{INTEGER(0), TEXT("0")}, "C0002 C0003", 'w'},
};

START_TEST(hears_the_status_of_each_group)
{
	const struct status_row *row = &status_rows[_i];
	const struct seen seen = {.value = {.kind = VALUE_OBJECT}};
	const struct seen asked_seen[] = {
		{.value = row->statuses[0]}, {.value = row->statuses[1]}};
	struct signal_rule rule = {0};
	const struct hearing in = {.rule = &rule, .seen = &seen};
	struct heard h = {0};
	struct asked asked;

	split(&signal_onetrust, row->asked, &asked);
	signal_onetrust.hear(&in, &h);
	ck_assert(h.by_ask);
	ck_assert_int_eq(
		letter(signal_onetrust.judge(&h, &asked.ask, asked_seen)),
		row->out);
	rule.objection = true;
	h = (struct heard){0};
	signal_onetrust.hear(&in, &h);
	ck_assert(!h.by_ask);
	ck_assert_int_eq(letter(h.answer), 'w');
}
END_TEST

struct objection_row {
	struct value in;
	char out;
};

static const struct objection_row objection_rows[] = {
	{TEXT("isGpcEnabled=1&groups=C0001:1"), 'd'},
	{TEXT("isGpcEnabled=1"), 'd'},
	{TEXT("groups=C0001:1,C0004:1&isGpcEnabled=1"), 'd'},
	{TEXT("isGpcEnabled=0&groups=C0001:1,C0004:0"), 's'},
	{TEXT("groups=C0001:1,C0004:0"), 's'},
	{OF(ABSENT), 's'},
	{OF(NULL), 's'},
	{TEXT("isGpcEnabled=2"), 'm'},
	{TEXT("isGpcEnabled="), 'm'},
	{TEXT("isGpcEnabled=true"), 'm'},
	{TEXT("isGpcEnabled=%31"), 'm'},
	{TEXT("isGpcEnabled=0&isGpcEnabled=1"), 'm'},
	{TEXT("isGpcEnabled=0&isGpcEnabled=0"), 'm'},
	{TEXT("isGpcEnabled=0&groups=C0001"), 'm'},
	{TEXT("isGpcEnabled"), 'm'},
	{TEXT("OptanonConsent=isGpcEnabled=0"), 'm'},
	{TEXT("C0001:1,C0004:0"), 'm'},
	{TEXT(",C0001,C0004,"), 'm'},
	{TEXT(""), 'm'},
	{INTEGER(1), 'w'},
	{OF(BOOL), 'w'},
	{OF(ARRAY), 'w'},
};

START_TEST(a_cookie_objects_where_the_policy_says_so)
{
	const struct objection_row *row = &objection_rows[_i];
	const struct seen seen = {.value = row->in};
	const struct signal_rule rule = {.objection = true};
	const struct hearing in = {.rule = &rule, .seen = &seen};
	struct heard h = {0};

	signal_onetrust.hear(&in, &h);
	ck_assert(!h.by_ask);
	ck_assert_int_eq(letter(h.answer), row->out);
}
END_TEST

START_TEST(answers_what_is_asked)
{
	const struct row *row = &rows[_i];
	const struct signal *s = signal_of(row->format);
	const struct signal_rule rule = {0};
	const struct seen seen = {.value = row->in};
	const struct hearing in = {.rule = &rule, .seen = &seen};
	struct heard h = {0};
	struct asked asked;

	ck_assert_ptr_nonnull(s);
	split(s, row->asked, &asked);
	s->hear(&in, &h);
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
	const struct hearing in = {.rule = &rule, .seen = &seen};
	const struct signal_ask nothing = {0};
	struct heard h = {0};

	s->hear(&in, &h);
	if (h.by_ask)
		h.answer = s->judge(&h, &nothing, NULL);
	ck_assert_int_ne(letter(h.answer), 'g');
}
END_TEST

/* The first of two errors is the one that is told. */
START_TEST(combines_the_answers_about_several_things)
{
	static const char order[] = "gsdm";
	const struct answer answers[] = {signal_says(ANSWER_GRANT),
		signal_says(ANSWER_SILENT), signal_says(ANSWER_DENY),
		signal_fails(LETHE_REASON_SIGNAL_MALFORMED)};
	const struct answer wrong =
		signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);

	for (size_t a = 0; a < 4; a++)
		for (size_t b = 0; b < 4; b++)
			ck_assert_int_eq(
				letter(signal_and(answers[a], answers[b])),
				order[a > b ? a : b]);
	ck_assert_int_eq(letter(signal_and(answers[3], wrong)), 'm');
	ck_assert_int_eq(letter(signal_and(wrong, answers[3])), 'w');
}
END_TEST

SUITE("consent_formats", TEST(combines_the_answers_about_several_things),
	TEST(takes_every_byte_of_an_id_plain_and_encoded),
	TEST(takes_no_other_digit_than_a_hexadecimal_one),
	TEST(takes_no_more_than_a_cookie_can_hold),
	ROWS(tells_the_groups_of_a_list_in_their_order, group_rows),
	ROWS(hears_the_status_of_each_group, status_rows),
	ROWS(a_cookie_objects_where_the_policy_says_so, objection_rows),
	ROWS(answers_what_is_asked, rows),
	ROWS(never_grants_what_nobody_asked, rows))
