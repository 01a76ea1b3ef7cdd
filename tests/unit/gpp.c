#include "bit_text.h"

#include "consent/signals/gpp/gpp.h"

#define NOW INT64_C(1777852800000) /* 2026-05-04T00:00:00Z */

/* Publisher consents to 1, 5, 6, 8, 9; the same with nothing but 1, 8, 9. */
#define YES_TC \
	"CQh-8AAQh-8AAEsACBENCWFgAI2AAAAAAAYgAVAIAAAAAQAAAAA.IAVAIAAAAAQ" \
	".cbAAAAAAAA"
#define NO_TC \
	"CQh-8AAQh-8AAEsACBENCWFgAIAAAAAAAAYgAAAAAAAA.IAVAAAAAAAQ" \
	".cDAAAAAAAA"
#define OLD_TC "CO_T_wAO_T_wAEsACBENCWCgAI2AAAAAAAYgAAAAAAAA.IAVAAAAAAAQ"

/* usnat v2 of nothing but zeros, and with its GPC. */
#define ZEROS "CAAAAAAAAAAA"

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

static struct value
text_value(const char *text)
{
	return (struct value){.kind = VALUE_STRING, .text = slice_of(text)};
}

/* What a string says to whoever asks. */
static struct answer
answer_gpp(const struct value *v, const struct gpp_sid *sid,
	const struct gpp_ask *ask, int64_t now_ms)
{
	struct answer said;
	struct gpp g;

	return gpp_hear(v, sid, now_ms, &g, &said) ? gpp_answer(&g, sid, ask)
						   : said;
}

struct row {
	const char *gpp; /* NULL: absent */
	const char *sid; /* NULL: absent */
	const char *said;
};

static const struct row rows[] = {
	{NULL, NULL, "silent"},
	{NULL, "2", "silent"},
	{NULL, "8", "deny"},
	{"", NULL, "signal_malformed"},
	{"DBAA", NULL, "silent"},
	{"DBABM", NULL, "signal_malformed"},
	{"DBABM~" YES_TC, NULL, "grant"},
	{"DBABM~" NO_TC, NULL, "deny"},
	{"DBABM~" OLD_TC, NULL, "signal_unusable"},
	{"DBABM~" YES_TC "~1YNN", NULL, "signal_malformed"},
	{"DBABM~" YES_TC, "2", "grant"},
	{"DBABM~" YES_TC, "2,6", "signal_unusable"},
	{"DBABM~" YES_TC, "-1", "silent"},
	{"DBABM~" NO_TC, "-1", "silent"},
	{"DBABM~" YES_TC, "2,8", "deny"},
	{"DBABM~" YES_TC, "2_8", "deny"},
	{"DBABM~" YES_TC, "3", "deny"},
	{"DBABM~" YES_TC, "9", "deny"},
	{"DBABM~" YES_TC, "19", "deny"},
	{"DBABM~" YES_TC, "10000", "deny"},
	{"DBABM~" YES_TC, "0", "silent"},
	{"DBABM~" YES_TC, "2/", "signal_malformed"},
	{"DBABM~" YES_TC, "2:", "signal_malformed"},
	{"DBABM~" YES_TC, "64", "deny"},
	{"DBABM~" YES_TC, "66", "deny"},
	{"DBABM~" YES_TC, "", "signal_malformed"},
	{"DBABM~" YES_TC, "2,", "signal_malformed"},
	{"DBABM~" YES_TC, "02", "signal_malformed"},
	{"DBABM~" YES_TC, "2 ", "signal_malformed"},
	{"DBABM~" YES_TC, "2,6_7", "signal_malformed"},
	{"DBABM~" YES_TC, "1000000", "signal_malformed"},
	{"DBACNY~" YES_TC "~1YNN", NULL, "grant"},
	{"DBACNY~" YES_TC "~1YNN", "6", "silent"},
	{"DBACNY~" YES_TC "~1YNN", "2,6", "grant"},
	{"DBACNY~" YES_TC "~1YYN", NULL, "deny"},
	/* a no counts, whether its section applies or not */
	{"DBACNY~" YES_TC "~1YYN", "2", "deny"},
	{"DBACNY~" YES_TC "~1---", NULL, "grant"},
	{"DBACNY~" YES_TC "~", NULL, "signal_malformed"},
	{"DBACNY~~1YNN", NULL, "signal_malformed"},
	{"DBABTA~1YNN", NULL, "silent"},
	{"DBABTA~1YYN", NULL, "deny"},
	{"DBABTA~2YNN", NULL, "signal_malformed"},
	{"DBABTA~1YN", NULL, "signal_malformed"},
	{"DBABTA~1YNNN", NULL, "signal_malformed"},
	{"DBABTA~1yNN", NULL, "signal_malformed"},
	/* a section that is not read may hold a no, unless it does not apply */
	{"DBABjw~anything at all~1YNN", NULL, "deny"},
	{"DBABjw~anything at all~1YNN", "6", "silent"},
	{"DBABjw~anything at all~1YNN", "5", "deny"},
	{"DBABLA~" ZEROS, NULL, "silent"},
	{"DBABLA~" ZEROS, "7", "silent"},
	{"DBABLA~" ZEROS ".YA", "7", "deny"},
	{"DBABLA~" ZEROS ".QA", "7", "silent"},
	{"DBABLA~" ZEROS ".YA.YA", "7", "signal_malformed"},
	{"DBABLA~" ZEROS ".IA", "7", "signal_malformed"},
	{"DBABLA~" ZEROS ".", "7", "signal_malformed"},
	{"DBABLA~CVVVkkkkkpFY.YA", NULL, "deny"},
	{"DBABLA~EAAAAAAAAAAA", NULL, "signal_malformed"},
	{"DBABLA~AAAAAAAAAAAA", NULL, "signal_malformed"},
	{"DBABLA~CAAAAAAAAAA", NULL, "signal_malformed"},
	{"CAAA", NULL, "signal_malformed"},
	{"DAABM", NULL, "signal_malformed"},
	{"D", NULL, "signal_malformed"},
	{"~", NULL, "signal_malformed"},
};

