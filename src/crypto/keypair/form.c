#include "crypto/keypair/form.h"

#include "crypto/encode.h"

#include <sodium.h>
#include <stdio.h>

#define WORDS_MAX 6
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

static const struct {
	const char *word;
	const char *name;
} kinds[] = {
	[KEY_SECRET] = {"lethe-secret-key", "a secret key"},
	[KEY_PUBLIC] = {"lethe-public-key", "a public key"},
	[KEY_SIGNING] = {"lethe-signing-key", "a signing key"},
	[KEY_VERIFY] = {"lethe-verify-key", "a verify key"},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

const char *
key_kind_name(enum key_kind kind)
{
	return kinds[kind].name;
}

/* How many words the line has; more than WORDS_MAX are not kept. */
static size_t
cut_words(struct slice line, struct slice words[static WORDS_MAX])
{
	size_t count = 1;

	for (size_t i = 0; i < line.len; i++)
		count += line.ptr[i] == ' ';
	for (size_t i = 0; i < count && i < WORDS_MAX; i++)
		words[i] = slice_word(&line, ' ');
	return count;
}

bool
key_text_signs(struct slice text)
{
	struct slice head = slice_word(&text, '\n');

	return slice_is(slice_word(&head, ' '), kinds[KEY_SIGNING].word);
}

/* Digits as they are written; 0 is none. */
static bool
get_number(struct slice text, uint64_t *out)
{
	*out = 0;
	if (!text.len || text.len > 12 || text.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
	}
	return true;
}

static enum lethe_status
fail_other(enum key_kind kind, struct slice word, const char *where,
	struct lethe_error *err)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (slice_is(word, kinds[i].word))
			return fail(err, LETHE_EKEY, 0,
				"%.80s holds %s; %s is needed", where,
				kinds[i].name, kinds[kind].name);
	return fail(err, LETHE_EKEY, 0,
		"%.80s is not %s: it must start with `%s 1`", where,
		kinds[kind].name, kinds[kind].word);
}

/* What a file asks for costs time and memory before it can be doubted. */
static enum lethe_status
parse_lock(const struct slice *words, size_t count, const char *where,
	struct key_lock *l, struct lethe_error *err)
{
	uint64_t passes, memory;

	if (!slice_is(words[2], "argon2id"))
		return fail(err, LETHE_EUNSUPPORTED, 0,
			"%.80s is protected in a way that is not supported by "
			"this version",
			where);
	if (count != WORDS_MAX || !get_number(words[3], &passes) ||
		!get_number(words[4], &memory) ||
		!base64_bytes(words[5], l->salt, sizeof(l->salt)))
		return fail(err, LETHE_EKEY, 0,
			"%.80s: the first line must end with `argon2id`, "
			"passes, bytes and salt",
			where);
	if (passes > KEY_PASSES_MAX || memory > KEY_MEMORY_MAX ||
		memory < KEY_MEMORY_LEAST || memory % 1024)
		return fail(err, LETHE_EKEY, 0,
			"%.80s asks for more than %d passes or %zu MiB, or for "
			"an odd size",
			where, KEY_PASSES_MAX, KEY_MEMORY_MAX >> 20);
	l->passes = (uint32_t)passes;
	l->memory_bytes = (size_t)memory;
	return LETHE_OK;
}

static enum lethe_status
parse_head(enum key_kind kind, struct slice head, const char *where,
	struct key_text *out, struct lethe_error *err)
{
	struct slice words[WORDS_MAX] = {{0}};
	size_t count = cut_words(head, words);

	if (!slice_is(words[0], kinds[kind].word))
		return fail_other(kind, words[0], where, err);
	if (count < 2 || !slice_is(words[1], "1"))
		return fail(err, LETHE_EUNSUPPORTED, 0,
			"%.80s is %s of another format: not supported by this "
			"version",
			where, kinds[kind].name);
	out->locked = count > 2;
	return out->locked ? parse_lock(words, count, where, &out->lock, err)
			   : LETHE_OK;
}

enum lethe_status
key_text_parse(enum key_kind kind, struct slice text, const char *where,
	struct key_text *out, struct lethe_error *err)
{
	enum lethe_status status =
		parse_head(kind, slice_word(&text, '\n'), where, out, err);
	struct slice line = slice_word(&text, '\n');
	bool good;

