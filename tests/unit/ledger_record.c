#include "ledger.h"

#include "text/time.h"

#define DAY_AT 8 /* of 2026-05-04: the day of a month is enough here */

static struct ledger_decoder *
decoder(void)
{
	struct ledger_decoder *d;

	ck_assert_status(ledger_decoder_new(&two, 7, &d, NULL), LETHE_OK);
	return d;
}

static const char state_letters[] = "ugrwep!m";

static size_t
show_time(char *out, size_t room, char what, int64_t ms)
{
	char text[TIME_TEXT_BYTES];

	(void)time_format(ms, GRAIN_DAY, text);
	return (size_t)snprintf(out, room, " %c%.2s", what, text + DAY_AT);
}

/* "g a01 s01 u07 n1 | w a03": states, days of the month, notices. */
static const char *
show(const struct ledger_row *row)
{
	static char text[256];
	size_t len = 0;

	if (row->kind == LEDGER_ROW_ABSENT)
		return "absent";
	ck_assert_int_eq(row->kind, LEDGER_ROW_PRESENT);
	for (size_t i = 0; i < row->count; i++) {
		const struct ledger_entry *e = &row->entries[i];
		char *at = text + len;

		len += (size_t)snprintf(
			at, 8, "%s%c", i ? " | " : "", state_letters[e->state]);
		if (e->has_at)
			len += show_time(text + len, 8, 'a', e->at_ms);
		if (e->state == LEDGER_GIVEN)
			len += show_time(text + len, 8, 's', e->since_ms);
		if (e->has_until)
			len += show_time(text + len, 8, 'u', e->until_ms);
		if (e->notice)
			len += (size_t)snprintf(
				text + len, 8, " n%u", e->notice);
	}
	return text;
}

struct good {
	const char *json;
	const char *shown;
};

#define T(day) "\"2026-05-" day "T09:00:00Z\""
#define RECORD(purposes) "{\"v\":1,\"purposes\":{" purposes "}}"
#define P "\"personalisation\":"
#define A "\"analytics\":"
#define ALL "\"*\":"
#define GIVEN_AT(day) "{\"state\":\"given\",\"at\":" T(day) "}"
#define SINCE(since, day) \
	"{\"state\":\"given\",\"since\":" T(since) ",\"at\":" T(day) "}"
#define OF(state, day) "{\"state\":\"" state "\",\"at\":" T(day) "}"
#define PAUSED(day) "{\"state\":\"paused\",\"until\":" T(day) "}"

