#include "daemon/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* False when it cannot be emptied for another reason than a lack of rights. */
static bool
empty_bounding(void)
{
	for (unsigned long cap = 0;; cap++) {
		int held = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (held < 0)
			return true;
		/* Who may not empty it has no_new_privs, which gives the same:
		 * it bounds what a new program could gain. */
		if (held && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) &&
			errno != EPERM)
			return false;
	}
}

/* The ambient set is never more than the permitted and the inheritable one. */
static bool
empty_sets(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return !prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) &&
	       !syscall(SYS_capset, &head, none);
}

enum lethe_status
rights_drop(struct lethe_error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail(err, LETHE_EIO, 0,
			"the kernel refuses no_new_privs: %s", strerror(errno));
	if (!empty_bounding() || !empty_sets())
		return fail(err, LETHE_EIO, 0,
			"capabilities cannot be given up: %s", strerror(errno));
	return LETHE_OK;
}
