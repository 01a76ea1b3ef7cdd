#include "crypto/secret.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* sodium_malloc puts the end of the region at a page's end. */
#define SECRET_ALIGN 16

/* Deeper than any call into the crypto library reaches. */
#define STACK_WIPED 32768

enum lethe_status
crypto_start(struct lethe_error *err)
{
	if (sodium_init() < 0)
		return fail(err, LETHE_EIO, 0,
			"the crypto library cannot start: the system gives no "
			"random bytes");
	return LETHE_OK;
}

static enum lethe_status
fail_lock(struct lethe_error *err, int why)
{
	struct rlimit limit = {0};

	getrlimit(RLIMIT_MEMLOCK, &limit);
	return fail(err, LETHE_ENOMEM, 0,
		"cannot lock memory for keys (%s): RLIMIT_MEMLOCK is %llu KiB; "
		"raise it (ulimit -l, LimitMEMLOCK=)",
		strerror(why), (unsigned long long)limit.rlim_cur / 1024);
}

enum lethe_status
secret_new(size_t bytes, void **out, struct lethe_error *err)
{
	size_t size = (bytes + SECRET_ALIGN - 1) / SECRET_ALIGN * SECRET_ALIGN;
	void *p;

	*out = NULL;
	if (sodium_init() < 0 || size < bytes)
		return fail(err, LETHE_ENOMEM, 0, "no memory for keys");
	p = sodium_malloc(size);
	if (!p)
		return fail(err, LETHE_ENOMEM, 0, "no memory for keys");
	/* sodium_malloc goes on when its own mlock fails; asked again here. */
	if (mlock(p, size)) {
		int why = errno;

		sodium_free(p);
		return fail_lock(err, why);
	}
	memset(p, 0, size);
	*out = p;
	return LETHE_OK;
}

/* Lies up to its caller's frame, as an array does not for its alignment. */
__attribute__((noinline, no_stack_protector)) static void
wipe_stack_top(void)
{
	volatile uint64_t a = 0, b = 0, c = 0, d = 0;

	(void)a, (void)b, (void)c, (void)d;
}

__attribute__((noinline, no_stack_protector)) static void
wipe_stack_below(void)
{
	uint8_t rest[STACK_WIPED];

	explicit_bzero(rest, sizeof(rest));
}

#if defined(__x86_64__)
#define CLEAR(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n"

/* Whole, where an ordinary move clears a register's lower part alone. */
static inline void
wipe_wide_registers(void)
{
	if (__builtin_cpu_supports("avx512f"))
		__asm__ volatile(CLEAR(16) CLEAR(17) CLEAR(18) CLEAR(19) CLEAR(
			20) CLEAR(21) CLEAR(22) CLEAR(23) CLEAR(24) CLEAR(25)
				CLEAR(26) CLEAR(27) CLEAR(28) CLEAR(29)
					CLEAR(30) CLEAR(31)::);
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroall" ::
					 : "xmm0", "xmm1", "xmm2", "xmm3",
				 "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
				 "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
				 "xmm15");
}
#else
static inline void
wipe_wide_registers(void)
{
}
#endif

#if defined(__has_attribute) && __has_attribute(zero_call_used_regs)
#define ZEROES_REGISTERS __attribute__((zero_call_used_regs("all")))
#else
#define ZEROES_REGISTERS
#endif

/* The next call that the dynamic linker binds would put them on the stack. */
__attribute__((noinline)) ZEROES_REGISTERS static void
wipe_registers(void)
{
	wipe_wide_registers();
}

/*
 * Whoever has worked with a key ends by sealing, hiding or freeing it; what the
 * library left of it in registers, and on the stack below, goes here.  Its own
 * sodium_stackzero leaves a hole in its frame, where parts of keys were found.
 */
static inline void
wipe_traces(void)
{
	wipe_registers();
	wipe_stack_below();
	wipe_stack_top();
}

void
secret_seal(void *secret)
{
	wipe_traces();
	bug_if(sodium_mprotect_readonly(secret));
}

void
secret_unseal(void *secret)
{
	bug_if(sodium_mprotect_readwrite(secret));
}

void
secret_hide(void *secret)
{
	wipe_traces();
	bug_if(sodium_mprotect_noaccess(secret));
}

void
secret_show(void *secret)
{
	bug_if(sodium_mprotect_readonly(secret));
}

void
secret_free(void *secret)
{
	if (secret)
		wipe_traces();
	sodium_free(secret);
}

enum lethe_status
core_dumps_off(struct lethe_error *err)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
		return fail(err, LETHE_EIO, 0, "cannot turn core dumps off: %s",
			strerror(errno));
	return LETHE_OK;
}

void
random_bytes(void *out, size_t len)
{
	randombytes_buf(out, len);
}

const char *
crypto_library(void)
{
	static char text[48];

	(void)snprintf(
		text, sizeof(text), "libsodium %s", sodium_version_string());
	return text;
}
