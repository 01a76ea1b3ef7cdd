#include "suite.h"

#include "crypto/ring/form.h"
#include "crypto/ring/life.h"
#include "crypto/secret.h"
#include "crypto/statement.h"

#include <string.h>

/* What signers say of a policy: its form to the bit, and who may follow whom.
 */

#define FROM INT64_C(1777890000000)

static const struct statement_file six = {
	"shop", 6, {(const uint8_t *)"six", 3}};
static const struct statement_file seven = {
	"shop", 7, {(const uint8_t *)"seven", 5}};

struct kit {
	struct signing_key *keys[4];
	struct public_key public[4];
	struct ring *ring; /* 2 of the first three sign policies */
};

static void
kit_init(struct kit *k)
{
	struct secret_key *secret;
	struct public_key public;
	struct verify_key verify;
	struct ring *fresh;
	struct slice text;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_status(
			signing_key_generate(&k->keys[i], &verify, NULL),
			LETHE_OK);
		memcpy(k->public[i].bytes, verify.bytes, VERIFY_KEY_BYTES);
	}
	ck_assert_status(keypair_generate(&secret, &public, NULL), LETHE_OK);
	ck_assert_status(
		ring_create(&public, &public, FROM, &fresh, NULL), LETHE_OK);
	ck_assert_status(ring_text(fresh, &text, NULL), LETHE_OK);
	ck_assert_status(ring_parse(text, &k->ring, NULL), LETHE_OK);
	ck_assert_status(
		ring_set_policy_signers(k->ring, k->public, 3, 2, FROM, NULL),
		LETHE_OK);
	ring_free(fresh);
	secret_key_free(secret);
}

static void
kit_fini(struct kit *k)
{
	for (size_t i = 0; i < 4; i++)
		signing_key_free(k->keys[i]);
	ring_free(k->ring);
}

static struct statement
made(const struct kit *k, unsigned who)
{
	struct statement s;

	ck_assert_status(
		statement_make(&s, &seven, &six, FROM, NULL), LETHE_OK);
	for (size_t i = 0; i < 4; i++)
		if (who >> i & 1)
			ck_assert_status(
				statement_sign(&s, k->keys[i], NULL), LETHE_OK);
	return s;
}

/* The words by which a refusal may name where it is wrong. */
static bool
names_a_field(const char *what)
{
	static const char *const fields[] = {"`lethe-policy-signatures`",
		"`policy`", "`revision`", "`digest`", "`previous`",
		"`effective`", "`signature`"};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (strstr(what, fields[i]))
			return true;
	return false;
}

static void
refused(struct slice text)
{
	struct lethe_error err = {0};
	struct statement s;

	ck_assert_status(statement_parse(text, &s, &err), LETHE_EPOLICY);
	if (!names_a_field(err.what))
		ck_abort_msg("names no field: %s", err.what);
	ck_assert_int_eq(s.revision, 0);
	ck_assert_uint_eq(s.signature_count, 0);
}

START_TEST(every_bit_counts)
{
	struct statement s, again;
	struct kit k;
	struct buf text;

	kit_init(&k);
	s = made(&k, 3);
	buf_init(&text, 0);
	statement_put(&s, &text);
	ck_assert_status(
		statement_parse(buf_slice(&text), &again, NULL), LETHE_OK);
	ck_assert_int_eq(again.revision, 7);
	ck_assert_int_eq(again.effective_ms, FROM);
	ck_assert_str_eq(again.policy, "shop");
	ck_assert_uint_eq(again.signature_count, 2);
	for (size_t i = 0; i < text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			text.ptr[i] ^= (uint8_t)(1u << bit);
			refused(buf_slice(&text));
			text.ptr[i] ^= (uint8_t)(1u << bit);
		}
	buf_fini(&text);
	kit_fini(&k);
}
END_TEST

