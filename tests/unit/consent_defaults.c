#include "kit.h"
#include "unit/truth/page.h"

/*
 * What others' documentation, or what they do where it is silent, lets
 * through: each default as an event, and the reason for which it stops here.
 * The table of docs/consent.md is this one.
 */

struct row {
	const char *vendor;
	const char *sentence; /* of the vendor's documentation, or what is so */
	const char *source;   /* of the policy */
	const char *asks;
	const char *says; /* the member `c` of the event; NULL: none */
	const char *reason;
};

#define SEGMENT "{ format: segment, path: $.c.categoryPreferences }"
#define RUDDER "{ format: rudderstack, path: $.c }"
#define MODE(flag) "{ format: flag, path: $.c, preset: consent_mode." flag " }"

#define SEGMENT_FLOW \
	"“Events without the consent object continue to flow to " \
	"destinations without consent enforcement.”"
#define SEGMENT_EMPTY \
	"“Not provided or empty consent object”: “Data flows to all " \
	"destinations.”"
#define SEGMENT_UNMAPPED \
	"“Data flows to all destinations not mapped to a consent category.”"
#define RUDDER_MISSING \
	"“Consent filtering works only when both of the following are in " \
	"place — if either is missing, RudderStack cannot evaluate events " \
	"against your consent rules”"
#define RUDDER_DENIED \
	"Of `allowedConsentIds`: “Not used currently”; its server looks at " \
	"`deniedConsentIds` alone"
#define RUDDER_OR \
	"With `or` its server blocks an event when every id is denied, and " \
	"passes it when one is not"
#define RUDDER_ERROR \
	"Its server logs an object that it cannot parse, and filters nothing"
#define GOOGLE_UNSET "“By default, no consent mode values are set.”"
#define GOOGLE_GRANTED \
	"A flag may be `granted` by default, before anybody was asked: `t` " \
	"in `gcd`"

static const struct row rows[] = {
	{"Segment", SEGMENT_FLOW, SEGMENT, "Ads", NULL, "no_consent"},
	{"Segment", SEGMENT_EMPTY, SEGMENT, "Ads", "{}", "no_consent"},
	{"Segment", SEGMENT_UNMAPPED, SEGMENT, "Ads",
		"{\"categoryPreferences\":{}}", "refused"},
	{"Segment", SEGMENT_UNMAPPED, SEGMENT, "Ads",
		"{\"categoryPreferences\":{\"Analytics\":true}}", "refused"},
	{"RudderStack", RUDDER_MISSING, RUDDER, "C2", NULL, "no_consent"},
	{"RudderStack", RUDDER_MISSING, RUDDER, "C2", "{}", "refused"},
	{"RudderStack", RUDDER_DENIED, RUDDER, "C2",
		"{\"allowedConsentIds\":[\"C9\"],\"deniedConsentIds\":[]}",
		"refused"},
	{"RudderStack", RUDDER_DENIED, RUDDER, "C2",
		"{\"deniedConsentIds\":[\"C9\"]}", "refused"},
	{"RudderStack", RUDDER_OR, RUDDER, "[C2, C3]",
		"{\"deniedConsentIds\":[\"C2\"],\"resolutionStrategy\":"
		"\"or\"}",
		"refused"},
	{"RudderStack", RUDDER_ERROR, RUDDER, "C2",
		"{\"allowedConsentIds\":[\"C2\"],\"deniedConsentIds\":\"C3\"}",
		"signal_wrong_type"},
	{"RudderStack", RUDDER_ERROR, RUDDER, "C2",
		"{\"allowedConsentIds\":[\"C2\"],\"resolutionStrategy\":"
		"\"any\"}",
		"signal_malformed"},
	{"Google", GOOGLE_UNSET, MODE("ad_user_data"), "yes", NULL,
		"no_consent"},
	{"Google", GOOGLE_UNSET, MODE("ad_user_data"), "yes",
		"{\"ad_personalization\":\"GRANTED\"}", "no_consent"},
	{"Google", GOOGLE_UNSET, "{ format: gcs, path: $.c }", "ad_storage",
		"\"G1--\"", "no_consent"},
	{"Google", GOOGLE_GRANTED, "{ format: gcd, path: $.c }", "ad_storage",
		"\"13t3t3t2t5l1\"", "no_consent"},
};

/* A source that never grants is asked beside one that says nothing. */
static const char *
decider_of(const struct row *row)
{
	return strstr(row->source, "gcd") ? "flag" : "theirs";
}

static void
put_one_policy(struct buf *out, const struct row *row)
{
	buf_printf(out,
		"version: 1\n"
		"name: defaults\n"
		"revision: 1\n"
		"controller: { name: Shop, contact: a@b.example }\n"
		"quarantine: { topic: bad, payload: reference, retention: 1d "
		"}\n"
		"inputs:\n"
		"  web:\n"
		"    topics: [raw]\n"
		"    event_time: { path: \"@timestamp\" }\n"
		"    events: { seen: { $.e: 1 } }\n"
		"identifiers: { user: { prefix: u, from: [$.user] } }\n"
		"consent:\n"
		"  sources:\n"
		"    theirs: %s\n"
		"    flag: { format: flag, path: $.f, yes: [true] }\n"
		"purposes:\n"
		"  p:\n"
		"    says: s\n"
		"    basis: consent\n"
		"    consent: { decides: %s, asks: { theirs: %s, flag: yes } "
		"}\n"
		"    topic: o\n"
		"    recipients: [a]\n"
		"    retention: 90d\n"
		"    identity: none\n"
		"fields:\n"
		"  - { do: event, as: event, why: w, for: [p] }\n",
		row->source, decider_of(row), row->asks);
	buf_put_byte(out, 0);
}

START_TEST(stops_what_others_let_through)
{
	const struct row *row = &rows[_i];
	struct buf text;
	char event[256], want[64];
	struct kit k;

	buf_init(&text, 0);
	put_one_policy(&text, row);
	kit_init(&k, (const char *)text.ptr);
	snprintf(event, sizeof(event), "{\"e\":1%s%s}",
		row->says ? ",\"c\":" : "", row->says ? row->says : "");
	snprintf(want, sizeof(want), "p %s %s\n", row->reason,
		strcmp(row->reason, "no_consent") ? "theirs" : decider_of(row));
	ck_assert_str_eq(kit_text(&k, event), want);
	kit_fini(&k);
	buf_fini(&text);
}
END_TEST

START_TEST(the_docs_have_every_default)
{
	struct page page;
	struct buf out;

	page_init(&page);
	buf_init(&out, 0);
	buf_put_text(&out,
		"| who | what their documentation says | the event's "
		"consent | asked | here |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < COUNT(rows); i++)
		buf_printf(&out, "| %s | %s | %s%s%s | `%s` | `%s` |\n",
			rows[i].vendor, rows[i].sentence,
			rows[i].says ? "`" : "",
			rows[i].says ? rows[i].says : "none",
			rows[i].says ? "`" : "", rows[i].asks, rows[i].reason);
	page_hold(&page, "defaults", &out);
	page_fini(&page);
	buf_fini(&out);
}
END_TEST

SUITE("consent_defaults", ROWS(stops_what_others_let_through, rows),
	TEST(the_docs_have_every_default))
