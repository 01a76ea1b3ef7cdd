#ifndef CLI_CONSENT_OBJECTION_H
#define CLI_CONSENT_OBJECTION_H

/*
 * What stands of a subject in the consent ledger: its record, and by each
 * source that remembers the objection under a key of its own.  Whether a
 * purpose would be stopped is the engine's rule, of the ledger and of those
 * sources alone.
 */

#include "cli/consent/consent_job.h"

/* lethe:objection:SOURCE:SUBJECT, in the arena; ptr NULL without memory. */
struct slice
objection_key(struct arena *a, const char *source, struct slice subject);

/* One record, as the policy reads it; what it borrows is the arena's. */
struct spoken {
	bool found, readable;
	int64_t time_ms;
	struct said said;
	struct ledger_row row;
};

struct objection {
	size_t source; /* of the policy */
	struct spoken is;
};

/* A subject. */
struct standing {
	const struct consent_job *job;
	struct spoken is;
	struct objection *objections; /* one a source that remembers */
	size_t count;
};

/*
 *   objections   room in the job's arena
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status standing_init(
	struct standing *s, struct consent_job *job, struct lethe_error *err);

/*
 * Puts the keys of all objections behind the batch's subjects: those of a
 * source together, in the order of the subjects, and the sources in the
 * policy's.
 */
LETHE_CHECKED enum lethe_status standing_ask(const struct standing *s,
	struct said_batch *batch, struct lethe_error *err);

struct standing_reader {
	struct said_reader *reader;
	struct ledger_decoder *decoder;
	struct arena arena; /* reset for each subject */
};

LETHE_CHECKED enum lethe_status standing_reader_init(struct standing_reader *r,
	const struct consent_job *job, struct lethe_error *err);
void standing_reader_fini(struct standing_reader *r);

/*
 * What the batch heard of a subject.
 *
 *   subjects   those of the batch before standing_ask
 */
LETHE_CHECKED enum lethe_status standing_read(struct standing *s,
	struct standing_reader *r, const struct said_batch *batch,
	size_t subject, size_t subjects, struct lethe_error *err);

/* Which of several records stands cannot be told: as one that cannot be read.
 */
void standing_unreadable(struct standing *s);

/*
 * Why a purpose would be stopped now, or NONE.
 *
 *   source   that says so, or SIZE_MAX
 */
enum lethe_reason
standing_why(const struct standing *s, size_t purpose, size_t *source);

/* Whether an objection is among what stops a purpose, or cannot be told. */
bool standing_stops(
	const struct standing *s, const struct objection *o, size_t purpose);

/* Since when it stands of a purpose. */
int64_t standing_since(
	const struct standing *s, const struct objection *o, size_t purpose);

#endif
