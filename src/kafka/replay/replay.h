#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

/*
 * Sends quarantined events through the engine again, exactly once.  The lane
 * is that of any job (job.h); what differs is where its messages come from,
 * the quarantine topic or lines of repaired events, and that each holds an
 * event sealed or in base64.
 *
 * Kept true:
 *
 *   - an event that was understood leaves a mark in the quarantine topic, in
 *     the transaction of its records; who replays reads the marks first, so no
 *     event goes twice, whichever way it comes and whatever the cluster has
 *     forgotten of the group's offsets
 *   - a mark is never older than its event, so an event that is as old as the
 *     quarantine keeps may have lost its own: it is left where it is
 *   - an event that is still poison, or was not asked for, is written behind
 *     the others in the transaction that passes it
 *   - one replay of a group works at a time: all have one transactional id,
 *     and one that was fenced ends
 *   - reading ends where the topic ended when it began
 *
 * Partitions are assigned by hand: the group never has members.
 */

#include "kafka/job.h"

#include <stdio.h>

/* X(CODE, "name", what became of records that the engine never saw, or did) */
#define REPLAY_MAP(X) \
	X(TAKEN, "taken", "sent through again") \
	X(NOT_CHOSEN, "not_chosen", "put back: not asked for") \
	X(NOT_OPENED, "not_opened", "put back: sealed to another key") \
	X(NO_INPUT, "no_input", \
		"put back: no input of the policy has its topic") \
	X(DONE_BEFORE, "done_before", "left: replayed before") \
	X(DOUBLE, "double", "left: stands behind already") \
	X(TOO_OLD, "too_old", "left: older than the quarantine keeps") \
	X(OTHER_GROUP, "other_group", "left: of another group's reading") \
	X(NOT_HERE, "not_here", "left: coordinates alone") \
	X(UNREADABLE, "unreadable", "left: no quarantine record, or changed")

enum replay_fate {
#define X(code, name, text) REPLAY_##code,
	REPLAY_MAP(X)
#undef X
		REPLAY_COUNT
};

/* Static storage. */
const char *replay_fate_name(enum replay_fate fate);
const char *replay_fate_text(enum replay_fate fate);

#define REPLAY_KEYS_MAX 8

/* Texts and keys are borrowed as long as the replay lives. */
struct replay_options {
	/* The job whose events they are; group, application and the like of
	   the replay itself are made from it. */
	struct job_options job;
	const struct secret_key *keys[REPLAY_KEYS_MAX];
	size_t key_count;
	FILE *lines;	   /* repaired events, one a line; NULL: the topic */
	bool dry;	   /* decide, count, write nothing */
	bool leave_sealed; /* what no key opens is put back, not refused */
	bool chosen[LETHE_STATUS_COUNT]; /* by reason; all false: every one */
	int64_t from_ms, to_ms; /* when they came to the quarantine; to_ms is
				   the first not to take */
};

struct replay;

/*
 * Asks the cluster how the replay stands.  The secrets among the properties
 * are loaded.
 *
 * Fails: as job_new; EUNSUPPORTED.
 * Thread: start-up only.
 */
LETHE_CHECKED enum lethe_status replay_new(const struct replay_options *options,
	struct replay **out, struct lethe_error *err);
void replay_free(struct replay *r); /* or NULL; after its job */

/* What the job of this replay is made with. */
const struct job_options *replay_job(const struct replay *r);

/* The group that its offsets are committed for. */
const char *replay_group(const struct replay *r);

/* Offsets of the topic that wait, markers included; 0 with lines. */
uint64_t replay_waiting(const struct replay *r);

/* Offsets, or lines, that were never there: removed before their turn. */
uint64_t replay_removed(const struct replay *r);

/* How far it is, in offsets or lines.  Thread: any. */
uint64_t replay_progress(const struct replay *r);

/* What became of records; of committed transactions alone.  Thread: any. */
void replay_counts(const struct replay *r, uint64_t out[static REPLAY_COUNT]);

#endif
