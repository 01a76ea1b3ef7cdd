#ifndef CLI_REPLAY_PRINT_H
#define CLI_REPLAY_PRINT_H

/* What a replay came to: counts and names, no value of an event. */

#include "base/buf.h"
#include "kafka/replay/replay.h"

struct replay_told {
	const struct lethe_policy *policy;
	const struct replay *replay;
	struct stats stats;
	uint64_t counts[REPLAY_COUNT];
	bool lines, dry;
};

void replay_print(const struct replay_told *t, struct buf *out);
void replay_print_json(const struct replay_told *t, struct buf *out);

/* Whether anything still waits, or cannot be replayed. */
bool replay_left_any(const struct replay_told *t);

#endif
