#include "ledger.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void
put(struct bench *b, struct ledger_load *load, uint32_t partition,
	int64_t offset, unsigned n, const struct ledger_row *row)
{
	uint8_t subject[KEYED_NAME_BYTES];

	subject_of(b, n, subject);
	if (ledger_load_put(load, partition, offset, subject, row, &b->err))
		ck_abort_msg("put: %s", b->err.what);
}

static const struct ledger_row absent = {.kind = LEDGER_ROW_ABSENT, .count = 2};

/* What the file says of a subject, by a snapshot of its own. */
static struct ledger_row
look(struct bench *b, unsigned n)
{
	struct ledger_snapshot *s;
	struct ledger_row row;

	ck_assert_status(ledger_snapshot_new(b->ledger, &s, &b->err), LETHE_OK);
	ck_assert_status(ledger_snapshot_begin(s, &b->err), LETHE_OK);
	row = bench_lookup(b, s, n);
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	return row;
}

static void
is_row(struct bench *b, unsigned n, unsigned of)
{
	struct ledger_row want = row_of(of), got = look(b, n);

	ck_assert(row_equal(&got, &want));
}

static void
is_malformed(struct bench *b, unsigned n)
{
	struct ledger_row want, got = look(b, n);

	ledger_row_malformed(2, &want);
	ck_assert(row_equal(&got, &want));
}

START_TEST(the_highest_offset_of_a_partition_counts_in_any_order)
{
	struct ledger_row rows[4];
	struct ledger_load *load;
	struct ledger_loaded loaded;
	struct bench b;

	for (unsigned i = 0; i < 4; i++)
		rows[i] = row_of(i);
	bench_init(&b);
	load = bench_load(&b, 0);
	put(&b, load, 0, 300, 1, &rows[3]);
	put(&b, load, 0, 100, 1, &rows[1]);
	put(&b, load, 0, 200, 1, &rows[2]);
	put(&b, load, 1, 9, 2, &absent); /* a tombstone takes away */
	put(&b, load, 1, 8, 2, &rows[1]);
	put(&b, load, 1, 256, 3, &rows[2]); /* and what comes after it is */
	put(&b, load, 1, 255, 3, &absent);
	put(&b, load, 3, 0, 4, &absent);
	put(&b, load, 3, 1, 5, &rows[1]); /* one record twice */
	put(&b, load, 3, 1, 5, &rows[1]);
	loaded = bench_finish(&b, load, 1000, NOW);
	ck_assert_uint_eq(loaded.rows, 3);
	ck_assert_uint_eq(loaded.split, 0);
	ck_assert_str_eq(bench_open(&b), "usable");
	is_row(&b, 1, 3);
	is_row(&b, 3, 2);
	is_row(&b, 5, 1);
	ck_assert_int_eq(look(&b, 2).kind, LEDGER_ROW_ABSENT);
	ck_assert_int_eq(look(&b, 4).kind, LEDGER_ROW_ABSENT);
	bench_fini(&b);
}
END_TEST

START_TEST(a_subject_in_two_partitions_is_an_error)
{
	struct ledger_row row = row_of(1), other = row_of(2);
	struct ledger_load *load;
	struct ledger_loaded loaded;
	struct bench b;

	bench_init(&b);
	load = bench_load(&b, 0);
	put(&b, load, 0, 1, 1, &row); /* two rows */
	put(&b, load, 2, 9, 1, &other);
	put(&b, load, 0, 2, 2, &row); /* a row, and a tombstone behind it */
	put(&b, load, 3, 1, 2, &absent);
	put(&b, load, 0, 3, 3, &absent); /* the other way round */
	put(&b, load, 3, 2, 3, &row);
	put(&b, load, 0, 4, 4, &absent); /* nothing on either side */
	put(&b, load, 3, 3, 4, &absent);
	put(&b, load, 0, 5, 5, &row); /* nothing any more */
	put(&b, load, 0, 6, 5, &absent);
	put(&b, load, 3, 4, 5, &absent);
	loaded = bench_finish(&b, load, 1000, NOW);
	ck_assert_uint_eq(loaded.rows, 3);
	ck_assert_uint_eq(loaded.split, 3);
	ck_assert_str_eq(bench_open(&b), "usable");
	for (unsigned n = 1; n <= 3; n++)
		is_malformed(&b, n);
	for (unsigned n = 4; n <= 5; n++)
		ck_assert_int_eq(look(&b, n).kind, LEDGER_ROW_ABSENT);
	bench_fini(&b);
}
END_TEST

