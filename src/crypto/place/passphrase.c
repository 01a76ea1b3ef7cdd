#include "crypto/place.h"

#include "crypto/place/terminal.h"
#include "crypto/secret.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* With the end of a line, and one byte more to see that it is too long. */
#define READ_MAX (PASSPHRASE_BYTES_MAX + 3)

struct passphrase {
	uint8_t bytes[READ_MAX];
	size_t len;
};

static void
cut_line_end(struct passphrase *p)
{
	if (p->len && p->bytes[p->len - 1] == '\n')
		p->len--;
	if (p->len && p->bytes[p->len - 1] == '\r')
		p->len--;
}

static enum lethe_status
check(const struct passphrase *p, bool fresh, struct lethe_error *err)
{
	if (!p->len)
		return fail(err, LETHE_EKEY, 0, "the passphrase is empty");
	if (p->len > PASSPHRASE_BYTES_MAX)
		return fail(err, LETHE_EKEY, 0,
			"the passphrase is longer than %d bytes",
			PASSPHRASE_BYTES_MAX);
	if (fresh && p->len < PASSPHRASE_BYTES_LEAST)
		return fail(err, LETHE_EKEY, 0,
			"the passphrase is shorter than %d bytes: take several "
			"words",
			PASSPHRASE_BYTES_LEAST);
	return LETHE_OK;
}

static enum lethe_status
ask(const char *what, const char *of, struct passphrase *p,
	struct lethe_error *err)
{
	char question[160];
	enum lethe_status status;

	(void)snprintf(question, sizeof(question), "%s of %.100s: ", what, of);
	status = terminal_ask(question, p->bytes, READ_MAX, &p->len, err);
	cut_line_end(p);
	return status;
}

/* The second time against a slip of the finger. */
static enum lethe_status
ask_again(
	const struct passphrase *first, const char *of, struct lethe_error *err)
{
	enum lethe_status status;
	struct passphrase *again;
	void *memory;

	status = secret_new(sizeof(*again), &memory, err);
	if (status != LETHE_OK)
		return status;
	again = memory;
	status = ask("the same again, passphrase", of, again, err);
	if (status == LETHE_OK &&
		(again->len != first->len ||
			sodium_memcmp(again->bytes, first->bytes, first->len)))
		status = fail(err, LETHE_EKEY, 0,
			"the two passphrases differ; nothing was changed");
	secret_free(again);
	return status;
}

enum lethe_status
passphrase_open(const char *where, const char *of, bool fresh,
	struct passphrase **out, struct lethe_error *err)
{
	enum lethe_status status;
	struct passphrase *p;
	void *memory;

	*out = NULL;
	status = secret_new(sizeof(*p), &memory, err);
	if (status != LETHE_OK)
		return status;
	p = memory;
	if (where) {
		status = secret_place_read(where, "the passphrase's file",
			p->bytes, READ_MAX, &p->len, err);
		cut_line_end(p);
	} else {
		status = ask(
			fresh ? "new passphrase" : "passphrase", of, p, err);
	}
	if (status == LETHE_OK)
		status = check(p, fresh, err);
	if (status == LETHE_OK && fresh && !where)
		status = ask_again(p, of, err);
	if (status != LETHE_OK) {
		secret_free(p);
		return status;
	}
	secret_seal(p);
	*out = p;
	return LETHE_OK;
}

struct slice
passphrase_bytes(const struct passphrase *p)
{
	return slice_make(p->bytes, p->len);
}

void
passphrase_free(struct passphrase *p)
{
	secret_free(p);
}
