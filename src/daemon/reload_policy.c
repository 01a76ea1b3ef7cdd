#include "daemon/service.h"

#include "daemon/difference.h"

#include "base/clock.h"
#include "base/log.h"
#include "text/time.h"

#include <stdio.h>

/*
 * So long before its instant the lanes hear of a policy that waits; until it is
 * over no other change is taken, so it is short.
 */
#define LEAD_MS 2000

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

static void
refuse(struct service *v, const struct lethe_error *why)
{
	reloads_refused(v, &v->policy_reloads);
	LOG(LOG_ERROR, "policy_refused", LOG_TEXT("file", v->s->policy),
		LOG_TEXT("why", why->what), LOG_TEXT("in_force", v->label),
		LOG_TEXT("do", "mend the file; until then the policy in force "
			       "goes on"));
}

static const struct ring *
ring_of(const struct service *v)
{
	return v->parts->ring->ring;
}

/* Of a signed one more is asked, by its signers' word. */
static enum lethe_status
check_revision(const struct service *v, const struct lethe_policy *policy,
	struct lethe_error *err)
{
	const struct lethe_policy *held = v->parts->view->policy;

	if (policy->revision > held->revision)
		return LETHE_OK;
	return fail(err, LETHE_EPOLICY, 0,
		"revision %lld is in force and the changed file says %lld: "
		"raise `revision`",
		(long long)held->revision, (long long)policy->revision);
}

static void
put_names(struct service *v, const struct lethe_policy *p)
{
	snprintf(v->name, sizeof(v->name), "%s", lethe_policy_name(p));
	snprintf(v->label, sizeof(v->label), "%s", lethe_policy_label(p));
}

void
policy_init(struct service *v)
{
	/* Shown as a difference later. */
	v->text = v->parts->text;
	buf_init(&v->parts->text, 0);
	put_names(v, v->parts->view->policy);
	v->since_ms = clock_now_ms();
	/* The file has a later one than the start took. */
	v->again = v->parts->waits;
}

static void
tell_applied(struct service *v, struct policy_file *f, int64_t from_ms)
{
	const struct lethe_policy *p = f->policy;
	struct buf old = v->text;

	LOG(LOG_INFO, "policy_applied", LOG_TEXT("file", v->s->policy),
		LOG_TEXT("policy", lethe_policy_name(p)),
		LOG_TEXT("was", v->label),
		LOG_TEXT("is", lethe_policy_label(p)),
		LOG_NUMBER("signatures",
			f->is_signed
				? statement_count(&f->statement, ring_of(v))
				: 0),
		LOG_NUMBER("from_ms", from_ms));
	difference_log(buf_slice(&old), buf_slice(&f->text));
	v->text = f->text;
	f->text = old;
	pthread_mutex_lock(&v->lock);
	v->policy_reloads.applied++;
	put_names(v, p);
	v->since_ms = from_ms;
	pthread_mutex_unlock(&v->lock);
}

static void
tell_less(const char *topic, int64_t was_ms, int64_t is_ms)
{
	if (!topic || !is_ms || (was_ms && is_ms >= was_ms))
		return;
	LOG(LOG_WARN, "retention_lowered", LOG_TEXT("topic", topic),
		LOG_NUMBER("was_ms", was_ms), LOG_NUMBER("is_ms", is_ms),
		LOG_TEXT("why", "the policy allows the topic less; what it "
				"keeps is looked at when lethe starts"),
		LOG_TEXT("do", "`lethe topics apply`: while the topic keeps "
			       "longer, the next start may be refused "
			       "(retention.check)"));
}

/* What is in force here, a start would refuse. */
static void
tell_retention(const struct service *v, const struct lethe_policy *was,
	const struct lethe_policy *is)
{
	for (size_t i = 0; i < is->purpose_count; i++)
		if (v->runs >> i & 1)
			tell_less(is->purposes[i].topic,
				was->purposes[i].retention_ms,
				is->purposes[i].retention_ms);
	tell_less(is->quarantine.topic, was->quarantine.retention_ms,
		is->quarantine.retention_ms);
}

/* Everything is known to be right before any lane hears of it. */
static enum lethe_status
apply(struct service *v, struct policy_file *f, struct lethe_error *err)
{
	int64_t from_ms = f->is_signed ? f->statement.effective_ms : 0;
	struct lethe_policy *was = lethe_policy_ref(v->parts->view->policy);
	struct lethe_view *view = NULL;
	enum lethe_status status =
		service_view(v, f->policy, v->parts->ring, &view, err);

	if (!status)
		status = service_swap(v, view, v->parts->ring, &from_ms, err);
	if (!status) {
		tell_applied(v, f, from_ms);
		tell_retention(v, was, f->policy);
	}
	lethe_policy_drop(was);
	return status;
}

static void
drop_waiting(struct service *v)
{
	struct policy_file gone = v->waiting;

	pthread_mutex_lock(&v->lock);
	v->waiting = (struct policy_file){0};
	pthread_mutex_unlock(&v->lock);
	policy_file_fini(&gone);
}

static void
tell_waiting(const struct service *v, const struct policy_file *f)
{
	char from[TIME_TEXT_BYTES];

	if (!time_format(f->statement.effective_ms, GRAIN_SECOND, from))
		from[0] = '\0';
	LOG(LOG_INFO, "policy_waits", LOG_TEXT("file", v->s->policy),
		LOG_TEXT("policy", lethe_policy_name(f->policy)),
		LOG_TEXT("in_force", v->label),
		LOG_TEXT("next", lethe_policy_label(f->policy)),
		LOG_TEXT("from", from),
		LOG_NUMBER("from_ms", f->statement.effective_ms));
}

