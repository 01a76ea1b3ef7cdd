#ifndef TRUTH_SAYS_STRINGS_H
#define TRUTH_SAYS_STRINGS_H

/* What consent strings can say. */

#include "unit/truth/says.h"

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

#endif
