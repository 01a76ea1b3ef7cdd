#include "ledger.h"

#include "consent/ledger/file.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static void
commit(struct bench *b, struct ledger_write *w)
{
	ck_assert_status(ledger_write_commit(w, &b->err), LETHE_OK);
}

static struct ledger_write *
begin(struct bench *b)
{
	struct ledger_write *w;

	ck_assert_status(ledger_write_begin(b->ledger, &w, &b->err), LETHE_OK);
	return w;
}

static struct ledger_snapshot *
snapshot(struct bench *b)
{
	struct ledger_snapshot *s;

	ck_assert_status(ledger_snapshot_new(b->ledger, &s, &b->err), LETHE_OK);
	return s;
}

static void
expect(struct bench *b, struct ledger_snapshot *s, unsigned n,
	const struct ledger_row *want)
{
	struct ledger_row got = bench_lookup(b, s, n);

	ck_assert(row_equal(&got, want));
}

static const struct ledger_row absent = {.kind = LEDGER_ROW_ABSENT, .count = 2};

START_TEST(what_is_written_is_found_and_lasts)
{
	struct ledger_snapshot *s;
	struct ledger_checkpoint at;
	struct ledger_write *w;
	struct ledger_row row;
	uint64_t damaged;
	struct bench b;

	bench_init(&b);
	bench_empty(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	w = begin(&b);
	for (unsigned n = 0; n < 3000; n++) {
		row = row_of(n);
		bench_put(&b, w, n, &row);
	}
	for (unsigned n = 0; n < 3000; n += 3)
		bench_put(&b, w, n, &absent);
	bench_put(&b, w, 77777, &absent);
	at = (struct ledger_checkpoint){.next = 3000, .time_ms = NOW};
	ck_assert_status(ledger_write_checkpoint(w, 1, &at, &b.err), LETHE_OK);
	commit(&b, w);
	ck_assert_str_eq(bench_open(&b), "usable");
	s = snapshot(&b);
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	for (unsigned n = 0; n < 3001; n++) {
		row = row_of(n);
		expect(&b, s, n, n % 3 && n < 3000 ? &row : &absent);
	}
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	ck_assert_status(ledger_checkpoint(b.ledger, 1, &at, &b.err), LETHE_OK);
	ck_assert_int_eq(at.next, 3000);
	ck_assert_status(ledger_checkpoint(b.ledger, 0, &at, &b.err), LETHE_OK);
	ck_assert_int_eq(at.next, 0);
	ck_assert_status(ledger_verify(b.ledger, &damaged, &b.err), LETHE_OK);
	ck_assert_uint_eq(damaged, 0);
	bench_fini(&b);
}
END_TEST

START_TEST(rows_and_offset_change_together_or_not_at_all)
{
	const struct ledger_checkpoint at = {.next = 5, .time_ms = NOW},
				       back = {.next = 4, .time_ms = NOW};
	struct ledger_row row = row_of(1);
	struct ledger_checkpoint got;
	struct ledger_snapshot *s;
	struct ledger_write *w;
	struct bench b;

	bench_init(&b);
	bench_empty(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	w = begin(&b);
	bench_put(&b, w, 1, &row);
	ck_assert_status(ledger_write_checkpoint(w, 0, &at, &b.err), LETHE_OK);
	ledger_write_abort(w);
	ck_assert_status(
		ledger_checkpoint(b.ledger, 0, &got, &b.err), LETHE_OK);
	ck_assert_int_eq(got.next, 0);
	w = begin(&b);
	ck_assert_status(ledger_write_checkpoint(w, 0, &at, &b.err), LETHE_OK);
	commit(&b, w);
	/* an offset that goes back takes its rows with it */
	w = begin(&b);
	bench_put(&b, w, 1, &row);
	ck_assert_status(
		ledger_write_checkpoint(w, 0, &back, &b.err), LETHE_EUSAGE);
	ck_assert_status(ledger_write_commit(w, &b.err), LETHE_EIO);
	w = begin(&b);
	bench_put(&b, w, 1, &row);
	ck_assert_status(ledger_write_checkpoint(w, PARTITIONS, &at, &b.err),
		LETHE_EUSAGE);
	ck_assert_status(ledger_write_commit(w, &b.err), LETHE_EIO);
	s = snapshot(&b);
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	expect(&b, s, 1, &absent);
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	bench_fini(&b);
}
END_TEST

START_TEST(a_snapshot_sees_one_state)
{
	struct ledger_row row = row_of(1), other = row_of(2);
	struct ledger_snapshot *s, *late;
	struct ledger_write *w;
	struct ledger_row got;
	struct bench b;

	bench_init(&b);
	bench_empty(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	s = snapshot(&b);
	late = snapshot(&b);
	got = bench_lookup(&b, s, 1);
	ck_assert_int_eq(got.kind, LEDGER_ROW_STALE); /* not begun */
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	w = begin(&b);
	bench_put(&b, w, 1, &row);
	expect(&b, s, 1, &absent);
	commit(&b, w);
	ck_assert_status(ledger_snapshot_begin(late, &b.err), LETHE_OK);
	expect(&b, s, 1, &absent);
	expect(&b, late, 1, &row);
	w = begin(&b);
	bench_put(&b, w, 1, &other);
	commit(&b, w);
	expect(&b, s, 1, &absent);
	expect(&b, late, 1, &row);
	ledger_snapshot_end(s);
	got = bench_lookup(&b, s, 1);
	ck_assert_int_eq(got.kind, LEDGER_ROW_STALE); /* ended */
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	expect(&b, s, 1, &other);
	ledger_snapshot_end(s);
	ledger_snapshot_end(late);
	ledger_snapshot_free(s);
	ledger_snapshot_free(late);
	bench_fini(&b);
}
END_TEST

/* Every commit writes one row to all of these subjects. */
#define TOGETHER 64
#define COMMITS 300
#define READERS 3

struct reading_thread {
	struct bench *b;
	atomic_bool *done;
	unsigned batches;
	bool mixed;
};

static void *
read_batches(void *arg)
{
	struct reading_thread *t = arg;
	struct ledger_snapshot *s;
	struct ledger_row first, row;

	if (ledger_snapshot_new(t->b->ledger, &s, NULL))
		return NULL;
	do {
		if (ledger_snapshot_begin(s, NULL))
			break;
		first = bench_lookup(t->b, s, 0);
		for (unsigned n = 1; n < TOGETHER; n++) {
			row = bench_lookup(t->b, s, n);
			if (!row_equal(&first, &row))
				t->mixed = true;
		}
		ledger_snapshot_end(s);
		t->batches++;
	} while (!atomic_load(t->done));
	ledger_snapshot_free(s);
	return NULL;
}

START_TEST(batches_see_whole_commits_while_a_writer_works)
{
	struct reading_thread readers[READERS];
	pthread_t threads[READERS];
	atomic_bool done = false;
	struct bench b;

	bench_init(&b);
	bench_empty(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	for (size_t i = 0; i < READERS; i++) {
		readers[i] = (struct reading_thread){.b = &b, .done = &done};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_batches,
					 &readers[i]),
			0);
	}
	for (unsigned n = 1; n <= COMMITS; n++) {
		struct ledger_write *w = begin(&b);
		struct ledger_row row = row_of(n);

		for (unsigned i = 0; i < TOGETHER; i++)
			bench_put(&b, w, i, n % 10 ? &row : &absent);
		commit(&b, w);
	}
	atomic_store(&done, true);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_uint_gt(readers[i].batches, 0);
		ck_assert(!readers[i].mixed);
	}
	bench_fini(&b);
}
END_TEST

/* What may have changed since the file was made, and what must follow. */
enum change {
	NOTHING,
	NO_FILE,
	OTHER_KEY,
	OTHER_RING,
	OTHER_TOPIC,
	MORE_PARTITIONS,
	FEWER_PARTITIONS,
	OTHER_PURPOSE,
	PURPOSES_SWAPPED,
	OTHER_NOTICE,
	A_SIGNER,
	AN_OBJECTION,
	A_CLASS,
	EMPTY_FILE,
	CUT_SHORT,
	GARBAGE,
	TEXT_FILE,
};

struct rule {
	enum change change;
	int64_t next, time_ms; /* of all partitions but the last */
	int64_t first, end;    /* of the last partition */
	const char *verdict;
};

static const struct rule rules[] = {
	{NOTHING, 10, NOW, 0, 10, "usable"},
	{NOTHING, 10, NOW, 10, 10, "usable"},
	{NOTHING, 10, NOW, 0, 11, "usable"},
	{NOTHING, 10, NOW, 0, 9, "beyond"},
	{NOTHING, 10, NOW, 11, 12, "gone"},
	{NOTHING, 10, NOW - 7 * DAY + 1, 0, 10, "usable"},
	{NOTHING, 10, NOW - 7 * DAY, 0, 10, "old"},
	{NOTHING, 10, NOW + LEDGER_CLOCK_SKEW_MS, 0, 10, "usable"},
	{NOTHING, 10, NOW + LEDGER_CLOCK_SKEW_MS + 1, 0, 10, "clock"},
	{NO_FILE, 10, NOW, 0, 10, "absent"},
	{OTHER_KEY, 10, NOW, 0, 10, "key"},
	{OTHER_RING, 10, NOW, 0, 10, "ring"},
	{OTHER_TOPIC, 10, NOW, 0, 10, "topic"},
	{MORE_PARTITIONS, 10, NOW, 0, 10, "partitions"},
	{FEWER_PARTITIONS, 10, NOW, 0, 10, "partitions"},
	{OTHER_PURPOSE, 10, NOW, 0, 10, "layout"},
	{PURPOSES_SWAPPED, 10, NOW, 0, 10, "layout"},
	{OTHER_NOTICE, 10, NOW, 0, 10, "layout"},
	{A_SIGNER, 10, NOW, 0, 10, "layout"},
	{AN_OBJECTION, 10, NOW, 0, 10, "layout"},
	{A_CLASS, 10, NOW, 0, 10, "layout"},
	{EMPTY_FILE, 10, NOW, 0, 10, "damaged"},
	{CUT_SHORT, 10, NOW, 0, 10, "damaged"},
	{GARBAGE, 10, NOW, 0, 10, "damaged"},
	{TEXT_FILE, 10, NOW, 0, 10, "damaged"},
};

static void
change_file(const struct bench *b, enum change change)
{
	static uint8_t noise[8192];
	struct stat file;

	memset(noise, 0xa5, sizeof(noise));
	if (change == NO_FILE)
		ck_assert_int_eq(unlink(b->path), 0);
	if (change == EMPTY_FILE)
		ck_assert_int_eq(truncate(b->path, 0), 0);
	if (change == GARBAGE)
		overwrite(b->path, 0, noise, sizeof(noise));
	if (change == TEXT_FILE) {
		ck_assert_int_eq(truncate(b->path, 0), 0);
		overwrite(b->path, 0, "no ledger\n", 10);
	}
	if (change != CUT_SHORT)
		return;
	ck_assert_int_eq(stat(b->path, &file), 0);
	ck_assert_int_eq(truncate(b->path, file.st_size - 1), 0);
}

static const struct slice other_purposes[] = {
	{(const uint8_t *)"personalisation", 15},
	{(const uint8_t *)"analytic", 8},
};
static const struct slice swapped_purposes[] = {
	{(const uint8_t *)"analytics", 9},
	{(const uint8_t *)"personalisation", 15},
};
static const struct slice other_notices[] = {
	{(const uint8_t *)"banner-8", 8},
	{(const uint8_t *)"banner-7", 8},
};
static const uint8_t some_signers[][32] = {{1}};
static const struct ledger_layout layouts[] = {
	{other_purposes, 2, some_notices, 2, NULL, 0, NULL, 0, NULL, 0},
	{swapped_purposes, 2, some_notices, 2, NULL, 0, NULL, 0, NULL, 0},
	{two_purposes, 2, other_notices, 2, NULL, 0, NULL, 0, NULL, 0},
	{two_purposes, 2, some_notices, 2, some_signers, 1, NULL, 0, NULL, 0},
	{two_purposes, 2, some_notices, 2, NULL, 0, other_notices, 1, NULL, 0},
	{two_purposes, 2, some_notices, 2, NULL, 0, NULL, 0, other_notices, 1},
};

static void
change_form(struct bench *b, enum change change)
{
	static const uint8_t other_key[KEYED_KEY_BYTES] = {1, 2, 4};

	if (change == OTHER_KEY) {
		keyed_free(b->keys);
		ck_assert_status(
			keyed_new(other_key, &b->keys, &b->err), LETHE_OK);
		b->form.keys = b->keys;
	}
	if (change == OTHER_RING)
		b->form.ring_id = "0123456789abcdef0123456789abcdee";
	if (change == OTHER_TOPIC)
		b->topic_id[15]++;
	if (change == MORE_PARTITIONS)
		b->form.partitions++;
	if (change == FEWER_PARTITIONS)
		b->form.partitions--;
	if (change >= OTHER_PURPOSE && change <= A_CLASS)
		b->form.layout = &layouts[change - OTHER_PURPOSE];
}

START_TEST(a_file_is_taken_or_it_is_said_why_not)
{
	const struct rule *r = &rules[_i];
	int64_t first[PARTITIONS + 1] = {0}, end[PARTITIONS + 1];
	struct ledger_checkpoint at[PARTITIONS];
	struct ledger_loaded loaded;
	struct ledger_load *load;
	struct bench b;

	bench_init(&b);
	load = bench_load(&b, 0);
	for (size_t i = 0; i < PARTITIONS; i++)
		at[i] = (struct ledger_checkpoint){.next = 0, .time_ms = NOW};
	for (size_t i = 0; i <= PARTITIONS; i++)
		end[i] = 0;
	at[PARTITIONS - 1] = (struct ledger_checkpoint){
		.next = r->next, .time_ms = r->time_ms};
	first[PARTITIONS - 1] = r->first;
	end[PARTITIONS - 1] = r->end;
	b.topic.first = first;
	b.topic.end = end;
	ck_assert_status(
		ledger_load_finish(load, at, &loaded, &b.err), LETHE_OK);
	ledger_load_free(load);
	change_form(&b, r->change);
	change_file(&b, r->change);
	ck_assert_str_eq(bench_open(&b), r->verdict);
	bench_fini(&b);
}
END_TEST

START_TEST(verdicts_have_names)
{
	for (int v = 0; v < LEDGER_VERDICT_COUNT; v++) {
		ck_assert_uint_gt(
			strlen(ledger_verdict_name((enum ledger_verdict)v)), 0);
		ck_assert_uint_gt(
			strlen(ledger_verdict_text((enum ledger_verdict)v)), 0);
	}
}
END_TEST

/* A lookup in the file as it lies there; 'D' damaged. */
static char
kind_in_file(struct bench *b, uint64_t *damaged)
{
	struct ledger_snapshot *s;
	struct ledger_row row;

	ck_assert_str_eq(bench_open(b), "usable");
	s = snapshot(b);
	ck_assert_status(ledger_snapshot_begin(s, &b->err), LETHE_OK);
	row = bench_lookup(b, s, 5);
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	ck_assert_status(ledger_verify(b->ledger, damaged, &b->err), LETHE_OK);
	ledger_close(b->ledger);
	b->ledger = NULL;
	return row.kind == LEDGER_ROW_DAMAGED	? 'D'
	       : row.kind == LEDGER_ROW_PRESENT ? 'P'
						: '?';
}

START_TEST(a_flipped_bit_in_the_file_is_seen)
{
	uint8_t bytes[LEDGER_ROW_BYTES_MAX], subject[KEYED_NAME_BYTES];
	struct ledger_load *load;
	struct ledger_row row;
	uint64_t damaged;
	struct bench b;
	size_t len;
	off_t at;

	bench_init(&b);
	load = bench_load(&b, 0);
	for (unsigned n = 0; n < 10; n++) {
		row = row_of(n);
		subject_of(&b, n, subject);
		ck_assert_status(
			ledger_load_put(load, 0, n, subject, &row, &b.err),
			LETHE_OK);
	}
	(void)bench_finish(&b, load, 10, NOW);
	row = row_of(5);
	subject_of(&b, 5, subject);
	len = ledger_row_pack(b.keys, subject, &row, bytes);
	at = find_bytes(b.path, bytes, len);
	ck_assert_int_ge(at, 0);
	ck_assert_int_eq(kind_in_file(&b, &damaged), 'P');
	ck_assert_uint_eq(damaged, 0);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		uint8_t one = bytes[bit / 8] ^ (uint8_t)(1 << bit % 8);

		overwrite(b.path, at + (off_t)(bit / 8), &one, 1);
		ck_assert_int_eq(kind_in_file(&b, &damaged), 'D');
		ck_assert_uint_eq(damaged, 1);
		overwrite(b.path, at + (off_t)(bit / 8), &bytes[bit / 8], 1);
	}
	/* a name lies before its row: a lookup misses it, a walk does not */
	for (size_t bit = 0; bit < 8 * sizeof(subject); bit += 7) {
		off_t place = at - (off_t)sizeof(subject) + (off_t)(bit / 8);
		uint8_t one = subject[bit / 8] ^ (uint8_t)(1 << bit % 8);

		overwrite(b.path, place, &one, 1);
		ck_assert_int_ne(kind_in_file(&b, &damaged), 'P');
		ck_assert_uint_ge(damaged, 1);
		overwrite(b.path, place, &subject[bit / 8], 1);
	}
	ck_assert_int_eq(kind_in_file(&b, &damaged), 'P');
	ck_assert_uint_eq(damaged, 0);
	bench_fini(&b);
}
END_TEST

