#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

/*
 * A running job and what stands around it: its pages, its policy's file, the
 * windows over which it is judged.
 */

#include "admin/server.h"
#include "daemon/settings.h"
#include "daemon/yield.h"
#include "engine/view.h"
#include "kafka/job.h"

#include <pthread.h>

struct service {
	const struct settings *s;
	const struct lethe_ring *ring;
	struct job *job; /* NULL while it asks the cluster; under lock */
	bool stopping;	 /* under lock */

	const struct lethe_view *view;	 /* in force, or about to be */
	struct lethe_view *own, *before; /* views made by a reload; or NULL */
	struct buf text; /* the policy's file as it is in force */
	struct {
		int64_t changed_ns, bytes;
		uint64_t node;
	} file; /* as last looked at */
	int64_t looked_ns;

	pthread_mutex_t lock;	   /* of what pages read: below, and as said */
	char name[128], label[64]; /* of the policy in force */
	int64_t since_ms;
	uint64_t applied, refused; /* reloads */
	struct yields yields;

	/* as they were at the start, and stay */
	int64_t started_ms;
	const struct lethe_policy *first;
	uint64_t runs; /* bits of its purposes that do */
};

/* reload.c */

/*
 * Looks whether the policy's file has changed, and takes it over when it is
 * right: it is in force a second later on every lane.
 *
 *   asked   by SIGHUP: says also that nothing has changed
 */
void service_reload(struct service *v, bool asked);

/* The file as it is in force, and no reload yet. */
void reload_init(struct service *v);
void reload_fini(struct service *v);

/* watch.c */

/* When what comes now and then is due. */
struct service_ticks {
	int64_t status_ns, yield_ns;
	int64_t told_ms; /* of a stall: when it was told last; 0: none */
};

/*
 * Does what is due while the lanes work.
 *
 * Fails: ESTALLED when the process had better be started again.
 */
LETHE_CHECKED enum lethe_status service_tick(
	struct service *v, struct service_ticks *t, struct lethe_error *err);

/* pages.c */

extern const struct admin_route service_routes[];

/* status_page.c */

/* The page for a person; under lock. */
void status_page(struct service *v, struct buf *out);

#endif