/* Whether it could be taken is known now, not at its instant. */
static enum lethe_status
hold(struct service *v, struct policy_file *f, bool asked,
	struct lethe_error *err)
{
	const struct policy_file *w = &v->waiting;
	bool known =
		w->policy &&
		!memcmp(w->policy->digest, f->policy->digest, DIGEST_BYTES) &&
		w->statement.effective_ms == f->statement.effective_ms;
	struct lethe_view *view = NULL;
	enum lethe_status status =
		service_view(v, f->policy, v->parts->ring, &view, err);

	if (!status)
		status = job_may_swap(v->job, view, err);
	lethe_view_free(view);
	if (status)
		return status;
	drop_waiting(v);
	pthread_mutex_lock(&v->lock);
	v->waiting = *f;
	pthread_mutex_unlock(&v->lock);
	*f = (struct policy_file){0};
	if (asked || !known)
		tell_waiting(v, w);
	return LETHE_OK;
}

void
policy_turn(struct service *v)
{
	struct policy_file *w = &v->waiting;
	struct lethe_error err = {0};
	enum lethe_status status;

	if (!w->policy || clock_now_ms() + LEAD_MS < w->statement.effective_ms)
		return;
	/* Since it was read the ring may have got other signers. */
	status = statement_verify(&w->statement, ring_of(v), &err);
	if (!status)
		status = apply(v, w, &err);
	if (status == LETHE_EAGAIN)
		return;
	drop_waiting(v);
	if (status) {
		refuse(v, &err);
		return;
	}
	/* What follows it may be there already. */
	watched_forget(&v->policy_file);
	v->again = true;
}

/*
 * The policy in force has been found signed enough, but a ring may ask for more
 * since.  Signatures that come before their policy are no reason to look.
 */
static void
check_held(struct service *v, struct policy_file *f, bool asked)
{
	struct lethe_error err = {0};

	if (!asked && !v->ring_is_new)
		return;
	v->ring_is_new = false;
	if (policy_file_check(f, ring_of(v), &err))
		LOG(LOG_WARN, "policy_lacks_signatures",
			LOG_TEXT("file", v->s->policy),
			LOG_TEXT("why", err.what),
			LOG_TEXT("do", "have it signed: it stays in force, "
				       "but the next start would be refused"));
}

/* The file holds what is in force. */
static void
unchanged(struct service *v, struct policy_file *f, bool asked)
{
	if (v->waiting.policy) {
		LOG(LOG_WARN, "policy_withdrawn",
			LOG_TEXT("file", v->s->policy),
			LOG_TEXT("in_force", v->label),
			LOG_TEXT("next", lethe_policy_label(v->waiting.policy)),
			LOG_TEXT("do", "bring the next one again if it is to "
				       "come at its instant"));
		drop_waiting(v);
	}
	check_held(v, f, asked);
	if (asked)
		LOG(LOG_INFO, "policy_unchanged",
			LOG_TEXT("file", v->s->policy),
			LOG_TEXT("in_force", lethe_policy_label(f->policy)));
}

/* Whether it follows the one that waits: its turn is after that one's. */
static bool
follows_waiting(const struct service *v, const struct policy_file *f)
{
	struct statement_file named;

	if (!v->waiting.policy)
		return false;
	named = policy_file_named(&v->waiting);
	return !statement_follows(&f->statement, &named, NULL);
}

static enum lethe_status
check_signed(const struct service *v, const struct policy_file *f,
	struct lethe_error *err)
{
	const struct statement_file held = {
		lethe_policy_name(v->parts->view->policy),
		v->parts->view->policy->revision, buf_slice(&v->text)};

	return statement_follows(&f->statement, &held, err);
}

static enum lethe_status
change(struct service *v, struct policy_file *f, bool asked,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	if (!memcmp(f->policy->digest, v->parts->view->policy->digest,
		    DIGEST_BYTES)) {
		unchanged(v, f, asked);
		return LETHE_OK;
	}
	status = check_revision(v, f->policy, err);
	if (!status)
		status = policy_file_check(f, ring_of(v), err);
	if (status)
		return status;
	if (f->is_signed && follows_waiting(v, f)) {
		tell_waiting(v, f);
		return LETHE_OK;
	}
	if (f->is_signed)
		status = check_signed(v, f, err);
	if (status)
		return status;
	if (f->is_signed &&
		f->statement.effective_ms > clock_now_ms() + LEAD_MS)
		return hold(v, f, asked, err);
	status = apply(v, f, err);
	if (!status && v->waiting.policy)
		drop_waiting(v);
	return status;
}

void
reload_policy(struct service *v, bool asked)
{
	struct lethe_error err = {0};
	struct policy_file f;
	enum lethe_status status = policy_file_open_watched(
		v->s->policy, clock_now_ms(), tell_mistake, NULL, &f, &err);

	if (!status)
		status = change(v, &f, asked, &err);
	if (status == LETHE_EAGAIN) {
		watched_forget(&v->policy_file);
		v->again = true;
	} else if (status) {
		refuse(v, &err);
	} else {
		reloads_agree(v, &v->policy_reloads);
	}
	policy_file_fini(&f);
}

void
policy_fini(struct service *v)
{
	policy_file_fini(&v->waiting);
	buf_fini(&v->text);
}
