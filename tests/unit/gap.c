#include "suite.h"

#include "base/log.h"
#include "kafka/assign.h"

#include <string.h>

/* An offset that is not in the log: what a lane tells of it, and when not. */

#define PARTITIONS 3

struct kafka {
	int64_t first[PARTITIONS], next[PARTITIONS];
	unsigned busy; /* how many answers ask for another try */
	bool denied;
};

static enum lethe_status
fake_range(struct kafka *k, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err)
{
	if (k->denied)
		return fail(err, LETHE_EDENIED, 0, "no rights");
	if (k->busy && k->busy--)
		return fail(err, LETHE_EAGAIN, 0, "a new leader");
	*low = k->first[place->partition];
	*high = k->next[place->partition];
	return LETHE_OK;
}

static void
fake_sleep(struct kafka *k, int ms)
{
	(void)k;
	(void)ms;
}

static const struct kafka_ops ops = {.range = fake_range, .sleep = fake_sleep};

/* What assign_gap says of a lane that has committed these. */
static enum lethe_status
gap_of(struct kafka *k, const int64_t committed[static PARTITIONS],
	struct lethe_error *err)
{
	const char *topics[] = {"events.raw"};
	atomic_bool stop = false;
	struct slots slots;
	struct txn txn;
	struct assign assign;
	enum lethe_status status;

	log_off();
	ck_assert_status(slots_init(&slots, 1, err), LETHE_OK);
	for (int32_t i = 0; i < PARTITIONS; i++) {
		struct kafka_place place = {.topic = 0,
			.partition = i,
			.offset = committed[i] == OFFSET_NONE ? k->first[i]
							      : committed[i]};

		ck_assert_status(
			slots_add(&slots, &place, committed[i], err), LETHE_OK);
	}
	txn_init(&txn, &(struct txn_options){.ops = &ops,
			       .kafka = k,
			       .slots = &slots,
			       .stop = &stop,
			       .topics = topics});
	assign_init(&assign, &(struct assign_options){.txn = &txn});
	status = assign_gap(&assign, err);
	txn_fini(&txn);
	slots_fini(&slots);
	return status;
}

START_TEST(names_the_exact_gap)
{
	struct kafka k = {.first = {0, 800, 0}, .next = {50, 1500, 10}};
	struct lethe_error err = {0};

	ck_assert_status(
		gap_of(&k, (int64_t[]){20, 120, 10}, &err), LETHE_EGAP);
	ck_assert_str_eq(err.what, "events.raw:1: offsets 120 to 799 (680 of "
				   "them) are gone from the log");
}
END_TEST

START_TEST(names_the_first_of_several)
{
	struct kafka k = {.first = {5, 800, 0}, .next = {50, 1500, 10}};
	struct lethe_error err = {0};

	ck_assert_status(gap_of(&k, (int64_t[]){4, 120, 99}, &err), LETHE_EGAP);
	ck_assert_ptr_nonnull(strstr(err.what, "events.raw:0: offsets 4 to 4"));
}
END_TEST

START_TEST(asks_about_a_log_that_ends_too_early)
{
	struct kafka k = {.next = {50, 1500, 10}};
	struct lethe_error err = {0};

	ck_assert_status(
		gap_of(&k, (int64_t[]){20, 120, 99}, &err), LETHE_EGAP);
	ck_assert_ptr_nonnull(strstr(err.what, "events.raw:2: 99 is committed, "
					       "the log ends at 10"));
}
END_TEST

START_TEST(looks_again_when_all_is_there)
{
	struct kafka k = {.next = {50, 1500, 10}, .busy = 3};
	struct lethe_error err = {0};

	ck_assert_status(gap_of(&k, (int64_t[]){20, 1500, OFFSET_NONE}, &err),
		LETHE_EABORT);
}
END_TEST

START_TEST(says_when_it_cannot_look)
{
	struct kafka k = {.denied = true};
	struct lethe_error err = {0};

	ck_assert_status(
		gap_of(&k, (int64_t[]){20, 120, 99}, &err), LETHE_EDENIED);
}
END_TEST

SUITE("gap", TEST(names_the_exact_gap), TEST(names_the_first_of_several),
	TEST(asks_about_a_log_that_ends_too_early),
	TEST(looks_again_when_all_is_there), TEST(says_when_it_cannot_look))
