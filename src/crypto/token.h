#ifndef CRYPTO_TOKEN_H
#define CRYPTO_TOKEN_H

/*
 * Tokens: K_dom = kdf(domain, "tokdomn1", E_n); K_cls = kdf(class, "tokclas1",
 * K_dom); T = BLAKE2b-128 keyed with K_cls over the normalised identifier;
 * text = prefix n _ base32(T).
 */

#include "crypto/ring.h"

#define TOKEN_TEXT_MAX 64 /* prefix up to 16 letters, epoch, 26 of base32 */
#define TOKEN_PREFIX_MAX 16

/* The class keys of all (domain, epoch, class) in use, in guarded memory. */
struct token_keys;

/*
 * Derives the class keys of an unlocked ring for what a policy wants.  The
 * ring may be freed afterwards.  Indexes are those of `want`.
 *
 * Fails: LETHE_ERING as ring_check; LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status
token_keys_new(const struct ring *r, const struct ring_want *want,
	struct token_keys **out, struct lethe_error *err);
void token_keys_free(struct token_keys *k);

/*
 * The epoch of a domain at a processing time: the last one active.
 *
 *   number   the epoch's number; 0 when none is active
 *   returns  a handle for token_make, or SIZE_MAX
 */
size_t token_epoch_at(const struct token_keys *k, size_t domain, int64_t now_ms,
	uint32_t *number);

/*
 * Writes a token's text.
 *
 *   epoch    from token_epoch_at
 *   class    index into want.classes; one that the domain does not use: a bug
 *   outer    with `within`: the normalised outer identifier; else ptr NULL
 *   inner    the normalised identifier, 1..1024 bytes
 *   returns  length of the text, no NUL
 */
size_t token_make(const struct token_keys *k, size_t epoch, uint32_t class,
	struct slice prefix, struct slice outer, struct slice inner,
	char out[static TOKEN_TEXT_MAX]);

#endif
