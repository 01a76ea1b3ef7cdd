#ifndef KAFKA_OUTPUT_H
#define KAFKA_OUTPUT_H

/*
 * What leaves a lane: the records of purposes, with their headers and
 * partitions, and quarantined events.  Outputs are numbered as the purposes
 * are; behind them comes the quarantine, then where objections go.
 *
 * Headers: lethe-kind, lethe-purpose, lethe-policy, lethe-shape (of an event's)
 * and, where a token is in the record, lethe-epoch; lethe-replay, where it is
 * one.
 *
 * Thread: the lane's.
 */

#include "kafka/ops.h"

#include "engine/quarantine.h"
#include "engine/view.h"

struct output_options {
	const struct kafka_ops *ops;
	struct kafka *kafka;
	const struct lethe_policy *policy;
	const int32_t *partitions; /* by output */
	struct sealer *sealer;	   /* NULL: payload: reference */
	size_t quarantine_bytes;   /* larger ones become stubs */
	uint32_t seed;		   /* where keyless records begin to go round */
};

struct output {
	struct output_options o;
	uint32_t round;	    /* of records without a key */
	const char *replay; /* the header of what is sent again, or NULL */
	struct buf quarantine;
};

void output_init(struct output *out, const struct output_options *options);
void output_fini(struct output *out);

/*
 * How many outputs a policy has: its purposes and the quarantine; where it
 * remembers objections also the consent topic, and its log if there is one.
 */
size_t output_count(const struct lethe_policy *policy);

/*
 * The topic of each output; NULL of one that is not written: of a purpose that
 * does not run, of a quarantine that there is not.
 *
 *   topics   output_count of them
 */
void output_topics(const struct lethe_view *view, const char **topics);

/*
 * Another policy with the same outputs, and whom its quarantine is sealed to;
 * between transactions.
 */
void output_policy(struct output *out, const struct lethe_policy *policy,
	struct sealer *sealer);

/* At each transaction: a new key for what is sealed in it. */
LETHE_CHECKED enum lethe_status
output_turn(struct output *out, struct lethe_error *err);

/*
 * Produces one record.
 *
 * Fails: POISON_TOO_BIG_OUT; EABORT; FATAL.
 */
LETHE_CHECKED enum lethe_status output_record(struct output *out,
	const struct lethe_record *r, struct lethe_error *err);

/*
 * Produces an objection into the consent topic, and into its log.
 *
 * Fails: EDENIED when a topic takes no record of its size; EABORT; FATAL.
 */
LETHE_CHECKED enum lethe_status output_objection(struct output *out,
	const struct lethe_objection *o, struct lethe_error *err);

/* What goes to the quarantine's topic as it is. */
struct output_aside {
	const char *kind;   /* lethe-kind */
	const char *policy; /* lethe-policy */
	int32_t partition;  /* -1: they go round */
	struct slice value;
	int64_t time_ms;
};

/* Fails: as output_quarantine. */
LETHE_CHECKED enum lethe_status output_aside(struct output *out,
	const struct output_aside *a, struct lethe_error *err);

/*
 * Produces an event into the quarantine.  Where a record of it stands there
 * already and the new one would be a stub, that one is written again.
 *
 *   why    class POISON
 *   stub   its coordinates alone
 *
 * Fails: EABORT, FATAL.
 */
LETHE_CHECKED enum lethe_status output_quarantine(struct output *out,
	const struct quarantine_place *where, const struct lethe_input *in,
	const struct lethe_error *why, bool stub, struct lethe_error *err);

#endif
