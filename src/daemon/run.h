#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

/* `lethe run`: the settings tied to a job, signals, the status line. */

#include "crypto/keypair.h"
#include "daemon/settings.h"
#include "engine/view.h"
#include "kafka/job.h"

/*
 * A job as the settings say.
 *
 *   s      settings_check_run passed; secrets are loaded into it
 *   view   of the settings' policy, ring and purpose
 */
void run_options(const struct settings *s, const struct lethe_view *view,
	const struct lethe_ring *ring, struct job_options *out);

/* Where the consent ledger's file lies, which is made there. */
const char *run_ledger_folder(const struct settings *s);

/*
 * What a run begins with, and what is there at its end, which the caller frees:
 * a newer ring or policy takes the first's place, and that one is freed.
 */
struct run_parts {
	struct lethe_view *view;
	struct lethe_ring *ring;   /* of the view */
	struct secret_key *secret; /* opens the ring, and those that follow */
	struct buf text;	   /* of the policy's file */
	bool waits;	   /* the file has one whose instant lies ahead */
	size_t signatures; /* of the policy, by those whom the ring names */
};

/*
 * Runs until SIGTERM or SIGINT, or a failure; a stop that takes longer than
 * stop.timeout is forced: the process ends here, with exit code 4.
 *
 * Fails: as job_new; what a lane failed with.
 * Thread: main, before any other.
 */
LETHE_CHECKED enum lethe_status run_job(const struct settings *s,
	struct run_parts *parts, struct lethe_error *err);

#endif
