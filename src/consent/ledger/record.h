#ifndef CONSENT_LEDGER_RECORD_H
#define CONSENT_LEDGER_RECORD_H

/*
 * The value of a record of the consent topic, JSON or MessagePack, to a row
 * of one policy's purposes:
 *
 *   {"v":1,"purposes":{"personalisation":{"state":"given",
 *     "at":"2026-05-01T09:00:00Z","until":"2027-05-01T00:00:00Z"}},
 *    "notice":"banner-7","jurisdiction":"DE","source":"cmp"}
 *
 * Strict: a key that is not of the form is refused, since a misspelt `until`
 * would be a grant without end; so is a time or a state that does not go with
 * what stands beside it.  Purposes that the policy does not have are checked
 * like the others and then forgotten.  Times are cut to the second.
 * `jurisdiction` and `source` are texts that decide nothing; nor does `sig`
 * where the layout names no signers.  Where it does, the grants of a record
 * that none of them has signed are malformed entries; refusals need nobody.
 */

#include "base/buf.h"
#include "consent/ledger/row.h"

#define LEDGER_RECORD_BYTES_MAX 65536

/* What rows are made for; borrowed as long as anything uses it. */
struct ledger_layout {
	const struct slice *purposes; /* by their names in records */
	size_t purpose_count;	      /* 1 to LEDGER_PURPOSES_MAX */
	const struct slice *notices;  /* those a purpose accepts; may be none */
	size_t notice_count;	      /* to LEDGER_NOTICES_MAX */
	/* Whose signature the grants of a record need: Ed25519 public keys.
	   None: they need none. */
	const uint8_t (*signers)[32];
	size_t signer_count;
	/* Sources whose objections lie among the rows. */
	const struct slice *objections;
	size_t objection_count;
	/* Whose records are kept: a text a class, its name and all that says
	   which keys are of it.  None: the rows do not tell. */
	const struct slice *classes;
	size_t class_count;
};

struct ledger_decoder;

/*
 *   seed   random
 *
 * Fails: LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status
ledger_decoder_new(const struct ledger_layout *layout, uint64_t seed,
	struct ledger_decoder **out, struct lethe_error *err);
void ledger_decoder_free(struct ledger_decoder *d);

/*
 * Reads one value.  Once warm it does not allocate.
 *
 *   key    of the record, `class:identifier`
 *   value  ptr NULL: a tombstone, which leaves nothing known of the subject
 *   out    LEDGER_ROW_ABSENT when no purpose is known; zero on failure, and
 *          the caller stores ledger_row_malformed in its place, never what
 *          stood there before
 *
 * `"*"` speaks for all purposes.  Beside an entry of a purpose's own the
 * stricter of the two counts (refused and withdrawn before paused, that before
 * expired, unknown, given), but for a grant of its own that is later.
 *
 * Fails: class POISON: those of reader_read with err->offset; where the form
 * breaks a rule LETHE_POISON_CONSENT, naming the rule and the member by its
 * number; LETHE_ENOMEM.
 * Thread: the decoder's owner.
 */
LETHE_CHECKED enum lethe_status
ledger_decode_of(struct ledger_decoder *d, struct slice key, struct slice value,
	struct ledger_row *out, struct lethe_error *err);

/* The same without the record's key: where there are signers no grant counts.
 */
LETHE_CHECKED enum lethe_status ledger_decode(struct ledger_decoder *d,
	struct slice value, struct ledger_row *out, struct lethe_error *err);

/* How much a state refuses: of two, the higher counts. */
unsigned ledger_strictness(enum ledger_state state);

/* Whether an entry for all purposes counts, and not a purpose's own. */
bool ledger_star_counts(
	const struct ledger_entry *own, const struct ledger_entry *star);

/*
 * The bytes that the `sig` of a record is a signature over, appended.
 *
 * Fails: as ledger_decode.
 */
LETHE_CHECKED enum lethe_status
ledger_signed_bytes(struct ledger_decoder *d, struct slice key,
	struct slice value, struct buf *out, struct lethe_error *err);

#endif
