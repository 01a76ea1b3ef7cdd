#ifndef WIRE_MEMBER_H
#define WIRE_MEMBER_H

/*
 * A lane's consumer as a member of its group: as who it is told of what it
 * has, and as who offsets are sent.
 *
 * Thread: the lane's.
 */

#include "kafka/ops.h"

#include <librdkafka/rdkafka.h>

/* Tells the lane of its partitions, from inside poll and close. */
void broker_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
	rd_kafka_topic_partition_list_t *list, void *opaque);

/* The consumer is closed. */
void broker_forget_member(struct kafka *k);
bool broker_is_cooperative(const struct kafka *k);

/* The membership as it is, with a member id; NULL without one. */
rd_kafka_consumer_group_metadata_t *broker_member_now(struct kafka *k);

/*
 * Whether the member has asked to join its group and is not yet told what it
 * gets.  What is told of then is of a generation that is over.
 *
 *   watch   before the consumer is made
 */
void broker_watch_joins(struct kafka *k, rd_kafka_conf_t *conf);
bool broker_is_joining(const struct kafka *k);

#endif
