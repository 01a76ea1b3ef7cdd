#ifndef CRYPTO_DRILL_H
#define CRYPTO_DRILL_H

/*
 * Tokens of an identifier that is nobody's, to prove that a restored ring makes
 * the tokens that it made before.  They are as those of lethe/process.h, but
 * without a class's prefix, which stands in the policy and not in the ring.
 */

#include "crypto/token.h"

#define DRILL_IDENTIFIER "lethe drill"

/* Whether an epoch makes tokens of a class, both by number. */
bool drill_uses(const struct ring *r, uint32_t epoch, uint32_t class);

/*
 *   epoch    number of one whose key is open (ring_holds)
 *   class    number of one that it uses
 *   returns  length of the text, no NUL
 *
 * Fails: 0 without memory that can be locked.
 */
size_t drill_token(const struct ring *r, uint32_t epoch, uint32_t class,
	char out[static TOKEN_TEXT_MAX]);

/* A token without its prefix, and the epoch in it; 0: it has no token's form.
 */
uint32_t drill_epoch_of(struct slice token, struct slice *bare);

#endif