static const struct gpp_ask ask = {
	.tcf = {.purposes = TCF_BIT(5)}, .opt_outs = GPP_ALL};

static const struct gpp_sid untold;

START_TEST(answers_for_what_stands_in_an_event)
{
	const struct row *row = &rows[_i];
	struct value v = {0}, listed = {0};
	struct gpp_sid sid = {0};

	if (row->gpp)
		v = text_value(row->gpp);
	if (row->sid)
		listed = text_value(row->sid);
	gpp_sid_add(&sid, &listed);
	ck_assert_str_eq(said(answer_gpp(&v, &sid, &ask, NOW)), row->said);
}
END_TEST

#define NOTE(code) (UINT64_C(1) << FOUND_##code)

struct found {
	const char *gpp;
	enum finding_code code;
	const char *place; /* NULL: the whole */
	uint64_t tolerated;
};

static const struct found findings[] = {
	{"", FOUND_EMPTY, NULL, 0},
	{"~", FOUND_EMPTY, "header", 0},
	{"D", FOUND_TRUNCATED, "header", 0},
	{"DBA+", FOUND_ALPHABET, "header", 0},
	{"CBAA", FOUND_VERSION, "header", 0},
	{"DCAA", FOUND_VERSION, "header", 0},
	{"DBAA", FOUND_OK, NULL, 0},
	{"DBAA=", FOUND_OK, NULL, NOTE(PADDING)},
	{"DBAA~", FOUND_SECTION_UNLISTED, NULL, 0},
	{"DBABM", FOUND_SECTION_MISSING, "tcfeuv2", 0},
	{"DBABM~", FOUND_EMPTY_SEGMENT, "tcfeuv2", 0},
	{"DBABM~C", FOUND_TRUNCATED, "core", 0},
	{"DBABM~B" YES_TC, FOUND_VERSION, "core", 0},
	{"DBABM~" YES_TC, FOUND_OK, NULL, 0},
	{"DBABM~" YES_TC "=", FOUND_OK, NULL, NOTE(PADDING)},
	{"DBABM~" YES_TC "~x", FOUND_SECTION_UNLISTED, NULL, 0},
	{"DBACNY~" YES_TC, FOUND_SECTION_MISSING, "uspv1", 0},
	{"DBABTA~1YN", FOUND_TRUNCATED, "uspv1", 0},
	{"DBABTA~1YNNN", FOUND_TOO_LONG, "uspv1", 0},
	{"DBABTA~1yNN", FOUND_BAD_VALUE, "uspv1", 0},
	{"DBABTA~2YNN", FOUND_VERSION, "uspv1", 0},
	{"DBABLA~" ZEROS, FOUND_OK, NULL, 0},
	{"DBABLA~" ZEROS "B", FOUND_OK, NULL, NOTE(TRAILING_BITS)},
	{"DBABLA~" ZEROS "=.YA", FOUND_OK, NULL, NOTE(PADDING)},
	{"DBABLA~" ZEROS ".YB", FOUND_OK, NULL, NOTE(TRAILING_BITS)},
	{"DBABLA~" ZEROS ".+", FOUND_ALPHABET, "usnat", 0},
	{"DBABLA~" ZEROS "..YA", FOUND_EMPTY_SEGMENT, "usnat", 0},
	{"DBABLA~EAAAAAAAAAAA", FOUND_VERSION, "usnat", 0},
	{"DBABLA~A", FOUND_VERSION, "usnat", 0},
	{"DBABLA~C", FOUND_TRUNCATED, "usnat", 0},
};

