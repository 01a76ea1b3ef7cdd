#include "suite.h"

#include "crypto/encode.h"
#include "crypto/keyed.h"
#include "crypto/secret.h"

#include <string.h>

/* The key is 00 01 .. 1f; values by Python's hashlib and a SipHash of its own.
 */
static const char text[] = "user:97980cfea0067";
#define NAME "1ff2054c393b5862b449792b5b6bae13"
#define CHECK "cd4e6ab1"
#define PRINT "e844d25d9a12e2f3cc05b1f511bc6e53"

static struct keyed *
keys(uint8_t first)
{
	uint8_t key[KEYED_KEY_BYTES];
	struct keyed *k;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(first + i);
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(keyed_new(key, &k, NULL), LETHE_OK);
	return k;
}

static const char *
hex(const uint8_t *bytes, size_t len)
{
	static char out[2 * KEYED_NAME_BYTES + 1];

	hex_text(bytes, len, out);
	return out;
}

START_TEST(names_checks_and_prints_are_those_of_others)
{
	struct keyed *k = keys(0);
	uint8_t out[KEYED_NAME_BYTES];

	keyed_name(k, slice_of(text), out);
	ck_assert_str_eq(hex(out, KEYED_NAME_BYTES), NAME);
	keyed_check(k, slice_of(text), out);
	ck_assert_str_eq(hex(out, KEYED_CHECK_BYTES), CHECK);
	keyed_print(k, out);
	ck_assert_str_eq(hex(out, KEYED_PRINT_BYTES), PRINT);
	keyed_free(k);
	keyed_free(NULL);
}
END_TEST

START_TEST(a_text_in_parts_has_the_name_of_the_whole)
{
	struct keyed *k = keys(0);
	uint8_t out[KEYED_NAME_BYTES];

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		const struct slice parts[] = {slice_make(text, cut),
			slice_make(text + cut, sizeof(text) - 1 - cut)};

		keyed_name_of(k, parts, 2, out);
		ck_assert_str_eq(hex(out, KEYED_NAME_BYTES), NAME);
	}
	keyed_free(k);
}
END_TEST

START_TEST(another_key_gives_others)
{
	struct keyed *k = keys(1);
	uint8_t out[KEYED_NAME_BYTES];

	keyed_name(k, slice_of(text), out);
	ck_assert_str_ne(hex(out, KEYED_NAME_BYTES), NAME);
	keyed_check(k, slice_of(text), out);
	ck_assert_str_ne(hex(out, KEYED_CHECK_BYTES), CHECK);
	keyed_print(k, out);
	ck_assert_str_ne(hex(out, KEYED_PRINT_BYTES), PRINT);
	keyed_free(k);
}
END_TEST

SUITE("keyed", TEST(names_checks_and_prints_are_those_of_others),
	TEST(a_text_in_parts_has_the_name_of_the_whole),
	TEST(another_key_gives_others))
