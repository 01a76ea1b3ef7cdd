#ifndef REPLAY_STATE_H
#define REPLAY_STATE_H

/* A replay at work; for this room. */

#include "kafka/replay/ids.h"
#include "kafka/replay/replay.h"
#include "kafka/wire/offsets.h"

#include <stdatomic.h>

struct replay {
	struct replay_options o;
	struct job_options job; /* the replay's own */
	struct job_replay hooks;
	struct kafka_ops ops;
	struct lane_source source;
	struct arena arena;
	const char *base;  /* the group whose events they are */
	const char *group; /* the replay's */
	struct offsets_client *client;

	/* the topic, by partition, when it began */
	struct offsets_place *places;
	int64_t *until;
	size_t partitions;

	/* lines */
	char *line; /* getline's */
	size_t line_cap;
	int64_t line_next; /* the next one's number, from 0 */
	int64_t line_sent, line_done;
	bool paused; /* none is read */

	/* the lane's */
	bool opened;	   /* the one producer */
	struct ids ids;	   /* dealt with, by any replay */
	struct ids back;   /* written behind the others, by this one */
	int64_t number;	   /* of the message at hand: its offset, or line */
	struct buf record; /* an opened payload; a mark */
	struct quarantine_event event;
	struct quarantine_clear clear;
	bool is_open; /* the message at hand is a line with its event open */
	struct quarantine_place where; /* of the event at hand */
	char replays[16];	       /* its header */
	uint64_t pending[REPLAY_COUNT], pending_taken;
	_Atomic uint64_t counts[REPLAY_COUNT];
	_Atomic uint64_t progress;
};

/*
 * Where reading begins.  What retention removed is behind the beginning, and
 * what was committed of another topic of this name means nothing: marks tell
 * what was done.
 */
static inline int64_t
replay_begin(const struct offsets_place *p, int64_t committed)
{
	return committed < p->first || committed > p->next ? p->first
							   : committed;
}

/* The calls of ops.h for a replay; ops.c. */
void replay_ops(const struct replay *r, struct kafka_ops *out);

/* Opens messages; source.c. */
void replay_source(struct replay *r, struct lane_source *out);

/* Reads the marks that stand in the topic; scan.c. */
LETHE_CHECKED enum lethe_status
replay_scan(struct replay *r, struct kafka *k, struct lethe_error *err);

#endif
