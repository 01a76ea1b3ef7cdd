/* A word put to a record: by examples, and laws over random histories. */

#include "ledger.h"

#include "consent/ledger/said.h"
#include "text/time.h"

struct desk {
	struct arena arena;
	struct said_reader *reader;
	struct ledger_decoder *decoder; /* of three purposes and `later` */
	struct said said;
	struct buf out;
};

static const struct slice names[] = {
	{(const uint8_t *)"a", 1},
	{(const uint8_t *)"b", 1},
	{(const uint8_t *)"later", 5},
};
static const struct ledger_layout three = {.purposes = names,
	.purpose_count = 3,
	.notices = some_notices,
	.notice_count = 2};

static void
open_desk(struct desk *d)
{
	*d = (struct desk){0};
	arena_init(&d->arena, 0);
	buf_init(&d->out, 0);
	ck_assert_status(said_reader_new(3, &d->reader, NULL), LETHE_OK);
	ck_assert_status(
		ledger_decoder_new(&three, 5, &d->decoder, NULL), LETHE_OK);
}

static void
close_desk(struct desk *d)
{
	said_reader_free(d->reader);
	ledger_decoder_free(d->decoder);
	buf_fini(&d->out);
	arena_fini(&d->arena);
}

static void
read_text(struct desk *d, const char *text)
{
	ck_assert_status(
		said_read(d->reader, slice_of(text), &d->arena, &d->said, NULL),
		LETHE_OK);
}

/* As it is written, and as it answers. */
static const char *
written(struct desk *d)
{
	buf_reset(&d->out);
	said_write(&d->said, &d->out);
	buf_put_byte(&d->out, '\0');
	ck_assert(!d->out.full);
	return (const char *)d->out.ptr;
}

static void
answers(struct desk *d, struct ledger_row *out)
{
	struct lethe_error err = {0};

	(void)written(d);
	ck_assert_msg(ledger_decode(d->decoder,
			      slice_make(d->out.ptr, d->out.len - 1), out,
			      &err) == LETHE_OK,
		"%s: %s", err.what, (const char *)d->out.ptr);
}

static enum said_result
put(struct desk *d, const struct said_word *w)
{
	struct said_change change;
	enum said_result result;

	ck_assert_status(
		said_put(&d->said, w, NOW, &d->arena, &result, &change, NULL),
		LETHE_OK);
	return result;
}

/* ---- examples: a record, a word, what is written */

#define AT(day) "\"2026-05-" day "T09:00:00Z\""
#define G(day) "{\"state\":\"given\",\"at\":" AT(day) "}"
#define S(state, day) "{\"state\":\"" state "\",\"at\":" AT(day) "}"
#define R(purposes) "{\"v\":1,\"purposes\":{" purposes "}}"

struct example {
	const char *before;
	const char *purpose, *state; /* state "no": withdrawn or refused */
	int day, until;		     /* of May 2026; until 0: none */
	enum said_result result;
	const char *after; /* NULL: as before */
};

