#include "kit.h"

#include "consent/signals/signals.h"
#include "engine/explain.h"

/*
 * The verdicts of signals that are objects, through the whole engine: a source,
 * what is asked of it, the members of an event, and the answer, as two purposes
 * show it: one that needs its yes, and one that only listens to its no.
 *
 * g grant, d deny, s silent, o objection, m malformed, w wrong type, u unusable
 */

static const char head[] =
	"version: 1\n"
	"name: test\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json, msgpack]\n"
	"    event_time: { path: \"@timestamp\" }\n"
	"    events: { seen: { $.event: Seen } }\n"
	"identifiers: { user: { prefix: u, from: [$.user] } }\n"
	"consent:\n"
	"  sources:\n";

static const char purpose[] = "    topic: o.%s\n"
			      "    says: s\n"
			      "    recipients: [a]\n"
			      "    retention: 90d\n"
			      "    identity: none\n";

#define RUDDER "{ format: rudderstack, path: $.cm }"
#define SNOW "{ format: snowplow, path: $.cp }"
#define SNOW_GDPR "{ format: snowplow_gdpr, path: $.g }"
#define SNOW_GONE "{ format: snowplow_withdrawn, path: $.w }"

struct row {
	const char *source;
	const char *asks; /* NULL: an objection, which nobody asks */
	const char *event;
	char out;
};

