#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

/*
 * The frame of a unit test, once: a file ends with
 *
 *   SUITE("bucket", ROWS(rounds_down, cases), TEST(refuses_a_width_of_nought))
 */

#include "lethe/error.h"

#include <check.h>
#include <stdlib.h>

/* Check's old name for a failed test; ours is the function of base/error.h. */
#undef fail

struct suite_entry {
	const TTest *test;
	int rows;
};

#define TEST(name) \
	{ \
		name, 1 \
	}
#define ROWS(name, table) \
	{ \
		name, (int)(sizeof(table) / sizeof((table)[0])) \
	}

#define SUITE(title, ...) \
	int main(void) \
	{ \
		const struct suite_entry entries[] = {__VA_ARGS__}; \
		Suite *suite = suite_create(title); \
		TCase *tc = tcase_create(title); \
		SRunner *runner; \
		int failed; \
\
		tcase_set_timeout(tc, 900); \
		for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); \
			i++) \
			tcase_add_loop_test( \
				tc, entries[i].test, 0, entries[i].rows); \
		suite_add_tcase(suite, tc); \
		runner = srunner_create(suite); \
		srunner_run_all(runner, CK_NORMAL); \
		failed = srunner_ntests_failed(runner); \
		srunner_free(runner); \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
	}

#define ck_assert_status(call, expected) \
	ck_assert_str_eq(lethe_status_name(call), lethe_status_name(expected))

#endif
