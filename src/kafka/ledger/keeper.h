#ifndef LEDGER_KEEPER_H
#define LEDGER_KEEPER_H

/*
 * The consent ledger in a running process: one thread reads the consent topic
 * into the ledger's file, and each lane asks the file through a reader.
 *
 *   keeper_new(&options, &k, &err);   asks the cluster what the topic is
 *   keeper_load(k, &err);             goes on from its file, or makes it anew,
 *                                     and reads to the topic's end
 *   keeper_start(k, &err);            keeps it current from here on
 *   keeper_stop(k); keeper_free(k);
 *
 * No event is read before keeper_load has returned, and none is decided unless
 * keeper_reader_ready says that the ledger covers what was visible
 * `max_staleness` before.  Times are ms as lanes have them, which go on while
 * the machine sleeps, unless they are said to be UTC.
 */

#include "consent/book.h"
#include "kafka/wire/broker.h"
#include "policy/policy.h"

#define KEEPER_QUEUE_KB ((size_t)65536)

/* What the cluster says of the topic; asked unless it is stated (tests). */
struct keeper_topic {
	int32_t partitions;
	int64_t tombstones_ms; /* its delete.retention.ms */
};

/*
 * Asks for it, and whether the topic may be a ledger's.
 *
 *   options   props (secrets loaded) and group, of which it is no member
 *
 * Fails: ENOTOPIC; ERETENTION when it is not compacted, or keeps no tombstones;
 * EDENIED, ETIMEOUT.
 */
LETHE_CHECKED enum lethe_status
keeper_describe(const struct broker_options *options, const char *topic,
	struct keeper_topic *out, struct lethe_error *err);

/* Texts and properties are borrowed as long as it lives. */
struct keeper_options {
	struct lethe_policy *policy; /* has a ledger; a reference is taken */
	const struct ring *ring;     /* unlocked; asked in keeper_new alone */
	const char *folder;	     /* of the file */
	const char *name;	     /* of the file: no other process has it */
	const struct client_property *props; /* secrets loaded */
	size_t prop_count;
	const char *group;	/* of which it is no member */
	bool (*given_up)(void); /* asked while start-up waits; or NULL */
	const struct keeper_topic *topic; /* or NULL: the cluster is asked */
	size_t memory_bytes;		  /* of a load; 0: its default */
	size_t queue_kbytes; /* that are fetched ahead; 0: KEEPER_QUEUE_KB */
	size_t map_bytes;    /* most of the file; 0: its default */
	/* Told once, in its thread, when it cannot go on; or NULL. */
	void (*failed)(void *ctx, const struct lethe_error *err);
	void *ctx;
};

struct keeper;

/*
 * Fails: ENOTOPIC, EDENIED, ETIMEOUT; ERETENTION for a topic that is not
 * compacted; ESETTING for a folder that is none; ERING without an index key;
 * EINSTANCE when another process has the file; ENOMEM.
 * Thread: start-up only.
 */
LETHE_CHECKED enum lethe_status keeper_new(const struct keeper_options *options,
	struct keeper **out, struct lethe_error *err);

/*
 * Waits for as long as it takes, or until options.given_up.
 *
 * Fails: EAGAIN when it was given up; ELEDGER, EIO, EDENIED, ENOMEM.
 * Thread: start-up only.
 */
LETHE_CHECKED enum lethe_status
keeper_load(struct keeper *k, struct lethe_error *err);

LETHE_CHECKED enum lethe_status
keeper_start(struct keeper *k, struct lethe_error *err);
void keeper_stop(struct keeper *k); /* waits for its thread */
void keeper_free(struct keeper *k); /* after its readers; NULL allowed */

/* How it is.  Thread: any. */
struct keeper_state {
	bool loaded;
	uint64_t rows;
	uint64_t lag;	    /* offsets that wait, as last asked */
	int64_t age_ms;	    /* of what it holds; -1: it was never current */
	int64_t max_lag_ms; /* the policy's */
	bool behind;	    /* or hidden for longer, or no heartbeat comes */
	int64_t hidden_ms; /* a transaction has kept records from it; 0: none */
	bool heartbeats;   /* the policy asks for them */
	int64_t silent_ms; /* since the oldest heartbeat; -1: none is kept */
	uint64_t malformed; /* records that could not be read */
	uint64_t foreign;   /* keys that no event can ask for */
	uint64_t misplaced; /* keys in another partition than murmur2's */
	uint64_t records;   /* read since the start */
	double share;	    /* of the load, 0 to 1 */
	int64_t left_ms;    /* of the load, an estimate; -1: unknown */
};

void keeper_state(const struct keeper *k, struct keeper_state *out);

/*
 * Changes that records brought after the load, by purpose and the state that
 * they led to.  What leaves a state as it was, a renewal too, is none.
 */
struct keeper_changes {
	uint64_t to[LEDGER_PURPOSES_MAX][LEDGER_STATES];
};

/* Thread: any. */
void keeper_changes(const struct keeper *k, struct keeper_changes *out);

/* "given", ...; NULL: no record leads to it.  Static storage. */
const char *keeper_change_name(size_t state);

/*
 * Whether another policy can be worked under with the ledger as it is kept.
 *
 * Fails: EUNSUPPORTED, naming what only a restart can change.
 */
LETHE_CHECKED enum lethe_status keeper_takes(const struct keeper *k,
	const struct lethe_policy *policy, struct lethe_error *err);

/*
 * A lane's eyes on it.  Thread: the lane's.
 */
struct keeper_reader;

LETHE_CHECKED enum lethe_status keeper_reader_new(
	struct keeper *k, struct keeper_reader **out, struct lethe_error *err);
void keeper_reader_free(struct keeper_reader *r); /* NULL allowed */

/* Whether keeper_reader_ready would say yes; takes no snapshot. */
bool keeper_reader_may(const struct keeper_reader *r, int64_t now_ms);

/*
 * Whether the snapshot that is held covers every record that was visible
 * max_staleness before now, after taking a newer one if need be.
 */
bool keeper_reader_ready(struct keeper_reader *r, int64_t now_ms);

/* Ends the snapshot: after each commit or abort, and when idle. */
void keeper_reader_rest(struct keeper_reader *r);

/*
 * Whether an answer since the reader was made was none: the row is damaged, or
 * no snapshot was held.  What was decided must not be committed.
 */
bool keeper_reader_failed(const struct keeper_reader *r);

/* As long as the reader. */
const struct book *keeper_reader_book(const struct keeper_reader *r);

#endif