START_TEST(names_the_rule_that_is_broken_and_the_place)
{
	const struct found *row = &findings[_i];
	struct finding f;
	struct gpp g;

	f = gpp_decode(slice_of(row->gpp), GPP_STRING_MAX, &g);
	ck_assert_str_eq(finding_name(f.code), finding_name(row->code));
	ck_assert_str_eq(f.place ? f.place : "", row->place ? row->place : "");
	ck_assert_uint_eq(g.tolerated, row->tolerated);
}
END_TEST

START_TEST(is_of_the_wrong_type_when_it_is_no_string)
{
	static const struct value none[] = {{.kind = VALUE_BOOL},
		{.kind = VALUE_INT, .magnitude = 2}, {.kind = VALUE_NUMBER},
		{.kind = VALUE_HUGE}, {.kind = VALUE_ARRAY},
		{.kind = VALUE_OBJECT}, {.kind = VALUE_OTHER}};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_str_eq(said(answer_gpp(&none[i], &untold, &ask, NOW)),
			"signal_wrong_type");
}
END_TEST

static struct gpp_sid
sid_of(enum value_kind kind, uint64_t magnitude, bool negative)
{
	struct value v = {
		.kind = kind, .magnitude = magnitude, .negative = negative};
	struct gpp_sid sid = {0};

	gpp_sid_add(&sid, &v);
	return sid;
}

START_TEST(reads_ids_of_sections_as_integers_too)
{
	struct gpp_sid sid = sid_of(VALUE_INT, 2, false);

	ck_assert(sid.told && sid.ours == 4 && !sid.others && !sid.malformed);
	sid = sid_of(VALUE_INT, 1, true);
	ck_assert(sid.told && !sid.ours && !sid.others && !sid.malformed);
	sid = sid_of(VALUE_INT, 0, false);
	ck_assert(sid.told && !sid.ours && !sid.others && !sid.malformed);
	sid = sid_of(VALUE_INT, 8, false);
	ck_assert(sid.told && !sid.ours && sid.others && !sid.malformed);
	sid = sid_of(VALUE_NULL, 0, false);
	ck_assert(!sid.told && !sid.malformed);
	sid = sid_of(VALUE_INT, 65535, false);
	ck_assert(sid.others && !sid.malformed);
	ck_assert(sid_of(VALUE_INT, 65536, false).malformed);
	ck_assert(sid_of(VALUE_INT, 2, true).malformed);
	ck_assert(sid_of(VALUE_INT, UINT64_MAX, false).malformed);
	ck_assert(sid_of(VALUE_ARRAY, 1, false).malformed);
	ck_assert(sid_of(VALUE_BOOL, 0, false).malformed);
}
END_TEST

