#include "crypto/trust.h"

#include "base/file.h"
#include "crypto/encode.h"

#include <stdlib.h>

#define TRUST_FORM "lethe-trust 1"
#define TRUST_BYTES_MAX 4096

enum lethe_status
trust_add(
	struct trust *t, const struct verify_key *key, struct lethe_error *err)
{
	size_t at = t->set.count;

	if (!verify_key_usable(key))
		return fail(err, LETHE_EKEY, 0, "not a usable Ed25519 key");
	if (at == TRUST_SIGNERS_MAX)
		return fail(err, LETHE_EUSAGE, 0, "more than %d signers",
			TRUST_SIGNERS_MAX);
	while (at && memcmp(&t->keys[at - 1], key->bytes, PUBLIC_KEY_BYTES) > 0)
		at--;
	if (at && !memcmp(&t->keys[at - 1], key->bytes, PUBLIC_KEY_BYTES))
		return fail(err, LETHE_EUSAGE, 0, "a signer is named twice");
	memmove(&t->keys[at + 1], &t->keys[at],
		(t->set.count - at) * sizeof(t->keys[0]));
	memcpy(t->keys[at].bytes, key->bytes, PUBLIC_KEY_BYTES);
	t->set.signers = t->keys;
	t->set.count++;
	return LETHE_OK;
}

static bool
take_threshold(struct slice line, struct trust *t)
{
	struct slice word = slice_word(&line, ' ');

	if (!slice_is(word, "threshold") || !line.len || line.len > 2)
		return false;
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] < '0' || line.ptr[i] > '9')
			return false;
		t->set.threshold = t->set.threshold * 10 + line.ptr[i] - '0';
	}
	return t->set.threshold && line.ptr[0] != '0';
}

static enum lethe_status
parse(struct slice text, struct trust *t, struct lethe_error *err)
{
	struct lethe_error why = {0};
	struct verify_key key;

	if (!slice_is(slice_word(&text, '\n'), TRUST_FORM) ||
		!take_threshold(slice_word(&text, '\n'), t))
		return LETHE_EKEY;
	while (text.len) {
		struct slice line = slice_word(&text, '\n');

		if (!slice_is(slice_word(&line, ' '), "signer") ||
			!base64_bytes(line, key.bytes, PUBLIC_KEY_BYTES))
			return LETHE_EKEY;
		if (trust_add(t, &key, &why))
			return fail_with(err, &why);
	}
	return t->set.threshold <= t->set.count ? LETHE_OK : LETHE_EKEY;
}

enum lethe_status
trust_read(const char *path, struct trust *out, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	*out = (struct trust){0};
	buf_init(&text, 0);
	status = file_read(path, TRUST_BYTES_MAX, &text, err);
	if (!status && parse(buf_slice(&text), out, err))
		status = fail(err, LETHE_EKEY, 0,
			"%.80s does not say whom to trust: `" TRUST_FORM
			"`, `threshold K`, `signer KEY` for each, at least K "
			"(`lethe keys trust` writes it)",
			path);
	buf_fini(&text);
	return status;
}

enum lethe_status
trust_write(const char *path, const struct trust *t, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	buf_init(&text, TRUST_BYTES_MAX);
	buf_printf(&text, TRUST_FORM "\nthreshold %u\n", t->set.threshold);
	for (size_t i = 0; i < t->set.count; i++) {
		buf_put_text(&text, "signer ");
		base64_put(
			&text, slice_make(t->keys[i].bytes, PUBLIC_KEY_BYTES));
		buf_put_byte(&text, '\n');
	}
	status = text.full
			 ? fail(err, LETHE_ENOMEM, 0, "no memory for a file")
			 : file_write(path, 0644, true, buf_slice(&text), err);
	buf_fini(&text);
	return status;
}

void
trust_of_ring(const struct ring *r, struct trust *out)
{
	*out = (struct trust){.set = {.threshold = ring_threshold(r)}};
	out->set.count = ring_recipient_count(r, ROLE_SIGNER);
	bug_if(out->set.count > TRUST_SIGNERS_MAX);
	for (size_t i = 0; i < out->set.count; i++)
		out->keys[i] = *ring_recipient(r, ROLE_SIGNER, i);
	out->set.signers = out->keys;
}
