#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

/*
 * A running job and what stands around it: its pages, its policy's file, the
 * windows over which it is judged.
 */

#include "admin/server.h"
#include "daemon/hour.h"
#include "daemon/policy_file.h"
#include "daemon/run.h"
#include "daemon/settings.h"
#include "daemon/yield.h"
#include "engine/view.h"
#include "kafka/access/skew.h"
#include "kafka/job.h"

#include <pthread.h>

/* A file as it was last looked at. */
struct watched {
	int64_t changed_ns, bytes;
	uint64_t node, device;
};

/* What became of a file's changes. */
struct reloads {
	uint64_t applied, refused;
	bool stands_refused; /* what the file holds now is not taken */
};

struct service {
	const struct settings *s;
	struct run_parts *parts; /* in force, or about to be */
	struct job *job; /* NULL while it asks the cluster; under lock */
	bool stopping;	 /* under lock */

	struct lethe_view *before; /* until no lane has it; or NULL */
	struct buf text;	   /* the policy's file as it is in force */
	struct watched policy_file, signature_file, ring_file;
	char *signatures; /* path of the policy's signatures */
	bool again; /* something was changed while a change was under way */
	bool ring_is_new; /* the policy in force may lack what it asks for */
	int64_t looked_ns;
	size_t wiped; /* of the ring's keys, and still in the lanes' view */

	pthread_mutex_t lock;	    /* of what pages read: below, and as said;
				       and parts, where they change */
	char name[128], label[64];  /* of the policy in force */
	struct policy_file waiting; /* for its instant; policy NULL: none */
	int64_t since_ms;
	struct reloads policy_reloads, ring_reloads;
	struct yields yields;
	struct hour hour;

	bool skew_known;
	struct skew skew; /* as last measured */

	struct skew_client *skew_client; /* NULL without clock.topic */
	int64_t clock_due_ns;

	/* as they were at the start, and stay */
	int64_t started_ms;
	struct lethe_policy *first;
	uint64_t runs; /* bits of its purposes that do */
};

/* reload.c */

/* From its reading to its instant on every lane. */
#define RELOAD_AHEAD_MS 1000

enum reload_why {
	RELOAD_DUE,    /* when policy.watch says so */
	RELOAD_SIGNAL, /* by SIGHUP: says also that nothing has changed */
	RELOAD_BEHIND, /* the group has worked under something newer */
};

/*
 * Looks whether the ring's or the policy's file has changed, and takes it over
 * when it is right: it is in force a second later on every lane.
 */
void service_reload(struct service *v, enum reload_why why);

/*
 * Takes a view over: every lane has it from one instant on.
 *
 *   view     taken, even on failure
 *   from_ms  the instant; one that is over becomes a second ahead
 *   ring     of the view; the caller's on failure, else it takes the place of
 *            the one before, which is freed
 *
 * Fails: as job_swap.
 */
LETHE_CHECKED enum lethe_status
service_swap(struct service *v, struct lethe_view *view,
	struct lethe_ring *ring, int64_t *from_ms, struct lethe_error *err);

/* One change more, taken or refused. */
void reloads_applied(struct service *v, struct reloads *r);
void reloads_refused(struct service *v, struct reloads *r);

/* What the file holds is in force, or waits for its instant. */
void reloads_agree(struct service *v, struct reloads *r);

/* A view of one of the parts that are in force, and one that is new. */
LETHE_CHECKED enum lethe_status service_view(const struct service *v,
	struct lethe_policy *policy, const struct lethe_ring *ring,
	struct lethe_view **out, struct lethe_error *err);

/*
 * Whether a file is another than when it was last looked at; links are
 * followed, so one that is swapped counts.
 */
bool watched_changed(struct watched *w, const char *path);

/* The next look sees a change, whether there is one or not. */
void watched_forget(struct watched *w);

/* The file as it is in force, and no reload yet. */
LETHE_CHECKED enum lethe_status
reload_init(struct service *v, struct lethe_error *err);
void reload_fini(struct service *v);

/* reload_policy.c */

/*
 * Reads the policy's file and takes it over, at once or, when it is signed, at
 * the instant that its signers stated: until then it waits.
 *
 *   asked   says also that nothing has changed
 */
void reload_policy(struct service *v, bool asked);

/* Gives the lanes a policy that waits, shortly before its instant. */
void policy_turn(struct service *v);

void policy_init(struct service *v);
void policy_fini(struct service *v);

/* reload_ring.c */

/*
 * Reads the ring's file and takes it over when it may follow the one held.
 *
 *   asked   says also that nothing has changed
 */
void reload_ring(struct service *v, bool asked);

/* forget.c */

/*
 * Wipes keys that have become erase-only, of the ring and then of the lanes, by
 * a view without them.  A look at the ring, when there are none.
 */
void service_forget(struct service *v);

/* clock_watch.c */

/*
 * Measures this clock against the broker's, where `clock.topic` is stated; at
 * the start, and every five minutes.  After job_new, which loads the secrets.
 *
 * Fails: ECLOCK beyond `clock.skew.max`; as skew_open and skew_measure, but
 * that a broker may be silent.
 */
LETHE_CHECKED enum lethe_status service_clock_open(
	struct service *v, bool (*given_up)(void), struct lethe_error *err);
LETHE_CHECKED enum lethe_status
service_clock_tick(struct service *v, struct lethe_error *err);

/* watch.c */

/* When what comes now and then is due. */
struct service_ticks {
	int64_t status_ns, yield_ns, hour_ns;
	int64_t told_ms; /* of a stall: when it was told last; 0: none */
};

/*
 * Does what is due while the lanes work.
 *
 * Fails: ESTALLED when the process had better be started again; as
 * service_clock_tick.
 */
LETHE_CHECKED enum lethe_status service_tick(
	struct service *v, struct service_ticks *t, struct lethe_error *err);

/* pages.c */

extern const struct admin_route service_routes[];

/* keys_page.c */

/* Which keys it holds, for `lethe keys status`; under lock. */
void keys_page(const struct service *v, struct buf *out);

/* hour_page.c */

/* Of the last hour, for the page for a person; under lock. */
void
hour_page(const struct service *v, const struct stats *sums, struct buf *out);

/* status_page.c */

/* The page for a person; under lock. */
void status_page(struct service *v, struct buf *out);

#endif