static const struct example examples[] = {
	{R(""), "a", "given", 1, 0, SAID_CHANGED, R("\"a\":" G("01"))},
	{R("\"b\":" G("01")), "a", "refused", 2, 0, SAID_CHANGED,
		R("\"b\":" G("01") ",\"a\":" S("refused", "02"))},
	{R("\"unheard\":" G("01")), "a", "refused", 2, 0, SAID_CHANGED,
		R("\"unheard\":" G("01") ",\"a\":" S("refused", "02"))},
	/* renewed: `since` is kept */
	{R("\"a\":" G("01")), "a", "given", 9, 0, SAID_CHANGED,
		R("\"a\":{\"state\":\"given\",\"at\":" AT(
			"09") ",\"since\":" AT("01") "}")},
	{R("\"a\":{\"state\":\"given\",\"at\":" AT("03") ",\"since\":" AT(
		 "01") ",\"until\":" AT("08") "}"),
		"a", "given", 7, 9, SAID_CHANGED,
		R("\"a\":{\"state\":\"given\",\"at\":" AT(
			"07") ",\"since\":" AT("01") ",\"until\":" AT("09") "}")},
	/* not behind its end, nor behind a refusal or a pause */
	{R("\"a\":{\"state\":\"given\",\"at\":" AT("01") ",\"until\":" AT(
		 "08") "}"),
		"a", "given", 8, 0, SAID_CHANGED, R("\"a\":" G("08"))},
	{R("\"a\":" S("withdrawn", "03")), "a", "given", 4, 0, SAID_CHANGED,
		R("\"a\":" G("04"))},
	{R("\"a\":{\"state\":\"paused\",\"at\":" AT("01") ",\"until\":" AT(
		 "03") "}"),
		"a", "given", 4, 0, SAID_CHANGED, R("\"a\":" G("04"))},
	/* an older word, and two of one time */
	{R("\"a\":" S("withdrawn", "03")), "a", "given", 2, 0, SAID_OLDER,
		NULL},
	{R("\"a\":" S("withdrawn", "03")), "a", "given", 3, 0, SAID_OLDER,
		NULL},
	{R("\"a\":" G("03")), "a", "refused", 2, 0, SAID_OLDER, NULL},
	{R("\"a\":" G("03")), "a", "refused", 3, 0, SAID_CHANGED,
		R("\"a\":" S("refused", "03"))},
	{R("\"a\":" G("03")), "a", "given", 3, 0, SAID_SAME, NULL},
	{R("\"a\":{\"state\":\"given\",\"at\":" AT("03") ",\"until\":" AT(
		 "08") "}"),
		"a", "given", 3, 0, SAID_OLDER, NULL},
	/* "no" is by what stood */
	{R("\"a\":" G("01")), "a", "no", 2, 0, SAID_CHANGED,
		R("\"a\":" S("withdrawn", "02"))},
	{R(""), "a", "no", 2, 0, SAID_CHANGED, R("\"a\":" S("refused", "02"))},
	{R("\"*\":" G("01")), "a", "no", 2, 0, SAID_CHANGED,
		R("\"*\":" G("01") ",\"a\":" S("withdrawn", "02"))},
	/* of all */
	{R("\"a\":" G("01") ",\"b\":" S("refused", "01")), "*", "withdrawn", 2,
		0, SAID_CHANGED,
		R("\"b\":" S("refused", "01") ",\"*\":" S("withdrawn", "02"))},
	{R("\"a\":" G("03")), "*", "withdrawn", 2, 0, SAID_CHANGED,
		R("\"a\":" G("03") ",\"*\":" S("withdrawn", "02"))},
	{R("\"b\":" S("refused", "01")), "*", "given", 2, 0, SAID_CHANGED,
		R("\"b\":" S("refused", "01") ",\"*\":" G("02"))},
	{R("\"*\":" G("02")), "a", "given", 4, 0, SAID_CHANGED,
		R("\"*\":" G("02") ",\"a\":{\"state\":\"given\",\"at\":" AT(
			"04") ",\"since\":" AT("02") "}")},
	{R("\"*\":" G("02")), "a", "given", 1, 0, SAID_OLDER, NULL},
	{R("\"*\":" S("withdrawn", "02")), "a", "given", 1, 0, SAID_OLDER,
		NULL},
	{R("\"*\":" S("withdrawn", "02")), "a", "given", 3, 0, SAID_CHANGED,
		R("\"*\":" S("withdrawn", "02") ",\"a\":" G("03"))},
	{R("\"*\":" S("withdrawn", "02") ",\"a\":" G("03")), "a", "paused", 4,
		9, SAID_CHANGED, R("\"*\":" S("withdrawn", "02"))},
	/* a refusal that comes late cuts off what was before it */
	{R("\"a\":{\"state\":\"given\",\"at\":" AT("05") ",\"since\":" AT(
		 "01") "}"),
		"a", "withdrawn", 3, 0, SAID_CHANGED, R("\"a\":" G("05"))},
	/* a grant that was over with all others does not come back */
	{R("\"a\":" G("01") ",\"*\":" S("withdrawn", "02")), "*", "given", 4, 0,
		SAID_CHANGED, R("\"*\":" G("04"))},
	/* without a time of its own it is of its record's, the fourth */
	{R("\"a\":{\"state\":\"refused\"}"), "a", "given", 3, 0, SAID_OLDER,
		NULL},
	{R("\"a\":{\"state\":\"refused\"}"), "a", "given", 5, 0, SAID_CHANGED,
		R("\"a\":" G("05"))},
	/* the notice of the whole is of what stood there alone */
	{"{\"v\":1,\"notice\":\"n\",\"sig\":\"x\",\"source\":\"cmp\","
	 "\"purposes\":{\"b\":" G("01") "}}",
		"a", "given", 2, 0, SAID_CHANGED,
		"{\"v\":1,\"purposes\":{\"b\":{\"state\":\"given\",\"at\":" AT(
			"01") ",\"notice\":\"n\"},\"a\":" G("02") "},"
								  "\"source\":"
								  "\"cmp\","
								  "\"sig\":"
								  "\"x\"}"},
	{"{\"v\":1,\"notice\":\"n\",\"purposes\":{\"b\":" G("01") "}}", "a",
		"refused", 2, 0, SAID_CHANGED,
		"{\"v\":1,\"purposes\":{\"b\":" G("01") ",\"a\":" S(
			"refused", "02") "},\"notice\":\"n\"}"},
	/* times of what is not named stay as they were written */
	{R("\"b\":{\"state\":\"given\",\"at\":\"2026-05-01T11:00:00.5+02:"
	   "00\"}"),
		"a", "refused", 2, 0, SAID_CHANGED,
		R("\"b\":{\"state\":\"given\",\"at\":\"2026-05-01T11:00:00.5+"
		  "02:"
		  "00\"},\"a\":" S("refused", "02"))},
};

