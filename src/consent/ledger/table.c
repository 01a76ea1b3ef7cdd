#include "consent/ledger/table.h"

#include "base/buf.h"
#include "crypto/secret.h"

#include <stdlib.h>

/* A row as it would lie on disk; len 0: nothing is known of the subject. */
struct cell {
	uint8_t name[KEYED_NAME_BYTES];
	bool used;
	size_t at, len;
};

struct ledger_table {
	struct book book;
	struct keyed *keys;
	size_t purposes;
	struct cell *cells; /* open addressing; cap is a power of two */
	size_t cap, count;
	struct buf rows; /* a row that was replaced stays, unused */
};

#define CELLS_FIRST 64

/* Its cell, or the free one where it would be.  Names are hashes. */
static struct cell *
find_cell(struct cell *cells, size_t cap, const uint8_t *name)
{
	uint64_t hash;
	size_t i;

	memcpy(&hash, name, sizeof(hash));
	for (i = hash & (cap - 1); cells[i].used; i = (i + 1) & (cap - 1))
		if (!memcmp(cells[i].name, name, KEYED_NAME_BYTES))
			break;
	return &cells[i];
}

static void
lookup(void *ctx, const uint8_t subject[static KEYED_NAME_BYTES],
	struct ledger_row *out)
{
	const struct ledger_table *t = ctx;
	const struct cell *c = find_cell(t->cells, t->cap, subject);

	out->kind = LEDGER_ROW_ABSENT;
	out->count = t->purposes;
	if (c->used && c->len)
		ledger_row_unpack(t->keys, c->name,
			slice_make(t->rows.ptr + c->at, c->len), t->purposes,
			out);
}

static bool
grow(struct ledger_table *t)
{
	size_t cap = t->cap ? 2 * t->cap : CELLS_FIRST;
	struct cell *cells;

	if (t->count + 1 <= t->cap / 2)
		return true;
	cells = calloc(cap, sizeof(*cells));
	if (!cells)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->cells[i].used)
			*find_cell(cells, cap, t->cells[i].name) = t->cells[i];
	free(t->cells);
	t->cells = cells;
	t->cap = cap;
	return true;
}

enum lethe_status
ledger_table_put(struct ledger_table *t, struct slice key,
	const struct ledger_row *row, struct lethe_error *err)
{
	uint8_t name[KEYED_NAME_BYTES], bytes[LEDGER_ROW_BYTES_MAX];
	struct cell *c;
	size_t len = 0;

	if (!grow(t))
		return fail(err, LETHE_ENOMEM, 0, "a ledger in memory");
	keyed_name(t->keys, key, name);
	if (row->kind == LEDGER_ROW_PRESENT)
		len = ledger_row_pack(t->keys, name, row, bytes);
	c = find_cell(t->cells, t->cap, name);
	t->count += !c->used;
	memcpy(c->name, name, sizeof(name));
	c->used = true;
	c->at = t->rows.len;
	c->len = len;
	buf_put(&t->rows, bytes, len);
	return t->rows.full ? fail(err, LETHE_ENOMEM, 0, "a ledger in memory")
			    : LETHE_OK;
}

const struct book *
ledger_table_book(const struct ledger_table *t)
{
	return &t->book;
}

enum lethe_status
ledger_table_new(
	size_t count, struct ledger_table **out, struct lethe_error *err)
{
	struct ledger_table *t = calloc(1, sizeof(*t));
	uint8_t key[KEYED_KEY_BYTES];
	enum lethe_status status;

	*out = NULL;
	if (!t || !grow(t)) {
		free(t);
		return fail(err, LETHE_ENOMEM, 0, "a ledger in memory");
	}
	buf_init(&t->rows, 0);
	t->purposes = count;
	random_bytes(key, sizeof(key));
	status = keyed_new(key, &t->keys, err);
	explicit_bzero(key, sizeof(key));
	if (status) {
		ledger_table_free(t);
		return status;
	}
	t->book = (struct book){.keys = t->keys, .lookup = lookup, .ctx = t};
	*out = t;
	return LETHE_OK;
}

void
ledger_table_free(struct ledger_table *t)
{
	if (!t)
		return;
	keyed_free(t->keys);
	buf_fini(&t->rows);
	free(t->cells);
	free(t);
}