START_TEST(adds_the_elements_of_a_list_of_sections_up)
{
	struct value two = {.kind = VALUE_INT, .magnitude = 2};
	struct value six = text_value("6"), bad = text_value("x");
	struct gpp_sid sid = {0};

	gpp_sid_add(&sid, &two);
	gpp_sid_add(&sid, &six);
	ck_assert(sid.ours == (4 | 64) && !sid.others && !sid.malformed);
	gpp_sid_add(&sid, &bad);
	gpp_sid_add(&sid, &two);
	ck_assert(sid.malformed);
	ck_assert_str_eq(said(answer_gpp(&(struct value){0}, &sid, &ask, NOW)),
		"signal_malformed");
}
END_TEST

START_TEST(an_opt_out_stops_only_who_asks_for_it)
{
	struct value v = text_value("DBACNY~" YES_TC "~1YYN");
	struct gpp_ask other = ask;

	other.opt_outs = GPP_SHARING | GPP_TARGETED | GPP_GPC | GPP_CHILD;
	ck_assert_str_eq(said(answer_gpp(&v, &untold, &other, NOW)), "grant");
	other.opt_outs = GPP_SALE;
	ck_assert_str_eq(said(answer_gpp(&v, &untold, &other, NOW)), "deny");
}
END_TEST

/* Each field of two bits of usnat in turn, with each of its four values. */
struct field {
	size_t at; /* of its first bit, in version 2 */
	unsigned opt_out;
};

static const struct field fields[] = {
	{6, 0},
	{16, 0},
	{18, GPP_SALE},
	{20, GPP_SHARING},
	{22, GPP_TARGETED},
	{24, 0},
	{54, 0},
	{56, GPP_CHILD},
	{58, GPP_CHILD},
	{60, GPP_CHILD},
	{62, 0},
	{64, 0},
	{66, 0},
	{68, 0},
};

static enum finding_code
decode_us(size_t at, unsigned value, unsigned *opted_out)
{
	struct bit_text b = {0};
	struct gpp g = {.has_usnat = true};
	enum finding_code code;

	put_bits(&b, 2, 6);
	for (size_t i = 6; i < 70; i += 2)
		put_bits(&b, i == at ? value : 0, 2);
	code = usnat_decode(bit_slice(&b), &g.tolerated, &g.usnat);
	*opted_out = gpp_opted_out(&g);
	return code;
}

START_TEST(a_one_is_an_opt_out_and_a_three_is_nothing)
{
	const struct field *f = &fields[_i];
	unsigned out;

	ck_assert_int_eq(decode_us(f->at, 0, &out), FOUND_OK);
	ck_assert_uint_eq(out, 0);
	ck_assert_int_eq(decode_us(f->at, 1, &out), FOUND_OK);
	ck_assert_uint_eq(out, f->opt_out);
	ck_assert_int_eq(decode_us(f->at, 2, &out), FOUND_OK);
	ck_assert_uint_eq(out, 0);
	ck_assert_int_eq(decode_us(f->at, 3, &out), FOUND_BAD_VALUE);
	ck_assert_uint_eq(out, 0);
}
END_TEST

START_TEST(version_one_of_usnat_is_shorter)
{
	uint64_t tolerated = 0;
	struct usnat us;

	ck_assert_int_eq(usnat_decode(slice_of("BVVVkkkkpF"), &tolerated, &us),
		FOUND_OK);
	ck_assert_uint_eq(us.version, 1);
	ck_assert_uint_eq(us.sensitive_count, 12);
	ck_assert_uint_eq(us.child_count, 2);
	ck_assert_uint_eq(us.sale, 1);
	ck_assert_int_eq(usnat_decode(slice_of("BVVVkkkkp"), &tolerated, &us),
		FOUND_TRUNCATED);
	ck_assert_uint_eq(us.version, 0);
}
END_TEST

