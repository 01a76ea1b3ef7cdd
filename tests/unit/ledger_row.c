#include "ledger.h"

static const uint8_t name[KEYED_NAME_BYTES] = {9, 8, 7};

static struct keyed *
keys_of(uint8_t first)
{
	uint8_t key[KEYED_KEY_BYTES] = {first};
	struct keyed *k;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(keyed_new(key, &k, NULL), LETHE_OK);
	return k;
}

static const struct ledger_entry samples[] = {
	{.state = LEDGER_UNKNOWN},
	{.state = LEDGER_MALFORMED},
	{.state = LEDGER_GIVEN, .has_at = true, .at_ms = NOW, .since_ms = NOW},
	{.state = LEDGER_GIVEN,
		.has_at = true,
		.has_until = true,
		.notice = LEDGER_NOTICE_OTHER,
		.at_ms = NOW + 1000,
		.since_ms = NOW - 400 * DAY,
		.until_ms = NOW + 400 * DAY + 7000},
	{.state = LEDGER_REFUSED},
	{.state = LEDGER_REFUSED, .has_at = true, .at_ms = NOW},
	{.state = LEDGER_WITHDRAWN,
		.has_at = true,
		.notice = 254,
		.at_ms = INT64_C(-62135596800000)}, /* 0001-01-01 */
	{.state = LEDGER_WITHDRAWN,
		.has_at = true,
		.at_ms = INT64_C(253402300799000)}, /* the end of 9999 */
	{.state = LEDGER_EXPIRED, .has_at = true, .at_ms = -1000},
	{.state = LEDGER_PAUSED, .has_until = true, .until_ms = NOW + 1000},
	{.state = LEDGER_PAUSED,
		.has_at = true,
		.has_until = true,
		.notice = 1,
		.at_ms = 0,
		.until_ms = 1000},
	{.state = LEDGER_GIVEN,
		.has_at = true,
		.has_until = true,
		.notice = 2,
		.at_ms = INT64_C(253402300799000),
		.since_ms = INT64_C(-62135596799000),
		.until_ms = INT64_C(253402300798000)},
};

#define ENTRIES (sizeof(samples) / sizeof(samples[0]))

static void
comes_back(struct keyed *k, const struct ledger_row *row)
{
	uint8_t bytes[LEDGER_ROW_BYTES_MAX];
	size_t len = ledger_row_pack(k, name, row, bytes);
	struct ledger_row again;

	ck_assert_uint_le(len, LEDGER_ROW_BYTES_MAX);
	ck_assert_uint_eq(len % 8, 0);
	ledger_row_unpack(k, name, slice_make(bytes, len), row->count, &again);
	ck_assert(row_equal(row, &again));
}

START_TEST(every_pair_of_entries_comes_back)
{
	struct keyed *k = keys_of(1);

	for (size_t i = 0; i < ENTRIES * ENTRIES; i++) {
		struct ledger_row row = {.kind = LEDGER_ROW_PRESENT,
			.count = 2,
			.entries = {
				samples[i / ENTRIES], samples[i % ENTRIES]}};

		comes_back(k, &row);
	}
	keyed_free(k);
}
END_TEST

START_TEST(rows_of_all_lengths_come_back)
{
	struct keyed *k = keys_of(1);
	struct ledger_row row = {.kind = LEDGER_ROW_PRESENT};

	for (row.count = 1; row.count <= LEDGER_PURPOSES_MAX; row.count++) {
		for (size_t i = 0; i < row.count; i++)
			row.entries[i] = samples[3 + 8 * (i % 2)];
		comes_back(k, &row);
		ledger_row_malformed(row.count, &row);
		comes_back(k, &row);
	}
	keyed_free(k);
}
END_TEST

START_TEST(a_usual_row_of_two_purposes_takes_32_bytes)
{
	struct keyed *k = keys_of(1);
	struct ledger_row row = {.kind = LEDGER_ROW_PRESENT, .count = 2};
	uint8_t bytes[LEDGER_ROW_BYTES_MAX];

	for (size_t i = 0; i < 2; i++)
		row.entries[i] = (struct ledger_entry){.state = LEDGER_GIVEN,
			.has_at = true,
			.has_until = true,
			.notice = 1,
			.at_ms = NOW - (int64_t)i * 3601000,
			.since_ms = NOW - 1000 * DAY,
			.until_ms = NOW + 1000 * DAY};
	ck_assert_uint_eq(ledger_row_pack(k, name, &row, bytes), 32);
	row.entries[0] = (struct ledger_entry){.state = LEDGER_REFUSED};
	ck_assert_uint_eq(ledger_row_pack(k, name, &row, bytes), 32);
	keyed_free(k);
}
END_TEST

