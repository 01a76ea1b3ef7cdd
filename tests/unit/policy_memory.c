#include "suite.h"

#include "base/buf.h"
#include "base/file.h"
#include "lethe/ledger.h"
#include "lethe/policy.h"

#include <errno.h>

/*
 * Compiling a policy while the nth allocation fails, for every n: it ends with
 * LETHE_ENOMEM, gives nothing and leaks nothing.  The program's own malloc
 * stands before the library's; a sanitizer has one of its own, so that only
 * the first half is seen under it.
 */

static size_t left = SIZE_MAX; /* allocations until one fails */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *p);

static size_t live; /* allocations not freed */

static bool
is_refused(void)
{
	if (left == SIZE_MAX)
		return false;
	if (left)
		left--;
	return !left;
}

static void *
count(void *p)
{
	live += p != NULL;
	return p;
}

/* Seen by the libraries as well, which allocate for us. */
#pragma GCC visibility push(default)

void *
malloc(size_t size)
{
	return is_refused() ? NULL : count(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : count(__libc_calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	if (is_refused())
		return NULL;
	if (!p)
		return count(__libc_realloc(p, size));
	return __libc_realloc(p, size);
}

int
posix_memalign(void **out, size_t align, size_t size)
{
	*out = is_refused() ? NULL : count(__libc_memalign(align, size));
	return *out ? 0 : ENOMEM;
}

void *
aligned_alloc(size_t align, size_t size)
{
	return is_refused() ? NULL : count(__libc_memalign(align, size));
}

void
free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}

#pragma GCC visibility pop

START_TEST(ends_well_whichever_allocation_fails)
{
	struct lethe_error err = {0};
	struct lethe_policy *p;
	struct buf text;
	enum lethe_status status;
	size_t n, before, after = 0;

	buf_init(&text, 0);
	ck_assert_status(file_read("config/policies/snowplow.yaml", 1 << 20,
				 &text, &err),
		LETHE_OK);
	/* What the libraries keep from their first use is no leak. */
	ck_assert_status(lethe_policy_compile("p", text.ptr, text.len, 0, NULL,
				 NULL, &p, &err),
		LETHE_OK);
	lethe_policy_drop(p);
	for (n = 1; n < 100000; n++) {
		before = live;
		left = n;
		status = lethe_policy_compile(
			"p", text.ptr, text.len, 0, NULL, NULL, &p, &err);
		left = SIZE_MAX;
		after = live; /* before Check allocates for itself */
		if (!status)
			break;
		ck_assert_status(status, LETHE_ENOMEM);
		ck_assert_ptr_null(p);
		ck_assert_msg(after == before, "allocation %zu leaves %zd", n,
			(ssize_t)(after - before));
	}
	ck_assert_uint_gt(n, 500);
	lethe_policy_drop(p);
	after -= live;
	ck_assert_uint_gt(after, 0);
	buf_fini(&text);
}
END_TEST

/* The same of a policy with a ledger, and of the records read for it. */
START_TEST(so_does_a_ledger)
{
	struct lethe_policy *p;
	struct lethe_ledger *l = NULL;
	struct lethe_error err = {0};
	struct buf text;
	size_t n, after = 0;

	buf_init(&text, 0);
	ck_assert_status(
		lethe_policy_open("tests/golden/policies/ledger_signed.yaml", 0,
			NULL, NULL, &p, &err),
		LETHE_OK);
	ck_assert_status(file_read("tests/golden/ledger_signed/consent.ndjson",
				 1 << 20, &text, &err),
		LETHE_OK);
	for (n = 1; n < 1000; n++) {
		enum lethe_status status;
		size_t before = live;

		left = n;
		status = lethe_ledger_read(p, text.ptr, text.len, &l, &err);
		left = SIZE_MAX;
		after = live;
		if (!status)
			break;
		ck_assert_status(status, LETHE_ENOMEM);
		ck_assert_ptr_null(l);
		ck_assert_msg(after == before, "allocation %zu leaves %zd", n,
			(ssize_t)(after - before));
	}
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_lt(n, 1000);
	lethe_ledger_free(l);
	lethe_policy_drop(p);
	buf_fini(&text);
}
END_TEST

SUITE("policy_memory", TEST(ends_well_whichever_allocation_fails),
	TEST(so_does_a_ledger))

#else

START_TEST(leaks_nothing_when_all_goes_well)
{
	struct lethe_error err = {0};
	struct lethe_policy *p;

	ck_assert_status(
		lethe_policy_open("config/policies/snowplow.yaml",
			(int64_t)left - (int64_t)left, NULL, NULL, &p, &err),
		LETHE_OK);
	lethe_policy_drop(p);
}
END_TEST

SUITE("policy_memory", TEST(leaks_nothing_when_all_goes_well))

#endif
