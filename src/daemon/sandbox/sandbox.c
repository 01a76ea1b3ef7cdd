#include "daemon/sandbox.h"

#include "daemon/sandbox/calls.h"

#include "base/log.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* What happens to a call that no row allows. */
static uint32_t
otherwise(enum sandbox_mode mode)
{
	return mode == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_ERRNO(ENOSYS);
}

static uint32_t
action_of(enum sandbox_answer answer, enum sandbox_mode mode)
{
	switch (answer) {
	case SANDBOX_ALLOW: return SCMP_ACT_ALLOW;
	case SANDBOX_ABSENT: return SCMP_ACT_ERRNO(ENOSYS);
	case SANDBOX_KILL: break;
	}
	return mode == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS;
}

/* 0, or the negative errno of the library. */
static int
add(scmp_filter_ctx filter, const struct sandbox_call *c,
	enum sandbox_mode mode)
{
	struct scmp_arg_cmp when[SANDBOX_CONDITIONS];
	uint32_t action = action_of(c->answer, mode);
	int number = seccomp_syscall_resolve_name(c->name);
	unsigned count = 0;

	/* Below zero: another architecture's, or newer than the library. */
	if (number < 0 || action == otherwise(mode))
		return 0;
	for (unsigned i = 0; i < SANDBOX_CONDITIONS && c->when[i].mask; i++) {
		uint64_t value = c->when[i].value;

		if (value == SANDBOX_SELF)
			value = (uint64_t)getpid();
		when[count++] = SCMP_CMP64(c->when[i].argument,
			SCMP_CMP_MASKED_EQ, c->when[i].mask, value);
	}
	return seccomp_rule_add_array(filter, action, number, count, when);
}

static int
add_names(scmp_filter_ctx filter, const char *const *names,
	enum sandbox_answer answer, enum sandbox_mode mode)
{
	int code = 0;

	for (; !code && *names; names++)
		code = add(filter,
			&(struct sandbox_call){*names, answer, {{0}}}, mode);
	return code;
}

static int
fill(scmp_filter_ctx filter, enum sandbox_mode mode)
{
	/* The threads of the client library are there already. */
	int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (!code)
		code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			action_of(SANDBOX_KILL, mode));
	if (!code)
		code = add_names(filter, sandbox_allowed, SANDBOX_ALLOW, mode);
	if (!code)
		code = add_names(filter, sandbox_killed, SANDBOX_KILL, mode);
	for (const struct sandbox_call *c = sandbox_by_argument;
		!code && c->name; c++)
		code = add(filter, c, mode);
	return code;
}

static int
load(enum sandbox_mode mode)
{
	scmp_filter_ctx filter = seccomp_init(otherwise(mode));
	int code;

	if (!filter)
		return -EINVAL;
	code = fill(filter, mode);
	if (!code)
		code = seccomp_load(filter);
	seccomp_release(filter);
	return code;
}

static enum lethe_status
refused(int code, struct lethe_error *err)
{
	LOG(LOG_ERROR, "sandbox_refused", LOG_TEXT("why", strerror(-code)),
		LOG_TEXT("do", "allow the system call seccomp in the "
			       "container's profile, or set `sandbox: off`"));
	return fail(err, LETHE_ESETTING, 0,
		"the kernel or the container refuses the sandbox (%s): allow "
		"seccomp, or set `sandbox: off`",
		strerror(-code));
}

enum lethe_status
sandbox_close(const struct sandbox_options *options, struct lethe_error *err)
{
	int code;

	if (options->mode == SANDBOX_OFF) {
		LOG(LOG_WARN, "sandbox_off",
			LOG_TEXT("why", "`sandbox: off`: no system call is "
					"refused"),
			LOG_TEXT("do", "set `sandbox: on`, unless something "
				       "here cannot work with it"));
		return LETHE_OK;
	}
	if (SANITIZED) {
		LOG(LOG_WARN, "sandbox_off",
			LOG_TEXT("why", "this build has a sanitizer, which "
					"needs more system calls"),
			LOG_TEXT("do", "use a release build"));
		return LETHE_OK;
	}
	code = load(options->mode);
	if (code)
		return refused(code, err);
	if (options->mode == SANDBOX_LOG)
		LOG(LOG_WARN, "sandbox_log",
			LOG_TEXT("why", "`sandbox: log`: system calls are "
					"logged by the kernel, not refused"),
			LOG_TEXT("do", "look for type=1326 in the kernel's "
				       "log, then set `sandbox: on`"));
	else
		LOG(LOG_INFO, "sandbox_closed",
			LOG_TEXT("system_calls", "filtered"));
	return LETHE_OK;
}

const char *
sandbox_library(void)
{
	static char text[48];
	const struct scmp_version *v = seccomp_version();

	if (!v)
		return "libseccomp";
	(void)snprintf(text, sizeof(text), "libseccomp %u.%u.%u", v->major,
		v->minor, v->micro);
	return text;
}
