#ifndef ENGINE_QUARANTINE_H
#define ENGINE_QUARANTINE_H

/*
 * Quarantine records: reason and coordinates in clear, key, headers, timestamp
 * and value sealed (or left where they are, `payload: reference`).  One JSON
 * object, the same in a topic and as a line of a file:
 *
 *   {"v":1,"reason":"too_deep","offset":812,"policy":"12-…","at":ms,
 *    "topic":"events.raw","partition":3,"position":991,"bytes":1822,
 *    "group":"lethe","replays":1,"payload":"sealed",
 *    "seals":[{"recipient":"<key id>","key":"<base64url>"}],
 *    "sealed":"<base64url of nonce and ciphertext>"}
 *
 * The clear part (the bytes before `,"seals":`) is the associated data of the
 * seal.  A file's record has topic null, partition -1 and no group.  `group` is
 * the consumer group whose reading found the event, `replays` how often it was
 * sent through again since (absent: never), and `at` when it first came here.
 * `payload` is `sealed`, `reference` (left where it is) or `stub` (too large to
 * copy); the last two end without seals.
 *
 * Between them stand marks, one for each event that a replay has dealt with:
 *
 *   {"v":1,"mark":"replayed","group":"lethe","at":ms,"topic":"events.raw",
 *    "partition":3,"position":991,"id":"<hex>"}
 */

#include "lethe/process.h"

#include "crypto/seal.h"
#include "policy/policy.h"

struct quarantine_place {
	const char *topic; /* NULL: a file */
	int32_t partition; /* -1: none */
	int64_t position;  /* Kafka offset, or line or value number of a file */
	const char *group; /* whose reading found it, or NULL */
	uint32_t replays;  /* how often it was sent through again */
	int64_t since_ms;  /* when it first came here; 0: input->now_ms */
	struct slice record; /* as it stands there already, or none */
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
	char group[256]; /* empty: none */
	uint32_t replays;
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

/* The recipient's id stands in the record, whether it opens or not. */
bool quarantine_is_for(struct slice record, const struct secret_key *secret);

/* A message as it was, taken out of what quarantine_open gives. */
struct quarantine_event {
	struct buf bytes; /* all that the others point into */
	const void *key;  /* or NULL */
	size_t key_len;
	const void *value; /* NULL: a tombstone */
	size_t len;
	int64_t time_ms; /* or LETHE_TIME_NONE */
	struct lethe_header *headers;
	size_t header_count, header_cap;
};

void quarantine_event_init(struct quarantine_event *e);
void quarantine_event_fini(struct quarantine_event *e);

/*
 * Reads an opened event; what stood in `out` before is over.
 *
 *   text    one JSON object
 *   clear   NULL; or the clear part that stands in the same object, as
 *           `lethe quarantine open` prints it, goes there
 *
 * Fails: LETHE_EUSAGE it is none.
 */
LETHE_CHECKED enum lethe_status
quarantine_event_read(struct slice text, struct quarantine_clear *clear,
	struct quarantine_event *out, struct lethe_error *err);

/*
 * Which event it is: of its coordinates and when it first came here, never of
 * what stands in it.  Coordinates alone would be those of another event once
 * the raw topic was made anew.
 */
void quarantine_id(
	const struct quarantine_clear *clear, uint8_t out[static DIGEST_BYTES]);

/* Appends the mark of an event that a replay has dealt with. */
LETHE_CHECKED enum lethe_status
quarantine_mark_write(const struct quarantine_clear *clear, const char *group,
	int64_t now_ms, struct buf *out, struct lethe_error *err);

/* Whether a record is a mark, by how it begins. */
bool quarantine_is_mark(struct slice record);

/*
 * Reads a mark.
 *
 *   group   at most 255 characters
 *
 * Fails: LETHE_EUSAGE it is none.
 */
LETHE_CHECKED enum lethe_status
quarantine_mark_read(struct slice record, char group[static 256],
	uint8_t id[static DIGEST_BYTES], struct lethe_error *err);

#endif
