#ifndef ACCESS_SKEW_H
#define ACCESS_SKEW_H

/*
 * How far this machine's clock is from a broker's: a small record of its own
 * goes to a topic whose records the broker stamps (message.timestamp.type is
 * LogAppendTime), and the broker's answer has that stamp.  It was made between
 * the sending and the answer, so the clocks are known to within that time.
 */

#include "kafka/wire/property.h"

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* This clock minus the broker's, in ms: not less, and not more. */
struct skew {
	int64_t least_ms, most_ms;
};

/*
 *   before, after   by this clock, around what the broker stamped; whole ms
 */
struct skew skew_of(int64_t before_ms, int64_t stamped_ms, int64_t after_ms);

/* Whether the clocks are further apart than this, wherever in the span. */
bool skew_is_beyond(const struct skew *s, int64_t max_ms);

/* Fails: ECLOCK when they are, with by how much. */
LETHE_CHECKED enum lethe_status
skew_check(const struct skew *s, int64_t max_ms, struct lethe_error *err);

struct skew_client;

/*
 *   props     secrets loaded
 *   topic     borrowed as long as it lives
 *   given_up  asked while it waits; or NULL
 *
 * Fails: ENOTOPIC, EDENIED, ETIMEOUT, ESETTING, ENOMEM.
 */
LETHE_CHECKED enum lethe_status skew_open(const struct client_property *props,
	size_t count, const char *topic, bool (*given_up)(void),
	struct skew_client **out, struct lethe_error *err);
void skew_close(struct skew_client *c); /* or NULL */

/*
 * Measures; the narrowest of a few spans.  Waits a second at most for each.
 *
 * Fails: ESETTING when the broker does not stamp; EDENIED; EAGAIN.
 */
LETHE_CHECKED enum lethe_status
skew_measure(struct skew_client *c, struct skew *out, struct lethe_error *err);

#endif