/* A whole signature less is a statement that fewer have signed. */
START_TEST(every_end_counts)
{
	struct statement s, again;
	struct kit k;
	struct buf text;
	size_t lines = 0;

	kit_init(&k);
	s = made(&k, 3);
	buf_init(&text, 0);
	statement_put(&s, &text);
	for (size_t n = 0; n < text.len; n++) {
		lines += n && text.ptr[n - 1] == '\n';
		if (n && text.ptr[n - 1] == '\n' && lines > 6) {
			ck_assert_status(
				statement_parse(
					slice_make(text.ptr, n), &again, NULL),
				LETHE_OK);
			ck_assert_status(statement_verify(&again, k.ring, NULL),
				LETHE_EPOLICY);
		} else {
			refused(slice_make(text.ptr, n));
		}
	}
	buf_put_byte(&text, '\n');
	refused(buf_slice(&text));
	buf_fini(&text);
	kit_fini(&k);
}
END_TEST

/* Texts that differ from the canonical one in one word. */
static const struct {
	const char *was, *is;
} forms[] = {
	{"signatures 1\n", "signatures 2\n"},
	{"signatures 1\n", "signatures 1 \n"},
	{"policy shop\n", "policy Shop\n"},
	{"policy shop\n", "policy 1shop\n"},
	{"policy shop\n", "policy \n"},
	{"revision 7\n", "revision 07\n"},
	{"revision 7\n", "revision +7\n"},
	{"revision 7\n", "revision 0\n"},
	{"revision 7\n", "revision 9999999999\n"},
	{"revision 7\n", "revision 7 8\n"},
	{"revision 7\n", "revision  7\n"},
	{"revision 7\n", "revision 7\r\n"},
	{"revision 7\n", ""},
	{"revision 7\n", "revision 7\nrevision 7\n"},
	{"digest ", "digest 00"},
	{"digest ", "Digest "},
	{"previous ", "previous none "},
	{"effective 1", "effective -1"},
	{"effective 1", "effective 9999999999"},
	{"effective 1", "effective 1."},
	{"signature ", "signatures "},
};

START_TEST(one_form)
{
	struct statement s;
	struct kit k;
	struct buf text, changed;
	uint8_t *at;
	size_t len = strlen(forms[_i].was);

	kit_init(&k);
	s = made(&k, 1);
	buf_init(&text, 0);
	buf_init(&changed, 0);
	statement_put(&s, &text);
	at = memmem(text.ptr, text.len, forms[_i].was, len);
	ck_assert_ptr_nonnull(at);
	buf_put(&changed, text.ptr, (size_t)(at - text.ptr));
	buf_put_text(&changed, forms[_i].is);
	buf_put(&changed, at + len, text.len - len - (size_t)(at - text.ptr));
	refused(buf_slice(&changed));
	buf_fini(&text);
	buf_fini(&changed);
	kit_fini(&k);
}
END_TEST

/* Who signed x whether that is enough; the fourth is a stranger. */
static const struct {
	unsigned who;
	size_t counts;
} sets[] = {{0, 0}, {1, 1}, {8, 0}, {1 | 8, 1}, {2 | 8, 1}, {1 | 2, 2},
	{2 | 4, 2}, {1 | 4 | 8, 2}, {1 | 2 | 4, 3}};

START_TEST(threshold)
{
	struct lethe_error err = {0};
	struct statement s;
	struct kit k;

	kit_init(&k);
	s = made(&k, sets[_i].who);
	ck_assert_uint_eq(statement_count(&s, k.ring), sets[_i].counts);
	ck_assert_status(statement_verify(&s, k.ring, &err),
		sets[_i].counts >= 2 ? LETHE_OK : LETHE_EPOLICY);
	if (sets[_i].who & 1)
		ck_assert_status(
			statement_sign(&s, k.keys[0], NULL), LETHE_EUSAGE);
	kit_fini(&k);
}
END_TEST

