#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

/*
 * A filter of system calls (seccomp) around a process that has started: what
 * sandbox_calls.c lists goes on; what starts programs, takes over other
 * processes or changes the system ends the process (SIGSYS); all else fails
 * with ENOSYS, as in a kernel that lacks it, so that libraries fall back.
 *
 *   rights_drop(&err);          first of all, before any other thread
 *   ...                         whatever runs programs, listens, writes files
 *   sandbox_close(&options, &err);
 */

#include "base/error.h"

/* The choices of the setting `sandbox`, in its order. */
enum sandbox_mode {
	SANDBOX_ON = 1,
	SANDBOX_OFF,
	SANDBOX_LOG, /* all goes on; the kernel logs what would not */
};

struct sandbox_options {
	enum sandbox_mode mode;
};

/*
 * Puts every thread of the process under the filter, for good, and says so in
 * the log.  From here on: no program is started, no port opened to listen, no
 * file opened for writing.  A build with a sanitizer goes without the filter,
 * since those need more than lethe, and says that.
 *
 * Fails: LETHE_ESETTING when the kernel, or the container, refuses the filter:
 * nothing goes on unprotected that was to be protected.
 * Thread: start-up only; there may be others.
 */
LETHE_CHECKED enum lethe_status
sandbox_close(const struct sandbox_options *options, struct lethe_error *err);

/* The library behind it, as it runs: "libseccomp 2.5.4"; static storage. */
const char *sandbox_library(void);

#endif
