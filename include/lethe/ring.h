#ifndef LETHE_RING_H
#define LETHE_RING_H

/* An opened key ring; its keys stay in locked memory. */

#include "lethe/policy.h"

struct lethe_ring;

/*
 * Opens a ring with a recipient's secret key.
 *
 *   secret   the secret key's file, `fd:N`, or `command:PROGRAM ARGUMENTS`,
 *            whose standard output it is; a key under a passphrase asks for it
 *            on the process's terminal
 *
 * Fails: LETHE_ERING, LETHE_EKEY, LETHE_EIO, LETHE_ENOMEM.
 * Thread: start-up only.
 */
LETHE_API LETHE_CHECKED enum lethe_status lethe_ring_open(const char *path,
	const char *secret, struct lethe_ring **out, struct lethe_error *err);

/*
 * The same with a place for the passphrase of the secret key, in the same
 * forms; NULL: as lethe_ring_open.
 */
LETHE_API LETHE_CHECKED enum lethe_status lethe_ring_open_under(
	const char *path, const char *secret, const char *passphrase,
	struct lethe_ring **out, struct lethe_error *err);
LETHE_API void lethe_ring_free(struct lethe_ring *ring); /* or NULL */

#endif
