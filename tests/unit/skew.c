#include "suite.h"

#include "kafka/access/skew.h"

/* What the broker's stamp tells of the clock. */

static const struct {
	int64_t before, stamped, after, max;
	bool beyond;
} rows[] = {
	/* within what was waited anything may be */
	{1000, 1005, 1010, 10, false},
	{1000, 1005, 9000, 10, false},
	{1000, 8000, 9000, 10, false},
	/* ahead, for sure or not */
	{5000, 1000, 5010, 1000, true},
	{2001, 1000, 9000, 1000, false},
	{2002, 1000, 9000, 1000, true},
	/* behind */
	{1000, 5000, 1010, 1000, true},
	{1000, 2010, 1009, 1000, false},
	{1000, 2011, 1009, 1000, true},
};

START_TEST(stops_for_what_is_sure_alone)
{
	struct skew s =
		skew_of(rows[_i].before, rows[_i].stamped, rows[_i].after);

	ck_assert_int_le(s.least_ms, s.most_ms);
	ck_assert_int_eq(skew_is_beyond(&s, rows[_i].max), rows[_i].beyond);
}
END_TEST

SUITE("skew", ROWS(stops_for_what_is_sure_alone, rows))
