#ifndef CLI_QUARANTINE_LINES_H
#define CLI_QUARANTINE_LINES_H

/*
 * Walks quarantine records, one a line, of a file or standard input.  A source
 * of another kind (a topic) hands its records to the same function.
 */

#include "base/buf.h"
#include "engine/quarantine.h"

/*
 * Told of each record; puts what is to be printed into `out`.
 *
 *   record   without the line's end
 *   clear    what quarantine_read found
 */
typedef enum lethe_status quarantine_record_fn(void *ctx, struct slice record,
	const struct quarantine_clear *clear, struct buf *out,
	struct lethe_error *err);

/*
 * Prints what `told` makes of each record.  A line that fails is named on
 * standard error by its number, and the rest goes on.
 *
 *   path   a file, or "-"
 *
 * Returns EXIT_YES; EXIT_NO when a line failed; or the code of a failure.
 */
int quarantine_lines(const char *path, quarantine_record_fn *told, void *ctx);

/* A clear part as one JSON object. */
void
put_quarantine_clear(const struct quarantine_clear *clear, struct buf *out);

#endif
