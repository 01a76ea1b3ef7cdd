#ifndef KAFKA_CONSENT_SELF_H
#define KAFKA_CONSENT_SELF_H

/* For the files of this room. */

#include "kafka/consent/desk.h"

#include "kafka/wire/clients.h"

struct desk {
	const struct desk_options *o;
	const char *topics[DESK_TOPICS]; /* NULL: there is no log */
	int32_t partitions[DESK_TOPICS];
	struct broker_options broker; /* of the producer */
	struct kafka *writer;	      /* or NULL */
	bool open;		      /* a transaction */
	int64_t began_ns;	      /* the last one */
};

#endif
