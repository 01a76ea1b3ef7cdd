#ifndef LEDGER_RECORD_SIGNED_H
#define LEDGER_RECORD_SIGNED_H

/*
 * What the signature of a record is over: its key and its grants, each text as
 * it stands in the record, in the order of the record.  docs/ledger.md has the
 * bytes.  Refusals are not among them, so that nobody needs a key to refuse.
 */

#include "base/buf.h"
#include "crypto/keypair.h"

/* Parts of a grant that are signed, in this order. */
#define SIGNED_PARTS 4

struct signed_form {
	bool on; /* false: nothing is gathered */
	struct buf bytes;
	/* The entry that is being told, and which parts it has. */
	struct buf name, parts[SIGNED_PARTS];
	bool has[SIGNED_PARTS];
	struct buf told; /* the `notice` of the whole record */
	bool has_told;
	uint8_t sig[SIGNATURE_BYTES];
	bool has_sig;
};

void signed_fini(struct signed_form *f);

/* Begins a record; key.ptr NULL: of no known key, and never signed. */
void signed_begin(struct signed_form *f, struct slice key);
void signed_entry(struct signed_form *f, struct slice name);
void signed_part(struct signed_form *f, size_t part, struct slice text);

/* The entry is whole, and a grant. */
void signed_grant(struct signed_form *f);
void signed_told(struct signed_form *f, struct slice notice);
void signed_sig(struct signed_form *f, struct slice text);

/* The record is whole. */
void signed_end(struct signed_form *f);

/* Whether one of the signers has signed it. */
bool signed_by(const struct signed_form *f, const uint8_t (*signers)[32],
	size_t count);

#endif