/* Its second record of the later partition lies in a run of its own. */
START_TEST(a_subject_in_two_partitions_is_one_over_many_runs)
{
	struct ledger_row row = row_of(1);
	struct ledger_load *load;
	struct bench b;

	bench_init(&b);
	load = bench_load(&b, LEDGER_LOAD_MEMORY_LEAST);
	put(&b, load, 0, 0, 1, &row);
	put(&b, load, 1, 0, 1, &row);
	for (unsigned n = 2; n < 30000; n++)
		put(&b, load, 2, n, n, &row);
	put(&b, load, 1, 1, 1, &row);
	ck_assert_uint_eq(bench_finish(&b, load, 30000, NOW).split, 1);
	ck_assert_str_eq(bench_open(&b), "usable");
	is_malformed(&b, 1);
	bench_fini(&b);
}
END_TEST

/* With the least memory this takes some tens of runs. */
#define MANY 60000
#define TIMES 3

START_TEST(many_runs_give_what_one_gives)
{
	struct ledger_load *load;
	struct ledger_loaded loaded;
	uint64_t damaged;
	struct ledger_row row;
	struct bench b;

	bench_init(&b);
	load = bench_load(&b, LEDGER_LOAD_MEMORY_LEAST);
	for (unsigned i = 0; i < MANY * TIMES; i++) {
		unsigned n = i * 7919u % MANY;

		row = row_of(n + i / MANY);
		put(&b, load, n % PARTITIONS, i, n,
			n % 10 == 3 && i / MANY == TIMES - 1 ? &absent : &row);
	}
	loaded = bench_finish(&b, load, MANY * TIMES, NOW);
	ck_assert_uint_eq(loaded.rows, MANY - MANY / 10);
	ck_assert_str_eq(bench_open(&b), "usable");
	ck_assert_status(ledger_verify(b.ledger, &damaged, &b.err), LETHE_OK);
	ck_assert_uint_eq(damaged, 0);
	for (unsigned n = 0; n < MANY; n += 101) {
		if (n % 10 == 3)
			ck_assert_int_eq(look(&b, n).kind, LEDGER_ROW_ABSENT);
		else
			is_row(&b, n, n + TIMES - 1);
	}
	bench_fini(&b);
}
END_TEST

START_TEST(more_runs_than_the_memory_merges_are_refused)
{
	const struct ledger_checkpoint at[PARTITIONS] = {{.time_ms = NOW}};
	enum lethe_status status = LETHE_OK;
	struct ledger_load *load;
	struct ledger_loaded loaded;
	struct ledger_row row;
	uint8_t subject[KEYED_NAME_BYTES];
	struct bench b;

	bench_init(&b);
	load = bench_load(&b, LEDGER_LOAD_MEMORY_LEAST);
	ledger_row_malformed(2, &row);
	for (unsigned n = 0; n < 3000000 && !status; n++) {
		memcpy(subject, &n, sizeof(n));
		memset(subject + sizeof(n), 0, sizeof(subject) - sizeof(n));
		status = ledger_load_put(load, 0, n, subject, &row, &b.err);
	}
	ck_assert_status(status, LETHE_EIO);
	ck_assert_ptr_nonnull(strstr(b.err.what, "memory"));
	/* and who goes on all the same gets no file that lacks a record */
	ck_assert_status(
		ledger_load_finish(load, at, &loaded, &b.err), LETHE_EIO);
	ledger_load_free(load);
	ck_assert_str_eq(bench_open(&b), "absent");
	bench_fini(&b);
}
END_TEST

static size_t
files_in(const char *folder)
{
	struct dirent *e;
	size_t count = 0;
	DIR *d = opendir(folder);

	while ((e = readdir(d)))
		count += e->d_name[0] != '.';
	closedir(d);
	return count;
}

/* A file with one row that stood before the load. */
static void
stand(struct bench *b)
{
	struct ledger_load *load = bench_load(b, 0);
	struct ledger_row row = row_of(1);

	put(b, load, 0, 0, 1, &row);
	(void)bench_finish(b, load, 1, NOW);
}

START_TEST(a_load_that_is_given_up_leaves_what_stood)
{
	struct ledger_row row = row_of(2);
	struct ledger_load *load;
	struct bench b;

	bench_init(&b);
	stand(&b);
	ck_assert_uint_eq(files_in(b.folder), 1);
	load = bench_load(&b, 0);
	put(&b, load, 0, 5, 1, &row);
	ledger_load_free(load);
	ck_assert_uint_eq(files_in(b.folder), 1);
	ck_assert_str_eq(bench_open(&b), "usable");
	is_row(&b, 1, 1);
	bench_fini(&b);
}
END_TEST

