#ifndef WIRE_FEED_H
#define WIRE_FEED_H

/*
 * A plain producer of raw events, for trials: what a shop's collector would
 * be.  Partitions by murmur2 of the key, as the Java client does.
 */

#include "base/slice.h"
#include "kafka/wire/property.h"

#include <stdint.h>

struct feed;

struct feed_options {
	const char *brokers; /* host:port,… */
	const char *topic;
	const struct client_property *props; /* more properties, or NULL */
	size_t prop_count;
};

/* Fails: ENOTOPIC when the topic does not exist, ESETTING, EDENIED, EKAFKA. */
LETHE_CHECKED enum lethe_status feed_open(const struct feed_options *options,
	struct feed **out, struct lethe_error *err);

/*
 * Sends one event; waits while the queue is full.
 *
 *   key      ptr NULL: none
 *   time_ms  the message's timestamp
 *
 * Fails: EKAFKA when an event was refused, this one or one before.
 */
LETHE_CHECKED enum lethe_status feed_send(struct feed *f, struct slice key,
	struct slice value, int64_t time_ms, struct lethe_error *err);

/* Waits until everything sent is written.  Fails: ETIMEOUT, EKAFKA. */
LETHE_CHECKED enum lethe_status
feed_flush(struct feed *f, int timeout_ms, struct lethe_error *err);
void feed_close(struct feed *f); /* or NULL; what is queued is lost */

#endif
