/*
 * A record of the consent topic, any bytes, and words put to it; the first byte
 * chooses them.
 *
 * Held against: what is written can be read; purposes that a word does not name
 * answer as before; a refusal of a purpose that the record does not have leaves
 * the bytes that a signature is over.
 */

#include "consent/ledger/said.h"
#include "crypto/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1777890000000)
#define DAY INT64_C(86400000)

static struct slice purposes[3];
static struct ledger_layout layout = {.purposes = purposes, .purpose_count = 3};
static struct ledger_decoder *decoder;
static struct said_reader *reader;
static struct arena arena;
static struct buf before, after, written;

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
start(void)
{
	purposes[0] = slice_of("a");
	purposes[1] = slice_of("personalisation");
	purposes[2] = slice_of("b");
	must(!crypto_start(NULL), "crypto");
	must(!said_reader_new(1, &reader, NULL), "reader");
	must(!ledger_decoder_new(&layout, 1, &decoder, NULL), "decoder");
	arena_init(&arena, 0);
	buf_init(&before, 0);
	buf_init(&after, 0);
	buf_init(&written, 0);
}

static bool
same(const struct ledger_entry *a, const struct ledger_entry *b)
{
	return a->state == b->state && a->has_at == b->has_at &&
	       a->has_until == b->has_until && a->notice == b->notice &&
	       (!a->has_at || a->at_ms == b->at_ms) &&
	       (!a->has_until || a->until_ms == b->until_ms) &&
	       (a->state != LEDGER_GIVEN || a->since_ms == b->since_ms);
}

static struct said_word
word_of(uint8_t choice)
{
	static const enum ledger_state states[] = {
		LEDGER_GIVEN, LEDGER_REFUSED, LEDGER_WITHDRAWN, LEDGER_PAUSED};
	static const char *const names[] = {"a", "b", "new", "*"};
	struct said_word w = {.purpose = slice_of(names[choice & 3]),
		.state = states[choice >> 2 & 3],
		.at_ms = NOW - (choice >> 4 & 3) * DAY};

	w.has_until = w.state == LEDGER_PAUSED || (choice & 64 && !w.state);
	w.until_ms = w.at_ms + DAY;
	return w;
}

static bool
has(const struct said *s, const char *purpose)
{
	for (size_t i = 0; i < s->count; i++)
		if (slice_is(s->entries[i].purpose, purpose))
			return true;
	return false;
}

/* The row of what is written; false when it is too large to read. */
static bool
read_again(const struct said *s, struct ledger_row *row)
{
	enum lethe_status status;

	buf_reset(&written);
	said_write(s, &written);
	status = ledger_decode(decoder, buf_slice(&written), row, NULL);
	must(!status || status == LETHE_POISON_TOO_LARGE ||
			status == LETHE_POISON_TOO_MANY,
		"what is written can be read");
	return !status;
}

static void
check_rows(const struct said_word *w, const struct ledger_row *was,
	const struct ledger_row *is)
{
	for (size_t i = 0; i < 3 && !slice_is(w->purpose, "*"); i++)
		must(slice_equal(w->purpose, purposes[i]) ||
				same(&was->entries[i], &is->entries[i]),
			"what is not named answers as before");
}

static void
check_signed(struct slice record)
{
	struct slice key = slice_of("user:a");

	buf_reset(&before);
	buf_reset(&after);
	must(!said_signed_bytes(reader, key, record, &before, NULL) &&
			!said_signed_bytes(reader, key, buf_slice(&written),
				&after, NULL) &&
			slice_equal(buf_slice(&before), buf_slice(&after)),
		"a refusal leaves what is signed");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice record = {data + 1, size - 1};
	struct ledger_row was, is;
	struct said_change change;
	enum said_result result;
	struct said_word w;
	struct said s;
	bool fresh;

	if (!reader)
		start();
	if (!size)
		return 0;
	w = word_of(data[0]);
	must(!said_word_broken(&w), "the word");
	arena_reset(&arena);
	if (said_read(reader, record, &arena, &s, NULL))
		return 0;
	must(!ledger_decode(decoder, record, &was, NULL), "one decoder");
	fresh = w.state == LEDGER_REFUSED && slice_is(w.purpose, "new") &&
		!has(&s, "new") && !has(&s, "*");
	must(!said_put(&s, &w, NOW, &arena, &result, &change, NULL), "put");
	if (!read_again(&s, &is))
		return 0;
	check_rows(&w, &was, &is);
	if (fresh && result == SAID_CHANGED)
		check_signed(record);
	return 0;
}