static const struct good good[] = {
	{"{\"v\":1,\"purposes\":{\"personalisation\":{\"state\":\"given\","
	 "\"at\":\"2026-05-01T09:00:00Z\",\"until\":\"2027-05-07T00:00:00Z\"},"
	 "\"analytics\":{\"state\":\"withdrawn\",\"at\":"
	 "\"2026-05-03T18:12:44Z\"}},\"notice\":\"banner-7\","
	 "\"jurisdiction\":\"DE\",\"source\":\"cmp\",\"sig\":\"AA\"}",
		"g a01 s01 u07 n1 | w a03 n1"},
	{RECORD(""), "absent"},
	{RECORD(P "{\"state\":\"unknown\"}"), "absent"},
	{RECORD(P "{\"state\":\"unknown\",\"at\":" T("01") "}"), "absent"},
	{RECORD("\"later\":" GIVEN_AT("01")), "absent"},
	{RECORD("\"later\":" GIVEN_AT("01") "," A OF("refused", "02")),
		"u | r a02"},
	{RECORD(P "{\"since\":" T("01") ",\"at\":" T(
		 "03") ",\"state\":\"given\"}"),
		"g a03 s01 | u"},
	{RECORD(P "{\"since\":" T("03") ",\"at\":" T(
		 "03") ",\"state\":\"given\"}"),
		"g a03 s03 | u"},
	{RECORD(P "{\"state\":\"refused\"}"), "r | u"},
	{RECORD(P OF("expired", "02")), "e a02 | u"},
	{RECORD(P PAUSED("09")), "p u09 | u"},
	/* notices: a purpose's own, the record's, one not listed */
	{"{\"notice\":\"banner-8\",\"purposes\":{\"analytics\":{\"state\":"
	 "\"refused\",\"notice\":\"banner-7\"},\"personalisation\":{\"state\":"
	 "\"refused\"}},\"v\":1}",
		"r n2 | r n1"},
	{"{\"v\":1,\"purposes\":{\"*\":{\"state\":\"refused\"}},\"notice\":"
	 "\"other\"}",
		"r n255 | r n255"},
	/* for all purposes, beside a purpose's own */
	{RECORD(ALL GIVEN_AT("01")), "g a01 s01 | g a01 s01"},
	{RECORD(ALL GIVEN_AT("05") "," A OF("refused", "01")),
		"g a05 s05 | r a01"},
	{RECORD(ALL GIVEN_AT("05") "," A "{\"state\":\"unknown\"}"),
		"g a05 s05 | u"},
	{RECORD(A GIVEN_AT("01") "," ALL OF("withdrawn", "05")),
		"w a05 | w a05"},
	{RECORD(A GIVEN_AT("05") "," ALL OF("withdrawn", "05")),
		"w a05 | w a05"},
	{RECORD(A GIVEN_AT("06") "," ALL OF("withdrawn", "05")),
		"w a05 | g a06 s06"},
	{RECORD(A SINCE("04", "06") "," ALL OF("withdrawn", "05")),
		"w a05 | g a06 s06"},
	{RECORD(A SINCE("05", "06") "," ALL OF("withdrawn", "05")),
		"w a05 | g a06 s06"},
	{RECORD(A SINCE("05", "06") "," ALL OF("withdrawn", "04")),
		"w a04 | g a06 s05"},
	{RECORD(A SINCE("04", "06") "," ALL GIVEN_AT("05")),
		"g a05 s05 | g a06 s04"},
	{RECORD(A SINCE("04", "06") "," ALL OF("unknown", "05")),
		"u | g a06 s04"},
	{RECORD(A GIVEN_AT("06") "," ALL "{\"state\":\"withdrawn\"}"), "w | w"},
	{RECORD(A GIVEN_AT("06") "," ALL "{\"state\":\"unknown\"}"),
		"u | g a06 s06"},
	{RECORD(A GIVEN_AT("06") "," ALL PAUSED("20")), "p u20 | p u20"},
	{RECORD(A PAUSED("25") "," ALL PAUSED("20")), "p u20 | p u25"},
	{RECORD(A PAUSED("15") "," ALL PAUSED("20")), "p u20 | p u20"},
	{RECORD(A PAUSED("15") "," ALL OF("refused", "01")), "r a01 | r a01"},
	{RECORD(A OF("expired", "02") "," ALL OF("refused", "01")),
		"r a01 | r a01"},
	{RECORD(A OF("refused", "02") "," ALL PAUSED("20")), "p u20 | r a02"},
	{RECORD(A "{\"state\":\"unknown\"}," ALL OF("expired", "01")),
		"e a01 | e a01"},
	{" {\"\\u0076\":1,\"purposes\":{\"anal\\u0079tics\":{\"st\\u0061te\":"
	 "\"refused\"}}}",
		"u | r"},
};

START_TEST(a_record_says_what_it_says)
{
	struct ledger_decoder *d = decoder();
	struct lethe_error err = {0};
	struct ledger_row row;

	if (ledger_decode(d, slice_of(good[_i].json), &row, &err))
		ck_abort_msg("%s: %s", good[_i].json, err.what);
	ck_assert_str_eq(show(&row), good[_i].shown);
	ledger_decoder_free(d);
}
END_TEST

struct bad {
	const char *json;
	const char *what;
};

#define IN_ONE(entry) RECORD(P entry)

