#ifndef LANE_SELF_H
#define LANE_SELF_H

/* What a lane is made of, and what it does with one event; for its own files.
 */

#include "kafka/lane.h"
#include "kafka/share.h"

#include "engine/view.h"

#define SEEN_MAX (STATS_PURPOSES + 1)

/* What one event came to; counted only when all of it could be written. */
struct outcome {
	size_t records, bytes; /* of events */
	size_t rekeys, objections;
	struct {
		size_t purpose;
		enum lethe_reason reason;
	} seen[SEEN_MAX];
	size_t seen_count;
	enum lethe_status refused; /* a record was too large by itself */
};

/* A lane whose events wait, since the ledger is not read far enough. */
struct gate {
	int64_t shut_ms; /* since when; 0: it is open */
	bool paused;	 /* its partitions give nothing */
	bool ever;	 /* they were, since the consumer was made */
	uint64_t rebalances;
	struct kafka_place *places;
	size_t cap;
};

/* A record of the consent topic that waits until it may be told of. */
struct notice {
	struct kafka_message m;
	int64_t due_ms;
};

struct notice_part {
	size_t count; /* that wait */
	int64_t next; /* where count: the offset behind the last of them */
	bool paused;
};

struct notices {
	struct ledger_decoder *decoder; /* NULL: nobody is told */
	struct ledger_row row;
	struct arena arena;
	size_t topic;
	/* In the order in which they came; of a partition in its own. */
	struct notice *held;
	size_t first, count, cap;
	struct notice_part *parts;
	size_t part_count;
	const void *letting; /* the message that is given on */
	bool ever;	     /* a partition was paused */
	uint64_t rebalances;
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
	struct lethe_header *headers; /* of the event at hand */
	size_t header_cap;
	struct outcome outcome;
	const struct lane_view *now; /* what it decides by */
	const struct lane_view *_Atomic next, *_Atomic took;
	bool due;     /* the next is to be taken before the next event */
	bool watched; /* the observer sees this event */
	struct share share;
	struct gate gate;
	struct notices notices;
	int64_t lag_ms; /* when it was last looked at */
	unsigned served;
	struct stats_lane *stats;
};

/* event.c: of struct lethe_sink and struct txn_work; ctx is the lane. */

enum lethe_status
lane_record(void *ctx, const struct lethe_record *r, struct lethe_error *err);
void lane_decision(void *ctx, const struct lethe_decision *d);
enum lethe_status lane_objection(
	void *ctx, const struct lethe_objection *o, struct lethe_error *err);
enum lethe_status lane_input(void *ctx, const struct kafka_message *m,
	enum lethe_status refused, bool stub, struct lethe_error *err);

/* lane.c */

enum lethe_status lane_commit(struct lane *l, struct lethe_error *err);

/* gate.c: what waits for the ledger */

/* Of struct txn_work: not behind an instant, while something is open. */
bool lane_is_ready(void *ctx);

/* No snapshot is held from here on. */
void lane_rest(struct lane *l);

/* Another consumer: none of its partitions is paused. */
void lane_gate_reset(struct lane *l);

/*
 * Before a poll.  Where events wait, and only for a moment, nothing is polled;
 * where it lasts, partitions are paused, so that polling keeps the lane in its
 * group and brings no message.
 *
 *   wait_ms   how long the poll may take; made shorter
 *   polls     whether there is to be one
 */
enum lethe_status lane_pass_gate(
	struct lane *l, int *wait_ms, bool *polls, struct lethe_error *err);

/* notices.c: who is to be forgotten */

LETHE_CHECKED enum lethe_status
notices_init(struct notices *n, const struct lethe_policy *policy,
	uint64_t seed, struct lethe_error *err);
void notices_fini(struct notices *n); /* nothing waits by then */

bool lane_is_notice(const struct lane *l, const struct kafka_message *m);

/* What a record of the consent topic becomes. */
LETHE_CHECKED enum lethe_status
lane_notice(struct lane *l, const struct kafka_message *m,
	enum lethe_status refused, struct lethe_error *err);

/* Of struct txn_work. */
enum lethe_status lane_hold(void *ctx, struct kafka_message *m, bool *held,
	struct lethe_error *err);

/* Gives on what has waited long enough, as far as the transaction has room. */
LETHE_CHECKED enum lethe_status
lane_let_notices(struct lane *l, struct lethe_error *err);

/* Until there is something of the kind, at most `most`. */
int lane_notice_wait_ms(const struct lane *l, int most);

/*
 * What waits of partitions that go is let go; it is read anew.
 *
 *   places   NULL: of all
 */
void
lane_drop_notices(void *ctx, const struct kafka_place *places, size_t count);

/* Whether a partition is paused for their sake. */
bool lane_holds(const struct lane *l, size_t topic, int32_t partition);

/* turn.c: from one view to the next */

/* Until the next view is due, at most `most`. */
int lane_wait_ms(const struct lane *l, int most);

/* Whether the next view is to be taken before the next event. */
bool lane_is_due(const struct lane *l);

/* Takes it then, at the beginning of a transaction. */
void lane_take_due(struct lane *l);

/* Takes it then: what came before is committed first. */
enum lethe_status lane_turn(struct lane *l, struct lethe_error *err);

/*
 * Under what the next event would be worked on; ctx is the lane.  Asked while a
 * rebalance waits for something newer: with nothing open the next view is taken
 * right then, so that another can follow it.
 */
const struct held *lane_held(void *ctx);

#endif
