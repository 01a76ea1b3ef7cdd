/*
 * Random histories of a consent topic against a plain dictionary: records and
 * tombstones over a few subjects, taken by a load or by the feed, with files
 * closed and opened, commits aborted and loads begun anew in between.
 */

#include "ledger.h"

#define HISTORIES 15
#define STEPS 200
#define SUBJECTS 200

struct record {
	unsigned subject;
	bool tombstone;
	unsigned row;
};

/* A topic, and what a plain reader knows at its end. */
struct world {
	struct bench b;
	uint64_t state;
	struct record *log[PARTITIONS];
	size_t len[PARTITIONS];	 /* of the log */
	size_t read[PARTITIONS]; /* committed by the ledger */
	bool kept[SUBJECTS];	 /* the dictionary, at `read` */
	unsigned row[SUBJECTS];
};

#define LOG_MAX (STEPS * 40)

static unsigned
draw(struct world *w, unsigned below)
{
	w->state ^= w->state << 13;
	w->state ^= w->state >> 7;
	w->state ^= w->state << 17;
	return (unsigned)((w->state >> 11) % below);
}

static void
produce(struct world *w)
{
	unsigned count = draw(w, 40);

	for (unsigned i = 0; i < count; i++) {
		unsigned n = draw(w, SUBJECTS), p = n % PARTITIONS;

		ck_assert_uint_lt(w->len[p], LOG_MAX);
		w->log[p][w->len[p]++] =
			(struct record){n, draw(w, 4) == 0, draw(w, 100000)};
	}
}

static void
note(struct world *w, const struct record *r)
{
	w->kept[r->subject] = !r->tombstone;
	w->row[r->subject] = r->row;
}

static struct ledger_row
row_in(const struct record *r)
{
	if (r->tombstone)
		return (struct ledger_row){
			.kind = LEDGER_ROW_ABSENT, .count = 2};
	return row_of(r->row);
}

static void
feed(struct world *w, bool commit)
{
	size_t next[PARTITIONS];
	struct ledger_write *write;
	struct lethe_error err;

	ck_assert_status(
		ledger_write_begin(w->b.ledger, &write, &err), LETHE_OK);
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		struct ledger_checkpoint at;
		size_t left = w->len[p] - w->read[p];

		next[p] = w->read[p] + (left ? draw(w, (unsigned)left + 1) : 0);
		for (size_t i = w->read[p]; i < next[p]; i++) {
			struct ledger_row row = row_in(&w->log[p][i]);

			bench_put(&w->b, write, w->log[p][i].subject, &row);
			if (commit)
				note(w, &w->log[p][i]);
		}
		at = (struct ledger_checkpoint){
			.next = (int64_t)next[p], .time_ms = NOW};
		ck_assert_status(
			ledger_write_checkpoint(write, p, &at, &err), LETHE_OK);
	}
	if (!commit) {
		ledger_write_abort(write);
		return;
	}
	ck_assert_status(ledger_write_commit(write, &err), LETHE_OK);
	memcpy(w->read, next, sizeof(next));
}

/* Partitions are read in turns, so records come in no order of their own. */
static void
load(struct world *w)
{
	struct ledger_load *l = bench_load(&w->b, LEDGER_LOAD_MEMORY_LEAST);
	struct ledger_checkpoint at[PARTITIONS];
	struct ledger_loaded loaded;
	size_t rows = 0;

	for (uint32_t p = 0; p < PARTITIONS; p++) {
		for (size_t i = 0; i < w->len[p]; i++) {
			struct ledger_row row = row_in(&w->log[p][i]);
			uint8_t subject[KEYED_NAME_BYTES];

			subject_of(&w->b, w->log[p][i].subject, subject);
			ck_assert_status(ledger_load_put(l, p, (int64_t)i,
						 subject, &row, NULL),
				LETHE_OK);
			note(w, &w->log[p][i]);
		}
		w->read[p] = w->len[p];
		at[p] = (struct ledger_checkpoint){
			.next = (int64_t)w->len[p], .time_ms = NOW};
	}
	ck_assert_status(ledger_load_finish(l, at, &loaded, NULL), LETHE_OK);
	ledger_load_free(l);
	for (unsigned n = 0; n < SUBJECTS; n++)
		rows += w->kept[n];
	ck_assert_uint_eq(loaded.rows, rows);
	ck_assert_uint_eq(loaded.split, 0);
	ck_assert_str_eq(bench_open(&w->b), "usable");
}

static void
compare(struct world *w)
{
	struct ledger_checkpoint at;
	struct ledger_snapshot *s;
	struct ledger_size size;
	size_t rows = 0;

	ck_assert_status(ledger_snapshot_new(w->b.ledger, &s, NULL), LETHE_OK);
	ck_assert_status(ledger_snapshot_begin(s, NULL), LETHE_OK);
	for (unsigned n = 0; n < SUBJECTS; n++) {
		struct ledger_row got = bench_lookup(&w->b, s, n);
		struct ledger_row want = row_of(w->row[n]);

		if (!w->kept[n])
			want.kind = LEDGER_ROW_ABSENT;
		ck_assert(row_equal(&got, &want));
		rows += w->kept[n];
	}
	ledger_snapshot_end(s);
	ledger_snapshot_free(s);
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		ck_assert_status(
			ledger_checkpoint(w->b.ledger, p, &at, NULL), LETHE_OK);
		ck_assert_int_eq(at.next, (int64_t)w->read[p]);
	}
	ck_assert_status(ledger_size(w->b.ledger, &size, NULL), LETHE_OK);
	ck_assert_uint_eq(size.rows, rows);
}

static void
step(struct world *w)
{
	switch (draw(w, 20)) {
	case 0: load(w); break;
	case 1: ck_assert_str_eq(bench_open(&w->b), "usable"); break;
	case 2: feed(w, false); break;
	case 3: compare(w); break;
	case 4:
	case 5:
	case 6:
	case 7: produce(w); break;
	default: feed(w, true); break;
	}
}

static void
history(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));
	uint64_t damaged;

	w->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	bench_init(&w->b);
	for (size_t p = 0; p < PARTITIONS; p++)
		w->log[p] = calloc(LOG_MAX, sizeof(**w->log));
	load(w);
	for (size_t i = 0; i < STEPS; i++)
		step(w);
	compare(w);
	ck_assert_status(ledger_verify(w->b.ledger, &damaged, NULL), LETHE_OK);
	ck_assert_uint_eq(damaged, 0);
	bench_fini(&w->b);
	for (size_t p = 0; p < PARTITIONS; p++)
		free(w->log[p]);
	free(w);
}

START_TEST(random_histories_end_as_a_dictionary_does)
{
	for (uint64_t seed = 1; seed <= HISTORIES; seed++)
		history(seed);
}
END_TEST

SUITE("ledger_laws", TEST(random_histories_end_as_a_dictionary_does))
