#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

/* `lethe run`: the settings tied to a job, signals, the status line. */

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

/*
 * Runs until SIGTERM or SIGINT, or a failure; a stop that takes longer than
 * stop.timeout is forced: the process ends here, with exit code 4.
 *
 * Fails: as job_new; what a lane failed with.
 * Thread: main, before any other.
 */
LETHE_CHECKED enum lethe_status
run_job(const struct settings *s, const struct lethe_view *view,
	const struct lethe_ring *ring, struct lethe_error *err);

#endif
