/* Many words at once: in the order of their times, with an entry each. */

#include "suite.h"

#include "consent/ledger/batch.h"
#include "crypto/secret.h"
#include "text/time.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1777890000000) /* 2026-05-04T10:20:00Z */
#define DAY INT64_C(86400000)

struct told {
	struct buf
		text; /* "key value\n" of records, "+key value\n" of entries */
};

static enum lethe_status
put(struct told *t, const char *mark, struct slice key, struct slice value)
{
	buf_printf(&t->text, "%s%.*s %.*s\n", mark, (int)key.len,
		(const char *)key.ptr, (int)value.len, (const char *)value.ptr);
	return LETHE_OK;
}

static enum lethe_status
tell_record(void *ctx, struct slice key, struct slice value,
	struct lethe_error *err)
{
	(void)err;
	return put(ctx, "", key, value);
}

static enum lethe_status
tell_entry(void *ctx, struct slice key, struct slice value,
	struct lethe_error *err)
{
	(void)err;
	return put(ctx, "+", key, value);
}

static struct said_batch *
batch(void)
{
	struct said_batch *b;

	ck_assert_status(said_batch_new(7, &b, NULL), LETHE_OK);
	return b;
}

static void
add(struct said_batch *b, const char *key, const char *purpose, bool no,
	int day)
{
	struct said_word w = {.purpose = slice_of(purpose),
		.state = LEDGER_GIVEN,
		.no = no,
		.at_ms = NOW + day * DAY,
		.source = slice_of("t")};

	ck_assert_status(said_batch_add(b, slice_of(key), &w, NULL), LETHE_OK);
}

static const char *
tell(struct said_batch *b, struct told *t, struct said_counts *counts)
{
	const struct said_sink sink = {t, tell_record, tell_entry};

	buf_init(&t->text, 0);
	for (size_t i = 0; i < said_batch_subjects(b); i++)
		ck_assert_status(
			said_batch_tell(b, i, NOW, &sink, counts, NULL),
			LETHE_OK);
	buf_put_byte(&t->text, '\0');
	return (const char *)t->text.ptr;
}

#define AT(day) "\"2026-05-" day "T10:20:00Z\""
#define ENTRY(key, purpose, was, is) \
	"+" key " {\"v\":1,\"at\":\"2026-05-04T10:20:00.000Z\",\"by\":\"t\"," \
	"\"purpose\":\"" purpose "\",\"was\":" was ",\"is\":" is "}\n"
#define GIVEN "{\"state\":\"given\",\"at\":" AT("01") "}"
#define RENEWED \
	"{\"state\":\"given\",\"at\":" AT("03") ",\"since\":" AT("01") "}"

START_TEST(words_go_in_the_order_of_their_times)
{
	struct said_counts counts = {0};
	struct said_batch *b = batch();
	struct told t;

	add(b, "user:a", "p", false, -1);
	add(b, "user:b", "p", true, -1);
	add(b, "user:a", "p", false, -3);
	said_batch_close(b);
	ck_assert_str_eq(tell(b, &t, &counts),
		"user:a {\"v\":1,\"purposes\":{\"p\":" RENEWED
		"},\"source\":\"t\"}\n" ENTRY("user:a", "p", "null",
			GIVEN) ENTRY("user:a", "p", GIVEN,
			RENEWED) "user:b "
				 "{\"v\":1,\"purposes\":{\"p\":{\"state\":"
				 "\"refused\","
				 "\"at\":" AT(
					 "03") "}},\"source\":\"t\"}"
					       "\n" ENTRY("user:b", "p", "null",
						       "{\"state\":"
						       "\"refused\","
						       "\"at\":" AT("03") "}"));
	ck_assert_uint_eq(counts.changed, 3);
	ck_assert_uint_eq(counts.records, 2);
	buf_fini(&t.text);
	said_batch_free(b);
}
END_TEST

static void
hear(struct said_batch *b, const char *key, const char *value)
{
	struct slice v = value ? slice_of(value) : (struct slice){0};

	ck_assert_status(
		said_batch_hear(b, slice_of(key), v, NOW - 2 * DAY, NULL),
		LETHE_OK);
}

/* A record, a word (no: of all), and what is counted: c, s, o, u. */
static const struct {
	const char *record;
	bool all;
	int day;
	char counted;
} heard[] = {
	{"{\"v\":1,\"purposes\":{}}", false, -1, 'c'},
	{"{\"v\":1,\"purposes\":{\"p\":{\"state\":\"given\",\"at\":" AT(
		 "03") "}}}",
		false, -1, 's'},
	{"{\"v\":1,\"purposes\":{\"p\":{\"state\":\"withdrawn\"}}}", false, -3,
		'o'},
	{NULL, false, -3, 'o'}, /* a tombstone of the second */
	{NULL, false, -1, 'c'},
	{"{\"v\":1}", false, -1, 'u'},
	{"{\"v\":1}", true, -1, 'c'},
	{"", true, -1, 'c'},
	{"", false, -1, 'u'},
};

START_TEST(what_stands_is_heard)
{
	struct said_counts c = {0};
	struct said_batch *b = batch();
	struct told t;

	add(b, "user:a", heard[_i].all ? "*" : "p", heard[_i].all,
		heard[_i].day);
	said_batch_close(b);
	hear(b, "user:other", "{}");
	hear(b, "user:a", "{\"v\":1,\"purposes\":{\"gone\":{}}}");
	hear(b, "user:a", heard[_i].record);
	(void)tell(b, &t, &c);
	ck_assert_uint_eq(c.changed, heard[_i].counted == 'c');
	ck_assert_uint_eq(c.same, heard[_i].counted == 's');
	ck_assert_uint_eq(c.older, heard[_i].counted == 'o');
	ck_assert_uint_eq(c.unreadable, heard[_i].counted == 'u');
	ck_assert_int_eq(t.text.len > 1, heard[_i].counted == 'c');
	buf_fini(&t.text);
	said_batch_free(b);
}
END_TEST

