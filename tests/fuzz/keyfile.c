/*
 * Any bytes as a key file of each kind: what can be read is written back to
 * the same bytes (but for the last line's end), is of one kind alone, and asks
 * for no more than the bounds; what cannot says why.
 */

#include "crypto/keypair/form.h"
#include "crypto/secret.h"

#include <stdlib.h>

/* More would be a test of Argon2id. */
#define TRIED_BYTES ((size_t)64 << 10)

static void
check(int holds)
{
	if (!holds)
		abort();
}

/* Whether the text is `written`, or that without its last byte. */
static int
same(struct slice text, const char *written, size_t len)
{
	return slice_equal(text, slice_make(written, len)) ||
	       slice_equal(text, slice_make(written, len - 1));
}

static void
try_lock(enum key_kind kind, const struct key_lock *l)
{
	uint8_t key[KEY_BYTES] = {0};
	struct lethe_error err = {0};

	check(l->passes >= 1 && l->passes <= KEY_PASSES_MAX);
	check(l->memory_bytes >= KEY_MEMORY_LEAST &&
		l->memory_bytes <= KEY_MEMORY_MAX);
	if (l->passes > 1 || l->memory_bytes > TRIED_BYTES)
		return;
	/* The corpus has files of this passphrase. */
	if (key_unlock(
		    kind, l, slice_of("four words of mine"), "fuzz", key, &err))
		check(err.status == LETHE_EKEY);
}

static int
try_secret(enum key_kind kind, struct slice text)
{
	struct lethe_error err = {0};
	char written[KEY_FILE_MAX];
	struct key_text t = {0};

	if (key_text_parse(kind, text, "fuzz", &t, &err)) {
		check(err.what[0] && (err.status == LETHE_EKEY ||
					     err.status == LETHE_EUNSUPPORTED));
		return 0;
	}
	check(same(text, written, key_text_put(kind, &t, written)));
	check(key_text_signs(text) == (kind == KEY_SIGNING));
	if (t.locked)
		try_lock(kind, &t.lock);
	return 1;
}

static int
try_public(enum key_kind kind, struct slice text)
{
	struct lethe_error err = {0};
	char written[KEY_FILE_MAX];
	uint8_t bytes[KEY_BYTES];

	if (key_public_parse(kind, text, "fuzz", bytes, &err)) {
		check(err.what[0] && (err.status == LETHE_EKEY ||
					     err.status == LETHE_EUNSUPPORTED));
		return 0;
	}
	check(same(text, written, key_public_put(kind, bytes, written)));
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);

	check(crypto_start(NULL) == LETHE_OK);
	check(try_secret(KEY_SECRET, text) + try_secret(KEY_SIGNING, text) +
			try_public(KEY_PUBLIC, text) +
			try_public(KEY_VERIFY, text) <=
		1);
	return 0;
}
