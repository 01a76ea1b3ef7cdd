#ifndef CONSENT_DECIDE_H
#define CONSENT_DECIDE_H

/*
 * The decision: what every source answers, and the rule that turns answers
 * into yes or no.  Pure; knows no format and no purpose's name.
 *
 *  0 a source asked, or any objection source (an ignored one too), whose
 *    answer is an error: deny, with its reason
 *  1 an objection that says yes: deny, unless the purpose ignores it
 *  2 a source asked says deny: deny, whatever the others say
 *  3 the source that decides must grant
 *  4 every source in `also` must grant
 *
 * and it must hold at the event's time and at the processing time.  Steps 3
 * and 4 tell the reason of a silent answer that has one (old_notice).
 * Legitimate interests: 0, 1 and 2 only; silence passes.  Contract and legal
 * obligation: as written.
 */

#include "lethe/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_kind {
	ANSWER_SILENT,
	ANSWER_GRANT,
	ANSWER_DENY, /* of an objection source: an objection */
	ANSWER_ERROR,
};

/* What a source says about one purpose and one event. */
struct answer {
	enum answer_kind kind;
	enum lethe_reason reason; /* ANSWER_ERROR: which; of a silent one: why
				     what it knows is no grant, or NONE */
	bool has_time;		  /* else the event's */
	int64_t time_ms;	  /* since when it says so */
	int64_t grain_ms;	  /* how fine that time is; 0: exact */
	bool has_until;
	int64_t until_ms; /* a grant ends here */
};

enum basis {
	BASIS_CONSENT,
	BASIS_LEGITIMATE_INTERESTS,
	BASIS_CONTRACT,
	BASIS_LEGAL_OBLIGATION,
};

#define SOURCES_MAX 64

struct consent_rule {
	enum basis basis;
	size_t decides;	     /* source index; BASIS_CONSENT */
	uint64_t asked;	     /* bits of the sources in `asks` */
	uint64_t also;	     /* bits; each asked as well */
	uint64_t objections; /* bits of objection sources not ignored */
	uint64_t ignored; /* bits of those ignored: their yes, not an error */
};

struct consent_time {
	int64_t event_ms;
	int64_t event_grain_ms; /* how fine the event's time is */
	int64_t now_ms;
	int64_t clock_skew_ms; /* granted to event times against grants */
};

/* Bits of the sources whose answers the rule looks at. */
uint64_t consent_heard(const struct consent_rule *rule);

/*
 * Times: a grant with a time of its own must be older than the event (given
 * clock_skew_ms, compared at the coarser grain of the two, a tie refuses), and
 * its end must lie after the event and after now, without skew.  An answer
 * whose own time lies after now comes from the future.
 *
 * LETHE_REASON_NONE: yes.  Else why not, and which source decided it.
 *
 *   answers   one per source; those not heard are not looked at
 *   source    index of the source, or SIZE_MAX
 */
enum lethe_reason
consent_decide(const struct consent_rule *rule, const struct answer *answers,
	const struct consent_time *when, size_t *source);

#endif
