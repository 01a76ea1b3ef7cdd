#ifndef LANE_SELF_H
#define LANE_SELF_H

/* What a lane is made of, and what it does with one event; for its own files.
 */

#include "kafka/lane.h"
#include "kafka/share.h"

#include "engine/view.h"

#define HEADERS_MAX 64
#define SEEN_MAX (STATS_PURPOSES + 1)

/* What one event came to; counted only when all of it could be written. */
struct outcome {
	size_t records, bytes; /* of events */
	size_t rekeys;
	struct {
		size_t purpose;
		enum lethe_reason reason;
	} seen[SEEN_MAX];
	size_t seen_count;
	enum lethe_status refused; /* a record was too large by itself */
};

struct lane {
	struct lane_options o;
	struct lethe_scratch *scratch;
	struct slots slots;
	struct txn txn;
	struct txn_work work;
	struct assign assign;
	struct output output;
	struct lethe_sink sink;
	struct lethe_header headers[HEADERS_MAX];
	struct outcome outcome;
	const struct lane_view *now; /* what it decides by */
	const struct lane_view *_Atomic next, *_Atomic took;
	bool watched; /* the observer sees this event */
	struct share share;
	int64_t lag_ms; /* when it was last looked at */
	unsigned served;
	struct stats_lane *stats;
};

/* event.c: of struct lethe_sink and struct txn_work; ctx is the lane. */

enum lethe_status
lane_record(void *ctx, const struct lethe_record *r, struct lethe_error *err);
void lane_decision(void *ctx, const struct lethe_decision *d);
enum lethe_status lane_input(void *ctx, const struct kafka_message *m,
	enum lethe_status refused, bool stub, struct lethe_error *err);

#endif
