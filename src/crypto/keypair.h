#ifndef CRYPTO_KEYPAIR_H
#define CRYPTO_KEYPAIR_H

/*
 * Key pairs of people and instances, and their files: X25519 (`secret`,
 * `public`) for what is sealed, Ed25519 (`signing`, `verify`) for what is
 * signed.  Files are described to the byte in docs/keys.md.  Each opener
 * refuses the other kinds by name.
 *
 * Secret halves lie in guarded memory, come from any place of crypto/place.h
 * and may stand under a passphrase.
 */

#include "base/error.h"
#include "base/slice.h"

#define PUBLIC_KEY_BYTES 32
#define VERIFY_KEY_BYTES 32
#define KEY_ID_BYTES 8 /* first bytes of a BLAKE2b of the public half */
#define SIGNATURE_BYTES 64

/* What a key's file may ask of the machine that opens it (Argon2id). */
#define KEY_PASSES_MAX 16
#define KEY_MEMORY_LEAST ((size_t)8 << 10)
#define KEY_MEMORY_MAX ((size_t)1 << 30)

struct public_key {
	uint8_t bytes[PUBLIC_KEY_BYTES];
};

struct verify_key {
	uint8_t bytes[VERIFY_KEY_BYTES];
};

struct secret_key;  /* in guarded memory */
struct signing_key; /* in guarded memory */

/* How a secret half is written under a passphrase. */
struct key_protection {
	struct slice passphrase;
	uint32_t passes;     /* 0: the library's `moderate`, 3 */
	size_t memory_bytes; /* 0: the library's `moderate`, 256 MiB */
};

LETHE_CHECKED enum lethe_status keypair_generate(struct secret_key **secret,
	struct public_key *public, struct lethe_error *err);
LETHE_CHECKED enum lethe_status
signing_key_generate(struct signing_key **signing, struct verify_key *verify,
	struct lethe_error *err);

/* Writes a new secret key file of mode 0600; never over an old one. */
LETHE_CHECKED enum lethe_status secret_key_write(const char *path,
	const struct secret_key *secret, struct lethe_error *err);

/*
 * The same, in the clear or under a passphrase.
 *
 *   protection   NULL: in the clear
 *   replace      over the file that is there, whole or not at all
 *
 * Fails: LETHE_ENOMEM naming the memory that the passphrase needs.
 */
LETHE_CHECKED enum lethe_status
secret_key_write_as(const char *path, const struct secret_key *secret,
	const struct key_protection *protection, bool replace,
	struct lethe_error *err);
LETHE_CHECKED enum lethe_status
signing_key_write_as(const char *path, const struct signing_key *signing,
	const struct key_protection *protection, bool replace,
	struct lethe_error *err);

/*
 * Writes the secret or signing key of a file anew under a passphrase, or under
 * another one: whole or not at all.
 *
 *   path       a file itself: no link, no second name
 *   from, to   places of the passphrase of now and of the new one; NULL: asked
 *              on the terminal
 */
LETHE_CHECKED enum lethe_status key_protect(const char *path, const char *from,
	const char *to, struct lethe_error *err);

/* Write a new public half of mode 0644; never over an old one. */
LETHE_CHECKED enum lethe_status public_key_write(const char *path,
	const struct public_key *public, struct lethe_error *err);
LETHE_CHECKED enum lethe_status verify_key_write(const char *path,
	const struct verify_key *verify, struct lethe_error *err);

/*
 * Opens a secret half.
 *
 *   where        a place (crypto/place.h): a path, `fd:N`, `command:…`
 *   passphrase   a place as well; NULL: asked on the terminal when the key
 *                needs one.  Given for a key that needs none: refused
 *
 * Fails: LETHE_EKEY naming the rule broken (mode, owner, form, length,
 * passphrase); LETHE_EUNSUPPORTED of a later form.
 */
LETHE_CHECKED enum lethe_status
secret_key_open_under(const char *where, const char *passphrase,
	struct secret_key **out, struct lethe_error *err);
LETHE_CHECKED enum lethe_status
signing_key_open(const char *where, const char *passphrase,
	struct signing_key **out, struct lethe_error *err);

/* The same without a place for the passphrase. */
LETHE_CHECKED enum lethe_status secret_key_open(
	const char *where, struct secret_key **out, struct lethe_error *err);

LETHE_CHECKED enum lethe_status public_key_open(
	const char *path, struct public_key *out, struct lethe_error *err);
LETHE_CHECKED enum lethe_status verify_key_open(
	const char *path, struct verify_key *out, struct lethe_error *err);
void secret_key_free(struct secret_key *k);   /* NULL allowed */
void signing_key_free(struct signing_key *k); /* NULL allowed */

/* Between two uses of a key that is kept: secret_hide, secret_show. */
void secret_key_hide(struct secret_key *k);
void secret_key_show(struct secret_key *k);

/* The public half. */
const struct public_key *secret_key_public(const struct secret_key *k);
const struct verify_key *signing_key_verify(const struct signing_key *k);

/* For the room alone: the 32 bytes of X25519, in guarded memory. */
const uint8_t *secret_key_bytes(const struct secret_key *k);

/* Ed25519 over the bytes as they are; the same bytes, the same signature. */
void sign_bytes(const struct signing_key *k, struct slice bytes,
	uint8_t out[static SIGNATURE_BYTES]);
LETHE_CHECKED bool verify_bytes(const struct verify_key *k, struct slice bytes,
	const uint8_t signature[static SIGNATURE_BYTES]);

/* Whether it is a point that sealing works for, in its one spelling. */
bool public_key_usable(const struct public_key *k);

/* Whether it is a point of the right order, in its one spelling. */
bool verify_key_usable(const struct verify_key *k);

/* Hex of the key id, for people and for matching; NUL-terminated. */
void public_key_id(
	const struct public_key *k, char out[static 2 * KEY_ID_BYTES + 1]);
void verify_key_id(
	const struct verify_key *k, char out[static 2 * KEY_ID_BYTES + 1]);

#endif
