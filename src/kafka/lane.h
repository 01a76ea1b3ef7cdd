#ifndef KAFKA_LANE_H
#define KAFKA_LANE_H

/*
 * A lane: one thread with a consumer, a transactional producer and a scratch
 * of its own.  No lock and no queue between threads stands on its path.
 */

#include "consent/book.h"
#include "kafka/assign.h"
#include "kafka/count/rows.h"
#include "kafka/count/stats.h"
#include "kafka/output.h"

/*
 * Somebody who looks on, such as the demo.  Called in the lanes' threads, one
 * lane at a time never: the observer locks.
 */
struct job_observer {
	void *ctx;
	/* Whether it wants to see the next event; the others then follow. */
	bool (*wants)(void *ctx, size_t lane);
	void (*event)(void *ctx, size_t lane, const struct lethe_input *in);
	/* Those of the event alone, no rekey. */
	void (*record)(void *ctx, size_t lane, const struct lethe_record *r);
	void (*decision)(
		void *ctx, size_t lane, const struct lethe_decision *d);
	/* OK, or why it went to the quarantine. */
	void (*done)(void *ctx, size_t lane, enum lethe_status status);
};

/* Instead of a channel: the consent topic, read for withdrawals. */
#define CHANNEL_CONSENT SIZE_MAX

/* What a lane decides by, from a stated instant on. */
struct lane_view {
	const struct lethe_view *view;
	struct row_counts *rows; /* of that view; counted by the lane alone */
	int64_t from_ms;	 /* ms UTC; 0: from the start */
	struct held held;	 /* goes with the offsets */
	struct sealer *sealer;	 /* of that view's ring; NULL: reference */
};

/*
 * What opens messages that are not the events themselves, such as records of
 * the quarantine.  Called in the lane's thread.
 */
struct lane_source {
	void *ctx;
	/*
	 * The event of a message into `in`, borrowed until the next; or, not
	 * `taken`, all that must be done about the message.
	 *
	 *   in   as it would be of the message itself
	 */
	enum lethe_status (*open)(void *ctx, struct output *out,
		const struct kafka_message *m, struct lethe_input *in,
		bool *taken, struct lethe_error *err);
	/* It is poison: as output_quarantine. */
	enum lethe_status (*poison)(void *ctx, struct output *out,
		const struct lethe_input *in, const struct lethe_error *why,
		bool stub, struct lethe_error *err);
	/* It was understood, and every record of it is written. */
	enum lethe_status (*done)(void *ctx, struct output *out,
		const struct lethe_input *in, struct lethe_error *err);
	/* What was done since the last time holds, or does not. */
	void (*settled)(void *ctx, bool committed);
};

/*
 * What says whether an event may be decided now: the consent ledger, read as
 * far as it must be.  Called in the lane's thread; times are ops.now_ms.
 */
struct lane_gate {
	void *ctx;
	/* Whether ready would say yes, without a snapshot. */
	bool (*may)(void *ctx, int64_t now_ms);
	/* Whether the book shows enough by now; holds a snapshot from then. */
	bool (*ready)(void *ctx, int64_t now_ms);
	void (*rest)(void *ctx); /* ends it */
	/* Whether the book gave no answer: nothing may be committed. */
	bool (*failed)(void *ctx);
	const struct book *book;
};

struct lane_options {
	size_t number;
	const struct kafka_ops *ops;
	struct kafka *kafka;
	const struct lane_view *view;	     /* the first */
	const struct job_observer *observer; /* or NULL */
	const struct lane_source *source;    /* or NULL */
	const struct lane_gate *gate;	     /* NULL: there is no ledger */
	const char *group;		     /* or NULL: not told */
	const char *const *topics;	     /* inputs */
	/* Of the policy, by input; or CHANNEL_CONSENT. */
	const size_t *channels;
	size_t topic_count;
	const atomic_bool *stop;
	uint64_t seed;
	int64_t poison_stop_ppm; /* 0: off */
	struct txn_options txn;	 /* interval, limits, id */
	struct assign_options assign;
	struct output_options output; /* but the sealer, which is the view's */
};

struct lane;

LETHE_CHECKED enum lethe_status lane_new(const struct lane_options *options,
	struct lane **out, struct lethe_error *err);
void lane_free(struct lane *l); /* or NULL; after lane_close returned */

/*
 * Works until `stop` is set or something cannot be mended; then nothing is
 * open any more.
 *
 * Fails: FATAL, USAGE.
 * Thread: its own.
 */
LETHE_CHECKED enum lethe_status
lane_run(struct lane *l, struct lethe_error *err);

/*
 * Leaves the group and ends the clients, after lane_run.  Some versions of the
 * library do not come to an end of it.
 *
 * Thread: that of lane_run.
 */
void lane_close(struct lane *l);

/*
 * Another view, which the lane takes between two transactions at its instant;
 * of the same inputs and outputs.  The one before is in use until lane_took.
 *
 * Thread: any one.
 */
void lane_offer(struct lane *l, const struct lane_view *next);

/*
 * Whether it waits for a newer ring or policy than the newest that it was
 * offered.  Thread: any.
 */
bool lane_is_behind(const struct lane *l);

/* Whether what was offered last is what it uses.  Thread: any. */
bool lane_took(const struct lane *l);

/* Its counts.  Thread: any. */
const struct stats_lane *lane_stats(const struct lane *l);

#endif
