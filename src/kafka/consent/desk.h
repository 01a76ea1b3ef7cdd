#ifndef KAFKA_CONSENT_DESK_H
#define KAFKA_CONSENT_DESK_H

/*
 * The consent topic and its log, for the commands that write and ask them: read
 * whole or by partition, and written in transactions, a record and its entry of
 * the log together.
 *
 * Thread: one.
 */

#include "base/slice.h"
#include "kafka/wire/broker.h"

/* The key of the record by which the ledger's origin shows that it lives. */
#define HEARTBEAT_KEY "lethe:heartbeat"

enum desk_topic {
	DESK_LEDGER,
	DESK_LOG,
	DESK_TOPICS,
};

struct desk_options {
	const struct client_property *props; /* secrets loaded */
	size_t prop_count;
	const char *reader; /* name for a consumer; it joins no group */
	const char *topic;
	const char *log; /* or NULL */
};

struct desk;

/*
 * Asks the cluster for both topics.
 *
 *   options   borrowed as long as it lives
 *
 * Fails: ENOTOPIC, EDENIED, ETIMEOUT, ESETTING; ERETENTION when one deletes
 * what it must keep: the ledger is compacted alone, the log never.
 */
LETHE_CHECKED enum lethe_status desk_open(const struct desk_options *options,
	struct desk **out, struct lethe_error *err);
void desk_close(struct desk *d); /* NULL allowed; aborts what is open */

int32_t desk_partitions(const struct desk *d, enum desk_topic topic);

/* The partition of a key, as the Java client chooses it. */
int32_t
desk_partition(const struct desk *d, enum desk_topic topic, struct slice key);

struct desk_record {
	int32_t partition;
	int64_t time_ms;
	struct slice key, value; /* value ptr NULL: a tombstone */
};

/* Told of each committed record, by partition in the order of offsets. */
struct desk_sink {
	void *ctx;
	enum lethe_status (*record)(void *ctx, const struct desk_record *r,
		struct lethe_error *err);
	/* Now and then: offsets that were read, of all; or NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t all);
	/* In so many partitions another's transaction stays open, and what
	   stands behind its beginning was not read; or NULL. */
	void (*held)(void *ctx, const char *topic, int32_t partitions);
	int64_t open_ms; /* in which nothing came, before that; 0: 5 s */
};

/*
 * Reads partitions from their first record to where they end now; for the end
 * of transactions it waits as long as the sink says.
 *
 *   wanted   by partition; NULL: all
 *
 * Fails: as the sink; EDENIED, ETIMEOUT, EKAFKA.
 */
LETHE_CHECKED enum lethe_status
desk_read(struct desk *d, enum desk_topic topic, const bool *wanted,
	const struct desk_sink *sink, struct lethe_error *err);

/*
 * Begins to write: whoever wrote under this id is ended by it, so what is read
 * from here on is not changed by another of these.
 *
 *   id   transactional; borrowed
 */
LETHE_CHECKED enum lethe_status
desk_write(struct desk *d, const char *id, struct lethe_error *err);

/*
 * Asks how many partitions a topic has by now; behind desk_write.
 *
 * Fails: ENOTOPIC, EDENIED, EAGAIN, EKAFKA; then it knows as many as before.
 */
LETHE_CHECKED enum lethe_status
desk_recount(struct desk *d, enum desk_topic topic, struct lethe_error *err);

/* A transaction: desk_put as often as needed between the two. */
LETHE_CHECKED enum lethe_status
desk_begin(struct desk *d, struct lethe_error *err);

/*
 *   partition   -1: by the key
 *   value       ptr NULL: a tombstone
 */
LETHE_CHECKED enum lethe_status desk_put(struct desk *d, enum desk_topic topic,
	int32_t partition, struct slice key, struct slice value,
	int64_t time_ms, struct lethe_error *err);

/*
 * Commits; after a failure the transaction is aborted.
 *
 * Fails: EFENCED when another of these has begun; whatever a record was refused
 * for.
 */
LETHE_CHECKED enum lethe_status
desk_commit(struct desk *d, struct lethe_error *err);
void desk_abort(struct desk *d);

#endif
