#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

/*
 * Sealing of quarantined events: one content key a transaction, sealed to
 * every recipient (crypto_box_seal), each payload under XChaCha20-Poly1305
 * with a nonce of its own and the clear part as associated data.
 */

#include "base/buf.h"
#include "crypto/encode.h"
#include "crypto/keypair.h"

#define SEALED_KEY_BYTES 80 /* 32 + crypto_box_SEALBYTES */
#define SEAL_NONCE_BYTES 24
#define SEAL_TAG_BYTES 16
#define SEAL_RECIPIENTS_MAX 16

struct sealer;

/*   recipients   at least one; copied */
LETHE_CHECKED enum lethe_status sealer_new(const struct public_key *recipients,
	size_t count, struct sealer **out, struct lethe_error *err);
void sealer_free(struct sealer *s);

/* A new content key, sealed to every recipient: at each transaction. */
LETHE_CHECKED enum lethe_status
sealer_turn(struct sealer *s, struct lethe_error *err);

/* The content key as sealed to recipient i, and whose it is. */
size_t sealer_recipients(const struct sealer *s);
const uint8_t *sealer_key(
	const struct sealer *s, size_t i, char id[static 2 * KEY_ID_BYTES + 1]);

/* Appends nonce and ciphertext to `out`. */
LETHE_CHECKED enum lethe_status
sealer_seal(struct sealer *s, struct slice clear, struct slice payload,
	struct buf *out, struct lethe_error *err);

/*
 * Opens one payload (nonce and ciphertext) with a recipient's secret key.
 *
 * Fails: LETHE_EKEY when the sealed key is not ours or anything was changed.
 */
LETHE_CHECKED enum lethe_status seal_open(const struct secret_key *secret,
	const uint8_t sealed_key[static SEALED_KEY_BYTES], struct slice clear,
	struct slice sealed, struct buf *out, struct lethe_error *err);

#endif
