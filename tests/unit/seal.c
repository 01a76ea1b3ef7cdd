#include "suite.h"

#include "crypto/seal.h"
#include "crypto/secret.h"

#include <string.h>

struct kit {
	struct secret_key *first, *second, *stranger;
	struct public_key public[2];
	struct sealer *sealer;
	struct buf sealed, out;
};

static const char clear_text[] = "{\"v\":1,\"reason\":\"too_deep\"";
static const char payload_text[] = "{\"key\":null,\"value\":\"e30=\"}";
#define CLEAR slice_of(clear_text)
#define PAYLOAD slice_of(payload_text)

static void
kit_init(struct kit *k)
{
	struct public_key unused;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->first, &k->public[0], NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->second, &k->public[1], NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->stranger, &unused, NULL), LETHE_OK);
	ck_assert_status(sealer_new(k->public, 2, &k->sealer, NULL), LETHE_OK);
	ck_assert_status(sealer_turn(k->sealer, NULL), LETHE_OK);
	buf_init(&k->sealed, 0);
	buf_init(&k->out, 0);
	ck_assert_status(
		sealer_seal(k->sealer, CLEAR, PAYLOAD, &k->sealed, NULL),
		LETHE_OK);
}

static void
kit_fini(struct kit *k)
{
	sealer_free(k->sealer);
	secret_key_free(k->first);
	secret_key_free(k->second);
	secret_key_free(k->stranger);
	buf_fini(&k->sealed);
	buf_fini(&k->out);
}

START_TEST(opens_for_each_recipient)
{
	char id[2 * KEY_ID_BYTES + 1], expected[2 * KEY_ID_BYTES + 1];
	struct kit k;

	kit_init(&k);
	ck_assert_uint_eq(sealer_recipients(k.sealer), 2);
	for (size_t i = 0; i < 2; i++) {
		buf_reset(&k.out);
		ck_assert_status(seal_open(i ? k.second : k.first,
					 sealer_key(k.sealer, i, id), CLEAR,
					 buf_slice(&k.sealed), &k.out, NULL),
			LETHE_OK);
		ck_assert(slice_equal(buf_slice(&k.out), PAYLOAD));
		public_key_id(&k.public[i], expected);
		ck_assert_str_eq(id, expected);
	}
	kit_fini(&k);
}
END_TEST

