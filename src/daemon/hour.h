#ifndef DAEMON_HOUR_H
#define DAEMON_HOUR_H

/*
 * What became of the last hour's events for each purpose, and what the
 * consent ledger brought meanwhile; before an hour is over, since the start.
 */

#include "kafka/count/stats.h"
#include "kafka/ledger/keeper.h"

#define HOUR_EVERY_MS 60000
#define HOUR_SAMPLES 60

struct hour_counts {
	uint64_t records;
	uint64_t drops[LETHE_REASON_COUNT];
	uint64_t changes[LEDGER_STATES]; /* of consent, by where they led */
};

struct hour {
	struct hour_counts *samples; /* a ring; each a row a purpose */
	size_t purposes, count, next;
};

/* Fails: ENOMEM. */
LETHE_CHECKED enum lethe_status
hour_init(struct hour *h, size_t purposes, struct lethe_error *err);
void hour_fini(struct hour *h);

/* Every HOUR_EVERY_MS. */
void hour_sample(struct hour *h, const struct stats *sums,
	const struct keeper_changes *changes);

/* Since the oldest sample, which is 59 to 60 minutes old. */
void hour_of(const struct hour *h, size_t purpose, const struct stats *sums,
	const struct keeper_changes *changes, struct hour_counts *out);

#endif
