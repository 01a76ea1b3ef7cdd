#include "crypto/statement.h"

#include "base/file.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

/* One line after the other, cut into words by single spaces. */
struct reading {
	struct slice rest;  /* behind this line */
	struct slice words; /* of this line, behind those taken */
	size_t number;	    /* of this line, from 1 */
	const char *field;  /* its first word */
	struct lethe_error *err;
};

LETHE_PRINTF(2, 3)
static enum lethe_status
refuse(const struct reading *p, const char *format, ...)
{
	char why[LETHE_WHAT_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return fail(p->err, LETHE_EPOLICY, 0,
		"policy signatures, line %zu: `%s`: %s", p->number, p->field,
		why);
}

/* The next line, which must begin with this word. */
static enum lethe_status
next(struct reading *p, const char *field)
{
	p->number++;
	p->field = field;
	if (!p->rest.len || !memchr(p->rest.ptr, '\n', p->rest.len))
		return refuse(p, p->rest.len ? "has no end" : "missing");
	p->words = slice_word(&p->rest, '\n');
	if (!slice_is(slice_word(&p->words, ' '), field))
		return refuse(p, "missing here");
	return LETHE_OK;
}

static enum lethe_status
end(const struct reading *p)
{
	return p->words.len ? refuse(p, "something follows") : LETHE_OK;
}

/* A canonical decimal: no sign, no leading nought. */
static enum lethe_status
take_number(struct reading *p, const char *field, int64_t least, int64_t most,
	int64_t *out)
{
	enum lethe_status status = next(p, field);
	struct slice word;
	int64_t n = 0;

	if (status)
		return status;
	word = slice_word(&p->words, ' ');
	if (!word.len || word.len > 15 || (word.ptr[0] == '0' && word.len > 1))
		return refuse(p, "not a number");
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return refuse(p, "not a number");
		n = n * 10 + (word.ptr[i] - '0');
	}
	if (n < least || n > most)
		return refuse(p, "not %" PRId64 " to %" PRId64, least, most);
	*out = n;
	return end(p);
}

static enum lethe_status
take_hash(struct reading *p, const char *field,
	uint8_t out[static STATEMENT_HASH_BYTES])
{
	enum lethe_status status = next(p, field);

	if (!status &&
		!hex_get(slice_word(&p->words, ' '), out, STATEMENT_HASH_BYTES))
		return refuse(p, "not %d digits of lower-case hex",
			2 * STATEMENT_HASH_BYTES);
	return status ? status : end(p);
}

/* As a policy may be called. */
static bool
is_name(struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = word.ptr[i];

		if (!(c >= 'a' && c <= 'z') &&
			!(i && ((c >= '0' && c <= '9') || c == '_' ||
				       c == '-')))
			return false;
	}
	return word.len && word.len <= STATEMENT_NAME_MAX;
}

static enum lethe_status
take_name(struct reading *p, struct statement *out)
{
	enum lethe_status status = next(p, "policy");
	struct slice word;

	if (status)
		return status;
	word = slice_word(&p->words, ' ');
	if (!is_name(word))
		return refuse(p, "no name of a policy");
	memcpy(out->policy, word.ptr, word.len);
	return end(p);
}

static enum lethe_status
take_head(struct reading *p, struct statement *out)
{
	enum lethe_status status = next(p, "lethe-policy-signatures");

	if (!status && !slice_is(slice_word(&p->words, ' '), "1"))
		return refuse(p, "of another form than 1");
	if (!status)
		status = end(p);
	if (!status)
		status = take_name(p, out);
	if (!status)
		status = take_number(p, "revision", 1, STATEMENT_REVISION_MAX,
			&out->revision);
	if (!status)
		status = take_hash(p, "digest", out->digest);
	if (!status)
		status = take_hash(p, "previous", out->previous);
	if (!status)
		status = take_number(p, "effective", 0,
			INT64_C(253402300799999), &out->effective_ms);
	return status;
}

static enum lethe_status
take_signature(struct reading *p, struct slice over, struct statement *out)
{
	struct statement_signature *s = &out->signatures[out->signature_count];
	enum lethe_status status = next(p, "signature");

	if (status)
		return status;
	if (out->signature_count == STATEMENT_SIGNATURES_MAX)
		return refuse(p, "more than %d", STATEMENT_SIGNATURES_MAX);
	if (!base64_bytes(slice_word(&p->words, ' '), s->signer.bytes,
		    VERIFY_KEY_BYTES) ||
		!verify_key_usable(&s->signer))
		return refuse(p, "its key is none");
	if (!base64_bytes(
		    slice_word(&p->words, ' '), s->bytes, SIGNATURE_BYTES))
		return refuse(p, "not %d bytes in base64url", SIGNATURE_BYTES);
	if (out->signature_count &&
		memcmp(&s[-1].signer, &s->signer, sizeof(s->signer)) >= 0)
		return refuse(p, "out of order or doubled");
	if (!verify_bytes(&s->signer, over, s->bytes))
		return refuse(p, "not a signature of the lines before: one of "
				 "them, or the signature, was changed");
	out->signature_count++;
	return end(p);
}

/* What was read, written again, must be what stands there. */
static enum lethe_status
check_canonical(
	struct slice text, const struct statement *s, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	struct buf again;

	buf_init(&again, STATEMENT_TEXT_MAX);
	statement_put(s, &again);
	if (again.full || !slice_equal(buf_slice(&again), text))
		status = fail(err, LETHE_EPOLICY, 0,
			"policy signatures: not in the one canonical form");
	buf_fini(&again);
	return status;
}

enum lethe_status
statement_parse(
	struct slice text, struct statement *out, struct lethe_error *err)
{
	struct reading p = {.rest = text, .err = err, .field = "the file"};
	enum lethe_status status;

	*out = (struct statement){0};
	if (text.len > STATEMENT_TEXT_MAX)
		return refuse(&p, "longer than %d bytes", STATEMENT_TEXT_MAX);
	status = take_head(&p, out);
	if (!status) {
		struct slice over = slice_make(text.ptr, text.len - p.rest.len);

		do
			status = take_signature(&p, over, out);
		while (!status && p.rest.len);
	}
	if (!status)
		status = check_canonical(text, out, err);
	if (status)
		*out = (struct statement){0};
	return status;
}

enum lethe_status
statement_read(const char *path, struct statement *out, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	*out = (struct statement){0};
	buf_init(&text, 0);
	status = file_read_watched(path, STATEMENT_TEXT_MAX, &text, err);
	if (!status)
		status = statement_parse(buf_slice(&text), out, err);
	buf_fini(&text);
	return status;
}
