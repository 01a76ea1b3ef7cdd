#ifndef LETHE_LEDGER_H
#define LETHE_LEDGER_H

/*
 * A consent ledger in memory, of the records of its topic.  For a view
 * (process.h); without one what a policy asks a ledger is `ledger_stale`.
 */

#include "lethe/policy.h"

#include <stddef.h>

struct lethe_ledger;

/*
 * Reads records, one a line, as they stand in the topic, oldest first:
 *
 *   {"key":"user:u-1","value":{"v":1,"purposes":{…}}}
 *   {"key":"user:u-2","value":null}
 *
 * A later line of a key takes the place of one before it.  A value that breaks
 * the form is a malformed row, which stops every purpose, as in the topic.
 *
 *   policy   referenced; it must have a ledger
 *
 * Fails: LETHE_EUSAGE for a policy without a ledger, or a line that is none of
 * these objects: err->what has its number, err->offset the byte in the line;
 * LETHE_ENOMEM.
 */
LETHE_API LETHE_CHECKED enum lethe_status
lethe_ledger_read(struct lethe_policy *policy, const void *text, size_t len,
	struct lethe_ledger **out, struct lethe_error *err);
LETHE_API void lethe_ledger_free(struct lethe_ledger *ledger); /* or NULL */

struct lethe_ledger_counts {
	size_t records;
	/* Of these: values that break the form, and the line of the first. */
	size_t malformed, first_malformed;
	/* Keys that no event can have: of a class that the policy does not
	   look up, or not in its normal form; and the line of the first.
	   Heartbeats are not among them. */
	size_t strangers, first_stranger;
};

LETHE_API void lethe_ledger_count(
	const struct lethe_ledger *ledger, struct lethe_ledger_counts *out);

#endif
