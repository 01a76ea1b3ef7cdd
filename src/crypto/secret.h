#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

/*
 * Memory for keys: guarded, locked (and the lock checked), kept out of core
 * dumps, wiped when freed, read-only once sealed.  Sealing, hiding and freeing
 * wipe registers and the stack below the caller too.
 */

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Starts the crypto library; once, before all else.  Any status but OK ends. */
LETHE_CHECKED enum lethe_status crypto_start(struct lethe_error *err);

/*
 * `bytes` of zeros, aligned for any type.
 *
 * Fails: LETHE_ENOMEM, naming RLIMIT_MEMLOCK when the memory cannot be
 * locked: keys never swap.
 */
LETHE_CHECKED enum lethe_status
secret_new(size_t bytes, void **out, struct lethe_error *err);
void secret_seal(void *secret); /* read-only from here on */
/* Writable again, to wipe a part.  Thread: one that alone uses it. */
void secret_unseal(void *secret);
/*
 * Not even readable, for what is kept long and used seldom; readable again.
 * Thread: one that alone uses it.
 */
void secret_hide(void *secret);
void secret_show(void *secret);
void secret_free(void *secret); /* NULL allowed */

/* Core dumps off for this process. */
LETHE_CHECKED enum lethe_status core_dumps_off(struct lethe_error *err);

/* Fills with random bytes of the system. */
void random_bytes(void *out, size_t len);

/* The library behind this room, as it runs: "libsodium 1.0.18"; static storage.
 */
const char *crypto_library(void);

#endif
