#include "ledger.h"

#include "crypto/encode.h"
#include "crypto/keypair.h"

/* Whose grants count, where a policy says by whom they must be signed. */

#define KEY "user:u-1"
#define GIVEN \
	"\"personalisation\":{\"state\":\"given\"," \
	"\"at\":\"2026-05-01T09:00:00Z\"," \
	"\"until\":\"2027-05-01T00:00:00Z\"}"
#define ANALYTICS \
	"\"analytics\":{\"at\":\"2026-05-02T09:00:00Z\"," \
	"\"notice\":\"banner-8\",\"state\":\"given\"}"
#define REFUSED "\"analytics\":{\"state\":\"refused\"}"
#define RECORD(purposes) \
	"{\"v\":1,\"notice\":\"banner-7\",\"purposes\":{" purposes "}"

struct signing {
	struct signing_key *key;
	struct verify_key verify, stranger;
	uint8_t signers[2][32];
	struct ledger_layout layout;
	struct ledger_decoder *decoder;
	struct buf bytes, record;
	struct ledger_row row;
	struct lethe_error err;
};

static void
open_signing(struct signing *s)
{
	struct signing_key *stranger;

	*s = (struct signing){.layout = two};
	ck_assert_status(crypto_start(&s->err), LETHE_OK);
	ck_assert_status(signing_key_generate(&stranger, &s->stranger, &s->err),
		LETHE_OK);
	signing_key_free(stranger);
	ck_assert_status(
		signing_key_generate(&s->key, &s->verify, &s->err), LETHE_OK);
	memcpy(s->signers[0], s->stranger.bytes, 32);
	memcpy(s->signers[1], s->verify.bytes, 32);
	s->layout.signers = (const uint8_t(*)[32])s->signers;
	s->layout.signer_count = 2;
	ck_assert_status(
		ledger_decoder_new(&s->layout, 7, &s->decoder, &s->err),
		LETHE_OK);
	buf_init(&s->bytes, 0);
	buf_init(&s->record, 0);
}

static void
close_signing(struct signing *s)
{
	ledger_decoder_free(s->decoder);
	signing_key_free(s->key);
	buf_fini(&s->bytes);
	buf_fini(&s->record);
}

static struct slice
bytes_of(struct signing *s, const char *open)
{
	buf_reset(&s->record);
	buf_put_text(&s->record, open);
	buf_put_byte(&s->record, '}');
	buf_reset(&s->bytes);
	ck_assert_status(ledger_signed_bytes(s->decoder, slice_of(KEY),
				 buf_slice(&s->record), &s->bytes, &s->err),
		LETHE_OK);
	return buf_slice(&s->bytes);
}

/* The signature of one record, put on another; both without their end. */
static void
put_signature(struct signing *s, const char *signed_one, const char *record)
{
	uint8_t sig[SIGNATURE_BYTES];

	sign_bytes(s->key, bytes_of(s, signed_one), sig);
	buf_reset(&s->record);
	buf_put_text(&s->record, record);
	buf_put_text(&s->record, ",\"sig\":\"");
	base64_put(&s->record, slice_make(sig, sizeof(sig)));
	buf_put_text(&s->record, "\"}");
}

static const char *
states(struct signing *s, const char *key)
{
	static const char letters[] = "ugrwep!m";
	static char text[3];

	ck_assert_status(ledger_decode_of(s->decoder, slice_of(key),
				 buf_slice(&s->record), &s->row, &s->err),
		LETHE_OK);
	ck_assert_int_eq(s->row.kind, LEDGER_ROW_PRESENT);
	for (int i = 0; i < 2; i++)
		text[i] = letters[s->row.entries[i].state];
	return text;
}

START_TEST(the_bytes_are_those_of_the_docs)
{
	static const char want[] = "lethe-consent 1\n"
				   "key 8:user:u-1\n"
				   "grant 15:personalisation\n"
				   "at 20:2026-05-01T09:00:00Z\n"
				   "until 20:2027-05-01T00:00:00Z\n"
				   "grant 9:analytics\n"
				   "at 20:2026-05-02T09:00:00Z\n"
				   "notice 8:banner-8\n"
				   "told 8:banner-7\n";
	struct signing s;
	struct slice got;

	open_signing(&s);
	got = bytes_of(&s, RECORD(GIVEN "," ANALYTICS));
	ck_assert_uint_eq(got.len, strlen(want));
	ck_assert_mem_eq(got.ptr, want, got.len);
	close_signing(&s);
}
END_TEST

