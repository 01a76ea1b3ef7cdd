#ifndef TEXT_CSV_H
#define TEXT_CSV_H

/*
 * Rows of a CSV file that is in memory, with commas and double quotes.  A row
 * ends with LF or CRLF, a quoted field may hold both; empty lines are passed
 * over, as is a byte order mark.
 *
 * Source: RFC 4180.
 */

#include "base/arena.h"
#include "base/slice.h"

#define CSV_FIELDS_MAX 256

struct csv {
	struct slice left;
	size_t line;	   /* of the row that was read, from 1 */
	size_t quote_line; /* where the last quote of a field began */
	size_t end_line;   /* the row's last */
	size_t next_line;
};

enum csv_result {
	CSV_ROW,
	CSV_END,
	CSV_BROKEN,   /* a quote where none may be; the next row is at hand */
	CSV_UNENDED,  /* a quote without its end: nothing is left */
	CSV_TOO_MANY, /* more than CSV_FIELDS_MAX fields */
	CSV_NO_MEMORY,
};

void csv_init(struct csv *c, struct slice text);

/*
 * The next row.
 *
 *   a        texts of fields that hold a doubled quote are put there
 *   fields   borrowed from the text or the arena
 */
enum csv_result csv_next(struct csv *c, struct arena *a,
	struct slice fields[static CSV_FIELDS_MAX], size_t *count);

#endif
