#ifndef CRYPTO_TOKEN_DAY_H
#define CRYPTO_TOKEN_DAY_H

/* The key of a class on one day; for token.c. */

#include "crypto/token.h"

#define TOKEN_KEY_BYTES 32

/*
 * K_day, derived or remembered; borrowed until the next call.
 *
 *   class_key   K_cls of the token's epoch and class
 */
const uint8_t *token_day_key(struct token_days *d, const struct token_of *of,
	const uint8_t class_key[static TOKEN_KEY_BYTES]);

#endif
