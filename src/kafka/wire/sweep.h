#ifndef WIRE_SWEEP_H
#define WIRE_SWEEP_H

/*
 * Reads a topic once, from its oldest record to where each partition ends when
 * it comes there: what is committed, without a group, and committing nothing.
 */

#include "base/slice.h"
#include "kafka/wire/property.h"

#include <stdint.h>

struct sweep_record {
	int64_t time_ms;
	struct slice key;	  /* ptr NULL: none */
	struct slice kind, epoch; /* headers of lethe; ptr NULL: none */
};

struct sweep_options {
	const struct client_property *props; /* secrets loaded */
	size_t prop_count;
	const char *group; /* whose name the rights may ask for */
	const char *topic;
	/* Borrows the record during the call. */
	void (*take)(void *ctx, const struct sweep_record *r);
	void *ctx;
};

/*
 * Fails: EDENIED without the right to read; ENOTOPIC; ETIMEOUT when nothing
 * comes for a minute; EKAFKA, ESETTING.
 */
LETHE_CHECKED enum lethe_status
sweep_topic(const struct sweep_options *o, struct lethe_error *err);

#endif
