#ifndef ACCESS_TRIAL_CLIENT_H
#define ACCESS_TRIAL_CLIENT_H

/* What trial.c and trial_write.c share. */

#include "kafka/access/trial.h"
#include "kafka/wire/clients.h"

#define TRIAL_TOPIC_BYTES 250

struct trial {
	struct login login; /* first: the library's one pointer */
	const struct broker_options *o;
	rd_kafka_t *consumer, *producer;
	rd_kafka_t *reader; /* of committed records; with the first reading */
	/* Of the producer, written by its own threads: */
	_Atomic(const char *) wanted; /* the topic that is tried */
	_Atomic bool added;	      /* it is part of the transaction */
};

void trial_close_producer(struct trial *t);

#endif
