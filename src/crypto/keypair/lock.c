#include "crypto/keypair/form.h"

#include "crypto/secret.h"

#include <sodium.h>

_Static_assert(LOCK_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "salt");
_Static_assert(LOCK_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	"nonce");
_Static_assert(LOCK_SEALED_BYTES ==
		       KEY_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	"sealed");

/* The key that a passphrase becomes; in guarded memory, secret_free ends it. */
static enum lethe_status
stretch(const struct key_lock *l, struct slice passphrase, uint8_t **out,
	struct lethe_error *err)
{
	enum lethe_status status;
	void *memory;

	*out = NULL;
	status = secret_new(
		crypto_aead_xchacha20poly1305_ietf_KEYBYTES, &memory, err);
	if (status != LETHE_OK)
		return status;
	if (crypto_pwhash_argon2id(memory,
		    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
		    (const char *)passphrase.ptr, passphrase.len, l->salt,
		    l->passes, l->memory_bytes,
		    crypto_pwhash_argon2id_ALG_ARGON2ID13)) {
		secret_free(memory);
		return fail(err, LETHE_ENOMEM, 0,
			"no memory to try the passphrase: %zu MiB are needed",
			l->memory_bytes >> 20);
	}
	*out = memory;
	return LETHE_OK;
}

enum lethe_status
key_lock(enum key_kind kind, const uint8_t key[static KEY_BYTES],
	struct slice passphrase, struct key_lock *l, struct lethe_error *err)
{
	char head[KEY_HEAD_MAX];
	enum lethe_status status;
	unsigned long long len;
	uint8_t *under;

	random_bytes(l->salt, sizeof(l->salt));
	random_bytes(l->nonce, sizeof(l->nonce));
	status = stretch(l, passphrase, &under, err);
	if (status != LETHE_OK)
		return status;
	crypto_aead_xchacha20poly1305_ietf_encrypt(l->sealed, &len, key,
		KEY_BYTES, (const uint8_t *)head, key_head(kind, l, head), NULL,
		l->nonce, under);
	secret_free(under);
	return LETHE_OK;
}

enum lethe_status
key_unlock(enum key_kind kind, const struct key_lock *l,
	struct slice passphrase, const char *where,
	uint8_t out[static KEY_BYTES], struct lethe_error *err)
{
	char head[KEY_HEAD_MAX];
	enum lethe_status status;
	unsigned long long len;
	uint8_t *under;
	int wrong;

	status = stretch(l, passphrase, &under, err);
	if (status != LETHE_OK)
		return status;
	wrong = crypto_aead_xchacha20poly1305_ietf_decrypt(out, &len, NULL,
		l->sealed, LOCK_SEALED_BYTES, (const uint8_t *)head,
		key_head(kind, l, head), l->nonce, under);
	secret_free(under);
	if (wrong)
		return fail(err, LETHE_EKEY, 0,
			"%.80s does not open: the passphrase is wrong, or the "
			"file was changed",
			where);
	return LETHE_OK;
}
