#include "suite.h"

#include "crypto/secret.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* mlock does nothing there, faults end the process */
#else
#define SANITIZED 0
#endif

START_TEST(gives_zeros_that_can_be_written)
{
	static const uint8_t zeros[100];
	uint8_t *p;
	void *memory;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(secret_new(100, &memory, NULL), LETHE_OK);
	p = memory;
	ck_assert_mem_eq(p, zeros, sizeof(zeros));
	ck_assert_uint_eq((uintptr_t)p % 16, 0);
	p[0] = p[99] = 1;
	secret_free(p);
	secret_free(NULL);
}
END_TEST

/* The kB of a line of /proc/self/smaps of the mapping that holds `p`. */
static long
smaps_of(const void *p, const char *field)
{
	char line[512];
	unsigned long from, to;
	bool inside = false;
	long kb = -1;
	FILE *f = fopen("/proc/self/smaps", "r");

	ck_assert_ptr_nonnull(f);
	while (kb < 0 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && !strncmp(line, field, strlen(field)))
			kb = strtol(line + strlen(field), NULL, 10);
	}
	fclose(f);
	return kb;
}

START_TEST(is_locked)
{
	void *memory;

	if (SANITIZED)
		return;
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(secret_new(32, &memory, NULL), LETHE_OK);
	ck_assert_int_gt(smaps_of(memory, "Locked:"), 0);
	secret_free(memory);
}
END_TEST

/* How a child ends that does `act`. */
static int
fate(void (*act)(void))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		act();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void
write_sealed(void)
{
	void *memory;

	if (secret_new(32, &memory, NULL) != LETHE_OK)
		_exit(1);
	secret_seal(memory);
	*(volatile uint8_t *)memory = 1;
}

static void
write_behind(void)
{
	void *memory;

	if (secret_new(32, &memory, NULL) != LETHE_OK)
		_exit(1);
	((volatile uint8_t *)memory)[32] = 1;
}

START_TEST(stops_whoever_writes_a_sealed_one)
{
	if (SANITIZED)
		return;
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_int_eq(fate(write_sealed), SIGSEGV);
	ck_assert_int_eq(fate(write_behind), SIGSEGV);
}
END_TEST

/* An ordinary user without the right to lock. */
static void
lock_nothing(void)
{
	const struct rlimit none = {0, 0};
	struct lethe_error err = {0};
	void *memory = &err;

	if (setrlimit(RLIMIT_MEMLOCK, &none) || setgid(65534) || setuid(65534))
		_exit(77);
	if (secret_new(32, &memory, &err) != LETHE_ENOMEM || memory ||
		!strstr(err.what, "RLIMIT_MEMLOCK") ||
		!strstr(err.what, "ulimit -l"))
		_exit(1);
}

START_TEST(refuses_memory_that_cannot_be_locked)
{
	int end;

	if (SANITIZED)
		return;
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	end = fate(lock_nothing);
	/* 77: not root and not allowed to become another. */
	ck_assert(end == 0 || (end == -77 && geteuid() != 0));
}
END_TEST

static void
turn_dumps_off(void)
{
	struct rlimit limit;

	if (core_dumps_off(NULL) != LETHE_OK ||
		getrlimit(RLIMIT_CORE, &limit) || limit.rlim_cur ||
		limit.rlim_max || prctl(PR_GET_DUMPABLE))
		_exit(1);
}

START_TEST(turns_core_dumps_off)
{
	ck_assert_int_eq(fate(turn_dumps_off), 0);
}
END_TEST

SUITE("secret", TEST(gives_zeros_that_can_be_written), TEST(is_locked),
	TEST(stops_whoever_writes_a_sealed_one),
	TEST(refuses_memory_that_cannot_be_locked), TEST(turns_core_dumps_off))