static struct said_word
word(const char *purpose, const char *state, int day, int until)
{
	struct said_word w = {.purpose = slice_of(purpose),
		.no = !strcmp(state, "no"),
		.has_until = until != 0};
	char text[32];

	ck_assert(w.no || ledger_state_find(slice_of(state), &w.state));
	(void)snprintf(text, sizeof(text), "2026-05-%02dT09:00:00Z", day);
	ck_assert(time_parse_rfc3339(slice_of(text), &w.at_ms));
	w.until_ms = w.at_ms + (until - day) * DAY;
	return w;
}

START_TEST(puts_a_word_to_a_record)
{
	const struct example *e = &examples[_i];
	struct said_word w = word(e->purpose, e->state, e->day, e->until);
	struct desk d;

	open_desk(&d);
	read_text(&d, e->before);
	ck_assert_ptr_null(said_word_broken(&w));
	ck_assert_int_eq(put(&d, &w), e->result);
	ck_assert_str_eq(written(&d), e->after ? e->after : e->before);
	close_desk(&d);
}
END_TEST

START_TEST(a_tombstone_ends_the_grants_before_it)
{
	struct said_word w = word("a", "given", 3, 0);
	struct desk d;

	open_desk(&d);
	ck_assert_status(
		said_read(d.reader, (struct slice){0}, &d.arena, &d.said, NULL),
		LETHE_OK);
	ck_assert_int_eq(put(&d, &w), SAID_OLDER);
	w = word("a", "given", 5, 0);
	ck_assert_int_eq(put(&d, &w), SAID_CHANGED);
	close_desk(&d);
}
END_TEST

static const char *const behind[] = {"given", "refused"};

/* Also once a record stands in its place. */
START_TEST(what_takes_a_tombstones_place_remembers_it)
{
	struct said_word w = word("a", behind[_i], 5, 0);
	struct desk d;

	open_desk(&d);
	ck_assert_status(
		said_read(d.reader, (struct slice){0}, &d.arena, &d.said, NULL),
		LETHE_OK);
	ck_assert_int_eq(put(&d, &w), SAID_CHANGED);
	read_text(&d, written(&d));
	w = word("b", "given", 3, 0);
	ck_assert_int_eq(put(&d, &w), SAID_OLDER);
	w = word("*", "given", 3, 0);
	ck_assert_int_eq(put(&d, &w), SAID_OLDER);
	w = word("b", "refused", 3, 0);
	ck_assert_int_eq(put(&d, &w), SAID_CHANGED);
	w = word("c", "given", 5, 0);
	ck_assert_int_eq(put(&d, &w), SAID_CHANGED);
	close_desk(&d);
}
END_TEST

START_TEST(a_malformed_record_is_not_read)
{
	struct desk d;

	open_desk(&d);
	ck_assert_status(
		said_read(d.reader,
			slice_of(R("\"a\":{\"state\":\"given\",\"at\":" AT(
				"01") ",\"untill\":" AT("03") "}")),
			&d.arena, &d.said, NULL),
		LETHE_POISON_CONSENT);
	ck_assert_uint_eq(d.said.count, 0);
	close_desk(&d);
}
END_TEST

static const struct {
	const char *state;
	int day, until;
	bool broken;
} words[] = {
	{"given", 3, 0, false},
	{"given", 3, 4, false},
	{"given", 3, 3, true},
	{"given", 3, 2, true},
	{"paused", 3, 0, true},
	{"paused", 3, 4, false},
	{"refused", 3, 4, true},
	{"no", 3, 4, true},
	{"unknown", 3, 0, false},
};

