#ifndef CRYPTO_RING_H
#define CRYPTO_RING_H

/*
 * The key ring: which domains and classes there are, their numbers, the
 * epochs' keys sealed to recipients by role.  Format 1, a text of lines with
 * one canonical form; docs/keys.md describes it to the byte.  A ring that
 * deviates in any byte is refused, never repaired.
 *
 * A domain is named by its purpose.  Ids are assigned once, never reused.
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "crypto/encode.h"
#include "crypto/keyed.h"
#include "crypto/keypair.h"

#define EPOCH_KEY_BYTES 32
#define FINGERPRINT_BYTES 16

enum ring_role {
	ROLE_RUNTIME,	 /* current, next and overlapping epochs */
	ROLE_ERASURE,	 /* those and older ones */
	ROLE_QUARANTINE, /* opens quarantined events */
	ROLE_SIGNER,	 /* signs rings */
	ROLE_POLICY,	 /* signs policies */
	ROLE_COUNT,
};

const char *ring_role_name(enum ring_role role);

/* Never a key: what may be shown of an epoch. */
struct ring_epoch {
	uint32_t number;
	uint32_t domain; /* its id */
	int64_t created_ms;
	int64_t active_from_ms;	   /* 0: since ever, for a domain's first */
	int64_t retire_at_ms;	   /* 0: not yet stated */
	int64_t destroyed_at_ms;   /* 0: not */
	int64_t compromised_at_ms; /* 0: no suspicion */
	uint8_t fingerprint[FINGERPRINT_BYTES];
};

/* What an epoch is at an instant; the clock makes the ordinary moves. */
enum epoch_state {
	EPOCH_SCHEDULED,  /* its instant lies ahead */
	EPOCH_ACTIVE,	  /* makes the tokens */
	EPOCH_OVERLAP,	  /* another is active; named beside it */
	EPOCH_ERASE_ONLY, /* retired: for rights of access and erasure */
	EPOCH_DESTROYED,  /* its key is gone from the ring */
	EPOCH_STATE_COUNT,
};

const char *epoch_state_name(enum epoch_state state);

struct ring; /* its keys, where opened, in guarded memory */

/* What a policy needs of a ring; from policy_wants(). */
struct ring_want_class {
	struct slice name;
	uint8_t rules[DIGEST_BYTES]; /* digest of its rules */
};

struct ring_want_domain {
	struct slice name;
	const uint32_t *classes; /* indexes into ring_want.classes */
	size_t class_count;
};

struct ring_want {
	const struct ring_want_class *classes;
	size_t class_count;
	const struct ring_want_domain *domains;
	size_t domain_count;
};

/*
 * A new ring of version 1 without domains.
 *
 *   runtime, quarantine   public keys of the first recipients
 */
LETHE_CHECKED enum lethe_status ring_create(const struct public_key *runtime,
	const struct public_key *quarantine, int64_t now_ms, struct ring **out,
	struct lethe_error *err);

/*
 * Reads a ring's clear header, signatures checked; no key is opened.
 *
 * Fails: as file_read and ring_parse, with the path.
 */
LETHE_CHECKED enum lethe_status
ring_read(const char *path, struct ring **out, struct lethe_error *err);

/* The same by file_read_watched. */
LETHE_CHECKED enum lethe_status
ring_read_watched(const char *path, struct ring **out, struct lethe_error *err);

/* The same from memory. */
LETHE_CHECKED enum lethe_status
ring_parse(struct slice text, struct ring **out, struct lethe_error *err);

/*
 * Opens the epochs sealed to `secret`; each key is held against its
 * fingerprint.
 *
 *   only   NULL, or the one domain whose keys are wanted
 *
 * Fails: LETHE_EKEY when the ring has no such recipient; LETHE_ERING when a
 * seal or a fingerprint is wrong.
 */
LETHE_CHECKED enum lethe_status
ring_unlock(struct ring *r, const struct secret_key *secret, const char *only,
	struct lethe_error *err);

void ring_free(struct ring *r);

/*
 * Adds what the ring lacks of `want`: ids, and a first epoch for each new
 * domain, active since ever.  Raises the version when anything was added (not
 * of a new ring that nobody has seen) and names the digest of the version
 * before.  The ring is locked afterwards; after a failure only good to free.
 *
 *   added   how many domains are new, classes, and uses of a class by a domain
 *           that was there; 0: the ring is unchanged
 *
 * Fails: LETHE_ERING when a class's rules differ from those of an epoch that
 * is in use ("would re-key class user").
 */
LETHE_CHECKED enum lethe_status
ring_add(struct ring *r, const struct ring_want *want, int64_t now_ms,
	size_t *added, struct lethe_error *err);

/*
 * Whether the ring serves `want`: every domain with an epoch, every class,
 * equal rules.
 *
 * Fails: LETHE_ERING, naming what lacks and the command that adds it
 * (`lethe keys add`), or the class that would be re-keyed.
 */
