#include "crypto/seal.h"

#include "crypto/secret.h"

#include <sodium.h>

#define CONTENT_KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES

_Static_assert(SEALED_KEY_BYTES == CONTENT_KEY_BYTES + crypto_box_SEALBYTES,
	"what crypto_box_seal adds");
_Static_assert(SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	"nonce");
_Static_assert(
	SEAL_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

struct sealer {
	size_t count;
	struct public_key recipients[SEAL_RECIPIENTS_MAX];
	uint8_t sealed[SEAL_RECIPIENTS_MAX][SEALED_KEY_BYTES];
	uint8_t *key; /* guarded */
	bool turned;
};

enum lethe_status
sealer_new(const struct public_key *recipients, size_t count,
	struct sealer **out, struct lethe_error *err)
{
	enum lethe_status status;
	struct sealer *s;
	void *key;

	*out = NULL;
	if (!count || count > SEAL_RECIPIENTS_MAX)
		return fail(err, LETHE_ERING, 0,
			"the quarantine has %zu recipients; 1 to %d are "
			"possible",
			count, SEAL_RECIPIENTS_MAX);
	s = calloc(1, sizeof(*s));
	if (!s)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a sealer");
	status = secret_new(CONTENT_KEY_BYTES, &key, err);
	if (status != LETHE_OK) {
		free(s);
		return status;
	}
	memcpy(s->recipients, recipients, count * sizeof(*recipients));
	s->count = count;
	s->key = key;
	*out = s;
	return LETHE_OK;
}

void
sealer_free(struct sealer *s)
{
	if (!s)
		return;
	secret_free(s->key);
	free(s);
}

enum lethe_status
sealer_turn(struct sealer *s, struct lethe_error *err)
{
	s->turned = false;
	random_bytes(s->key, CONTENT_KEY_BYTES);
	for (size_t i = 0; i < s->count; i++)
		if (crypto_box_seal(s->sealed[i], s->key, CONTENT_KEY_BYTES,
			    s->recipients[i].bytes))
			return fail(err, LETHE_EKEY, 0,
				"quarantine recipient %zu: the public key "
				"cannot be used",
				i + 1);
	s->turned = true;
	return LETHE_OK;
}

size_t
sealer_recipients(const struct sealer *s)
{
	return s->count;
}

const uint8_t *
sealer_key(
	const struct sealer *s, size_t i, char id[static 2 * KEY_ID_BYTES + 1])
{
	bug_if(i >= s->count || !s->turned);
	public_key_id(&s->recipients[i], id);
	return s->sealed[i];
}

enum lethe_status
sealer_seal(struct sealer *s, struct slice clear, struct slice payload,
	struct buf *out, struct lethe_error *err)
{
	const size_t more = SEAL_NONCE_BYTES + SEAL_TAG_BYTES;
	uint8_t *nonce;

	bug_if(!s->turned);
	if (payload.len > SIZE_MAX - more ||
		!buf_reserve(out, payload.len + more))
		return fail(err, LETHE_ENOMEM, 0,
			"no room for %zu sealed bytes", payload.len);
	nonce = out->ptr + out->len;
	random_bytes(nonce, SEAL_NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + SEAL_NONCE_BYTES,
		NULL, payload.ptr, payload.len, clear.ptr, clear.len, NULL,
		nonce, s->key);
	out->len += payload.len + more;
	return LETHE_OK;
}

static enum lethe_status
open_payload(const uint8_t *key, struct slice clear, struct slice sealed,
	struct buf *out, struct lethe_error *err)
{
	size_t len = sealed.len - SEAL_NONCE_BYTES - SEAL_TAG_BYTES;

	if (!buf_reserve(out, len ? len : 1))
		return fail(err, LETHE_ENOMEM, 0, "no room for %zu bytes", len);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->ptr + out->len,
		    NULL, NULL, sealed.ptr + SEAL_NONCE_BYTES,
		    sealed.len - SEAL_NONCE_BYTES, clear.ptr, clear.len,
		    sealed.ptr, key))
		return fail(err, LETHE_EKEY, 0,
			"the record was changed after it was sealed");
	out->len += len;
	return LETHE_OK;
}

enum lethe_status
seal_open(const struct secret_key *secret,
	const uint8_t sealed_key[static SEALED_KEY_BYTES], struct slice clear,
	struct slice sealed, struct buf *out, struct lethe_error *err)
{
	enum lethe_status status;
	void *key;

	if (sealed.len < SEAL_NONCE_BYTES + SEAL_TAG_BYTES)
		return fail(err, LETHE_EKEY, 0, "the record is cut short");
	status = secret_new(CONTENT_KEY_BYTES, &key, err);
	if (status != LETHE_OK)
		return status;
	if (crypto_box_seal_open(key, sealed_key, SEALED_KEY_BYTES,
		    secret_key_public(secret)->bytes, secret_key_bytes(secret)))
		status = fail(err, LETHE_EKEY, 0,
			"the content key is not sealed to this secret key, or "
			"was changed");
	else
		status = open_payload(key, clear, sealed, out, err);
	secret_free(key);
	return status;
}
