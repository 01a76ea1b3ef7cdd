#include "consent/ledger/file.h"

#include <errno.h>
#include <sys/stat.h>

struct verdict_row {
	const char *name;
	const char *text;
};

static const struct verdict_row verdicts[] = {
#define X(code, name, text) [LEDGER_IS_##code] = {name, text},
	LEDGER_VERDICT_MAP(X)
#undef X
};

const char *
ledger_verdict_name(enum ledger_verdict v)
{
	bug_if((unsigned)v >= LEDGER_VERDICT_COUNT);
	return verdicts[v].name;
}

const char *
ledger_verdict_text(enum ledger_verdict v)
{
	bug_if((unsigned)v >= LEDGER_VERDICT_COUNT);
	return verdicts[v].text;
}

void
ledger_subject_of(const struct keyed *keys, struct slice class,
	struct slice identifier, uint8_t out[static KEYED_NAME_BYTES])
{
	const struct slice key[] = {class, slice_of(":"), identifier};

	bug_if(!class.len || !identifier.len);
	keyed_name_of(keys, key, 3, out);
}

const char *
ledger_library(void)
{
	static char text[48];
	int major, minor, patch;

	(void)mdb_version(&major, &minor, &patch);
	(void)snprintf(
		text, sizeof(text), "LMDB %d.%d.%d", major, minor, patch);
	return text;
}

static enum ledger_verdict
judge_checkpoint(const struct ledger_checkpoint *at,
	const struct ledger_topic *topic, uint32_t partition)
{
	if (at->next > topic->end[partition])
		return LEDGER_IS_BEYOND;
	if (at->next < topic->first[partition])
		return LEDGER_IS_GONE;
	if (at->time_ms > topic->now_ms + LEDGER_CLOCK_SKEW_MS)
		return LEDGER_IS_CLOCK;
	if (at->time_ms <= topic->now_ms - topic->tombstones_ms)
		return LEDGER_IS_OLD;
	return LEDGER_IS_USABLE;
}

/* Pages that the file should have and has not would end the process. */
static int
check_length(MDB_env *env)
{
	uint64_t should, is;
	int code = ledger_length(env, &should, &is);

	return !code && is < should ? MDB_CORRUPTED : code;
}

static int
judge(const struct ledger *l, MDB_txn *txn, const struct ledger_form *form,
	const struct ledger_topic *topic, enum ledger_verdict *verdict)
{
	char key[] = LEDGER_FORM_KEY;
	MDB_val k = {sizeof(key) - 1, key}, v;
	struct ledger_checkpoint at;
	int code = mdb_get(txn, l->meta, &k, &v);

	if (code)
		return code;
	*verdict = ledger_form_judge(form, &v);
	for (uint32_t p = 0;
		p < form->partitions && *verdict == LEDGER_IS_USABLE; p++) {
		code = ledger_meta_get_checkpoint(
			txn, l->meta, form->keys, p, &at);
		if (code)
			return code;
		*verdict = judge_checkpoint(&at, topic, p);
	}
	return 0;
}

static int
open_tables(struct ledger *l, const struct ledger_form *form,
	const struct ledger_topic *topic, enum ledger_verdict *verdict)
{
	MDB_txn *txn;
	int dead, code = mdb_reader_check(l->env, &dead);

	if (!code)
		code = check_length(l->env);
	if (!code)
		code = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);
	if (code)
		return code;
	code = mdb_dbi_open(txn, "rows", 0, &l->rows);
	if (!code)
		code = mdb_dbi_open(txn, "meta", 0, &l->meta);
	if (!code)
		code = judge(l, txn, form, topic, verdict);
	if (code) {
		mdb_txn_abort(txn);
		return code;
	}
	return mdb_txn_commit(txn); /* keeps the handles */
}

/*
 * A commit that a power cut takes away takes its rows and its offset away
 * together: the topic gives them again (NOMETASYNC).
 */
#define OPEN_FLAGS (MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD | MDB_NOMETASYNC)

/* Lanes, and who measures. */
#define READERS_MAX 300

static int
open_env(struct ledger *l, const struct ledger_form *form)
{
	size_t map = form->map_bytes ? form->map_bytes : LEDGER_MAP_BYTES;
	int code = mdb_env_create(&l->env);

	if (!code)
		code = mdb_env_set_mapsize(l->env, map);
	if (!code)
		code = mdb_env_set_maxdbs(l->env, 2);
	if (!code)
		code = mdb_env_set_maxreaders(l->env, READERS_MAX);
	if (!code)
		code = mdb_env_open(l->env, form->path, OPEN_FLAGS, 0600);
	return code;
}

enum lethe_status
ledger_open(const struct ledger_form *form, const struct ledger_topic *topic,
	struct ledger **out, enum ledger_verdict *verdict,
	struct lethe_error *err)
{
	struct ledger *l;
	struct stat file;
	int code;

	*out = NULL;
	*verdict = LEDGER_IS_ABSENT;
	if (stat(form->path, &file))
		return errno == ENOENT ? LETHE_OK
				       : ledger_fail(err, errno, "open");
	*verdict = LEDGER_IS_DAMAGED;
	if (!S_ISREG(file.st_mode))
		return fail(err, LETHE_EIO, 0,
			"the consent ledger's path is no file");
	l = calloc(1, sizeof(*l));
	if (!l)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	l->keys = form->keys;
	l->purposes = form->layout->purpose_count;
	l->partitions = form->partitions;
	code = open_env(l, form);
	if (!code)
		code = open_tables(l, form, topic, verdict);
	if (!code && *verdict == LEDGER_IS_USABLE) {
		*out = l;
		return LETHE_OK;
	}
	ledger_close(l);
	if (!code)
		return LETHE_OK;
	*verdict = LEDGER_IS_DAMAGED;
	return ledger_is_damage(code) ? LETHE_OK
				      : ledger_fail(err, code, "open");
}

void
ledger_close(struct ledger *l)
{
	if (!l)
		return;
	if (l->env)
		mdb_env_close(l->env);
	free(l);
}

enum lethe_status
ledger_checkpoint(struct ledger *l, uint32_t partition,
	struct ledger_checkpoint *out, struct lethe_error *err)
{
	MDB_txn *txn;
	int code;

	*out = (struct ledger_checkpoint){0};
	if (partition >= l->partitions)
		return fail(err, LETHE_EUSAGE, 0,
			"the consent ledger has no such partition");
	code = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);
	if (code)
		return ledger_fail(err, code, "read");
	code = ledger_meta_get_checkpoint(
		txn, l->meta, l->keys, partition, out);
	mdb_txn_abort(txn);
	return code ? ledger_fail(err, code, "read") : LETHE_OK;
}

enum lethe_status
ledger_size(struct ledger *l, struct ledger_size *out, struct lethe_error *err)
{
	uint64_t should, is = 0;
	MDB_stat stat;
	MDB_txn *txn;
	int code;

	*out = (struct ledger_size){0};
	code = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);
	if (code)
		return ledger_fail(err, code, "measure");
	code = mdb_stat(txn, l->rows, &stat);
	mdb_txn_abort(txn);
	if (!code)
		code = ledger_length(l->env, &should, &is);
	if (code)
		return ledger_fail(err, code, "measure");
	*out = (struct ledger_size){stat.ms_entries, is};
	return LETHE_OK;
}
