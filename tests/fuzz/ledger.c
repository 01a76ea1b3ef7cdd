/*
 * A record of the consent topic, any bytes: JSON or MessagePack by the first
 * byte.
 *
 * Held against: a second run, which must give the same row; the row's form on
 * disk, which must give it back; and the row told as a record again, which
 * must say the same.
 */

#include "base/buf.h"
#include "consent/ledger/record.h"
#include "crypto/secret.h"
#include "text/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1777890000000)

static struct slice purposes[3], notices[2];
static struct ledger_layout layout = {
	.purposes = purposes,
	.purpose_count = 3,
	.notices = notices,
	.notice_count = 2,
};
static struct ledger_decoder *decoder;
static struct keyed *keys;
static struct buf told;

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
	static const uint8_t key[KEYED_KEY_BYTES] = {1};

	purposes[0] = slice_of("a");
	purposes[1] = slice_of("personalisation");
	purposes[2] = slice_of("b");
	notices[0] = slice_of("n");
	notices[1] = slice_of("banner-7");
	must(!crypto_start(NULL), "crypto");
	must(!keyed_new(key, &keys, NULL), "keys");
	must(!ledger_decoder_new(&layout, 1, &decoder, NULL), "decoder");
	buf_init(&told, 0);
}

static bool
same(const struct ledger_row *a, const struct ledger_row *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count && a->kind == LEDGER_ROW_PRESENT; i++) {
		const struct ledger_entry *x = &a->entries[i];
		const struct ledger_entry *y = &b->entries[i];

		if (x->state != y->state || x->has_at != y->has_at ||
			x->has_until != y->has_until ||
			x->notice != y->notice || x->at_ms != y->at_ms ||
			x->since_ms != y->since_ms ||
			x->until_ms != y->until_ms)
			return false;
	}
	return true;
}

static void
tell_time(const char *name, int64_t ms)
{
	char text[TIME_TEXT_BYTES];

	must(ms % 1000 == 0, "a time finer than a second");
	must(time_format(ms, GRAIN_MS, text), "a time outside the years");
	buf_printf(&told, ",\"%s\":\"%s\"", name, text);
}

static void
tell_entry(const struct ledger_entry *e, struct slice purpose)
{
	static const char *const states[] = {
#define X(code, name, number) [number] = (name),
		LEDGER_STATE_MAP(X)
#undef X
	};

	must(e->state != LEDGER_MALFORMED, "a record says it is malformed");
	buf_printf(&told, "\"%.*s\":{\"state\":\"%s\"", (int)purpose.len,
		(const char *)purpose.ptr, states[e->state]);
	if (e->has_at)
		tell_time("at", e->at_ms);
	if (e->state == LEDGER_GIVEN)
		tell_time("since", e->since_ms);
	if (e->has_until)
		tell_time("until", e->until_ms);
	if (e->notice == LEDGER_NOTICE_OTHER)
		buf_put_text(&told, ",\"notice\":\"another\"");
	else if (e->notice)
		buf_printf(&told, ",\"notice\":\"%.*s\"",
			(int)notices[e->notice - 1].len,
			(const char *)notices[e->notice - 1].ptr);
	buf_put_byte(&told, '}');
}

static void
tell_again(const struct ledger_row *row)
{
	struct ledger_row again;

	buf_reset(&told);
	buf_put_text(&told, "{\"v\":1,\"purposes\":{");
	for (size_t i = 0; i < row->count; i++) {
		if (i)
			buf_put_byte(&told, ',');
		tell_entry(&row->entries[i], purposes[i]);
	}
	buf_put_text(&told, "}}");
	must(!told.full, "memory");
	must(!ledger_decode(decoder, buf_slice(&told), &again, NULL),
		"a row told again is refused");
	must(same(row, &again), "a row told again");
}

static void
check_row(const struct ledger_row *row)
{
	static const uint8_t name[KEYED_NAME_BYTES] = {3};
	const struct consent_time when = {.event_ms = NOW, .now_ms = NOW};
	uint8_t bytes[LEDGER_ROW_BYTES_MAX];
	struct ledger_row again;
	size_t len = ledger_row_pack(keys, name, row, bytes);

	ledger_row_unpack(keys, name, slice_make(bytes, len), 3, &again);
	must(same(row, &again), "a row from the disk");
	tell_again(row);
	for (size_t i = 0; i < row->count; i++)
		must(ledger_answer(row, i, &when).kind != ANSWER_GRANT ||
				row->entries[i].state == LEDGER_GIVEN ||
				row->entries[i].state == LEDGER_EXPIRED,
			"a grant that nobody gave");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger_row row, again;
	struct lethe_error err = {0};
	enum lethe_status status;
	uint8_t *value;

	if (!decoder)
		start();
	/* memory of its own, so that a step behind the end is seen */
	value = malloc(size ? size : 1);
	must(value != NULL, "memory");
	if (size)
		memcpy(value, data, size);
	status = ledger_decode(decoder, slice_make(value, size), &row, &err);
	must(ledger_decode(decoder, slice_make(value, size), &again, NULL) ==
			status,
		"a second run: status");
	must(same(&row, &again), "a second run: row");
	must(!status || lethe_status_class(status) == LETHE_CLASS_POISON,
		"a status");
	must(!status == (row.kind != LEDGER_ROW_STALE), "a row of a failure");
	must(err.offset <= size, "an offset behind the record");
	if (row.kind == LEDGER_ROW_PRESENT)
		check_row(&row);
	free(value);
	return 0;
}
