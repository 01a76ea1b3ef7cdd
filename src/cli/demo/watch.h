#ifndef DEMO_WATCH_H
#define DEMO_WATCH_H

/*
 * Looks over the lanes' shoulders: takes a copy of one event now and then,
 * when it was asked for one.
 */

#include "base/buf.h"
#include "kafka/job.h"

#include <pthread.h>

enum watch_state {
	WATCH_IDLE,
	WATCH_HUNGRY, /* the next event is wanted */
	WATCH_TAKING, /* a lane is at it */
	WATCH_READY,
};

struct watch {
	struct job_observer observer;
	_Atomic enum watch_state state;
	/* Of the lane while TAKING, of the owner while READY. */
	struct buf value;
	struct lethe_input input; /* its value points into `value` */
};

void watch_init(struct watch *w);
void watch_fini(struct watch *w);

/* Asks for an event, unless one is on its way. */
void watch_ask(struct watch *w);

/* The event asked for, until watch_ask; NULL while there is none. */
const struct lethe_input *watch_get(struct watch *w);

#endif
