#ifndef ENGINE_QUARANTINE_H
#define ENGINE_QUARANTINE_H

/*
 * Quarantine records: reason and coordinates in clear, key, headers, timestamp
 * and value sealed (or left where they are, `payload: reference`).  One JSON
 * object, the same in a topic and as a line of a file:
 *
 *   {"v":1,"reason":"too_deep","offset":812,"policy":"12-…","at":ms,
 *    "topic":"events.raw","partition":3,"position":991,"bytes":1822,
 *    "payload":"sealed",
 *    "seals":[{"recipient":"<key id>","key":"<base64url>"}],
 *    "sealed":"<base64url of nonce and ciphertext>"}
 *
 * The clear part (the bytes before `,"seals":`) is the associated data of the
 * seal.  A file's record has topic null and partition -1.  `payload` is
 * `sealed`, `reference` (left where it is) or `stub` (too large to copy); the
 * last two end without seals.
 */

#include "lethe/process.h"

#include "crypto/seal.h"
#include "policy/policy.h"

struct quarantine_place {
	const char *topic; /* NULL: a file */
	int32_t partition; /* -1: none */
	int64_t position;  /* Kafka offset, or line or value number of a file */
};

/*
 * Appends one record to `out`.
 *
 *   sealer   NULL: coordinates alone (payload: reference)
 *   input    the event, with its processing time
 *   why      class POISON, with the byte offset
 *   stub     leave the payload out: too large for the topic
 */
LETHE_CHECKED enum lethe_status
quarantine_write(const struct lethe_policy *policy, struct sealer *sealer,
	const struct quarantine_place *where, const struct lethe_input *input,
	const struct lethe_error *why, bool stub, struct buf *out,
	struct lethe_error *err);

/* The clear part of a record, checked. */
struct quarantine_clear {
	char reason[40];
	char policy[80];
	char topic[256];
	uint64_t offset;
	int64_t at_ms;
	int32_t partition;
	int64_t position;
	uint64_t bytes;
	bool sealed;
};

LETHE_CHECKED enum lethe_status quarantine_read(struct slice record,
	struct quarantine_clear *out, struct lethe_error *err);

/*
 * Opens a record: one JSON object {"key":base64|null,"headers":[{"name":…,
 * "value":base64|null}],"timestamp":ms|null,"value":base64|null}, appended to
 * `out`; base64 is that of RFC 4648 section 4, with padding.  A header whose
 * name is not UTF-8 has `name_base64` instead.
 *
 *   record   the bytes as written, without a line's end
 *
 * Fails: LETHE_EUSAGE no such record; LETHE_ENOENTRY it holds no payload;
 * LETHE_EKEY not sealed to this key, or changed.
 */
LETHE_CHECKED enum lethe_status
quarantine_open(struct slice record, const struct secret_key *secret,
	struct buf *out, struct lethe_error *err);

#endif
