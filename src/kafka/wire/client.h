#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

/* Clients of the library, configured; and what one is asked of a topic. */

#include "kafka/access/login.h"
#include "kafka/wire/property.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* What lethe itself sets, beside the tables of defaults. */
struct client_set {
	const char *name;
	const char *value; /* NULL: left as it is */
};

/*
 * A configuration: defaults, then properties, then lethe's own.
 *
 *   side   CLIENT_CONSUMER or CLIENT_PRODUCER
 *   own    ended by name NULL
 */
LETHE_CHECKED enum lethe_status
client_conf(enum client_side side, const struct client_property *props,
	size_t count, const struct client_set *own, rd_kafka_conf_t **out,
	struct lethe_error *err);

/*
 * A client of a configuration, which it takes.
 *
 * Fails: LETHE_ESETTING with the library's words.
 */
LETHE_CHECKED enum lethe_status client_new(enum client_side side,
	rd_kafka_conf_t *conf, rd_kafka_t **out, struct lethe_error *err);

/* A line of the library's log, as one of lethe's. */
void client_log(const rd_kafka_t *rk, int level, const char *facility,
	const char *text);

/*
 * Whether the library looks again soon at a fetch queue that was full
 * (fetch.queue.backoff.ms, from 2.2.0); before, it sleeps up to a second.
 */
bool client_backs_off(void);

/*
 * Whether the library's cooperative assignor is without known faults (2.6.1):
 * before, a member that leaves may end the process or turn in a loop.
 */
bool client_cooperates(void);

/*
 * Times of the consumer's that do not go together and that the library takes.
 *
 * Fails: LETHE_ESETTING, naming both.
 */
LETHE_CHECKED enum lethe_status
client_times_check(const struct client_property *props, size_t count,
	struct lethe_error *err);

/* A configured value, as the library holds it; -1 when it has none. */
int64_t client_number(rd_kafka_t *rk, const char *name);

/*
 * Partitions of a topic.
 *
 *   login   the client's, which is polled between tries; or NULL
 *
 * Fails: ENOTOPIC, EDENIED, EAGAIN, EKAFKA.
 */
LETHE_CHECKED enum lethe_status
client_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
	struct login *login, int32_t *count, struct lethe_error *err);

/*
 * First and next offset of a partition, as its leader says.
 *
 * Fails: ENOTOPIC, EDENIED, EAGAIN, EKAFKA.
 * Thread: any.
 */
LETHE_CHECKED enum lethe_status
client_range(rd_kafka_t *rk, const char *topic, int32_t partition,
	int timeout_ms, int64_t *low, int64_t *high, struct lethe_error *err);

/* The library behind this room, as it runs: "librdkafka 2.0.2"; static storage.
 */
const char *client_library(void);

#endif
