#include "crypto/place/terminal.h"

#include <errno.h>
#include <fcntl.h>
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

/* A question that is left must leave the terminal as it was. */
static void
watch_signals(struct sigaction old[static ENDING_COUNT])
{
	struct sigaction act = {.sa_handler = note};

	came = 0;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaction(ending[i], &act, &old[i]);
}

static void
unwatch_signals(const struct sigaction old[static ENDING_COUNT])
{
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaction(ending[i], &old[i], NULL);
	if (came)
		raise(came);
}

static void
say(int fd, const char *text)
{
	/* A terminal that shows nothing still takes the answer. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

/* The terminal gives a line at a time. */
static ssize_t
read_line(int fd, uint8_t *out, size_t limit)
{
	ssize_t n;

	do
		n = read(fd, out, limit);
	while (n < 0 && errno == EINTR && !came);
	return n;
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
	struct sigaction old[ENDING_COUNT];
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
	watch_signals(old);
	if (!tcsetattr(fd, TCSAFLUSH, &quiet)) {
		say(fd, question);
		n = read_line(fd, out, limit);
		tcsetattr(fd, TCSAFLUSH, &was);
		say(fd, "\n");
	}
	unwatch_signals(old);
	close(fd);
	status = check_line(out, n, err);
	if (status == LETHE_OK)
		*len = (size_t)n;
	return status;
}
