#include "crypto/keyed.h"

#include "crypto/secret.h"

#include <sodium.h>

/* Contexts of crypto_kdf: eight bytes, never used for anything else. */
#define CONTEXT_NAME "ledgrow1"
#define CONTEXT_CHECK "ledgchk1"
#define CONTEXT_PRINT "ledgfpr1"

struct keyed {
	uint8_t name[crypto_generichash_KEYBYTES];
	uint8_t check[crypto_shorthash_KEYBYTES];
	uint8_t print[KEYED_PRINT_BYTES];
};

_Static_assert(crypto_kdf_KEYBYTES == KEYED_KEY_BYTES, "length of a key");

enum lethe_status
keyed_new(const uint8_t key[static 32], struct keyed **out,
	struct lethe_error *err)
{
	enum lethe_status status;
	struct keyed *k;
	void *memory;

	*out = NULL;
	status = secret_new(sizeof(*k), &memory, err);
	if (status)
		return status;
	k = memory;
	bug_if(crypto_kdf_derive_from_key(
		k->name, sizeof(k->name), 1, CONTEXT_NAME, key));
	bug_if(crypto_kdf_derive_from_key(
		k->check, sizeof(k->check), 2, CONTEXT_CHECK, key));
	bug_if(crypto_kdf_derive_from_key(
		k->print, sizeof(k->print), 3, CONTEXT_PRINT, key));
	secret_seal(k);
	*out = k;
	return LETHE_OK;
}

void
keyed_free(struct keyed *k)
{
	secret_free(k);
}

void
keyed_name(const struct keyed *k, struct slice text,
	uint8_t out[static KEYED_NAME_BYTES])
{
	bug_if(crypto_generichash(out, KEYED_NAME_BYTES, text.ptr, text.len,
		k->name, sizeof(k->name)));
}

void
keyed_name_of(const struct keyed *k, const struct slice *texts, size_t count,
	uint8_t out[static KEYED_NAME_BYTES])
{
	crypto_generichash_state state;

	bug_if(crypto_generichash_init(
		&state, k->name, sizeof(k->name), KEYED_NAME_BYTES));
	for (size_t i = 0; i < count; i++)
		bug_if(crypto_generichash_update(
			&state, texts[i].ptr, texts[i].len));
	bug_if(crypto_generichash_final(&state, out, KEYED_NAME_BYTES));
	sodium_memzero(&state, sizeof(state));
}

void
keyed_check(const struct keyed *k, struct slice bytes,
	uint8_t out[static KEYED_CHECK_BYTES])
{
	uint8_t whole[crypto_shorthash_BYTES];

	bug_if(crypto_shorthash(whole, bytes.ptr, bytes.len, k->check));
	memcpy(out, whole, KEYED_CHECK_BYTES);
}

void
keyed_print(const struct keyed *k, uint8_t out[static KEYED_PRINT_BYTES])
{
	memcpy(out, k->print, KEYED_PRINT_BYTES);
}
