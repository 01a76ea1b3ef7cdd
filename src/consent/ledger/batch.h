#ifndef CONSENT_LEDGER_BATCH_H
#define CONSENT_LEDGER_BATCH_H

/*
 * Many words at once, by subject: each is put to the record that stands, and
 * what changes is told, the record and an entry of the log for each word.
 *
 *   said_batch_new; said_batch_add ...; said_batch_close;
 *   said_batch_hear of every record of the topic; said_batch_tell ...
 *
 * Thread: one.
 */

#include "consent/ledger/said.h"
#include "crypto/keypair.h"

struct said_batch;

LETHE_CHECKED enum lethe_status
said_batch_new(uint64_t seed, struct said_batch **out, struct lethe_error *err);
void said_batch_free(struct said_batch *b); /* NULL allowed */

/*
 * One word.
 *
 *   key   of the subject's record, class:identifier; copied
 *   w     NULL: the subject is only asked about; its texts are borrowed as
 *         long as the batch lives
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status said_batch_add(struct said_batch *b,
	struct slice key, const struct said_word *w, struct lethe_error *err);

/*
 * Whose signature a record with grants needs, where it needs one.
 *
 *   key   one of the signers: what is written is signed by it, and grants
 *         that stand there signed by none of them are withdrawn; NULL: a
 *         signature stays where the grants stay
 */
void said_batch_sign(struct said_batch *b, const uint8_t (*signers)[32],
	size_t count, const struct signing_key *key);

/* No more words: they are brought into the order of their times. */
void said_batch_close(struct said_batch *b);

size_t said_batch_subjects(const struct said_batch *b);
struct slice said_batch_key(const struct said_batch *b, size_t subject);

/* The subject of a key, or SIZE_MAX. */
size_t said_batch_find(const struct said_batch *b, struct slice key);

/*
 * A record of the topic, in its order; of others than the batch's subjects
 * nothing is kept.
 *
 *   value   ptr NULL: a tombstone
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status
said_batch_hear(struct said_batch *b, struct slice key, struct slice value,
	int64_t time_ms, struct lethe_error *err);

/*
 * The record that stands for a subject, as it was heard last; false: none was.
 *
 *   value   ptr NULL: a tombstone
 */
bool said_batch_record(const struct said_batch *b, size_t subject,
	struct slice *value, int64_t *time_ms);

/* X(FIELD, "name", English of one, and of more): what became of words. */
#define SAID_COUNT_MAP(X) \
	X(changed, "changed", "written", "written") \
	X(same, "same", "stands already", "stand already") \
	X(older, "older", "is older than what stands, or less strict", \
		"are older than what stands, or less strict") \
	X(unreadable, "unreadable", \
		"is of a subject whose record cannot be read: only a " \
		"refusal of all purposes takes its place", \
		"are of subjects whose record cannot be read: only a " \
		"refusal of all purposes takes its place") \
	X(too_large, "too_large", "would make a record too large to read", \
		"would make a record too large to read")

struct said_counts {
#define X(field, name, one, more) uint64_t field;
	SAID_COUNT_MAP(X)
#undef X
	uint64_t records; /* written */
	uint64_t revoked; /* grants that nobody signed, withdrawn by it */
	uint64_t unsigned_grants; /* of them: with grants that must be signed
				     again, and do not count until then */
};

struct said_sink {
	void *ctx;
	/* Called for each subject that changes: its record, then entries. */
	enum lethe_status (*record)(void *ctx, struct slice key,
		struct slice value, struct lethe_error *err);
	enum lethe_status (*entry)(void *ctx, struct slice key,
		struct slice value, struct lethe_error *err);
};

/*
 * Puts a subject's words to its record.
 *
 *   now_ms   when it is written down
 *
 * Fails: as the sink; ENOMEM.
 */
LETHE_CHECKED enum lethe_status said_batch_tell(struct said_batch *b,
	size_t subject, int64_t now_ms, const struct said_sink *sink,
	struct said_counts *counts, struct lethe_error *err);

#endif
