#ifndef CONSENT_LEDGER_LEDGER_H
#define CONSENT_LEDGER_LEDGER_H

/*
 * The consent ledger's store: a file that holds, for each subject, what the
 * consent topic says of it, and how far the topic was read.  Both change in
 * one transaction, so a process that dies goes on where its file is.
 *
 * No identifier lies in the file: a row's name is a keyed hash.  A file that
 * does not fit what is asked of it is not opened; it is made anew (load.h).
 * One process a file.  docs/ledger.md has the form and the rules.
 */

#include "consent/ledger/record.h"

/* What a file is made for.  All is borrowed until the file is closed. */
struct ledger_form {
	const char *path;
	const struct keyed *keys; /* of the ring's index_key */
	const struct ledger_layout *layout;
	const char *ring_id;	 /* to LEDGER_RING_ID_MAX letters */
	const uint8_t *topic_id; /* the cluster's id of the topic, 16 bytes */
	uint32_t partitions;
	size_t map_bytes; /* most bytes of the file; 0: LEDGER_MAP_BYTES */
};

#define LEDGER_RING_ID_MAX 32
#define LEDGER_TOPIC_ID_BYTES 16
#define LEDGER_PARTITIONS_MAX 65536
/* 100 million subjects of two purposes with room to spare; only what is
 * written takes up space. */
#define LEDGER_MAP_BYTES ((size_t)32 << 30)

#define LEDGER_ANCHOR_BYTES 16

/* How far a partition was read. */
struct ledger_checkpoint {
	int64_t next;	 /* offset of the first record not read */
	int64_t time_ms; /* when it was so */
	/*
	 * The last record that was read, by which a topic that was made anew
	 * is told from this one: its offset plus one (0: none was), and a
	 * keyed hash of it.
	 */
	int64_t anchor;
	uint8_t print[LEDGER_ANCHOR_BYTES];
	int64_t heartbeat_ms; /* of the origin, the last; 0: none */
};

/* The topic as the cluster shows it now. */
struct ledger_topic {
	const int64_t *first; /* by partition: its first offset */
	const int64_t *end;   /* by partition: one behind its last */
	int64_t now_ms;
	/* how long tombstones stay (delete.retention.ms), less the time that
	 * catching up takes */
	int64_t tombstones_ms;
};

/* X(CODE, name, English) */
#define LEDGER_VERDICT_MAP(X) \
	X(USABLE, "usable", "it goes on from its checkpoint") \
	X(ABSENT, "absent", "there is no file") \
	X(DAMAGED, "damaged", "the file is damaged or was never finished") \
	X(FORMAT, "format", "the file has another format") \
	X(KEY, "key", "the file was made under another key") \
	X(RING, "ring", "the file was made for another ring") \
	X(TOPIC, "topic", "the topic was made anew") \
	X(PARTITIONS, "partitions", "the topic's partitions have changed") \
	X(LAYOUT, "layout", \
		"the policy's purposes, notices, signers, classes or " \
		"remembered objections have changed") \
	X(OLD, "old", "older than the topic keeps tombstones") \
	X(CLOCK, "clock", "the checkpoint lies in the future") \
	X(BEYOND, "beyond", "the checkpoint lies beyond the topic's end") \
	X(GONE, "gone", "records behind the checkpoint are gone")

enum ledger_verdict {
#define X(code, name, text) LEDGER_IS_##code,
	LEDGER_VERDICT_MAP(X)
#undef X
		LEDGER_VERDICT_COUNT
};

/* "usable", "old", ...; static storage. */
const char *ledger_verdict_name(enum ledger_verdict v);
const char *ledger_verdict_text(enum ledger_verdict v);

/* A checkpoint this far ahead of the clock is still taken for one of now. */
#define LEDGER_CLOCK_SKEW_MS 300000

/* The name of a subject: of a record's key, `class:identifier`. */
static inline void
ledger_subject(const struct keyed *keys, struct slice key,
	uint8_t out[static KEYED_NAME_BYTES])
{
	keyed_name(keys, key, out);
}

/* The same of a class and an identifier in its normal form; neither empty. */
void ledger_subject_of(const struct keyed *keys, struct slice class,
	struct slice identifier, uint8_t out[static KEYED_NAME_BYTES]);

struct ledger;

