#ifndef UNIT_LEDGER_H
#define UNIT_LEDGER_H

/* A ledger in a folder of its own, for tests. */

#include "suite.h"

#include "consent/ledger/load.h"
#include "crypto/secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1777890000000) /* 2026-05-04T10:20:00Z */
#define DAY INT64_C(86400000)
#define PARTITIONS 4

static const struct slice two_purposes[] = {
	{(const uint8_t *)"personalisation", 15},
	{(const uint8_t *)"analytics", 9},
};
static const struct slice some_notices[] = {
	{(const uint8_t *)"banner-7", 8},
	{(const uint8_t *)"banner-8", 8},
};
static const struct ledger_layout two = {
	.purposes = two_purposes,
	.purpose_count = 2,
	.notices = some_notices,
	.notice_count = 2,
};

struct bench {
	char folder[64];
	char path[96];
	uint8_t topic_id[LEDGER_TOPIC_ID_BYTES];
	struct keyed *keys;
	struct ledger_form form;
	int64_t first[PARTITIONS], end[PARTITIONS];
	struct ledger_topic topic;
	struct ledger *ledger;
	struct lethe_error err;
};

static inline void
bench_remove(const char *folder)
{
	char path[1024];
	struct dirent *e;
	DIR *d = opendir(folder);

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	(void)rmdir(folder);
}

#define FOLDERS "lethe-ledger-"

/*
 * A test that fails or is killed leaves its folder: the program removes its
 * own when it ends, and those of programs that are no more when it begins.
 */
static pid_t program;

static inline void
sweep(bool own)
{
	DIR *d = opendir("/tmp");
	char path[512];
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t of;

		if (strncmp(e->d_name, FOLDERS, sizeof(FOLDERS) - 1) != 0)
			continue;
		of = (pid_t)strtol(e->d_name + sizeof(FOLDERS) - 1, NULL, 10);
		(void)snprintf(path, sizeof(path), "/tmp/%s", e->d_name);
		if (own ? of == program : of > 0 && kill(of, 0))
			bench_remove(path);
	}
	if (d)
		closedir(d);
}

__attribute__((constructor)) static void
begin_program(void)
{
	program = getpid();
	sweep(false);
}

__attribute__((destructor)) static void
end_program(void)
{
	if (getpid() == program)
		sweep(true);
}

static inline void
bench_init(struct bench *b)
{
	static const uint8_t key[KEYED_KEY_BYTES] = {1, 2, 3};

	*b = (struct bench){.topic_id = {7, 7, 7}};
	(void)snprintf(b->folder, sizeof(b->folder),
		"/tmp/" FOLDERS "%ld-XXXXXX", (long)program);
	ck_assert_status(crypto_start(&b->err), LETHE_OK);
	ck_assert_ptr_nonnull(mkdtemp(b->folder));
	(void)snprintf(b->path, sizeof(b->path), "%s/ledger", b->folder);
	ck_assert_status(keyed_new(key, &b->keys, &b->err), LETHE_OK);
	b->form = (struct ledger_form){.path = b->path,
		.keys = b->keys,
		.layout = &two,
		.ring_id = "0123456789abcdef0123456789abcdef",
		.topic_id = b->topic_id,
		.partitions = PARTITIONS,
		.map_bytes = (size_t)1 << 30};
	for (size_t i = 0; i < PARTITIONS; i++)
		b->end[i] = 1000000;
	b->topic = (struct ledger_topic){b->first, b->end, NOW, 7 * DAY};
}

static inline void
bench_fini(struct bench *b)
{
	ledger_close(b->ledger);
	keyed_free(b->keys);
	bench_remove(b->folder);
}

/* Opens the file and says what was found. */
static inline const char *
bench_open(struct bench *b)
{
	enum ledger_verdict verdict;

	ledger_close(b->ledger);
	if (ledger_open(&b->form, &b->topic, &b->ledger, &verdict, &b->err))
		ck_abort_msg("open: %s", b->err.what);
	ck_assert(!b->ledger == (verdict != LEDGER_IS_USABLE));
	return ledger_verdict_name(verdict);
}

