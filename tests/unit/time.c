#include "suite.h"

#include "text/time.h"

#define NONE INT64_MIN

static const struct {
	const char *text;
	int64_t ms; /* NONE: not a time */
} rfc3339[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"2026-05-04T10:15:07.249Z", 1777889707249},
	{"2026-05-04t10:15:07.249z", 1777889707249},
	{"2026-05-04 10:15:07.249Z", 1777889707249},
	{"2026-05-04T12:15:07.249+02:00", 1777889707249},
	{"2026-05-04T04:45:07.249-05:30", 1777889707249},
	{"2026-05-04T10:15:07.2499999999999999999Z", 1777889707249},
	{"2026-05-04T10:15:07.2Z", 1777889707200},
	{"2026-05-04T10:15:07-00:00", 1777889707000},
	{"1969-12-31T23:59:59.999Z", -1},
	{"1969-12-31T23:59:59.9999Z", -1},
	{"0001-01-01T00:00:00Z", -62135596800000},
	{"9999-12-31T23:59:59.999Z", 253402300799999},
	{"2000-02-29T00:00:00Z", 951782400000},
	{"2016-12-31T23:59:60Z", 1483228800000},
	{"2017-01-01T00:59:60+01:00", 1483228800000},
	{"2016-12-31T23:59:60.5Z", 1483228800500},
	{"2016-12-31T12:00:60Z", NONE},
	{"2026-05-04T10:15:61Z", NONE},
	{"2026-05-04T24:00:00Z", NONE},
	{"2026-05-04T10:60:00Z", NONE},
	{"2026-13-04T10:00:00Z", NONE},
	{"2026-00-04T10:00:00Z", NONE},
	{"2026-05-00T10:00:00Z", NONE},
	{"2026-04-31T10:00:00Z", NONE},
	{"2100-02-29T00:00:00Z", NONE},
	{"0000-12-31T00:00:00Z", NONE},
	{"0001-01-01T00:00:00+00:01", NONE},
	{"9999-12-31T23:59:59-00:01", NONE},
	{"2026-05-04T10:15:07", NONE},
	{"2026-05-04T10:15:07.Z", NONE},
	{"2026-05-04T10:15:07,2Z", NONE},
	{"2026-05-04T10:15Z", NONE},
	{"2026-05-04T10:15:07+0200", NONE},
	{"2026-05-04T10:15:07+24:00", NONE},
	{"2026-05-04T10:15:07+02:60", NONE},
	{"2026-05-04T10:15:07ZZ", NONE},
	{" 2026-05-04T10:15:07Z", NONE},
	{"2026-5-4T10:15:07Z", NONE},
	{"+2026-05-04T10:15:07Z", NONE},
	{"20260504T101507Z", NONE},
	{"2026-05-04", NONE},
	{"1777889707", NONE},
	{"", NONE},
};

START_TEST(reads_rfc_3339)
{
	int64_t ms;
	bool is = time_parse_rfc3339(slice_of(rfc3339[_i].text), &ms);

	ck_assert_int_eq(is, rfc3339[_i].ms != NONE);
	ck_assert_int_eq(ms, is ? rfc3339[_i].ms : 0);
}
END_TEST

static const struct {
	const char *text;
	enum time_form form;
	int64_t ms;
} unixes[] = {
	{"1777889707", TIME_UNIX_S, 1777889707000},
	{"1777889707249", TIME_UNIX_MS, 1777889707249},
	{"1777889707249999", TIME_UNIX_US, 1777889707249},
	{"-1", TIME_UNIX_US, -1},
	{"-1000", TIME_UNIX_US, -1},
	{"-1001", TIME_UNIX_US, -2},
	{"0", TIME_UNIX_S, 0},
	{"-0", TIME_UNIX_S, 0},
	{"-62135596800", TIME_UNIX_S, -62135596800000},
	{"-62135596801", TIME_UNIX_S, NONE},
	{"253402300799", TIME_UNIX_S, 253402300799000},
	{"253402300800", TIME_UNIX_S, NONE},
	{"1777889707249", TIME_UNIX_S, NONE},
	{"9223372036854775807", TIME_UNIX_S, NONE},
	{"9223372036854775808", TIME_UNIX_US, NONE},
	{"99999999999999999999999", TIME_UNIX_US, NONE},
	{"1777889707.5", TIME_UNIX_S, NONE},
	{"1e9", TIME_UNIX_S, NONE},
	{"+1", TIME_UNIX_S, NONE},
	{"--1", TIME_UNIX_S, NONE},
	{"-", TIME_UNIX_S, NONE},
	{"", TIME_UNIX_S, NONE},
	{" 1", TIME_UNIX_S, NONE},
	{"1", TIME_RFC3339, NONE},
};

START_TEST(reads_unix_times)
{
	int64_t ms;
	bool is = time_parse_unix(
		slice_of(unixes[_i].text), unixes[_i].form, &ms);

	ck_assert_int_eq(is, unixes[_i].ms != NONE);
	ck_assert_int_eq(ms, is ? unixes[_i].ms : 0);
}
END_TEST

