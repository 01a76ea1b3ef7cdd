#ifndef CRYPTO_TOKEN_OWN_H
#define CRYPTO_TOKEN_OWN_H

/* What the keys of tokens are made of; for token.c and its neighbours. */

#include "crypto/token.h"

#define TOKEN_KEY_BYTES 32
#define TOKEN_BYTES 16

/* An epoch of a domain that the policy names. */
struct token_epoch {
	size_t domain; /* index into want.domains */
	uint32_t number;
	int64_t active_from_ms;
	int64_t retire_at_ms;
	size_t before; /* the one active before it, or SIZE_MAX */
};

struct token_keys {
	size_t epoch_count;
	size_t class_count;
	struct token_epoch *epochs;	  /* by domain */
	bool *used;			  /* [epoch][class] */
	bool *same;			  /* by the policy's rules there */
	uint8_t (*keys)[TOKEN_KEY_BYTES]; /* [epoch][class], guarded */
};

/*
 * K_day, derived or remembered; borrowed until the next call.
 *
 *   class_key   K_cls of the token's epoch and class
 */
const uint8_t *token_day_key(struct token_days *d, const struct token_of *of,
	const uint8_t class_key[static TOKEN_KEY_BYTES]);

/* The text of a token without its prefix; returns its length. */
size_t
token_text(uint32_t epoch, const uint8_t hash[static TOKEN_BYTES], char *out);

#endif
