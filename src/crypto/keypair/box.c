#include "crypto/keypair/form.h"

#include "crypto/secret.h"

#include <sodium.h>

struct secret_key {
	uint8_t bytes[crypto_box_SECRETKEYBYTES];
	struct public_key public;
};

/* The X25519 points that every secret maps to zero, and doubled spellings. */
bool
public_key_usable(const struct public_key *k)
{
	static const uint8_t scalar[crypto_scalarmult_SCALARBYTES] = {8};
	uint8_t product[crypto_scalarmult_BYTES];

	return !(k->bytes[PUBLIC_KEY_BYTES - 1] & 0x80) &&
	       !crypto_scalarmult(product, scalar, k->bytes);
}

enum lethe_status
keypair_generate(struct secret_key **secret, struct public_key *public,
	struct lethe_error *err)
{
	struct secret_key *k;
	enum lethe_status status;
	void *memory;

	*secret = NULL;
	*public = (struct public_key){0};
	status = secret_new(sizeof(*k), &memory, err);
	if (status != LETHE_OK)
		return status;
	k = memory;
	crypto_box_keypair(k->public.bytes, k->bytes);
	secret_seal(k);
	*public = k->public;
	*secret = k;
	return LETHE_OK;
}

enum lethe_status
secret_key_write(const char *path, const struct secret_key *secret,
	struct lethe_error *err)
{
	return secret_key_write_as(path, secret, NULL, false, err);
}

enum lethe_status
secret_key_write_as(const char *path, const struct secret_key *secret,
	const struct key_protection *protection, bool replace,
	struct lethe_error *err)
{
	return key_file_write(
		KEY_SECRET, path, secret->bytes, protection, replace, err);
}

enum lethe_status
public_key_write(const char *path, const struct public_key *public,
	struct lethe_error *err)
{
	return key_public_write(KEY_PUBLIC, path, public->bytes, err);
}

enum lethe_status
secret_key_open_under(const char *where, const char *passphrase,
	struct secret_key **out, struct lethe_error *err)
{
	struct secret_key *k;
	enum lethe_status status;
	void *memory;

	*out = NULL;
	status = secret_new(sizeof(*k), &memory, err);
	if (status != LETHE_OK)
		return status;
	k = memory;
	status = key_file_open(KEY_SECRET, where, passphrase, k->bytes, err);
	if (status != LETHE_OK) {
		secret_free(k);
		return status;
	}
	crypto_scalarmult_base(k->public.bytes, k->bytes);
	secret_seal(k);
	*out = k;
	return LETHE_OK;
}

enum lethe_status
secret_key_open(
	const char *where, struct secret_key **out, struct lethe_error *err)
{
	return secret_key_open_under(where, NULL, out, err);
}

enum lethe_status
public_key_open(
	const char *path, struct public_key *out, struct lethe_error *err)
{
	enum lethe_status status =
		key_public_open(KEY_PUBLIC, path, out->bytes, err);

	if (status == LETHE_OK && !public_key_usable(out))
		status = fail(err, LETHE_EKEY, 0,
			"%.80s: what is sealed to this key opens for everybody",
			path);
	if (status != LETHE_OK)
		*out = (struct public_key){0};
	return status;
}

void
secret_key_free(struct secret_key *k)
{
	secret_free(k);
}

const struct public_key *
secret_key_public(const struct secret_key *k)
{
	return &k->public;
}

const uint8_t *
secret_key_bytes(const struct secret_key *k)
{
	return k->bytes;
}

void
public_key_id(const struct public_key *k, char out[static 2 * KEY_ID_BYTES + 1])
{
	key_id(k->bytes, out);
}

void
secret_key_hide(struct secret_key *k)
{
	secret_hide(k);
}

void
secret_key_show(struct secret_key *k)
{
	secret_show(k);
}