static const struct {
	int64_t ms;
	enum time_grain grain;
	const char *text;
} formats[] = {
	{1777889707249, GRAIN_MS, "2026-05-04T10:15:07.249Z"},
	{1777889707249, GRAIN_SECOND, "2026-05-04T10:15:07Z"},
	{1777889707249, GRAIN_MINUTE, "2026-05-04T10:15:00Z"},
	{1777889707249, GRAIN_HOUR, "2026-05-04T10:00:00Z"},
	{1777889707249, GRAIN_DAY, "2026-05-04T00:00:00Z"},
	{-1, GRAIN_MS, "1969-12-31T23:59:59.999Z"},
	{-1, GRAIN_HOUR, "1969-12-31T23:00:00Z"},
	{-86400000, GRAIN_DAY, "1969-12-31T00:00:00Z"},
	{-62135596800000, GRAIN_DAY, "0001-01-01T00:00:00Z"},
	{253402300799999, GRAIN_MS, "9999-12-31T23:59:59.999Z"},
	{951782400000, GRAIN_SECOND, "2000-02-29T00:00:00Z"},
	{-62135596800001, GRAIN_MS, ""},
	{253402300800000, GRAIN_MS, ""},
	{INT64_MIN, GRAIN_DAY, ""},
};

START_TEST(writes_times)
{
	char text[TIME_TEXT_BYTES];
	size_t len = time_format(formats[_i].ms, formats[_i].grain, text);

	ck_assert_str_eq(text, formats[_i].text);
	ck_assert_uint_eq(len, strlen(text));
}
END_TEST

START_TEST(writes_and_reads_every_day_alike)
{
	int64_t back;
	char text[TIME_TEXT_BYTES];

	for (int64_t ms = -62135596800000; ms <= 253402300799999;
		ms += 86400000 + 1) {
		size_t len = time_format(ms, GRAIN_MS, text);

		ck_assert(time_parse_rfc3339(slice_make(text, len), &back));
		ck_assert_int_eq(back, ms);
	}
}
END_TEST

START_TEST(floors_before_1970_too)
{
	ck_assert_int_eq(time_floor(-1, GRAIN_SECOND), -1000);
	ck_assert_int_eq(time_floor(-1000, GRAIN_SECOND), -1000);
	ck_assert_int_eq(time_floor(-1001, GRAIN_SECOND), -2000);
	ck_assert_int_eq(time_floor(999, GRAIN_SECOND), 0);
	ck_assert_int_eq(time_floor(-1, GRAIN_DAY), -86400000);
	ck_assert_int_eq(time_floor(-5, GRAIN_MS), -5);
	ck_assert_int_gt(time_floor(INT64_MIN, GRAIN_DAY), INT64_MIN);
}
END_TEST

static const struct {
	const char *text;
	int64_t ms;
} durations[] = {
	{"250ms", 250},
	{"30s", 30000},
	{"5m", 300000},
	{"1h", 3600000},
	{"7d", 604800000},
	{"90d", 7776000000},
	{"0d", 0},
	{"106751991167d", 9223372036828800000},
	{"106751991168d", NONE},
	{"5", NONE},
	{"m", NONE},
	{"", NONE},
	{"-5m", NONE},
	{"1.5h", NONE},
	{"5 m", NONE},
	{"5M", NONE},
	{"1w", NONE},
	{"1h30m", NONE},
};

START_TEST(reads_durations)
{
	int64_t ms;
	bool is = duration_parse(slice_of(durations[_i].text), &ms);

	ck_assert_int_eq(is, durations[_i].ms != NONE);
	ck_assert_int_eq(ms, is ? durations[_i].ms : 0);
}
END_TEST

static const struct {
	int64_t at, span, step;
} steps[] = {
	{7, 0, 7},
	{7, 1, 7},
	{-7, 1, -7},
	{999, 1000, 0},
	{1000, 1000, 1},
	{-1, 1000, -1},
	{-1000, 1000, -1},
	{-1001, 1000, -2},
	{INT64_MIN, 1, INT64_MIN},
	{INT64_MIN, 2, INT64_MIN / 2},
	{INT64_MAX, 86400000, INT64_MAX / 86400000},
};

START_TEST(tells_the_span)
{
	ck_assert_int_eq(
		time_step(steps[_i].at, steps[_i].span), steps[_i].step);
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} lengths[] = {
	{0, "0ms"},
	{1, "1ms"},
	{1500, "1500ms"},
	{60000, "1m"},
	{90000, "90s"},
	{86400000, "1d"},
	{90000000, "25h"},
	{INT64_MAX, "9223372036854775807ms"},
};

START_TEST(writes_durations)
{
	char text[DURATION_TEXT_BYTES];
	int64_t ms;

	duration_format(lengths[_i].ms, text);
	ck_assert_str_eq(text, lengths[_i].text);
	ck_assert(duration_parse(slice_of(text), &ms));
	ck_assert_int_eq(ms, lengths[_i].ms);
}
END_TEST

SUITE("time", ROWS(reads_rfc_3339, rfc3339), ROWS(reads_unix_times, unixes),
	ROWS(writes_times, formats), TEST(writes_and_reads_every_day_alike),
	TEST(floors_before_1970_too), ROWS(tells_the_span, steps),
	ROWS(reads_durations, durations), ROWS(writes_durations, lengths))
