#ifndef CLI_CONSENT_CSV_H
#define CLI_CONSENT_CSV_H

/* Files of words: put's own, and exports. */

#include "cli/consent/consent_job.h"
#include "text/csv.h"

/* The columns of put's own files; NULL-ended. */
extern const char *const csv_roles[];

/* What a row that could not be read breaks, or NULL. */
const char *csv_broken(enum csv_result result);

#endif
