#include "unit/model/history.h"
#include "unit/model/process.h"

#include <limits.h>

/*
 * The state machine against a model of a cluster: random histories of every
 * error at every call, rebalances, lost assignments, another member that goes
 * on, retention, kills, stops.  Whatever happens, each input has its effect
 * exactly once, whole and in order.
 */

#define HISTORIES_DEFAULT 100000
#define COMMIT_EVENTS 8

/* Below this many, an error may not have had its turn at a rare call. */
#define HISTORIES_FOR_ALL 5000

static const char *const call_names[] = {
#define X(name) #name,
	MODEL_CALLS(X)
#undef X
};

static enum lethe_status
live_on_the_model(struct kafka *k, struct lethe_error *err)
{
	return live(k, COMMIT_EVENTS, err);
}

static unsigned long
histories(void)
{
	const char *text = getenv("TXN_HISTORIES");

	return text ? strtoul(text, NULL, 10) : HISTORIES_DEFAULT;
}

/* No error at no call was left out. */
static void
check_injected(unsigned long count)
{
	unsigned long least = ULONG_MAX, sum = 0;
	size_t call = 0, row = 0;

	for (size_t c = 0; c < CALLS; c++)
		for (size_t i = 0; i < VERDICT_ROWS; i++) {
			sum += injected[c][i];
			if (injected[c][i] >= least)
				continue;
			least = injected[c][i];
			call = c;
			row = i;
		}
	printf("%lu histories: %lu errors injected, each of %zu at each of %d "
	       "calls at least %lu times (%s at %s)\n",
		count, sum, VERDICT_ROWS, CALLS, least,
		rd_kafka_err2name(verdict_rows[row].error), call_names[call]);
	ck_assert(least > 0 || count < HISTORIES_FOR_ALL);
}

START_TEST(random_histories_have_each_effect_once)
{
	unsigned long count = histories();

	log_off();
	keep_memory();
	for (unsigned long i = 1; i <= count; i++)
		history(i, HUGE, live_on_the_model);
	check_injected(count);
}
END_TEST

START_TEST(without_trouble_all_is_done_in_one_life)
{
	struct lethe_error err = {0};
	struct process p;
	struct kafka k;

	log_off();
	model_init(&k, 7);
	for (int i = 0; i < PARTITIONS; i++)
		k.length[i] = LOG_MAX;
	process_start(&p, &k, COMMIT_EVENTS);
	ck_assert_status(process_work(&p, &err), LETHE_OK);
	check_history(&k);
	ck_assert_uint_eq(p.counted, PARTITIONS * LOG_MAX);
	process_end(&p);
}
END_TEST

SUITE("txn", TEST(without_trouble_all_is_done_in_one_life),
	TEST(random_histories_have_each_effect_once))
