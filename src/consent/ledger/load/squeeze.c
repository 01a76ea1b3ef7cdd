#include "consent/ledger/load.h"
#include "consent/ledger/load/fresh.h"

static int
copy_row(const struct ledger *l, struct fresh *to, const MDB_val *k,
	const MDB_val *v)
{
	struct slice bytes = slice_make(v->mv_data, v->mv_size);
	struct ledger_row row;

	if (k->mv_size != KEYED_NAME_BYTES)
		return MDB_CORRUPTED;
	ledger_row_unpack(l->keys, k->mv_data, bytes, l->purposes, &row);
	if (row.kind != LEDGER_ROW_PRESENT)
		return MDB_CORRUPTED;
	return fresh_append(to, k->mv_data, bytes);
}

static int
copy_rows(const struct ledger *l, MDB_txn *txn, struct fresh *to)
{
	uint64_t rows = 0;
	MDB_cursor *from;
	MDB_stat stat;
	MDB_val k, v;
	int code = mdb_stat(txn, l->rows, &stat);

	if (!code)
		code = mdb_cursor_open(txn, l->rows, &from);
	if (code)
		return code;
	while (!code) {
		code = mdb_cursor_get(from, &k, &v, MDB_NEXT);
		if (!code) {
			code = copy_row(l, to, &k, &v);
			rows++;
		}
	}
	mdb_cursor_close(from);
	if (code != MDB_NOTFOUND)
		return code;
	return rows == stat.ms_entries ? 0 : MDB_CORRUPTED;
}

static int
copy_checkpoints(const struct ledger *l, MDB_txn *txn, struct fresh *to)
{
	struct ledger_checkpoint at;
	int code = 0;

	for (uint32_t p = 0; p < l->partitions && !code; p++) {
		code = ledger_meta_get_checkpoint(
			txn, l->meta, l->keys, p, &at);
		if (!code)
			code = fresh_checkpoint(to, p, &at);
	}
	return code;
}

enum lethe_status
ledger_squeeze(struct ledger *l, const struct ledger_form *form,
	struct lethe_error *err)
{
	struct fresh to = {0};
	MDB_txn *txn;
	int code = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);

	if (code)
		return ledger_fail(err, code, "squeeze");
	code = fresh_open(&to, form);
	if (!code)
		code = copy_rows(l, txn, &to);
	if (!code)
		code = copy_checkpoints(l, txn, &to);
	if (!code)
		code = fresh_finish(&to);
	fresh_close(&to);
	mdb_txn_abort(txn);
	return code ? ledger_fail(err, code, "squeeze") : LETHE_OK;
}
