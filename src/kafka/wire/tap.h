#ifndef WIRE_TAP_H
#define WIRE_TAP_H

/*
 * A plain reader of topics from their beginning, for trials: what a purpose's
 * consumer would be.  Without a group; it commits nothing.
 */

#include "base/slice.h"
#include "kafka/wire/property.h"
#include "lethe/process.h"

#include <stdint.h>

struct tap;

#define TAP_HEADERS_MAX 16

struct tap_message {
	size_t topic; /* index into the topics given */
	int64_t time_ms;
	struct slice key; /* ptr NULL: none */
	struct slice value;
	struct lethe_header headers[TAP_HEADERS_MAX];
	size_t header_count;
};

/*   topics   NULL-ended; borrowed as long as it lives */
LETHE_CHECKED enum lethe_status tap_open(const char *brokers,
	const char *const *topics, struct tap **out, struct lethe_error *err);

/*
 * The next message, borrowed until the next call; false when none came within
 * `wait_ms`.
 *
 * Thread: its owner's.
 */
bool tap_next(struct tap *t, int wait_ms, struct tap_message *out);
void tap_close(struct tap *t); /* or NULL */

#endif
