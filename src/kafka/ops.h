#ifndef KAFKA_OPS_H
#define KAFKA_OPS_H

/*
 * What a lane asks of Kafka, as one table of calls: the state machine above it
 * (txn.h, assign.h, lane.h) never names the client library, so it runs against
 * a model as well as against a broker.
 *
 * Every call answers with a status whose class says what to do:
 *   TRANSIENT   the same call again
 *   ABORT       abort the transaction, do it again
 *   POISON      a record of this transaction can never be written
 *   FATAL       EFENCED and EKAFKA: the producer is lost, open another;
 *               the others: stop the lane
 */

#include "lethe/process.h"

#include "base/error.h"
#include "kafka/held.h"

#include <stdbool.h>

/* No offset is committed. */
#define OFFSET_NONE INT64_C(-1001)

/* One partition and an offset of it. */
struct kafka_place {
	size_t topic; /* index into the job's input topics */
	int32_t partition;
	int64_t offset;
	struct held held; /* what is, or was, committed with it */
};

/* A message of an input topic; borrowed from `handle` until released. */
struct kafka_message {
	void *handle; /* NULL: no message */
	size_t topic;
	int32_t partition;
	int64_t offset;
	const void *value; /* NULL: a tombstone */
	size_t len;
	const void *key; /* or NULL */
	size_t key_len;
	int64_t time_ms; /* or LETHE_TIME_NONE */
};

/* A record to write; everything is copied by the call. */
struct kafka_record {
	size_t output; /* index into the job's output topics */
	int32_t partition;
	const void *key; /* or NULL */
	size_t key_len;
	const void *value;
	size_t len;
	int64_t time_ms;
	const struct lethe_header *headers;
	size_t header_count;
};

/* Inputs of a transaction, by their places in it, both inclusive. */
struct kafka_span {
	size_t first, last;
};

struct kafka; /* one lane's consumer and producer */

/* Told from inside poll and close, in the lane's thread. */
struct kafka_rebalance {
	void *ctx;
	void (*assigned)(void *ctx, struct kafka_place *places, size_t count);
	void (*revoked)(void *ctx, struct kafka_place *places, size_t count);
	/*
	 * The member has joined anew and gave nothing up before: what it had is
	 * no longer its own, others may have it.  What it has now is told next.
	 */
	void (*replaced)(void *ctx);
	/* Nothing is left before this offset; where ends are asked for. */
	void (*ended)(void *ctx, const struct kafka_place *place);
};

struct kafka_ops {
	/* A new consumer, subscribed.  Ends the one before. */
	enum lethe_status (*subscribe)(struct kafka *k,
		const struct kafka_rebalance *told, struct lethe_error *err);

	/*
	 * The next message, or none (handle NULL) after `wait_ms`.  Fails:
	 * EGAP (an offset is not in the log), EDENIED, EABORT (the consumer
	 * must be made anew).
	 */
	enum lethe_status (*poll)(struct kafka *k, int wait_ms,
		struct kafka_message *out, struct lethe_error *err);

	/* Headers of a message, of which at most `max` go into `out`; borrowed
	   until it is released.  Returns how many there are. */
	size_t (*headers)(struct kafka *k, const struct kafka_message *m,
		struct lethe_header *out, size_t max);
	void (*release)(struct kafka *k, struct kafka_message *m);

	/* Answers a rebalance: reads from these offsets; stops reading. */
	enum lethe_status (*assign)(struct kafka *k,
		const struct kafka_place *places, size_t count,
		struct lethe_error *err);
	enum lethe_status (*unassign)(struct kafka *k,
		const struct kafka_place *places, size_t count,
		struct lethe_error *err);
	bool (*assignment_lost)(struct kafka *k);

	/*
	 * Partitions that are read give no messages until they may again, and
	 * what was fetched of them comes anew, maybe with doubles; rebalances
	 * are told as before.  Both are allowed of one that is so already.
	 */
	enum lethe_status (*pause)(struct kafka *k,
		const struct kafka_place *places, size_t count, bool paused,
		struct lethe_error *err);

	/* The group's committed offsets, and what was committed with them;
	   waits for pending transactions. */
	enum lethe_status (*committed)(struct kafka *k,
		struct kafka_place *places, size_t count,
		struct lethe_error *err);

	/* First and next offset of a partition, asked of the broker.  Fails:
	   ENOTOPIC when its leader does not know it, or not yet. */
	enum lethe_status (*range)(struct kafka *k,
		const struct kafka_place *place, int64_t *low, int64_t *high,
		struct lethe_error *err);

	/* Next offset of a partition as last heard; OFFSET_NONE: unknown. */
	int64_t (*end)(struct kafka *k, const struct kafka_place *place);

	/* A new producer that fences its predecessor.  Ends the one before. */
	enum lethe_status (*open)(struct kafka *k, struct lethe_error *err);
	enum lethe_status (*begin)(struct kafka *k, struct lethe_error *err);

	/* What is produced from here on is of that input of the transaction. */
	void (*work_on)(struct kafka *k, size_t input);

	/*
	 * Fails: EAGAIN when its queue is full (serve, then again);
	 * POISON_TOO_BIG_OUT when the record is too large by itself.
	 */
	enum lethe_status (*produce)(struct kafka *k,
		const struct kafka_record *r, struct lethe_error *err);

	/* Serves the producer's reports for up to `wait_ms`. */
	void (*serve)(struct kafka *k, int wait_ms);

	/*
	 * OK, or why a record of this transaction was refused for good; after
	 * an abort all of it is known.
	 */
	enum lethe_status (*cause)(struct kafka *k, struct lethe_error *err);

	/*
	 * Of a cause of class POISON: among which inputs its own is.  More than
	 * one where a request held records of several: all of it was refused;
	 * first > last: that is not known.
	 */
	struct kafka_span (*blamed)(struct kafka *k);

	/*
	 * As the member that was told of its partitions: once it has joined
	 * anew without being told yet, EABORT.
	 */
	enum lethe_status (*send_offsets)(struct kafka *k,
		const struct kafka_place *places, size_t count,
		struct lethe_error *err);
	/*
	 * Waits until every record of the transaction is written, for as long
	 * as it takes.  Fails: EABORT when one was not.
	 */
	enum lethe_status (*flush)(struct kafka *k, struct lethe_error *err);
	enum lethe_status (*commit)(struct kafka *k, struct lethe_error *err);
	enum lethe_status (*abort)(struct kafka *k, struct lethe_error *err);

	/*
	 * After an abort: whether a record of it may have been written though
	 * no answer came.  Then another producer must be opened: this one
	 * would number the next records the same, and the broker take them for
	 * repetitions, answer well and write nothing.
	 */
	bool (*in_doubt)(struct kafka *k);

	/* Bytes that were fetched and not yet polled, and that were produced
	   and not yet sent; as of some seconds ago. */
	void (*queues)(struct kafka *k, uint64_t *fetched, uint64_t *unsent);

	int64_t (*now_ms)(struct kafka *k); /* goes forward alone, asleep too */
	void (*sleep)(struct kafka *k, int ms);

	/* Leaves the group (revoked is told) and ends both clients. */
	void (*close)(struct kafka *k);
};

#endif
