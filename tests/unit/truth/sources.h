#ifndef TRUTH_SOURCES_H
#define TRUTH_SOURCES_H

/*
 * Every kind of source there is, and what one can say: the text that stands
 * in an event, or what the ledger knows, and what the docs say that it means.
 * A new format is a row.
 */

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

/* Purpose 8 and vendor 42, by consent and by legitimate interest, or not. */
#define TC_YES \
	"CQh-8AAQh-8AAEsACBENCWFgAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YCAAACAAAA"
#define TC_NO \
	"CQh-8AAQh-8AAEsACBENCWFgAAAAAAAAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YAAAAAAAAA"
#define TC_OLD \
	"CQKjTcAQKjTcAEsACBENCWEgAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YCAAACAAAA"
#define TC_OLD_NO \
	"CQKjTcAQKjTcAEsACBENCWEgAAAAAAAAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YAAAAAAAAA"
#define TC_LATER \
	"CQwJT0AQwJT0AEsACBENCWFgAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YCAAACAAAA"
#define TC_LATER_NO \
	"CQwJT0AQwJT0AEsACBENCWFgAAAAAAAAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YAAAAAAAAA"
/* No PublisherTC, and vendor 42 not disclosed. */
#define TC_NOT_ASKED \
	"CQh-8AAQh-8AAEsACBENCWFgAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA.IADgI"
#define TC_POLICY \
	"CP0j9IAP0j9IAEsACBENCWCgAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YCAAACAAAA"
#define TC_GLOBAL \
	"CQh-8AAQh-8AAEsACBENCWFAAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".IAVAAAAAAAQ.YCAAACAAAA"
#define TC_UNDISCLOSED \
	"CQh-8AAQh-8AAEsACBENCWFgAAEAAAEAAAYgAVAAAAAAAQAqAAAAAAAgAA" \
	".YCAAACAAAA"

