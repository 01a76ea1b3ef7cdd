#include "consent/signals/signals.h"

static void
hear(const struct hearing *in, struct heard *out)
{
	(void)in;
	out->answer = signal_fails(LETHE_REASON_LEDGER_STALE);
}

const struct signal signal_ledger = {
	.at = SIGNAL_AT_TOPIC,
	.asks = SIGNAL_ASKS_YES,
	.hear = hear,
};
