#include "consent/ledger/load.h"

#include "consent/ledger/file.h"
#include "consent/ledger/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define COMMIT_ROWS 65536 /* bounds what the store holds in memory */

/* The subject that is being merged. */
struct subject {
	uint8_t head[RUN_HEAD_BYTES];
	bool set;
	bool split;  /* records in two partitions */
	bool stands; /* one of them at least is no tombstone */
	size_t len;
	uint8_t row[LEDGER_ROW_BYTES_MAX];
};

struct ledger_load {
	const struct ledger_form *form;
	struct runs *runs;
	bool done;

	/* while it is written */
	char *path; /* of the new file, beside the one that stands */
	struct ledger_env to;
	MDB_txn *txn;
	MDB_cursor *cursor;
	size_t uncommitted;
	struct subject now;
	struct ledger_loaded loaded;
};

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

enum lethe_status
ledger_load_new(const struct ledger_form *form, size_t memory_bytes,
	struct ledger_load **out, struct lethe_error *err)
{
	size_t memory = memory_bytes ? memory_bytes : LEDGER_LOAD_MEMORY;
	enum lethe_status status;
	struct ledger_load *load;

	*out = NULL;
	if (memory < LEDGER_LOAD_MEMORY_LEAST ||
		memory > LEDGER_LOAD_MEMORY_MOST)
		return fail(err, LETHE_EUSAGE, 0,
			"the memory of a load must be %zu to %zu bytes",
			LEDGER_LOAD_MEMORY_LEAST, LEDGER_LOAD_MEMORY_MOST);
	load = calloc(1, sizeof(*load));
	if (!load)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	load->form = form;
	load->path = path_with(form->path, ".load");
	status = load->path ? runs_new(form->path, memory, &load->runs, err)
			    : fail(err, LETHE_ENOMEM, 0, "out of memory");
	if (status) {
		ledger_load_free(load);
		return status;
	}
	*out = load;
	return LETHE_OK;
}

static void
close_file(struct ledger_load *load)
{
	if (load->cursor)
		mdb_cursor_close(load->cursor);
	load->cursor = NULL;
	if (load->txn)
		mdb_txn_abort(load->txn);
	load->txn = NULL;
	if (load->to.env)
		mdb_env_close(load->to.env);
	load->to.env = NULL;
}

void
ledger_load_free(struct ledger_load *load)
{
	if (!load)
		return;
	close_file(load);
	runs_free(load->runs);
	free(load->path);
	free(load);
}

/* Big-endian, so that bytes sort as the numbers do. */
static void
put_big(uint8_t *out, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
}

enum lethe_status
ledger_load_put(struct ledger_load *load, uint32_t partition, int64_t offset,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row, struct lethe_error *err)
{
	uint8_t head[RUN_HEAD_BYTES], bytes[LEDGER_ROW_BYTES_MAX];
	struct slice packed = {bytes, 0};

	bug_if(load->done);
	if (partition >= load->form->partitions || offset < 0)
		return fail(err, LETHE_EUSAGE, 0,
			"the consent topic has no such partition or offset");
	memcpy(head, subject, KEYED_NAME_BYTES);
	put_big(head + KEYED_NAME_BYTES, partition, 4);
	put_big(head + RUN_PLACE_BYTES, (uint64_t)offset, 8);
	if (row->kind == LEDGER_ROW_PRESENT) {
		bug_if(row->count != load->form->layout->purpose_count);
		packed.len =
			ledger_row_pack(load->form->keys, subject, row, bytes);
	} else {
		bug_if(row->kind != LEDGER_ROW_ABSENT);
	}
	return runs_put(load->runs, head, packed, err);
}

static int
begin_txn(struct ledger_load *load)
{
	int code = mdb_txn_begin(load->to.env, NULL, 0, &load->txn);

	load->uncommitted = 0;
	if (!code)
		code = mdb_dbi_open(
			load->txn, "rows", MDB_CREATE, &load->to.rows);
	if (!code)
		code = mdb_dbi_open(
			load->txn, "meta", MDB_CREATE, &load->to.meta);
	if (!code)
		code = mdb_cursor_open(load->txn, load->to.rows, &load->cursor);
	return code;
}

static int
commit(struct ledger_load *load)
{
	int code;

	mdb_cursor_close(load->cursor);
	load->cursor = NULL;
	code = mdb_txn_commit(load->txn);
	load->txn = NULL;
	return code;
}

/* Nobody else knows the file, and it counts only once it is whole: no locks,
 * and one sync at the end. */
#define LOAD_FLAGS (MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC)

