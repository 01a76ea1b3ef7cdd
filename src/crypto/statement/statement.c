#include "crypto/statement.h"

#include "base/file.h"

#include <inttypes.h>
#include <sodium.h>

void
statement_hash(struct slice text, uint8_t out[static STATEMENT_HASH_BYTES])
{
	crypto_generichash(
		out, STATEMENT_HASH_BYTES, text.ptr, text.len, NULL, 0);
}

enum lethe_status
statement_make(struct statement *out, const struct statement_file *is,
	const struct statement_file *was, int64_t effective_ms,
	struct lethe_error *err)
{
	*out = (struct statement){
		.revision = is->revision, .effective_ms = effective_ms};
	bug_if(strlen(is->name) > STATEMENT_NAME_MAX);
	memcpy(out->policy, is->name, strlen(is->name));
	statement_hash(is->text, out->digest);
	if (!was)
		return LETHE_OK;
	if (strcmp(is->name, was->name) != 0)
		return fail(err, LETHE_EPOLICY, 0,
			"the policy %.64s does not follow %.64s: they are two",
			is->name, was->name);
	if (is->revision <= was->revision)
		return fail(err, LETHE_EPOLICY, 0,
			"revision %" PRId64 " does not follow %" PRId64
			": raise `revision`",
			is->revision, was->revision);
	statement_hash(was->text, out->previous);
	return LETHE_OK;
}

bool
statement_is_first(const struct statement *s)
{
	return sodium_is_zero(s->previous, sizeof(s->previous));
}

static void
put_hash(struct buf *out, const char *word, const uint8_t *bytes)
{
	char hex[2 * STATEMENT_HASH_BYTES + 1];

	hex_text(bytes, STATEMENT_HASH_BYTES, hex);
	buf_printf(out, "%s %s\n", word, hex);
}

void
statement_put_signed(const struct statement *s, struct buf *out)
{
	buf_printf(out,
		"lethe-policy-signatures 1\npolicy %s\nrevision %" PRId64 "\n",
		s->policy, s->revision);
	put_hash(out, "digest", s->digest);
	put_hash(out, "previous", s->previous);
	buf_printf(out, "effective %" PRId64 "\n", s->effective_ms);
}

void
statement_put(const struct statement *s, struct buf *out)
{
	statement_put_signed(s, out);
	for (size_t i = 0; i < s->signature_count; i++) {
		const struct statement_signature *by = &s->signatures[i];

		buf_put_text(out, "signature ");
		base64_put(out, slice_make(by->signer.bytes, VERIFY_KEY_BYTES));
		buf_put_byte(out, ' ');
		base64_put(out, slice_make(by->bytes, SIGNATURE_BYTES));
		buf_put_byte(out, '\n');
	}
}

enum lethe_status
statement_write(
	const struct statement *s, const char *path, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	buf_init(&text, STATEMENT_TEXT_MAX);
	statement_put(s, &text);
	status = text.full
			 ? fail(err, LETHE_ENOMEM, 0, "no memory for a file")
			 : file_write(path, 0644, false, buf_slice(&text), err);
	buf_fini(&text);
	return status;
}

enum lethe_status
statement_sign(struct statement *s, const struct signing_key *key,
	struct lethe_error *err)
{
	const struct verify_key *by = signing_key_verify(key);
	size_t at = s->signature_count;
	struct buf text;

	if (at == STATEMENT_SIGNATURES_MAX)
		return fail(err, LETHE_EUSAGE, 0,
			"there is no room for more than %d signatures",
			STATEMENT_SIGNATURES_MAX);
	while (at && memcmp(&s->signatures[at - 1].signer, by, sizeof(*by)) > 0)
		at--;
	if (at && !memcmp(&s->signatures[at - 1].signer, by, sizeof(*by)))
		return fail(
			err, LETHE_EUSAGE, 0, "this key has signed already");
	buf_init(&text, STATEMENT_TEXT_MAX);
	statement_put_signed(s, &text);
	if (text.full) {
		buf_fini(&text);
		return fail(err, LETHE_ENOMEM, 0, "no memory for a signature");
	}
	memmove(&s->signatures[at + 1], &s->signatures[at],
		(s->signature_count - at) * sizeof(s->signatures[0]));
	s->signatures[at].signer = *by;
	sign_bytes(key, buf_slice(&text), s->signatures[at].bytes);
	s->signature_count++;
	buf_fini(&text);
	return LETHE_OK;
}

enum lethe_status
statement_is_of(const struct statement *s, const struct statement_file *file,
	struct lethe_error *err)
{
	uint8_t found[STATEMENT_HASH_BYTES];

	if (strcmp(s->policy, file->name) != 0)
		return fail(err, LETHE_EPOLICY, 0,
			"the signatures are of another policy (`policy`): "
			"%.64s, not %.64s",
			s->policy, file->name);
	if (s->revision != file->revision)
		return fail(err, LETHE_EPOLICY, 0,
			"the signatures are of revision %" PRId64
			" (`revision`), the file is %" PRId64,
			s->revision, file->revision);
	statement_hash(file->text, found);
	if (memcmp(s->digest, found, sizeof(found)) != 0)
		return fail(err, LETHE_EPOLICY, 0,
			"the signatures are of another file (`digest`): this "
			"one was changed after it was signed");
	return LETHE_OK;
}

bool
statement_signer_is(const struct ring *r, const struct verify_key *key)
{
	for (size_t i = 0; i < ring_recipient_count(r, ROLE_POLICY); i++)
		if (!memcmp(ring_recipient(r, ROLE_POLICY, i)->bytes,
			    key->bytes, VERIFY_KEY_BYTES))
			return true;
	return false;
}

/* The signatures were checked when they were read or made. */
size_t
statement_count(const struct statement *s, const struct ring *r)
{
	size_t n = 0;

	for (size_t i = 0; i < s->signature_count; i++)
		n += statement_signer_is(r, &s->signatures[i].signer);
	return n;
}

enum lethe_status
statement_verify(const struct statement *s, const struct ring *r,
	struct lethe_error *err)
{
	size_t n = statement_count(s, r);
	uint32_t needed = ring_policy_threshold(r);

	if (n >= needed)
		return LETHE_OK;
	return fail(err, LETHE_EPOLICY, 0,
		"policy revision %" PRId64 " has %zu of the %" PRIu32
		" signatures that the ring asks for: `lethe policy sign`",
		s->revision, n, needed);
}

enum lethe_status
statement_follows(const struct statement *s, const struct statement_file *held,
	struct lethe_error *err)
{
	uint8_t hash[STATEMENT_HASH_BYTES];

	if (s->revision <= held->revision)
		return fail(err, LETHE_EPOLICY, 0,
			"revision %" PRId64 " is in force and this is %" PRId64
			": raise `revision`, and sign it",
			held->revision, s->revision);
	statement_hash(held->text, hash);
	if (!memcmp(s->previous, hash, sizeof(hash)))
		return LETHE_OK;
	if (statement_is_first(s))
		return fail(err, LETHE_EPOLICY, 0,
			"it is signed as the first one, and revision %" PRId64
			" is in force: sign it with --was that file",
			held->revision);
	return fail(err, LETHE_EPOLICY, 0,
		"it is a fork: the file that it follows (`previous`) is not "
		"the one in force, revision %" PRId64,
		held->revision);
}
