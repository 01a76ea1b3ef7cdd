#include "daemon/service.h"

#include "base/clock.h"
#include "base/log.h"

#define EVERY_MS 300000
#define AGAIN_MS 30000

static void
keep(struct service *v, bool known, const struct skew *s)
{
	pthread_mutex_lock(&v->lock);
	v->skew_known = known;
	if (known)
		v->skew = *s;
	pthread_mutex_unlock(&v->lock);
}

/*
 * Fails: ECLOCK when the clocks are further apart than the setting for sure;
 * else as skew_measure.
 */
static enum lethe_status
measure(struct service *v, struct lethe_error *err)
{
	struct skew s = {0};
	enum lethe_status status = skew_measure(v->skew_client, &s, err);

	keep(v, !status, &s);
	return status ? status : skew_check(&s, v->s->clock_skew_max_ms, err);
}

/* A broker that does not answer says nothing of the clock. */
static enum lethe_status
look(struct service *v, struct lethe_error *err)
{
	enum lethe_status status = measure(v, err);

	v->clock_due_ns = clock_monotonic_ns() +
			  (status ? AGAIN_MS : EVERY_MS) * INT64_C(1000000);
	if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
		return status;
	LOG(LOG_WARN, "clock_unknown", LOG_TEXT("why", err->what),
		LOG_TEXT("do", "nothing: it is measured again; if it stays, "
			       "look at the topic's leader"));
	return LETHE_OK;
}

enum lethe_status
service_clock_open(
	struct service *v, bool (*given_up)(void), struct lethe_error *err)
{
	enum lethe_status status;

	if (!v->s->clock_topic)
		return LETHE_OK;
	status = skew_open(v->s->kafka, v->s->kafka_count, v->s->clock_topic,
		given_up, &v->skew_client, err);
	return status ? status : look(v, err);
}

enum lethe_status
service_clock_tick(struct service *v, struct lethe_error *err)
{
	if (!v->skew_client || clock_monotonic_ns() < v->clock_due_ns)
		return LETHE_OK;
	return look(v, err);
}
