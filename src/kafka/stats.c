#include "kafka/stats.h"

static const struct {
	const char *name, *text;
} rows[] = {
#define X(code, name, text) {name, text},
	STATS_MAP(X)
#undef X
};

const char *
stat_name(enum stat stat)
{
	return rows[stat].name;
}

const char *
stat_text(enum stat stat)
{
	return rows[stat].text;
}

static void
add(_Atomic uint64_t *to, uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (from[i])
			atomic_fetch_add_explicit(
				&to[i], from[i], memory_order_relaxed);
}

static void
sum(uint64_t *to, const _Atomic uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
}

void
stats_publish(struct stats_lane *l)
{
	add(l->values, l->pending.values, STAT_COUNT);
	add(l->poison, l->pending.poison, LETHE_STATUS_COUNT);
	add(l->records, l->pending.records, STATS_PURPOSES);
	for (size_t i = 0; i < STATS_PURPOSES; i++)
		add(l->drops[i], l->pending.drops[i], LETHE_REASON_COUNT);
	stats_forget(l);
}

void
stats_forget(struct stats_lane *l)
{
	memset(&l->pending, 0, sizeof(l->pending));
}

void
stats_set(struct stats_lane *l, enum stat stat, uint64_t value)
{
	atomic_store_explicit(&l->values[stat], value, memory_order_relaxed);
}

void
stats_add(const struct stats_lane *l, struct stats *out)
{
	sum(out->values, l->values, STAT_COUNT);
	sum(out->poison, l->poison, LETHE_STATUS_COUNT);
	for (size_t i = 0; i < STATS_PURPOSES; i++)
		sum(out->drops, l->drops[i], LETHE_REASON_COUNT);
}
