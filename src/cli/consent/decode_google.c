#include "cli/consent/decode.h"
#include "consent/signals/google/consent_mode.h"

static const char *const flag_names[MODE_FLAGS] = {
	[MODE_AD_STORAGE] = "ad_storage",
	[MODE_ANALYTICS_STORAGE] = "analytics_storage",
	[MODE_AD_USER_DATA] = "ad_user_data",
	[MODE_AD_PERSONALIZATION] = "ad_personalization",
};

static const char *const states[] = {
	[MODE_UNSET] = "unset",
	[MODE_GRANTED] = "granted",
	[MODE_DENIED] = "denied",
};

/* What is wrong with a text that its decoder does not take. */
static struct finding
find_flaw(bool ok, size_t len, size_t least, size_t most)
{
	if (ok)
		return (struct finding){FOUND_OK, NULL};
	if (len < least)
		return (struct finding){FOUND_TRUNCATED, NULL};
	if (len > most)
		return (struct finding){FOUND_TOO_LONG, NULL};
	return (struct finding){FOUND_BAD_VALUE, NULL};
}

static void
show_flags(const struct consent_mode *mode, size_t count, struct sheet *s)
{
	for (size_t i = 0; i < count; i++)
		sheet_text(s, flag_names[i], flag_names[i],
			states[mode->flags[i]]);
}

static bool
sniff_gcs(struct slice text)
{
	return text.ptr[0] == 'G';
}

static bool
decode_gcs_string(
	struct slice text, const struct decode_ask *ask, struct sheet *s)
{
	struct consent_mode mode;
	bool ok = gcs_decode(text, &mode);

	(void)ask;
	sheet_begin(s, decode_gcs.name, decode_gcs.text,
		find_flaw(ok, text.len, 4, 4), 0);
	if (ok)
		show_flags(&mode, MODE_AD_USER_DATA, s);
	sheet_end(s);
	return ok;
}

const struct decoder decode_gcs = {"gcs", "Google Consent Mode string (gcs)",
	sniff_gcs, decode_gcs_string, false};

static bool
sniff_gcd(struct slice text)
{
	return text.len > 1 && text.ptr[0] == '1' && text.ptr[1] >= '0' &&
	       text.ptr[1] <= '9';
}

static bool
decode_gcd_string(
	struct slice text, const struct decode_ask *ask, struct sheet *s)
{
	struct consent_mode mode;
	bool ok = gcd_decode(text, &mode);

	(void)ask;
	sheet_begin(s, decode_gcd.name, decode_gcd.text,
		find_flaw(ok, text.len, 1 + 2 * MODE_FLAGS, GCD_MAX), 0);
	if (ok) {
		show_flags(&mode, MODE_FLAGS, s);
		sheet_text(s, NULL, "in a policy",
			"never a yes: Google does not document it");
	}
	sheet_end(s);
	return ok;
}

const struct decoder decode_gcd = {"gcd", "Google Consent Mode string (gcd)",
	sniff_gcd, decode_gcd_string, false};
