#include "kafka/count/rows.h"

#include "base/error.h"

#include <stdlib.h>

struct row_counts *
rows_new(const struct lethe_view *view)
{
	struct row_counts *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->view = view;
	r->count = view_row_count(view);
	r->pending = calloc(r->count + 1, sizeof(*r->pending));
	r->cells =
		calloc((r->count + 1) * LETHE_MISFIT_COUNT, sizeof(*r->cells));
	if (r->pending && r->cells)
		return r;
	rows_free(r);
	return NULL;
}

void
rows_free(struct row_counts *r)
{
	if (!r)
		return;
	free(r->pending);
	free(r->cells);
	free(r);
}

void
rows_publish(struct row_counts *r)
{
	for (size_t row = 0; row < r->count; row++)
		for (size_t i = 0; i < LETHE_MISFIT_COUNT; i++)
			if (r->pending[row][i])
				atomic_fetch_add_explicit(
					&r->cells[row * LETHE_MISFIT_COUNT + i],
					r->pending[row][i],
					memory_order_relaxed);
	rows_forget(r);
}

void
rows_forget(struct row_counts *r)
{
	memset(r->pending, 0, r->count * sizeof(*r->pending));
}

void
rows_misfit(struct row_counts *r, const struct lethe_decision *d)
{
	size_t row = view_row_of(r->view, d->purpose, d->field);

	if (row != SIZE_MAX)
		r->pending[row][d->misfit]++;
}

void
row_totals_init(struct row_totals *t)
{
	*t = (struct row_totals){.count = 0};
	arena_init(&t->arena, 0);
}

void
row_totals_fini(struct row_totals *t)
{
	free(t->rows);
	arena_fini(&t->arena);
}

static struct row_total *
find(struct row_totals *t, const struct field_row *row)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].purpose == row->purpose &&
			t->rows[i].did == row->did &&
			!strcmp(t->rows[i].as, row->as))
			return &t->rows[i];
	return NULL;
}

static struct row_total *
find_or_add(struct row_totals *t, const struct field_row *row)
{
	struct row_total *at = find(t, row);
	size_t cap = t->cap ? t->cap * 2 : 64;
	char *as;

	if (at)
		return at;
	if (t->count == t->cap) {
		at = reallocarray(t->rows, cap, sizeof(*at));
		if (!at)
			return NULL;
		t->rows = at;
		t->cap = cap;
	}
	as = arena_strndup(&t->arena, row->as, strlen(row->as));
	if (!as)
		return NULL;
	at = &t->rows[t->count++];
	*at = (struct row_total){row->purpose, as, row->did, {0}};
	return at;
}

enum lethe_status
row_totals_add(struct row_totals *t, const struct row_counts *r)
{
	for (size_t row = 0; row < r->count; row++) {
		struct field_row is = view_row(r->view, row);
		struct row_total *to = find_or_add(t, &is);

		if (!to)
			return LETHE_ENOMEM;
		for (size_t i = 0; i < LETHE_MISFIT_COUNT; i++)
			to->cells[i] += atomic_load_explicit(
				&r->cells[row * LETHE_MISFIT_COUNT + i],
				memory_order_relaxed);
	}
	return LETHE_OK;
}

enum lethe_status
row_totals_add_all(struct row_totals *t, const struct row_totals *other)
{
	for (size_t i = 0; i < other->count; i++) {
		const struct row_total *from = &other->rows[i];
		struct row_total *to =
			find_or_add(t, &(struct field_row){from->purpose, 0,
					       from->as, from->did});

		if (!to)
			return LETHE_ENOMEM;
		for (size_t k = 0; k < LETHE_MISFIT_COUNT; k++)
			to->cells[k] += from->cells[k];
	}
	return LETHE_OK;
}
