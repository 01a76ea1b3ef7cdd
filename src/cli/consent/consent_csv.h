#ifndef CLI_CONSENT_CSV_H
#define CLI_CONSENT_CSV_H

/* Files of words: put's own, and exports. */

#include "cli/consent/consent_job.h"
#include "text/csv.h"

/* The columns of put's own files; NULL-ended. */
extern const char *const csv_roles[];

#define CSV_SHOWN_BYTES 65

/* The name of a column as it may be shown: cut, without control characters. */
void csv_show(struct slice name, char out[static CSV_SHOWN_BYTES]);

/* Whether a first line could be read; it is told when not. */
bool
csv_header(struct intake *in, const struct csv *csv, enum csv_result result);

#define CSV_BROKEN_BYTES 160

/* What a row that could not be read breaks, or NULL; `out` has room for it. */
const char *csv_broken(const struct csv *csv, enum csv_result result,
	char out[static CSV_BROKEN_BYTES]);

#endif
