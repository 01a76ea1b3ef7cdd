#ifndef DAEMON_SUCCESSION_H
#define DAEMON_SUCCESSION_H

/*
 * Whether one ring may take the place of another while a job runs.
 *
 * The direct successor names the digest of the version before it; one that
 * skips versions names it in its history.  It must also have every epoch that
 * is held unchanged, by number, domain and fingerprint, so that no token that
 * is made now could become another, the index key, and the changes of signers
 * that were made.
 */

#include "base/buf.h"
#include "crypto/ring.h"

enum succession {
	RING_SAME, /* nothing has changed */
	RING_NEXT, /* the successor, or a later one that has all that is held */
	RING_OTHER,   /* of another id */
	RING_OLDER,   /* of a lower version */
	RING_TWIN,    /* of the same version, with other bytes */
	RING_STRAY,   /* a later version, of another one than is held */
	RING_REKEYED, /* an epoch that is held is missing or has another key */
	SUCCESSIONS
};

/* What is compared; ids and digests are borrowed. */
struct ring_mark {
	const char *id;
	uint32_t version;
	const uint8_t *digest, *previous; /* RING_HASH_BYTES */
};

struct ring_mark ring_mark_of(const struct ring *r);

/*
 *   keeps   every epoch of the one held stands in the other, unchanged
 */
enum succession succession_of(
	const struct ring_mark *held, const struct ring_mark *seen, bool keeps);

/* Whether every epoch of `held` stands in `seen` with its domain and key. */
bool ring_keeps(const struct ring *held, const struct ring *seen);

/*
 * Why not, in words that name both.
 *
 * Fails: ERING; OK of RING_SAME and RING_NEXT.
 */
LETHE_CHECKED enum lethe_status succession_check(const struct ring *held,
	const struct ring *seen, enum succession *out, struct lethe_error *err);

/*
 * Which epochs are new, and which have other instants, in one line without a
 * key: "epoch 3 of analytics <fingerprint> from <ms>", by "; ".
 */
#define SUCCESSION_TOLD 16 /* then only how many more there are */
void succession_tell(
	struct buf *out, const struct ring *held, const struct ring *seen);

/* The next instant after `now_ms` that the ring states, or INT64_MAX. */
int64_t ring_next_instant(const struct ring *r, int64_t now_ms);

#endif
