#include "crypto/secret.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* sodium_malloc puts the end of the region at a page's end. */
#define SECRET_ALIGN 16

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

void
secret_seal(void *secret)
{
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