START_TEST(a_word_has_rules)
{
	struct said_word w =
		word("a", words[_i].state, words[_i].day, words[_i].until);

	ck_assert_int_eq(said_word_broken(&w) != NULL, words[_i].broken);
}
END_TEST

/* ---- a grant under another notice */

#define N(notice) ",\"notice\":\"" notice "\""
#define GN(day, more) "{\"state\":\"given\",\"at\":" AT(day) more "}"
#define SINCE(day) ",\"since\":" AT(day)

static const struct {
	const char *before, *purpose;
	int day;
	const char *notice; /* NULL: none */
	enum said_result result;
	const char *after; /* NULL: as before */
} renewals[] = {
	{R("\"a\":" GN("01", N("n"))), "a", 9, "n", SAID_CHANGED,
		R("\"a\":" GN("09", SINCE("01") N("n")))},
	{R("\"a\":" GN("01", N("n"))), "a", 9, "m", SAID_CHANGED,
		R("\"a\":" GN("09", N("m")))},
	{R("\"a\":" GN("01", N("n"))), "a", 9, NULL, SAID_CHANGED,
		R("\"a\":" G("09"))},
	{R("\"a\":" G("01")), "a", 9, "n", SAID_CHANGED,
		R("\"a\":" GN("09", N("n")))},
	/* that of the record, and that of all */
	{"{\"v\":1,\"purposes\":{\"a\":" G("01") "},\"notice\":\"n\"}", "a", 9,
		"n", SAID_CHANGED,
		"{\"v\":1,\"purposes\":{\"a\":" GN(
			"09", SINCE("01") N("n")) "},\"notice\":\"n\"}"},
	{R("\"*\":" GN("01", N("n"))), "a", 9, "m", SAID_CHANGED,
		R("\"*\":" GN("01", N("n")) ",\"a\":" GN("09", N("m")))},
	/* the same word again, with the notice that was left out */
	{R("\"a\":" GN("09", SINCE("01"))), "a", 9, "n", SAID_CHANGED,
		R("\"a\":" GN("09", N("n")))},
	/* told late, it came between */
	{R("\"a\":" GN("09", SINCE("01") N("n"))), "a", 5, "m", SAID_CHANGED,
		R("\"a\":" GN("09", N("n")))},
	{R("\"a\":" GN("09", SINCE("01") N("n"))), "a", 5, "n", SAID_OLDER,
		NULL},
	{R("\"a\":" GN("09", SINCE("06") N("n"))), "a", 5, "m", SAID_OLDER,
		NULL},
	/* of one purpose, behind the renewal of all: as told in its time */
	{R("\"*\":" GN("09", SINCE("01") N("n"))), "a", 5, "m", SAID_CHANGED,
		R("\"*\":" GN("09", SINCE("01") N("n")) ",\"a\":" GN(
			"05", N("m")))},
	{R("\"*\":" GN("09", SINCE("01") N("n"))), "a", 5, "n", SAID_OLDER,
		NULL},
	{R("\"*\":" GN("09", SINCE("06") N("n"))), "a", 5, "m", SAID_OLDER,
		NULL},
};

START_TEST(a_grant_begins_with_its_notice)
{
	struct said_word w =
		word(renewals[_i].purpose, "given", renewals[_i].day, 0);
	struct desk d;

	if (renewals[_i].notice)
		w.notice = slice_of(renewals[_i].notice);
	open_desk(&d);
	read_text(&d, renewals[_i].before);
	ck_assert_int_eq(put(&d, &w), renewals[_i].result);
	ck_assert_str_eq(written(&d),
		renewals[_i].after ? renewals[_i].after : renewals[_i].before);
	close_desk(&d);
}
END_TEST

/* A grant without an end has that of the policy's max_age. */
static const struct {
	const char *before;
	int day, max_age_days;
	const char *after;
} aged[] = {
	{R("\"a\":" G("01")), 9, 9, R("\"a\":" GN("09", SINCE("01")))},
	{R("\"a\":" G("01")), 9, 8, R("\"a\":" G("09"))},
	{R("\"a\":" GN("04", SINCE("01"))), 9, 6,
		R("\"a\":" GN("09", SINCE("01")))},
	{R("\"a\":" GN("01", ",\"until\":" AT("20"))), 9, 2,
		R("\"a\":" GN("09", SINCE("01")))},
};

