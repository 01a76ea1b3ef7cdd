#include "engine/work.h"

#include "base/error.h"

#include <stdlib.h>

enum lethe_status
lethe_scratch_new(
	uint64_t seed, struct lethe_scratch **out, struct lethe_error *err)
{
	struct lethe_scratch *s = calloc(1, sizeof(*s));
	enum lethe_status status;

	*out = NULL;
	if (!s)
		return fail(err, LETHE_ENOMEM, 0, "a scratch");
	arena_init(&s->arena, 0);
	buf_init(&s->out, 0);
	s->transform.a = &s->arena;
	s->seed = seed;
	s->token_cache = token_cache_new(seed);
	status = s->token_cache ? reader_new(seed, &s->reader, err)
				: fail(err, LETHE_ENOMEM, 0, "a scratch");
	if (status == LETHE_OK)
		status = pattern_scratch_new(&s->transform.patterns, err);
	if (status == LETHE_OK)
		*out = s;
	else
		lethe_scratch_free(s);
	return status;
}

void
lethe_scratch_free(struct lethe_scratch *scratch)
{
	if (!scratch)
		return;
	token_cache_free(scratch->token_cache);
	token_days_free(scratch->days);
	told_free(scratch->told);
	recall_free(scratch->recall);
	reader_free(scratch->reader);
	pattern_scratch_free(scratch->transform.patterns);
	arena_fini(&scratch->arena);
	buf_fini(&scratch->out);
	free(scratch->fields);
	free(scratch->rows);
	free(scratch);
}

void
lethe_scratch_settle(struct lethe_scratch *scratch, bool committed)
{
	if (scratch->told)
		told_settle(scratch->told, committed);
	if (scratch->recall)
		recall_settle(scratch->recall, committed);
}

void
scratch_consult(struct lethe_scratch *s, const struct book *book)
{
	s->book = book;
}

/* Rows are large: a scratch has them from the first policy with a ledger. */
static enum lethe_status
begin_rows(struct lethe_scratch *s, size_t count, struct lethe_error *err)
{
	struct ledger_row *more;

	s->rows_known = s->remembered_known = 0;
	if (count <= s->row_cap)
		return LETHE_OK;
	more = calloc(count, sizeof(*more));
	if (!more)
		return fail(err, LETHE_ENOMEM, 0, "a scratch");
	free(s->rows);
	s->rows = more;
	s->row_cap = count;
	return LETHE_OK;
}

static enum lethe_status
begin_days(struct lethe_scratch *s, const struct lethe_view *view,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	if (!s->days)
		status = token_days_new(&s->days, err);
	if (status == LETHE_OK)
		token_days_begin(s->days, view->serial);
	return status;
}

enum lethe_status
scratch_begin(struct lethe_scratch *s, const struct lethe_view *view,
	struct lethe_error *err)
{
	const struct lethe_policy *policy = view->policy;

	if (policy->field_count > s->field_cap) {
		struct field_found *more =
			calloc(policy->field_count, sizeof(*more));

		if (!more)
			return fail(err, LETHE_ENOMEM, 0, "a scratch");
		free(s->fields);
		s->fields = more;
		s->field_cap = policy->field_count;
	}
	if (policy->has_lifetimes && view->keys) {
		enum lethe_status status = begin_days(s, view, err);

		if (status != LETHE_OK)
			return status;
	}
	if (policy->ledger.is) {
		enum lethe_status status =
			begin_rows(s, policy->class_count + 1, err);

		if (status != LETHE_OK)
			return status;
	}
	token_cache_begin(s->token_cache, view->serial);
	arena_reset(&s->arena);
	s->event++;
	s->heard_bits = 0;
	for (size_t i = 0; i <= policy->class_count; i++)
		s->classes[i].state = ID_UNKNOWN;
	return LETHE_OK;
}
