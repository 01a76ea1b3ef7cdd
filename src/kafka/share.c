#include "kafka/share.h"

#define MINUTE_MS 60000
#define EVENTS_MIN 100

void
share_init(struct share *s, int64_t most_ppm, int64_t now_ms)
{
	*s = (struct share){.most_ppm = most_ppm, .since_ms = now_ms};
}

static void
turn(struct share *s, int64_t now_ms)
{
	int64_t minutes = (now_ms - s->since_ms) / MINUTE_MS;

	if (minutes < 1)
		return;
	s->before = minutes == 1 ? s->now : (struct share_minute){0};
	s->now = (struct share_minute){0};
	s->since_ms += minutes * MINUTE_MS;
}

void
share_add(struct share *s, int64_t now_ms, uint64_t events, uint64_t poison)
{
	turn(s, now_ms);
	s->now.events += events;
	s->now.poison += poison;
}

enum lethe_status
share_check(struct share *s, int64_t now_ms, struct lethe_error *err)
{
	uint64_t left, events, poison;

	if (!s->most_ppm)
		return LETHE_OK;
	turn(s, now_ms);
	left = (uint64_t)(MINUTE_MS - (now_ms - s->since_ms));
	events = s->now.events + s->before.events * left / MINUTE_MS;
	poison = s->now.poison + s->before.poison * left / MINUTE_MS;
	if (events < EVENTS_MIN ||
		poison * 1000000 <= events * (uint64_t)s->most_ppm)
		return LETHE_OK;
	return fail(err, LETHE_EPOISONED, 0,
		"%llu of %llu events of the last minute were poison: above "
		"poison.stop_share",
		(unsigned long long)poison, (unsigned long long)events);
}
