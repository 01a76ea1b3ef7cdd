#ifndef CLI_TALLY_H
#define CLI_TALLY_H

/*
 * What became of a run of events, counted by reason: events as a whole, each
 * purpose, each field.
 */

#include "base/buf.h"
#include "lethe/process.h"

struct tally {
	const struct lethe_policy *policy; /* borrowed */
	uint64_t shown;			   /* bits of the purposes that run */
	uint64_t events;		   /* poison included */
	uint64_t records;
	uint64_t rekeys;     /* no records of events */
	uint64_t objections; /* that a running job would write to the ledger */
	uint64_t poison[LETHE_STATUS_COUNT];
	uint64_t dropped[LETHE_REASON_COUNT];	   /* whole events */
	uint64_t (*purposes)[LETHE_REASON_COUNT];  /* [purpose] */
	uint64_t *misfits;			   /* [purpose][field] */
	const struct lethe_ledger_counts *consent; /* NULL: no --consent */
};

/*   purposes   bits of those that run */
LETHE_CHECKED enum lethe_status
tally_init(struct tally *t, const struct lethe_policy *policy,
	uint64_t purposes, struct lethe_error *err);
void tally_fini(struct tally *t);

/* Counts one decision, as lethe_process tells it. */
void tally_decision(struct tally *t, const struct lethe_decision *d);

/* Counts one poison. */
void tally_poison(struct tally *t, enum lethe_status why);

uint64_t tally_poison_count(const struct tally *t);

/* Writes it as a table for people. */
void tally_print(const struct tally *t, struct buf *out);

/* Writes it as one JSON object and a line end, for scripts. */
void tally_print_json(const struct tally *t, struct buf *out);

#endif
