#ifndef CONSENT_LEDGER_TABLE_H
#define CONSENT_LEDGER_TABLE_H

/*
 * A ledger in memory, for who has its records and no broker.  Rows are named
 * by a keyed hash under a random key of this table alone.
 */

#include "consent/book.h"

struct ledger_table;

/*
 *   count   purposes of the layout that its rows are of
 *
 * Fails: LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status ledger_table_new(
	size_t count, struct ledger_table **out, struct lethe_error *err);
void ledger_table_free(struct ledger_table *t); /* NULL allowed */

/*
 * What a record says now of a subject; a later one takes its place.
 *
 *   key   `class:identifier` in its normal form
 *   row   present, or absent: nothing is known any more
 *
 * Fails: LETHE_ENOMEM.
 * Thread: one, and no lookup meanwhile.
 */
LETHE_CHECKED enum lethe_status
ledger_table_put(struct ledger_table *t, struct slice key,
	const struct ledger_row *row, struct lethe_error *err);

/* The table as the engine asks it; as long as the table.  Thread: any. */
const struct book *ledger_table_book(const struct ledger_table *t);

#endif
