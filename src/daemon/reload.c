#include "daemon/service.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void
reloads_applied(struct service *v, struct reloads *r)
{
	pthread_mutex_lock(&v->lock);
	r->applied++;
	pthread_mutex_unlock(&v->lock);
}

void
reloads_refused(struct service *v, struct reloads *r)
{
	pthread_mutex_lock(&v->lock);
	r->refused++;
	r->stands_refused = true;
	pthread_mutex_unlock(&v->lock);
}

void
reloads_agree(struct service *v, struct reloads *r)
{
	pthread_mutex_lock(&v->lock);
	r->stands_refused = false;
	pthread_mutex_unlock(&v->lock);
}

enum lethe_status
service_view(const struct service *v, struct lethe_policy *policy,
	const struct lethe_ring *ring, struct lethe_view **out,
	struct lethe_error *err)
{
	const struct lethe_view_options options = {.size = sizeof(options),
		.policy = policy,
		.ring = ring,
		.purpose = v->s->purpose};

	return lethe_view_new(&options, out, err);
}

enum lethe_status
service_swap(struct service *v, struct lethe_view *view,
	struct lethe_ring *ring, int64_t *from_ms, struct lethe_error *err)
{
	struct lethe_ring *old = v->parts->ring;
	enum lethe_status status;

	if (*from_ms <= clock_now_ms())
		*from_ms = clock_now_ms() + RELOAD_AHEAD_MS;
	status = job_swap(v->job, view, ring, *from_ms, err);
	if (status) {
		lethe_view_free(view);
		return status;
	}
	/* No lane has it since the swap before this one. */
	lethe_view_free(v->before);
	pthread_mutex_lock(&v->lock);
	v->before = v->parts->view;
	v->parts->view = view;
	v->parts->ring = ring;
	pthread_mutex_unlock(&v->lock);
	/* Views have keys of their own: what it opened is wiped now. */
	if (old != ring)
		lethe_ring_free(old);
	return LETHE_OK;
}

void
watched_forget(struct watched *w)
{
	*w = (struct watched){0};
}

bool
watched_changed(struct watched *w, const char *path)
{
	struct watched now;
	struct stat st;

	/* Being replaced, or gone: what is in force goes on.  What comes is
	   looked at, be it the same. */
	if (stat(path, &st)) {
		watched_forget(w);
		return false;
	}
	/* Not of its bytes alone: whose it is and who may read it count. */
	now = (struct watched){
		.changed_ns = st.st_ctim.tv_sec * INT64_C(1000000000) +
			      st.st_ctim.tv_nsec,
		.bytes = st.st_size,
		.node = st.st_ino,
		.device = st.st_dev};
	if (now.changed_ns == w->changed_ns && now.bytes == w->bytes &&
		now.node == w->node && now.device == w->device)
		return false;
	*w = now;
	return true;
}

void
service_reload(struct service *v, enum reload_why why)
{
	int64_t now = clock_monotonic_ns();
	int64_t every = v->s->policy_watch_ms * 1000000;
	bool asked = why == RELOAD_SIGNAL, again, policy;

	if (v->before && job_swapped(v->job)) {
		lethe_view_free(v->before);
		v->before = NULL;
	}
	policy_turn(v);
	again = v->again;
	if (why == RELOAD_DUE && !again &&
		(!every || now - v->looked_ns < every))
		return;
	v->looked_ns = now;
	v->again = false;
	/* The ring first: a policy may need what is new in it. */
	if (watched_changed(&v->ring_file, v->s->ring) || asked)
		reload_ring(v, asked);
	policy = watched_changed(&v->policy_file, v->s->policy);
	if (watched_changed(&v->signature_file, v->signatures) || policy ||
		asked)
		reload_policy(v, asked);
}

enum lethe_status
reload_init(struct service *v, struct lethe_error *err)
{
	policy_init(v);
	if (asprintf(&v->signatures, "%s" STATEMENT_SUFFIX, v->s->policy) >= 0)
		return LETHE_OK;
	v->signatures = NULL;
	return fail(err, LETHE_ENOMEM, 0, "no memory for a path");
}

void
reload_fini(struct service *v)
{
	policy_fini(v);
	free(v->signatures);
	lethe_view_free(v->before);
}
