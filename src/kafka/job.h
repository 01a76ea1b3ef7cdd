#ifndef KAFKA_JOB_H
#define KAFKA_JOB_H

/*
 * The stream processor: some lanes and who watches over them.  The caller
 * blocks the signals it waits for before job_start.
 *
 *   job_new(&options, &job, &err); job_start(job, &err);
 *   while (!job_wait(job, 1000)) { ... job_log_status(job); ... }
 *   job_result(job, &err); job_free(job);
 */

#include "kafka/lane.h"
#include "kafka/ledger/keeper.h"
#include "kafka/retention.h"
#include "kafka/wire/property.h"

#include "base/arena.h"
#include "base/metric.h"
#include "engine/view.h"

/* A job that reads the policy's quarantine; of replay.h. */
struct job_replay {
	const struct kafka_ops *ops;
	const struct lane_source *source;
	const int64_t *until; /* by partition */
	struct replay *replay;
};

/* Texts and structs are borrowed as long as the job lives. */
struct job_options {
	const struct lethe_view *view;
	const struct lethe_ring *ring; /* whom the quarantine is sealed to */
	const char *application;
	const char *instance;
	const char *group;
	const char *purpose; /* the one that runs, or NULL */
	size_t lanes;	     /* 0: one a core */
	enum start_at start;
	enum retention_rule retention;
	int64_t commit_interval_ms;
	size_t commit_events;
	size_t commit_bytes;
	int64_t poison_stop_ppm; /* 0: off */
	size_t memory_mb;	 /* 0: not limited; see budget.h */
	unsigned fetch_wake;	 /* requests a second and broker; 0: off */
	size_t quarantine_bytes;
	struct client_property *props; /* secrets are loaded into them */
	size_t prop_count;
	const struct job_observer *observer; /* or NULL */
	const struct job_replay *replay;     /* or NULL */
	bool (*given_up)(void);	   /* asked while job_new waits; or NULL */
	const char *ledger_folder; /* of the consent ledger's file */
	const struct keeper_topic *ledger_topic; /* or NULL: asked */
};

/*
 * The consumer group of a job: GROUP, or GROUP-PURPOSE when one purpose runs
 * alone; NULL without memory.
 *
 *   purpose   or NULL
 */
const char *job_group(struct arena *a, const char *group, const char *purpose);

/*
 * Whether policy, ring and options go together, and the memory for keys is
 * there: what job_new finds without asking the cluster.
 *
 * Fails: EPOLICY, ERING, ESETTING, ENOMEM.
 */
LETHE_CHECKED enum lethe_status
job_check(const struct job_options *options, struct lethe_error *err);

struct job;

/*
 * Asks the cluster what must be known before anything is read.
 *
 * Fails: ESTART, ERETENTION, ENOTOPIC, EPOLICY, ERING, ESETTING, EDENIED,
 * EBEHIND, ELEDGER, ETIMEOUT, ENOMEM.
 * Thread: start-up only, as all of these but job_stop and job_stats.
 */
LETHE_CHECKED enum lethe_status job_new(const struct job_options *options,
	struct job **out, struct lethe_error *err);

/*
 * Reads the consent ledger's topic to its end, where the policy has one; before
 * job_start, which no event passes.  Writes files.
 *
 * Fails: as keeper_load; EAGAIN when it was given up.
 */
LETHE_CHECKED enum lethe_status
job_load(struct job *job, struct lethe_error *err);

/* Starts the lanes. */
LETHE_CHECKED enum lethe_status
job_start(struct job *job, struct lethe_error *err);

/* Asks the lanes to commit and to end.  Thread: any. */
void job_stop(struct job *job);

/* Whether every lane has ended, after at most this long. */
bool job_wait(struct job *job, int timeout_ms);

/* Whether a lane failed: the others are asked to end. */
bool job_has_failed(struct job *job);

/* The first failure, after every lane ended. */
LETHE_CHECKED enum lethe_status
job_result(struct job *job, struct lethe_error *err);

/* Sums over the lanes.  Thread: any. */
void job_stats(const struct job *job, struct stats *out);

/* One line of the log: what came in, what went, what did not and why. */
void job_log_status(struct job *job);

/* Writes the metrics of the lanes.  Thread: any. */
void job_metrics(struct job *job, struct metric_page *page);

/* How the lanes are now. */
struct job_health {
	size_t lanes;
	size_t joined;	    /* lanes that have had an answer of their group */
	size_t partitions;  /* assigned to them */
	int64_t stalled_ms; /* of the lane that stands the longest; 0: all move
			     */
	size_t stalled;	    /* its number */
};

/* The consent ledger; false: the policy has none.  Thread: any. */
bool job_ledger(const struct job *job, struct keeper_state *out);

/* What it brought since the load; zeros without one.  Thread: any. */
void job_changes(const struct job *job, struct keeper_changes *out);

/* Thread: any. */
void job_health(struct job *job, struct job_health *out);

/*
 * Another view for every lane, from one instant on: each commits what came
 * before it and goes on by the new one.  The one before is in use until
 * job_swapped.
 *
 *   ring      of the view; whom the quarantine is sealed to from then on
 *   from_ms   ms UTC
 *
 * Fails: EUNSUPPORTED, naming what only a restart can change: topics, and
 * which purpose writes to which; EAGAIN while a swap is under way; ERING when
 * nobody could open the quarantine; ENOMEM.
 */
LETHE_CHECKED enum lethe_status job_swap(struct job *job,
	const struct lethe_view *view, const struct lethe_ring *ring,
	int64_t from_ms, struct lethe_error *err);

/* Whether job_swap would refuse a view for what only a restart can change. */
LETHE_CHECKED enum lethe_status job_may_swap(const struct job *job,
	const struct lethe_view *view, struct lethe_error *err);

/*
 * Whether a lane waits with its partitions, since the group has worked under a
 * newer ring or policy than the newest view it was offered.
 */
bool job_is_behind(const struct job *job);

/* Whether no lane uses the view before the last swap any more. */
bool job_swapped(struct job *job);

/* Joins the lanes: every one of them must have ended.  NULL allowed. */
void job_free(struct job *job);

#endif
