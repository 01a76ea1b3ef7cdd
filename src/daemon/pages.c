#include "daemon/service.h"

#include "daemon/succession.h"

#include "base/clock.h"
#include "crypto/ring/life.h"
#include "kafka/wire/client.h"
#include "lethe.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define HTTP_OK 200
#define HTTP_UNAVAILABLE 503

static int64_t
resident_bytes(void)
{
	long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%*d %lld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static size_t
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t count = 0;

	if (!d)
		return 0;
	while (readdir(d))
		count++;
	closedir(d);
	return count > 3 ? count - 3 : 0; /* `.`, `..` and its own */
}

static double
seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
put_process(struct metric_page *page, const struct service *v)
{
	struct rusage use;

	if (!getrusage(RUSAGE_SELF, &use))
		metric_put(page, METRIC_CPU, NULL,
			seconds_of(use.ru_utime) + seconds_of(use.ru_stime));
	metric_put(page, METRIC_RESIDENT, NULL, (double)resident_bytes());
	metric_put(page, METRIC_DESCRIPTORS, NULL, (double)open_descriptors());
	metric_put(page, METRIC_STARTED, NULL, (double)v->started_ms / 1000);
}

static void
put_reloads(struct metric_page *page, const struct reloads *r,
	enum metric counts, enum metric stands)
{
	metric_put(page, counts, METRIC_LABELS("applied"), (double)r->applied);
	metric_put(page, counts, METRIC_LABELS("refused"), (double)r->refused);
	metric_put(page, stands, NULL, r->stands_refused);
}

/* Under lock. */
static void
put_policy(struct metric_page *page, const struct service *v)
{
	metric_put(page, METRIC_BUILD,
		METRIC_LABELS(LETHE_VERSION, client_library()), 1);
	metric_put(page, METRIC_POLICY, METRIC_LABELS(v->name, v->label), 1);
	metric_put(page, METRIC_POLICY_SINCE, NULL, (double)v->since_ms / 1000);
	put_reloads(page, &v->policy_reloads, METRIC_RELOADS,
		METRIC_POLICY_REFUSED);
	metric_put(page, METRIC_POLICY_REVISION, NULL,
		(double)v->parts->view->policy->revision);
	if (v->waiting.policy)
		metric_put(page, METRIC_POLICY_NEXT,
			METRIC_LABELS(lethe_policy_label(v->waiting.policy)),
			(double)(v->waiting.statement.effective_ms -
				 clock_now_ms()) /
				1000);
}

static void
put_epoch(struct metric_page *page, const struct ring *r, size_t i,
	int64_t now_ms)
{
	const struct ring_epoch *e = ring_epoch_get(r, i);
	char number[16], print[2 * FINGERPRINT_BYTES + 1];
	uint32_t id;

	if (!ring_holds(r, i))
		return;
	snprintf(number, sizeof(number), "%u", e->number);
	hex_text(e->fingerprint, FINGERPRINT_BYTES, print);
	metric_put(page, METRIC_RING_EPOCH,
		METRIC_LABELS(ring_domain_name(r, e->domain - 1, &id), number,
			print,
			epoch_state_name(ring_epoch_state(r, i, now_ms))),
		1);
}

static void
put_rotations(struct metric_page *page, const struct service *v, int64_t now_ms)
{
	const struct lethe_policy *policy = v->parts->view->policy;
	const struct ring *r = v->parts->ring->ring;

	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct policy_purpose *p = &policy->purposes[i];
		int64_t due =
			p->rotate_every_ms
				? ring_rotation_due(r,
					  ring_domain_id(r, slice_of(p->name)),
					  p->rotate_every_ms, now_ms)
				: INT64_MAX;

		if (due != INT64_MAX)
			metric_put(page, METRIC_ROTATION_DUE,
				METRIC_LABELS(p->name),
				(double)(due - now_ms) / 1000);
	}
}

