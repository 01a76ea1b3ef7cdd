/*
 * Any bytes as a ring, its digest made right where it has one, since that is
 * no secret: what can be read is written back to the same bytes, its epochs
 * each have one state, and every change of it can be read again; what cannot
 * says why.
 */

#include "crypto/ring/form.h"
#include "crypto/ring/life.h"
#include "crypto/secret.h"

#include <stdlib.h>

#define NOW 1777890000000

static void
check(int holds)
{
	if (!holds)
		abort();
}

/* Puts the digest that belongs to the text before it. */
static void
mend(char *text, size_t len)
{
	char hex[2 * RING_HASH_BYTES + 1];
	uint8_t hash[RING_HASH_BYTES];
	char *at = memmem(text, len, "\ndigest ", 8);

	if (!at || (size_t)(text + len - at) < 8 + sizeof(hex))
		return;
	ring_hash(slice_make(text, (size_t)(at + 1 - text)), hash);
	hex_text(hash, sizeof(hash), hex);
	memcpy(at + 8, hex, sizeof(hex) - 1);
}

static void
read_again(const struct ring *r)
{
	struct lethe_error err = {0};
	struct ring *again = NULL;
	struct slice text;

	if (ring_text(r, &text, &err))
		return;
	check(!ring_parse(text, &again, &err));
	ring_free(again);
}

static void
change(struct slice text, size_t which)
{
	struct lethe_error err = {0};
	struct ring *r = NULL;
	enum lethe_status status;
	uint32_t number;

	check(!ring_parse(text, &r, &err));
	if (which == 0 && ring_domain_count(r))
		status = ring_emergency(r, 1, NOW, &number, &err);
	else if (which == 1 && ring_domain_count(r))
		status = ring_propose(r, &(struct ring_rotation){1, NOW + 9, 9},
			NOW, &number, &err);
	else if (which >= 2)
		status = ring_move(
			r, 1, (enum ring_move)(which - 2), "why", NOW, &err);
	else
		status = LETHE_EUSAGE;
	if (!status)
		read_again(r);
	ring_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lethe_error err = {0};
	struct ring *r = NULL;
	struct slice written;
	char *text = malloc(size + 1);

	check(text && crypto_start(NULL) == LETHE_OK);
	memcpy(text, data, size);
	mend(text, size);
	if (ring_parse(slice_make(text, size), &r, &err)) {
		check(err.what[0] && !r);
		free(text);
		return 0;
	}
	check(!ring_text(r, &written, &err));
	check(slice_equal(written, slice_make(text, size)));
	for (size_t i = 0; i < ring_epoch_count(r); i++)
		check(ring_epoch_state(r, i, NOW) < EPOCH_STATE_COUNT);
	if (ring_verify(r, NULL, &err))
		check(err.what[0]);
	ring_free(r);
	for (size_t which = 0; which < 5; which++)
		change(slice_make(text, size), which);
	free(text);
	return 0;
}
