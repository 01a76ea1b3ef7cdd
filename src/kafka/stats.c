#include "kafka/stats.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(code, name, text) name,
	STATS_MAP(X)
#undef X
};

const char *
stat_name(enum stat stat)
{
	return names[stat];
}

void
stats_free(struct stats_lane *l)
{
	if (!l)
		return;
	free(l->pending_misfits);
	free(l->misfits);
	free(l);
}

struct stats_lane *
stats_new(size_t field_count)
{
	struct stats_lane *l = aligned_alloc(64, sizeof(*l));

	if (!l)
		return NULL;
	memset(l, 0, sizeof(*l));
	l->field_count = field_count;
	l->pending_misfits = calloc(field_count + 1, sizeof(uint64_t));
	l->misfits = calloc(field_count + 1, sizeof(*l->misfits));
	if (l->pending_misfits && l->misfits)
		return l;
	stats_free(l);
	return NULL;
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
	add(l->misfits, l->pending_misfits, l->field_count);
	stats_forget(l);
}

void
stats_forget(struct stats_lane *l)
{
	memset(&l->pending, 0, sizeof(l->pending));
	memset(l->pending_misfits, 0, l->field_count * sizeof(uint64_t));
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
	sum(out->records, l->records, STATS_PURPOSES);
	for (size_t i = 0; i < STATS_PURPOSES; i++)
		sum(out->drops, l->drops[i], LETHE_REASON_COUNT);
}

void
stats_add_misfits(const struct stats_lane *l, uint64_t *out)
{
	sum(out, l->misfits, l->field_count);
}