/* Under lock. */
static void
put_ring(struct metric_page *page, const struct service *v)
{
	const struct ring *r = v->parts->ring->ring;
	int64_t now_ms = clock_now_ms(), next = ring_next_instant(r, now_ms);

	metric_put(page, METRIC_RING_VERSION, METRIC_LABELS(ring_id(r)),
		(double)ring_version(r));
	put_reloads(page, &v->ring_reloads, METRIC_RING_RELOADS,
		METRIC_RING_REFUSED);
	for (size_t i = 0; i < ring_epoch_count(r); i++)
		put_epoch(page, r, i, now_ms);
	if (next != INT64_MAX)
		metric_put(page, METRIC_RING_NEXT, NULL,
			(double)(next - now_ms) / 1000);
	put_rotations(page, v, now_ms);
}

static void
put_yields(struct metric_page *page, const struct service *v)
{
	for (size_t i = 0; i < v->first->purpose_count; i++) {
		double yield = yields_of(&v->yields, i);

		if (yield >= 0)
			metric_put(page, METRIC_YIELD,
				METRIC_LABELS(v->first->purposes[i].name),
				yield);
	}
}

static unsigned
page_metrics(void *ctx, struct buf *out)
{
	struct service *v = ctx;
	struct metric_page page;

	metric_page_init(&page, out);
	pthread_mutex_lock(&v->lock);
	put_policy(&page, v);
	put_ring(&page, v);
	if (v->skew_known)
		metric_put(&page, METRIC_CLOCK_SKEW, NULL,
			(double)(v->skew.least_ms + v->skew.most_ms) / 2000);
	if (v->job)
		job_metrics(v->job, &page);
	put_yields(&page, v);
	put_process(&page, v);
	pthread_mutex_unlock(&v->lock);
	return HTTP_OK;
}

/* A process that waits for its cluster is alive. */
static unsigned
page_health(void *ctx, struct buf *out)
{
	struct service *v = ctx;
	struct job_health h = {0};

	pthread_mutex_lock(&v->lock);
	if (v->job)
		job_health(v->job, &h);
	pthread_mutex_unlock(&v->lock);
	if (h.stalled_ms < v->s->stall_report_ms) {
		buf_put_text(out, "ok\n");
		return HTTP_OK;
	}
	buf_printf(out, "lane %zu has got no further for %lld s\n", h.stalled,
		(long long)h.stalled_ms / 1000);
	return HTTP_UNAVAILABLE;
}

static unsigned
page_ready(void *ctx, struct buf *out)
{
	struct service *v = ctx;
	struct keeper_state ledger = {0};
	struct job_health h = {0};
	bool stopping, starting, keeps = false;

	pthread_mutex_lock(&v->lock);
	stopping = v->stopping;
	starting = !v->job;
	if (v->job) {
		job_health(v->job, &h);
		keeps = job_ledger(v->job, &ledger);
	}
	pthread_mutex_unlock(&v->lock);
	if (stopping)
		buf_put_text(out, "stopping\n");
	else if (starting)
		buf_put_text(out, "asking the cluster\n");
	else if (keeps && !ledger.loaded)
		buf_printf(out, "reading the consent ledger: %.0f %%\n",
			ledger.share * 100);
	else if (keeps && ledger.behind)
		buf_put_text(
			out, "the consent ledger is behind: events wait\n");
	else if (h.joined != h.lanes)
		buf_printf(out, "%zu of %zu lanes have joined their group\n",
			h.joined, h.lanes);
	else
		buf_put_text(out, "ok\n");
	return !stopping && !starting && h.joined == h.lanes &&
			       (!keeps || (ledger.loaded && !ledger.behind))
		       ? HTTP_OK
		       : HTTP_UNAVAILABLE;
}

static unsigned
page_status(void *ctx, struct buf *out)
{
	struct service *v = ctx;

	pthread_mutex_lock(&v->lock);
	status_page(v, out);
	pthread_mutex_unlock(&v->lock);
	return HTTP_OK;
}

static unsigned
page_keys(void *ctx, struct buf *out)
{
	struct service *v = ctx;

	pthread_mutex_lock(&v->lock);
	keys_page(v, out);
	pthread_mutex_unlock(&v->lock);
	return HTTP_OK;
}

const struct admin_route service_routes[] = {
	{"/", "text/html; charset=utf-8", page_status},
	{"/metrics", "text/plain; version=0.0.4; charset=utf-8", page_metrics},
	{"/keys", "application/json", page_keys},
	{"/healthz", "text/plain; charset=utf-8", page_health},
	{"/readyz", "text/plain; charset=utf-8", page_ready},
	{NULL, NULL, NULL}};
