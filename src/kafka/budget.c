#include "kafka/budget.h"

#define MB ((size_t)1000000)
#define PROCESS_MB 16 /* the program, its libraries and threads */
#define LANE_LEAST_MB 16
#define FETCH_LEAST ((size_t)65536)
#define FETCH_MOST (4 * MB)
/* What the client keeps beside each message is about as large. */
#define MESSAGE_BYTES 512

static size_t
clamp(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

enum lethe_status
budget_divide(size_t memory_mb, size_t lanes, struct budget *out,
	struct lethe_error *err)
{
	size_t least = PROCESS_MB + LANE_LEAST_MB * lanes, share;

	*out = (struct budget){0};
	if (!memory_mb)
		return LETHE_OK;
	if (memory_mb < least)
		return fail(err, LETHE_ESETTING, 0,
			"memory_mb: %zu lane%s need%s at least %zu", lanes,
			lanes == 1 ? "" : "s", lanes == 1 ? "s" : "", least);
	share = (memory_mb - PROCESS_MB) * MB / lanes;
	*out = (struct budget){.queue = share / 5,
		.queue_messages = share / 5 / MESSAGE_BYTES,
		/* It may grow several times when it is decompressed. */
		.fetch = clamp(share / 16, FETCH_LEAST, FETCH_MOST),
		.inputs = share / 6,
		.records = share / 6};
	return LETHE_OK;
}
