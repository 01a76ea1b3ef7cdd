#include "daemon/service.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/ring/life.h"

static void
tell(size_t count)
{
	LOG(LOG_INFO, "keys_wiped", LOG_NUMBER("epochs", count),
		LOG_TEXT("why", "erase-only: they make no tokens any more"),
		LOG_TEXT("do", "take them from the ring as well: `lethe keys "
			       "retire`"));
}

void
service_forget(struct service *v)
{
	struct lethe_view *view = NULL;
	struct lethe_error err;
	enum lethe_status status;
	int64_t from_ms = 0;

	/* The one change that a swap would be refused for. */
	if (!job_swapped(v->job))
		return;
	pthread_mutex_lock(&v->lock);
	v->wiped += ring_forget(v->parts->ring->ring, clock_now_ms());
	pthread_mutex_unlock(&v->lock);
	if (!v->wiped)
		return;
	/* The lanes' keys are derived: they go with the view.  Without memory
	   for another one: at the next tick. */
	status = service_view(
		v, v->parts->view->policy, v->parts->ring, &view, &err);
	if (!status)
		status = service_swap(v, view, v->parts->ring, &from_ms, &err);
	if (status)
		return;
	tell(v->wiped);
	v->wiped = 0;
}
