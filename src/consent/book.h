#ifndef CONSENT_BOOK_H
#define CONSENT_BOOK_H

/*
 * The ledger as the engine sees it: something that is asked what is known of a
 * subject.  Behind it stands a snapshot of the store, or a table in memory.
 */

#include "consent/ledger/row.h"

struct book {
	const struct keyed *keys; /* that subjects are named by */

	/*
	 * What is known of a subject, by the purposes of the policy in their
	 * order.  Allocates nothing, waits for nothing.
	 *
	 *   out   LEDGER_ROW_STALE when it cannot tell
	 */
	void (*lookup)(void *ctx,
		const uint8_t subject[static KEYED_NAME_BYTES],
		struct ledger_row *out);
	void *ctx;
};

#endif
