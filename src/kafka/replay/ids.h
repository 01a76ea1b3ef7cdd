#ifndef REPLAY_IDS_H
#define REPLAY_IDS_H

/*
 * A set of events that replays have dealt with, by quarantine_id.  What is
 * added counts at once, and is taken out again when its transaction fails.
 *
 * Thread: one at a time.
 */

#include "base/sip.h"
#include "crypto/encode.h"

struct ids_row {
	uint8_t id[DIGEST_BYTES];
	uint8_t state; /* ids.c's */
};

struct ids {
	struct sip_seed seed;
	struct ids_row *rows;
	size_t cap, used; /* used: rows that were ever taken */
	uint8_t (*open)[DIGEST_BYTES];
	size_t open_count, open_cap;
};

/*   seed   random */
void ids_init(struct ids *s, uint64_t seed);
void ids_fini(struct ids *s);

/* Forgets all of them. */
void ids_clear(struct ids *s);

bool ids_has(const struct ids *s, const uint8_t id[static DIGEST_BYTES]);

/*
 * Adds one.
 *
 *   open   it holds only if ids_settle says so
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status
ids_add(struct ids *s, const uint8_t id[static DIGEST_BYTES], bool open,
	struct lethe_error *err);

/* What was added openly holds from here on, or never was. */
void ids_settle(struct ids *s, bool holds);

#endif
