#include "consent/ledger/file.h"

struct ledger_write {
	struct ledger *ledger;
	MDB_txn *txn;
	bool failed;
};

enum lethe_status
ledger_write_begin(
	struct ledger *l, struct ledger_write **out, struct lethe_error *err)
{
	struct ledger_write *w = calloc(1, sizeof(*w));
	int code;

	*out = NULL;
	if (!w)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	w->ledger = l;
	code = mdb_txn_begin(l->env, NULL, 0, &w->txn);
	if (code) {
		free(w);
		return ledger_fail(err, code, "write");
	}
	*out = w;
	return LETHE_OK;
}

static enum lethe_status
fail_write(struct ledger_write *w, int code, struct lethe_error *err)
{
	w->failed = true;
	return ledger_fail(err, code, "write");
}

static int
put_row(struct ledger_write *w, MDB_val *k,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row)
{
	uint8_t bytes[LEDGER_ROW_BYTES_MAX];
	MDB_val v = {.mv_data = bytes};

	bug_if(row->count != w->ledger->purposes);
	v.mv_size = ledger_row_pack(w->ledger->keys, subject, row, bytes);
	return mdb_put(w->txn, w->ledger->rows, k, &v, 0);
}

enum lethe_status
ledger_write_put(struct ledger_write *w,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row, struct lethe_error *err)
{
	uint8_t name[KEYED_NAME_BYTES];
	MDB_val k = {sizeof(name), name};
	int code;

	memcpy(name, subject, sizeof(name));
	if (row->kind == LEDGER_ROW_PRESENT) {
		code = put_row(w, &k, subject, row);
	} else {
		bug_if(row->kind != LEDGER_ROW_ABSENT);
		code = mdb_del(w->txn, w->ledger->rows, &k, NULL);
		if (code == MDB_NOTFOUND)
			code = 0;
	}
	return code ? fail_write(w, code, err) : LETHE_OK;
}

enum lethe_status
ledger_write_checkpoint(struct ledger_write *w, uint32_t partition,
	const struct ledger_checkpoint *at, struct lethe_error *err)
{
	struct ledger *l = w->ledger;
	struct ledger_checkpoint before;
	int code;

	if (partition >= l->partitions) {
		w->failed = true;
		return fail(err, LETHE_EUSAGE, 0,
			"the consent ledger has no such partition");
	}
	code = ledger_meta_get_checkpoint(
		w->txn, l->meta, l->keys, partition, &before);
	if (code)
		return fail_write(w, code, err);
	if (at->next < before.next) {
		w->failed = true;
		return fail(err, LETHE_EUSAGE, 0,
			"the consent ledger's offset would go back");
	}
	code = ledger_meta_put_checkpoint(
		w->txn, l->meta, l->keys, partition, at);
	return code ? fail_write(w, code, err) : LETHE_OK;
}

enum lethe_status
ledger_write_commit(struct ledger_write *w, struct lethe_error *err)
{
	MDB_env *env = w->ledger->env;
	bool failed = w->failed;
	int code = 0;

	if (failed)
		mdb_txn_abort(w->txn);
	else
		code = mdb_txn_commit(w->txn);
	free(w);
	/* It is committed; at worst the file is made anew when next opened. */
	if (!failed && !code)
		(void)ledger_lengthen(env);
	if (failed)
		return fail(err, LETHE_EIO, 0,
			"cannot commit to the consent ledger: a change before "
			"it had failed");
	return code ? ledger_fail(err, code, "commit to") : LETHE_OK;
}

void
ledger_write_abort(struct ledger_write *w)
{
	if (!w)
		return;
	mdb_txn_abort(w->txn);
	free(w);
}

enum lethe_status
ledger_spoil(struct ledger *l, struct lethe_error *err)
{
	char key[] = LEDGER_FORM_KEY;
	MDB_val k = {sizeof(key) - 1, key};
	MDB_txn *txn;
	int code = mdb_txn_begin(l->env, NULL, 0, &txn);

	if (code)
		return ledger_fail(err, code, "spoil");
	code = mdb_del(txn, l->meta, &k, NULL);
	if (code && code != MDB_NOTFOUND) {
		mdb_txn_abort(txn);
		return ledger_fail(err, code, "spoil");
	}
	code = mdb_txn_commit(txn);
	return code ? ledger_fail(err, code, "spoil") : LETHE_OK;
}