START_TEST(opens_for_nobody_else)
{
	char id[2 * KEY_ID_BYTES + 1];
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	ck_assert_status(seal_open(k.stranger, sealer_key(k.sealer, 0, id),
				 CLEAR, buf_slice(&k.sealed), &k.out, &err),
		LETHE_EKEY);
	ck_assert_status(seal_open(k.first, sealer_key(k.sealer, 1, id), CLEAR,
				 buf_slice(&k.sealed), &k.out, &err),
		LETHE_EKEY);
	ck_assert_uint_eq(k.out.len, 0);
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_each_changed_bit)
{
	char id[2 * KEY_ID_BYTES + 1], clear[sizeof(clear_text)];
	uint8_t key[SEALED_KEY_BYTES];
	struct kit k;

	kit_init(&k);
	memcpy(key, sealer_key(k.sealer, 0, id), sizeof(key));
	memcpy(clear, clear_text, sizeof(clear));
	for (size_t i = 0; i < 8 * k.sealed.len; i++) {
		k.sealed.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_status(seal_open(k.first, key, CLEAR,
					 buf_slice(&k.sealed), &k.out, NULL),
			LETHE_EKEY);
		k.sealed.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* Bit 255 of a sealed key's own public key says nothing (RFC 7748). */
	for (size_t i = 0; i < 8 * sizeof(key); i++) {
		if (i == 255)
			continue;
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_status(seal_open(k.first, key, CLEAR,
					 buf_slice(&k.sealed), &k.out, NULL),
			LETHE_EKEY);
		key[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < strlen(clear); i++) {
		clear[i] ^= 1;
		ck_assert_status(seal_open(k.first, key, slice_of(clear),
					 buf_slice(&k.sealed), &k.out, NULL),
			LETHE_EKEY);
		clear[i] ^= 1;
	}
	ck_assert_uint_eq(k.out.len, 0);
	ck_assert_status(seal_open(k.first, key, slice_of(clear),
				 buf_slice(&k.sealed), &k.out, NULL),
		LETHE_OK);
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_each_beginning)
{
	char id[2 * KEY_ID_BYTES + 1];
	struct kit k;

	kit_init(&k);
	for (size_t len = 0; len < k.sealed.len; len++)
		ck_assert_status(
			seal_open(k.first, sealer_key(k.sealer, 0, id), CLEAR,
				slice_make(k.sealed.ptr, len), &k.out, NULL),
			LETHE_EKEY);
	kit_fini(&k);
}
END_TEST

START_TEST(never_seals_twice_alike)
{
	uint8_t before[SEALED_KEY_BYTES];
	char id[2 * KEY_ID_BYTES + 1];
	struct buf again;
	struct kit k;

	kit_init(&k);
	buf_init(&again, 0);
	ck_assert_status(
		sealer_seal(k.sealer, CLEAR, PAYLOAD, &again, NULL), LETHE_OK);
	ck_assert_uint_eq(again.len,
		strlen(payload_text) + SEAL_NONCE_BYTES + SEAL_TAG_BYTES);
	ck_assert(!slice_equal(buf_slice(&again), buf_slice(&k.sealed)));
	memcpy(before, sealer_key(k.sealer, 0, id), sizeof(before));
	ck_assert_status(sealer_turn(k.sealer, NULL), LETHE_OK);
	ck_assert_int_ne(memcmp(before, sealer_key(k.sealer, 0, id), 80), 0);
	ck_assert_status(seal_open(k.first, sealer_key(k.sealer, 0, id), CLEAR,
				 buf_slice(&again), &k.out, NULL),
		LETHE_EKEY);
	ck_assert_status(seal_open(k.first, before, CLEAR, buf_slice(&again),
				 &k.out, NULL),
		LETHE_OK);
	buf_fini(&again);
	kit_fini(&k);
}
END_TEST

START_TEST(needs_a_recipient)
{
	struct public_key many[SEAL_RECIPIENTS_MAX + 1] = {0};
	struct sealer *s;

	ck_assert_status(sealer_new(many, 0, &s, NULL), LETHE_ERING);
	ck_assert_status(sealer_new(many, SEAL_RECIPIENTS_MAX + 1, &s, NULL),
		LETHE_ERING);
	/* All noughts: a point that everybody can open. */
	ck_assert_status(sealer_new(many, 1, &s, NULL), LETHE_OK);
	ck_assert_status(sealer_turn(s, NULL), LETHE_EKEY);
	sealer_free(s);
}
END_TEST

static const struct {
	const char *bytes, *url, *padded;
} base64s[] = {
	{"", "", ""},
	{"f", "Zg", "Zg=="},
	{"fo", "Zm8", "Zm8="},
	{"foo", "Zm9v", "Zm9v"},
	{"\xfb\xff\xfe", "-__-", "+//+"},
};

/* RFC 4648 section 10, and the two digits in which the alphabets differ. */
START_TEST(writes_base64_in_both_alphabets)
{
	struct buf out;

	buf_init(&out, 0);
	base64_put(&out, slice_of(base64s[_i].bytes));
	ck_assert(slice_is(buf_slice(&out), base64s[_i].url));
	buf_reset(&out);
	base64_put_padded(&out, slice_of(base64s[_i].bytes));
	ck_assert(slice_is(buf_slice(&out), base64s[_i].padded));
	buf_reset(&out);
	ck_assert(base64_get(slice_of(base64s[_i].url), &out));
	ck_assert(slice_is(buf_slice(&out), base64s[_i].bytes));
	buf_fini(&out);
}
END_TEST

static const char *const not_base64[] = {"Z", "Zh", "Zg==", "Zm9",
	"Zm9v=", "+//+", "Zg ", " Zg", "Z\ng", "Zm9\x80", "\xfem9v",
	"Zm\xc3\xa4"};

START_TEST(refuses_base64_of_another_form)
{
	uint8_t three[3];
	struct buf out;

	buf_init(&out, 0);
	ck_assert(!base64_get(slice_of(not_base64[_i]), &out));
	ck_assert_uint_eq(out.len, 0);
	ck_assert(!base64_get_padded(slice_of(not_base64[_i]), &out) ||
		  strpbrk(not_base64[_i], "=+/"));
	ck_assert(
		!base64_bytes(slice_of(not_base64[_i]), three, sizeof(three)));
	buf_fini(&out);
}
END_TEST

SUITE("seal", TEST(opens_for_each_recipient), TEST(opens_for_nobody_else),
	TEST(refuses_each_changed_bit), TEST(refuses_each_beginning),
	TEST(never_seals_twice_alike), TEST(needs_a_recipient),
	ROWS(writes_base64_in_both_alphabets, base64s),
	ROWS(refuses_base64_of_another_form, not_base64))
