#ifndef CRYPTO_KEYPAIR_FORM_H
#define CRYPTO_KEYPAIR_FORM_H

/*
 * The text of a key file: one form a kind, and one way to write it.
 *
 *   lethe-secret-key 1                                in the clear
 *   <32 bytes>
 *
 *   lethe-secret-key 1 argon2id PASSES MEMORY SALT    under a passphrase
 *   <nonce> <sealed>
 *
 *   lethe-public-key 1
 *   <32 bytes>
 *   id <the key's id>
 */

#include "crypto/keypair.h"

#define KEY_BYTES 32
#define KEY_FILE_MAX 512
#define KEY_HEAD_MAX 128
#define LOCK_SALT_BYTES 16
#define LOCK_NONCE_BYTES 24
#define LOCK_SEALED_BYTES (KEY_BYTES + 16)

enum key_kind {
	KEY_SECRET,
	KEY_PUBLIC,
	KEY_SIGNING,
	KEY_VERIFY,
};

/* A secret half under a passphrase, as the file has it. */
struct key_lock {
	uint32_t passes;
	size_t memory_bytes;
	uint8_t salt[LOCK_SALT_BYTES];
	uint8_t nonce[LOCK_NONCE_BYTES];
	uint8_t sealed[LOCK_SEALED_BYTES];
};

struct key_text {
	bool locked;
	uint8_t bytes[KEY_BYTES]; /* of one in the clear */
	struct key_lock lock;	  /* of one that is not */
};

/* "a secret key" */
const char *key_kind_name(enum key_kind kind);

/* Whether a text is, by its first word, a signing key's. */
bool key_text_signs(struct slice text);

/*
 * Reads the text of a secret half; the bounds of what it asks for are held.
 *
 *   where   the place, for errors
 *   out     in guarded memory
 */
LETHE_CHECKED enum lethe_status
key_text_parse(enum key_kind kind, struct slice text, const char *where,
	struct key_text *out, struct lethe_error *err);

/* Writes it, `out` in guarded memory; gives the length. */
size_t key_text_put(enum key_kind kind, const struct key_text *t,
	char out[static KEY_FILE_MAX]);

/* The first line without its end, which a lock covers; gives the length. */
size_t
key_head(enum key_kind kind, const struct key_lock *l, char out[KEY_HEAD_MAX]);

/* A public half: its bytes and its id, not whether it is usable. */
LETHE_CHECKED enum lethe_status
key_public_parse(enum key_kind kind, struct slice text, const char *where,
	uint8_t out[static KEY_BYTES], struct lethe_error *err);
size_t key_public_put(enum key_kind kind, const uint8_t bytes[static KEY_BYTES],
	char out[static KEY_FILE_MAX]);

void key_id(const uint8_t bytes[static KEY_BYTES],
	char out[static 2 * KEY_ID_BYTES + 1]);

/*
 * Takes a key under a passphrase; passes and memory stand in the lock.
 *
 * Fails: LETHE_ENOMEM without the memory that the passphrase needs.
 */
LETHE_CHECKED enum lethe_status
key_lock(enum key_kind kind, const uint8_t key[static KEY_BYTES],
	struct slice passphrase, struct key_lock *l, struct lethe_error *err);

/*
 * Opens it; `out` in guarded memory.
 *
 * Fails: LETHE_EKEY, the same for a wrong passphrase and a changed file.
 */
LETHE_CHECKED enum lethe_status key_unlock(enum key_kind kind,
	const struct key_lock *l, struct slice passphrase, const char *where,
	uint8_t out[static KEY_BYTES], struct lethe_error *err);

/* The file of a secret half, read and opened, written, as keypair.h says. */
LETHE_CHECKED enum lethe_status
key_file_open(enum key_kind kind, const char *where, const char *passphrase,
	uint8_t out[static KEY_BYTES], struct lethe_error *err);
LETHE_CHECKED enum lethe_status key_file_write(enum key_kind kind,
	const char *path, const uint8_t key[static KEY_BYTES],
	const struct key_protection *protection, bool replace,
	struct lethe_error *err);

/* The file of a public half. */
LETHE_CHECKED enum lethe_status
key_public_open(enum key_kind kind, const char *path,
	uint8_t out[static KEY_BYTES], struct lethe_error *err);
LETHE_CHECKED enum lethe_status
key_public_write(enum key_kind kind, const char *path,
	const uint8_t bytes[static KEY_BYTES], struct lethe_error *err);

#endif