static const struct saying of_segment[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"null", NULL, SILENT, NULL, NULL},
	{"{\"P\":true,\"Q\":true}", NULL, YES, NULL, NULL},
	{"{\"P\":true,\"Q\":false}", NULL, NO, NULL, NULL},
	{"{\"P\":true}", NULL, NO, NULL, NULL},
	{"{}", NULL, NO, NULL, NULL},
	{"{\"P\":true,\"Q\":\"true\"}", NULL, WRONG_TYPE, NULL, NULL},
	{"[\"P\",\"Q\"]", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_flag[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"null", NULL, SILENT, NULL, NULL},
	{"true", NULL, YES, NULL, NULL},
	{"\"granted\"", NULL, YES, NULL, NULL},
	{"false", NULL, NO, NULL, NULL},
	{"\"true\"", NULL, NO, NULL, NULL},
	{"{\"granted\":true}", NULL, WRONG_TYPE, NULL, NULL},
	{"[true]", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_list[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"null", NULL, SILENT, NULL, NULL},
	{"[\"ads\",\"all\"]", NULL, YES, NULL, NULL},
	{"[\"ads\"]", NULL, NO, NULL, NULL},
	{"[]", NULL, NO, NULL, NULL},
	{"\"all\"", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_picked[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"[]", NULL, SILENT, NULL, NULL},
	{"[{\"k\":1,\"v\":true}]", NULL, YES, NULL, NULL},
	{"[{\"k\":1,\"v\":false},{\"k\":2,\"v\":true}]", NULL, NO, NULL, NULL},
	{"[{\"k\":1,\"v\":[]}]", NULL, WRONG_TYPE, NULL, NULL},
	{"[{\"k\":1,\"v\":true},{\"k\":1,\"v\":true}]", NULL, UNUSABLE, NULL,
		NULL},
};

static const struct saying of_preset[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"{}", NULL, SILENT, NULL, NULL},
	{"{\"ad_user_data\":\"GRANTED\"}", NULL, YES, NULL, NULL},
	{"{\"ad_user_data\":\"DENIED\"}", NULL, NO, NULL, NULL},
	{"{\"ad_user_data\":\"granted \"}", NULL, MALFORMED, NULL, NULL},
	{"{\"ad_user_data\":true}", NULL, WRONG_TYPE, NULL, NULL},
	{"\"GRANTED\"", NULL, WRONG_TYPE, NULL, NULL},
};

/* A string, and beside it `gdpr`. */
#define TC(string) "{\"tc\":\"" string "\"}"
#define TC_SCOPE(gdpr, string) "{\"gdpr\":" gdpr ",\"tc\":\"" string "\"}"

static const struct saying of_tcf[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"{\"tc\":null}", "null", SILENT, NULL, NULL},
	{TC(TC_YES), "a string of 2026-04-01 that grants", YES, &april, NULL},
	{TC(TC_NO), "the same, granting nothing", NO, &april, NULL},
	{TC(TC_NOT_ASKED),
		"the same, without what says it of the publisher or vendor", NO,
		&april, NULL},
	{TC(TC_OLD), "a string of 2025-01-01 that grants", YES, &old, NULL},
	{TC(TC_OLD_NO), "the same, granting nothing", NO, &old, NULL},
	{TC(TC_LATER), "a string of 2027-01-01 that grants", YES, &later, NULL},
	{TC(TC_LATER_NO), "the same, granting nothing", NO, &later, NULL},
	{TC("CQh-8AAQh-8"), "a string that is cut short", MALFORMED, NULL,
		NULL},
	{TC(""), "an empty string", MALFORMED, NULL, NULL},
	{TC(TC_POLICY), "a string of TCF 2.0", UNUSABLE, NULL, NULL},
	{TC(TC_GLOBAL), "a string of the global scope", UNUSABLE, NULL, NULL},
	{TC(TC_UNDISCLOSED), "a string of 2026-04-01 without disclosed vendors",
		UNUSABLE, &april, NULL},
	{"{\"tc\":7}", "7", WRONG_TYPE, NULL, NULL},
	{TC_SCOPE("0", TC_YES), "one that grants, beside `gdpr` 0", SILENT,
		NULL, NULL},
	{TC_SCOPE("1", TC_YES), "one that grants, beside `gdpr` 1", YES, &april,
		NULL},
	{TC_SCOPE("\"yes\"", TC_YES), "one that grants, beside `gdpr` \"yes\"",
		MALFORMED, NULL, NULL},
	{TC_SCOPE("[1]", TC_YES), "one that grants, beside `gdpr` [1]",
		WRONG_TYPE, NULL, NULL},
};

#define URL(query) "\"https://shop.example/a?x=1&" query "#y\""

static const struct saying of_url[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"null", NULL, SILENT, NULL, NULL},
	{"\"https://shop.example/a?x=100%\"", NULL, SILENT, NULL, NULL},
	{URL("gdpr_consent=" TC_YES), "a string of 2026-04-01 that grants", YES,
		&april, NULL},
	{URL("gdpr=1&gdpr_consent=" TC_YES), "the same, and `gdpr=1`", YES,
		&april, NULL},
	{URL("gdpr%5Fconsent=%43Qh-8AAQh-8AAEsACBENCWFgAAEAAAEAAAYgAVAAAAAAAQ"
	     "AqAAAAAAAgAA%2eIAVAAAAAAAQ%2EYCAAACAAAA"),
		"the same, percent-encoded", YES, &april, NULL},
	{URL("gdpr=0&gdpr_consent=" TC_YES), "the same, and `gdpr=0`", SILENT,
		NULL, NULL},
	{URL("gdpr=1"), "`gdpr=1` alone", SILENT, NULL, NULL},
	{URL("gdpr_consent=" TC_NO), "one that grants nothing", NO, &april,
		NULL},
	{URL("gdpr_consent=" TC_OLD), "one of 2025-01-01 that grants", YES,
		&old, NULL},
	{URL("gdpr_consent=" TC_LATER), "one of 2027-01-01 that grants", YES,
		&later, NULL},
	{URL("gdpr_consent=" TC_POLICY), "one of TCF 2.0", UNUSABLE, NULL,
		NULL},
	{URL("gdpr_consent=" TC_YES "&gdpr_consent=" TC_YES),
		"one that grants, twice", MALFORMED, NULL, NULL},
	{URL("gdpr=1&gdpr=1&gdpr_consent=" TC_YES), "`gdpr=1` twice", MALFORMED,
		NULL, NULL},
	{URL("gdpr=true&gdpr_consent=" TC_YES), "`gdpr=true`", MALFORMED, NULL,
		NULL},
	{URL("gdpr_consent="), "`gdpr_consent=`", MALFORMED, NULL, NULL},
	{URL("gdpr_consent=%4"), "a broken escape in it", MALFORMED, NULL,
		NULL},
	{URL("gdpr_consent=%2543"), "an escape of an escape in it", MALFORMED,
		NULL, NULL},
	{"\"shop.example?gdpr_consent=" TC_YES "\"", "no URL", MALFORMED, NULL,
		NULL},
	{"[]", NULL, WRONG_TYPE, NULL, NULL},
};