static const struct row rows[] = {
	/* RudderStack */
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"a\"]}", 'g'},
	{RUDDER, "a",
		"\"cm\":{\"allowedConsentIds\":[\"b\",\"a\"],"
		"\"deniedConsentIds\":[\"c\"]}",
		'g'},
	{RUDDER, "a",
		"\"cm\":{\"provider\":\"oneTrust\",\"resolutionStrategy\":"
		"\"and\",\"allowedConsentIds\":[\"a\"],\"deniedConsentIds\":[]"
		"}",
		'g'},
	{RUDDER, "a", "\"cm\":{\"deniedConsentIds\":[\"a\"]}", 'd'},
	{RUDDER, "a", "\"cm\":{\"deniedConsentIds\":[]}", 'd'},
	{RUDDER, "a", "\"cm\":{}", 'd'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":null}", 'd'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[]}", 'd'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"A\"]}", 'd'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"aa\",\"\"]}", 'd'},
	{RUDDER, "a",
		"\"cm\":{\"allowedConsentIds\":[\"a\"],"
		"\"deniedConsentIds\":[\"a\"]}",
		'd'},
	{RUDDER, "[a, b]", "\"cm\":{\"allowedConsentIds\":[\"b\",\"a\"]}", 'g'},
	{RUDDER, "[a, b]", "\"cm\":{\"allowedConsentIds\":[\"a\"]}", 'd'},
	{RUDDER, "[a, b]",
		"\"cm\":{\"resolutionStrategy\":\"and\","
		"\"allowedConsentIds\":[\"a\"],\"deniedConsentIds\":[\"b\"]}",
		'd'},
	{RUDDER, "[a, b]",
		"\"cm\":{\"resolutionStrategy\":\"or\","
		"\"allowedConsentIds\":[\"a\"],\"deniedConsentIds\":[\"b\"]}",
		'g'},
	{RUDDER, "[a, b]",
		"\"cm\":{\"resolutionStrategy\":\"or\","
		"\"allowedConsentIds\":[\"b\"]}",
		'g'},
	{RUDDER, "[a, b]",
		"\"cm\":{\"resolutionStrategy\":\"or\","
		"\"deniedConsentIds\":[\"c\"]}",
		'd'},
	{RUDDER, "[a, b]",
		"\"cm\":{\"resolutionStrategy\":\"or\","
		"\"allowedConsentIds\":[\"a\",\"b\"],"
		"\"deniedConsentIds\":[\"b\"]}",
		'd'},
	{RUDDER, "[a, b]",
		"\"cm\":{\"resolutionStrategy\":null,"
		"\"allowedConsentIds\":[\"a\"]}",
		'd'},
	{RUDDER, "a", "", 's'},
	{RUDDER, "a", "\"cm\":null", 's'},
	{RUDDER, "a",
		"\"cm\":{\"resolutionStrategy\":\"any\","
		"\"allowedConsentIds\":[\"a\"]}",
		'm'},
	{RUDDER, "a",
		"\"cm\":{\"resolutionStrategy\":\"AND\","
		"\"allowedConsentIds\":[\"a\"]}",
		'm'},
	{RUDDER, "a",
		"\"cm\":{\"resolutionStrategy\":true,"
		"\"allowedConsentIds\":[\"a\"]}",
		'w'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":\"a\"}", 'w'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":{\"a\":true}}", 'w'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"a\",1]}", 'w'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"a\",null]}", 'w'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"a\",[\"b\"]]}", 'w'},
	{RUDDER, "a", "\"cm\":{\"allowedConsentIds\":[\"a\",{}]}", 'w'},
	{RUDDER, "a",
		"\"cm\":{\"allowedConsentIds\":[\"a\"],"
		"\"deniedConsentIds\":\"b\"}",
		'w'},
	{RUDDER, "a",
		"\"cm\":{\"allowedConsentIds\":[\"a\"],"
		"\"deniedConsentIds\":[false]}",
		'w'},
	{RUDDER, "a", "\"cm\":[\"a\"]", 'w'},
	{RUDDER, "a", "\"cm\":\"a\"", 'w'},
	{RUDDER, "a", "\"cm\":true", 'w'},
	{"{ format: rudderstack, path: \"$.x[k=cm].v\" }", "a",
		"\"x\":[{\"k\":\"cm\",\"v\":{\"allowedConsentIds\":[\"a\"]}}]",
		'g'},
	{"{ format: rudderstack, path: \"$.x[k=cm].v\" }", "a",
		"\"x\":[{\"k\":\"cm\",\"v\":{\"allowedConsentIds\":[\"a\"]}},"
		"{\"k\":\"cm\"}]",
		'u'},

	/* Snowplow */
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'g'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_selected\","
		"\"basisForProcessing\":\"consent\",\"consentScopes\":[\"a\","
		"\"b\"],\"consentVersion\":\"1\"}",
		'g'},
	{SNOW, "[a, b]",
		"\"cp\":{\"eventType\":\"allow_selected\","
		"\"basisForProcessing\":\"consent\",\"consentScopes\":[\"a\","
		"\"b\"],\"consentVersion\":\"1\"}",
		'g'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"allow_selected\","
		"\"basisForProcessing\":\"consent\",\"consentScopes\":[\"a\","
		"\"b\"],\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "[a, c]",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "A",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[],\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"contract\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		's'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"legitimate_interests\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		's'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"allow_selected\","
		"\"basisForProcessing\":\"contract\",\"consentScopes\":[\"a\","
		"\"b\"],\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"deny_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"deny_all\",\"basisForProcessing\":"
		"\"contract\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"deny_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"withdrawn\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"withdrawn\",\"basisForProcessing\":"
		"\"contract\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"withdrawn\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"expired\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"expired\",\"basisForProcessing\":"
		"\"contract\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"expired\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'd'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"pending\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		's'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"pending\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		's'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"implicit_consent\","
		"\"basisForProcessing\":\"consent\",\"consentScopes\":[\"a\","
		"\"b\"],\"consentVersion\":\"1\"}",
		's'},
	{SNOW, "c",
		"\"cp\":{\"eventType\":\"implicit_consent\","
		"\"basisForProcessing\":\"consent\",\"consentScopes\":[\"a\","
		"\"b\"],\"consentVersion\":\"1\"}",
		's'},
	{SNOW, "a", "", 's'},
	{SNOW, "a", "\"cp\":null", 's'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"Allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"\",\"basisForProcessing\":\"consent\","
		"\"consentScopes\":[\"a\",\"b\"],\"consentVersion\":\"1\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"granted\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all "
		"\",\"basisForProcessing\":\"consent\",\"consentScopes\":["
		"\"a\",\"b\"],\"consentVersion\":\"1\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"Consent\",\"consentScopes\":[\"a\",\"b\"],"
		"\"consentVersion\":\"1\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"deny_all\",\"basisForProcessing\":"
		"\"none\",\"consentScopes\":[\"a\",\"b\"],\"consentVersion\":"
		"\"1\"}",
		'm'},
	{SNOW, "a", "\"cp\":{}", 'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"consentScopes\":[\"a\"]"
		"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\"}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":null}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"basisForProcessing\":\"consent\",\"consentScopes\":["
		"\"a\"]}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":null,\"basisForProcessing\":\"consent\","
		"\"consentScopes\":[\"a\"]}",
		'm'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":true,\"basisForProcessing\":\"consent\","
		"\"consentScopes\":[\"a\"]}",
		'w'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":6,"
		"\"consentScopes\":[\"a\"]}",
		'w'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":\"a\"}",
		'w'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"allow_all\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[\"a\",1],\"consentVersion\":"
		"\"1\"}",
		'w'},
	{SNOW, "a",
		"\"cp\":{\"eventType\":\"pending\",\"basisForProcessing\":"
		"\"consent\",\"consentScopes\":[null],\"consentVersion\":"
		"\"1\"}",
		'w'},
	{SNOW, "a", "\"cp\":[]", 'w'},
	{SNOW, "a", "\"cp\":\"allow_all\"", 'w'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":\"consent\"}",
		's'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":\"contract\"}",
		'd'},
	{SNOW_GDPR, "[consent, contract]",
		"\"g\":{\"basisForProcessing\":\"contract\"}", 's'},
	{SNOW_GDPR, "legitimate_interests",
		"\"g\":{\"basisForProcessing\":\"legitimate_interests\"}", 's'},
	{SNOW_GDPR, "legitimate_interests",
		"\"g\":{\"basisForProcessing\":\"consent\"}", 'd'},
	{SNOW_GDPR, "consent", "", 's'},
	{SNOW_GDPR, "consent", "\"g\":null", 's'},
	{SNOW_GDPR, "consent", "\"g\":{}", 'm'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":null}", 'm'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":\"CONSENT\"}",
		'm'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":\"\"}", 'm'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":true}", 'w'},
	{SNOW_GDPR, "consent", "\"g\":{\"basisForProcessing\":[\"consent\"]}",
		'w'},
	{SNOW_GDPR, "consent", "\"g\":\"consent\"", 'w'},
	{SNOW_GONE, "yes", "\"w\":{\"all\":true}", 'd'},
	{SNOW_GONE, "yes", "\"w\":{\"all\":false}", 'd'},
	{SNOW_GONE, "yes", "", 's'},
	{SNOW_GONE, "yes", "\"w\":null", 's'},
	{SNOW_GONE, "yes", "\"w\":{}", 'm'},
	{SNOW_GONE, "yes", "\"w\":{\"all\":null}", 'm'},
	{SNOW_GONE, "yes", "\"w\":{\"all\":\"true\"}", 'w'},
	{SNOW_GONE, "yes", "\"w\":{\"all\":1}", 'w'},
	{SNOW_GONE, "yes", "\"w\":true", 'w'},
	{SNOW_GONE, "yes", "\"w\":[{\"all\":true}]", 'w'},

	/* presets */
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_storage }",
		"yes", "\"consent\":{\"ad_storage\":\"GRANTED\"}", 'g'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_storage }",
		"yes", "\"consent\":{\"ad_storage\":\"denied\"}", 'd'},
	{"{ format: flag, path: $.consent, preset: "
	 "consent_mode.analytics_storage }",
		"yes", "\"consent\":{\"analytics_storage\":\"GRANTED\"}", 'g'},
	{"{ format: flag, path: $.consent, preset: "
	 "consent_mode.analytics_storage }",
		"yes", "\"consent\":{\"analytics_storage\":\"denied\"}", 'd'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":\"GRANTED\"}", 'g'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":\"denied\"}", 'd'},
	{"{ format: flag, path: $.consent, preset: "
	 "consent_mode.ad_personalization }",
		"yes", "\"consent\":{\"ad_personalization\":\"GRANTED\"}", 'g'},
	{"{ format: flag, path: $.consent, preset: "
	 "consent_mode.ad_personalization }",
		"yes", "\"consent\":{\"ad_personalization\":\"denied\"}", 'd'},
	{"{ format: flag, path: $.consent, preset: "
	 "consent_mode.personalization_storage }",
		"yes", "\"consent\":{\"personalization_storage\":\"GRANTED\"}",
		'g'},
	{"{ format: flag, path: $.consent, preset: "
	 "consent_mode.personalization_storage }",
		"yes", "\"consent\":{\"personalization_storage\":\"denied\"}",
		'd'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":\"granted\"}", 'g'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":\"DENIED\"}", 'd'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":null}", 's'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":\"Granted\"}", 'm'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":\"\"}", 'm'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes",
		"\"consent\":{\"ad_user_data\":\"CONSENT_STATUS_UNSPECIFIED\"}",
		'm'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":true}", 'w'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":1}", 'w'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":[\"GRANTED\"]}", 'w'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_user_data\":{}}", 'w'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{\"ad_personalization\":\"GRANTED\"}", 's'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":{}", 's'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "", 's'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":null", 's'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":\"GRANTED\"", 'w'},
	{"{ format: flag, path: $.consent, preset: consent_mode.ad_user_data }",
		"yes", "\"consent\":[{\"ad_user_data\":\"GRANTED\"}]", 'w'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":\"Yes\"}", 'g'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":\"No\"}", 'd'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":\"Unset\"}",
		's'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":null}", 's'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":\"yes\"}", 'm'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":\"unset\"}",
		'm'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.analytics_storage "
	 "}",
		"yes", "\"privacy_info\":{\"analytics_storage\":true}", 'w'},
	{"{ format: flag, path: $.privacy_info, preset: ga4.ads_storage }",
		"yes",
		"\"privacy_info\":{\"analytics_storage\":\"Yes\",\"ads_"
		"storage\":\"No\"}",
		'd'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.analyticsProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"analyticsProcessingAllowed\":"
		"true}}",
		'g'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.analyticsProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"analyticsProcessingAllowed\":"
		"false}}",
		'd'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.analyticsProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"analyticsProcessingAllowed\":"
		"null}}",
		's'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.analyticsProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"analyticsProcessingAllowed\":"
		"\"true\"}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.analyticsProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"analyticsProcessingAllowed\":"
		"1}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.analyticsProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"analyticsProcessingAllowed\":"
		"[true]}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.marketingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"marketingAllowed\":true}}",
		'g'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.marketingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"marketingAllowed\":false}}",
		'd'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.marketingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"marketingAllowed\":null}}",
		's'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.marketingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"marketingAllowed\":\"true\"}"
		"}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.marketingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"marketingAllowed\":1}}", 'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.marketingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{\"marketingAllowed\":[true]}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.preferencesProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{"
		"\"preferencesProcessingAllowed\":true}}",
		'g'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.preferencesProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{"
		"\"preferencesProcessingAllowed\":false}}",
		'd'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.preferencesProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{"
		"\"preferencesProcessingAllowed\":null}}",
		's'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.preferencesProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{"
		"\"preferencesProcessingAllowed\":\"true\"}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.preferencesProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{"
		"\"preferencesProcessingAllowed\":1}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.preferencesProcessingAllowed }",
		"yes",
		"\"init\":{\"customerPrivacy\":{"
		"\"preferencesProcessingAllowed\":[true]}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL,
		"\"init\":{\"customerPrivacy\":{\"saleOfDataAllowed\":true}}",
		's'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL,
		"\"init\":{\"customerPrivacy\":{\"saleOfDataAllowed\":false}}",
		'o'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL,
		"\"init\":{\"customerPrivacy\":{\"saleOfDataAllowed\":null}}",
		's'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL,
		"\"init\":{\"customerPrivacy\":{\"saleOfDataAllowed\":"
		"\"false\"}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL,
		"\"init\":{\"customerPrivacy\":{\"saleOfDataAllowed\":0}}",
		'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL, "\"init\":{\"customerPrivacy\":false}", 'w'},
	{"{ format: flag, path: $.init.customerPrivacy, preset: "
	 "shopify.saleOfDataAllowed }",
		NULL, "\"init\":{}", 's'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes",
		"\"consent_state\":{\"gdpr\":{\"recommendations\":{"
		"\"consented\":true,\"document\":\"d\"}}}",
		'g'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes",
		"\"consent_state\":{\"gdpr\":{\"recommendations\":{"
		"\"consented\":false,\"document\":\"d\"}}}",
		'd'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes",
		"\"consent_state\":{\"gdpr\":{\"recommendations\":{"
		"\"consented\":null,\"document\":\"d\"}}}",
		's'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes",
		"\"consent_state\":{\"gdpr\":{\"recommendations\":{"
		"\"consented\":\"true\",\"document\":\"d\"}}}",
		'w'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes",
		"\"consent_state\":{\"gdpr\":{\"recommendations\":{"
		"\"consented\":1,\"document\":\"d\"}}}",
		'w'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes",
		"\"consent_state\":{\"gdpr\":{\"recommendations\":true}}", 'w'},
	{"{ format: flag, path: $.consent_state.gdpr.recommendations, preset: "
	 "mparticle.consented }",
		"yes", "\"consent_state\":{\"gdpr\":{}}", 's'},
};

static void
put_policy(struct buf *out, const struct row *row, bool decides)
{
	buf_printf(out, "%s    s: %s\npurposes:\n  interest:\n", head,
		row->source);
	buf_printf(out, purpose, "b");
	buf_put_text(out, "    basis: legitimate_interests\n"
			  "    assessment: L-1\n");
	if (row->asks)
		buf_printf(
			out, "    consent: { asks: { s: %s } }\n", row->asks);
	if (decides) {
		buf_put_text(out, "  needs:\n    basis: consent\n");
		buf_printf(out,
			"    consent: { decides: s, asks: { s: %s } }\n",
			row->asks);
		buf_printf(out, purpose, "a");
	}
	buf_printf(out,
		"fields: [{ do: event, as: event, why: w, "
		"for: [interest%s] }]\n",
		decides ? ", needs" : "");
	buf_put_byte(out, 0);
}

static const char *
reason_of(char answer)
{
	switch (answer) {
	case 'd': return "refused s";
	case 'o': return "objected s";
	case 'm': return "signal_malformed s";
	case 'w': return "signal_wrong_type s";
	case 'u': return "signal_unusable s";
	default: return NULL;
	}
}

/* What the two purposes show of an answer. */
static void
put_expected(struct buf *out, char answer, bool decides)
{
	static const char record[] = "{\"event\":\"seen\"}";
	const char *why = reason_of(answer);

	buf_printf(out, "interest %s\n", why ? why : record);
	if (decides && !why)
		why = answer == 's' ? "no_consent s" : NULL;
	if (decides)
		buf_printf(out, "needs %s\n", why ? why : record);
	buf_put_byte(out, 0);
}

/* A source that never grants can only be listened to. */
static bool
can_decide(const struct row *row)
{
	return row->asks && strcmp(row->source, SNOW_GDPR) &&
	       strcmp(row->source, SNOW_GONE);
}

/* The same answer as explain tells it of the first purpose. */
static char
explained(struct kit *k)
{
	struct explanation e;
	struct answer a;

	ck_assert_status(
		explain(k->view, k->scratch, &k->input, &e, &k->err), LETHE_OK);
	ck_assert_uint_eq(e.purposes[0].answer_count, 1);
	a = e.purposes[0].answers[0].answer;
	explanation_fini(&e);
	switch (a.kind) {
	case ANSWER_GRANT: return 'g';
	case ANSWER_DENY: return 'd';
	case ANSWER_SILENT: return 's';
	case ANSWER_ERROR: break;
	}
	if (a.reason == LETHE_REASON_SIGNAL_MALFORMED)
		return 'm';
	return a.reason == LETHE_REASON_SIGNAL_WRONG_TYPE ? 'w' : 'u';
}

START_TEST(answers_what_is_asked)
{
	const struct row *row = &rows[_i];
	bool decides = can_decide(row);
	struct buf policy, event, expected;
	const char *got;
	struct kit k;

	buf_init(&policy, 0);
	buf_init(&event, 0);
	buf_init(&expected, 0);
	put_policy(&policy, row, decides);
	buf_printf(&event, "{%s%s\"event\":\"Seen\"}", row->event,
		*row->event ? "," : "");
	buf_put_byte(&event, 0);
	put_expected(&expected, row->out, decides);
	kit_init(&k, (const char *)policy.ptr);
	got = kit_text(&k, (const char *)event.ptr);
	if (strcmp(got, (const char *)expected.ptr))
		ck_abort_msg("%s asked %s: %s\ngot %s", row->source,
			row->asks ? row->asks : "nothing",
			(const char *)event.ptr, got);
	ck_assert_int_eq(explained(&k), row->out == 'o' ? 'd' : row->out);
	kit_fini(&k);
	buf_fini(&policy);
	buf_fini(&event);
	buf_fini(&expected);
}
END_TEST

/* The policy asks for the first. */
static const struct slice texts[] = {
	{(const uint8_t *)"a", 1}, {(const uint8_t *)"b", 1}};

START_TEST(rudderstack_is_asked_no_more_than_stands_in_the_policy)
{
	const struct signal_ask ask = {.count = 1, .texts = texts};
	const struct capture allowed = {
		.value = {.kind = VALUE_STRING, .text = texts[_i]}};
	const struct reading reading = {.captures = &allowed};
	const struct heard h = {
		.rudderstack = {
			.any = true, .allowed = &allowed, .reading = &reading}};

	ck_assert_int_eq(signal_rudderstack.judge(&h, &ask, NULL).kind,
		_i ? ANSWER_DENY : ANSWER_GRANT);
}
END_TEST

SUITE("consent_objects", ROWS(answers_what_is_asked, rows),
	ROWS(rudderstack_is_asked_no_more_than_stands_in_the_policy, texts))
