#ifndef CRYPTO_TOKEN_H
#define CRYPTO_TOKEN_H

/*
 * Tokens: K_dom = kdf(domain, "tokdomn1", E_n); K_cls = kdf(class, "tokclas1",
 * K_dom); T = BLAKE2b-128 keyed with K_cls over the normalised identifier;
 * text = prefix n _ base32(T).  Of a class with a lifetime K_day = kdf(day,
 * "tokdays1", K_cls) stands in place of K_cls.
 *
 * In an overlap a domain has two epochs: the active one, and the one that was
 * active before it until its `retire_at`.
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
 * The epoch that overlaps an active one: the one before it, until it retires.
 * One without a stated end does not overlap.
 *
 *   epoch    from token_epoch_at, at the same instant
 *   number   its number; 0 when there is none
 *   returns  its handle, or SIZE_MAX
 */
size_t token_epoch_was_at(const struct token_keys *k, size_t epoch,
	int64_t now_ms, uint32_t *number);

/* When an epoch retires, ms UTC; 0: not stated. */
int64_t token_epoch_end(const struct token_keys *k, size_t epoch);

/*
 * Whether tokens of a class under an epoch are the ones that were sent under
 * it: the class was used there, by the rules that the policy has now.
 */
bool token_is_same(const struct token_keys *k, size_t epoch, uint32_t class);

#define TOKEN_NO_DAY INT32_MIN
#define TOKEN_LIFETIME_MIN_MS INT64_C(3600000)

/*
 * Which of its lifetimes a class is in at the time of an event.
 *
 *   lifetime_ms   0: TOKEN_NO_DAY; else at least TOKEN_LIFETIME_MIN_MS
 *   event_ms      of the years 0001 to 9999
 */
int32_t token_day(int64_t event_ms, int64_t lifetime_ms);

/*
 * The keys of the last few days, in guarded memory: one thread's.  Wiped when
 * they are of other keys and when it ends.
 */
struct token_days;

/* Fails: LETHE_ENOMEM. */
LETHE_CHECKED enum lethe_status
token_days_new(struct token_days **out, struct lethe_error *err);
void token_days_free(struct token_days *d); /* or NULL */

/*   keys   a number that no other token_keys of the process has, not 0 */
void token_days_begin(struct token_days *d, uint64_t keys);

/* What a token is of. */
struct token_of {
	size_t epoch;	/* from token_epoch_at or token_epoch_was_at */
	uint32_t class; /* index into want.classes; one that the domain does
			   not use: a bug */
	int32_t day;	/* from token_day */
	struct slice prefix;
	struct slice outer; /* with `within`: the normalised outer identifier;
			       else ptr NULL */
	struct slice inner; /* the normalised identifier, 1..1024 bytes */
};

/*
 * Writes a token's text.
 *
 *   days     begun with these keys; NULL allowed with TOKEN_NO_DAY
 *   returns  length of the text, no NUL
 */
size_t token_make(const struct token_keys *k, struct token_days *days,
	const struct token_of *of, char out[static TOKEN_TEXT_MAX]);

#endif
