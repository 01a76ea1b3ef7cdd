#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

/*
 * What is closed stays closed: each trial of the sandbox is a child of its
 * own, and how it ends is the finding.
 */

#include "suite.h"

#include "base/log.h"
#include "daemon/rights.h"
#include "daemon/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* such a build goes without the filter */
#else
#define SANITIZED 0
#endif

#define WENT_ON 0
#define CANNOT_TRY 77

/* How a child ends that does `act`: -code, or the signal. */
static inline int
fate(void (*act)(int), int row)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		log_off();
		signal(SIGSYS, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		alarm(60);
		act(row);
		_exit(WENT_ON);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static inline void
demand(bool holds, const char *what)
{
	static const char head[] = "does not hold: ";

	if (holds)
		return;
	(void)!write(STDERR_FILENO, head, sizeof(head) - 1);
	(void)!write(STDERR_FILENO, what, strlen(what));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(1);
}

#define DEMAND(cond) demand(cond, #cond)

static inline void
close_as(enum sandbox_mode mode)
{
	struct lethe_error err = {0};

	if (rights_drop(&err) ||
		sandbox_close(&(struct sandbox_options){mode}, &err))
		demand(false, err.what);
}

/* A number of a file like /proc/self/status; -1 when it has no such line. */
static inline long long
status_of(const char *path, const char *field, int base)
{
	char text[8192], *line;
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	line = strstr(text, field);
	return line ? (long long)strtoull(line + strlen(field), NULL, base)
		    : -1;
}

static inline void
run_shell(void)
{
	execl("/bin/sh", "sh", "-c", "exit 7", NULL);
}

#endif
