#ifndef CRYPTO_TRUST_H
#define CRYPTO_TRUST_H

/*
 * Whose signatures count, as an instance is told beside the ring: a file of
 * lines, `lethe-trust 1`, `threshold K`, and `signer KEY` in base64url for each
 * of them, in the order of the keys; docs/keys.md.
 */

#include "crypto/ring.h"

#define TRUST_SIGNERS_MAX 16

struct trust {
	struct public_key keys[TRUST_SIGNERS_MAX];
	struct ring_trust set; /* its signers are `keys` */
};

/*   out   stays where it is: its parts point into it */
LETHE_CHECKED enum lethe_status
trust_read(const char *path, struct trust *out, struct lethe_error *err);

/* Never over a file that is there. */
LETHE_CHECKED enum lethe_status
trust_write(const char *path, const struct trust *t, struct lethe_error *err);

/*
 * One more of them, in order.
 *
 * Fails: LETHE_EKEY for a key that is none; LETHE_EUSAGE for one that is there,
 * or one too many.
 */
LETHE_CHECKED enum lethe_status trust_add(
	struct trust *t, const struct verify_key *key, struct lethe_error *err);

/* The signers that a ring names, as those to trust; threshold 0: unsigned. */
void trust_of_ring(const struct ring *r, struct trust *out);

#endif
