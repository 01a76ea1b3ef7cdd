#ifndef CRYPTO_KEYPAIR_H
#define CRYPTO_KEYPAIR_H

/*
 * Key pairs of recipients (X25519) and their files.  A secret key file is
 * refused when others may read it, or group or others write it; one readable
 * by its group only when root owns it, as Kubernetes mounts secrets.
 */

#include "base/error.h"
#include "base/slice.h"

#define PUBLIC_KEY_BYTES 32
#define KEY_ID_BYTES 8 /* first bytes of a BLAKE2b of the public key */

struct public_key {
	uint8_t bytes[PUBLIC_KEY_BYTES];
};

struct secret_key; /* in guarded memory */

LETHE_CHECKED enum lethe_status keypair_generate(struct secret_key **secret,
	struct public_key *public, struct lethe_error *err);

/* Writes a new secret key file of mode 0600; never over an old one. */
LETHE_CHECKED enum lethe_status secret_key_write(const char *path,
	const struct secret_key *secret, struct lethe_error *err);
LETHE_CHECKED enum lethe_status public_key_write(const char *path,
	const struct public_key *public, struct lethe_error *err);

/*
 * Opens a secret key.
 *
 *   where   a file's path, or `fd:N` for an inherited descriptor
 *
 * Fails: LETHE_EKEY naming the rule broken (mode, owner, form, length).
 */
LETHE_CHECKED enum lethe_status secret_key_open(
	const char *where, struct secret_key **out, struct lethe_error *err);
LETHE_CHECKED enum lethe_status public_key_open(
	const char *path, struct public_key *out, struct lethe_error *err);
void secret_key_free(struct secret_key *k);

/* Between two uses of a key that is kept: secret_hide, secret_show. */
void secret_key_hide(struct secret_key *k);
void secret_key_show(struct secret_key *k);

/* The public half. */
const struct public_key *secret_key_public(const struct secret_key *k);

/* For the room alone: the 32 bytes of X25519, in guarded memory. */
const uint8_t *secret_key_bytes(const struct secret_key *k);

/* Whether it is a point that sealing works for, in its one spelling. */
bool public_key_usable(const struct public_key *k);

/* Hex of the key id, for people and for matching; NUL-terminated. */
void public_key_id(
	const struct public_key *k, char out[static 2 * KEY_ID_BYTES + 1]);

#endif
