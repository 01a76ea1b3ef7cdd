#include "kafka/count/stats.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(code, name, text) name,
	STATS_MAP(X)
#undef X
};

const char *
stat_name(enum statistic stat)
{
	return names[stat];
}

uint64_t
stats_drops(const struct stats *s, enum lethe_reason reason)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < STATS_PURPOSES; i++)
		sum += s->drops[i][reason];
	return sum;
}

void
stats_free(struct stats_lane *l)
{
	free(l);
}

struct stats_lane *
stats_new(void)
{
	struct stats_lane *l = aligned_alloc(64, sizeof(*l));

	if (l)
		memset(l, 0, sizeof(*l));
	return l;
}

static void
add(_Atomic uint64_t *to, uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (from[i])
			atomic_fetch_add_explicit(
				&to[i], from[i], memory_order_relaxed);
}

static uint64_t
get(const _Atomic uint64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

static void
put(_Atomic uint64_t *to, uint64_t value)
{
	atomic_store_explicit(to, value, memory_order_relaxed);
}

static void
sum(uint64_t *to, const _Atomic uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] += get(&from[i]);
}

void
stats_publish(struct stats_lane *l)
{
	add(l->values, l->pending.values, STAT_COUNT);
	add(l->poison, l->pending.poison, LETHE_STATUS_COUNT);
	add(l->records, l->pending.records, STATS_PURPOSES);
	add(l->rekeys, l->pending.rekeys, STATS_PURPOSES);
	add(l->forgets, l->pending.forgets, STATS_PURPOSES);
	for (size_t i = 0; i < STATS_PURPOSES; i++) {
		add(l->drops[i], l->pending.drops[i], LETHE_REASON_COUNT);
		if (l->pending.epochs[i])
			put(&l->epochs[i], l->pending.epochs[i]);
	}
	if (l->pending.oldest_ms)
		stats_observe(
			l, SPAN_AGE, clock_now_ms() - l->pending.oldest_ms);
	stats_forget(l);
}

void
stats_forget(struct stats_lane *l)
{
	memset(&l->pending, 0, sizeof(l->pending));
}

void
stats_set(struct stats_lane *l, enum statistic stat, uint64_t value)
{
	put(&l->values[stat], value);
}

void
stats_queue(struct stats_lane *l, enum stats_queue queue, uint64_t bytes)
{
	put(&l->queues[queue], bytes);
}

void
stats_observe(struct stats_lane *l, enum stats_span span, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	atomic_fetch_add_explicit(
		&l->spans[span][histogram_bucket(ms)], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(
		&l->span_sums_ms[span], (uint64_t)ms, memory_order_relaxed);
}

static int64_t
now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

void
stats_moved(struct stats_lane *l)
{
	atomic_store_explicit(&l->moved_ms, now_ms(), memory_order_relaxed);
}

void
stats_ended(struct stats_lane *l)
{
	atomic_store_explicit(&l->moved_ms, 0, memory_order_relaxed);
}

int64_t
stats_still_ms(const struct stats_lane *l)
{
	int64_t moved =
		atomic_load_explicit(&l->moved_ms, memory_order_relaxed);

	return moved ? now_ms() - moved : 0;
}

uint64_t
stats_value(const struct stats_lane *l, enum statistic stat)
{
	return get(&l->values[stat]);
}

void
stats_add(const struct stats_lane *l, struct stats *out)
{
	uint64_t epoch;

	sum(out->values, l->values, STAT_COUNT);
	sum(out->poison, l->poison, LETHE_STATUS_COUNT);
	sum(out->records, l->records, STATS_PURPOSES);
	sum(out->rekeys, l->rekeys, STATS_PURPOSES);
	sum(out->forgets, l->forgets, STATS_PURPOSES);
	for (size_t i = 0; i < STATS_PURPOSES; i++) {
		sum(out->drops[i], l->drops[i], LETHE_REASON_COUNT);
		epoch = get(&l->epochs[i]);
		if (epoch > out->epochs[i])
			out->epochs[i] = epoch;
	}
	for (size_t i = 0; i < SPAN_COUNT; i++) {
		sum(out->spans[i].buckets, l->spans[i], HISTOGRAM_BUCKETS);
		out->spans[i].sum_ms += get(&l->span_sums_ms[i]);
	}
	sum(out->queues, l->queues, QUEUE_COUNT);
}