	if (status != LETHE_OK)
		return status;
	if (!out->locked) {
		if (base64_bytes(line, out->bytes, KEY_BYTES) && !text.len)
			return LETHE_OK;
		return fail(err, LETHE_EKEY, 0,
			"%.80s: the second and last line must be 32 bytes in "
			"base64url",
			where);
	}
	good = base64_bytes(slice_word(&line, ' '), out->lock.nonce,
		sizeof(out->lock.nonce));
	if (good && base64_bytes(line, out->lock.sealed, LOCK_SEALED_BYTES) &&
		!text.len)
		return LETHE_OK;
	return fail(err, LETHE_EKEY, 0,
		"%.80s: the second and last line must be a nonce and the "
		"sealed key",
		where);
}

static size_t
put_base64(char *out, const uint8_t *bytes, size_t len)
{
	size_t need = sodium_base64_encoded_len(len, VARIANT);

	sodium_bin2base64(out, need, bytes, len, VARIANT);
	return need - 1;
}

size_t
key_head(enum key_kind kind, const struct key_lock *l, char out[KEY_HEAD_MAX])
{
	size_t len =
		(size_t)snprintf(out, KEY_HEAD_MAX, "%s 1 argon2id %u %zu ",
			kinds[kind].word, l->passes, l->memory_bytes);

	return len + put_base64(out + len, l->salt, sizeof(l->salt));
}

size_t
key_text_put(enum key_kind kind, const struct key_text *t,
	char out[static KEY_FILE_MAX])
{
	size_t len;

	if (t->locked) {
		len = key_head(kind, &t->lock, out);
		out[len++] = '\n';
		len += put_base64(
			out + len, t->lock.nonce, sizeof(t->lock.nonce));
		out[len++] = ' ';
		len += put_base64(out + len, t->lock.sealed, LOCK_SEALED_BYTES);
	} else {
		len = (size_t)snprintf(
			out, KEY_FILE_MAX, "%s 1\n", kinds[kind].word);
		len += put_base64(out + len, t->bytes, KEY_BYTES);
	}
	out[len++] = '\n';
	return len;
}

enum lethe_status
key_public_parse(enum key_kind kind, struct slice text, const char *where,
	uint8_t out[static KEY_BYTES], struct lethe_error *err)
{
	char id[2 * KEY_ID_BYTES + 1];
	struct slice version = slice_word(&text, '\n');
	struct slice word = slice_word(&version, ' '), line;

	if (!slice_is(word, kinds[kind].word))
		return fail_other(kind, word, where, err);
	if (!slice_is(version, "1"))
		return fail(err, LETHE_EUNSUPPORTED, 0,
			"%.80s is %s of another format: not supported by this "
			"version",
			where, kinds[kind].name);
	if (!base64_bytes(slice_word(&text, '\n'), out, KEY_BYTES))
		return fail(err, LETHE_EKEY, 0,
			"%.80s: the second line must be 32 bytes in base64url",
			where);
	key_id(out, id);
	line = slice_word(&text, '\n');
	if (!slice_is(slice_word(&line, ' '), "id") || !slice_is(line, id) ||
		text.len)
		return fail(err, LETHE_EKEY, 0,
			"%.80s: the third and last line must be `id` and the "
			"key's id",
			where);
	return LETHE_OK;
}

size_t
key_public_put(enum key_kind kind, const uint8_t bytes[static KEY_BYTES],
	char out[static KEY_FILE_MAX])
{
	char id[2 * KEY_ID_BYTES + 1], text[64];

	key_id(bytes, id);
	text[put_base64(text, bytes, KEY_BYTES)] = '\0';
	return (size_t)snprintf(out, KEY_FILE_MAX, "%s 1\n%s\nid %s\n",
		kinds[kind].word, text, id);
}

void
key_id(const uint8_t bytes[static KEY_BYTES],
	char out[static 2 * KEY_ID_BYTES + 1])
{
	uint8_t hash[DIGEST_BYTES];

	digest(slice_make(bytes, KEY_BYTES), hash);
	hex_text(hash, KEY_ID_BYTES, out);
}