/* `bytes` in memory of its own, so that reading too far is seen. */
static enum ledger_row_kind
kind_of(struct keyed *k, const uint8_t *at, const uint8_t *bytes, size_t len,
	size_t count)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct ledger_row row;

	if (len)
		memcpy(copy, bytes, len);
	ledger_row_unpack(k, at, slice_make(copy, len), count, &row);
	free(copy);
	return row.kind;
}

START_TEST(any_flipped_bit_of_a_row_or_its_name_is_damage)
{
	struct keyed *k = keys_of(1), *other = keys_of(2);
	uint8_t bytes[LEDGER_ROW_BYTES_MAX], at[KEYED_NAME_BYTES];
	struct ledger_row row = row_of(3);
	size_t len = ledger_row_pack(k, name, &row, bytes);

	memcpy(at, name, sizeof(at));
	ck_assert_int_eq(kind_of(k, at, bytes, len, 2), LEDGER_ROW_PRESENT);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(
			kind_of(k, at, bytes, len, 2), LEDGER_ROW_DAMAGED);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sizeof(at); bit++) {
		at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(
			kind_of(k, at, bytes, len, 2), LEDGER_ROW_DAMAGED);
		at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < len; n++)
		ck_assert_int_eq(
			kind_of(k, at, bytes, n, 2), LEDGER_ROW_DAMAGED);
	ck_assert_int_eq(kind_of(other, at, bytes, len, 2), LEDGER_ROW_DAMAGED);
	keyed_free(k);
	keyed_free(other);
}
END_TEST

/* A body under a check that holds: what the check does not see. */
static enum ledger_row_kind
kind_of_body(struct keyed *k, const char *body, size_t len, size_t count)
{
	uint8_t text[256], bytes[256];

	memcpy(text, name, sizeof(name));
	memcpy(text + sizeof(name), body, len);
	keyed_check(k, slice_make(text, sizeof(name) + len), bytes);
	memcpy(bytes + KEYED_CHECK_BYTES, body, len);
	return kind_of(k, name, bytes, KEYED_CHECK_BYTES + len, count);
}

struct body {
	const char *bytes;
	size_t len;
	bool present;
};

#define BODY(text, present) \
	{ \
		text, sizeof(text) - 1, present \
	}

/* For one purpose. */
static const struct body bodies[] = {
	BODY("\x00\x00\x00\x00", true),	 /* unknown, padding */
	BODY("\x07\x00\x00\x00", true),	 /* malformed */
	BODY("\x02\x00\x00\x00", true),	 /* refused */
	BODY("\x09\x00\x00\x00", true),	 /* given, at */
	BODY("\x02\x00\x00\x01", false), /* padding that is none */
	BODY("\x01\x00\x00\x00", false), /* a grant without at */
	BODY("\x05\x00\x00\x00", false), /* a pause without end */
	BODY("\x06\x00\x00\x00", false), /* a state there is not */
	BODY("\x82\x00\x00\x00", false), /* a bit there is not */
	BODY("\x22\x00\x00\x00", false), /* a refusal with an end */
	BODY("\x08\x00\x00\x00", false), /* unknown since */
	BODY("\x42\x00\x00\x00", false), /* a notice that is none */
	BODY("\x42\x01\x00\x00", true),
	BODY("\x09\x80\x80\x80", false), /* a time cut short */
	BODY("\x09\xff\xff\xff\xff\xff\xff\xff\x7f", false), /* out of range */
	BODY("\x09\x80\x80\x80\x80\x80\x80\x80\x80\x01", false), /* too long */
};

START_TEST(a_body_that_is_not_as_written_is_damage)
{
	const struct body *b = &bodies[_i];
	struct keyed *k = keys_of(1);

	ck_assert_int_eq(kind_of_body(k, b->bytes, b->len, 1),
		b->present ? LEDGER_ROW_PRESENT : LEDGER_ROW_DAMAGED);
	keyed_free(k);
}
END_TEST