/*
 * Opens a file, or says why it must be made anew.
 *
 *   verdict   LEDGER_IS_USABLE exactly when *out is set
 *
 * Fails: LETHE_EIO when the system refuses, LETHE_ENOMEM; what is wrong with
 * the file itself is a verdict, not a failure.
 * Thread: start-up only.
 */
LETHE_CHECKED enum lethe_status ledger_open(const struct ledger_form *form,
	const struct ledger_topic *topic, struct ledger **out,
	enum ledger_verdict *verdict, struct lethe_error *err);

/* After all its snapshots; NULL allowed. */
void ledger_close(struct ledger *l);

/* How far a partition was read, by the file as it is now. */
LETHE_CHECKED enum lethe_status
ledger_checkpoint(struct ledger *l, uint32_t partition,
	struct ledger_checkpoint *out, struct lethe_error *err);

/*
 * The file is found damaged when it is opened next, and made anew: for who
 * met a row that is, which opening does not see.
 */
LETHE_CHECKED enum lethe_status
ledger_spoil(struct ledger *l, struct lethe_error *err);

struct ledger_size {
	uint64_t rows;
	uint64_t file_bytes;
};

LETHE_CHECKED enum lethe_status
ledger_size(struct ledger *l, struct ledger_size *out, struct lethe_error *err);

/*
 * Looks at every row: order, form and check.
 *
 *   damaged   how many rows are not as they were written
 *
 * Fails: LETHE_EIO when the file cannot be walked to its end.
 */
LETHE_CHECKED enum lethe_status
ledger_verify(struct ledger *l, uint64_t *damaged, struct lethe_error *err);

/*
 * One state of the ledger for a whole batch.  Each lane has one snapshot and
 * begins and ends it around its batches; nothing here allocates after
 * ledger_snapshot_new.  A snapshot that stays open keeps the file's old pages.
 * Thread: one at a time; any while another thread writes.
 */
struct ledger_snapshot;

LETHE_CHECKED enum lethe_status ledger_snapshot_new(struct ledger *l,
	struct ledger_snapshot **out, struct lethe_error *err);
void ledger_snapshot_free(struct ledger_snapshot *s); /* NULL allowed */

/* Fails: LETHE_EIO; lookups then say LEDGER_ROW_STALE. */
LETHE_CHECKED enum lethe_status
ledger_snapshot_begin(struct ledger_snapshot *s, struct lethe_error *err);
void ledger_snapshot_end(struct ledger_snapshot *s);

/*
 * What is known of a subject in this snapshot.
 *
 *   out   LEDGER_ROW_STALE outside of begin and end; LEDGER_ROW_DAMAGED: the
 *         caller denies and makes the ledger anew
 */
void ledger_lookup(const struct ledger_snapshot *s,
	const uint8_t subject[static KEYED_NAME_BYTES], struct ledger_row *out);

/*
 * Changes that become visible, and lasting, together or not at all.
 * Thread: one writer at a time, in one thread from begin to commit.
 */
struct ledger_write;

LETHE_CHECKED enum lethe_status ledger_write_begin(
	struct ledger *l, struct ledger_write **out, struct lethe_error *err);

/* What is known of a subject, these changes included; as ledger_lookup. */
void ledger_write_look(const struct ledger_write *w,
	const uint8_t subject[static KEYED_NAME_BYTES], struct ledger_row *out);

/*
 * What a record says now of a subject.
 *
 *   row   present, or absent: nothing is known any more
 *
 * Fails: LETHE_EIO, LETHE_ENOMEM; the writing is then only good to abort.
 */
LETHE_CHECKED enum lethe_status ledger_write_put(struct ledger_write *w,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row, struct lethe_error *err);

/*
 * How far a partition is read with these changes.
 *
 * Fails: LETHE_EUSAGE for a partition there is not, or an offset before the
 * one that stands; as ledger_write_put.
 */
LETHE_CHECKED enum lethe_status
ledger_write_checkpoint(struct ledger_write *w, uint32_t partition,
	const struct ledger_checkpoint *at, struct lethe_error *err);

/*
 * Commits; frees `w` whatever it returns.
 *
 * Fails: LETHE_EIO, also when anything written before had failed; nothing of
 * it is then in the file.
 */
LETHE_CHECKED enum lethe_status
ledger_write_commit(struct ledger_write *w, struct lethe_error *err);
void ledger_write_abort(struct ledger_write *w); /* NULL allowed */

/* The library behind this room, as it runs: "LMDB 0.9.24"; static storage. */
const char *ledger_library(void);

#endif
