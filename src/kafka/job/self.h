#ifndef JOB_SELF_H
#define JOB_SELF_H

/* What a job is made of; for its own files alone. */

#include "kafka/job.h"
#include "kafka/wire/broker.h"

#include <pthread.h>

struct job_lane {
	struct job *job;
	struct lane *lane;
	struct kafka *kafka;
	struct broker_options broker;
	struct lane_view views[2];    /* in force, and the one before or next */
	struct keeper_reader *reader; /* or NULL */
	struct lane_gate gate;
	pthread_t thread;
	bool started;
};

struct job {
	struct job_options o;
	struct arena arena; /* names and tables */
	const char *group;
	const char **topics; /* inputs */
	size_t *channels;
	size_t topic_count;
	const char **outputs;
	size_t output_count;
	struct broker_facts facts;
	struct start_rule *rules;
	struct job_lane *lanes;
	size_t lane_count;
	struct budget budget;  /* of one lane */
	struct waker *waker;   /* or NULL */
	unsigned turn;	       /* which of the lanes' views is the newest */
	struct keeper *keeper; /* NULL: the policy has no ledger */
	atomic_bool stop;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t running;		   /* under lock */
	struct lethe_error failed; /* under lock: the first */
	struct row_totals past;	   /* under lock: of views that were */
};

/* check.c: what is found without the cluster */

/* How many lanes there are to be. */
size_t job_count_lanes(const struct job_options *o);

/* view.c */

/*
 * What a lane decides by, of a view and whom its quarantine is sealed to.
 *
 *   out   the caller's; job_view_free ends it, made or not
 */
LETHE_CHECKED enum lethe_status job_view(struct lane_view *out,
	const struct lethe_view *view, const struct lethe_ring *ring,
	int64_t from_ms, struct lethe_error *err);
void job_view_free(struct lane_view *v);

/* ledger.c: the consent ledger of the policy, where it has one */

LETHE_CHECKED enum lethe_status
job_open_ledger(struct job *job, struct lethe_error *err);
LETHE_CHECKED enum lethe_status
job_read_ledger(struct job *job, struct job_lane *jl, struct lethe_error *err);

/* run.c: the lanes, at work */

/* The first failure is the job's; the others are asked to end. */
void job_note_failure(struct job *job, const struct lethe_error *err);

#endif
