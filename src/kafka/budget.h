#ifndef KAFKA_BUDGET_H
#define KAFKA_BUDGET_H

/*
 * One process's memory, divided: what its lanes may fetch ahead, retain until
 * the commit, and hold for the brokers.  About half of each share is for what
 * the client keeps beside the bytes of messages.
 */

#include "base/error.h"

#include <stddef.h>

/* A lane's share, bytes; all 0: not limited. */
struct budget {
	size_t queue;	       /* fetched and not yet taken */
	size_t queue_messages; /* and how many of them */
	size_t fetch;	       /* one answer of a broker, as it travels */
	size_t inputs;	       /* taken and not yet committed */
	size_t records;	       /* written and not yet acknowledged */
};

/*
 * Divides `memory_mb` (10^6 bytes; 0: not limited) over `lanes` (at least 1).
 *
 * Fails: ESETTING, naming the least that so many lanes need.
 * Thread: any.
 */
LETHE_CHECKED enum lethe_status budget_divide(size_t memory_mb, size_t lanes,
	struct budget *out, struct lethe_error *err);

#endif
