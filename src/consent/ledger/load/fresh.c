#include "consent/ledger/load/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define COMMIT_ROWS 65536 /* bounds what the store holds in memory */

/* Nobody else knows the file, and it counts only once it is whole: no locks,
 * and one sync at the end. */
#define FLAGS (MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC)

static char *
path_with(const char *path, const char *end)
{
	size_t len = strlen(path), more = strlen(end) + 1;
	char *out = malloc(len + more);

	if (out) {
		memcpy(out, path, len);
		memcpy(out + len, end, more);
	}
	return out;
}

static int
begin(struct fresh *f)
{
	int code = mdb_txn_begin(f->env, NULL, 0, &f->txn);

	f->uncommitted = 0;
	if (!code)
		code = mdb_dbi_open(f->txn, "rows", MDB_CREATE, &f->rows);
	if (!code)
		code = mdb_dbi_open(f->txn, "meta", MDB_CREATE, &f->meta);
	if (!code)
		code = mdb_cursor_open(f->txn, f->rows, &f->cursor);
	return code;
}

static int
commit(struct fresh *f)
{
	int code;

	mdb_cursor_close(f->cursor);
	f->cursor = NULL;
	code = mdb_txn_commit(f->txn);
	f->txn = NULL;
	return code;
}

int
fresh_open(struct fresh *f, const struct ledger_form *form)
{
	size_t map = form->map_bytes ? form->map_bytes : LEDGER_MAP_BYTES;
	int code;

	*f = (struct fresh){
		.form = form, .path = path_with(form->path, ".load")};
	if (!f->path)
		return ENOMEM;
	if (unlink(f->path) && errno != ENOENT)
		return errno;
	code = mdb_env_create(&f->env);
	if (!code)
		code = mdb_env_set_mapsize(f->env, map);
	if (!code)
		code = mdb_env_set_maxdbs(f->env, 2);
	if (!code) {
		f->made = true;
		code = mdb_env_open(f->env, f->path, FLAGS, 0600);
	}
	return code ? code : begin(f);
}

int
fresh_append(struct fresh *f, const uint8_t name[static KEYED_NAME_BYTES],
	struct slice row)
{
	uint8_t key[KEYED_NAME_BYTES], bytes[LEDGER_ROW_BYTES_MAX];
	MDB_val k = {sizeof(key), key}, v = {row.len, bytes};
	int code = 0;

	/* LMDB's values are not const. */
	memcpy(key, name, sizeof(key));
	memcpy(bytes, row.ptr, row.len);
	if (f->uncommitted == COMMIT_ROWS) {
		code = commit(f);
		if (!code)
			code = begin(f);
	}
	f->uncommitted++;
	return code ? code : mdb_cursor_put(f->cursor, &k, &v, MDB_APPEND);
}

int
fresh_checkpoint(
	struct fresh *f, uint32_t partition, const struct ledger_checkpoint *at)
{
	return ledger_meta_put_checkpoint(
		f->txn, f->meta, f->form->keys, partition, at);
}

static int
sync_folder(const char *path)
{
	char *folder = path_with(path, "");
	char *slash = folder ? strrchr(folder, '/') : NULL;
	int fd, code = 0;

	if (!folder)
		return ENOMEM;
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		code = errno;
	if (fd >= 0)
		close(fd);
	free(folder);
	return code;
}

/*
 * A lock file tells of readers of the file that is there; those keep it open.
 * The new file must not find it.
 */
static int
take_place(struct fresh *f)
{
	char *lock = path_with(f->form->path, "-lock");
	int code = lock ? 0 : ENOMEM;

	if (!code && unlink(lock) && errno != ENOENT)
		code = errno;
	if (!code && rename(f->path, f->form->path))
		code = errno;
	free(lock);
	f->made = f->made && code;
	return code ? code : sync_folder(f->form->path);
}

static void
close_env(struct fresh *f)
{
	if (f->cursor)
		mdb_cursor_close(f->cursor);
	f->cursor = NULL;
	if (f->txn)
		mdb_txn_abort(f->txn);
	f->txn = NULL;
	if (f->env)
		mdb_env_close(f->env);
	f->env = NULL;
}

int
fresh_finish(struct fresh *f)
{
	int code = ledger_meta_put_form(f->txn, f->meta, f->form);

	if (!code)
		code = commit(f);
	if (!code)
		code = ledger_lengthen(f->env);
	if (!code)
		code = mdb_env_sync(f->env, 1);
	close_env(f);
	return code ? code : take_place(f);
}

void
fresh_close(struct fresh *f)
{
	close_env(f);
	if (f->made)
		(void)unlink(f->path);
	free(f->path);
	f->path = NULL;
}
