#include "suite.h"

#include "base/buf.h"
#include "consent/signals/signals.h"

/* What is read of a URL: a reason, or `gdpr` and `gdpr_consent` behind one. */
struct row {
	const char *url;
	const char *said; /* "-" where there is no such parameter */
};

#define AT "https://shop.example/a"

static const struct row rows[] = {
	{AT, "none - -"},
	{AT "?", "none - -"},
	{AT "?gdpr=1&gdpr_consent=CQ", "none 1 CQ"},
	{AT "?gdpr_consent=CQ&x=2&gdpr=0", "none 0 CQ"},
	{AT "?x=1&&gdpr_consent=CQ&", "none - CQ"},
	{AT "?gdpr=1", "none 1 -"},
	{AT "?gdpr&gdpr_consent", "none  "},
	{AT "?gdpr=&gdpr_consent=", "none  "},
	{AT "#gdpr_consent=CQ", "none - -"},
	{AT "?x=1#gdpr_consent=CQ", "none - -"},
	{"/a?gdpr_consent=CQ", "none - CQ"},
	{"//shop.example/?gdpr_consent=CQ", "none - CQ"},
	/* names: exact, and encoded or not the same */
	{AT "?GDPR=1&Gdpr_Consent=CQ", "none - -"},
	{AT "?gdpr_consent_=CQ&_gdpr=1", "none - -"},
	{AT "?gdpr%5fconsent=CQ", "none - CQ"},
	{AT "?%67%64%70%72%5f%63%6f%6e%73%65%6e%74=CQ", "none - CQ"},
	{AT "?%67%64%70%72%5f%63%6f%6e%73%65%6e%74x=CQ", "none - -"},
	{AT "?gdpr+consent=CQ&gdpr%=1", "none - -"},
	{AT "?gdpr%255fconsent=CQ", "none - -"},
	/* values: decoded once */
	{AT "?gdpr_consent=C%51%2eA", "none - CQ.A"},
	{AT "?gdpr_consent=C+Q", "none - C Q"},
	{AT "?gdpr_consent=C=Q", "none - C=Q"},
	{AT "?gdpr_consent=C%5", "signal_malformed"},
	{AT "?gdpr_consent=C%zz", "signal_malformed"},
	{AT "?gdpr_consent=C%2551", "signal_malformed"},
	{AT "?gdpr_consent=%ff", "signal_malformed"},
	{AT "?gdpr=%&gdpr_consent=CQ", "signal_malformed"},
	{AT "?x=%&gdpr_consent=CQ", "none - CQ"},
	/* twice */
	{AT "?gdpr_consent=CQ&gdpr_consent=CQ", "signal_malformed"},
	{AT "?gdpr_consent=&gdpr_consent=CQ", "signal_malformed"},
	{AT "?gdpr_consent=CQ&gdpr%5Fconsent=CA", "signal_malformed"},
	{AT "?gdpr=1&gdpr=1", "signal_malformed"},
	{AT "?x=1&x=2&gdpr=1", "none 1 -"},
	/* no URL */
	{"", "signal_malformed"},
	{"shop.example/?gdpr_consent=CQ", "signal_malformed"},
	{"app://shop/?gdpr_consent=CQ", "signal_malformed"},
	{AT "?gdpr_consent=C Q", "signal_malformed"},
};

static void
put_one(struct buf *out, const struct value *v)
{
	ck_assert(v->kind == VALUE_ABSENT || v->kind == VALUE_STRING);
	buf_put_byte(out, ' ');
	if (v->kind == VALUE_ABSENT)
		buf_put_byte(out, '-');
	else
		buf_put(out, v->text.ptr, v->text.len);
}

START_TEST(reads_two_parameters_and_no_others)
{
	const struct value in = {
		.kind = VALUE_STRING, .text = slice_of(rows[_i].url)};
	struct value scope, string;
	enum lethe_reason why;
	struct arena arena;
	struct buf out;

	arena_init(&arena, 0);
	buf_init(&out, 0);
	why = tcf_of_url(&in, &arena, &scope, &string);
	buf_put_text(&out, lethe_reason_name(why));
	if (why == LETHE_REASON_NONE) {
		put_one(&out, &scope);
		put_one(&out, &string);
	} else {
		ck_assert_int_eq(scope.kind, VALUE_ABSENT);
		ck_assert_int_eq(string.kind, VALUE_ABSENT);
	}
	buf_put_byte(&out, 0);
	ck_assert_str_eq((const char *)out.ptr, rows[_i].said);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

START_TEST(what_is_no_text_is_silent_or_of_the_wrong_type)
{
	static const struct {
		enum value_kind kind;
		enum lethe_reason reason;
	} kinds[] = {
		{VALUE_ABSENT, LETHE_REASON_NONE},
		{VALUE_NULL, LETHE_REASON_NONE},
		{VALUE_INT, LETHE_REASON_SIGNAL_WRONG_TYPE},
		{VALUE_BOOL, LETHE_REASON_SIGNAL_WRONG_TYPE},
		{VALUE_OBJECT, LETHE_REASON_SIGNAL_WRONG_TYPE},
		{VALUE_ARRAY, LETHE_REASON_SIGNAL_WRONG_TYPE},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct value in = {.kind = kinds[i].kind};
		struct value scope, string;

		ck_assert_int_eq(tcf_of_url(&in, NULL, &scope, &string),
			kinds[i].reason);
		ck_assert_int_eq(string.kind, VALUE_ABSENT);
	}
}
END_TEST

SUITE("tcf_url", ROWS(reads_two_parameters_and_no_others, rows),
	TEST(what_is_no_text_is_silent_or_of_the_wrong_type))
