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
#define RING_PLAIN_BYTES (RING_ID_BYTES + 8 + EPOCH_KEY_BYTES)
#define RING_SEALED_BYTES (RING_PLAIN_BYTES + 48)

#define RING_HISTORY_MAX 8192
#define RING_WHY_MAX 200 /* bytes of printable ASCII */

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

struct ring_words {
	char text[RING_WHY_MAX + 1];
};

struct ring_joined {
	uint32_t domain;
	struct ring_name purpose;
	struct ring_words why;
};

/* A set of signers and how many of them must sign. */
struct ring_signers {
	uint32_t threshold; /* 0: nobody signs */
	size_t count;
	struct public_key keys[RING_RECIPIENTS_MAX]; /* ordered */
};

struct ring_signature {
	struct public_key signer;
	uint8_t bytes[RING_SIGNATURE_BYTES];
};

/* From this version on these are the signers; signed by old and new. */
struct ring_handover {
	uint32_t version;
	struct ring_signers to;
	size_t signature_count;
	struct ring_signature signatures[2 * RING_RECIPIENTS_MAX];
};

struct ring_change {
	uint32_t version;
	int64_t at_ms;
	uint8_t previous[RING_HASH_BYTES];
	struct ring_words what;
};

/* The canonical bytes once somebody has seen them: this version is out. */
struct ring_bytes {
	struct buf text;
	size_t clear;		       /* of them: before the signatures */
	uint8_t hash[RING_HASH_BYTES]; /* as in its `digest` */
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
	struct ring_joined *joins; /* by purpose */
	size_t join_count;
	struct ring_recipient *recipients; /* by role, then by key */
	size_t recipient_count;
	uint32_t threshold, policy_threshold;
	struct ring_epoch *epochs; /* [i] has number i + 1 */
	size_t epoch_count;
	struct ring_rules *rules; /* by epoch, then by class */
	size_t rules_count;
	struct ring_sealed *sealed; /* by epoch, then by recipient */
	size_t sealed_count;
	uint8_t index_fingerprint[FINGERPRINT_BYTES];
	struct ring_sealed *index; /* by recipient */
	size_t index_count;
	struct ring_handover *handovers; /* by version */
	size_t handover_count;
	struct ring_change *history; /* by version */
	size_t history_count;
	struct ring_signature *signatures; /* by signer; behind the digest */
	size_t signature_count;

	struct ring_bytes *bytes;
	/* per epoch, then the index key; guarded; or NULL */
	uint8_t (*keys)[EPOCH_KEY_BYTES];
	bool *opened; /* per epoch, then the index key */
};

/* An empty ring; NULL without memory. */
struct ring *ring_new(void);

/*
 * Puts an element into a list of the ring, before what is at that place:
 *
 *	RING_INSERT(&r->joins, &r->join_count, at, &join, err)
 *
 * Fails: LETHE_ENOMEM.
 */
#define RING_INSERT(list, count, at, element, err) \
	((void)sizeof(*(list) == (element)), \
		ring_insert((list), (count), (at), (element), \
			sizeof(**(list)), (err)))

/* The same behind all that there are. */
#define RING_PUSH(list, count, element, err) \
	RING_INSERT(list, count, *(count), element, err)

LETHE_CHECKED enum lethe_status ring_insert(void *list, size_t *count,
	size_t at, const void *element, size_t size, struct lethe_error *err);

bool ring_name_is(struct slice name); /* [a-z][a-z0-9_-]*, at most 64 */

/* crypto_kdf(16, epoch, "tokfngr1", key) */
void ring_fingerprint(const uint8_t key[static EPOCH_KEY_BYTES], uint32_t epoch,
	uint8_t out[static FINGERPRINT_BYTES]);

/*
 * Seals ring id, number and key to every recipient of `runtime` and `erasure`
 * that does not hold it.
 */
LETHE_CHECKED enum lethe_status ring_seal_key(struct ring *r, uint32_t epoch,
	const uint8_t key[static EPOCH_KEY_BYTES], struct lethe_error *err);

/* The same for one recipient alone, by its index. */
LETHE_CHECKED enum lethe_status
ring_seal_key_to(struct ring *r, uint32_t epoch, size_t recipient,
	const uint8_t key[static EPOCH_KEY_BYTES], struct lethe_error *err);

/* Roles that keys are sealed to. */
static inline bool
ring_role_holds(enum ring_role role)
{
	return role == ROLE_RUNTIME || role == ROLE_ERASURE;
}

/* The signers as the ring's recipients name them now. */
void ring_signers_now(const struct ring *r, struct ring_signers *out);
bool
ring_signers_equal(const struct ring_signers *a, const struct ring_signers *b);

/* Whether a key is of those who sign a version, old or new, or a handover. */
bool ring_may_sign(const struct ring *r, const struct public_key *signer);
bool ring_may_hand_over(
	const struct ring *r, size_t h, const struct public_key *signer);

/* The statement that a handover's signatures are over. */
void ring_put_handover(
	const struct ring *r, const struct ring_handover *h, struct buf *out);

/*
 * Begins a change: a new version once this one was seen, without signatures;
 * says in the history what is done.
 */
LETHE_PRINTF(4, 5)
LETHE_CHECKED enum lethe_status ring_begin_change(struct ring *r,
	int64_t now_ms, struct lethe_error *err, const char *format, ...);

/* A new epoch of a domain, its key sealed. */
LETHE_CHECKED enum lethe_status
ring_append_epoch(struct ring *r, uint32_t domain, int64_t active_ms,
	int64_t now_ms, uint32_t *number, struct lethe_error *err);

/* Rules of a class in an epoch that has none yet. */
LETHE_CHECKED enum lethe_status
ring_add_rules(struct ring *r, uint32_t epoch, uint32_t class,
	const uint8_t digest[static DIGEST_BYTES], struct lethe_error *err);

/* An epoch that was given up before its instant. */
static inline bool
ring_was_called_off(const struct ring_epoch *e)
{
	return e->destroyed_at_ms && e->destroyed_at_ms < e->active_from_ms;
}

/* Every seal of an epoch goes, and so its key. */
void ring_take_key(struct ring *r, struct ring_epoch *e, int64_t now_ms);

/* A new key for an epoch, fingerprinted and sealed. */
LETHE_CHECKED enum lethe_status
ring_seal_epoch(struct ring *r, struct ring_epoch *e, struct lethe_error *err);

/* The canonical bytes up to `digest`; `hash` is what stands there. */
void ring_put_text(const struct ring *r, struct buf *out,
	uint8_t hash[static RING_HASH_BYTES]);
void ring_put_signatures(const struct ring *r, struct buf *out);

/* BLAKE2b-256, the digest that the next version names. */
void ring_hash(struct slice text, uint8_t out[static RING_HASH_BYTES]);

/* The rules of a class in an epoch, or NULL. */
const struct ring_rules *
ring_rules_get(const struct ring *r, uint32_t epoch, uint32_t class);

/* Wipes opened keys. */
void ring_lock(struct ring *r);

#endif
