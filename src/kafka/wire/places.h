#ifndef WIRE_PLACES_H
#define WIRE_PLACES_H

/*
 * Places (ops.h) as rows of the library's lists; what is committed with one is
 * its row's metadata.  Lists are the caller's to destroy.
 */

#include "kafka/ops.h"

#include <librdkafka/rdkafka.h>

/* The input topic of a name; SIZE_MAX: it is none.  Thread: any. */
size_t broker_topic(const struct kafka *k, const char *name);

rd_kafka_topic_partition_list_t *broker_list(
	const struct kafka *k, const struct kafka_place *places, size_t count);

/* The same with what is committed with each. */
rd_kafka_topic_partition_list_t *broker_list_held(
	const struct kafka *k, const struct kafka_place *places, size_t count);
void broker_read_held(const rd_kafka_topic_partition_t *row, struct held *out);

/*
 * Whether the group has been further than is held, on any partition.
 *
 *   own   or NULL: nothing is compared
 *
 * Fails: EBEHIND.
 */
enum lethe_status broker_check_held(const struct held *own,
	const rd_kafka_topic_partition_list_t *list, struct lethe_error *err);

#endif
