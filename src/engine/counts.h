#ifndef ENGINE_COUNTS_H
#define ENGINE_COUNTS_H

/*
 * Which fields leave, for whoever counts: a purpose's fields are numbered in
 * the order of the file, behind those of the purposes before it.
 */

#include "engine/view.h"

/* What becomes of the values of a field that leaves. */
enum field_did { FIELD_KEPT, FIELD_CHANGED, FIELD_TOKENISED, FIELD_DID_COUNT };

const char *field_did_name(enum field_did did);

/* One field of one purpose; borrowed from the view's policy. */
struct field_row {
	size_t purpose;
	size_t field; /* of the policy */
	const char *as;
	enum field_did did;
};

/* How many there are. */
size_t view_row_count(const struct lethe_view *v);

/*   row   below view_row_count */
struct field_row view_row(const struct lethe_view *v, size_t row);

/* The row of a purpose's field, or SIZE_MAX. */
size_t view_row_of(const struct lethe_view *v, size_t purpose, size_t field);

/*
 * What became of the values of one row: those that left under
 * LETHE_MISFIT_NONE, those that did not fit by why.
 */
typedef uint64_t row_cells[LETHE_MISFIT_COUNT];

/*
 * Adds one to the row of every field that stands in the record at hand.
 * Within the sink's `record` alone.
 *
 *   rows   view_row_count of them
 */
void scratch_count_fields(const struct lethe_scratch *s,
	const struct lethe_view *v, size_t purpose, row_cells *rows);

#endif
