#ifndef CLI_KEYS_PAIR_H
#define CLI_KEYS_PAIR_H

/* A key pair of a person or an instance, made and written. */

#include "crypto/keypair.h"
#include "crypto/place.h"

#define PAIR_PATH_BYTES 4096

struct pair {
	const char *secret, *public; /* paths */
	bool signs;		     /* Ed25519; else X25519 */
	bool protected;
	char id[2 * KEY_ID_BYTES + 1]; /* of the public half, once made */
};

/* my.key -> my.pub; any other name has .pub behind it.  False: too long. */
LETHE_CHECKED bool
pair_public_path(const char *secret, char out[static PAIR_PATH_BYTES]);

/*
 * Makes a pair and writes both halves, the secret one first; fills in the id.
 *
 *   passphrase   NULL: the secret half in the clear
 *
 * Fails: as the writing; a public half that cannot be written takes the secret
 * one, which nobody has used, away again.
 */
LETHE_CHECKED enum lethe_status pair_make(struct pair *p,
	const struct passphrase *passphrase, struct lethe_error *err);

#endif
