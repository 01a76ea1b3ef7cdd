#ifndef LEDGER_SELF_H
#define LEDGER_SELF_H

/* What a keeper is made of; for its own files alone. */

#include "kafka/ledger/beat.h"
#include "kafka/ledger/keeper.h"

#include "base/arena.h"
#include "consent/ledger/load.h"
#include "event/reader.h"
#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include <pthread.h>
#include <stdatomic.h>

#define KEEPER_ASK_MS 1000 /* a broker has so long to answer */

/* A record's time, 0: none was read; and what lies there by the broker, which
 * another topic would tell otherwise. */
struct keeper_mark {
	int64_t ms;
	int64_t at[2]; /* the first as late as that, and the first later */
};

struct keeper_part {
	struct ledger_checkpoint at; /* as it is, or will be with the batch */
	int64_t first, end;	     /* as the cluster last said */
	bool anchored; /* its last record was met again, or there is none */
	struct ledger_checkpoint sure; /* `at`, when the topic was sure */
	struct keeper_mark latest;     /* of all that were read */
	struct keeper_mark known;      /* `latest`, when the topic was sure */
	bool touched;		       /* `at` changed since the last commit */
	rd_kafka_message_t *last; /* that was taken, until its print is; NULL */
	int64_t hidden_ms; /* since when records lie behind `end`; 0: none do */
	int64_t hidden_end; /* what lay behind it then ends here */
	bool hidden_long;   /* `hidden_end` is of when it had lasted too long */
};

struct keeper {
	struct login login; /* first: the library's pointer is to both */
	struct keeper_options o;
	const struct policy_ledger *ledger; /* of o.policy */
	struct keeper_topic topic;
	char *path;
	int lock; /* of the file's owner; -1: none */
	rd_kafka_t *rk;
	rd_kafka_topic_t *rkt;
	struct keyed *keys;
	uint8_t topic_id[LEDGER_TOPIC_ID_BYTES];
	char ring_id[LEDGER_RING_ID_MAX + 1];
	struct ledger_form form;
	struct keeper_part *parts;
	struct ledger *file;
	struct arena scratch; /* of one record */
	struct ledger_decoder *decoder;
	struct beat_reader *beats;
	struct ledger_row row, before;

	/* a batch: one of the two is where records go */
	struct ledger_load *load;
	struct ledger_write *write;
	size_t batch; /* records in it */
	int64_t batch_ms;

	/* freshness: what was asked, and whether it was reached */
	bool asked;
	int64_t asked_ms, asked_utc_ms, due_ms;
	bool lost; /* since `sure_ms`: it may have been made anew */
	int64_t sure_ms, look_ms; /* when it was known, and is looked at next */
	int64_t short_ms; /* since when an end lies before what was read; 0 */
	int64_t kept_ms;  /* when idle checkpoints were written */
	int64_t ask_every_ms;
	bool told_behind;
	bool going_on;	  /* from its checkpoint: what is read waited */
	int32_t hidden;	  /* the partition where records are longest */
	bool hidden_long; /* in one of them for too long */
	bool unreachable; /* the last asking failed: told once */
	int64_t load_began_ms, load_told_ms;
	int64_t woken_ms; /* when a broker was asked something, and of which */
	int32_t woken;

	pthread_t thread;
	bool started;
	atomic_bool stop;

	/* read by any thread */
	_Atomic int64_t fresh_ms;     /* covers all that was visible then; 0 */
	_Atomic int64_t heard_utc_ms; /* the oldest partition's heartbeat; 0 */
	_Atomic int64_t hidden_since_ms; /* 0: all ends are those of the log */
	atomic_bool loaded, behind, damaged, broken;
	_Atomic uint64_t rows, lag, malformed, foreign, misplaced, records;
	_Atomic uint64_t load_done, load_all; /* offsets */
	_Atomic int64_t load_left_ms;
	_Atomic uint64_t changes[LEDGER_PURPOSES_MAX][LEDGER_STATES];
};

/* Ms that go on while the machine sleeps, as lanes have them. */
int64_t keeper_now_ms(void);

/* ask.c: what the cluster says */

/* Fails: as keeper_new. */
enum lethe_status keeper_ask_topic(struct keeper *k, struct lethe_error *err);

