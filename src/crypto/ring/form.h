#ifndef CRYPTO_RING_FORM_H
#define CRYPTO_RING_FORM_H

/*
 * What a ring is made of; for this folder, token.c and their tests.
 *
 * Nothing is ever taken out of a ring: ids of domains and classes and numbers
 * of epochs count from 1 without a gap, so that the next one is known and none
 * is used twice.
 */

#include "crypto/ring.h"

#define RING_FORMAT 1
#define RING_ALGORITHM \
	"kdf-blake2b token-blake2b-128 seal-x25519-xsalsa20poly1305"
#define RING_TEXT_MAX 1048576
#define RING_NAME_MAX 64
#define RING_NAMES_MAX 1024 /* domains; classes */
#define RING_EPOCHS_MAX 4096
#define RING_RECIPIENTS_MAX 16
#define RING_TIME_MAX 253402300799999 /* the end of the year 9999 */

#define RING_ID_BYTES 16
#define RING_HASH_BYTES 32
#define RING_PLAIN_BYTES (RING_ID_BYTES + 8 + EPOCH_KEY_BYTES)
#define RING_SEALED_BYTES (RING_PLAIN_BYTES + 48)

#define RING_INDEX 0 /* the number under which index_key is sealed */

struct ring_name {
	char text[RING_NAME_MAX + 1];
};

struct ring_recipient {
	enum ring_role role;
	struct public_key key;
};

struct ring_rules {
	uint32_t epoch;
	uint32_t class; /* its id */
	uint8_t digest[DIGEST_BYTES];
};

struct ring_sealed {
	uint32_t epoch;
	size_t recipient;
	uint8_t bytes[RING_SEALED_BYTES];
};

/* The canonical bytes once somebody has seen them: this version is out. */
struct ring_bytes {
	struct buf text;
	uint8_t hash[RING_HASH_BYTES]; /* as in its last line */
	bool seen;
};

struct ring {
	uint8_t id[RING_ID_BYTES];
	char id_text[2 * RING_ID_BYTES + 1];
	uint32_t version;
	uint8_t previous[RING_HASH_BYTES]; /* digest of the version before */

	struct ring_name *domains; /* [i] has id i + 1 */
	size_t domain_count;
	struct ring_name *classes;
	size_t class_count;
	struct ring_recipient *recipients; /* by role, then by key */
	size_t recipient_count;
	struct ring_epoch *epochs; /* [i] has number i + 1 */
	size_t epoch_count;
	struct ring_rules *rules; /* by epoch, then by class */
	size_t rules_count;
	struct ring_sealed *sealed; /* by epoch, then by recipient */
	size_t sealed_count;
	uint8_t index_fingerprint[FINGERPRINT_BYTES];
	struct ring_sealed *index; /* by recipient */
	size_t index_count;

	struct ring_bytes *bytes;
	uint8_t (*keys)[EPOCH_KEY_BYTES]; /* per epoch, guarded; or NULL */
	bool *opened;			  /* per epoch */
};

/* An empty ring; NULL without memory. */
struct ring *ring_new(void);

/* Room for one more element behind `count`; NULL without memory. */
void *ring_grow(void *array, size_t count, size_t size);

bool ring_name_is(struct slice name); /* [a-z][a-z0-9_-]*, at most 64 */

/* crypto_kdf(16, epoch, "tokfngr1", key) */
void ring_fingerprint(const uint8_t key[static EPOCH_KEY_BYTES], uint32_t epoch,
	uint8_t out[static FINGERPRINT_BYTES]);

/* Seals ring id, number and key to every recipient of `runtime`. */
LETHE_CHECKED enum lethe_status ring_seal_key(struct ring *r, uint32_t epoch,
	const uint8_t key[static EPOCH_KEY_BYTES], struct lethe_error *err);

/* The canonical bytes; `hash` is that of all lines before the last. */
void ring_put_text(const struct ring *r, struct buf *out,
	uint8_t hash[static RING_HASH_BYTES]);

/* BLAKE2b-256, the digest that the next version names. */
void ring_hash(struct slice text, uint8_t out[static RING_HASH_BYTES]);

/* The rules of a class in an epoch, or NULL. */
const struct ring_rules *
ring_rules_get(const struct ring *r, uint32_t epoch, uint32_t class);

/* Wipes opened keys. */
void ring_lock(struct ring *r);

#endif