LETHE_CHECKED enum lethe_status ring_check(const struct ring *r,
	const struct ring_want *want, struct lethe_error *err);

/* Writes it whole: temporary file, fsync, rename.  `fresh`: never over one. */
LETHE_CHECKED enum lethe_status ring_write(const struct ring *r,
	const char *path, bool fresh, struct lethe_error *err);

/* The bytes of its file; borrowed until the ring changes. */
LETHE_CHECKED enum lethe_status
ring_text(const struct ring *r, struct slice *out, struct lethe_error *err);

/*
 * Who a ring is believed from: the settings' word, since whoever can write a
 * ring could also name its signers.
 */
struct ring_trust {
	const struct public_key *signers; /* Ed25519 */
	size_t count;
	uint32_t threshold;
};

#define RING_SIGNATURE_BYTES 64

/*
 * Whether a ring is signed by those it must be signed by: its own signers up
 * to their threshold, those followed from `trust` by a chain in which every
 * change of signers is signed by the threshold of the old ones and of the new.
 *
 *   trust   NULL: the ring's word alone
 *
 * Fails: LETHE_ERING naming which signatures lack.
 */
LETHE_CHECKED enum lethe_status ring_verify(const struct ring *r,
	const struct ring_trust *trust, struct lethe_error *err);

/* What a signature is over: the file without its signatures; borrowed. */
LETHE_CHECKED enum lethe_status ring_signed_bytes(
	const struct ring *r, struct slice *out, struct lethe_error *err);

/* The same for the change of signers in this version; false: there is none. */
bool ring_handover_bytes(const struct ring *r, struct buf *out);

/*
 * Takes a signature of a signer, old or new, over ring_signed_bytes, and over
 * ring_handover_bytes where there is a change of signers (else NULL).
 *
 * Fails: LETHE_EKEY for a stranger, LETHE_ERING for a wrong signature;
 * LETHE_EUSAGE when this signer has signed already.
 */
LETHE_CHECKED enum lethe_status
ring_take_signature(struct ring *r, const struct public_key *signer,
	const uint8_t signature[static RING_SIGNATURE_BYTES],
	const uint8_t *handover, struct lethe_error *err);

size_t ring_signature_count(const struct ring *r);
const struct public_key *ring_signature_of(const struct ring *r, size_t i);

/* How many of its signers must sign; 0: unsigned.  Of policies likewise. */
uint32_t ring_threshold(const struct ring *r);
uint32_t ring_policy_threshold(const struct ring *r);

/* What was done, a line a change, oldest first. */
struct ring_event {
	uint32_t version;
	int64_t at_ms;
	const uint8_t *previous; /* RING_HASH_BYTES */
	const char *what;
};
size_t ring_history_count(const struct ring *r);

/* Whether a text can stand there as a reason: 1 to 200 printable ASCII letters,
   no blank at its ends. */
bool ring_why_is(struct slice text);
struct ring_event ring_history_get(const struct ring *r, size_t i);

/* Purposes that share a domain with the one it is named by. */
struct ring_join {
	uint32_t domain;
	const char *purpose, *why;
};
size_t ring_join_count(const struct ring *r);
struct ring_join ring_join_get(const struct ring *r, size_t i);

/* What may be shown. */
const char *ring_id(const struct ring *r); /* hex */
uint32_t ring_version(const struct ring *r);
bool ring_signed(const struct ring *r); /* a threshold is set */
size_t ring_epoch_count(const struct ring *r);
const struct ring_epoch *ring_epoch_get(const struct ring *r, size_t i);
size_t ring_domain_count(const struct ring *r);
const char *ring_domain_name(const struct ring *r, size_t i, uint32_t *id);
size_t ring_class_count(const struct ring *r);
const char *ring_class_name(const struct ring *r, size_t i, uint32_t *id);
size_t ring_recipient_count(const struct ring *r, enum ring_role role);
const struct public_key *
ring_recipient(const struct ring *r, enum ring_role role, size_t i);

/* 0 when there is none. */
uint32_t ring_domain_id(const struct ring *r, struct slice name);
uint32_t ring_class_id(const struct ring *r, struct slice name);

/*
 * A ring's digest, NULL while nobody has seen it, and that of the version
 * before; as long as the ring.  Whether the key of epoch [i] is opened.
 */
#define RING_HASH_BYTES 32
const uint8_t *ring_digest(const struct ring *r);
const uint8_t *ring_previous(const struct ring *r);
bool ring_holds(const struct ring *r, size_t i);

/*
 * What names the rows of the consent ledger, derived from the ring's index
 * key, which no rotation changes.
 *
 *   out   the caller's, keyed_free ends it; outlives the ring
 *
 * Fails: LETHE_ERING when the ring is locked or the key is not sealed to who
 * unlocked it; LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status
ring_keyed(const struct ring *r, struct keyed **out, struct lethe_error *err);

#endif