/* Flips each bit of bytes that lie in the file: it is never taken then. */
static void
flip_all(struct bench *b, const uint8_t *bytes, size_t len, const char *verdict)
{
	off_t at = find_bytes(b->path, bytes, len);

	ck_assert_int_ge(at, 0);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		uint8_t one = bytes[bit / 8] ^ (uint8_t)(1 << bit % 8);
		const char *said;

		overwrite(b->path, at + (off_t)(bit / 8), &one, 1);
		said = bench_open(b);
		ck_assert_str_ne(said, "usable");
		if (verdict)
			ck_assert_str_eq(said, verdict);
		overwrite(b->path, at + (off_t)(bit / 8), &bytes[bit / 8], 1);
	}
	ck_assert_str_eq(bench_open(b), "usable");
}

START_TEST(a_flipped_bit_of_form_or_offset_is_seen)
{
	const struct ledger_checkpoint at = {.next = 12345, .time_ms = NOW};
	uint8_t form[LEDGER_FORM_BYTES];
	uint8_t checkpoint[LEDGER_CHECKPOINT_BYTES];
	struct bench b;

	bench_init(&b);
	(void)bench_finish(&b, bench_load(&b, 0), at.next, at.time_ms);
	ledger_form_put(&b.form, form);
	flip_all(&b, form, sizeof(form), NULL);
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		ledger_checkpoint_put(b.keys, p, &at, checkpoint);
		flip_all(&b, checkpoint, sizeof(checkpoint), "damaged");
	}
	bench_fini(&b);
}
END_TEST