/*
 * The first or the next offsets of all partitions.
 *
 *   which   RD_KAFKA_OFFSET_BEGINNING or _END
 */
enum lethe_status
keeper_ask_offsets(struct keeper *k, int64_t which, struct lethe_error *err);

/*
 * Asks for all ends.  What was visible before the asking lies below them.
 *
 * Fails: EAGAIN; ELEDGER when the topic is not what it was.
 */
enum lethe_status keeper_ask_ends(struct keeper *k, struct lethe_error *err);

/* Asks until there is an answer, or it is given up. */
enum lethe_status keeper_persist(struct keeper *k,
	enum lethe_status (*ask)(struct keeper *k, struct lethe_error *err),
	struct lethe_error *err);

/* sure.c: whether the topic is the one that was read */

/* As far as could be told, and this process did not stand since. */
bool keeper_is_sure(const struct keeper *k);

/* What an asking told of that: with an error it is not sure. */
void keeper_note_asked(struct keeper *k, enum lethe_status status);

/* Whether what is read may be taken: of another topic it would become what the
 * topic is known by.  A load has no other. */
bool keeper_may_take(struct keeper *k);

/* Looks, when it is due.  Fails: EAGAIN. */
enum lethe_status
keeper_look(struct keeper *k, int64_t now, struct lethe_error *err);

/* Begins to read each partition at the last record that is sure, or where it
 * goes on. */
enum lethe_status keeper_assign(struct keeper *k, struct lethe_error *err);

/* The same, if it is not sure: it is as soon as those records are met.
 * Behind an asking that was answered. */
enum lethe_status keeper_look_again(struct keeper *k, struct lethe_error *err);

/* take.c: records */

/*
 * Takes what is there, within a few ms, waiting at most `wait_ms` for the
 * first; does not commit.
 *
 * Fails: ELEDGER when the file does not belong to the topic, EIO, ENOMEM,
 * EDENIED.
 */
enum lethe_status
keeper_take(struct keeper *k, int wait_ms, struct lethe_error *err);

/* commit.c: what was taken, into the file */

/* Puts it there; with `all` what stands still, too. */
enum lethe_status
keeper_commit(struct keeper *k, bool all, struct lethe_error *err);

/* Whether all that lay below the ends that were asked is taken. */
bool keeper_reached(const struct keeper *k);

/* By what a record is known again; and the parts' last ones brought up to
 * date. */
void keeper_print_of(const struct keeper *k, const rd_kafka_message_t *m,
	uint8_t out[static LEDGER_ANCHOR_BYTES]);
void keeper_print(struct keeper *k);

/* Forgets what was read, as before a new reading. */
void keeper_forget(struct keeper *k);

/* beat.c: whether the origin is alive, as far as the policy asks for that. */
bool keeper_is_heard(const struct keeper *k);
void keeper_note_heard(struct keeper *k);

/* The partition with the oldest heartbeat, or without one.  Its thread. */
int32_t keeper_quietest(const struct keeper *k);

/* hidden.c: what an open transaction keeps from being read */

/* Behind an asking of `now` that was answered.  False: nobody knows it yet. */
bool keeper_note_hidden(struct keeper *k, int64_t now);

/*
 * The same of one partition, whose `end` is that of the asking.  That another
 * transaction is the first open one by now does not end it: what lay there when
 * it began must be seen.  Of those that a killed program leaves some begin
 * later; so once it has lasted too long, all that lies there then must be.
 *
 *   log    where the log itself ends
 *   most   ms; -1 at a start, which cannot tell how long it has lasted: too
 *          long
 */
void
keeper_hide(struct keeper_part *part, int64_t log, int64_t now, int64_t most);

/* For how long records have been behind one; 0: none are.  Thread: any. */
int64_t keeper_hidden_ms(const struct keeper *k, int64_t now);

/* churn.c: `row` takes the place of `before` */
void keeper_note_change(struct keeper *k);

/* turn.c: one turn of its thread, also while it catches up */
enum lethe_status keeper_turn(struct keeper *k, struct lethe_error *err);

/* Older than this a checkpoint may have missed a tombstone: nine tenths of the
 * time that the topic keeps them, since catching up takes time as well. */
int64_t keeper_tombstones_ms(const struct keeper *k);

/* progress.c */
void keeper_progress(struct keeper *k, bool end);

#endif
