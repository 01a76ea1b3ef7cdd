#ifndef CRYPTO_KEYED_H
#define CRYPTO_KEYED_H

/*
 * Names and checks of rows that lie on a disk: a name hides what it stands
 * for, a check shows that bytes are those that were written.  Both under keys
 * derived from one of the ring's, in guarded memory.
 */

#include "base/error.h"
#include "base/slice.h"

#define KEYED_KEY_BYTES 32
#define KEYED_NAME_BYTES 16
#define KEYED_CHECK_BYTES 4
#define KEYED_PRINT_BYTES 16

struct keyed;

/*
 * Derives the keys.
 *
 *   key   the ring's index_key; read during the call only, the caller wipes it
 *
 * Fails: LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status keyed_new(const uint8_t key[static 32],
	struct keyed **out, struct lethe_error *err);
void keyed_free(struct keyed *k); /* wipes; NULL allowed */

/* BLAKE2b-128 of the text under the key of names.  Thread: any. */
void keyed_name(const struct keyed *k, struct slice text,
	uint8_t out[static KEYED_NAME_BYTES]);

/* The same of texts put one behind the other. */
void keyed_name_of(const struct keyed *k, const struct slice *texts,
	size_t count, uint8_t out[static KEYED_NAME_BYTES]);

/*
 * The first four bytes of SipHash-2-4 under the key of checks.  It finds
 * damage; who can write the file and cannot read the key meets it by luck
 * alone, once in 2^32.
 *
 * Thread: any.
 */
void keyed_check(const struct keyed *k, struct slice bytes,
	uint8_t out[static KEYED_CHECK_BYTES]);

/* Tells one key from another without telling it: derived, like the others. */
void keyed_print(const struct keyed *k, uint8_t out[static KEYED_PRINT_BYTES]);

#endif
