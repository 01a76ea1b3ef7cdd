#ifndef TXN_RECOVER_H
#define TXN_RECOVER_H

/* What is done when a transaction fails; for txn.c. */

#include "kafka/txn/txn.h"

/* A lost producer is replaced by another of the same id. */
enum lethe_status
txn_recreate(struct txn *t, enum lethe_status lost, struct lethe_error *err);

/* The transaction is no more, whatever becomes of its inputs. */
enum lethe_status
txn_end_open(struct txn *t, enum lethe_status status, struct lethe_error *err);

/*
 * Ends a failed transaction; what is still ours to do stays retained.
 *
 *   window   how many inputs the next transaction should hold
 */
enum lethe_status txn_undo(struct txn *t, enum lethe_status status,
	size_t *window, struct lethe_error *err);

/* Until all that is retained is committed, or is no longer ours. */
enum lethe_status
txn_replay(struct txn *t, size_t window, struct lethe_error *err);

/* Both. */
enum lethe_status
txn_recover(struct txn *t, enum lethe_status status, struct lethe_error *err);

#endif
