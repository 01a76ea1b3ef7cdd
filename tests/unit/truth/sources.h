#ifndef TRUTH_SOURCES_H
#define TRUTH_SOURCES_H

/* Every kind of source there is.  A new format is a row. */

#include "unit/truth/says_ledger.h"
#include "unit/truth/says_objects.h"
#include "unit/truth/says_strings.h"

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
