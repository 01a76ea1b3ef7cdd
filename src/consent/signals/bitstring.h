#ifndef CONSENT_BITSTRING_H
#define CONSENT_BITSTRING_H

/*
 * A text of base64url characters read as bits, six a character, the highest
 * first: no groups of four, no whole bytes, any length.  Reading past the end
 * gives zeros and sets `ended`, which the owner asks for once.
 */

#include "base/slice.h"

struct bitstring {
	const uint8_t *text; /* checked by bitstring_open; borrowed */
	size_t bits;
	size_t at;  /* of the next bit */
	bool ended; /* more was asked for than there was */
};

/*
 * Begins to read a text; up to three `=` at its end are passed over.  False,
 * with nothing to read, when another character is no base64url.
 *
 *   padded   set when there was a `=`, else left alone
 */
bool bitstring_open(struct slice text, struct bitstring *out, bool *padded);

/* The next bits as a number; at most 56. */
uint64_t bitstring_take(struct bitstring *b, unsigned count);

/* The next bits as a set, the first one its lowest; at most 64. */
uint64_t bitstring_take_set(struct bitstring *b, unsigned count);

void bitstring_skip(struct bitstring *b, size_t count);

/* Whether a bit further on is set; false past the end. */
bool bitstring_bit(const struct bitstring *b, size_t ahead);

/* Whether only zeros follow. */
bool bitstring_rest_is_zero(const struct bitstring *b);

#endif