/* g grant, d deny, s silent; errors: S stale, M malformed, F future. */
static char
letter(struct answer a)
{
	switch (a.kind) {
	case ANSWER_SILENT: return 's';
	case ANSWER_GRANT: return 'g';
	case ANSWER_DENY: return 'd';
	case ANSWER_ERROR: break;
	}
	if (a.reason == LETHE_REASON_LEDGER_STALE)
		return 'S';
	return a.reason == LETHE_REASON_SIGNAL_FUTURE ? 'F' : 'M';
}

struct told {
	struct ledger_entry entry;
	int64_t event_ms, event_grain_ms;
	char letter;
	const char *decided; /* by a rule that asks the ledger alone */
};

#define AT(code, t) \
	{ \
		.state = LEDGER_##code, .has_at = true, .at_ms = (t), \
		.since_ms = (t) \
	}
#define GIVEN(s, a, u) \
	{ \
		.state = LEDGER_GIVEN, .has_at = true, .has_until = true, \
		.at_ms = (a), .since_ms = (s), .until_ms = (u) \
	}
#define PAUSED(u) \
	{ \
		.state = LEDGER_PAUSED, .has_until = true, .until_ms = (u) \
	}

static const struct told told[] = {
	{AT(GIVEN, NOW - DAY), NOW, 1, 'g', "none"},
	{AT(GIVEN, NOW - DAY), NOW - 2 * DAY, 1, 'g', "not_yet_granted"},
	{AT(GIVEN, NOW - DAY), NOW - DAY, 1, 'g', "not_yet_granted"},
	{AT(GIVEN, NOW - DAY), NOW - DAY + 999, 1, 'g', "not_yet_granted"},
	{AT(GIVEN, NOW - DAY), NOW - DAY + 1000, 1, 'g', "none"},
	/* a renewal does not take away what held before it */
	{GIVEN(NOW - 9 * DAY, NOW - DAY, NOW + DAY), NOW - 5 * DAY, 1, 'g',
		"none"},
	{GIVEN(NOW - 9 * DAY, NOW - DAY, NOW), NOW - 5 * DAY, 1, 'g',
		"consent_expired"},
	{GIVEN(NOW - 9 * DAY, NOW - 5 * DAY, NOW - DAY), NOW - 6 * DAY, 1, 'g',
		"consent_expired"},
	{GIVEN(NOW - 9 * DAY, NOW + 1000, NOW + DAY), NOW, 1, 'F',
		"signal_future"},
	{AT(GIVEN, NOW + 1000), NOW, 1, 'F', "signal_future"},
	/* said in the second that it is now */
	{GIVEN(NOW - 9 * DAY, NOW, NOW + DAY), NOW - DAY, 1, 'g', "none"},
	{AT(REFUSED, NOW - DAY), NOW, 1, 'd', "refused"},
	{AT(WITHDRAWN, NOW - DAY), NOW, 1, 'd', "refused"},
	/* a late event of someone who has withdrawn since */
	{AT(WITHDRAWN, NOW - DAY), NOW - 2 * DAY, 1, 'd', "withdrawn"},
	{AT(WITHDRAWN, NOW + DAY), NOW, 1, 'd', "signal_future"},
	{{.state = LEDGER_WITHDRAWN}, NOW, 1, 'd', "refused"},
	{AT(EXPIRED, NOW - DAY), NOW, 1, 'g', "consent_expired"},
	{AT(EXPIRED, NOW - DAY), NOW - 9 * DAY, 1, 'g', "consent_expired"},
	{{.state = LEDGER_EXPIRED}, NOW, 86400000, 'g', "consent_expired"},
	{PAUSED(NOW + DAY), NOW, 1, 'd', "refused"},
	{PAUSED(NOW), NOW, 1, 'd', "refused"},
	/* of the clock of now alone */
	{PAUSED(NOW), NOW + 1000, 1, 'd', "refused"},
	{PAUSED(NOW - 1000), NOW, 1, 's', "no_consent"},
	{PAUSED(NOW - DAY), NOW - 2 * DAY, 1, 'd', "refused"},
	{PAUSED(NOW - DAY), NOW - DAY + 1, 86400000, 'd', "refused"},
	{{.state = LEDGER_UNKNOWN}, NOW, 1, 's', "no_consent"},
	{{.state = LEDGER_MALFORMED}, NOW, 1, 'M', "signal_malformed"},
};

