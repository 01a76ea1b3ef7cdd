#ifndef CRYPTO_RING_LIFE_H
#define CRYPTO_RING_LIFE_H

/*
 * The life of epochs: scheduled, active, overlap, erase-only, destroyed.  The
 * clock makes the ordinary moves by the instants that a ring states; what
 * changes an instant or takes a key away is here, and makes a new version.
 * After a failure a ring is only good to free.
 */

#include "crypto/ring.h"

/* i: index of the epoch, its number less one. */
enum epoch_state
ring_epoch_state(const struct ring *r, size_t i, int64_t now_ms);

/*
 * Whether an epoch, by number, is sealed to a runtime recipient.  The clock
 * makes an epoch erase-only, and leaves its seal: RING_RETIRE takes it.
 */
bool ring_runtime_has(const struct ring *r, uint32_t epoch);

/* A clock may be set back a little: then the epoch would be wanted again. */
#define RING_FORGET_MS 10000

/*
 * Wipes the opened keys of epochs that have been erase-only for RING_FORGET_MS:
 * they make no tokens any more.  Returns how many.
 */
size_t ring_forget(struct ring *r, int64_t now_ms);

/*
 * When a domain is due for another epoch: `every_ms` after its active one
 * began.  INT64_MAX: one is scheduled, or none is active.
 */
int64_t ring_rotation_due(const struct ring *r, uint32_t domain,
	int64_t every_ms, int64_t now_ms);

struct ring_rotation {
	uint32_t domain; /* its id */
	int64_t active_from_ms;
	int64_t overlap_ms; /* so long both are named; 0: at one stroke */
};

/*
 * A new epoch of a domain, scheduled; the one before it retires when the
 * overlap ends.  Its classes' rules are those of the one before.
 *
 *   number   of the new epoch
 *
 * Fails: LETHE_ERING: the instant lies behind; one is scheduled already, or
 * an overlap is open (the text says until when).
 */
LETHE_CHECKED enum lethe_status
ring_propose(struct ring *r, const struct ring_rotation *to, int64_t now_ms,
	uint32_t *number, struct lethe_error *err);

/*
 * The active epoch's key is suspected to be out: a new one is active from now,
 * without overlap; the old is marked.
 */
LETHE_CHECKED enum lethe_status ring_emergency(struct ring *r, uint32_t domain,
	int64_t now_ms, uint32_t *number, struct lethe_error *err);

enum ring_move {
	RING_RETIRE,   /* ends the overlap; the runtime's seals go */
	RING_CALL_OFF, /* a scheduled epoch never comes */
	RING_DESTROY,  /* every seal goes: nobody makes its tokens again */
};

/*
 *   why   for the history, or NULL; printable ASCII
 *
 * Fails: LETHE_ERING when the epoch's state does not allow it.
 */
LETHE_CHECKED enum lethe_status
ring_move(struct ring *r, uint32_t epoch, enum ring_move move, const char *why,
	int64_t now_ms, struct lethe_error *err);

/* -- people and names; people.c ---------------------------------------------
 */

/*
 * Another recipient.  For runtime and erasure every key that its role holds is
 * sealed to it, so the ring must be unlocked by one who holds them all.
 *
 * Fails: LETHE_EUSAGE when it is one already; LETHE_EKEY for a key that is
 * none; LETHE_ERING for a key that has another role, or naming one that the
 * unlocking recipient lacks.
 */
LETHE_CHECKED enum lethe_status
ring_recipient_add(struct ring *r, enum ring_role role,
	const struct public_key *key, int64_t now_ms, struct lethe_error *err);

/*
 * Takes a recipient away; its seals go with it.
 *
 * Fails: LETHE_ERING for the last of runtime or quarantine, and for the last of
 * erasure while it alone holds an epoch.
 */
LETHE_CHECKED enum lethe_status
ring_recipient_remove(struct ring *r, enum ring_role role,
	const struct public_key *key, int64_t now_ms, struct lethe_error *err);

/*
 * Signers of rings and how many must sign, as a whole: the change counts once
 * the threshold of the old and of the new have signed it.
 *
 *   threshold   1 to count
 */
LETHE_CHECKED enum lethe_status
ring_set_signers(struct ring *r, const struct public_key *keys, size_t count,
	uint32_t threshold, int64_t now_ms, struct lethe_error *err);

/* Signers of policies. */
LETHE_CHECKED enum lethe_status ring_set_policy_signers(struct ring *r,
	const struct public_key *keys, size_t count, uint32_t threshold,
	int64_t now_ms, struct lethe_error *err);

enum ring_names { RING_DOMAINS, RING_CLASSES };

/* Another name for the same id: no token changes. */
LETHE_CHECKED enum lethe_status
ring_rename(struct ring *r, enum ring_names which, struct slice from,
	struct slice to, int64_t now_ms, struct lethe_error *err);

/*
 * A purpose that the ring does not know yet shares a domain, and so tokens,
 * with the one it is named by.
 *
 *   why   for the history: printable ASCII, at most 200 letters
 */
LETHE_CHECKED enum lethe_status
ring_join(struct ring *r, uint32_t domain, struct slice purpose,
	struct slice why, int64_t now_ms, struct lethe_error *err);

/*
 * Whether a later version is one of those that follow an earlier one, as far as
 * it tells: its history names the digest of the earlier one, and the changes of
 * signers before it and the index key are the same.  A version that its file's
 * history passes over says nothing of itself.
 */
bool ring_descends(const struct ring *later, const struct ring *earlier);

/*
 * Whether nobody's sealed key of an epoch is another one in a later version:
 * no command writes it anew, and only who opens it sees what it is.  Whether
 * its classes have the rules that they had.
 *
 *   epoch   its number; 0: the index key
 */
bool
ring_seals_stand(const struct ring *was, const struct ring *is, uint32_t epoch);
bool
ring_rules_stand(const struct ring *was, const struct ring *is, uint32_t epoch);

/* How many of those who sign now have signed it. */
size_t ring_signed_by(const struct ring *r);

/*
 * A version that is not out yet, as read from its file: changes to it stay in
 * it, and its signatures go.
 */
void ring_reopen(struct ring *r);

#endif
