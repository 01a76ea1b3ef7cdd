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

static void
check_history(const struct kafka *k)
{
	for (int p = 0; p < PARTITIONS; p++)
		must(k->next[p] == k->length[p] && k->group[p] == k->length[p],
			"seed %lu: partition %d: %ld of %ld done, %ld "
			"committed",
			(unsigned long)k->seed, p, (long)k->next[p],
			(long)k->length[p], (long)k->group[p]);
}

/* How a life ends: killed at some call, stopped at some poll, or neither. */
static void
draw_end(struct kafka *k)
{
	uint32_t how = roll(k, 3);

	k->calls_left = how == 0 ? 1 + roll(k, 600) : 0;
	k->polls_left = how == 1 ? 1 + roll(k, 300) : 0;
}

/* A lane that met a gap stopped; it is accepted, and another starts. */
static void
live_on(struct kafka *k)
{
	struct lethe_error err = {0};
	enum lethe_status status = live(k, COMMIT_EVENTS, &err);

	must(status != LETHE_EGAP || has_gap(k),
		"seed %lu: a gap where there is none", (unsigned long)k->seed);
	must(lethe_status_class(status) != LETHE_CLASS_TRANSIENT,
		"seed %lu: it ends for what may pass", (unsigned long)k->seed);
	if (status == LETHE_EGAP)
		accept_gaps(k);
}

static void
history(uint64_t seed, unsigned trouble, unsigned odd)
{
	struct kafka k;

	model_init(&k, seed);
	for (int p = 0; p < PARTITIONS; p++) {
		k.length[p] = roll(&k, LOG_MAX + 1);
		for (int i = 0; i < LOG_MAX; i++)
			if (roll(&k, 1000) < odd)
				k.nature[p][i] = (enum nature)(1 + roll(&k, 3));
	}
	k.trouble = trouble;
	k.rival = roll(&k, 3) > 0;
	k.eager = roll(&k, 2);
	k.retention = roll(&k, 8) == 0;
	k.gated = roll(&k, 3) == 0;
	k.slow = roll(&k, 2) ? 1 : 50;
	k.max_age_ms = roll(&k, 3) ? 0 : 120;
	k.ring_at_ms = roll(&k, 2) ? 0 : 1 + roll(&k, 4000);
	k.ring_lag_ms = roll(&k, 2000);
	for (int i = 0; i < 20 && !all_done(&k); i++) {
		draw_end(&k);
		live_on(&k);
	}
	k.trouble = 0;
	for (int i = 0; i < 4 && !all_done(&k); i++)
		live_on(&k);
	check_history(&k);
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
		history(i, 2 + i % 7 * 15, i % 5 * 10);
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