#define GPP(string) "{\"gpp\":\"" string "\"}"
#define GPP_SID(sid, string) "{\"sid\":" sid ",\"gpp\":\"" string "\"}"

static const struct saying of_gpp[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{GPP("DBAA"), "a string without sections", SILENT, NULL, NULL},
	{GPP("DBABTA~1NNN"), "US privacy alone, no opt-out", SILENT, NULL,
		NULL},
	{GPP("DBABMA~" TC_YES), "a TCF section of 2026-04-01 that grants", YES,
		&april, NULL},
	{GPP("DBABMA~" TC_NO), "the same, granting nothing", NO, &april, NULL},
	{GPP("DBACNYA~" TC_YES "~1YYN"),
		"one that grants, and US privacy with an opt-out", NO,
		&april_alone, NULL},
	{GPP("DBABLA~CVVVkkkkkpFY.YA"), "US national with opt-outs and GPC", NO,
		NULL, NULL},
	{GPP("DBABjw~x~1NNN"), "a section that is not read", NO, NULL, NULL},
	{GPP_SID("[8]", "DBABMA~" TC_YES),
		"one that grants, `gpp_sid` [8], which is not read", NO,
		&april_alone, NULL},
	{GPP("DBABMA~" TC_OLD), "a TCF section of 2025-01-01 that grants", YES,
		&old, NULL},
	{GPP("DBABMA~" TC_LATER), "a TCF section of 2027-01-01 that grants",
		YES, &later, NULL},
	{GPP("DBABMA"), "a header without its section", MALFORMED, NULL, NULL},
	{GPP_SID("[]", "DBABMA~" TC_YES), "one that grants, `gpp_sid` []",
		MALFORMED, NULL, NULL},
	{GPP("DBABMA~" TC_POLICY), "a TCF section of TCF 2.0", UNUSABLE, NULL,
		NULL},
	{GPP_SID("[6]", "DBABMA~" TC_YES),
		"one that grants, `gpp_sid` [6], which is not in it", UNUSABLE,
		&april_alone, NULL},
	{"{\"gpp\":[]}", "[]", WRONG_TYPE, NULL, NULL},
};