/* From a copy without a byte to spare. */
static enum finding_code
decode_copy(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	struct finding f;
	struct gpp g;

	memcpy(copy, text, len);
	f = gpp_decode(slice_make(copy, len), SIZE_MAX, &g);
	if (f.code == FOUND_OK) {
		(void)gpp_answer(&g, &(struct gpp_sid){0}, &ask);
	} else {
		ck_assert_int_eq(finding_class(f.code), FINDING_MALFORMED);
		ck_assert(!g.has_tcf && !g.has_uspv1 && !g.has_usnat);
	}
	free(copy);
	return f.code;
}

static const char *const whole[] = {
	"DBACNYA~" YES_TC "~1YNN",
	"DBABLA~CVVVkkkkkpFY.YA",
	"DBABjw~anything at all~1YNN",
	"DBAA",
};

START_TEST(survives_every_truncation)
{
	const char *text = whole[_i];
	size_t len = strlen(text);

	ck_assert_int_eq(decode_copy(text, len), FOUND_OK);
	for (size_t n = 0; n < len; n++) {
		enum finding_code code = decode_copy(text, n);

		/* what may be cut: the GPC, whole, and what only fills */
		if (strcmp(text + n, ".YA") != 0 && strcmp(text + n, "A") != 0)
			ck_assert_int_ne(code, FOUND_OK);
	}
}
END_TEST

START_TEST(survives_every_byte_replaced)
{
	size_t len = strlen(whole[_i]);
	char copy[256];

	memcpy(copy, whole[_i], len);
	for (size_t i = 0; i < len; i++) {
		for (int c = 0; c < 256; c++) {
			copy[i] = (char)c;
			(void)decode_copy(copy, len);
		}
		copy[i] = whole[_i][i];
	}
}
END_TEST

START_TEST(is_too_long_for_a_policy_before_anything_else)
{
	static char text[GPP_STRING_MAX + 2] = "DBABjw~";
	const struct gpp_sid usp = {.told = true, .ours = 1 << GPP_USPV1};
	struct value v;

	memset(text + 7, 'A', sizeof(text) - 8);
	memcpy(text + GPP_STRING_MAX - 5, "~1YNN", 5);
	text[GPP_STRING_MAX] = '\0';
	v = text_value(text);
	ck_assert_str_eq(said(answer_gpp(&v, &usp, &ask, NOW)), "silent");
	memcpy(text + GPP_STRING_MAX - 5, "A~1YNN", 6);
	v = text_value(text);
	ck_assert_str_eq(
		said(answer_gpp(&v, &usp, &ask, NOW)), "signal_malformed");
}
END_TEST

/* Who asks without having heard is told the same. */
START_TEST(is_an_error_when_nobody_can_tell_which_sections_apply)
{
	const struct gpp_sid sid = {.told = true, .malformed = true};
	const struct gpp g = {0};
	const struct answer a = gpp_answer(&g, &sid, &ask);

	ck_assert_int_eq(a.kind, ANSWER_ERROR);
	ck_assert_int_eq(a.reason, LETHE_REASON_SIGNAL_MALFORMED);
}
END_TEST

SUITE("gpp", ROWS(answers_for_what_stands_in_an_event, rows),
	ROWS(names_the_rule_that_is_broken_and_the_place, findings),
	TEST(is_of_the_wrong_type_when_it_is_no_string),
	TEST(reads_ids_of_sections_as_integers_too),
	TEST(adds_the_elements_of_a_list_of_sections_up),
	TEST(an_opt_out_stops_only_who_asks_for_it),
	ROWS(a_one_is_an_opt_out_and_a_three_is_nothing, fields),
	TEST(version_one_of_usnat_is_shorter),
	ROWS(survives_every_truncation, whole),
	ROWS(survives_every_byte_replaced, whole),
	TEST(is_too_long_for_a_policy_before_anything_else),
	TEST(is_an_error_when_nobody_can_tell_which_sections_apply))
