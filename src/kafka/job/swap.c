#include "kafka/job/self.h"

#include "kafka/inputs.h"

/* Whether two names, each of which may be missing, are one. */
static bool
same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static enum lethe_status
refuse(struct lethe_error *err, const char *what, const char *name)
{
	return fail(err, LETHE_EUNSUPPORTED, 0,
		"%s %.60s: only a restart takes that", what,
		name ? name : "(none)");
}

static enum lethe_status
check_inputs(const struct job *job, const struct lethe_policy *p,
	struct lethe_error *err)
{
	if (inputs_count(p) != job->topic_count)
		return refuse(err, "the number of input topics changes;", "");
	for (size_t i = 0; i < job->topic_count; i++)
		if (!same(job->topics[i], inputs_topic(p, i)))
			return refuse(err, "the input topics change: there was",
				job->topics[i]);
	return LETHE_OK;
}

static enum lethe_status
check_outputs(const struct job *job, const struct lethe_policy *p,
	struct lethe_error *err)
{
	const struct lethe_policy *old = job->o.view->policy;

	if (p->purpose_count != old->purpose_count)
		return refuse(err, "the number of purposes changes;", "");
	for (size_t i = 0; i < p->purpose_count; i++) {
		if (!same(p->purposes[i].name, old->purposes[i].name))
			return refuse(err,
				"a purpose is new, gone, or in another place:",
				p->purposes[i].name);
		if (!same(p->purposes[i].topic, old->purposes[i].topic))
			return refuse(err, "another topic of the purpose",
				p->purposes[i].name);
	}
	if (!same(p->quarantine.topic, old->quarantine.topic) ||
		p->quarantine.payload != old->quarantine.payload)
		return refuse(err, "another quarantine:", p->quarantine.topic);
	if (!p->ledger.remembers != !old->ledger.remembers)
		return refuse(err, "objections are remembered, or no longer:",
			p->ledger.topic);
	if (p->ledger.remembers && !same(p->ledger.log, old->ledger.log))
		return refuse(
			err, "another `log` of the ledger:", p->ledger.log);
	return LETHE_OK;
}

static enum lethe_status
check_ledger(const struct job *job, const struct lethe_policy *p,
	struct lethe_error *err)
{
	if (job->keeper)
		return keeper_takes(job->keeper, p, err);
	return p->ledger.is
		       ? refuse(err,
				 "a consent ledger is new:", p->ledger.topic)
		       : LETHE_OK;
}

static bool
all_took(const struct job *job)
{
	for (size_t i = 0; i < job->lane_count; i++)
		if (!lane_took(job->lanes[i].lane))
			return false;
	return true;
}

/* What the views before have counted stays counted. */
static enum lethe_status
retire(struct job *job)
{
	unsigned old = !job->turn;
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < job->lane_count; i++) {
		struct lane_view *v = &job->lanes[i].views[old];

		if (!v->rows)
			continue;
		status = row_totals_add(&job->past, v->rows);
		job_view_free(v);
	}
	return status;
}

bool
job_is_behind(const struct job *job)
{
	for (size_t i = 0; i < job->lane_count; i++)
		if (lane_is_behind(job->lanes[i].lane))
			return true;
	return false;
}

bool
job_swapped(struct job *job)
{
	enum lethe_status status;

	if (!all_took(job))
		return false;
	pthread_mutex_lock(&job->lock);
	status = retire(job);
	pthread_mutex_unlock(&job->lock);
	return !status;
}

static enum lethe_status
ready_views(struct job *job, const struct lethe_view *view,
	const struct lethe_ring *ring, int64_t from_ms, struct lethe_error *err)
{
	unsigned next = !job->turn;
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < job->lane_count; i++)
		status = job_view(
			&job->lanes[i].views[next], view, ring, from_ms, err);
	return status;
}

enum lethe_status
job_may_swap(const struct job *job, const struct lethe_view *view,
	struct lethe_error *err)
{
	enum lethe_status status = check_inputs(job, view->policy, err);

	if (!status)
		status = check_outputs(job, view->policy, err);
	return status ? status : check_ledger(job, view->policy, err);
}

enum lethe_status
job_swap(struct job *job, const struct lethe_view *view,
	const struct lethe_ring *ring, int64_t from_ms, struct lethe_error *err)
{
	enum lethe_status status = job_may_swap(job, view, err);

	if (!status && !job_swapped(job))
		status = fail(err, LETHE_EAGAIN, 0,
			"a change before it is not yet in force on every lane");
	if (status)
		return status;
	pthread_mutex_lock(&job->lock);
	status = retire(job)
			 ? fail(err, LETHE_ENOMEM, 0, "no memory for a view")
			 : ready_views(job, view, ring, from_ms, err);
	if (status) {
		for (size_t i = 0; i < job->lane_count; i++)
			job_view_free(&job->lanes[i].views[!job->turn]);
	} else {
		job->turn = !job->turn;
		job->o.view = view;
		job->o.ring = ring;
	}
	pthread_mutex_unlock(&job->lock);
	for (size_t i = 0; !status && i < job->lane_count; i++)
		lane_offer(job->lanes[i].lane, &job->lanes[i].views[job->turn]);
	return status;
}
