#include "kafka/ledger/self.h"

#include <stdlib.h>

struct keeper_reader {
	struct keeper *k;
	struct ledger_snapshot *snapshot; /* NULL until it is first needed */
	bool open;
	int64_t fresh_ms; /* of the snapshot */
	bool failed;
	struct book book;
};

/* A row that is damaged ends the process; one that is stale is a bug of the
 * caller: neither may be taken for what a person said. */
static void
lookup(void *ctx, const uint8_t subject[static KEYED_NAME_BYTES],
	struct ledger_row *out)
{
	struct keeper_reader *r = ctx;

	*out = (struct ledger_row){.kind = LEDGER_ROW_STALE};
	if (r->open)
		ledger_lookup(r->snapshot, subject, out);
	if (out->kind == LEDGER_ROW_DAMAGED)
		atomic_store(&r->k->damaged, true);
	if (out->kind == LEDGER_ROW_DAMAGED || out->kind == LEDGER_ROW_STALE)
		r->failed = true;
}

enum lethe_status
keeper_reader_new(
	struct keeper *k, struct keeper_reader **out, struct lethe_error *err)
{
	struct keeper_reader *r = calloc(1, sizeof(*r));

	*out = r;
	if (!r)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ledger");
	r->k = k;
	r->book = (struct book){k->keys, lookup, r};
	return LETHE_OK;
}

void
keeper_reader_free(struct keeper_reader *r)
{
	if (!r)
		return;
	keeper_reader_rest(r);
	ledger_snapshot_free(r->snapshot);
	free(r);
}

static bool
covers(const struct keeper_reader *r, int64_t fresh_ms, int64_t now_ms)
{
	return fresh_ms && now_ms - fresh_ms <= r->k->ledger->max_staleness_ms;
}

static int64_t
published(const struct keeper_reader *r)
{
	/* What was in the file before is in a snapshot taken after. */
	return atomic_load_explicit(&r->k->fresh_ms, memory_order_acquire);
}

bool
keeper_reader_may(const struct keeper_reader *r, int64_t now_ms)
{
	return keeper_is_heard(r->k) &&
	       ((r->open && covers(r, r->fresh_ms, now_ms)) ||
		       covers(r, published(r), now_ms));
}

static bool
take_snapshot(struct keeper_reader *r)
{
	struct lethe_error err;

	if (!r->snapshot && ledger_snapshot_new(r->k->file, &r->snapshot, &err))
		return false;
	return !ledger_snapshot_begin(r->snapshot, &err);
}

bool
keeper_reader_ready(struct keeper_reader *r, int64_t now_ms)
{
	int64_t fresh;

	if (!keeper_is_heard(r->k))
		return false;
	if (r->open && covers(r, r->fresh_ms, now_ms))
		return true;
	fresh = published(r);
	if (!covers(r, fresh, now_ms))
		return false;
	keeper_reader_rest(r);
	r->open = take_snapshot(r);
	if (!r->open)
		atomic_store(&r->k->broken, true);
	r->fresh_ms = fresh;
	return r->open;
}

void
keeper_reader_rest(struct keeper_reader *r)
{
	if (!r->open)
		return;
	ledger_snapshot_end(r->snapshot);
	r->open = false;
}

bool
keeper_reader_failed(const struct keeper_reader *r)
{
	return r->failed;
}

const struct book *
keeper_reader_book(const struct keeper_reader *r)
{
	return &r->book;
}
