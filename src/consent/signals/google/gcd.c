#include "consent/signals/signals.h"

static const char *const names[] = {"ad_storage", "analytics_storage",
	"ad_user_data", "ad_personalization", NULL};

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
read_letter(uint8_t c, enum consent_mode_state *out)
{
	switch (c) {
	case 't':
	case 'r':
	case 'n':
	case 'v': *out = MODE_GRANTED; return true;
	case 'p':
	case 'q':
	case 'm':
	case 'u': *out = MODE_DENIED; return true;
	case 'l': *out = MODE_UNSET; return true;
	default: return false;
	}
}

bool
gcd_decode(struct slice text, struct consent_mode *out)
{
	struct consent_mode mode = {0};
	size_t at = 1;

	*out = mode;
	if (text.len < 1 + 2 * MODE_FLAGS || text.len > GCD_MAX ||
		text.ptr[0] != '1')
		return false;
	for (size_t i = 0; i < MODE_FLAGS; i++, at += 2)
		if (!is_digit(text.ptr[at]) ||
			!read_letter(text.ptr[at + 1], &mode.flags[i]))
			return false;
	for (; at < text.len; at++)
		if (!is_digit(text.ptr[at]) &&
			!(text.ptr[at] >= 'a' && text.ptr[at] <= 'z'))
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
	out->by_ask = gcd_decode(text, &out->mode);
	if (!out->by_ask)
		out->answer = signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
}

/* What its maker does not document is no yes; a no is heard. */
static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	(void)asked;
	for (size_t i = 0; i < ask->count; i++)
		if (h->mode.flags[ask->numbers[i]] == MODE_DENIED)
			return signal_says(ANSWER_DENY);
	return signal_says(ANSWER_SILENT);
}

const struct signal signal_gcd = {
	.at = SIGNAL_AT_VALUE,
	.never_grants = true,
	.asks = SIGNAL_ASKS_NAMES,
	.names = names,
	.hear = hear,
	.judge = judge,
};
