#include "crypto/keypair/form.h"

#include "crypto/secret.h"

#include <sodium.h>

/* The file holds the seed; the library signs with seed and public half. */
struct signing_key {
	uint8_t seed[crypto_sign_SEEDBYTES];
	uint8_t pair[crypto_sign_SECRETKEYBYTES];
	struct verify_key verify;
};

_Static_assert(SIGNATURE_BYTES == crypto_sign_BYTES, "signature");

bool
verify_key_usable(const struct verify_key *k)
{
	return crypto_core_ed25519_is_valid_point(k->bytes);
}

enum lethe_status
signing_key_generate(struct signing_key **signing, struct verify_key *verify,
	struct lethe_error *err)
{
	struct signing_key *k;
	enum lethe_status status;
	void *memory;

	*signing = NULL;
	*verify = (struct verify_key){0};
	status = secret_new(sizeof(*k), &memory, err);
	if (status != LETHE_OK)
		return status;
	k = memory;
	random_bytes(k->seed, sizeof(k->seed));
	crypto_sign_seed_keypair(k->verify.bytes, k->pair, k->seed);
	secret_seal(k);
	*verify = k->verify;
	*signing = k;
	return LETHE_OK;
}

enum lethe_status
signing_key_write_as(const char *path, const struct signing_key *signing,
	const struct key_protection *protection, bool replace,
	struct lethe_error *err)
{
	return key_file_write(
		KEY_SIGNING, path, signing->seed, protection, replace, err);
}

enum lethe_status
verify_key_write(const char *path, const struct verify_key *verify,
	struct lethe_error *err)
{
	return key_public_write(KEY_VERIFY, path, verify->bytes, err);
}

enum lethe_status
signing_key_open(const char *where, const char *passphrase,
	struct signing_key **out, struct lethe_error *err)
{
	struct signing_key *k;
	enum lethe_status status;
	void *memory;

	*out = NULL;
	status = secret_new(sizeof(*k), &memory, err);
	if (status != LETHE_OK)
		return status;
	k = memory;
	status = key_file_open(KEY_SIGNING, where, passphrase, k->seed, err);
	if (status != LETHE_OK) {
		secret_free(k);
		return status;
	}
	crypto_sign_seed_keypair(k->verify.bytes, k->pair, k->seed);
	secret_seal(k);
	*out = k;
	return LETHE_OK;
}

enum lethe_status
verify_key_open(
	const char *path, struct verify_key *out, struct lethe_error *err)
{
	enum lethe_status status =
		key_public_open(KEY_VERIFY, path, out->bytes, err);

	if (status == LETHE_OK && !verify_key_usable(out))
		status = fail(err, LETHE_EKEY, 0,
			"%.80s: this is no key that signatures can be checked "
			"with",
			path);
	if (status != LETHE_OK)
		*out = (struct verify_key){0};
	return status;
}

void
signing_key_free(struct signing_key *k)
{
	secret_free(k);
}

const struct verify_key *
signing_key_verify(const struct signing_key *k)
{
	return &k->verify;
}

void
sign_bytes(const struct signing_key *k, struct slice bytes,
	uint8_t out[static SIGNATURE_BYTES])
{
	crypto_sign_detached(out, NULL, bytes.ptr, bytes.len, k->pair);
}

bool
verify_bytes(const struct verify_key *k, struct slice bytes,
	const uint8_t signature[static SIGNATURE_BYTES])
{
	return !crypto_sign_verify_detached(
		signature, bytes.ptr, bytes.len, k->bytes);
}

void
verify_key_id(const struct verify_key *k, char out[static 2 * KEY_ID_BYTES + 1])
{
	key_id(k->bytes, out);
}