static const struct bad bad[] = {
	{"{}", "`v` is missing"},
	{"{\"v\":1}", "`purposes` is missing"},
	{"{\"purposes\":{}}", "`v` is missing"},
	{"{\"v\":2,\"purposes\":{}}", "`v` is not the number 1"},
	{"{\"v\":-1,\"purposes\":{}}", "`v` is not the number 1"},
	{"{\"v\":1.0,\"purposes\":{}}", "`v` is not the number 1"},
	{"{\"v\":\"1\",\"purposes\":{}}", "`v` is not the number 1"},
	{"{\"v\":true,\"purposes\":{}}", "`v` is not the number 1"},
	{"{\"v\":{\"v\":1},\"purposes\":{}}", "`v` is no scalar"},
	{"{\"v\":1,\"purposes\":null}",
		"`purposes` is of type null, not object"},
	{"{\"v\":1,\"purposes\":[]}",
		"`purposes` is of type array, not object"},
	{"{\"v\":1,\"purposes\":[1]}", "`purposes` is an array, not an object"},
	{"{\"v\":1,\"purposes\":[{\"state\":\"given\"}]}",
		"`purposes` is an array, not an object"},
	{"{\"v\":1,\"purposes\":{},\"Notice\":\"x\"}",
		"member 3: a key that is not of the form"},
	{"{\"v\":1,\"extra\":{\"a\":1},\"purposes\":{}}",
		"member 2: a key that is not of the form"},
	{"{\"v\":1,\"purposes\":{},\"notice\":7}",
		"`notice` is of type integer, not string"},
	{"{\"v\":1,\"purposes\":{},\"sig\":null}",
		"`sig` is of type null, not string"},
	{"{\"v\":1,\"purposes\":{},\"source\":[\"a\"]}",
		"`source` is no scalar"},
	{IN_ONE("{}"), "purpose 1: has no `state`"},
	{IN_ONE("null"), "purpose 1: of type null, not object"},
	{IN_ONE("\"given\""), "purpose 1: of type string, not object"},
	{IN_ONE("[]"), "purpose 1: of type array, not object"},
	{IN_ONE("[\"given\"]"), "purpose 1: an array, not an object"},
	{IN_ONE("{\"state\":\"Given\"}"),
		"purpose 1: `state` is none of those there are"},
	{IN_ONE("{\"state\":\"\"}"),
		"purpose 1: `state` is none of those there are"},
	{IN_ONE("{\"state\":true}"),
		"purpose 1: `state` is of type boolean, not string"},
	{IN_ONE("{\"state\":\"given\"}"), "purpose 1: a grant needs `at`"},
	{IN_ONE("{\"state\":\"given\",\"at\":null}"),
		"purpose 1: `at` is of type null, not string"},
	{IN_ONE("{\"state\":\"given\",\"at\":1777890000000}"),
		"purpose 1: `at` is of type integer, not string"},
	{IN_ONE("{\"state\":\"given\",\"at\":\"2026-05-01\"}"),
		"purpose 1: `at` is no RFC 3339 time"},
	{IN_ONE("{\"state\":\"given\",\"at\":" T("01") ",\"untill\":" T(
		 "02") "}"),
		"purpose 1: a key that is not of the form"},
	{IN_ONE("{\"state\":\"given\",\"at\":" T("02") ",\"until\":" T(
		 "02") "}"),
		"purpose 1: `until` does not lie after `at`"},
	{IN_ONE("{\"state\":\"given\",\"at\":" T("02") ",\"since\":" T(
		 "03") "}"),
		"purpose 1: `since` lies after `at`"},
	{IN_ONE("{\"state\":\"paused\"}"), "purpose 1: a pause needs `until`"},
	{IN_ONE("{\"state\":\"paused\",\"at\":" T("03") ",\"until\":" T(
		 "02") "}"),
		"purpose 1: `until` does not lie after `at`"},
	{IN_ONE("{\"state\":\"paused\",\"since\":" T("01") ",\"until\":" T(
		 "02") "}"),
		"purpose 1: `since` belongs to a grant"},
	{IN_ONE("{\"state\":\"refused\",\"until\":" T("02") "}"),
		"purpose 1: `until` belongs to a grant or a pause"},
	{IN_ONE("{\"state\":\"unknown\",\"until\":" T("02") "}"),
		"purpose 1: `until` belongs to a grant or a pause"},
	/* a purpose the policy does not have is held to the same form */
	{RECORD(A GIVEN_AT("01") ",\"later\":{\"state\":\"given\"}," P GIVEN_AT(
		 "01")),
		"purpose 2: a grant needs `at`"},
	{RECORD(A "{\"state\":\"given\"}," P GIVEN_AT("01")),
		"purpose 1: a grant needs `at`"},
	{IN_ONE("{\"state\":{\"given\":1}}"), NULL},
	{"{\"v\":1,\"v\":1,\"purposes\":{}}", NULL},
	{RECORD(P GIVEN_AT("01") "," P GIVEN_AT("01")), NULL},
	{"[]", NULL},
	{"null", NULL},
	{"\"given\"", NULL},
	{"", NULL},
	{RECORD("") "x", NULL},
};

