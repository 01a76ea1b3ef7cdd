#include "consent/ledger/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum lethe_status
ledger_fail(struct lethe_error *err, int code, const char *verb)
{
	if (code == ENOMEM)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	if (code == MDB_MAP_FULL)
		return fail(err, LETHE_EIO, 0,
			"cannot %s the consent ledger: its file has grown to "
			"the most it may take",
			verb);
	return fail(err, LETHE_EIO, 0, "cannot %s the consent ledger: %s", verb,
		mdb_strerror(code));
}

bool
ledger_is_damage(int code)
{
	switch (code) {
	case MDB_NOTFOUND:
	case MDB_PAGE_NOTFOUND:
	case MDB_CORRUPTED:
	case MDB_VERSION_MISMATCH:
	case MDB_INVALID:
	case MDB_INCOMPATIBLE:
	case MDB_BAD_VALSIZE: return true;
	}
	return false;
}

int
ledger_length(MDB_env *env, uint64_t *should, uint64_t *is)
{
	mdb_filehandle_t fd;
	MDB_envinfo info;
	struct stat file;
	MDB_stat stat;
	int code = mdb_env_info(env, &info);

	*should = *is = 0;
	if (!code)
		code = mdb_env_stat(env, &stat);
	if (!code)
		code = mdb_env_get_fd(env, &fd);
	if (code)
		return code;
	if (fstat(fd, &file))
		return errno;
	*should = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	*is = (uint64_t)file.st_size;
	return 0;
}

int
ledger_lengthen(MDB_env *env)
{
	mdb_filehandle_t fd;
	uint64_t should, is;
	int code = ledger_length(env, &should, &is);

	if (code || is >= should)
		return code;
	code = mdb_env_get_fd(env, &fd);
	if (!code && ftruncate(fd, (off_t)should))
		code = errno;
	return code;
}

int
ledger_meta_put_form(MDB_txn *txn, MDB_dbi meta, const struct ledger_form *f)
{
	uint8_t bytes[LEDGER_FORM_BYTES];
	char key[] = LEDGER_FORM_KEY;
	MDB_val k = {sizeof(key) - 1, key}, v = {sizeof(bytes), bytes};

	ledger_form_put(f, bytes);
	return mdb_put(txn, meta, &k, &v, 0);
}

int
ledger_meta_put_checkpoint(MDB_txn *txn, MDB_dbi meta, const struct keyed *keys,
	uint32_t partition, const struct ledger_checkpoint *at)
{
	uint8_t name[LEDGER_PARTITION_KEY_BYTES];
	uint8_t bytes[LEDGER_CHECKPOINT_BYTES];
	MDB_val k = {sizeof(name), name}, v = {sizeof(bytes), bytes};

	ledger_partition_key(partition, name);
	ledger_checkpoint_put(keys, partition, at, bytes);
	return mdb_put(txn, meta, &k, &v, 0);
}

int
ledger_meta_get_checkpoint(MDB_txn *txn, MDB_dbi meta, const struct keyed *keys,
	uint32_t partition, struct ledger_checkpoint *out)
{
	uint8_t name[LEDGER_PARTITION_KEY_BYTES];
	MDB_val k = {sizeof(name), name}, v;
	int code;

	*out = (struct ledger_checkpoint){0};
	ledger_partition_key(partition, name);
	code = mdb_get(txn, meta, &k, &v);
	if (!code && !ledger_checkpoint_get(keys, partition, &v, out))
		code = MDB_CORRUPTED;
	return code;
}