START_TEST(no_identifier_lies_in_the_file)
{
	static const char id[] = "CANARY-jane@example.com";
	uint8_t subject[KEYED_NAME_BYTES], same[KEYED_NAME_BYTES];
	struct ledger_row row = row_of(1);
	struct ledger_load *load;
	struct stat file;
	struct bench b;

	bench_init(&b);
	ledger_subject_of(b.keys, slice_of("user"), slice_of(id), subject);
	ledger_subject(b.keys, slice_of("user:CANARY-jane@example.com"), same);
	ck_assert_mem_eq(subject, same, sizeof(same));
	ledger_subject_of(b.keys, slice_of("users"), slice_of(id), same);
	ck_assert_int_ne(memcmp(subject, same, sizeof(same)), 0);
	load = bench_load(&b, 0);
	ck_assert_status(
		ledger_load_put(load, 0, 1, subject, &row, &b.err), LETHE_OK);
	(void)bench_finish(&b, load, 2, NOW);
	ck_assert_int_eq(stat(b.path, &file), 0);
	ck_assert_int_eq(file.st_mode & 0777, 0600);
	ck_assert_int_ge(find_bytes(b.path, subject, sizeof(subject)), 0);
	ck_assert_int_eq(find_bytes(b.path, (const uint8_t *)"CANARY", 6), -1);
	bench_fini(&b);
}
END_TEST