START_TEST(what_is_not_of_the_form_is_refused_whole)
{
	struct ledger_decoder *d = decoder();
	struct lethe_error err = {0};
	struct ledger_row row = row_of(1);
	enum lethe_status status;

	status = ledger_decode(d, slice_of(bad[_i].json), &row, &err);
	ck_assert_int_eq(lethe_status_class(status), LETHE_CLASS_POISON);
	ck_assert_int_eq(row.kind, LEDGER_ROW_STALE);
	ck_assert_int_eq(err.status, status);
	if (bad[_i].what) {
		ck_assert_status(status, LETHE_POISON_CONSENT);
		ck_assert_str_eq(err.what, bad[_i].what);
	}
	ledger_decoder_free(d);
}
END_TEST

START_TEST(a_tombstone_leaves_nothing_known)
{
	struct ledger_decoder *d = decoder();
	struct ledger_row row = row_of(1);

	ck_assert_status(
		ledger_decode(d, (struct slice){0}, &row, NULL), LETHE_OK);
	ck_assert_int_eq(row.kind, LEDGER_ROW_ABSENT);
	ledger_decoder_free(d);
}
END_TEST

/* The rules see what was said: within one second `until` lies after `at`. */
START_TEST(times_are_cut_to_the_second_behind_the_rules)
{
	static const char *const records[] = {
		RECORD(P
			"{\"state\":\"given\",\"at\":\"1969-12-31T23:59:58.5Z\""
			",\"since\":\"1969-12-31T23:59:58.499Z\""
			",\"until\":\"1969-12-31T23:59:58.999Z\"}"),
		/* the later grant, by a millisecond, stands */
		RECORD(P
			"{\"state\":\"given\",\"at\":\"1969-12-31T23:59:58.5Z\""
			",\"until\":\"1969-12-31T23:59:58.999Z\"}," ALL
			"{\"state\":\"refused\",\"at\":"
			"\"1969-12-31T23:59:58.499Z\"}"),
	};
	struct ledger_decoder *d = decoder();
	struct ledger_row row;

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		ck_assert_status(
			ledger_decode(d, slice_of(records[i]), &row, NULL),
			LETHE_OK);
		ck_assert_int_eq(row.entries[0].state, LEDGER_GIVEN);
		ck_assert_int_eq(row.entries[0].at_ms, -2000);
		ck_assert_int_eq(row.entries[0].since_ms, -2000);
		ck_assert_int_eq(row.entries[0].until_ms, -2000);
	}
	ledger_decoder_free(d);
}
END_TEST

