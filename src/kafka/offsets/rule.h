#ifndef OFFSETS_RULE_H
#define OFFSETS_RULE_H

/*
 * How a group stands on one partition, and what an operator may do about it:
 * functions of numbers alone.  A gap is what lies between the committed offset
 * and the log, on either side; nothing here ever steps over one unasked.
 */

#include "kafka/ops.h"

enum offsets_state {
	OFFSETS_OK,
	OFFSETS_NOT_STARTED, /* nothing is committed */
	OFFSETS_GAP,	     /* committed below the log: retention passed it */
	OFFSETS_BEYOND_END, /* committed above the log: cut, or another topic */
};

/* One partition of an input topic. */
struct offsets_place {
	int64_t committed; /* the group's, or OFFSET_NONE */
	int64_t first;	   /* the log's first offset */
	int64_t next;	   /* and the one behind its last */
	struct held held;  /* under what it was committed; nothing decides */
};

/* Offsets from..to, both included. */
struct offsets_span {
	int64_t from, to;
};

static inline int64_t
offsets_count(const struct offsets_span *span)
{
	return span->to - span->from + 1;
}

/*
 * How the group stands.
 *
 *   gap   what lies between committed offset and log; {0, -1} when nothing
 */
enum offsets_state
offsets_state(const struct offsets_place *place, struct offsets_span *gap);

/* "ok", "not_started", "gap", "beyond_end"; never changes. */
const char *offsets_state_name(enum offsets_state state);

/* How many offsets of the log are still to be read; -1: that is not known. */
int64_t offsets_lag(const struct offsets_place *place);

/* What may be done, or why not. */
enum offsets_answer {
	ANSWER_YES,
	ANSWER_STANDS,	     /* it stands there already: nothing to do */
	ANSWER_NOT_STARTED,  /* nothing is committed that could be moved */
	ANSWER_NO_GAP,	     /* there is none */
	ANSWER_OTHER_GAP,    /* another than the one named */
	ANSWER_CAUSE_NEEDED, /* truncated, or made anew? */
	ANSWER_CAUSE_VAIN,   /* neither: it is a plain gap */
	ANSWER_GAP_FIRST,    /* a gap stands there: it goes first */
	ANSWER_FORWARD,	     /* would skip events */
	ANSWER_GONE,	     /* no longer in the log */
};

/* Why a log ends below the committed offset: a person knows, no number does. */
enum offsets_cause {
	CAUSE_UNSAID,
	CAUSE_TRUNCATED, /* it lost its tail: go on at the end */
	CAUSE_RECREATED, /* the topic was made anew: begin at its beginning */
};

/*
 * Whether the gap that was named, and no other, may be accepted as lost.
 *
 *   to   where the group goes on; OFFSET_NONE unless ANSWER_YES
 */
enum offsets_answer offsets_accept(const struct offsets_place *place,
	const struct offsets_span *named, enum offsets_cause cause,
	int64_t *to);

enum offsets_aim {
	AIM_EARLIEST,
	AIM_OFFSET,
	AIM_TIME,
};

/*
 * Whether the group may go back.  By time a partition that stands before it
 * already stays where it is; an offset ahead is refused.
 *
 *   target   AIM_OFFSET: the offset; AIM_TIME: the first one not before that
 *            time, OFFSET_NONE when there is none; AIM_EARLIEST: not read
 *   to       where the group goes on; OFFSET_NONE unless ANSWER_YES
 */
enum offsets_answer offsets_rewind(const struct offsets_place *place,
	enum offsets_aim aim, int64_t target, int64_t *to);

#endif
