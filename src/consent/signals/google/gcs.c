#include "consent/signals/signals.h"

static const char *const names[] = {"ad_storage", "analytics_storage", NULL};

static bool
read_digit(uint8_t c, enum consent_mode_state *out)
{
	switch (c) {
	case '1': *out = MODE_GRANTED; return true;
	case '0': *out = MODE_DENIED; return true;
	case '-': *out = MODE_UNSET; return true;
	default: return false;
	}
}

bool
gcs_decode(struct slice text, struct consent_mode *out)
{
	struct consent_mode mode = {0};

	*out = mode;
	if (text.len != 4 || text.ptr[0] != 'G' || text.ptr[1] != '1' ||
		!read_digit(text.ptr[2], &mode.flags[MODE_AD_STORAGE]) ||
		!read_digit(text.ptr[3], &mode.flags[MODE_ANALYTICS_STORAGE]))
		return false;
	*out = mode;
	return true;
}

static void
hear(const struct hearing *in, struct heard *out)
{
	struct slice text;

	if (!signal_text(in->seen, &text, out))
		return;
	out->by_ask = gcs_decode(text, &out->mode);
	if (!out->by_ask)
		out->answer = signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
}

/* One that is denied denies; one that was never set leaves it unsaid. */
static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	enum answer_kind kind = ask->count ? ANSWER_GRANT : ANSWER_SILENT;

	(void)asked;
	for (size_t i = 0; i < ask->count; i++) {
		enum consent_mode_state state = h->mode.flags[ask->numbers[i]];

		if (state == MODE_DENIED)
			return signal_says(ANSWER_DENY);
		if (state == MODE_UNSET)
			kind = ANSWER_SILENT;
	}
	return signal_says(kind);
}

const struct signal signal_gcs = {
	.at = SIGNAL_AT_VALUE,
	.asks = SIGNAL_ASKS_NAMES,
	.names = names,
	.hear = hear,
	.judge = judge,
};