static const struct saying of_gcs[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"\"G1--\"", NULL, SILENT, NULL, NULL},
	{"\"G111\"", NULL, YES, NULL, NULL},
	{"\"G101\"", NULL, NO, NULL, NULL},
	{"\"G112\"", NULL, MALFORMED, NULL, NULL},
	{"\"G1111\"", NULL, MALFORMED, NULL, NULL},
	{"111", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_gcd[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"\"13l3l3l2l1\"", NULL, SILENT, NULL, NULL},
	{"\"13r3r3r2r5l1\"", NULL, SILENT, NULL, NULL},
	{"\"13p3p3p2p5l1\"", NULL, NO, NULL, NULL},
	{"\"13z3r3r2r5l1\"", NULL, MALFORMED, NULL, NULL},
	{"{}", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_onetrust[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"{\"C0002\":-1}", NULL, SILENT, NULL, NULL},
	{"\"isGpcEnabled=0&version=6\"", NULL, SILENT, NULL, NULL},
	{"\"isGpcEnabled=1&groups=C0001%3A1%2CC0002%3A1\"", NULL, YES, NULL,
		NULL},
	{"\",C0001,C0002,\"", NULL, YES, NULL, NULL},
	{"{\"C0002\":1}", NULL, YES, NULL, NULL},
	{"\"C0001:1,C0002:0\"", NULL, NO, NULL, NULL},
	{"\"C0001:1\"", NULL, NO, NULL, NULL},
	{"{\"C0001\":1}", NULL, NO, NULL, NULL},
	{"\"C0002:1,C0002:1\"", NULL, MALFORMED, NULL, NULL},
	{"\"C0002:2\"", NULL, MALFORMED, NULL, NULL},
	{"{\"C0002\":2}", NULL, MALFORMED, NULL, NULL},
	{"{\"C0002\":true}", NULL, WRONG_TYPE, NULL, NULL},
	{"[\"C0002\"]", NULL, WRONG_TYPE, NULL, NULL},
};

#define ALLOWED(list) "\"allowedConsentIds\":" list
#define DENIED(list) "\"deniedConsentIds\":" list
#define BY(name) "\"resolutionStrategy\":\"" name "\""

static const struct saying of_rudderstack[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"null", NULL, SILENT, NULL, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "}", NULL, YES, NULL, NULL},
	{"{" ALLOWED("[\"C2\"]") "," BY("or") "}", NULL, YES, NULL, NULL},
	{"{" ALLOWED("[\"C2\"]") "}", NULL, NO, NULL, NULL},
	{"{" DENIED("[]") "}", NULL, NO, NULL, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "," DENIED("[\"C3\"]") "}", NULL, NO,
		NULL, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "," DENIED("[\"C3\"]") "," BY("or") "}",
		NULL, NO, NULL, NULL},
	{"{" ALLOWED("[\"c2\",\"c3\"]") "}", NULL, NO, NULL, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "," BY("any") "}", NULL, MALFORMED,
		NULL, NULL},
	{"{" ALLOWED("\"C2\"") "}", NULL, WRONG_TYPE, NULL, NULL},
	{"{" ALLOWED("[\"C2\",7]") "}", NULL, WRONG_TYPE, NULL, NULL},
	{"true", NULL, WRONG_TYPE, NULL, NULL},
};

#define PREFERENCES(type, basis, scopes) \
	"{\"eventType\":\"" type "\",\"basisForProcessing\":\"" basis \
	"\",\"consentScopes\":" scopes "}"

