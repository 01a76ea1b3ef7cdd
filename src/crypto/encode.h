#ifndef CRYPTO_ENCODE_H
#define CRYPTO_ENCODE_H

/*
 * Bytes as text, in constant time so that keys may pass: hex, base64url
 * without padding, base64; and the digest of policies, rules and shapes.
 */

#include "base/buf.h"
#include "base/error.h"

#define DIGEST_BYTES 16

/* BLAKE2b-128 without a key. */
void digest(struct slice bytes, uint8_t out[static DIGEST_BYTES]);

/* Lower-case hex, NUL-terminated: 2 * len + 1 bytes. */
void hex_text(const uint8_t *bytes, size_t len, char *out);

/* Exactly `len` bytes of lower-case hex; false else. */
LETHE_CHECKED bool hex_get(struct slice text, uint8_t *out, size_t len);

/* base64url without padding (RFC 4648 section 5), appended. */
void base64_put(struct buf *out, struct slice bytes);
LETHE_CHECKED bool base64_get(struct slice text, struct buf *out);

/* The same, exactly `len` bytes into `out`; false else. */
LETHE_CHECKED bool base64_bytes(struct slice text, uint8_t *out, size_t len);

/* base64 with padding (RFC 4648 section 4), as people's tools read it. */
void base64_put_padded(struct buf *out, struct slice bytes);
LETHE_CHECKED bool base64_get_padded(struct slice text, struct buf *out);

#endif
