#include "cli/keys/pair.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
pair_public_path(const char *secret, char out[static PAIR_PATH_BYTES])
{
	size_t len = strlen(secret);

	if (len > 4 && !strcmp(secret + len - 4, ".key"))
		len -= 4;
	return snprintf(out, PAIR_PATH_BYTES, "%.*s.pub", (int)len, secret) <
	       PAIR_PATH_BYTES;
}

static enum lethe_status
make_signer(struct pair *p, const struct key_protection *protection,
	struct lethe_error *err)
{
	struct signing_key *signing;
	struct verify_key verify;
	enum lethe_status status;

	status = signing_key_generate(&signing, &verify, err);
	if (status != LETHE_OK)
		return status;
	verify_key_id(&verify, p->id);
	status = signing_key_write_as(
		p->secret, signing, protection, false, err);
	signing_key_free(signing);
	if (status != LETHE_OK)
		return status;
	status = verify_key_write(p->public, &verify, err);
	if (status != LETHE_OK)
		unlink(p->secret);
	return status;
}

static enum lethe_status
make_recipient(struct pair *p, const struct key_protection *protection,
	struct lethe_error *err)
{
	struct secret_key *secret;
	struct public_key public;
	enum lethe_status status;

	status = keypair_generate(&secret, &public, err);
	if (status != LETHE_OK)
		return status;
	public_key_id(&public, p->id);
	status = secret_key_write_as(p->secret, secret, protection, false, err);
	secret_key_free(secret);
	if (status != LETHE_OK)
		return status;
	status = public_key_write(p->public, &public, err);
	if (status != LETHE_OK)
		unlink(p->secret);
	return status;
}

enum lethe_status
pair_make(struct pair *p, const struct passphrase *passphrase,
	struct lethe_error *err)
{
	struct key_protection protection = {0};
	const struct key_protection *under = NULL;

	if (passphrase) {
		protection.passphrase = passphrase_bytes(passphrase);
		under = &protection;
	}
	return p->signs ? make_signer(p, under, err)
			: make_recipient(p, under, err);
}
