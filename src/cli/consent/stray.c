#include "cli/consent/stray.h"

static int32_t
own_partition(const struct strays *s, size_t subject)
{
	return desk_partition(
		s->job->desk, DESK_LEDGER, said_batch_key(s->batch, subject));
}

static enum lethe_status
hear(void *ctx, const struct desk_record *r, struct lethe_error *err)
{
	struct strays *s = ctx;
	size_t subject = said_batch_find(s->batch, r->key);
	struct stray *row;

	if (subject >= s->subjects)
		return LETHE_OK;
	row = &s->rows[subject];
	if (!row->lost || r->partition == own_partition(s, subject))
		return LETHE_OK;
	/* A tombstone where nothing stood takes nothing away. */
	if (row->at != r->partition && !r->value.ptr)
		return LETHE_OK;
	if (row->at >= 0 && row->at != r->partition) {
		row->other = r->partition;
		return LETHE_OK;
	}
	row->at = r->partition;
	return said_batch_hear(s->batch, r->key, r->value, r->time_ms, err);
}

/* Whom nothing was found of; and where something may be. */
static bool
find_lost(struct strays *s, bool *wanted, int32_t partitions)
{
	bool any = false;

	for (size_t i = 0; i < s->subjects; i++) {
		struct stray *row = &s->rows[i];
		int32_t own = own_partition(s, i);
		struct slice value;
		int64_t time_ms;

		*row = (struct stray){.at = -1, .other = -1};
		row->cleared = said_batch_record(s->batch, i, &value, &time_ms);
		row->lost = !value.ptr;
		any = any || row->lost;
		for (int32_t p = 0; row->lost && p < partitions; p++)
			wanted[p] = wanted[p] || p != own;
	}
	return any;
}

enum lethe_status
strays_look(struct strays *s, struct consent_job *job, struct said_batch *batch,
	size_t subjects, struct lethe_error *err)
{
	const struct desk_sink sink = {.ctx = s,
		.record = hear,
		.progress = consent_progress,
		.held = consent_held};
	int32_t partitions = desk_partitions(job->desk, DESK_LEDGER);
	bool *wanted =
		arena_calloc(&job->arena, (size_t)partitions, sizeof(*wanted));

	*s = (struct strays){.job = job, .batch = batch, .subjects = subjects};
	s->rows = arena_calloc(&job->arena, subjects, sizeof(*s->rows));
	if (!wanted || !s->rows)
		return fail(err, LETHE_ENOMEM, 0, "no memory for partitions");
	if (!find_lost(s, wanted, partitions) || partitions == 1)
		return LETHE_OK;
	return desk_read(job->desk, DESK_LEDGER, wanted, &sink, err);
}

bool
stray_split(const struct stray *s)
{
	return s->at >= 0 && (s->other >= 0 || s->cleared);
}