/* Finishes a load whose partitions were all read to `next` at `time`. */
static inline struct ledger_loaded
bench_finish(struct bench *b, struct ledger_load *load, int64_t next,
	int64_t time_ms)
{
	struct ledger_checkpoint at[PARTITIONS];
	struct ledger_loaded loaded;

	for (size_t i = 0; i < PARTITIONS; i++)
		at[i] = (struct ledger_checkpoint){
			.next = next, .time_ms = time_ms};
	if (ledger_load_finish(load, at, &loaded, &b->err))
		ck_abort_msg("finish: %s", b->err.what);
	ledger_load_free(load);
	return loaded;
}

static inline struct ledger_load *
bench_load(struct bench *b, size_t memory)
{
	struct ledger_load *load;

	if (ledger_load_new(&b->form, memory, &load, &b->err))
		ck_abort_msg("load: %s", b->err.what);
	return load;
}

/* A file without a row. */
static inline void
bench_empty(struct bench *b)
{
	(void)bench_finish(b, bench_load(b, 0), 0, NOW);
}

static inline void
subject_of(
	const struct bench *b, unsigned n, uint8_t out[static KEYED_NAME_BYTES])
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%u", n);
	ledger_subject_of(b->keys, slice_of("user"), slice_of(id), out);
}

/* A row of two purposes that `n` alone makes; different for different n. */
static inline struct ledger_row
row_of(unsigned n)
{
	struct ledger_row row = {.kind = LEDGER_ROW_PRESENT, .count = 2};

	row.entries[0] = (struct ledger_entry){.state = LEDGER_GIVEN,
		.has_at = true,
		.has_until = n % 2,
		.notice = (uint8_t)(n % 3),
		.at_ms = NOW - (int64_t)n * 17000,
		.since_ms = NOW - (int64_t)n * (n % 5 ? 17000 : 31000),
		.until_ms = n % 2 ? NOW + 365 * DAY : 0};
	row.entries[1] = (struct ledger_entry){
		.state = n % 7 ? LEDGER_WITHDRAWN : LEDGER_REFUSED,
		.has_at = true,
		.at_ms = NOW - (int64_t)n * 7000};
	return row;
}

static inline bool
entry_equal(const struct ledger_entry *a, const struct ledger_entry *b)
{
	return a->state == b->state && a->has_at == b->has_at &&
	       a->has_until == b->has_until && a->notice == b->notice &&
	       a->at_ms == b->at_ms && a->since_ms == b->since_ms &&
	       a->until_ms == b->until_ms;
}

static inline bool
row_equal(const struct ledger_row *a, const struct ledger_row *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind != LEDGER_ROW_PRESENT)
		return true;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!entry_equal(&a->entries[i], &b->entries[i]))
			return false;
	return true;
}

static inline void
bench_put(struct bench *b, struct ledger_write *w, unsigned n,
	const struct ledger_row *row)
{
	uint8_t subject[KEYED_NAME_BYTES];

	subject_of(b, n, subject);
	ck_assert_status(ledger_write_put(w, subject, row, &b->err), LETHE_OK);
}

static inline struct ledger_row
bench_lookup(struct bench *b, const struct ledger_snapshot *s, unsigned n)
{
	uint8_t subject[KEYED_NAME_BYTES];
	struct ledger_row row;

	subject_of(b, n, subject);
	ledger_lookup(s, subject, &row);
	return row;
}

static inline void
overwrite(const char *path, off_t at, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

/* Where a row's bytes lie in the file: they are found by its check. */
static inline off_t
find_bytes(const char *path, const uint8_t *bytes, size_t len)
{
	FILE *f = fopen(path, "r");
	off_t at = -1;
	uint8_t *all;
	long size;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	rewind(f);
	all = malloc((size_t)size);
	ck_assert_uint_eq(fread(all, 1, (size_t)size, f), (size_t)size);
	for (long i = 0; i + (long)len <= size; i++)
		if (!memcmp(all + i, bytes, len))
			at = i;
	free(all);
	fclose(f);
	return at;
}

#endif
