#ifndef TRUTH_SOURCES_H
#define TRUTH_SOURCES_H

/*
 * Every kind of source there is, and what one can say: the text that stands
 * in an event, and what the docs say that it means.  A new format is a row.
 */

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
};

/* A text that says when it was said. */
struct dated {
	int64_t since_ms;
	int64_t grain_ms;
	int64_t ends_ms; /* INT64_MAX: never */
	/* What is said has no time; only the string may be of the future. */
	bool judged_alone;
};

struct saying {
	const char *json;  /* NULL: nothing stands there */
	const char *shown; /* in the docs; NULL: the json itself */
	enum means means;
	const struct dated *dated; /* NULL: as old as the event */
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
};

/* 2026-04-01, 2025-01-01, 2027-01-01, each with the 395 days of max_age. */
static const struct dated april = {INT64_C(1775001600000), DAY_MS,
	INT64_C(1775001600000) + 395 * DAY_MS, false};
static const struct dated april_alone = {
	INT64_C(1775001600000), DAY_MS, INT64_MAX, true};
static const struct dated old = {INT64_C(1735689600000), DAY_MS,
	INT64_C(1735689600000) + 395 * DAY_MS, false};
static const struct dated later = {INT64_C(1798761600000), DAY_MS,
	INT64_C(1798761600000) + 395 * DAY_MS, false};

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
	{NULL, NULL, SILENT, NULL},
	{"null", NULL, SILENT, NULL},
	{"{\"P\":true,\"Q\":true}", NULL, YES, NULL},
	{"{\"P\":true,\"Q\":false}", NULL, NO, NULL},
	{"{\"P\":true}", NULL, NO, NULL},
	{"{}", NULL, NO, NULL},
	{"{\"P\":true,\"Q\":\"true\"}", NULL, WRONG_TYPE, NULL},
	{"[\"P\",\"Q\"]", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_flag[] = {
	{NULL, NULL, SILENT, NULL},
	{"null", NULL, SILENT, NULL},
	{"true", NULL, YES, NULL},
	{"\"granted\"", NULL, YES, NULL},
	{"false", NULL, NO, NULL},
	{"\"true\"", NULL, NO, NULL},
	{"{\"granted\":true}", NULL, WRONG_TYPE, NULL},
	{"[true]", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_list[] = {
	{NULL, NULL, SILENT, NULL},
	{"null", NULL, SILENT, NULL},
	{"[\"ads\",\"all\"]", NULL, YES, NULL},
	{"[\"ads\"]", NULL, NO, NULL},
	{"[]", NULL, NO, NULL},
	{"\"all\"", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_picked[] = {
	{NULL, NULL, SILENT, NULL},
	{"[]", NULL, SILENT, NULL},
	{"[{\"k\":1,\"v\":true}]", NULL, YES, NULL},
	{"[{\"k\":1,\"v\":false},{\"k\":2,\"v\":true}]", NULL, NO, NULL},
	{"[{\"k\":1,\"v\":[]}]", NULL, WRONG_TYPE, NULL},
	{"[{\"k\":1,\"v\":true},{\"k\":1,\"v\":true}]", NULL, UNUSABLE, NULL},
};

static const struct saying of_preset[] = {
	{NULL, NULL, SILENT, NULL},
	{"{}", NULL, SILENT, NULL},
	{"{\"ad_user_data\":\"GRANTED\"}", NULL, YES, NULL},
	{"{\"ad_user_data\":\"DENIED\"}", NULL, NO, NULL},
	{"{\"ad_user_data\":\"granted \"}", NULL, MALFORMED, NULL},
	{"{\"ad_user_data\":true}", NULL, WRONG_TYPE, NULL},
	{"\"GRANTED\"", NULL, WRONG_TYPE, NULL},
};

/* A string, and beside it `gdpr`. */
#define TC(string) "{\"tc\":\"" string "\"}"
#define TC_SCOPE(gdpr, string) "{\"gdpr\":" gdpr ",\"tc\":\"" string "\"}"

static const struct saying of_tcf[] = {
	{NULL, NULL, SILENT, NULL},
	{"{\"tc\":null}", "null", SILENT, NULL},
	{TC(TC_YES), "a string of 2026-04-01 that grants", YES, &april},
	{TC(TC_NO), "the same, granting nothing", NO, &april},
	{TC(TC_NOT_ASKED),
		"the same, without what says it of the publisher or vendor", NO,
		&april},
	{TC(TC_OLD), "a string of 2025-01-01 that grants", YES, &old},
	{TC(TC_OLD_NO), "the same, granting nothing", NO, &old},
	{TC(TC_LATER), "a string of 2027-01-01 that grants", YES, &later},
	{TC(TC_LATER_NO), "the same, granting nothing", NO, &later},
	{TC("CQh-8AAQh-8"), "a string that is cut short", MALFORMED, NULL},
	{TC(""), "an empty string", MALFORMED, NULL},
	{TC(TC_POLICY), "a string of TCF 2.0", UNUSABLE, NULL},
	{TC(TC_GLOBAL), "a string of the global scope", UNUSABLE, NULL},
	{TC(TC_UNDISCLOSED), "a string of 2026-04-01 without disclosed vendors",
		UNUSABLE, &april},
	{"{\"tc\":7}", "7", WRONG_TYPE, NULL},
	{TC_SCOPE("0", TC_YES), "one that grants, beside `gdpr` 0", SILENT,
		NULL},
	{TC_SCOPE("1", TC_YES), "one that grants, beside `gdpr` 1", YES,
		&april},
	{TC_SCOPE("\"yes\"", TC_YES), "one that grants, beside `gdpr` \"yes\"",
		MALFORMED, NULL},
	{TC_SCOPE("[1]", TC_YES), "one that grants, beside `gdpr` [1]",
		WRONG_TYPE, NULL},
};

#define URL(query) "\"https://shop.example/a?x=1&" query "#y\""

static const struct saying of_url[] = {
	{NULL, NULL, SILENT, NULL},
	{"null", NULL, SILENT, NULL},
	{"\"https://shop.example/a?x=100%\"", NULL, SILENT, NULL},
	{URL("gdpr_consent=" TC_YES), "a string of 2026-04-01 that grants", YES,
		&april},
	{URL("gdpr=1&gdpr_consent=" TC_YES), "the same, and `gdpr=1`", YES,
		&april},
	{URL("gdpr%5Fconsent=%43Qh-8AAQh-8AAEsACBENCWFgAAEAAAEAAAYgAVAAAAAAAQ"
	     "AqAAAAAAAgAA%2eIAVAAAAAAAQ%2EYCAAACAAAA"),
		"the same, percent-encoded", YES, &april},
	{URL("gdpr=0&gdpr_consent=" TC_YES), "the same, and `gdpr=0`", SILENT,
		NULL},
	{URL("gdpr=1"), "`gdpr=1` alone", SILENT, NULL},
	{URL("gdpr_consent=" TC_NO), "one that grants nothing", NO, &april},
	{URL("gdpr_consent=" TC_OLD), "one of 2025-01-01 that grants", YES,
		&old},
	{URL("gdpr_consent=" TC_LATER), "one of 2027-01-01 that grants", YES,
		&later},
	{URL("gdpr_consent=" TC_POLICY), "one of TCF 2.0", UNUSABLE, NULL},
	{URL("gdpr_consent=" TC_YES "&gdpr_consent=" TC_YES),
		"one that grants, twice", MALFORMED, NULL},
	{URL("gdpr=1&gdpr=1&gdpr_consent=" TC_YES), "`gdpr=1` twice", MALFORMED,
		NULL},
	{URL("gdpr=true&gdpr_consent=" TC_YES), "`gdpr=true`", MALFORMED, NULL},
	{URL("gdpr_consent="), "`gdpr_consent=`", MALFORMED, NULL},
	{URL("gdpr_consent=%4"), "a broken escape in it", MALFORMED, NULL},
	{URL("gdpr_consent=%2543"), "an escape of an escape in it", MALFORMED,
		NULL},
	{"\"shop.example?gdpr_consent=" TC_YES "\"", "no URL", MALFORMED, NULL},
	{"[]", NULL, WRONG_TYPE, NULL},
};

#define GPP(string) "{\"gpp\":\"" string "\"}"
#define GPP_SID(sid, string) "{\"sid\":" sid ",\"gpp\":\"" string "\"}"

static const struct saying of_gpp[] = {
	{NULL, NULL, SILENT, NULL},
	{GPP("DBAA"), "a string without sections", SILENT, NULL},
	{GPP("DBABTA~1NNN"), "US privacy alone, no opt-out", SILENT, NULL},
	{GPP("DBABMA~" TC_YES), "a TCF section of 2026-04-01 that grants", YES,
		&april},
	{GPP("DBABMA~" TC_NO), "the same, granting nothing", NO, &april},
	{GPP("DBACNYA~" TC_YES "~1YYN"),
		"one that grants, and US privacy with an opt-out", NO,
		&april_alone},
	{GPP("DBABLA~CVVVkkkkkpFY.YA"), "US national with opt-outs and GPC", NO,
		NULL},
	{GPP("DBABjw~x~1NNN"), "a section that is not read", NO, NULL},
	{GPP_SID("[8]", "DBABMA~" TC_YES),
		"one that grants, `gpp_sid` [8], which is not read", NO,
		&april_alone},
	{GPP("DBABMA~" TC_OLD), "a TCF section of 2025-01-01 that grants", YES,
		&old},
	{GPP("DBABMA~" TC_LATER), "a TCF section of 2027-01-01 that grants",
		YES, &later},
	{GPP("DBABMA"), "a header without its section", MALFORMED, NULL},
	{GPP_SID("[]", "DBABMA~" TC_YES), "one that grants, `gpp_sid` []",
		MALFORMED, NULL},
	{GPP("DBABMA~" TC_POLICY), "a TCF section of TCF 2.0", UNUSABLE, NULL},
	{GPP_SID("[6]", "DBABMA~" TC_YES),
		"one that grants, `gpp_sid` [6], which is not in it", UNUSABLE,
		&april_alone},
	{"{\"gpp\":[]}", "[]", WRONG_TYPE, NULL},
};

static const struct saying of_gcs[] = {
	{NULL, NULL, SILENT, NULL},
	{"\"G1--\"", NULL, SILENT, NULL},
	{"\"G111\"", NULL, YES, NULL},
	{"\"G101\"", NULL, NO, NULL},
	{"\"G112\"", NULL, MALFORMED, NULL},
	{"\"G1111\"", NULL, MALFORMED, NULL},
	{"111", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_gcd[] = {
	{NULL, NULL, SILENT, NULL},
	{"\"13l3l3l2l1\"", NULL, SILENT, NULL},
	{"\"13r3r3r2r5l1\"", NULL, SILENT, NULL},
	{"\"13p3p3p2p5l1\"", NULL, NO, NULL},
	{"\"13z3r3r2r5l1\"", NULL, MALFORMED, NULL},
	{"{}", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_onetrust[] = {
	{NULL, NULL, SILENT, NULL},
	{"{\"C0002\":-1}", NULL, SILENT, NULL},
	{"\"isGpcEnabled=0&version=6\"", NULL, SILENT, NULL},
	{"\"isGpcEnabled=1&groups=C0001%3A1%2CC0002%3A1\"", NULL, YES, NULL},
	{"\",C0001,C0002,\"", NULL, YES, NULL},
	{"{\"C0002\":1}", NULL, YES, NULL},
	{"\"C0001:1,C0002:0\"", NULL, NO, NULL},
	{"\"C0001:1\"", NULL, NO, NULL},
	{"{\"C0001\":1}", NULL, NO, NULL},
	{"\"C0002:1,C0002:1\"", NULL, MALFORMED, NULL},
	{"\"C0002:2\"", NULL, MALFORMED, NULL},
	{"{\"C0002\":2}", NULL, MALFORMED, NULL},
	{"{\"C0002\":true}", NULL, WRONG_TYPE, NULL},
	{"[\"C0002\"]", NULL, WRONG_TYPE, NULL},
};

#define ALLOWED(list) "\"allowedConsentIds\":" list
#define DENIED(list) "\"deniedConsentIds\":" list
#define BY(name) "\"resolutionStrategy\":\"" name "\""

static const struct saying of_rudderstack[] = {
	{NULL, NULL, SILENT, NULL},
	{"null", NULL, SILENT, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "}", NULL, YES, NULL},
	{"{" ALLOWED("[\"C2\"]") "," BY("or") "}", NULL, YES, NULL},
	{"{" ALLOWED("[\"C2\"]") "}", NULL, NO, NULL},
	{"{" DENIED("[]") "}", NULL, NO, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "," DENIED("[\"C3\"]") "}", NULL, NO,
		NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "," DENIED("[\"C3\"]") "," BY("or") "}",
		NULL, NO, NULL},
	{"{" ALLOWED("[\"c2\",\"c3\"]") "}", NULL, NO, NULL},
	{"{" ALLOWED("[\"C2\",\"C3\"]") "," BY("any") "}", NULL, MALFORMED,
		NULL},
	{"{" ALLOWED("\"C2\"") "}", NULL, WRONG_TYPE, NULL},
	{"{" ALLOWED("[\"C2\",7]") "}", NULL, WRONG_TYPE, NULL},
	{"true", NULL, WRONG_TYPE, NULL},
};

#define PREFERENCES(type, basis, scopes) \
	"{\"eventType\":\"" type "\",\"basisForProcessing\":\"" basis \
	"\",\"consentScopes\":" scopes "}"

static const struct saying of_snowplow[] = {
	{NULL, NULL, SILENT, NULL},
	{PREFERENCES("pending", "consent", "[\"p\"]"), "`pending`", SILENT,
		NULL},
	{PREFERENCES("implicit_consent", "consent", "[\"p\"]"),
		"`implicit_consent`", SILENT, NULL},
	{PREFERENCES("allow_all", "contract", "[\"p\"]"),
		"`allow_all` on the basis `contract`", SILENT, NULL},
	{PREFERENCES("allow_all", "consent", "[\"p\"]"), "`allow_all`", YES,
		NULL},
	{PREFERENCES("allow_selected", "consent", "[\"q\",\"p\"]"),
		"`allow_selected`", YES, NULL},
	{PREFERENCES("allow_all", "consent", "[\"q\"]"),
		"`allow_all` of other scopes", NO, NULL},
	{PREFERENCES("deny_all", "consent", "[]"), "`deny_all`", NO, NULL},
	{PREFERENCES("withdrawn", "consent", "[\"p\"]"), "`withdrawn`", NO,
		NULL},
	{PREFERENCES("expired", "consent", "[\"p\"]"), "`expired`", NO, NULL},
	{PREFERENCES("allow", "consent", "[\"p\"]"), "another word", MALFORMED,
		NULL},
	{"{\"eventType\":\"allow_all\"}", "members missing", MALFORMED, NULL},
	{PREFERENCES("allow_all", "consent", "\"p\""),
		"scopes that are no list", WRONG_TYPE, NULL},
	{"\"allow_all\"", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_gdpr[] = {
	{NULL, NULL, SILENT, NULL},
	{"{\"basisForProcessing\":\"consent\"}", NULL, SILENT, NULL},
	{"{\"basisForProcessing\":\"contract\"}", NULL, NO, NULL},
	{"{\"basisForProcessing\":\"yes\"}", NULL, MALFORMED, NULL},
	{"{}", NULL, MALFORMED, NULL},
	{"{\"basisForProcessing\":1}", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_withdrawn[] = {
	{NULL, NULL, SILENT, NULL},
	{"{\"all\":true}", NULL, NO, NULL},
	{"{\"all\":false}", NULL, NO, NULL},
	{"{}", NULL, MALFORMED, NULL},
	{"{\"all\":\"true\"}", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_gpc[] = {
	{NULL, NULL, SILENT, NULL},
	{"0", NULL, SILENT, NULL},
	{"\"0\"", NULL, SILENT, NULL},
	{"false", NULL, SILENT, NULL},
	{"1", NULL, NO, NULL},
	{"\"1\"", NULL, NO, NULL},
	{"true", NULL, NO, NULL},
	{"2", NULL, MALFORMED, NULL},
	{"\"true\"", NULL, MALFORMED, NULL},
	{"[1]", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_opt_out[] = {
	{NULL, NULL, SILENT, NULL},
	{"false", NULL, SILENT, NULL},
	{"true", NULL, NO, NULL},
	{"[true]", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_opt_outs[] = {
	{NULL, NULL, SILENT, NULL},
	{"[]", NULL, SILENT, NULL},
	{"[\"x\"]", NULL, SILENT, NULL},
	{"[\"x\",\"all\"]", NULL, NO, NULL},
	{"[{}]", NULL, WRONG_TYPE, NULL},
	{"\"all\"", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_onetrust_gpc[] = {
	{NULL, NULL, SILENT, NULL},
	{"\"isGpcEnabled=0&groups=C0002:0\"", NULL, SILENT, NULL},
	{"\"isGpcEnabled=1&groups=C0002:1\"", NULL, NO, NULL},
	{"\"isGpcEnabled=2\"", NULL, MALFORMED, NULL},
	{"\"C0002:1\"", NULL, MALFORMED, NULL},
	{"{\"C0002\":1}", NULL, WRONG_TYPE, NULL},
};

static const struct saying of_sale[] = {
	{NULL, NULL, SILENT, NULL},
	{"{\"saleOfDataAllowed\":true}", NULL, SILENT, NULL},
	{"{\"saleOfDataAllowed\":false}", NULL, NO, NULL},
	{"{\"saleOfDataAllowed\":\"false\"}", NULL, WRONG_TYPE, NULL},
	{"[]", NULL, WRONG_TYPE, NULL},
};

#define SAYS(a) a, COUNT(a)

static const struct kind kinds[] = {
	{"segment", "`segment`", "{ format: segment, path: $.% }", "[P, Q]",
		true, false, "the categories `P` and `Q`", SAYS(of_segment)},
	{"flag", "`flag`, `yes: [true, granted]`",
		"{ format: flag, path: $.%, yes: [true, granted] }", "yes",
		true, false, NULL, SAYS(of_flag)},
	{"list", "`flag` over `[*]`, `yes: [all]`",
		"{ format: flag, path: \"$.%[*]\", yes: [all] }", "yes", true,
		false, NULL, SAYS(of_list)},
	{"picked", "`flag` at `[k=1].v`, `yes: [true]`",
		"{ format: flag, path: \"$.%[k=1].v\", yes: [true] }", "yes",
		true, false, NULL, SAYS(of_picked)},
	{"preset", "`flag` with the preset `consent_mode.ad_user_data`",
		"{ format: flag, path: $.%, preset: consent_mode.ad_user_data "
		"}",
		"yes", true, false, NULL, SAYS(of_preset)},
	{"tcf", "`tcf`, `act_as: publisher`",
		"{ format: tcf, path: $.%.tc, when: $.%.gdpr, act_as: "
		"publisher }",
		"[8]", true, false, "purpose 8", SAYS(of_tcf)},
	{"vendor", "`tcf`, `act_as: vendor 42`",
		"{ format: tcf, path: $.%.tc, when: $.%.gdpr, act_as: vendor "
		"42 }",
		"[8]", true, false, "purpose 8", SAYS(of_tcf)},
	{"url", "`tcf` with `url`, `act_as: publisher`",
		"{ format: tcf, url: $.%, act_as: publisher }", "[8]", true,
		false, "purpose 8", SAYS(of_url)},
	{"gpp", "`gpp`, `act_as: publisher`",
		"{ format: gpp, path: $.%.gpp, sid: \"$.%.sid[*]\", act_as: "
		"publisher }",
		"[8]", true, false, "purpose 8", SAYS(of_gpp)},
	{"gcs", "`gcs`", "{ format: gcs, path: $.% }", "ad_storage", true,
		false, "`ad_storage`", SAYS(of_gcs)},
	{"gcd", "`gcd`", "{ format: gcd, path: $.% }", "ad_storage", false,
		false, "`ad_storage`", SAYS(of_gcd)},
	{"onetrust", "`onetrust`", "{ format: onetrust, path: $.% }", "C0002",
		true, false, "`C0002`", SAYS(of_onetrust)},
	{"rudderstack", "`rudderstack`", "{ format: rudderstack, path: $.% }",
		"[C2, C3]", true, false, "`C2` and `C3`", SAYS(of_rudderstack)},
	{"snowplow", "`snowplow`", "{ format: snowplow, path: $.% }", "p", true,
		false, "the scope `p`", SAYS(of_snowplow)},
	{"gdpr", "`snowplow_gdpr`", "{ format: snowplow_gdpr, path: $.% }",
		"consent", false, false, "the basis `consent`", SAYS(of_gdpr)},
	{"withdrawn", "`snowplow_withdrawn`",
		"{ format: snowplow_withdrawn, path: $.% }", "yes", false,
		false, NULL, SAYS(of_withdrawn)},
	{"gpc", "`gpc`", "{ format: gpc, path: $.% }", NULL, false, true, NULL,
		SAYS(of_gpc)},
	{"optout", "`flag`, `yes: [true]`, `effect: objection`",
		"{ format: flag, path: $.%, yes: [true], effect: objection }",
		NULL, false, true, NULL, SAYS(of_opt_out)},
	{"optouts", "the same over `[*]`, `yes: [all]`",
		"{ format: flag, path: \"$.%[*]\", yes: [all], effect: "
		"objection }",
		NULL, false, true, NULL, SAYS(of_opt_outs)},
	{"cookie", "`onetrust`, `effect: objection`",
		"{ format: onetrust, path: $.%, effect: objection }", NULL,
		false, true, NULL, SAYS(of_onetrust_gpc)},
	{"sale", "`flag` with the preset `shopify.saleOfDataAllowed`",
		"{ format: flag, path: $.%, preset: shopify.saleOfDataAllowed "
		"}",
		NULL, false, true, NULL, SAYS(of_sale)},
};

#define KINDS COUNT(kinds)

#endif
