#include "crypto/keypair/form.h"

#include "base/file.h"
#include "crypto/place.h"
#include "crypto/secret.h"

#include <sodium.h>

/* All of a secret's file that is ever in memory, in one guarded block. */
struct pages {
	uint8_t text[KEY_FILE_MAX];
	struct key_text parsed;
};

static enum lethe_status
pages_new(struct pages **out, struct lethe_error *err)
{
	void *memory;
	enum lethe_status status = secret_new(sizeof(**out), &memory, err);

	*out = memory;
	return status;
}

static enum lethe_status
unlock(enum key_kind kind, const struct key_lock *l, const char *where,
	const char *passphrase, uint8_t out[static KEY_BYTES],
	struct lethe_error *err)
{
	struct passphrase *p;
	enum lethe_status status =
		passphrase_open(passphrase, where, false, &p, err);

	if (status != LETHE_OK)
		return status;
	status = key_unlock(kind, l, passphrase_bytes(p), where, out, err);
	passphrase_free(p);
	return status;
}

static enum lethe_status
take_key(enum key_kind kind, const struct key_text *t, const char *where,
	const char *passphrase, uint8_t out[static KEY_BYTES],
	struct lethe_error *err)
{
	if (t->locked)
		return unlock(kind, &t->lock, where, passphrase, out, err);
	if (passphrase)
		return fail(err, LETHE_EKEY, 0,
			"%.80s stands under no passphrase, but one is given",
			where);
	memcpy(out, t->bytes, KEY_BYTES);
	return LETHE_OK;
}

enum lethe_status
key_file_open(enum key_kind kind, const char *where, const char *passphrase,
	uint8_t out[static KEY_BYTES], struct lethe_error *err)
{
	enum lethe_status status;
	struct pages *p;
	size_t len;

	status = pages_new(&p, err);
	if (status != LETHE_OK)
		return status;
	status = secret_place_read(
		where, where, p->text, KEY_FILE_MAX, &len, err);
	if (status == LETHE_OK)
		status = key_text_parse(
			kind, slice_make(p->text, len), where, &p->parsed, err);
	if (status == LETHE_OK)
		status =
			take_key(kind, &p->parsed, where, passphrase, out, err);
	secret_free(p);
	return status;
}

static enum lethe_status
lock(enum key_kind kind, const uint8_t key[static KEY_BYTES],
	const struct key_protection *protection, struct key_lock *l,
	struct lethe_error *err)
{
	l->passes = protection->passes
			    ? protection->passes
			    : crypto_pwhash_argon2id_OPSLIMIT_MODERATE;
	l->memory_bytes = protection->memory_bytes
				  ? protection->memory_bytes
				  : crypto_pwhash_argon2id_MEMLIMIT_MODERATE;
	return key_lock(kind, key, protection->passphrase, l, err);
}

enum lethe_status
key_file_write(enum key_kind kind, const char *path,
	const uint8_t key[static KEY_BYTES],
	const struct key_protection *protection, bool replace,
	struct lethe_error *err)
{
	enum lethe_status status;
	struct pages *p;
	size_t len;

	status = pages_new(&p, err);
	if (status != LETHE_OK)
		return status;
	p->parsed.locked = protection != NULL;
	if (protection)
		status = lock(kind, key, protection, &p->parsed.lock, err);
	else
		memcpy(p->parsed.bytes, key, KEY_BYTES);
	if (status == LETHE_OK) {
		len = key_text_put(kind, &p->parsed, (char *)p->text);
		status = file_write(
			path, 0600, !replace, slice_make(p->text, len), err);
	}
	secret_free(p);
	return status;
}

enum lethe_status
key_public_open(enum key_kind kind, const char *path,
	uint8_t out[static KEY_BYTES], struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	buf_init(&text, 0);
	status = file_read(path, KEY_FILE_MAX, &text, err);
	if (status == LETHE_OK)
		status = key_public_parse(
			kind, buf_slice(&text), path, out, err);
	/* It may have been a secret key's file. */
	if (text.cap)
		sodium_memzero(text.ptr, text.cap);
	buf_fini(&text);
	return status;
}

enum lethe_status
key_public_write(enum key_kind kind, const char *path,
	const uint8_t bytes[static KEY_BYTES], struct lethe_error *err)
{
	char text[KEY_FILE_MAX];
	size_t len = key_public_put(kind, bytes, text);

	return file_write(path, 0644, true, slice_make(text, len), err);
}
