#ifndef TXN_STEP_H
#define TXN_STEP_H

/* The steps that transactions are made of; for txn.c and recover.c. */

#include "kafka/txn/txn.h"

/* Whether the work is ready for another input. */
bool txn_is_ready(const struct txn *t);

/* EFENCED, EKAFKA: the producer is of no more use. */
bool txn_lost_producer(enum lethe_status status);
bool txn_should_stop(const struct txn *t);
int txn_backoff_ms(unsigned attempt);

/*
 * One call until it no longer asks for another try.  A commit that asks must
 * never be followed by an abort, so there is no other end to this.
 */
enum lethe_status txn_persist(struct txn *t,
	enum lethe_status (*call)(struct kafka *k, struct lethe_error *err),
	const char *what, struct lethe_error *err);

/* Keeps a message until its commit; doubles and strangers are let go. */
enum lethe_status
txn_retain(struct txn *t, struct kafka_message *m, struct lethe_error *err);

/* Begins a transaction unless one is open. */
enum lethe_status txn_begin(struct txn *t, struct lethe_error *err);

/* Works on the first retained input that the open transaction lacks. */
enum lethe_status txn_work_next(struct txn *t, struct lethe_error *err);

/* OK: committed, then txn_finish.  Else txn_undo with what this returned. */
enum lethe_status txn_try_commit(struct txn *t, struct lethe_error *err);
void txn_finish(struct txn *t);

/* The offsets that the open transaction moves, into t->places. */
enum lethe_status
txn_gather(struct txn *t, size_t *count, struct lethe_error *err);
bool txn_has_dirty(const struct txn *t);

/* Forgets inputs of a partition below an offset; all inputs and slots. */
void
txn_drop_inputs(struct txn *t, size_t topic, int32_t partition, int64_t below);
void txn_forget_all(struct txn *t);

#endif