START_TEST(of_its_file_alone)
{
	static const struct statement_file others[] = {
		{"stop", 7, {(const uint8_t *)"seven", 5}},
		{"shop", 8, {(const uint8_t *)"seven", 5}},
		{"shop", 7, {(const uint8_t *)"Seven", 5}},
		{"shop", 7, {(const uint8_t *)"seven", 4}}};
	static const char *const says[] = {
		"`policy`", "`revision`", "`digest`", "`digest`"};
	struct lethe_error err = {0};
	struct statement s;
	struct kit k;

	kit_init(&k);
	s = made(&k, 3);
	ck_assert_status(statement_is_of(&s, &seven, &err), LETHE_OK);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ck_assert_status(
			statement_is_of(&s, &others[i], &err), LETHE_EPOLICY);
		ck_assert_ptr_nonnull(strstr(err.what, says[i]));
	}
	kit_fini(&k);
}
END_TEST

/* What is in force x whether revision 7, which follows 6, may follow it. */
static const struct {
	int64_t revision;
	const char *text, *says; /* says NULL: it may */
} held[] = {
	{6, "six", NULL},
	{5, "six", NULL}, /* the digest is the word, the number only rises */
	{7, "six", "raise `revision`"},
	{8, "six", "raise `revision`"},
	{7, "seven", "raise `revision`"},
	{6, "sex", "a fork"},
	{6, "six ", "a fork"},
	{5, "five", "a fork"},
};

START_TEST(follows)
{
	const struct statement_file file = {
		"shop", held[_i].revision, slice_of(held[_i].text)};
	struct lethe_error err = {0};
	struct statement s, first;
	struct kit k;

	kit_init(&k);
	s = made(&k, 3);
	ck_assert_status(statement_follows(&s, &file, &err),
		held[_i].says ? LETHE_EPOLICY : LETHE_OK);
	if (held[_i].says)
		ck_assert_ptr_nonnull(strstr(err.what, held[_i].says));
	ck_assert_status(
		statement_make(&first, &seven, NULL, FROM, NULL), LETHE_OK);
	ck_assert(statement_is_first(&first) && !statement_is_first(&s));
	ck_assert_status(statement_follows(&first, &file, &err), LETHE_EPOLICY);
	kit_fini(&k);
}
END_TEST

START_TEST(is_not_made_backwards)
{
	static const struct statement_file other = {
		"stop", 6, {(const uint8_t *)"six", 3}};
	struct statement s;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(
		statement_make(&s, &six, &seven, FROM, NULL), LETHE_EPOLICY);
	ck_assert_status(
		statement_make(&s, &six, &six, FROM, NULL), LETHE_EPOLICY);
	ck_assert_status(
		statement_make(&s, &seven, &other, FROM, NULL), LETHE_EPOLICY);
}
END_TEST

/* Old signers and new may all sign; no more than there is room for. */
START_TEST(is_full_once)
{
	struct statement s, again;
	struct signing_key *key;
	struct verify_key verify;
	struct buf text;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(
		statement_make(&s, &seven, &six, FROM, NULL), LETHE_OK);
	for (size_t i = 0; i <= STATEMENT_SIGNATURES_MAX; i++) {
		ck_assert_status(
			signing_key_generate(&key, &verify, NULL), LETHE_OK);
		ck_assert_status(statement_sign(&s, key, NULL),
			i < STATEMENT_SIGNATURES_MAX ? LETHE_OK : LETHE_EUSAGE);
		signing_key_free(key);
	}
	buf_init(&text, STATEMENT_TEXT_MAX);
	statement_put(&s, &text);
	ck_assert(!text.full);
	ck_assert_status(
		statement_parse(buf_slice(&text), &again, NULL), LETHE_OK);
	ck_assert_uint_eq(again.signature_count, STATEMENT_SIGNATURES_MAX);
	buf_fini(&text);
}
END_TEST

SUITE("statement", TEST(every_bit_counts), TEST(every_end_counts),
	ROWS(one_form, forms), ROWS(threshold, sets), TEST(of_its_file_alone),
	ROWS(follows, held), TEST(is_not_made_backwards), TEST(is_full_once))
