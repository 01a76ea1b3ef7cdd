#ifndef WIRE_CLIENTS_H
#define WIRE_CLIENTS_H

/* One lane's clients, and the calls of ops.h on each. */

#include "kafka/wire/broker.h"
#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include <stdatomic.h>

#define CALL_MS 30000
#define ASK_MS 10000

/* What waits for the lane, as the waker sees it. */
struct fetch_queue {
	/* What the lane has read; the waker's thread reads along. */
	_Atomic uint64_t messages, bytes;

	/* the waker's */
	rd_kafka_queue_t *handle; /* NULL: nobody looks */
	uint64_t max_bytes, max_messages;
	uint64_t seen_messages, seen_bytes, mean_bytes;
};

struct kafka {
	struct login login; /* first: the library's pointer is to both */
	const struct broker_options *o;
	rd_kafka_t *consumer, *producer;
	rd_kafka_topic_t **outputs;
	struct fetch_queue queue;
	const struct kafka_rebalance *told;
	/* Under the eager protocol: as who it was told of what it has, and
	   whether that is anything. */
	rd_kafka_consumer_group_metadata_t *member;
	bool holds;
	atomic_bool joining; /* by the client's threads: consumer/joins.c */
	size_t last_topic;   /* of the message before: most often the next */
	size_t sent;	     /* records of this transaction */
	size_t reported;     /* and what is known of them */
	bool failed;	     /* one was not written, for now or good */
	bool doubt;	     /* one may have been written: no answer came */
	enum lethe_status cause; /* why one was refused for good */
	size_t input;		 /* whose records are produced */
	struct kafka_span blamed;
	struct lethe_error why;
	uint64_t fetched_bytes, unsent_bytes; /* as the clients last said */
};

/* consumer/consumer.c: made, and ended */

/*
 * A consumer: a lane's, or one that only asks, which reads what no transaction
 * has ended yet.
 *
 *   login   of the lane, whose first member it is; or of whoever asks
 */
enum lethe_status
broker_new_consumer(const struct broker_options *o, struct login *login,
	bool lane, rd_kafka_t **out, struct lethe_error *err);
enum lethe_status broker_subscribe(struct kafka *k,
	const struct kafka_rebalance *told, struct lethe_error *err);
void broker_close_consumer(struct kafka *k);

/* consumer/member.c: what it is given of its group; member.h */

enum lethe_status
broker_assign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err);
enum lethe_status
broker_unassign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err);
bool broker_assignment_lost(struct kafka *k);

/* consumer/poll.c: its messages */

enum lethe_status broker_poll(struct kafka *k, int wait_ms,
	struct kafka_message *out, struct lethe_error *err);
size_t broker_headers(struct kafka *k, const struct kafka_message *m,
	struct lethe_header *out, size_t max);
void broker_release(struct kafka *k, struct kafka_message *m);
enum lethe_status
broker_pause(struct kafka *k, const struct kafka_place *places, size_t count,
	bool paused, struct lethe_error *err);

/* consumer/offsets.c: where the group is, and where the logs begin and end */

enum lethe_status broker_committed(struct kafka *k, struct kafka_place *places,
	size_t count, struct lethe_error *err);

/*
 * The same of a consumer that only asks: until it knows, or until the time
 * has passed.
 *
 *   login   of the consumer
 *
 * Fails: EDENIED, EAGAIN, EKAFKA.
 */
enum lethe_status broker_ask_committed(rd_kafka_t *consumer,
	const struct login *login, const char *group,
	rd_kafka_topic_partition_list_t *list, struct lethe_error *err);
enum lethe_status broker_range(struct kafka *k, const struct kafka_place *place,
	int64_t *low, int64_t *high, struct lethe_error *err);
int64_t broker_end(struct kafka *k, const struct kafka_place *place);

/* producer.c */

void broker_close_producer(struct kafka *k);
enum lethe_status broker_open(struct kafka *k, struct lethe_error *err);
enum lethe_status broker_begin(struct kafka *k, struct lethe_error *err);
enum lethe_status broker_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err);
void broker_serve(struct kafka *k, int wait_ms);
enum lethe_status broker_cause(struct kafka *k, struct lethe_error *err);
void broker_work_on(struct kafka *k, size_t input);
struct kafka_span broker_blamed(struct kafka *k);
enum lethe_status
broker_send_offsets(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err);
enum lethe_status broker_flush(struct kafka *k, struct lethe_error *err);
enum lethe_status broker_commit(struct kafka *k, struct lethe_error *err);
enum lethe_status broker_abort(struct kafka *k, struct lethe_error *err);
bool broker_in_doubt(struct kafka *k);

/* queues.c: how often the clients say what waits in them; a callback each */

#define STATISTICS_MS "5000"
int broker_on_fetched(rd_kafka_t *rk, char *json, size_t len, void *opaque);
int broker_on_unsent(rd_kafka_t *rk, char *json, size_t len, void *opaque);
void broker_queues(struct kafka *k, uint64_t *fetched, uint64_t *unsent);

#endif
