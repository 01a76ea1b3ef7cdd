#include "crypto/place/command.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 64
#define WORDS_BYTES_MAX 4096
#define SEARCH \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define LOOK_MS 5

struct command {
	const char *program; /* as errors name it */
	char text[WORDS_BYTES_MAX];
	char *argv[WORDS_MAX + 1];
	char home[WORDS_BYTES_MAX];
	char *environment[3];
	pid_t pid;
	int from; /* its standard output */
	int64_t until_ns;
};

static enum lethe_status
split(struct command *c, const char *words, struct lethe_error *err)
{
	char *rest = c->text, *word;
	size_t count = 0;

	if (strlen(words) >= sizeof(c->text))
		return fail(err, LETHE_EKEY, 0, "command: is too long");
	memcpy(c->text, words, strlen(words) + 1);
	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		if (count == WORDS_MAX)
			return fail(err, LETHE_EKEY, 0,
				"command: has more than %d words", WORDS_MAX);
		c->argv[count++] = word;
	}
	if (!count || c->argv[0][0] != '/')
		return fail(err, LETHE_EKEY, 0,
			"command: must be followed by a program's absolute "
			"path");
	c->program = c->argv[0];
	return LETHE_OK;
}

/* Whoever can write the program decides what key comes. */
static enum lethe_status
check_program(const struct command *c, struct lethe_error *err)
{
	struct stat st;

	if (stat(c->program, &st))
		return fail(err, LETHE_EKEY, 0, "cannot run %.80s: %s",
			c->program, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(
			err, LETHE_EKEY, 0, "%.80s is no program", c->program);
	if ((st.st_uid != geteuid() && st.st_uid != 0) ||
		st.st_mode & (S_IWGRP | S_IWOTH))
		return fail(err, LETHE_EKEY, 0,
			"%.80s is not run: others may change it (chmod go-w, "
			"chown)",
			c->program);
	return LETHE_OK;
}

static void
make_environment(struct command *c)
{
	const char *home = getenv("HOME");
	size_t count = 0;

	c->environment[count++] = (char *)(uintptr_t)SEARCH;
	if (home && snprintf(c->home, sizeof(c->home), "HOME=%s", home) <
			    (int)sizeof(c->home))
		c->environment[count++] = c->home;
}

/* The pipe's end may be 0 or 2 itself: it is moved before 0 is opened. */
static int
plan_descriptors(posix_spawn_file_actions_t *a, int to)
{
	int why = posix_spawn_file_actions_adddup2(a, to, STDOUT_FILENO);

	if (!why)
		why = posix_spawn_file_actions_addopen(
			a, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	return why ? why : posix_spawn_file_actions_addclosefrom_np(a, 3);
}

/* A session of its own, and signals as a program expects them. */
static int
plan_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID |
						      POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
}

static int
spawn(struct command *c, int to)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int why = posix_spawn_file_actions_init(&actions);

	if (why)
		return why;
	why = posix_spawnattr_init(&attr);
	if (!why) {
		why = plan_descriptors(&actions, to);
		if (!why)
			why = plan_signals(&attr);
		if (!why)
			why = posix_spawn(&c->pid, c->program, &actions, &attr,
				c->argv, c->environment);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return why;
}

static enum lethe_status
start(struct command *c, struct lethe_error *err)
{
	int ends[2], why;

	if (pipe2(ends, O_CLOEXEC))
		return fail(err, LETHE_EKEY, 0, "cannot run %.80s: %s",
			c->program, strerror(errno));
	why = spawn(c, ends[1]);
	close(ends[1]);
	c->from = ends[0];
	if (!why)
		return LETHE_OK;
	close(ends[0]);
	return fail(err, LETHE_EKEY, 0, "cannot run %.80s: %s", c->program,
		strerror(why));
}

static int64_t
left_ms(const struct command *c)
{
	int64_t left = c->until_ns - clock_monotonic_ns();

	return left > 0 ? left / 1000000 + 1 : 0;
}

static enum lethe_status
fail_late(const struct command *c, struct lethe_error *err)
{
	return fail(err, LETHE_EKEY, 0,
		"%.80s did not end in time: it was killed", c->program);
}

static enum lethe_status
read_output(struct command *c, uint8_t *out, size_t limit, size_t *len,
	struct lethe_error *err)
{
	struct pollfd wait = {.fd = c->from, .events = POLLIN};
	int64_t left;
	ssize_t n;

	while (*len < limit) {
		left = left_ms(c);
		if (!left)
			return fail_late(c, err);
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		n = read(c->from, out + *len, limit - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, LETHE_EKEY, 0,
				"cannot read from %.80s: %s", c->program,
				strerror(errno));
		if (!n)
			return LETHE_OK;
		*len += (size_t)n;
	}
	return fail(
		err, LETHE_EKEY, 0, "what %.80s gives is too long", c->program);
}

/* It has closed its output; it may still be at work. */
static enum lethe_status
wait_end(struct command *c, struct lethe_error *err)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	int end = 0;
	pid_t got;

	while ((got = waitpid(c->pid, &end, WNOHANG)) == 0 ||
		(got < 0 && errno == EINTR)) {
		if (!left_ms(c))
			return fail_late(c, err);
		nanosleep(&pause, NULL);
	}
	c->pid = 0;
	if (got < 0)
		return fail(err, LETHE_EKEY, 0,
			"%.80s: how it ended cannot be learnt: %s", c->program,
			strerror(errno));
	if (WIFSIGNALED(end))
		return fail(err, LETHE_EKEY, 0, "%.80s was ended by signal %d",
			c->program, WTERMSIG(end));
	if (WEXITSTATUS(end))
		return fail(err, LETHE_EKEY, 0, "%.80s ended with exit code %d",
			c->program, WEXITSTATUS(end));
	return LETHE_OK;
}

/* The whole session, while its leader's number cannot be another's. */
static void
end(struct command *c)
{
	close(c->from);
	if (!c->pid)
		return;
	kill(-c->pid, SIGKILL);
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

enum lethe_status
command_read(const char *words, int64_t time_ms, void *out, size_t limit,
	size_t *len, struct lethe_error *err)
{
	struct command *c = calloc(1, sizeof(*c));
	enum lethe_status status;

	*len = 0;
	if (!c)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a command");
	c->until_ns = clock_monotonic_ns() + time_ms * 1000000;
	make_environment(c);
	status = split(c, words, err);
	if (status == LETHE_OK)
		status = check_program(c, err);
	if (status == LETHE_OK)
		status = start(c, err);
	if (status == LETHE_OK) {
		status = read_output(c, out, limit, len, err);
		if (status == LETHE_OK)
			status = wait_end(c, err);
		end(c);
	}
	if (status != LETHE_OK)
		*len = 0;
	free(c);
	return status;
}