/* What a process left behind that died before it could rename. */
START_TEST(a_half_made_file_is_written_over)
{
	struct ledger_row row = row_of(2);
	struct ledger_load *load;
	char half[128];
	struct bench b;
	FILE *f;

	bench_init(&b);
	stand(&b);
	(void)snprintf(half, sizeof(half), "%s.load", b.path);
	f = fopen(half, "w");
	ck_assert_int_ge(fputs("half of a file", f), 0);
	fclose(f);
	ck_assert_str_eq(bench_open(&b), "usable");
	is_row(&b, 1, 1);
	load = bench_load(&b, 0);
	put(&b, load, 0, 5, 1, &row);
	(void)bench_finish(&b, load, 6, NOW);
	ck_assert_int_eq(access(half, F_OK), -1);
	ck_assert_str_eq(bench_open(&b), "usable");
	is_row(&b, 1, 2);
	bench_fini(&b);
}
END_TEST

/* Loads over and over, so that a kill meets any moment of it. */
static void
load_until_killed(struct bench *b)
{
	for (unsigned round = 1;; round++) {
		struct ledger_load *load = bench_load(b, 1 << 20);
		struct ledger_row row = row_of(round);

		for (unsigned n = 0; n < 500; n++)
			put(b, load, 0, n, n, &row);
		(void)bench_finish(b, load, round, NOW);
	}
}

START_TEST(a_kill_leaves_the_old_file_or_the_new_one)
{
	struct ledger_checkpoint at;
	struct bench b;
	int status;

	bench_init(&b);
	bench_empty(&b);
	for (unsigned i = 0; i < 20; i++) {
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (!child)
			load_until_killed(&b);
		usleep(5000 + i * 3333);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status));
		ck_assert_str_eq(bench_open(&b), "usable");
		ck_assert_status(
			ledger_checkpoint(b.ledger, 0, &at, &b.err), LETHE_OK);
		for (unsigned n = 0; n < 500 && at.next; n++)
			is_row(&b, n, (unsigned)at.next);
		ledger_close(b.ledger);
		b.ledger = NULL;
	}
	bench_fini(&b);
}
END_TEST

START_TEST(lanes_read_the_old_file_until_they_turn_to_the_new)
{
	struct ledger_row row = row_of(2), want = row_of(1), got;
	struct ledger *old;
	struct ledger_snapshot *s;
	struct ledger_load *load;
	struct bench b;

	bench_init(&b);
	stand(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	old = b.ledger;
	b.ledger = NULL;
	ck_assert_status(ledger_snapshot_new(old, &s, &b.err), LETHE_OK);
	load = bench_load(&b, 0);
	put(&b, load, 0, 5, 1, &row);
	(void)bench_finish(&b, load, 6, NOW);
	ck_assert_str_eq(bench_open(&b), "usable");
	is_row(&b, 1, 2);
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	got = bench_lookup(&b, s, 1);
	ck_assert(row_equal(&got, &want));
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	ledger_close(old);
	is_row(&b, 1, 2);
	bench_fini(&b);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	uint8_t subject[KEYED_NAME_BYTES] = {0};
	struct ledger_row row = row_of(1);
	struct ledger_load *load;
	struct bench b;

	bench_init(&b);
	ck_assert_status(ledger_load_new(&b.form, LEDGER_LOAD_MEMORY_LEAST - 1,
				 &load, &b.err),
		LETHE_EUSAGE);
	ck_assert_ptr_null(load);
	ck_assert_status(ledger_load_new(&b.form, LEDGER_LOAD_MEMORY_MOST + 1,
				 &load, &b.err),
		LETHE_EUSAGE);
	load = bench_load(&b, 0);
	ck_assert_status(
		ledger_load_put(load, PARTITIONS, 0, subject, &row, &b.err),
		LETHE_EUSAGE);
	ck_assert_status(ledger_load_put(load, 0, -1, subject, &row, &b.err),
		LETHE_EUSAGE);
	ledger_load_free(load);
	b.form.path = "/nowhere/ledger";
	ck_assert_status(ledger_load_new(&b.form, 0, &load, &b.err), LETHE_EIO);
	b.form.path = b.path;
	bench_fini(&b);
}
END_TEST

SUITE("ledger_load",
	TEST(the_highest_offset_of_a_partition_counts_in_any_order),
	TEST(a_subject_in_two_partitions_is_an_error),
	TEST(a_subject_in_two_partitions_is_one_over_many_runs),
	TEST(many_runs_give_what_one_gives),
	TEST(more_runs_than_the_memory_merges_are_refused),
	TEST(a_load_that_is_given_up_leaves_what_stood),
	TEST(a_half_made_file_is_written_over),
	TEST(a_kill_leaves_the_old_file_or_the_new_one),
	TEST(lanes_read_the_old_file_until_they_turn_to_the_new),
	TEST(what_cannot_be_is_refused))
