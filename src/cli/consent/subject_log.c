#include "cli/consent/subject_log.h"

#include "cli/consent/objection.h"

#include <stdlib.h>

static struct log_entry *
add_entry(struct subject_log *l)
{
	size_t more = l->cap ? 2 * l->cap : 64;
	struct log_entry *bigger;

	if (l->count == l->cap) {
		bigger = reallocarray(l->entries, more, sizeof(*bigger));
		if (!bigger)
			return NULL;
		l->entries = bigger;
		l->cap = more;
	}
	return &l->entries[l->count++];
}

static enum lethe_status
take(void *ctx, const struct desk_record *r, struct lethe_error *err)
{
	struct slice value = r->value;
	struct subject_log *l = ctx;
	struct log_key *k = l->keys, *end = k + l->key_count;
	struct log_entry *e;
	char *mine;

	while (k < end && !slice_equal(r->key, k->key))
		k++;
	if (k == end)
		return LETHE_OK;
	mine = arena_strndup(
		&l->arena, value.len ? (const void *)value.ptr : "", value.len);
	e = mine ? add_entry(l) : NULL;
	if (!e)
		return fail(err, LETHE_ENOMEM, 0, "no memory for entries");
	if (r->time_ms > k->last_ms)
		k->last_ms = r->time_ms;
	*e = (struct log_entry){.source = k->source,
		.value = slice_make(mine, value.len),
		.time_ms = k->last_ms,
		.number = l->count};
	return LETHE_OK;
}

/* Partitions have no common order but that of their times; within one that of
 * the offsets stays. */
static int
compare(const void *left, const void *right)
{
	const struct log_entry *a = left, *b = right;

	if (a->time_ms != b->time_ms)
		return a->time_ms < b->time_ms ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static enum lethe_status
name_keys(struct consent_job *j, struct subject_log *l, struct slice subject,
	struct lethe_error *err)
{
	const struct lethe_policy *p = j->l.policy;
	size_t most = 1 + j->ledger->layout.objection_count;

	l->keys = arena_calloc(&l->arena, most, sizeof(*l->keys));
	if (!l->keys)
		return fail(err, LETHE_ENOMEM, 0, "no memory for keys");
	l->keys[l->key_count++].key = subject;
	for (size_t i = 0; i < p->source_count; i++) {
		struct log_key *k = &l->keys[l->key_count];

		if (!(j->ledger->remembers >> i & 1))
			continue;
		k->source = p->sources[i].name;
		k->key = objection_key(&l->arena, k->source, subject);
		if (!k->key.ptr)
			return fail(err, LETHE_ENOMEM, 0, "no memory for keys");
		l->key_count++;
	}
	return LETHE_OK;
}

static enum lethe_status
read_all(struct consent_job *j, struct subject_log *l, struct lethe_error *err)
{
	const struct desk_sink sink = {.ctx = l,
		.record = take,
		.progress = consent_progress,
		.held = consent_held};
	size_t count = (size_t)desk_partitions(j->desk, DESK_LOG);
	bool *wanted = arena_calloc(&j->arena, count, sizeof(*wanted));

	if (!wanted)
		return fail(err, LETHE_ENOMEM, 0, "no memory for partitions");
	for (size_t i = 0; i < l->key_count; i++)
		wanted[desk_partition(j->desk, DESK_LOG, l->keys[i].key)] =
			true;
	return desk_read(j->desk, DESK_LOG, wanted, &sink, err);
}

enum lethe_status
subject_log_read(struct subject_log *l, struct consent_job *j,
	struct slice subject, struct lethe_error *err)
{
	enum lethe_status status;

	*l = (struct subject_log){0};
	arena_init(&l->arena, 0);
	status = name_keys(j, l, subject, err);
	if (!status)
		status = read_all(j, l, err);
	if (l->count)
		qsort(l->entries, l->count, sizeof(*l->entries), compare);
	return status;
}

void
subject_log_fini(struct subject_log *l)
{
	free(l->entries);
	arena_fini(&l->arena);
}
