#include "crypto/place/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

#define ENDING_COUNT (sizeof(ending) / sizeof(*ending))

static volatile sig_atomic_t came;

static void
note(int signal)
{
	came = signal;
}

struct watch {
	struct sigaction old[ENDING_COUNT];
	sigset_t mask;	  /* the caller's */
	sigset_t waiting; /* in which the endings come, and only then */
};

/* A question that is left must leave the terminal as it was. */
static void
watch_signals(struct watch *w)
{
	struct sigaction act = {.sa_handler = note};
	sigset_t endings;

	came = 0;
	sigemptyset(&act.sa_mask);
	sigemptyset(&endings);
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaddset(&endings, ending[i]);
	pthread_sigmask(SIG_BLOCK, &endings, &w->mask);
	w->waiting = w->mask;
	for (size_t i = 0; i < ENDING_COUNT; i++) {
		sigdelset(&w->waiting, ending[i]);
		sigaction(ending[i], &act, &w->old[i]);
	}
}

static void
unwatch_signals(const struct watch *w)
{
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaction(ending[i], &w->old[i], NULL);
	if (came)
		raise(came);
	pthread_sigmask(SIG_SETMASK, &w->mask, NULL);
}

static void
say(int fd, const char *text)
{
	/* A terminal that shows nothing still takes the answer. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

/*
 * The terminal gives a line at a time.  A signal that comes before the waiting
 * begins is not lost: it is let in by the waiting itself.
 */
static ssize_t
read_line(int fd, const struct watch *w, uint8_t *out, size_t limit)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready;

	do
		ready = ppoll(&wait, 1, NULL, &w->waiting);
	while (ready < 0 && errno == EINTR && !came);
	return ready < 0 || came ? -1 : read(fd, out, limit);
}

static int
open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	/* In the background a question would stop the process. */
	if (fd >= 0 && tcgetpgrp(fd) != getpgrp()) {
		close(fd);
		return -1;
	}
	return fd;
}

static enum lethe_status
check_line(const uint8_t *line, ssize_t n, struct lethe_error *err)
{
	if (n <= 0)
		return fail(err, LETHE_EKEY, 0, "no passphrase was given");
	if (line[n - 1] != '\n')
		return fail(err, LETHE_EKEY, 0, "the passphrase is too long");
	return LETHE_OK;
}

enum lethe_status
terminal_ask(const char *question, void *out, size_t limit, size_t *len,
	struct lethe_error *err)
{
	struct watch watch;
	struct termios was, quiet;
	enum lethe_status status;
	int fd = open_terminal();
	ssize_t n = -1;

	*len = 0;
	if (fd < 0 || tcgetattr(fd, &was)) {
		if (fd >= 0)
			close(fd);
		return fail(err, LETHE_EKEY, 0,
			"there is no terminal to ask for a passphrase");
	}
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	watch_signals(&watch);
	if (!tcsetattr(fd, TCSAFLUSH, &quiet)) {
		say(fd, question);
		n = read_line(fd, &watch, out, limit);
		tcsetattr(fd, TCSAFLUSH, &was);
		say(fd, "\n");
	}
	unwatch_signals(&watch);
	close(fd);
	status = check_line(out, n, err);
	if (status == LETHE_OK)
		*len = (size_t)n;
	return status;
}