START_TEST(no_error_holds_a_byte_of_the_record)
{
	static const char *const records[] = {
		"{\"v\":1,\"CANARY\":1,\"purposes\":{}}",
		RECORD("\"CANARY\":{\"state\":\"CANARY\"}"),
		RECORD("\"CANARY\":{\"CANARY\":\"CANARY\"}"),
		RECORD("\"CANARY\":{\"state\":\"given\",\"at\":\"CANARY\"}"),
		RECORD("\"CANARY\":{\"state\":CANARY}"),
	};
	struct ledger_decoder *d = decoder();
	struct ledger_row row;

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct lethe_error err = {0};

		ck_assert(ledger_decode(d, slice_of(records[i]), &row, &err));
		ck_assert_ptr_null(strstr(err.what, "CANARY"));
		ck_assert_uint_gt(strlen(err.what), 0);
	}
	ledger_decoder_free(d);
}
END_TEST

/* The first of `good` as MessagePack, by hand. */
static const char packed[] =
	"\x83\xa1v\x01\xa8purposes\x82\xafpersonalisation\x83\xa5state\xa5given"
	"\xa2"
	"at\xb4"
	"2026-05-01T09:00:00Z\xa5until\xb4"
	"2027-05-07T00:00:00Z\xa9"
	"analytics\x82\xa5state\xa9withdrawn\xa2"
	"at\xb4"
	"2026-05-03T18:12:44Z\xa6notice\xa8"
	"banner-7";

START_TEST(messagepack_says_the_same)
{
	struct ledger_decoder *d = decoder();
	struct lethe_error err = {0};
	struct ledger_row row;

	if (ledger_decode(
		    d, slice_make(packed, sizeof(packed) - 1), &row, &err))
		ck_abort_msg("%s", err.what);
	ck_assert_str_eq(show(&row), good[0].shown);
	ledger_decoder_free(d);
}
END_TEST

/* Cut short it is poison; a flipped bit gives a row or poison, never more. */
static void
mutilate(struct ledger_decoder *d, const char *text, size_t len)
{
	uint8_t *copy = malloc(len);
	struct ledger_row row;

	memcpy(copy, text, len);
	for (size_t n = 1; n < len; n++) {
		uint8_t *part = malloc(n);

		memcpy(part, text, n);
		ck_assert_int_eq(lethe_status_class(ledger_decode(
					 d, slice_make(part, n), &row, NULL)),
			LETHE_CLASS_POISON);
		free(part);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		enum lethe_status status;

		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		status = ledger_decode(d, slice_make(copy, len), &row, NULL);
		ck_assert(!status ||
			  lethe_status_class(status) == LETHE_CLASS_POISON);
		ck_assert_int_eq(!status, row.kind != LEDGER_ROW_STALE);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(copy);
}

START_TEST(mutilated_records_are_poison_or_records)
{
	struct ledger_decoder *d = decoder();

	mutilate(d, good[0].json, strlen(good[0].json));
	mutilate(d, packed, sizeof(packed) - 1);
	ledger_decoder_free(d);
}
END_TEST

START_TEST(limits_hold)
{
	struct ledger_decoder *d = decoder();
	size_t len = LEDGER_RECORD_BYTES_MAX + 1;
	char *large = malloc(len);
	struct ledger_row row;

	memset(large, ' ', len);
	memcpy(large, RECORD(""), strlen(RECORD("")));
	ck_assert_status(
		ledger_decode(d, slice_make(large, len - 1), &row, NULL),
		LETHE_OK);
	ck_assert_status(ledger_decode(d, slice_make(large, len), &row, NULL),
		LETHE_POISON_TOO_LARGE);
	free(large);
	ledger_decoder_free(d);
}
END_TEST

SUITE("ledger_record", ROWS(a_record_says_what_it_says, good),
	ROWS(what_is_not_of_the_form_is_refused_whole, bad),
	TEST(a_tombstone_leaves_nothing_known),
	TEST(times_are_cut_to_the_second_behind_the_rules),
	TEST(no_error_holds_a_byte_of_the_record),
	TEST(messagepack_says_the_same),
	TEST(mutilated_records_are_poison_or_records), TEST(limits_hold))
