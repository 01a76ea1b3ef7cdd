#ifndef TRUTH_SAYS_H
#define TRUTH_SAYS_H

/* What a source can say: a text, and what the docs say that it means. */

#include "consent/ledger/row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DAY_MS INT64_C(86400000)

/* What a text means, whenever it is read. */
enum means {
	YES,
	NO, /* of an objection: it objects */
	SILENT,
	MALFORMED,
	WRONG_TYPE,
	UNUSABLE,
	STALE, /* the ledger cannot tell */
};

/* A text that says when it was said. */
struct dated {
	int64_t since_ms;
	int64_t grain_ms;
	int64_t ends_ms; /* INT64_MAX: never */
	/* What is said has no time; only the string may be of the future. */
	bool judged_alone;
	int64_t told_ms; /* when it was last said; 0: since_ms */
};

struct saying {
	const char *json;  /* NULL: nothing stands there */
	const char *shown; /* in the docs; NULL: the json itself */
	enum means means;
	const struct dated *dated; /* NULL: as old as the event */
	/* Of the ledger: what it knows; `json` is then the identifier. */
	const struct ledger_row *row;
};

struct kind {
	const char *name;   /* of the source, behind a_ or b_ */
	const char *title;  /* in the docs */
	const char *policy; /* of the source; % stands for its path */
	const char *asks;
	bool decides;	   /* else it never says yes */
	bool objects;	   /* nobody asks it */
	const char *asked; /* in the docs: what is asked of it */
	const struct saying *says;
	size_t count;
	bool ledger; /* there is one, and what it says is in no event */
};

/* 2026-04-01, 2025-01-01, 2027-01-01, each with the 395 days of max_age. */
static const struct dated april = {INT64_C(1775001600000), DAY_MS,
	INT64_C(1775001600000) + 395 * DAY_MS, false, 0};
static const struct dated april_alone = {
	INT64_C(1775001600000), DAY_MS, INT64_MAX, true, 0};
static const struct dated old = {INT64_C(1735689600000), DAY_MS,
	INT64_C(1735689600000) + 395 * DAY_MS, false, 0};
static const struct dated later = {INT64_C(1798761600000), DAY_MS,
	INT64_C(1798761600000) + 395 * DAY_MS, false, 0};

#endif