/* The record signed, the record sent, and what its entries become. */
static const struct {
	const char *signed_one, *sent, *key, *states;
} rows[] = {
	{RECORD(GIVEN "," ANALYTICS), RECORD(GIVEN "," ANALYTICS), KEY, "gg"},
	/* Of another subject, purpose, time, notice; a grant added, or gone. */
	{RECORD(GIVEN), RECORD(GIVEN), "user:u-2", "mu"},
	{RECORD(GIVEN), RECORD(ANALYTICS), KEY, "um"},
	{RECORD(GIVEN), RECORD(GIVEN "," ANALYTICS), KEY, "mm"},
	{RECORD(GIVEN "," ANALYTICS), RECORD(GIVEN), KEY, "mu"},
	{RECORD(GIVEN),
		"{\"v\":1,\"notice\":\"banner-8\",\"purposes\":{" GIVEN "}",
		KEY, "mu"},
	{RECORD(GIVEN), "{\"v\":1,\"purposes\":{" GIVEN "}", KEY, "mu"},
	{RECORD(GIVEN),
		RECORD("\"personalisation\":{\"state\":\"given\","
		       "\"at\":\"2026-05-01T09:00:00Z\"}"),
		KEY, "mu"},
	{RECORD(GIVEN),
		RECORD("\"*\":{\"state\":\"given\","
		       "\"at\":\"2026-05-01T09:00:00Z\"}"),
		KEY, "mm"},
	/* Nobody needs a key to refuse, beside grants that are signed. */
	{RECORD(GIVEN), RECORD(GIVEN "," REFUSED), KEY, "gr"},
	{RECORD(GIVEN), RECORD(REFUSED), KEY, "ur"},
	{RECORD(ANALYTICS), RECORD(GIVEN "," REFUSED), KEY, "mr"},
	/* Grants of purposes that the policy does not have are signed too. */
	{RECORD(GIVEN),
		RECORD(GIVEN ",\"other\":{\"state\":\"given\","
			     "\"at\":\"2026-05-01T09:00:00Z\"}"),
		KEY, "mu"},
	/* The order of an entry's members is nobody's. */
	{RECORD(GIVEN),
		RECORD("\"personalisation\":{\"until\":"
		       "\"2027-05-01T00:00:00Z\",\"at\":"
		       "\"2026-05-01T09:00:00Z\",\"state\":\"given\"}"),
		KEY, "gu"},
};

START_TEST(a_grant_counts_as_it_was_signed)
{
	struct signing s;

	open_signing(&s);
	put_signature(&s, rows[_i].signed_one, rows[_i].sent);
	ck_assert_str_eq(states(&s, rows[_i].key), rows[_i].states);
	close_signing(&s);
}
END_TEST

START_TEST(nobody_else_may_sign)
{
	struct signing s;

	open_signing(&s);
	put_signature(&s, RECORD(GIVEN), RECORD(GIVEN));
	ck_assert_str_eq(states(&s, KEY), "gu");
	/* Without its key a record is nobody's. */
	ck_assert_status(
		ledger_decode(s.decoder, buf_slice(&s.record), &s.row, &s.err),
		LETHE_OK);
	ck_assert_int_eq(s.row.entries[0].state, LEDGER_MALFORMED);
	s.layout.signer_count = 1;
	ck_assert_str_eq(states(&s, KEY), "mu");
	s.layout.signer_count = 0;
	ck_assert_str_eq(states(&s, KEY), "gu");
	close_signing(&s);
}
END_TEST

static const char *const sigs[] = {"", ",\"sig\":\"\"", ",\"sig\":\"AAAA\"",
	",\"sig\":"
	"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAAAAAAAAAAAAA\""};

START_TEST(no_signature_is_none)
{
	struct signing s;

	open_signing(&s);
	buf_put_text(&s.record, RECORD(GIVEN "," REFUSED));
	buf_put_text(&s.record, sigs[_i]);
	buf_put_byte(&s.record, '}');
	ck_assert_str_eq(states(&s, KEY), "mr");
	/* A signature of the record before is not kept. */
	put_signature(&s, RECORD(GIVEN), RECORD(GIVEN));
	ck_assert_str_eq(states(&s, KEY), "gu");
	buf_reset(&s.record);
	buf_put_text(&s.record, RECORD(GIVEN));
	buf_put_byte(&s.record, '}');
	ck_assert_str_eq(states(&s, KEY), "mu");
	close_signing(&s);
}
END_TEST

SUITE("ledger_signed", TEST(the_bytes_are_those_of_the_docs),
	ROWS(a_grant_counts_as_it_was_signed, rows), TEST(nobody_else_may_sign),
	ROWS(no_signature_is_none, sigs))