/* ---- where grants must be signed */

static const struct slice names[] = {
	{(const uint8_t *)"p", 1},
	{(const uint8_t *)"q", 1},
};

struct signing {
	struct signing_key *key;
	uint8_t signer[1][32];
	struct ledger_layout layout;
	struct ledger_decoder *decoder;
	struct buf record; /* the last that was written */
	struct told told;
	struct said_counts counts;
};

static void
open_signing(struct signing *s)
{
	struct verify_key verify;

	*s = (struct signing){
		.layout = {.purposes = names, .purpose_count = 2}};
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(
		signing_key_generate(&s->key, &verify, NULL), LETHE_OK);
	memcpy(s->signer[0], verify.bytes, 32);
	s->layout.signers = (const uint8_t(*)[32])s->signer;
	s->layout.signer_count = 1;
	ck_assert_status(
		ledger_decoder_new(&s->layout, 3, &s->decoder, NULL), LETHE_OK);
	buf_init(&s->record, 0);
}

static void
close_signing(struct signing *s)
{
	signing_key_free(s->key);
	ledger_decoder_free(s->decoder);
	buf_fini(&s->record);
}

static enum lethe_status
keep_record(void *ctx, struct slice key, struct slice value,
	struct lethe_error *err)
{
	struct signing *s = ctx;

	(void)key;
	(void)err;
	buf_reset(&s->record);
	buf_put_slice(&s->record, value);
	return LETHE_OK;
}

static enum lethe_status
drop_entry(void *ctx, struct slice key, struct slice value,
	struct lethe_error *err)
{
	(void)ctx;
	(void)key;
	(void)value;
	(void)err;
	return LETHE_OK;
}

/* One word to what was written last; "p given" is what each answers then. */
static const char *
say(struct signing *s, bool with_key, const char *purpose, bool no, int day)
{
	const struct said_sink sink = {s, keep_record, drop_entry};
	struct said_batch *b = batch();
	struct ledger_row row;
	static char text[64];

	add(b, "user:a", purpose, no, day);
	said_batch_sign(b, s->layout.signers, 1, with_key ? s->key : NULL);
	said_batch_close(b);
	s->counts = (struct said_counts){0};
	if (s->record.len)
		ck_assert_status(said_batch_hear(b, slice_of("user:a"),
					 buf_slice(&s->record), NOW, NULL),
			LETHE_OK);
	ck_assert_status(
		said_batch_tell(b, 0, NOW, &sink, &s->counts, NULL), LETHE_OK);
	said_batch_free(b);
	ck_assert_status(ledger_decode_of(s->decoder, slice_of("user:a"),
				 buf_slice(&s->record), &row, NULL),
		LETHE_OK);
	(void)snprintf(text, sizeof(text), "%s %s",
		ledger_state_name(row.entries[0].state),
		ledger_state_name(row.entries[1].state));
	return text;
}

START_TEST(grants_are_signed_and_stay_so_beside_a_refusal)
{
	struct signing s;

	open_signing(&s);
	ck_assert_str_eq(say(&s, true, "p", false, -3), "given unknown");
	ck_assert_str_eq(say(&s, false, "q", true, -3), "given refused");
	ck_assert_uint_eq(s.counts.unsigned_grants, 0);
	ck_assert_str_eq(say(&s, true, "q", false, -2), "given given");
	/* One of two is withdrawn without a key: the other must be signed
	   again, and is none until then. */
	ck_assert_str_eq(say(&s, false, "p", true, -1), "withdrawn malformed");
	ck_assert_uint_eq(s.counts.unsigned_grants, 1);
	/* Who holds a key makes no grant of what nobody signed. */
	ck_assert_str_eq(say(&s, true, "p", false, 0), "given withdrawn");
	ck_assert_uint_eq(s.counts.revoked, 1);
	ck_assert_uint_eq(s.counts.changed, 1);
	close_signing(&s);
}
END_TEST

START_TEST(with_a_key_one_of_two_is_withdrawn)
{
	struct signing s;

	open_signing(&s);
	(void)say(&s, true, "p", false, -3);
	(void)say(&s, true, "q", false, -2);
	ck_assert_str_eq(say(&s, true, "p", true, -1), "withdrawn given");
	ck_assert_uint_eq(s.counts.unsigned_grants, 0);
	close_signing(&s);
}
END_TEST

#define MANY 3000

START_TEST(holds_many_subjects)
{
	struct said_counts c = {0};
	struct said_batch *b = batch();
	struct told t;
	char key[32];

	for (int i = 0; i < 2 * MANY; i++) {
		(void)snprintf(key, sizeof(key), "user:%d", i % MANY);
		add(b, key, "p", i < MANY, i < MANY ? -2 : -1);
	}
	said_batch_close(b);
	ck_assert_uint_eq(said_batch_subjects(b), MANY);
	(void)tell(b, &t, &c);
	ck_assert_uint_eq(c.changed, 2 * MANY);
	ck_assert_uint_eq(c.records, MANY);
	buf_fini(&t.text);
	said_batch_free(b);
}
END_TEST

SUITE("ledger_batch", TEST(words_go_in_the_order_of_their_times),
	ROWS(what_stands_is_heard, heard), TEST(holds_many_subjects),
	TEST(grants_are_signed_and_stay_so_beside_a_refusal),
	TEST(with_a_key_one_of_two_is_withdrawn))
