#ifndef DAEMON_RIGHTS_H
#define DAEMON_RIGHTS_H

/*
 * What a process may do beyond its user.  Linux keeps capabilities by thread,
 * and a thread takes those of the one that starts it: so they go before there
 * is a second thread.
 */

#include "base/error.h"

/*
 * Gives up every capability (permitted, effective, inheritable, ambient, and
 * the bounding set where it may be emptied), and sets no_new_privs: no program
 * started from here could gain any.  For good.
 *
 * Files are opened, and memory is locked, by the rights of the user from here
 * on: what can be read at the start can be read again at a reload.
 *
 * Fails: LETHE_EIO when the kernel refuses.
 * Thread: main, before any other.
 */
LETHE_CHECKED enum lethe_status rights_drop(struct lethe_error *err);

#endif
