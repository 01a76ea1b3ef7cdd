#ifndef TRUTH_SAYS_OBJECTS_H
#define TRUTH_SAYS_OBJECTS_H

/* What flags, lists and objects of vendors can say, and objections. */

#include "unit/truth/says.h"

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

#endif
