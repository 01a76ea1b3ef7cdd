#include "suite.h"

#include "base/buf.h"
#include "base/file.h"
#include "consent/signals/signals.h"

#define STRING(s) \
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
#define BOOLEAN(b) \
	{ \
		.kind = VALUE_BOOL, .boolean = (b) \
	}
#define NUMBER(d) \
	{ \
		.kind = VALUE_NUMBER, .number = (d) \
	}
#define OF(k) \
	{ \
		.kind = VALUE_##k \
	}

/* One letter an answer: g d s, m malformed, w wrong type. */
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

/* What a source of a format is heard to say about a value. */
static struct heard
hear(enum signal_format f, const struct signal_rule *rule,
	const struct value *v)
{
	const struct seen seen = {.value = *v};
	const struct hearing in = {.rule = rule, .seen = &seen};
	struct heard h = {0};

	signal_of(f)->hear(&in, &h);
	return h;
}

struct gpc_row {
	struct value in;
	char out;
};

static const struct gpc_row gpc_rows[] = {
	{INTEGER(1), 'd'},
	{STRING("1"), 'd'},
	{BOOLEAN(true), 'd'},
	{INTEGER(0), 's'},
	{STRING("0"), 's'},
	{BOOLEAN(false), 's'},
	{OF(NULL), 's'},
	{OF(ABSENT), 's'},
	{INTEGER(2), 'm'},
	{MINUS(1), 'm'},
	{STRING(""), 'm'},
	{STRING("true"), 'm'},
	{STRING(" 1"), 'm'},
	{STRING("10"), 'm'},
	{NUMBER(1.0), 'm'},
	{NUMBER(0.0), 'm'},
	{OF(HUGE), 'm'},
	{OF(ARRAY), 'w'},
	{OF(OBJECT), 'w'},
	{OF(OTHER), 'w'},
};

START_TEST(gpc_objects_or_is_silent_and_never_grants)
{
	struct heard h = hear(SIGNAL_GPC, NULL, &gpc_rows[_i].in);

	ck_assert(!h.by_ask);
	ck_assert_int_eq(letter(h.answer), gpc_rows[_i].out);
}
END_TEST

struct segment_row {
	struct value map;
	struct value categories[2];
	size_t count;
	char out;
};

static const struct segment_row segment_rows[] = {
	{OF(OBJECT), {BOOLEAN(true)}, 1, 'g'},
	{OF(OBJECT), {BOOLEAN(false)}, 1, 'd'},
	{OF(OBJECT), {OF(ABSENT)}, 1, 'd'},
	{OF(OBJECT), {BOOLEAN(true), BOOLEAN(true)}, 2, 'g'},
	{OF(OBJECT), {BOOLEAN(true), BOOLEAN(false)}, 2, 'd'},
	{OF(OBJECT), {BOOLEAN(false), BOOLEAN(true)}, 2, 'd'},
	{OF(OBJECT), {BOOLEAN(true), OF(ABSENT)}, 2, 'd'},
	{OF(OBJECT), {OF(ABSENT), BOOLEAN(true)}, 2, 'd'},
	{OF(OBJECT), {STRING("true")}, 1, 'w'},
	{OF(OBJECT), {INTEGER(1)}, 1, 'w'},
	{OF(OBJECT), {OF(NULL)}, 1, 'w'},
	{OF(OBJECT), {OF(OBJECT)}, 1, 'w'},
	{OF(OBJECT), {BOOLEAN(true), STRING("true")}, 2, 'w'},
	{OF(OBJECT), {BOOLEAN(false), STRING("true")}, 2, 'w'},
	{OF(OBJECT), {OF(ABSENT)}, 0, 'd'},
	{OF(ABSENT), {OF(ABSENT)}, 1, 's'},
	{OF(NULL), {OF(ABSENT)}, 1, 's'},
	{OF(ARRAY), {OF(ABSENT)}, 1, 'w'},
	{STRING("{}"), {OF(ABSENT)}, 1, 'w'},
	{BOOLEAN(true), {OF(ABSENT)}, 1, 'w'},
	{OF(OTHER), {OF(ABSENT)}, 1, 'w'},
};

START_TEST(segment_needs_true_for_every_category)
{
	const struct segment_row *row = &segment_rows[_i];
	const struct seen asked[] = {
		{.value = row->categories[0]}, {.value = row->categories[1]}};
	const struct signal_ask ask = {.count = row->count};
	struct heard h = hear(SIGNAL_SEGMENT, NULL, &row->map);

	if (h.by_ask)
		h.answer = signal_of(SIGNAL_SEGMENT)->judge(&h, &ask, asked);
	ck_assert_int_eq(letter(h.answer), row->out);
}
END_TEST

