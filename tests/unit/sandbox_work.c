#include "trial.h"

#include "crypto/secret.h"
#include "transform/pattern.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* ---- rights */

#define SETPCAP_BIT 8

static void
drop_rights(int row)
{
	static const char *const sets[] = {
		"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};
	long long held = status_of("/proc/self/status", "CapEff:", 16);
	struct lethe_error err;

	(void)row;
	if (rights_drop(&err))
		demand(false, err.what);
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		demand(!status_of("/proc/self/status", sets[i], 16), sets[i]);
	DEMAND(status_of("/proc/self/status", "NoNewPrivs:", 10) == 1);
	if (!(held >> SETPCAP_BIT & 1))
		_exit(CANNOT_TRY);
	DEMAND(!status_of("/proc/self/status", "CapBnd:", 16));
}

START_TEST(leaves_no_capability)
{
	int end = fate(drop_rights, 0);

	if (end == -CANNOT_TRY)
		puts("sandbox: not root, so the bounding set stays: not tried");
	else
		ck_assert_int_eq(end, 0);
}
END_TEST

/* ---- threads that were there before */

static pthread_barrier_t barrier;

static void *
older_thread(void *shell)
{
	static const char status[] = "/proc/thread-self/status";

	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	DEMAND(!status_of(status, "CapEff:", 16));
	DEMAND(status_of(status, "NoNewPrivs:", 10) == 1);
	DEMAND(status_of(status, "Seccomp:", 10) == (SANITIZED ? 0 : 2));
	if (shell)
		run_shell();
	return NULL;
}

static void
try_older_thread(int shell)
{
	struct lethe_error err;
	pthread_t thread;

	if (rights_drop(&err))
		demand(false, err.what);
	pthread_barrier_init(&barrier, NULL, 2);
	DEMAND(!pthread_create(
		&thread, NULL, older_thread, shell ? &barrier : NULL));
	pthread_barrier_wait(&barrier);
	DEMAND(!sandbox_close(&(struct sandbox_options){SANDBOX_ON}, &err));
	pthread_barrier_wait(&barrier);
	DEMAND(!pthread_join(thread, NULL));
}

START_TEST(holds_for_a_thread_that_was_there_before)
{
	ck_assert_int_eq(fate(try_older_thread, false), 0);
	if (!SANITIZED)
		ck_assert_int_eq(fate(try_older_thread, true), SIGSYS);
}
END_TEST

/* ---- what goes on */

static int port_listens, port_number;

static void
open_port(void)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);

	port_listens = socket(AF_INET, SOCK_STREAM, 0);
	DEMAND(!bind(port_listens, (struct sockaddr *)&a, len));
	DEMAND(!listen(port_listens, 4));
	DEMAND(!getsockname(port_listens, (struct sockaddr *)&a, &len));
	port_number = ntohs(a.sin_port);
}

static void
reads_files(void)
{
	char byte;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	DEMAND(read(fd, &byte, 1) == 1);
	DEMAND(!close(fd));
	DEMAND(!access("/etc/passwd", R_OK));
}

static void
finds_hosts(void)
{
	const struct addrinfo hints = {
		.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	DEMAND(!getaddrinfo("127.0.0.1", "9092", &hints, &found));
	freeaddrinfo(found);
	/* What it says depends on the machine; that it says it does not. */
	if (!getaddrinfo("lethe.invalid", "9092", &hints, &found))
		freeaddrinfo(found);
}

static void
talks(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr = {htonl(INADDR_LOOPBACK)},
		.sin_port = htons((uint16_t)port_number)};
	int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), in, one = 1;
	struct pollfd p = {.fd = port_listens, .events = POLLIN};
	char text[3] = "";

	DEMAND(!setsockopt(out, IPPROTO_TCP, 1, &one, sizeof(one)));
	DEMAND(!connect(out, (struct sockaddr *)&a, sizeof(a)));
	DEMAND(poll(&p, 1, 10000) == 1);
	in = accept4(port_listens, NULL, NULL, SOCK_NONBLOCK);
	DEMAND(send(out, "hi", 2, MSG_NOSIGNAL) == 2);
	p.fd = in;
	DEMAND(poll(&p, 1, 10000) == 1);
	DEMAND(recv(in, text, 2, 0) == 2 && !strcmp(text, "hi"));
	DEMAND(!ioctl(in, FIONBIO, &one));
	DEMAND(!shutdown(out, SHUT_RDWR));
}