START_TEST(a_grant_that_was_too_old_begins_anew)
{
	struct said_word w = word("a", "given", aged[_i].day, 0);
	struct desk d;

	w.max_age_ms = aged[_i].max_age_days * DAY;
	open_desk(&d);
	read_text(&d, aged[_i].before);
	ck_assert_int_eq(put(&d, &w), SAID_CHANGED);
	ck_assert_str_eq(written(&d), aged[_i].after);
	close_desk(&d);
}
END_TEST

/* ---- laws */

static uint32_t
dice(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % sides;
}

static struct said_word
random_word(uint64_t *seed)
{
	static const char *const of[] = {"a", "b", "later", "unheard", "*"};
	static const char *const states[] = {"given", "given", "given", "no",
		"refused", "withdrawn", "expired", "unknown", "paused"};
	const char *state = states[dice(seed, 9)];
	int day = 1 + (int)dice(seed, 8);
	bool ends = !strcmp(state, "paused") ||
		    (!strcmp(state, "given") && dice(seed, 2));

	return word(of[dice(seed, 5)], state, day,
		ends ? day + 1 + (int)dice(seed, 6) : 0);
}

static bool
same_entry(const struct ledger_entry *a, const struct ledger_entry *b)
{
	return a->state == b->state && a->has_at == b->has_at &&
	       a->has_until == b->has_until && a->notice == b->notice &&
	       (!a->has_at || a->at_ms == b->at_ms) &&
	       (!a->has_until || a->until_ms == b->until_ms) &&
	       (a->state != LEDGER_GIVEN || a->since_ms == b->since_ms);
}

/* What the word did to one purpose that it does not name. */
static void
check_others(const struct said_word *w, size_t i, const struct ledger_row *was,
	const struct ledger_row *is)
{
	const struct ledger_entry *a = &was->entries[i], *b = &is->entries[i];

	if (slice_equal(w->purpose, names[i]))
		return;
	if (!slice_is(w->purpose, SAID_ALL))
		ck_assert(same_entry(a, b));
}

/* Whether a grant began then, and nothing that refuses was said until its last
 * word: by the words alone. */
static bool
was_granted_throughout(const struct said_word *words_said, size_t count,
	struct slice purpose, int64_t from_ms, int64_t to_ms)
{
	bool begun = false;

	for (size_t i = 0; i < count; i++) {
		const struct said_word *w = &words_said[i];

		if (!slice_equal(w->purpose, purpose) &&
			!slice_is(w->purpose, SAID_ALL))
			continue;
		if (!w->no && w->state == LEDGER_GIVEN && w->at_ms == from_ms)
			begun = true;
		else if ((w->no || w->state != LEDGER_GIVEN) &&
			 w->state != LEDGER_UNKNOWN && w->at_ms > from_ms &&
			 w->at_ms < to_ms)
			return false;
	}
	return begun;
}

#define HISTORY 12

/*
 * In whatever order words come: what is not named stays as it was; and no
 * grant reaches back over a refusal that was said between, of its purpose or
 * of all.
 */
static const uint64_t seeds[] = {1, 2, 3};

START_TEST(laws_hold_over_random_histories)
{
	uint64_t seed = seeds[_i];
	struct said_word said[HISTORY];
	struct ledger_row was, is;
	struct desk d;

	for (int round = 0; round < 2000; round++) {
		open_desk(&d);
		answers(&d, &was);
		for (size_t n = 0; n < HISTORY; n++) {
			said[n] = random_word(&seed);
			(void)put(&d, &said[n]);
			answers(&d, &is);
			for (size_t i = 0; i < 3; i++) {
				const struct ledger_entry *e = &is.entries[i];

				check_others(&said[n], i, &was, &is);
				if (is.kind != LEDGER_ROW_PRESENT ||
					e->state != LEDGER_GIVEN)
					continue;
				ck_assert(was_granted_throughout(said, n + 1,
					names[i], e->since_ms, e->at_ms));
			}
			was = is;
		}
		close_desk(&d);
	}
}
END_TEST

SUITE("ledger_said", ROWS(puts_a_word_to_a_record, examples),
	TEST(a_tombstone_ends_the_grants_before_it),
	ROWS(what_takes_a_tombstones_place_remembers_it, behind),
	TEST(a_malformed_record_is_not_read), ROWS(a_word_has_rules, words),
	ROWS(a_grant_begins_with_its_notice, renewals),
	ROWS(a_grant_that_was_too_old_begins_anew, aged),
	ROWS(laws_hold_over_random_histories, seeds))
