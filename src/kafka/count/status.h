#ifndef COUNT_STATUS_H
#define COUNT_STATUS_H

#include "kafka/count/rows.h"
#include "kafka/count/stats.h"

/*
 * The status line of the log: what came in, what went, what did not and why.
 *
 *   ledger   how the consent ledger is, in a word; NULL: there is none
 */
void status_log(const struct stats *s, const struct lethe_policy *policy,
	const struct row_totals *rows, const char *ledger);

#endif
