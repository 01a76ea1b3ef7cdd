#include "crypto/drill.h"

#include "crypto/ring/form.h"
#include "crypto/secret.h"
#include "crypto/token_own.h"

#include <sodium.h>

bool
drill_uses(const struct ring *r, uint32_t epoch, uint32_t class)
{
	return ring_rules_get(r, epoch, class) != NULL;
}

static void
hash(const struct ring *r, uint32_t epoch, uint32_t class, uint8_t *keys,
	uint8_t out[static TOKEN_BYTES])
{
	uint8_t *of_domain = keys, *of_class = keys + TOKEN_KEY_BYTES;

	crypto_kdf_derive_from_key(of_domain, TOKEN_KEY_BYTES,
		r->epochs[epoch - 1].domain, "tokdomn1", r->keys[epoch - 1]);
	crypto_kdf_derive_from_key(
		of_class, TOKEN_KEY_BYTES, class, "tokclas1", of_domain);
	crypto_generichash(out, TOKEN_BYTES, (const uint8_t *)DRILL_IDENTIFIER,
		strlen(DRILL_IDENTIFIER), of_class, TOKEN_KEY_BYTES);
}

size_t
drill_token(const struct ring *r, uint32_t epoch, uint32_t class,
	char out[static TOKEN_TEXT_MAX])
{
	uint8_t bytes[TOKEN_BYTES];
	struct lethe_error err;
	void *keys;

	bug_if(!epoch || epoch > r->epoch_count || !ring_holds(r, epoch - 1));
	if (secret_new((size_t)2 * TOKEN_KEY_BYTES, &keys, &err))
		return 0;
	hash(r, epoch, class, keys, bytes);
	secret_free(keys);
	return token_text(epoch, bytes, out);
}

uint32_t
drill_epoch_of(struct slice token, struct slice *bare)
{
	uint64_t number = 0;
	size_t at = 0;

	while (at < token.len && token.ptr[at] >= 'a' && token.ptr[at] <= 'z')
		at++;
	*bare = slice_make(token.ptr + at, token.len - at);
	while (at < token.len && token.ptr[at] >= '0' && token.ptr[at] <= '9' &&
		number <= RING_EPOCHS_MAX)
		number = number * 10 + (uint64_t)(token.ptr[at++] - '0');
	return at < token.len && token.ptr[at] == '_' &&
			       number <= RING_EPOCHS_MAX
		       ? (uint32_t)number
		       : 0;
}
