#include "ledger.h"

#include "counted_alloc.h"

/* No allocation per batch, per lookup and per record once warm. */

#define SUBJECTS 1000
#define BATCHES 50

static void
fill(struct bench *b)
{
	struct ledger_load *load = bench_load(b, 0);

	for (unsigned n = 0; n < SUBJECTS; n++) {
		uint8_t subject[KEYED_NAME_BYTES];
		struct ledger_row row = row_of(n);

		subject_of(b, n, subject);
		ck_assert_status(
			ledger_load_put(load, 0, n, subject, &row, &b->err),
			LETHE_OK);
	}
	(void)bench_finish(b, load, SUBJECTS, NOW);
}

/* Half of the subjects asked are there. */
static size_t
ask_batches(struct bench *b, struct ledger_snapshot *s)
{
	const struct consent_time when = {.event_ms = NOW, .now_ms = NOW};
	size_t answers = 0;

	for (size_t batch = 0; batch < BATCHES; batch++) {
		if (ledger_snapshot_begin(s, NULL))
			return 0;
		for (unsigned n = 0; n < 2 * SUBJECTS; n++) {
			struct ledger_row row = bench_lookup(b, s, n);

			answers += ledger_answer(&row, 1, &when).kind ==
				   ANSWER_DENY;
		}
		ledger_snapshot_end(s);
	}
	return answers;
}

START_TEST(lookups_and_batches_do_not_allocate)
{
	struct ledger_snapshot *s;
	struct bench b;
	size_t before, answers;

	bench_init(&b);
	fill(&b);
	ck_assert_str_eq(bench_open(&b), "usable");
	ck_assert_status(ledger_snapshot_new(b.ledger, &s, &b.err), LETHE_OK);
	ck_assert_uint_gt(allocations, 0); /* the counter counts */
	before = allocations;
	answers = ask_batches(&b, s);
	ck_assert_uint_eq(allocations, before);
	ck_assert_uint_eq(answers, BATCHES * SUBJECTS);
	ledger_snapshot_free(s);
	bench_fini(&b);
}
END_TEST

START_TEST(records_do_not_allocate_once_warm)
{
	static const char *const records[] = {
		"{\"v\":1,\"purposes\":{\"analytics\":{\"state\":\"given\","
		"\"at\":"
		"\"2026-05-01T09:00:00Z\"},\"*\":{\"state\":\"refused\"}},"
		"\"notice\":\"banner-7\"}",
		"{\"v\":1,\"purposes\":{\"analytics\":{\"state\":\"given\"}}}",
		"{\"v\":1,",
	};
	struct ledger_decoder *d;
	struct ledger_row row;
	size_t before = 0, good = 0;

	ck_assert_status(ledger_decoder_new(&two, 7, &d, NULL), LETHE_OK);
	for (size_t i = 0; i < 3000; i++) {
		if (i == 300)
			before = allocations;
		good += !ledger_decode(d, slice_of(records[i % 3]), &row, NULL);
	}
	ck_assert_uint_eq(allocations, before);
	ck_assert_uint_eq(good, 1000);
	ledger_decoder_free(d);
}
END_TEST

SUITE("ledger_no_alloc", TEST(lookups_and_batches_do_not_allocate),
	TEST(records_do_not_allocate_once_warm))
