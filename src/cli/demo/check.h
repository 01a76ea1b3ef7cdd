#ifndef DEMO_CHECK_H
#define DEMO_CHECK_H

/*
 * Reads every output topic as a consumer would and searches value, key and
 * headers for the canary that stands in all that must not leave: plain, in
 * hexadecimal, in base64.
 */

#include "base/buf.h"
#include "kafka/wire/tap.h"

struct check;

/*   topics   NULL-ended; borrowed as long as it lives */
LETHE_CHECKED enum lethe_status check_open(const char *brokers,
	const char *const *topics, struct check **out, struct lethe_error *err);

/* Ends the reading. */
void check_close(struct check *c); /* or NULL */

/* Messages read so far of one topic.  Thread: any. */
uint64_t check_count(const struct check *c, size_t topic);

/* Messages in which a canary stands.  Thread: any. */
uint64_t check_canaries(const struct check *c);

/* Appends the first message of a topic that was read: key and value. */
void check_first(struct check *c, size_t topic, struct buf *out);

/* Whether a canary stands in some bytes. */
bool canary_in(struct slice bytes);

#endif