static int
open_file(struct ledger_load *load)
{
	size_t map = load->form->map_bytes;
	int code = mdb_env_create(&load->to.env);

	if (!code && unlink(load->path) && errno != ENOENT)
		return errno;
	if (!code)
		code = mdb_env_set_mapsize(
			load->to.env, map ? map : LEDGER_MAP_BYTES);
	if (!code)
		code = mdb_env_set_maxdbs(load->to.env, 2);
	if (!code)
		code = mdb_env_open(load->to.env, load->path, LOAD_FLAGS, 0600);
	return code ? code : begin_txn(load);
}

static int
append(struct ledger_load *load, struct slice row)
{
	struct subject *s = &load->now;
	MDB_val k = {KEYED_NAME_BYTES, s->head};
	MDB_val v = {row.len, s->row};
	int code = 0;

	if (load->uncommitted == COMMIT_ROWS) {
		code = commit(load);
		if (!code)
			code = begin_txn(load);
	}
	if (!code)
		code = mdb_cursor_put(load->cursor, &k, &v, MDB_APPEND);
	load->uncommitted++;
	load->loaded.rows++;
	return code;
}

/* The subject is whole: what its last record says, if anything. */
static int
end_subject(struct ledger_load *load)
{
	struct subject *s = &load->now;
	struct ledger_row row;

	if (!s->set || !s->stands)
		return 0;
	if (s->split) {
		ledger_row_malformed(load->form->layout->purpose_count, &row);
		s->len = ledger_row_pack(
			load->form->keys, s->head, &row, s->row);
		load->loaded.split++;
	}
	return s->len ? append(load, slice_make(s->row, s->len)) : 0;
}

static void
note(struct subject *s, const struct run_record *record, bool same)
{
	bool moved = same && memcmp(s->head, record->head, RUN_PLACE_BYTES);

	s->split = same && (s->split || moved);
	/* Within a partition a tombstone outdoes what came before it. */
	s->stands = record->row.len || (s->split && s->stands);
	memcpy(s->head, record->head, RUN_HEAD_BYTES);
	s->len = record->row.len;
	if (s->len)
		memcpy(s->row, record->row.ptr, s->len);
	s->set = true;
}

static enum lethe_status
merge(struct ledger_load *load, struct lethe_error *err)
{
	struct run_record record;
	enum lethe_status status;
	int code = 0;

	for (;;) {
		struct subject *s = &load->now;
		bool same;

		status = runs_take(load->runs, &record, err);
		if (status || !record.head)
			break;
		same = s->set &&
		       !memcmp(s->head, record.head, KEYED_NAME_BYTES);
		if (!same)
			code = end_subject(load);
		if (code)
			break;
		note(s, &record, same);
	}
	if (!status && !code)
		code = end_subject(load);
	return code ? ledger_fail(err, code, "load") : status;
}

static int
put_meta(struct ledger_load *load, const struct ledger_checkpoint *at)
{
	const struct ledger_form *form = load->form;
	int code = ledger_meta_put_form(load->txn, load->to.meta, form);

	for (uint32_t p = 0; p < form->partitions && !code; p++)
		code = ledger_meta_put_checkpoint(
			load->txn, load->to.meta, form->keys, p, &at[p]);
	return code;
}

static int
sync_folder(const char *path)
{
	char *folder = strdup(path), *slash = folder ? strrchr(folder, '/') : 0;
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
rename_file(struct ledger_load *load)
{
	char *lock = path_with(load->form->path, "-lock");
	int code = lock ? 0 : ENOMEM;

	if (!code && unlink(lock) && errno != ENOENT)
		code = errno;
	if (!code && rename(load->path, load->form->path))
		code = errno;
	free(lock);
	return code ? code : sync_folder(load->form->path);
}

static int
finish_file(struct ledger_load *load, const struct ledger_checkpoint *at)
{
	int code = put_meta(load, at);

	if (!code)
		code = commit(load);
	if (!code)
		code = mdb_env_sync(load->to.env, 1);
	close_file(load);
	return code ? code : rename_file(load);
}

enum lethe_status
ledger_load_finish(struct ledger_load *load, const struct ledger_checkpoint *at,
	struct ledger_loaded *out, struct lethe_error *err)
{
	enum lethe_status status;
	int code;

	bug_if(load->done);
	load->done = true;
	*out = (struct ledger_loaded){0};
	status = runs_end(load->runs, err);
	if (status)
		return status;
	code = open_file(load);
	if (code)
		return ledger_fail(err, code, "load");
	status = merge(load, err);
	if (status)
		return status;
	code = finish_file(load, at);
	if (code)
		return ledger_fail(err, code, "load");
	*out = load->loaded;
	return LETHE_OK;
}
