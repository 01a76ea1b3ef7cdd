#include "kafka/share.h"

#define MINUTE_MS 60000
#define EVENTS_MIN 100

void
share_init(struct share *s, int64_t most_ppm, int64_t now_ms)
{
	*s = (struct share){.most_ppm = most_ppm, .since_ms = now_ms};
}

void
share_add(struct share *s, uint64_t events, uint64_t poison)
{
	s->events += events;
	s->poison += poison;
}

enum lethe_status
share_check(struct share *s, int64_t now_ms, struct lethe_error *err)
{
	if (!s->most_ppm)
		return LETHE_OK;
	if (s->events >= EVENTS_MIN &&
		s->poison * 1000000 > s->events * (uint64_t)s->most_ppm)
		return fail(err, LETHE_EPOISONED, 0,
			"%llu of %llu events of the last minute were poison: "
			"above poison.stop_share",
			(unsigned long long)s->poison,
			(unsigned long long)s->events);
	if (now_ms - s->since_ms >= MINUTE_MS) {
		s->since_ms = now_ms;
		s->events = s->poison = 0;
	}
	return LETHE_OK;
}
