#include "suite.h"

#include "kafka/budget.h"

static const struct row {
	size_t memory_mb, lanes;
	enum lethe_status status;
} rows[] = {
	{0, 1, LETHE_OK},
	{0, 256, LETHE_OK},
	{31, 1, LETHE_ESETTING},
	{32, 1, LETHE_OK},
	{47, 2, LETHE_ESETTING},
	{48, 2, LETHE_OK},
	{1000000, 256, LETHE_OK},
};

START_TEST(shares_stay_within_what_is_stated)
{
	const struct row *r = &rows[_i];
	struct lethe_error err = {0};
	struct budget b;
	size_t sum;

	ck_assert_status(
		budget_divide(r->memory_mb, r->lanes, &b, &err), r->status);
	sum = b.queue + b.inputs + b.records + b.queue_messages * 512;
	ck_assert_uint_le(sum * r->lanes, r->memory_mb * 1000000);
	if (!r->status && r->memory_mb)
		ck_assert(b.queue && b.queue_messages && b.fetch && b.inputs &&
			  b.records);
	else
		ck_assert_uint_eq(sum + b.fetch, 0);
}
END_TEST

START_TEST(too_little_is_refused_with_the_least)
{
	struct lethe_error err = {0};
	struct budget b;

	ck_assert_status(budget_divide(40, 4, &b, &err), LETHE_ESETTING);
	ck_assert_str_eq(err.what, "memory_mb: 4 lanes need at least 80");
}
END_TEST

SUITE("budget", ROWS(shares_stay_within_what_is_stated, rows),
	TEST(too_little_is_refused_with_the_least))
