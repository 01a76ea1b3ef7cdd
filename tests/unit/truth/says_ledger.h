#ifndef TRUTH_SAYS_LEDGER_H
#define TRUTH_SAYS_LEDGER_H

/* What the ledger can say. */

#include "unit/truth/says.h"

/* Rows of one purpose, which the book gives out for any */

#define SECOND_MS INT64_C(1000)
#define APRIL INT64_C(1775001600000) /* 2026-04-01T00:00:00Z */
#define MAY INT64_C(1777896000000)   /* 2026-05-04T12:00:00Z */
#define LATER INT64_C(1798761600000) /* 2027-01-01T00:00:00Z */
#define ENDS (APRIL + 395 * DAY_MS)
#define AFTER (MAY + 1800 * SECOND_MS)

#define ROW(...) \
	{ \
		.kind = LEDGER_ROW_PRESENT, .count = 1, .entries = { \
			{__VA_ARGS__} \
		} \
	}
#define GIVEN(at, since) \
	.state = LEDGER_GIVEN, .has_at = true, .at_ms = (at), \
	.since_ms = (since)
#define SAID(what, at) .state = LEDGER_##what, .has_at = true, .at_ms = (at)

static const struct ledger_row row_given = ROW(GIVEN(APRIL, APRIL));
static const struct ledger_row row_renewed = ROW(GIVEN(MAY, APRIL));
static const struct ledger_row row_until =
	ROW(GIVEN(APRIL, APRIL), .has_until = true, .until_ms = ENDS);
static const struct ledger_row row_later = ROW(GIVEN(LATER, LATER));
static const struct ledger_row row_refused = ROW(SAID(REFUSED, APRIL));
static const struct ledger_row row_refused_once = ROW(.state = LEDGER_REFUSED);
static const struct ledger_row row_withdrawn = ROW(SAID(WITHDRAWN, AFTER));
static const struct ledger_row row_expired = ROW(.state = LEDGER_EXPIRED);
static const struct ledger_row row_unknown = ROW(.state = LEDGER_UNKNOWN);
static const struct ledger_row row_malformed = ROW(.state = LEDGER_MALFORMED);
static const struct ledger_row row_absent = {.kind = LEDGER_ROW_ABSENT};
static const struct ledger_row row_stale = {.kind = LEDGER_ROW_STALE};
static const struct ledger_row row_damaged = {.kind = LEDGER_ROW_DAMAGED};

static const struct dated given = {APRIL, SECOND_MS, INT64_MAX, false, 0};
static const struct dated renewed = {APRIL, SECOND_MS, INT64_MAX, false, MAY};
static const struct dated until = {APRIL, SECOND_MS, ENDS, false, 0};
static const struct dated given_later = {LATER, SECOND_MS, INT64_MAX, false, 0};
static const struct dated withdrawn = {AFTER, SECOND_MS, INT64_MAX, false, 0};
static const struct dated long_over = {1, SECOND_MS, 1, false, 0};

static const struct saying of_ledger[] = {
	{"\"u1\"", "given on 2026-04-01", YES, &given, &row_given},
	{"\"u1\"", "the same, renewed on 2026-05-04 12:00", YES, &renewed,
		&row_renewed},
	{"\"u1\"", "given on 2026-04-01 until 2027-05-01", YES, &until,
		&row_until},
	{"\"u1\"", "given on 2027-01-01", YES, &given_later, &row_later},
	{"\"u1\"", "refused on 2026-04-01", NO, &given, &row_refused},
	{"\"u1\"", "refused, nobody knows when", NO, NULL, &row_refused_once},
	{"\"u1\"", "withdrawn on 2026-05-04 12:30, after the event", NO,
		&withdrawn, &row_withdrawn},
	{"\"u1\"", "expired", YES, &long_over, &row_expired},
	{"\"u1\"", "unknown", SILENT, NULL, &row_unknown},
	{"\"u1\"", "nothing, or a tombstone", SILENT, NULL, &row_absent},
	{NULL, "whatever it is, and the event names nobody", SILENT, NULL,
		&row_given},
	{"\"u1\"", "a record that is malformed", MALFORMED, NULL,
		&row_malformed},
	{"true", "given, and the identifier is none", UNUSABLE, NULL,
		&row_given},
	{"\"u1\"", "a ledger that is not up to date", STALE, NULL, &row_stale},
	{"\"u1\"", "a row whose check fails", STALE, NULL, &row_damaged},
};

/* What it may say beside two other sources. */
static const struct saying *const of_ledger_beside[] = {&of_ledger[0],
	&of_ledger[4], &of_ledger[6], &of_ledger[7], &of_ledger[9],
	&of_ledger[13]};

#endif
