#ifndef CLI_CONSENT_SUBJECT_LOG_H
#define CLI_CONSENT_SUBJECT_LOG_H

/* A subject's entries of the consent log, those of its objections among
 * them. */

#include "cli/consent/consent_job.h"

/* A key of the subject: of its record, or of the objection of a source. */
struct log_key {
	struct slice key;
	const char *source; /* NULL: the record's */
	int64_t last_ms;    /* of its entries */
};

struct log_entry {
	const char *source; /* as of its key */
	struct slice value;
	int64_t time_ms; /* no earlier than the entry before it of its key */
	size_t number;	 /* as it was read */
};

struct subject_log {
	struct log_key *keys; /* the record's, then those of objections */
	size_t key_count;
	struct log_entry *entries;
	size_t count, cap;
	struct arena arena; /* of both */
};

/*
 * Reads the partitions of all the subject's keys, whole, and brings the
 * entries into one order: by time, those of one key as they lie there.
 * Initialises `l`; subject_log_fini is the caller's, whatever it returns.
 *
 *   subject   its key, borrowed
 *
 * Fails: as desk_read; ENOMEM.
 */
LETHE_CHECKED enum lethe_status subject_log_read(struct subject_log *l,
	struct consent_job *j, struct slice subject, struct lethe_error *err);
void subject_log_fini(struct subject_log *l);

#endif
