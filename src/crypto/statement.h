#ifndef CRYPTO_STATEMENT_H
#define CRYPTO_STATEMENT_H

/*
 * What the signers of policies say of one: which file it is, which one it
 * follows, from when it is in force; and their signatures.  It stands in a file
 * beside the policy, POLICY.sig, a text of lines with one canonical form;
 * docs/keys.md describes it to the byte.
 */

#include "base/buf.h"
#include "crypto/keypair.h"
#include "crypto/ring.h"

#define STATEMENT_HASH_BYTES 32
#define STATEMENT_NAME_MAX 64
#define STATEMENT_SIGNATURES_MAX 32 /* old signers and new */
#define STATEMENT_TEXT_MAX 8192
#define STATEMENT_REVISION_MAX 1000000000

#define STATEMENT_SUFFIX ".sig"

struct statement_signature {
	struct verify_key signer;
	uint8_t bytes[SIGNATURE_BYTES];
};

struct statement {
	char policy[STATEMENT_NAME_MAX + 1]; /* its name */
	int64_t revision;
	uint8_t digest[STATEMENT_HASH_BYTES]; /* of the file */
	/* Of the file that it follows; zeros: it is the first. */
	uint8_t previous[STATEMENT_HASH_BYTES];
	int64_t effective_ms; /* from then on it is in force */
	size_t signature_count;
	struct statement_signature /* by signer */
		signatures[STATEMENT_SIGNATURES_MAX];
};

/* A policy's file, as statements name it. */
struct statement_file {
	const char *name;
	int64_t revision;
	struct slice text; /* its bytes */
};

/* BLAKE2b-256 of a file's bytes. */
void
statement_hash(struct slice text, uint8_t out[static STATEMENT_HASH_BYTES]);

/*
 * Unsigned yet.
 *
 *   was   the file that it follows, or NULL: it is the first
 *
 * Fails: LETHE_EPOLICY when it is of another name, or its revision is not
 * higher.
 */
LETHE_CHECKED enum lethe_status statement_make(struct statement *out,
	const struct statement_file *is, const struct statement_file *was,
	int64_t effective_ms, struct lethe_error *err);

bool statement_is_first(const struct statement *s);

/*
 * Reads it; every signature is checked, whoever made it.
 *
 * Fails: LETHE_EPOLICY, naming line and field; reading, LETHE_EIO.
 */
LETHE_CHECKED enum lethe_status statement_parse(
	struct slice text, struct statement *out, struct lethe_error *err);
LETHE_CHECKED enum lethe_status statement_read(
	const char *path, struct statement *out, struct lethe_error *err);

/* What is signed: all lines before the signatures; and the whole file. */
void statement_put_signed(const struct statement *s, struct buf *out);
void statement_put(const struct statement *s, struct buf *out);

/* Writes it whole or not at all, over the one that is there. */
LETHE_CHECKED enum lethe_status statement_write(
	const struct statement *s, const char *path, struct lethe_error *err);

/*
 * Adds a signature.
 *
 * Fails: LETHE_EUSAGE when the key has signed already, or there is no room.
 */
LETHE_CHECKED enum lethe_status statement_sign(struct statement *s,
	const struct signing_key *key, struct lethe_error *err);

/*
 * Whether it is of this file.
 *
 * Fails: LETHE_EPOLICY, naming what differs: policy, revision or digest.
 */
LETHE_CHECKED enum lethe_status statement_is_of(const struct statement *s,
	const struct statement_file *file, struct lethe_error *err);

/* Whether a key is one of the ring's policy signers; how many of them signed.
 */
bool statement_signer_is(const struct ring *r, const struct verify_key *key);
size_t statement_count(const struct statement *s, const struct ring *r);

/*
 * Whether as many of the ring's policy signers signed as it asks for.
 *
 * Fails: LETHE_EPOLICY, saying how many did.
 */
LETHE_CHECKED enum lethe_status statement_verify(const struct statement *s,
	const struct ring *r, struct lethe_error *err);

/*
 * Whether it may take the place of a file in force: of a higher revision, and
 * naming that file's digest as the one before.
 *
 * Fails: LETHE_EPOLICY, saying which of both is wrong.
 */
LETHE_CHECKED enum lethe_status statement_follows(const struct statement *s,
	const struct statement_file *held, struct lethe_error *err);

#endif