static const struct value yes[] = {
	STRING("granted"), BOOLEAN(true), INTEGER(1)};

struct flag_row {
	struct value in;
	char consent, objection;
};

static const struct flag_row flag_rows[] = {
	{STRING("granted"), 'g', 'd'},
	{BOOLEAN(true), 'g', 'd'},
	{INTEGER(1), 'g', 'd'},
	{STRING("true"), 'd', 's'},
	{STRING("1"), 'd', 's'},
	{STRING("Granted"), 'd', 's'},
	{STRING(""), 'd', 's'},
	{BOOLEAN(false), 'd', 's'},
	{INTEGER(0), 'd', 's'},
	{MINUS(1), 'd', 's'},
	{NUMBER(1.5), 'd', 's'},
	{OF(HUGE), 'd', 's'},
	{OF(NULL), 's', 's'},
	{OF(ABSENT), 's', 's'},
	{OF(ARRAY), 'w', 'w'},
	{OF(OBJECT), 'w', 'w'},
	{OF(OTHER), 'w', 'w'},
};

START_TEST(a_flag_compares_value_and_type)
{
	const struct flag_row *row = &flag_rows[_i];
	struct signal_rule rule = {.yes = yes, .yes_count = 3};
	struct heard h = hear(SIGNAL_FLAG, &rule, &row->in);

	ck_assert(!h.by_ask);
	ck_assert_int_eq(letter(h.answer), row->consent);
	rule.objection = true;
	h = hear(SIGNAL_FLAG, &rule, &row->in);
	ck_assert_int_eq(letter(h.answer), row->objection);
}
END_TEST

/* The list ends where the policy's does. */
START_TEST(a_flag_compares_with_its_list_alone)
{
	struct signal_rule rule = {.yes = yes, .yes_count = 1};
	struct heard h = hear(SIGNAL_FLAG, &rule, &yes[0]);

	ck_assert_int_eq(letter(h.answer), 'g');
	h = hear(SIGNAL_FLAG, &rule, &yes[1]);
	ck_assert_int_eq(letter(h.answer), 'd');
}
END_TEST

START_TEST(a_value_that_a_preset_does_not_know_has_its_reason)
{
	const struct signal_rule rule = {.preset = &presets[0]};
	struct seen seen[] = {
		{.value = OF(OBJECT)}, {.value = STRING("perhaps")}};
	const struct hearing in = {.rule = &rule, .seen = seen};
	struct heard h = {0};

	signal_flag.hear(&in, &h);
	ck_assert_int_eq(h.answer.kind, ANSWER_ERROR);
	ck_assert_int_eq(h.answer.reason, LETHE_REASON_SIGNAL_MALFORMED);
	seen[1].value = (struct value)BOOLEAN(true);
	signal_flag.hear(&in, &h);
	ck_assert_int_eq(h.answer.reason, LETHE_REASON_SIGNAL_WRONG_TYPE);
}
END_TEST

START_TEST(a_basis_is_compared_with_those_asked_alone)
{
	static const size_t bases[] = {1, 2};
	const struct heard h = {.by_ask = true, .basis = 2};
	struct signal_ask ask = {.count = 1, .numbers = bases};

	ck_assert_int_eq(
		signal_snowplow_gdpr.judge(&h, &ask, NULL).kind, ANSWER_DENY);
	ask.count = 2;
	ck_assert_int_eq(
		signal_snowplow_gdpr.judge(&h, &ask, NULL).kind, ANSWER_SILENT);
}
END_TEST

struct each_row {
	struct value array;
	struct value elements[2];
	uint32_t count;
	char consent, objection;
};

static const struct each_row each_rows[] = {
	{OF(ARRAY), {STRING("granted")}, 1, 'g', 'd'},
	{OF(ARRAY), {STRING("x"), STRING("granted")}, 2, 'g', 'd'},
	{OF(ARRAY), {OF(OBJECT), STRING("granted")}, 2, 'g', 'd'},
	{OF(ARRAY), {STRING("x"), STRING("y")}, 2, 'd', 's'},
	{OF(ARRAY), {OF(NULL)}, 1, 'd', 's'},
	{OF(ARRAY), {OF(OBJECT)}, 1, 'd', 'w'},
	{OF(ARRAY), {OF(ARRAY), STRING("x")}, 2, 'd', 'w'},
	{OF(ARRAY), {OF(NULL)}, 0, 'd', 's'},
	{OF(ABSENT), {OF(NULL)}, 0, 's', 's'},
	{OF(NULL), {OF(NULL)}, 0, 's', 's'},
	{STRING("granted"), {OF(NULL)}, 0, 'w', 'w'},
	{OF(OBJECT), {OF(NULL)}, 0, 'w', 'w'},
	{BOOLEAN(true), {OF(NULL)}, 0, 'w', 'w'},
};

