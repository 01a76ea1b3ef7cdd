#include "kafka/count/status.h"

#include "base/log.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

/* More fields than this that misfit are told as one number. */
#define FIELDS_SHOWN 32
#define PAIRS_MAX \
	(STAT_COUNT + PURPOSES_MAX + LETHE_REASON_COUNT + LETHE_STATUS_COUNT + \
		FIELDS_SHOWN + 3)

struct status_line {
	struct log_pair pairs[PAIRS_MAX];
	char names[PAIRS_MAX][80];
	size_t count;
};

static void
put(struct status_line *l, const char *group, const char *name, uint64_t n)
{
	char *key = l->names[l->count];

	if (!n)
		return;
	snprintf(key, sizeof(l->names[0]), "%s.%s", group, name);
	l->pairs[l->count++] = LOG_NUMBER(key, n);
}

static uint64_t
misfits_of(const struct row_total *row)
{
	uint64_t sum = 0;

	for (size_t i = LETHE_MISFIT_NONE + 1; i < LETHE_MISFIT_COUNT; i++)
		sum += row->cells[i];
	return sum;
}

/* All fields of one name, if this is the first of them. */
static uint64_t
misfits_of_name(const struct row_totals *t, size_t row)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (strcmp(t->rows[i].as, t->rows[row].as) != 0)
			continue;
		if (i < row)
			return 0;
		sum += misfits_of(&t->rows[i]);
	}
	return sum;
}

static void
put_misfits(struct status_line *l, const struct row_totals *t)
{
	uint64_t others = 0;
	size_t shown = 0;

	for (size_t i = 0; i < t->count; i++) {
		uint64_t n = misfits_of_name(t, i);

		if (!n)
			continue;
		if (shown++ < FIELDS_SHOWN)
			put(l, "misfit", t->rows[i].as, n);
		else
			others += n;
	}
	put(l, "misfit", "(others)", others);
}

void
status_log(const struct stats *s, const struct lethe_policy *policy,
	const struct row_totals *rows, const char *ledger)
{
	struct status_line l = {.count = 0};

	if (ledger)
		l.pairs[l.count++] = LOG_TEXT("ledger", ledger);
	for (int i = 0; i < STAT_COUNT; i++)
		l.pairs[l.count++] =
			LOG_NUMBER(stat_name((enum statistic)i), s->values[i]);
	for (size_t i = 0; i < policy->purpose_count; i++)
		put(&l, "records", policy->purposes[i].name, s->records[i]);
	for (int i = 0; i < LETHE_REASON_COUNT; i++)
		put(&l, "dropped", lethe_reason_name((enum lethe_reason)i),
			stats_drops(s, (enum lethe_reason)i));
	put_misfits(&l, rows);
	for (int i = 0; i < LETHE_STATUS_COUNT; i++)
		put(&l, "poison", lethe_status_name((enum lethe_status)i),
			s->poison[i]);
	l.pairs[l.count] = (struct log_pair){0};
	log_put_always(LOG_INFO, "status", l.pairs);
}
