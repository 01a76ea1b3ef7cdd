#ifndef COUNT_ROWS_H
#define COUNT_ROWS_H

/*
 * What became of the values of each field of each purpose: counted by a lane
 * for the view that it runs (engine/counts.h), summed by names over lanes and
 * over the views that were, since a changed policy numbers its fields anew.
 */

#include "base/arena.h"
#include "engine/counts.h"

#include <stdatomic.h>

/* One lane's under one view. */
struct row_counts {
	const struct lethe_view *view;
	size_t count;
	row_cells *pending; /* the lane's alone */
	_Atomic uint64_t *cells;
};

struct row_counts *rows_new(const struct lethe_view *view); /* or NULL */
void rows_free(struct row_counts *r);			    /* or NULL */

/* The pending counts hold: adds them.  They do not: forgets them. */
void rows_publish(struct row_counts *r);
void rows_forget(struct row_counts *r);

/* A value that does not fit.  Thread: the lane's. */
void rows_misfit(struct row_counts *r, const struct lethe_decision *d);

struct row_total {
	size_t purpose;
	const char *as; /* lives in the totals */
	enum field_did did;
	row_cells cells;
};

struct row_totals {
	struct arena arena;
	struct row_total *rows;
	size_t count, cap;
};

void row_totals_init(struct row_totals *t);
void row_totals_fini(struct row_totals *t);

/*
 * Adds a lane's counts, or other totals.
 *
 * Fails: ENOMEM; then some are missing.
 * Thread: any.
 */
LETHE_CHECKED enum lethe_status
row_totals_add(struct row_totals *t, const struct row_counts *r);
LETHE_CHECKED enum lethe_status
row_totals_add_all(struct row_totals *t, const struct row_totals *other);

#endif
