#ifndef CLI_CONSENT_STRAY_H
#define CLI_CONSENT_STRAY_H

/*
 * Records of subjects whose own partition has none: another program may have
 * written them by another hash, or the topic's partitions were made more.
 */

#include "cli/consent/consent_job.h"

struct stray {
	bool lost;     /* its own partition has no record, or a tombstone: */
	bool cleared;  /* the latter */
	int32_t at;    /* where one lies; -1: nowhere */
	int32_t other; /* where a second one lies; -1: nowhere */
};

struct strays {
	const struct consent_job *job;
	struct said_batch *batch;
	size_t subjects; /* the first ones of the batch */
	struct stray *rows;
};

/*
 * Reads the other partitions, whole, for those of the batch's first subjects
 * of whom consent_read_records found nothing; the batch then has what was
 * found.  When it found all, nothing is read.
 *
 * Fails: as desk_read; ENOMEM.
 */
LETHE_CHECKED enum lethe_status
strays_look(struct strays *s, struct consent_job *job, struct said_batch *batch,
	size_t subjects, struct lethe_error *err);

/* Whether nothing tells which of several records is the later. */
bool stray_split(const struct stray *s);

#endif
