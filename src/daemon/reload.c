#include "daemon/service.h"

#include "daemon/difference.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <stdio.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX ((size_t)4 << 20)

static void
tell_mistake(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (m->warning)
		return;
	log_put_always(LOG_ERROR, "policy_mistake",
		(const struct log_pair[]){LOG_TEXT("file", m->file),
			LOG_NUMBER("line", m->line),
			LOG_NUMBER("column", m->column),
			LOG_TEXT("what", m->what),
			LOG_TEXT("why", m->why ? m->why : ""),
			LOG_TEXT("write", m->instead ? m->instead : ""), {0}});
}

void
service_count(struct service *v, uint64_t *count)
{
	pthread_mutex_lock(&v->lock);
	++*count;
	pthread_mutex_unlock(&v->lock);
}

static void
refuse(struct service *v, const struct lethe_error *why)
{
	service_count(v, &v->refused);
	LOG(LOG_ERROR, "policy_refused", LOG_TEXT("file", v->s->policy),
		LOG_TEXT("why", why->what), LOG_TEXT("in_force", v->label),
		LOG_TEXT("do", "mend the file; until then the policy in force "
			       "goes on"));
}

static enum lethe_status
compile(const struct service *v, const struct buf *text,
	struct lethe_policy **out, struct lethe_error *err)
{
	const struct lethe_policy *old = v->parts->view->policy;
	enum lethe_status status = lethe_policy_compile(v->s->policy, text->ptr,
		text->len, clock_now_ms(), tell_mistake, NULL, out, err);

	if (status || !memcmp((*out)->digest, old->digest, DIGEST_BYTES) ||
		(*out)->revision > old->revision)
		return status;
	status = fail(err, LETHE_EPOLICY, 0,
		"revision %lld is in force and the changed file says %lld: "
		"raise `revision`",
		(long long)old->revision, (long long)(*out)->revision);
	lethe_policy_drop(*out);
	*out = NULL;
	return status;
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

static void
put_names(struct service *v, const struct lethe_policy *p)
{
	snprintf(v->name, sizeof(v->name), "%s", lethe_policy_name(p));
	snprintf(v->label, sizeof(v->label), "%s", lethe_policy_label(p));
}

enum lethe_status
service_swap(struct service *v, struct lethe_view *view,
	struct lethe_ring *ring, int64_t *from_ms, struct lethe_error *err)
{
	struct lethe_ring *old = v->parts->ring;
	enum lethe_status status;

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

static void
tell_applied(struct service *v, const struct lethe_policy *p, int64_t from_ms,
	struct buf *text)
{
	struct buf old = v->text;

	LOG(LOG_INFO, "policy_applied", LOG_TEXT("file", v->s->policy),
		LOG_TEXT("policy", lethe_policy_name(p)),
		LOG_TEXT("was", v->label),
		LOG_TEXT("is", lethe_policy_label(p)),
		LOG_NUMBER("from_ms", from_ms));
	difference_log(buf_slice(&old), buf_slice(text));
	v->text = *text;
	*text = old;
	pthread_mutex_lock(&v->lock);
	v->applied++;
	put_names(v, p);
	v->since_ms = from_ms;
	pthread_mutex_unlock(&v->lock);
}

/* Everything is known to be right before any lane hears of it. */
static enum lethe_status
change(struct service *v, struct buf *text, bool asked, struct lethe_error *err)
{
	struct lethe_policy *policy = NULL;
	struct lethe_view *view = NULL;
	enum lethe_status status = compile(v, text, &policy, err);
	int64_t from_ms;

	if (status)
		return status;
	if (!memcmp(policy->digest, v->parts->view->policy->digest,
		    DIGEST_BYTES)) {
		if (asked)
			LOG(LOG_INFO, "policy_unchanged",
				LOG_TEXT("file", v->s->policy),
				LOG_TEXT("in_force",
					lethe_policy_label(policy)));
		lethe_policy_drop(policy);
		return LETHE_OK;
	}
	status = service_view(v, policy, v->parts->ring, &view, err);
	if (!status)
		status = service_swap(v, view, v->parts->ring, &from_ms, err);
	if (!status)
		tell_applied(v, policy, from_ms, text);
	lethe_policy_drop(policy);
	return status;
}

bool
watched_changed(struct watched *w, const char *path)
{
	struct watched now;
	struct stat st;

	/* Being replaced, or gone: what is in force goes on. */
	if (stat(path, &st))
		return false;
	now = (struct watched){
		.changed_ns = st.st_mtim.tv_sec * INT64_C(1000000000) +
			      st.st_mtim.tv_nsec,
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
watched_forget(struct watched *w)
{
	*w = (struct watched){0};
}

static void
look(struct service *v, bool asked)
{
	struct lethe_error err = {0};
	enum lethe_status status;
	struct buf text;

	buf_init(&text, 0);
	status = file_read(v->s->policy, FILE_BYTES_MAX, &text, &err);
	if (!status)
		status = change(v, &text, asked, &err);
	if (status == LETHE_EAGAIN) {
		watched_forget(&v->policy_file);
		v->again = true;
	} else if (status) {
		refuse(v, &err);
	}
	buf_fini(&text);
}

void
service_reload(struct service *v, enum reload_why why)
{
	int64_t now = clock_monotonic_ns();
	int64_t every = v->s->policy_watch_ms * 1000000;
	bool asked = why == RELOAD_SIGNAL, again = v->again;

	if (v->before && job_swapped(v->job)) {
		lethe_view_free(v->before);
		v->before = NULL;
	}
	if (why == RELOAD_DUE && !again &&
		(!every || now - v->looked_ns < every))
		return;
	v->looked_ns = now;
	v->again = false;
	/* The ring first: a policy may need what is new in it. */
	if (watched_changed(&v->ring_file, v->s->ring) || asked)
		reload_ring(v, asked);
	if (watched_changed(&v->policy_file, v->s->policy) || asked)
		look(v, asked);
}

void
reload_init(struct service *v)
{
	struct lethe_error err;

	buf_init(&v->text, 0);
	/* Shown as a difference later; the first look compares digests. */
	if (file_read(v->s->policy, FILE_BYTES_MAX, &v->text, &err))
		buf_reset(&v->text);
	put_names(v, v->parts->view->policy);
	v->since_ms = clock_now_ms();
}

void
reload_fini(struct service *v)
{
	buf_fini(&v->text);
	lethe_view_free(v->before);
}
