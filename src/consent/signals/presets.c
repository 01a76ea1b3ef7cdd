#include "consent/signals/presets.h"

#define TEXT(s) \
	{ \
		.kind = VALUE_STRING, .text = { \
			(const uint8_t *)(s), \
			sizeof(s) - 1 \
		} \
	}
#define BOOLEAN(b) \
	{ \
		.kind = VALUE_BOOL, .boolean = (b) \
	}
#define LIST(a) \
	{ \
		a, sizeof(a) / sizeof((a)[0]) \
	}

static const struct value granted[] = {TEXT("granted"), TEXT("GRANTED")};
static const struct value denied[] = {TEXT("denied"), TEXT("DENIED")};
static const struct value is_true[] = {BOOLEAN(true)};
static const struct value is_false[] = {BOOLEAN(false)};
static const struct value yes[] = {TEXT("Yes")};
static const struct value no[] = {TEXT("No")};
static const struct value unset[] = {TEXT("Unset")};

#define CONSENT_MODE(flag) \
	{ \
		.name = "consent_mode." flag, .member = (flag), \
		.yes = LIST(granted), .no = LIST(denied) \
	}
#define GA4(flag) \
	{ \
		.name = "ga4." flag, .member = (flag), .yes = LIST(yes), \
		.no = LIST(no), .unset = LIST(unset) \
	}
#define SHOPIFY(flag) \
	{ \
		.name = "shopify." flag, .member = (flag), \
		.yes = LIST(is_true), .no = LIST(is_false) \
	}

const struct preset presets[] = {
	/* Source: Google, Consent Mode and the Measurement Protocol. */
	CONSENT_MODE("ad_storage"),
	CONSENT_MODE("analytics_storage"),
	CONSENT_MODE("ad_user_data"),
	CONSENT_MODE("ad_personalization"),
	CONSENT_MODE("personalization_storage"),
	/* Source: Google, privacy_info of the export to BigQuery. */
	GA4("analytics_storage"),
	GA4("ads_storage"),
	/* Source: Shopify, customerPrivacy of the Web Pixels API. */
	SHOPIFY("analyticsProcessingAllowed"),
	SHOPIFY("marketingAllowed"),
	SHOPIFY("preferencesProcessingAllowed"),
	/* Sale that is allowed is nobody's yes; one that is not is an
	   objection. */
	{.name = "shopify.saleOfDataAllowed",
		.member = "saleOfDataAllowed",
		.objection = true,
		.yes = LIST(is_false),
		.no = LIST(is_true)},
	/* Source: mParticle, consent_state of the Events API. */
	{.name = "mparticle.consented",
		.member = "consented",
		.yes = LIST(is_true),
		.no = LIST(is_false)},
};

const size_t preset_count = sizeof(presets) / sizeof(presets[0]);