START_TEST(an_entry_answers_at_both_clocks)
{
	const struct told *t = &told[_i];
	const struct consent_rule rule = {
		.basis = BASIS_CONSENT, .decides = 0, .asked = 1};
	const struct consent_time when = {.event_ms = t->event_ms,
		.event_grain_ms = t->event_grain_ms,
		.now_ms = NOW};
	struct ledger_row row = {.kind = LEDGER_ROW_PRESENT,
		.count = 2,
		.entries = {{.state = LEDGER_UNKNOWN}, t->entry}};
	struct answer a = ledger_answer(&row, 1, &when);
	size_t source;

	ck_assert_int_eq(letter(a), t->letter);
	ck_assert_int_eq(
		a.reason == LETHE_REASON_SIGNAL_MALFORMED, t->letter == 'M');
	ck_assert_str_eq(
		lethe_reason_name(consent_decide(&rule, &a, &when, &source)),
		t->decided);
}
END_TEST

/* Now is no whole second: what is told of the next one has not been said. */
START_TEST(the_second_after_now_has_not_come)
{
	const struct consent_time when = {.event_ms = NOW, .now_ms = NOW + 500};
	struct ledger_row row = {.kind = LEDGER_ROW_PRESENT,
		.count = 1,
		.entries = {AT(GIVEN, NOW + 1000)}};

	ck_assert_int_eq(letter(ledger_answer(&row, 0, &when)), 'F');
	row.entries[0].at_ms = row.entries[0].since_ms = NOW;
	ck_assert_int_eq(letter(ledger_answer(&row, 0, &when)), 'g');
}
END_TEST

START_TEST(what_nobody_filled_or_cannot_be_trusted_is_an_error)
{
	const struct consent_time when = {.event_ms = NOW, .now_ms = NOW};
	struct ledger_row row = {0};

	ck_assert_int_eq(letter(ledger_answer(&row, 0, &when)), 'S');
	row.kind = LEDGER_ROW_DAMAGED;
	ck_assert_int_eq(letter(ledger_answer(&row, 0, &when)), 'S');
	row.kind = LEDGER_ROW_ABSENT;
	ck_assert_int_eq(letter(ledger_answer(&row, 0, &when)), 's');
	row = row_of(1);
	ck_assert_int_eq(letter(ledger_answer(&row, 2, &when)), 'S');
}
END_TEST

/* Silence of someone unknown passes here; a refusal or a pause does not. */
START_TEST(of_legitimate_interests_a_no_stops_and_silence_passes)
{
	const struct consent_rule rule = {
		.basis = BASIS_LEGITIMATE_INTERESTS, .asked = 1};
	const struct consent_time when = {.event_ms = NOW, .now_ms = NOW};
	static const struct {
		struct ledger_entry entry;
		bool passes;
	} rows[] = {
		{{.state = LEDGER_UNKNOWN}, true},
		{AT(GIVEN, NOW - DAY), true},
		{AT(EXPIRED, NOW - DAY), true},
		{AT(REFUSED, NOW - DAY), false},
		{{.state = LEDGER_WITHDRAWN}, false},
		{PAUSED(NOW + DAY), false},
		{PAUSED(NOW - DAY), true},
		{{.state = LEDGER_MALFORMED}, false},
	};
	size_t source;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ledger_row row = {.kind = LEDGER_ROW_PRESENT,
			.count = 1,
			.entries = {rows[i].entry}};
		struct answer a = ledger_answer(&row, 0, &when);

		ck_assert_int_eq(!consent_decide(&rule, &a, &when, &source),
			rows[i].passes);
	}
}
END_TEST

SUITE("ledger_row", TEST(every_pair_of_entries_comes_back),
	TEST(rows_of_all_lengths_come_back),
	TEST(a_usual_row_of_two_purposes_takes_32_bytes),
	TEST(any_flipped_bit_of_a_row_or_its_name_is_damage),
	ROWS(a_body_that_is_not_as_written_is_damage, bodies),
	ROWS(an_entry_answers_at_both_clocks, told),
	TEST(the_second_after_now_has_not_come),
	TEST(what_nobody_filled_or_cannot_be_trusted_is_an_error),
	TEST(of_legitimate_interests_a_no_stops_and_silence_passes))
