#include "crypto/encode.h"

#include <sodium.h>

void
digest(struct slice bytes, uint8_t out[static DIGEST_BYTES])
{
	crypto_generichash(out, DIGEST_BYTES, bytes.ptr, bytes.len, NULL, 0);
}

void
hex_text(const uint8_t *bytes, size_t len, char *out)
{
	sodium_bin2hex(out, 2 * len + 1, bytes, len);
}

bool
hex_get(struct slice text, uint8_t *out, size_t len)
{
	size_t got;

	if (text.len != 2 * len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F')
			return false;
	return !sodium_hex2bin(out, len, (const char *)text.ptr, text.len, NULL,
		       &got, NULL) &&
	       got == len;
}

static void
put(struct buf *out, struct slice bytes, int variant)
{
	size_t len;

	if (bytes.len > SIZE_MAX / 4 ||
		!buf_reserve(
			out, sodium_base64_encoded_len(bytes.len, variant)))
		return;
	len = sodium_base64_encoded_len(bytes.len, variant);
	sodium_bin2base64((char *)out->ptr + out->len, len, bytes.ptr,
		bytes.len, variant);
	out->len += len - 1;
}

void
base64_put(struct buf *out, struct slice bytes)
{
	put(out, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void
base64_put_padded(struct buf *out, struct slice bytes)
{
	put(out, bytes, sodium_base64_VARIANT_ORIGINAL);
}

/* libsodium 1.0.18 takes each byte from 0x80 on for a digit of base64. */
static bool
is_ascii(struct slice text)
{
	uint8_t all = 0;

	for (size_t i = 0; i < text.len; i++)
		all |= text.ptr[i];
	return all < 0x80;
}

static bool
get(struct slice text, struct buf *out, int variant)
{
	size_t most = text.len / 4 * 3 + 3, got;

	if (!text.len)
		return true;
	if (!is_ascii(text) || !buf_reserve(out, most) ||
		sodium_base642bin(out->ptr + out->len, most,
			(const char *)text.ptr, text.len, NULL, &got, NULL,
			variant))
		return false;
	out->len += got;
	return true;
}

bool
base64_get(struct slice text, struct buf *out)
{
	return get(text, out, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
base64_get_padded(struct slice text, struct buf *out)
{
	return get(text, out, sodium_base64_VARIANT_ORIGINAL);
}

bool
base64_bytes(struct slice text, uint8_t *out, size_t len)
{
	size_t got;

	return is_ascii(text) &&
	       !sodium_base642bin(out, len, (const char *)text.ptr, text.len,
		       NULL, &got, NULL,
		       sodium_base64_VARIANT_URLSAFE_NO_PADDING) &&
	       got == len;
}
