#include "suite.h"

#include "base/arena.h"

#include <string.h>

START_TEST(reuses_its_blocks_after_a_reset)
{
	struct arena a;
	void *first;

	arena_init(&a, 0);
	first = arena_alloc(&a, 100);
	ck_assert_ptr_nonnull(arena_alloc(&a, 100000));
	arena_reset(&a);
	ck_assert_ptr_eq(arena_alloc(&a, 100), first);
	arena_fini(&a);
}
END_TEST

START_TEST(stops_at_its_limit)
{
	struct arena a;

	arena_init(&a, 20000);
	ck_assert_ptr_nonnull(arena_alloc(&a, 16000));
	ck_assert_ptr_null(arena_alloc(&a, 8000));
	ck_assert_ptr_nonnull(arena_alloc(&a, 3000));
	arena_fini(&a);
}
END_TEST

START_TEST(refuses_a_product_that_overflows)
{
	struct arena a;

	arena_init(&a, 0);
	ck_assert_ptr_null(arena_calloc(&a, (size_t)-1, 16));
	arena_fini(&a);
}
END_TEST

SUITE("arena", TEST(reuses_its_blocks_after_a_reset), TEST(stops_at_its_limit),
	TEST(refuses_a_product_that_overflows))