static void
watches(void)
{
	int notices = inotify_init1(IN_CLOEXEC), pipes[2];
	int event = eventfd(1, EFD_CLOEXEC);
	uint64_t number = 0;

	DEMAND(inotify_add_watch(notices, "/tmp", IN_MOVED_TO) >= 0);
	DEMAND(read(event, &number, sizeof(number)) == 8 && number == 1);
	DEMAND(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK));
}

static void
waits_for_signals(void)
{
	const struct timespec soon = {0, 1000000};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	DEMAND(!sigprocmask(SIG_BLOCK, &set, NULL));
	DEMAND(sigtimedwait(&set, NULL, &soon) == -1 && errno == EAGAIN);
	DEMAND(!raise(SIGTERM));
	DEMAND(sigtimedwait(&set, NULL, &soon) == SIGTERM);
}

static void *
set_mark(void *mark)
{
	pthread_setname_np(pthread_self(), "marker");
	*(int *)mark = 1;
	return NULL;
}

static void
makes_threads(void)
{
	pthread_t thread;
	int mark = 0;

	DEMAND(!pthread_create(&thread, NULL, set_mark, &mark));
	DEMAND(!pthread_join(thread, NULL));
	DEMAND(mark == 1);
}

static void
takes_memory(void)
{
	struct lethe_error err;
	char *many = malloc((size_t)64 << 20);
	void *secret;

	DEMAND(many);
	memset(many, 1, (size_t)64 << 20);
	many = realloc(many, (size_t)96 << 20);
	DEMAND(many && many[0] == 1);
	free(many);
	DEMAND(!secret_new(100, &secret, &err));
	secret_seal(secret);
	secret_free(secret);
}

static void
matches_patterns(void)
{
	struct lethe_error err;
	struct pattern *p;
	struct pattern_scratch *s;

	DEMAND(!pattern_new(slice_of("[a-z]+[0-9]"), &p, &err));
	DEMAND(!pattern_scratch_new(&s, &err));
	DEMAND(pattern_match(p, slice_of("abc1"), s));
	DEMAND(!pattern_match(p, slice_of("abc"), s));
	pattern_scratch_free(s);
	pattern_free(p);
}

static void
try_work(int row)
{
	(void)row;
	DEMAND(crypto_start(NULL) == LETHE_OK);
	open_port();
	close_as(SANDBOX_ON);
	reads_files();
	finds_hosts();
	talks();
	watches();
	waits_for_signals();
	makes_threads();
	takes_memory();
	matches_patterns();
	printf("and buffers are flushed at the end%s", "\n");
	exit(0);
}

START_TEST(leaves_ordinary_work_alone)
{
	fflush(stdout);
	ck_assert_int_eq(fate(try_work, 0), 0);
}
END_TEST

static void
try_abort(int row)
{
	(void)row;
	close_as(SANDBOX_ON);
	abort();
}

START_TEST(a_bug_still_ends_as_one)
{
	ck_assert_int_eq(fate(try_abort, 0), SIGABRT);
}
END_TEST

START_TEST(says_what_a_build_leaves_out)
{
	if (SANITIZED)
		puts("sandbox_work: a sanitizer's build has no filter: work is "
		     "tried without it");
}
END_TEST

SUITE("sandbox_work", TEST(leaves_no_capability),
	TEST(holds_for_a_thread_that_was_there_before),
	TEST(leaves_ordinary_work_alone), TEST(a_bug_still_ends_as_one),
	TEST(says_what_a_build_leaves_out))
