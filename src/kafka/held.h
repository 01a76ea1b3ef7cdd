#ifndef KAFKA_HELD_H
#define KAFKA_HELD_H

/*
 * Under which ring and policy a process works, as it rides in the metadata of
 * every offset that it commits, in the transaction of the records: so the group
 * remembers the newest that was in use when every machine of the job is gone.
 *
 *   lethe 1 ring=12 policy=7 id=<32 of hex> digest=<16 of hex>
 *           policy-digest=<16 of hex>
 *
 * `id` and `digest` are the ring's; `policy-digest` is written where the ring
 * asks for signatures of policies, so that nobody begins with another file of
 * the same revision.  Words that are not known are passed over.
 * Another text, of other tools, or none tells nothing.
 */

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define HELD_TEXT_BYTES 192
#define HELD_ID_DIGITS 32
#define HELD_DIGEST_DIGITS 16 /* of the ring's 64, of the policy's 32 */

struct held {
	int64_t ring;			     /* its version; 0: not known */
	int64_t policy;			     /* its revision; 0: not known */
	char id[HELD_ID_DIGITS + 1];	     /* of the ring, or "" */
	char digest[HELD_DIGEST_DIGITS + 1]; /* of the ring, or "" */
	char policy_digest[HELD_DIGEST_DIGITS + 1]; /* of a signed one, or "" */
};

struct lethe_ring;
struct lethe_view;

/*   ring   or NULL: not known */
void held_of(const struct lethe_view *view, const struct lethe_ring *ring,
	struct held *out);

/* NUL-terminated; returns its length, 0 where nothing is known. */
size_t held_put(const struct held *h, char out[static HELD_TEXT_BYTES]);

/*   text   not terminated; NULL allowed */
void held_get(const void *text, size_t len, struct held *out);

enum held_answer {
	HELD_FINE,
	HELD_RING_OLDER,    /* a newer version was in use */
	HELD_RING_FORKED,   /* the same version with other bytes was */
	HELD_RING_OTHER,    /* another ring was */
	HELD_POLICY_OLDER,  /* a higher revision was */
	HELD_POLICY_FORKED, /* the same revision with other bytes was */
	HELD_ANSWERS
};

/* Whether one may work where the group has worked under what was seen. */
enum held_answer held_against(const struct held *own, const struct held *seen);

/*
 * The same as a status with words.
 *
 * Fails: EBEHIND, naming what is held and what was seen.
 */
LETHE_CHECKED enum lethe_status held_check(const struct held *own,
	const struct held *seen, struct lethe_error *err);

#endif
