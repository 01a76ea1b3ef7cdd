#ifndef ENGINE_TOKEN_CACHE_H
#define ENGINE_TOKEN_CACHE_H

/*
 * The last tokens a scratch has made.  A session tells the same identifiers
 * again and again, and the keyed hash of each is the dearest single thing done
 * to an event: remembered, it costs a tenth.
 *
 * What it holds is identifiers and their tokens, side by side, in ordinary
 * memory; no keys.  Such pairs are in the process anyway, for as long as an
 * event is with it; here the last few thousand stay.  They are wiped when the
 * scratch meets another view (other keys, another policy) and when it ends;
 * they are never written anywhere.  Found by a hash keyed with the scratch's
 * seed and compared whole, so that a found token is the token.
 *
 * Direct-mapped: what meets in one place drives out what stood there.  What
 * is too long for an entry, and event ids, which do not come twice, go past.
 */

#include "crypto/token.h"

struct token_cache;

/*
 *   seed   random
 *
 * NULL: out of memory.
 */
struct token_cache *token_cache_new(uint64_t seed);
void token_cache_free(struct token_cache *c);

/*
 * Tells whose tokens come now; those of another view are wiped.
 *
 *   view   a number that no other view of the process has, not 0
 */
void token_cache_begin(struct token_cache *c, uint64_t view);

/* token_make, or what it gave the last time. */
size_t token_cache_make(struct token_cache *c, const struct token_keys *k,
	struct token_days *days, const struct token_of *of,
	char out[static TOKEN_TEXT_MAX]);

#endif