START_TEST(a_flag_over_an_array_takes_any_element)
{
	const struct each_row *row = &each_rows[_i];
	const struct capture captures[] = {
		{.value = row->elements[0], .next = row->count > 1 ? 2 : 0},
		{.value = row->elements[1], .index = 1}};
	const struct reading r = {.captures = captures};
	const struct seen seen = {.value = row->array,
		.first = row->count ? captures : NULL,
		.reading = &r};
	struct signal_rule rule = {.yes = yes, .yes_count = 3, .each = true};
	const struct hearing in = {.rule = &rule, .seen = &seen};
	struct heard h = {0};

	signal_flag.hear(&in, &h);
	ck_assert_int_eq(letter(h.answer), row->consent);
	rule.objection = true;
	h = (struct heard){0};
	signal_flag.hear(&in, &h);
	ck_assert_int_eq(letter(h.answer), row->objection);
}
END_TEST

START_TEST(finds_every_format_by_its_name)
{
	for (int f = 0; f < SIGNAL_COUNT; f++)
		ck_assert_int_eq(signal_find(slice_of(
					 signal_name((enum signal_format)f))),
			f);
	ck_assert_int_eq(signal_find(slice_of("flags")), SIGNAL_COUNT);
	ck_assert(signal_of(SIGNAL_GPC)->objects);
	ck_assert(!signal_of(SIGNAL_SEGMENT)->objects);
	ck_assert_ptr_eq(signal_of(SIGNAL_LEDGER), &signal_ledger);
}
END_TEST

static const enum signal_format formats[] = {
#define X(code, name, supported, text) SIGNAL_##code,
	SIGNAL_MAP(X)
#undef X
};

/* What can be asked has a judge; what is one for all has none. */
START_TEST(every_format_answers_what_it_is_asked)
{
	const struct signal *s = signal_of(formats[_i]);

	if (!s)
		return;
	ck_assert_ptr_nonnull(s->hear);
	ck_assert_int_eq(s->asks != SIGNAL_ASKS_YES, s->judge != NULL);
	ck_assert(!s->objects || s->asks == SIGNAL_ASKS_YES);
}
END_TEST

static void
read_doc(const char *path, struct buf *out)
{
	buf_init(out, 0);
	ck_assert_status(file_read(path, 1 << 20, out, NULL), LETHE_OK);
	buf_put_byte(out, 0);
}

/* Both tables of the policy's page have a row for it. */
START_TEST(the_docs_have_every_format)
{
	enum signal_format f = formats[_i];
	struct buf page;
	char row[64];
	const char *at;

	if (!signal_of(f))
		return;
	read_doc("docs/policy.md", &page);
	snprintf(row, sizeof(row), "\n| `%s` |", signal_name(f));
	at = strstr((const char *)page.ptr, row);
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(at + 1, row));
	buf_fini(&page);
}
END_TEST

START_TEST(the_docs_have_every_preset)
{
	struct buf page;
	char name[64];

	read_doc("docs/consent-formats.md", &page);
	for (size_t i = 0; i < preset_count; i++) {
		snprintf(name, sizeof(name), "`%s`", presets[i].name);
		ck_assert_ptr_nonnull(strstr((const char *)page.ptr, name));
	}
	buf_fini(&page);
}
END_TEST

SUITE("consent_signals",
	ROWS(gpc_objects_or_is_silent_and_never_grants, gpc_rows),
	ROWS(segment_needs_true_for_every_category, segment_rows),
	ROWS(a_flag_compares_value_and_type, flag_rows),
	TEST(a_flag_compares_with_its_list_alone),
	TEST(a_value_that_a_preset_does_not_know_has_its_reason),
	TEST(a_basis_is_compared_with_those_asked_alone),
	ROWS(a_flag_over_an_array_takes_any_element, each_rows),
	TEST(finds_every_format_by_its_name),
	ROWS(every_format_answers_what_it_is_asked, formats),
	ROWS(the_docs_have_every_format, formats),
	TEST(the_docs_have_every_preset))
