#ifndef CONSENT_LEDGER_ROW_H
#define CONSENT_LEDGER_ROW_H

/*
 * What the ledger knows of one subject: an entry for each purpose of one
 * policy, in its order.  A row is compact on disk and carries a keyed check
 * of four bytes; docs/ledger.md has its form to the byte.
 *
 * Zero is a stale row, which answers with an error: a row nobody filled never
 * lets an event pass.
 */

#include "consent/decide.h"
#include "crypto/keyed.h"

#define LEDGER_PURPOSES_MAX 64
#define LEDGER_NOTICES_MAX 254

/* X(CODE, name in records, number on disk) */
#define LEDGER_STATE_MAP(X) \
	X(UNKNOWN, "unknown", 0) \
	X(GIVEN, "given", 1) \
	X(REFUSED, "refused", 2) \
	X(WITHDRAWN, "withdrawn", 3) \
	X(EXPIRED, "expired", 4) \
	X(PAUSED, "paused", 5)

enum ledger_state {
#define X(code, name, number) LEDGER_##code = (number),
	LEDGER_STATE_MAP(X)
#undef X
	/* A record that could not be read: no record says so of itself. */
	LEDGER_MALFORMED = 7,
};

/* As records have it: "given", ...; static storage. */
const char *ledger_state_name(enum ledger_state state);

/* False when records have no such state. */
bool ledger_state_find(struct slice name, enum ledger_state *out);

#define LEDGER_NOTICE_NONE 0	/* no notice stated */
#define LEDGER_NOTICE_OTHER 255 /* one that the layout does not list */

/* Times are whole seconds. */
struct ledger_entry {
	enum ledger_state state;
	bool has_at; /* always of a grant */
	bool has_until;
	uint8_t notice;	  /* 1 + index in the layout's notices, or as above */
	int64_t at_ms;	  /* when it was said */
	int64_t since_ms; /* GIVEN: start of the unbroken grant, <= at_ms */
	int64_t until_ms; /* end of the grant or the pause */
};

enum ledger_row_kind {
	LEDGER_ROW_STALE, /* the ledger is not up to date, or was not asked */
	LEDGER_ROW_ABSENT,
	LEDGER_ROW_PRESENT,
	LEDGER_ROW_DAMAGED, /* its check fails: deny, rebuild the ledger */
};

/* Only the first `count` entries are set, and only of a row that is present. */
struct ledger_row {
	enum ledger_row_kind kind;
	size_t count;
	struct ledger_entry entries[LEDGER_PURPOSES_MAX];
};

/* A row for a record that could not be read: an error for every purpose. */
void ledger_row_malformed(size_t count, struct ledger_row *out);

/* The longest row on disk: a check and 64 entries of 26 bytes, padded. */
#define LEDGER_ROW_BYTES_MAX 1672

/*
 * Writes a row that is present as it lies on disk; returns its length.
 *
 *   name   the row's key; the check covers it, so a row holds in its place
 */
size_t ledger_row_pack(const struct keyed *keys,
	const uint8_t name[static KEYED_NAME_BYTES],
	const struct ledger_row *row, uint8_t out[static LEDGER_ROW_BYTES_MAX]);

/*
 * Reads one; LEDGER_ROW_DAMAGED when the check fails or anything is not as
 * ledger_row_pack writes it.
 *
 *   count   purposes of the layout that the file was made for
 */
void ledger_row_unpack(const struct keyed *keys,
	const uint8_t name[static KEYED_NAME_BYTES], struct slice bytes,
	size_t count, struct ledger_row *out);

/*
 * What the ledger says about one purpose and one event.
 *
 *   given        a grant since `since`, ending at `until`; an error when `at`
 *                lies after now
 *   refused, withdrawn   a refusal, since `at` where it is stated
 *   expired      a grant that has ended, as a given one whose end has passed
 *   paused       a refusal of all that happened or is processed before its
 *                end; silence behind it, never a grant
 *   unknown, absent      silence: of the source that decides, a deny
 *   malformed    an error (signal_malformed)
 *   stale, damaged, a purpose the row does not have: an error (ledger_stale)
 *
 * A time may be any instant of its second: where it decides, a tie refuses.
 */
struct answer ledger_answer(const struct ledger_row *row, size_t purpose,
	const struct consent_time *when);

#endif