/* Pages that one commit takes and gives back are counted, never written. */
START_TEST(a_commit_that_takes_back_its_rows_leaves_a_whole_file)
{
	struct ledger_write *w;
	struct ledger_row row;
	struct bench b;

	bench_init(&b);
	bench_empty(&b);
	for (unsigned count = 50; count < 3000; count += 450) {
		ck_assert_str_eq(bench_open(&b), "usable");
		w = begin(&b);
		for (unsigned n = 0; n < count; n++) {
			row = row_of(n);
			bench_put(&b, w, n, &row);
		}
		for (unsigned n = 0; n < count; n++)
			bench_put(&b, w, n, &absent);
		commit(&b, w);
	}
	ck_assert_str_eq(bench_open(&b), "usable");
	bench_fini(&b);
}
END_TEST

START_TEST(a_full_file_is_told_and_stays_as_it_was)
{
	struct ledger_write *w;
	struct ledger_snapshot *s;
	enum lethe_status status = LETHE_OK;
	struct ledger_row row;
	uint8_t subject[KEYED_NAME_BYTES];
	struct bench b;

	bench_init(&b);
	b.form.map_bytes = 1 << 18;
	bench_empty(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	w = begin(&b);
	for (unsigned n = 0; n < 100000 && !status; n++) {
		row = row_of(n);
		subject_of(&b, n, subject);
		status = ledger_write_put(w, subject, &row, &b.err);
	}
	ck_assert_status(status, LETHE_EIO);
	ck_assert_ptr_nonnull(strstr(b.err.what, "grown"));
	ck_assert_status(ledger_write_commit(w, &b.err), LETHE_EIO);
	s = snapshot(&b);
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	expect(&b, s, 1, &absent);
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	bench_fini(&b);
}
END_TEST

/* Commits rows with their offset until it is killed. */
static void
write_until_killed(struct bench *b)
{
	if (strcmp(bench_open(b), "usable") != 0)
		_exit(1);
	for (unsigned n = 0;; n++) {
		struct ledger_checkpoint at = {.next = n + 1, .time_ms = NOW};
		struct ledger_write *w;
		struct ledger_row row = row_of(n);
		uint8_t subject[KEYED_NAME_BYTES];

		subject_of(b, n, subject);
		if (ledger_write_begin(b->ledger, &w, NULL) ||
			ledger_write_put(w, subject, &row, NULL) ||
			ledger_write_checkpoint(w, 2, &at, NULL) ||
			ledger_write_commit(w, NULL))
			_exit(1);
	}
}

START_TEST(after_a_kill_rows_and_offset_agree)
{
	struct ledger_checkpoint at;
	struct ledger_snapshot *s;
	struct ledger_row row;
	struct bench b;
	pid_t child;
	int status;

	bench_init(&b);
	bench_empty(&b);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child)
		write_until_killed(&b);
	usleep(200000);
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_str_eq(bench_open(&b), "usable");
	ck_assert_status(ledger_checkpoint(b.ledger, 2, &at, &b.err), LETHE_OK);
	s = snapshot(&b);
	ck_assert_status(ledger_snapshot_begin(s, &b.err), LETHE_OK);
	for (unsigned n = 0; n < at.next; n++) {
		row = row_of(n);
		expect(&b, s, n, &row);
	}
	expect(&b, s, (unsigned)at.next, &absent);
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	bench_fini(&b);
}
END_TEST

SUITE("ledger_store", TEST(what_is_written_is_found_and_lasts),
	TEST(rows_and_offset_change_together_or_not_at_all),
	TEST(a_snapshot_sees_one_state),
	TEST(batches_see_whole_commits_while_a_writer_works),
	ROWS(a_file_is_taken_or_it_is_said_why_not, rules),
	TEST(verdicts_have_names), TEST(a_flipped_bit_in_the_file_is_seen),
	TEST(a_flipped_bit_of_form_or_offset_is_seen),
	TEST(no_identifier_lies_in_the_file),
	TEST(a_commit_that_takes_back_its_rows_leaves_a_whole_file),
	TEST(a_full_file_is_told_and_stays_as_it_was),
	TEST(after_a_kill_rows_and_offset_agree))
