#include "consent/ledger/file.h"

struct ledger_snapshot {
	const struct ledger *ledger;
	MDB_txn *txn; /* reset between batches, so that its memory stays */
	bool open;
};

enum lethe_status
ledger_snapshot_new(
	struct ledger *l, struct ledger_snapshot **out, struct lethe_error *err)
{
	struct ledger_snapshot *s = calloc(1, sizeof(*s));
	int code;

	*out = NULL;
	if (!s)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	s->ledger = l;
	code = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &s->txn);
	if (code) {
		free(s);
		return ledger_fail(err, code, "read");
	}
	mdb_txn_reset(s->txn);
	*out = s;
	return LETHE_OK;
}

void
ledger_snapshot_free(struct ledger_snapshot *s)
{
	if (!s)
		return;
	mdb_txn_abort(s->txn);
	free(s);
}

enum lethe_status
ledger_snapshot_begin(struct ledger_snapshot *s, struct lethe_error *err)
{
	int code;

	bug_if(s->open);
	code = mdb_txn_renew(s->txn);
	if (code)
		return ledger_fail(err, code, "read");
	s->open = true;
	return LETHE_OK;
}

void
ledger_snapshot_end(struct ledger_snapshot *s)
{
	if (s->open)
		mdb_txn_reset(s->txn);
	s->open = false;
}

void
ledger_get(const struct ledger *l, MDB_txn *txn,
	const uint8_t subject[static KEYED_NAME_BYTES], struct ledger_row *out)
{
	uint8_t name[KEYED_NAME_BYTES];
	MDB_val k = {sizeof(name), name}, v;
	int code;

	out->count = 0;
	memcpy(name, subject, sizeof(name));
	code = mdb_get(txn, l->rows, &k, &v);
	if (!code)
		ledger_row_unpack(l->keys, subject,
			slice_make(v.mv_data, v.mv_size), l->purposes, out);
	else
		out->kind = code == MDB_NOTFOUND ? LEDGER_ROW_ABSENT
						 : LEDGER_ROW_DAMAGED;
}

void
ledger_lookup(const struct ledger_snapshot *s,
	const uint8_t subject[static KEYED_NAME_BYTES], struct ledger_row *out)
{
	out->kind = LEDGER_ROW_STALE;
	out->count = 0;
	if (s->open)
		ledger_get(s->ledger, s->txn, subject, out);
}

static bool
is_sound(const struct ledger *l, const MDB_val *k, const MDB_val *v,
	const uint8_t before[static KEYED_NAME_BYTES], bool first)
{
	struct ledger_row row;

	if (k->mv_size != KEYED_NAME_BYTES ||
		(!first && memcmp(before, k->mv_data, k->mv_size) >= 0))
		return false;
	ledger_row_unpack(l->keys, k->mv_data,
		slice_make(v->mv_data, v->mv_size), l->purposes, &row);
	return row.kind == LEDGER_ROW_PRESENT;
}

static int
verify_rows(struct ledger *l, MDB_cursor *at, uint64_t *rows, uint64_t *damaged)
{
	uint8_t before[KEYED_NAME_BYTES] = {0};
	MDB_val k, v;
	int code = mdb_cursor_get(at, &k, &v, MDB_FIRST);

	for (; !code; code = mdb_cursor_get(at, &k, &v, MDB_NEXT)) {
		*damaged += !is_sound(l, &k, &v, before, !*rows);
		if (k.mv_size == sizeof(before))
			memcpy(before, k.mv_data, sizeof(before));
		++*rows;
	}
	return code == MDB_NOTFOUND ? 0 : code;
}

enum lethe_status
ledger_verify(struct ledger *l, uint64_t *damaged, struct lethe_error *err)
{
	MDB_cursor *at = NULL;
	MDB_txn *txn;
	MDB_stat stat;
	uint64_t rows = 0;
	int code = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);

	*damaged = 0;
	if (code)
		return ledger_fail(err, code, "verify");
	code = mdb_cursor_open(txn, l->rows, &at);
	if (!code)
		code = verify_rows(l, at, &rows, damaged);
	if (!code)
		code = mdb_stat(txn, l->rows, &stat);
	if (!code && stat.ms_entries != rows)
		code = MDB_CORRUPTED;
	if (at)
		mdb_cursor_close(at);
	mdb_txn_abort(txn);
	return code ? ledger_fail(err, code, "verify") : LETHE_OK;
}
