#include "crypto/token_own.h"

#include <endian.h>
#include <sodium.h>

#define TOKEN_DIGITS 26 /* of base32 */

static void
hash_within(struct slice outer, struct slice inner,
	const uint8_t key[static TOKEN_KEY_BYTES],
	uint8_t out[static TOKEN_BYTES])
{
	const uint8_t len[4] = {(uint8_t)outer.len, (uint8_t)(outer.len >> 8),
		(uint8_t)(outer.len >> 16), (uint8_t)(outer.len >> 24)};
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, TOKEN_KEY_BYTES, TOKEN_BYTES);
	crypto_generichash_update(&state, len, sizeof(len));
	crypto_generichash_update(&state, outer.ptr, outer.len);
	crypto_generichash_update(&state, inner.ptr, inner.len);
	crypto_generichash_final(&state, out, TOKEN_BYTES);
	sodium_memzero(&state, sizeof(state));
}

static size_t
put_decimal(char *out, uint32_t n)
{
	char digits[10];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	for (size_t i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	return count;
}

/* The `count` digits of the lowest bits of `bits`. */
static void
put_digits(char *out, uint64_t bits, size_t count)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (size_t i = count; i-- > 0; bits >>= 5)
		out[i] = digits[bits & 31];
}

/*
 * RFC 4648 section 6 in lower case, without padding: 60 bits are 12 digits,
 * the last 8 of 128 are two.
 */
static void
put_base32(char out[static TOKEN_DIGITS], const uint8_t in[static TOKEN_BYTES])
{
	uint64_t high, low;

	memcpy(&high, in, sizeof(high));
	memcpy(&low, in + sizeof(high), sizeof(low));
	high = be64toh(high);
	low = be64toh(low);
	put_digits(out, high >> 4, 12);
	put_digits(out + 12, high << 56 | low >> 8, 12);
	put_digits(out + 24, low << 2, 2);
}

size_t
token_text(uint32_t epoch, const uint8_t hash[static TOKEN_BYTES], char *out)
{
	size_t len = put_decimal(out, epoch);

	out[len++] = '_';
	put_base32(out + len, hash);
	return len + TOKEN_DIGITS;
}

size_t
token_make(const struct token_keys *k, struct token_days *days,
	const struct token_of *of, char out[static TOKEN_TEXT_MAX])
{
	size_t cell = of->epoch * k->class_count + of->class;
	size_t len = of->prefix.len;
	uint8_t hash[TOKEN_BYTES];
	const uint8_t *key;

	bug_if(of->epoch >= k->epoch_count || of->class >= k->class_count);
	bug_if(!k->used[cell] || len > TOKEN_PREFIX_MAX);
	key = of->day == TOKEN_NO_DAY ? k->keys[cell]
				      : token_day_key(days, of, k->keys[cell]);
	if (of->outer.ptr)
		hash_within(of->outer, of->inner, key, hash);
	else
		crypto_generichash(hash, sizeof(hash), of->inner.ptr,
			of->inner.len, key, TOKEN_KEY_BYTES);
	memcpy(out, of->prefix.ptr, len);
	return len + token_text(k->epochs[of->epoch].number, hash, out + len);
}
