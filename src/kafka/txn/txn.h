#ifndef TXN_TXN_H
#define TXN_TXN_H

/*
 * A lane's transactions: inputs are retained until the commit that covers
 * them, so an abort replays from memory, without a seek, after asking the
 * broker what was committed.  Kept true:
 *
 *   - every offset up to a slot's `base` is committed together with all that
 *     its inputs became; nothing beyond it is
 *   - what is retained is exactly the inputs from each slot's `begin` on
 *   - inputs are worked in the order in which they came, and none before the
 *     work is ready for it
 *
 * A record that the broker refuses for good fails its whole transaction.  Its
 * report names the input; where other inputs' records were in the same request
 * they are parted on replay until the one is found, which then goes to the
 * quarantine.
 *
 * Thread: the lane's.
 */

#include "kafka/txn/slots.h"

#include <stdatomic.h>

/* What the lane does with an input, and hears of its transactions. */
struct txn_work {
	void *ctx;
	/*
	 * Whether the next input may be worked on by now; else it stays
	 * retained, and what is open is committed without it.  NULL: always.
	 */
	bool (*ready)(void *ctx);
	/* Before the first input of a transaction. */
	enum lethe_status (*begin)(void *ctx, struct lethe_error *err);
	/*
	 * Produces all that one input becomes.
	 *
	 *   refused   OK; or why it must go to the quarantine
	 *   stub      and only its coordinates
	 *
	 * Fails: class POISON when a record of it can never be written and
	 * others of it were: it comes again, refused.  ABORT, FATAL.
	 */
	enum lethe_status (*input)(void *ctx, const struct kafka_message *m,
		enum lethe_status refused, bool stub, struct lethe_error *err);
	void (*committed)(void *ctx, size_t inputs);
	void (*aborted)(void *ctx);
	/*
	 * Whether a message is to wait before it is retained; then it is the
	 * work's, which gives it to txn_take when it may, or releases it.
	 * NULL: none does.
	 */
	enum lethe_status (*hold)(void *ctx, struct kafka_message *m,
		bool *held, struct lethe_error *err);
};

struct txn_options {
	const struct kafka_ops *ops;
	struct kafka *kafka;
	const struct txn_work *work;
	struct slots *slots;
	const atomic_bool *stop;   /* set: give up what does not work at once */
	const char *id;		   /* the transactional id, for messages */
	size_t lane;		   /* its number, for messages */
	const char *const *topics; /* names, for messages */
	int64_t commit_interval_ms;
	int64_t session_timeout_ms;
	size_t commit_events;
	size_t commit_bytes;
	/*
	 * No transaction is committed one of whose records was written later
	 * than so long after its first input was worked on: it is aborted and
	 * done again.  0: no limit.
	 */
	int64_t max_age_ms;
};

struct txn_input {
	struct kafka_message m;
	enum lethe_status refused;
	bool stub;
};

struct txn {
	struct txn_options o;
	struct txn_input *inputs; /* in order; the first `worked` are in the
				     open transaction */
	size_t count, cap, worked, bytes;
	size_t most_bytes; /* at once, since txn_most_bytes was asked */
	struct kafka_place *places;
	size_t place_cap;
	int64_t opened_ms;
	const struct held *held; /* goes with its offsets; or NULL */
	int64_t fenced_ms;	 /* 0: never */
	unsigned recreated;	 /* producers lost since the last commit */
	bool open;
	bool ending;	  /* its commit was asked for */
	bool too_old;	  /* it came to its commit after max_age_ms */
	bool work_failed; /* inputs[worked] cannot be written as it is */
	bool halfway;	  /* some of its records may be in the transaction */
	uint64_t commits, aborts, recreations;
};

void txn_init(struct txn *t, const struct txn_options *options);
void txn_fini(struct txn *t); /* releases what is retained */

/* Opens the first producer; waits for the broker. */
LETHE_CHECKED enum lethe_status
txn_start(struct txn *t, struct lethe_error *err);

/*
 * Takes one message and works on it, or retains it until that may be; drops
 * it when it is a double or its partition is not ours.  Owns the message from
 * here on.
 *
 * Fails (so do those below): EABORT when the consumer must be made anew;
 * FATAL, USAGE: stop the lane.
 */
LETHE_CHECKED enum lethe_status
txn_take(struct txn *t, struct kafka_message *m, struct lethe_error *err);

/* Bytes of inputs, the most that were retained at once since the last call. */
size_t txn_most_bytes(struct txn *t);

/* Whether there is something to commit and it is time. */
bool txn_is_due(const struct txn *t);

/* Ms until it is, at most `most`. */
int txn_wait_ms(const struct txn *t, int most);

/* Commits; on an abort goes on until all that is retained is committed. */
LETHE_CHECKED enum lethe_status
txn_commit(struct txn *t, struct lethe_error *err);

/* Works on what is retained and in no transaction, as far as that may be. */
LETHE_CHECKED enum lethe_status
txn_settle(struct txn *t, struct lethe_error *err);

/*
 * Both, for what was read before a gap.  That of another partition may be told
 * meanwhile, once for each: none of them ends it.
 */
LETHE_CHECKED enum lethe_status
txn_complete(struct txn *t, struct lethe_error *err);

/*
 * Gives partitions up: commits what is open, or aborts it when `lost`, and
 * forgets their inputs and slots.
 */
LETHE_CHECKED enum lethe_status
txn_revoke(struct txn *t, const struct kafka_place *places, size_t count,
	bool lost, struct lethe_error *err);

/* Aborts and forgets everything: before a new consumer. */
LETHE_CHECKED enum lethe_status
txn_reset(struct txn *t, struct lethe_error *err);

#endif
