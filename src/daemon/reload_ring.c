#include "daemon/service.h"

#include "daemon/succession.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/ring/life.h"
#include "crypto/trust.h"

static void
refuse(struct service *v, const struct lethe_error *why)
{
	reloads_refused(v, &v->ring_reloads);
	LOG(LOG_ERROR, "ring_refused", LOG_TEXT("file", v->s->ring),
		LOG_TEXT("why", why->what),
		LOG_NUMBER("in_force", ring_version(v->parts->ring->ring)),
		LOG_TEXT("do", "bring the right file; until then the ring in "
			       "force goes on"));
}

static void
tell_unchanged(const struct service *v)
{
	LOG(LOG_INFO, "ring_unchanged", LOG_TEXT("file", v->s->ring),
		LOG_NUMBER("in_force", ring_version(v->parts->ring->ring)));
}

/*
 * Signed by the signers of the ring in force, or by a chain from them.  The key
 * can be read for as long as this takes.
 */
static enum lethe_status
unlock(const struct service *v, struct ring *seen, struct lethe_ring **out,
	struct lethe_error *err)
{
	enum lethe_status status;
	struct trust held;

	trust_of_ring(v->parts->ring->ring, &held);
	status = held.set.threshold ? ring_verify(seen, &held.set, err)
				    : LETHE_OK;
	if (status) {
		ring_free(seen);
		return status;
	}
	secret_key_show(v->parts->secret);
	status = ring_open_with(seen, v->parts->secret, out, err);
	secret_key_hide(v->parts->secret);
	/* Told when it happens at work; here nothing was held. */
	if (!status)
		(void)ring_forget((*out)->ring, clock_now_ms());
	return status;
}

static void
tell_applied(struct service *v, uint32_t was, const struct buf *added,
	int64_t from_ms)
{
	const struct ring *r = v->parts->ring->ring;

	LOG(LOG_INFO, "ring_applied", LOG_TEXT("file", v->s->ring),
		LOG_TEXT("ring", ring_id(r)), LOG_NUMBER("was", was),
		LOG_NUMBER("is", ring_version(r)),
		LOG_NUMBER("epochs", ring_epoch_count(r)),
		LOG_TEXT("new", added->full ? "" : (const char *)added->ptr),
		LOG_NUMBER("from_ms", from_ms));
	reloads_applied(v, &v->ring_reloads);
	/* A policy that was refused for what it lacked may do now. */
	watched_forget(&v->policy_file);
	v->again = true;
	v->ring_is_new = true;
}

/*
 *   seen   taken
 */
static enum lethe_status
take(struct service *v, struct ring *seen, struct lethe_error *err)
{
	uint32_t was = ring_version(v->parts->ring->ring);
	struct lethe_ring *ring = NULL;
	struct lethe_view *view = NULL;
	enum lethe_status status;
	struct buf added;
	int64_t from_ms = 0;

	buf_init(&added, 0);
	succession_tell(&added, v->parts->ring->ring, seen);
	buf_put_byte(&added, '\0');
	status = unlock(v, seen, &ring, err);
	if (!status)
		status = service_view(
			v, v->parts->view->policy, ring, &view, err);
	if (!status)
		status = service_swap(v, view, ring, &from_ms, err);
	if (!status)
		tell_applied(v, was, &added, from_ms);
	else
		lethe_ring_free(ring);
	buf_fini(&added);
	return status;
}

/* Read whole, checked whole, opened: before any lane hears of it. */
static enum lethe_status
change(struct service *v, bool asked, struct lethe_error *err)
{
	struct ring *seen = NULL;
	enum succession is = RING_SAME;
	enum lethe_status status = ring_read_watched(v->s->ring, &seen, err);

	if (!status)
		status = succession_check(v->parts->ring->ring, seen, &is, err);
	if (!status && is == RING_NEXT)
		return take(v, seen, err);
	if (!status && asked)
		tell_unchanged(v);
	ring_free(seen);
	return status;
}

void
reload_ring(struct service *v, bool asked)
{
	struct lethe_error err = {0};
	enum lethe_status status = change(v, asked, &err);

	if (status == LETHE_EAGAIN) {
		watched_forget(&v->ring_file);
		v->again = true;
	} else if (status) {
		refuse(v, &err);
	} else {
		reloads_agree(v, &v->ring_reloads);
	}
}