static const struct saying of_snowplow[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{PREFERENCES("pending", "consent", "[\"p\"]"), "`pending`", SILENT,
		NULL, NULL},
	{PREFERENCES("implicit_consent", "consent", "[\"p\"]"),
		"`implicit_consent`", SILENT, NULL, NULL},
	{PREFERENCES("allow_all", "contract", "[\"p\"]"),
		"`allow_all` on the basis `contract`", SILENT, NULL, NULL},
	{PREFERENCES("allow_all", "consent", "[\"p\"]"), "`allow_all`", YES,
		NULL, NULL},
	{PREFERENCES("allow_selected", "consent", "[\"q\",\"p\"]"),
		"`allow_selected`", YES, NULL, NULL},
	{PREFERENCES("allow_all", "consent", "[\"q\"]"),
		"`allow_all` of other scopes", NO, NULL, NULL},
	{PREFERENCES("deny_all", "consent", "[]"), "`deny_all`", NO, NULL,
		NULL},
	{PREFERENCES("withdrawn", "consent", "[\"p\"]"), "`withdrawn`", NO,
		NULL, NULL},
	{PREFERENCES("expired", "consent", "[\"p\"]"), "`expired`", NO, NULL,
		NULL},
	{PREFERENCES("allow", "consent", "[\"p\"]"), "another word", MALFORMED,
		NULL, NULL},
	{"{\"eventType\":\"allow_all\"}", "members missing", MALFORMED, NULL,
		NULL},
	{PREFERENCES("allow_all", "consent", "\"p\""),
		"scopes that are no list", WRONG_TYPE, NULL, NULL},
	{"\"allow_all\"", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_gdpr[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"{\"basisForProcessing\":\"consent\"}", NULL, SILENT, NULL, NULL},
	{"{\"basisForProcessing\":\"contract\"}", NULL, NO, NULL, NULL},
	{"{\"basisForProcessing\":\"yes\"}", NULL, MALFORMED, NULL, NULL},
	{"{}", NULL, MALFORMED, NULL, NULL},
	{"{\"basisForProcessing\":1}", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_withdrawn[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"{\"all\":true}", NULL, NO, NULL, NULL},
	{"{\"all\":false}", NULL, NO, NULL, NULL},
	{"{}", NULL, MALFORMED, NULL, NULL},
	{"{\"all\":\"true\"}", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_gpc[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"0", NULL, SILENT, NULL, NULL},
	{"\"0\"", NULL, SILENT, NULL, NULL},
	{"false", NULL, SILENT, NULL, NULL},
	{"1", NULL, NO, NULL, NULL},
	{"\"1\"", NULL, NO, NULL, NULL},
	{"true", NULL, NO, NULL, NULL},
	{"2", NULL, MALFORMED, NULL, NULL},
	{"\"true\"", NULL, MALFORMED, NULL, NULL},
	{"[1]", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_opt_out[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"false", NULL, SILENT, NULL, NULL},
	{"true", NULL, NO, NULL, NULL},
	{"[true]", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_opt_outs[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"[]", NULL, SILENT, NULL, NULL},
	{"[\"x\"]", NULL, SILENT, NULL, NULL},
	{"[\"x\",\"all\"]", NULL, NO, NULL, NULL},
	{"[{}]", NULL, WRONG_TYPE, NULL, NULL},
	{"\"all\"", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_onetrust_gpc[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"\"isGpcEnabled=0&groups=C0002:0\"", NULL, SILENT, NULL, NULL},
	{"\"isGpcEnabled=1&groups=C0002:1\"", NULL, NO, NULL, NULL},
	{"\"isGpcEnabled=2\"", NULL, MALFORMED, NULL, NULL},
	{"\"C0002:1\"", NULL, MALFORMED, NULL, NULL},
	{"{\"C0002\":1}", NULL, WRONG_TYPE, NULL, NULL},
};

static const struct saying of_sale[] = {
	{NULL, NULL, SILENT, NULL, NULL},
	{"{\"saleOfDataAllowed\":true}", NULL, SILENT, NULL, NULL},
	{"{\"saleOfDataAllowed\":false}", NULL, NO, NULL, NULL},
	{"{\"saleOfDataAllowed\":\"false\"}", NULL, WRONG_TYPE, NULL, NULL},
	{"[]", NULL, WRONG_TYPE, NULL, NULL},
};

/* ---- the ledger: rows of one purpose, which the book gives out for any */

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

#define SAYS(a) a, COUNT(a)

static const struct kind kinds[] = {
	{"segment", "`segment`", "{ format: segment, path: $.% }", "[P, Q]",
		true, false, "the categories `P` and `Q`", SAYS(of_segment),
		false},
	{"flag", "`flag`, `yes: [true, granted]`",
		"{ format: flag, path: $.%, yes: [true, granted] }", "yes",
		true, false, NULL, SAYS(of_flag), false},
	{"list", "`flag` over `[*]`, `yes: [all]`",
		"{ format: flag, path: \"$.%[*]\", yes: [all] }", "yes", true,
		false, NULL, SAYS(of_list), false},
	{"picked", "`flag` at `[k=1].v`, `yes: [true]`",
		"{ format: flag, path: \"$.%[k=1].v\", yes: [true] }", "yes",
		true, false, NULL, SAYS(of_picked), false},
	{"preset", "`flag` with the preset `consent_mode.ad_user_data`",
		"{ format: flag, path: $.%, preset: consent_mode.ad_user_data "
		"}",
		"yes", true, false, NULL, SAYS(of_preset), false},
	{"tcf", "`tcf`, `act_as: publisher`",
		"{ format: tcf, path: $.%.tc, when: $.%.gdpr, act_as: "
		"publisher }",
		"[8]", true, false, "purpose 8", SAYS(of_tcf), false},
	{"vendor", "`tcf`, `act_as: vendor 42`",
		"{ format: tcf, path: $.%.tc, when: $.%.gdpr, act_as: vendor "
		"42 }",
		"[8]", true, false, "purpose 8", SAYS(of_tcf), false},
	{"url", "`tcf` with `url`, `act_as: publisher`",
		"{ format: tcf, url: $.%, act_as: publisher }", "[8]", true,
		false, "purpose 8", SAYS(of_url), false},
	{"gpp", "`gpp`, `act_as: publisher`",
		"{ format: gpp, path: $.%.gpp, sid: \"$.%.sid[*]\", act_as: "
		"publisher }",
		"[8]", true, false, "purpose 8", SAYS(of_gpp), false},
	{"gcs", "`gcs`", "{ format: gcs, path: $.% }", "ad_storage", true,
		false, "`ad_storage`", SAYS(of_gcs), false},
	{"gcd", "`gcd`", "{ format: gcd, path: $.% }", "ad_storage", false,
		false, "`ad_storage`", SAYS(of_gcd), false},
	{"onetrust", "`onetrust`", "{ format: onetrust, path: $.% }", "C0002",
		true, false, "`C0002`", SAYS(of_onetrust), false},
	{"rudderstack", "`rudderstack`", "{ format: rudderstack, path: $.% }",
		"[C2, C3]", true, false, "`C2` and `C3`", SAYS(of_rudderstack),
		false},
	{"snowplow", "`snowplow`", "{ format: snowplow, path: $.% }", "p", true,
		false, "the scope `p`", SAYS(of_snowplow), false},
	{"gdpr", "`snowplow_gdpr`", "{ format: snowplow_gdpr, path: $.% }",
		"consent", false, false, "the basis `consent`", SAYS(of_gdpr),
		false},
	{"withdrawn", "`snowplow_withdrawn`",
		"{ format: snowplow_withdrawn, path: $.% }", "yes", false,
		false, NULL, SAYS(of_withdrawn), false},
	{"book", "`ledger`",
		"{ format: ledger, topic: consent, classes: [user] }", "yes",
		true, false, NULL, SAYS(of_ledger), true},
	{"gpc", "`gpc`", "{ format: gpc, path: $.% }", NULL, false, true, NULL,
		SAYS(of_gpc), false},
	{"optout", "`flag`, `yes: [true]`, `effect: objection`",
		"{ format: flag, path: $.%, yes: [true], effect: objection }",
		NULL, false, true, NULL, SAYS(of_opt_out), false},
	{"optouts", "the same over `[*]`, `yes: [all]`",
		"{ format: flag, path: \"$.%[*]\", yes: [all], effect: "
		"objection }",
		NULL, false, true, NULL, SAYS(of_opt_outs), false},
	{"cookie", "`onetrust`, `effect: objection`",
		"{ format: onetrust, path: $.%, effect: objection }", NULL,
		false, true, NULL, SAYS(of_onetrust_gpc), false},
	{"sale", "`flag` with the preset `shopify.saleOfDataAllowed`",
		"{ format: flag, path: $.%, preset: shopify.saleOfDataAllowed "
		"}",
		NULL, false, true, NULL, SAYS(of_sale), false},
};

#define KINDS COUNT(kinds)

#endif
