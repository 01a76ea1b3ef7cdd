#include "suite.h"

#include "base/log.h"
#include "crypto/secret.h"
#include "daemon/rights.h"
#include "daemon/sandbox.h"
#include "daemon/sandbox_calls.h"
#include "transform/pattern.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each trial is a child of its own: what is closed stays closed. */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* such a build goes without the filter */
#else
#define SANITIZED 0
#endif

#define WENT_ON 0
#define CANNOT_TRY 77

/* How a child ends that does `act`: -code, or the signal. */
static int
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

static void
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

static void
close_as(enum sandbox_mode mode)
{
	struct lethe_error err = {0};

	if (rights_drop(&err) ||
		sandbox_close(&(struct sandbox_options){mode}, &err))
		demand(false, err.what);
}

/* A number of a file like /proc/self/status; -1 when it has no such line. */
static long long
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

/* ---- the table */

static bool
is_known(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name) >= 0 ||
	       seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, name) >= 0;
}

START_TEST(every_name_is_one_of_linux)
{
	ck_assert(!is_known("opennat"));
	for (const char *const *n = sandbox_allowed; *n; n++)
		ck_assert_msg(is_known(*n), "%s", *n);
	for (const char *const *n = sandbox_killed; *n; n++)
		ck_assert_msg(is_known(*n), "%s", *n);
	for (const struct sandbox_call *c = sandbox_by_argument; c->name; c++)
		ck_assert_msg(is_known(c->name), "%s", c->name);
}
END_TEST

static unsigned
count_of(const char *name)
{
	unsigned count = 0;

	for (const char *const *n = sandbox_allowed; *n; n++)
		count += !strcmp(*n, name);
	for (const char *const *n = sandbox_killed; *n; n++)
		count += !strcmp(*n, name);
	return count;
}

/* A row without a condition would undo those with one. */
START_TEST(no_name_stands_in_two_parts)
{
	for (const char *const *n = sandbox_allowed; *n; n++)
		ck_assert_msg(count_of(*n) == 1, "%s", *n);
	for (const char *const *n = sandbox_killed; *n; n++)
		ck_assert_msg(count_of(*n) == 1, "%s", *n);
	for (const struct sandbox_call *c = sandbox_by_argument; c->name; c++)
		ck_assert_msg(count_of(c->name) == 0, "%s", c->name);
}
END_TEST

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

/* ---- what ends the process */

static void
run_shell(void)
{
	execl("/bin/sh", "sh", "-c", "exit 7", NULL);
}

static void
run_shell_by_descriptor(void)
{
	static const char *const words[] = {"sh", "-c", "exit 7", NULL};
	static const char *const none[] = {NULL};
	int fd = open("/bin/sh", O_RDONLY);

	syscall(SYS_execveat, fd, "", words, none, AT_EMPTY_PATH);
}

static void
run_by_system(void)
{
	_exit(system("exit 7") == 7 << 8 ? 7 : WENT_ON);
}

static void
run_by_popen(void)
{
	FILE *f = popen("exit 7", "r");

	_exit(f && pclose(f) == 7 << 8 ? 7 : WENT_ON);
}

static void
fork_a_child(void)
{
	pid_t child = fork();
	int status = 0;

	if (!child)
		_exit(7);
	if (child > 0 && waitpid(child, &status, 0) == child)
		_exit(WEXITSTATUS(status));
}

static void
look_into_parent(void)
{
	ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void
read_parent(void)
{
	char byte;
	struct iovec to = {&byte, 1}, from = {&byte, 1};

	syscall(SYS_process_vm_readv, getppid(), &to, 1, &from, 1, 0);
}

static void
become_another(void)
{
	syscall(SYS_setuid, 65534);
}

static void
leave_namespace(void)
{
	unshare(CLONE_NEWUSER);
}

static void
load_bpf(void)
{
	syscall(SYS_bpf, 0, NULL, 0);
}

static void
ask_for_keys(void)
{
	syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static void
mount_something(void)
{
	syscall(SYS_mount, "none", "/nowhere", "tmpfs", 0, NULL);
}

static const struct {
	const char *what;
	void (*act)(void);
	int open; /* how it ends without the sandbox; 1: it does not matter */
} deadly[] = {
	{"a shell", run_shell, -7},
	{"a shell by its descriptor", run_shell_by_descriptor, -7},
	{"system()", run_by_system, -7},
	{"popen()", run_by_popen, -7},
	{"fork()", fork_a_child, -7},
	{"ptrace", look_into_parent, 1},
	{"reading another's memory", read_parent, 1},
	{"another user", become_another, 1},
	{"a new namespace", leave_namespace, 1},
	{"bpf", load_bpf, 1},
	{"the kernel's key ring", ask_for_keys, 1},
	{"a mount", mount_something, 1},
};

static void
try_deadly(int row)
{
	close_as(SANDBOX_ON);
	deadly[row].act();
}

static void
try_open(int row)
{
	deadly[row].act();
}

START_TEST(ends_whoever_starts_a_program)
{
	if (deadly[_i].open < 1)
		ck_assert_int_eq(fate(try_open, _i), deadly[_i].open);
	if (!SANITIZED)
		ck_assert_msg(
			fate(try_deadly, _i) == SIGSYS, "%s", deadly[_i].what);
}
END_TEST

/* ---- what fails */

static int
write_a_file(void)
{
	return open("/dev/null", O_WRONLY);
}

static int
make_a_file(void)
{
	return open("/tmp/lethe-sandbox-made", O_RDONLY | O_CREAT, 0600);
}

static int
empty_a_file(void)
{
	return open("/dev/null", O_RDONLY | O_TRUNC);
}

static int
make_a_nameless_file(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR, 0600);
}

static int
write_by_openat2(void)
{
	const uint64_t how[3] = {O_WRONLY};

	return (int)syscall(
		SYS_openat2, AT_FDCWD, "/dev/null", how, sizeof(how));
}

static int
make_memory_file(void)
{
	return (int)syscall(SYS_memfd_create, "x", 0);
}

static int
make_a_folder(void)
{
	return mkdir("/tmp/lethe-sandbox-made", 0700);
}

static int
remove_a_file(void)
{
	return unlink("/tmp/lethe-sandbox-none");
}

static int
listen_on_a_port(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static int
open_raw_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int
open_audit(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 9);
}

static int
signal_parent(void)
{
	return kill(getppid(), 0);
}

static int
signal_parents_thread(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static int
raise_a_limit(void)
{
	const struct rlimit limit = {64, 64};

	return setrlimit(RLIMIT_NOFILE, &limit);
}

static int
type_for_the_terminal(void)
{
	return ioctl(0, TIOCSTI, "x");
}

static int
be_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int
use_a_ring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int
clone_by_struct(void)
{
	return (int)syscall(SYS_clone3, NULL, 0);
}

static int
clone_into_namespace(void)
{
	return (int)syscall(SYS_clone,
		CLONE_THREAD | CLONE_VM | CLONE_SIGHAND | CLONE_NEWNET, NULL,
		NULL, NULL, NULL);
}

static const struct {
	const char *what;
	int (*act)(void);
} refused[] = {
	{"writing a file", write_a_file},
	{"making a file", make_a_file},
	{"emptying a file", empty_a_file},
	{"a file without a name", make_a_nameless_file},
	{"writing by openat2", write_by_openat2},
	{"a file in memory", make_memory_file},
	{"a folder", make_a_folder},
	{"removing a file", remove_a_file},
	{"listening", listen_on_a_port},
	{"raw packets", open_raw_packets},
	{"netlink beyond routes", open_audit},
	{"a signal to another", signal_parent},
	{"a signal to another's thread", signal_parents_thread},
	{"setting a limit", raise_a_limit},
	{"typing for the terminal", type_for_the_terminal},
	{"core dumps", be_dumpable},
	{"io_uring", use_a_ring},
	{"clone3", clone_by_struct},
	{"a thread in another namespace", clone_into_namespace},
};

static void
try_refused(int row)
{
	close_as(SANDBOX_ON);
	errno = 0;
	demand(refused[row].act() == -1 && errno == ENOSYS, refused[row].what);
}

START_TEST(fails_as_if_the_kernel_knew_no_such_call)
{
	if (!SANITIZED)
		ck_assert_int_eq(fate(try_refused, _i), 0);
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

/* ---- the other choices */

static void
try_log(int row)
{
	close_as(SANDBOX_LOG);
	DEMAND(status_of("/proc/self/status", "Seccomp:", 10) ==
		(SANITIZED ? 0 : 2));
	DEMAND(open("/dev/null", O_WRONLY) >= 0);
	deadly[row].act();
}

static void
try_off(int row)
{
	close_as(SANDBOX_OFF);
	DEMAND(!status_of("/proc/self/status", "Seccomp:", 10));
	DEMAND(status_of("/proc/self/status", "NoNewPrivs:", 10) == 1);
	DEMAND(!status_of("/proc/self/status", "CapEff:", 16));
	deadly[row].act();
}

START_TEST(log_and_off_refuse_nothing)
{
	ck_assert_int_eq(fate(try_log, 0), -7);
	ck_assert_int_eq(fate(try_log, 4), -7);
	ck_assert_int_eq(fate(try_off, 0), -7);
}
END_TEST

/* As a container's profile may be: without the library, which remembers what
 * the kernel could do when it first asked. */
static void
refuse_seccomp(int answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	DEMAND(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DEMAND(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void
try_without_seccomp(int answer)
{
	struct sandbox_options on = {SANDBOX_ON}, off = {SANDBOX_OFF};
	struct lethe_error err = {0};

	refuse_seccomp(answer);
	DEMAND(sandbox_close(&on, &err) == LETHE_ESETTING);
	demand(strstr(err.what, "set `sandbox: off`"), err.what);
	DEMAND(sandbox_close(&off, &err) == LETHE_OK);
}

START_TEST(fails_closed_where_the_kernel_refuses)
{
	if (SANITIZED)
		return;
	ck_assert_int_eq(fate(try_without_seccomp, EPERM), 0);
	ck_assert_int_eq(fate(try_without_seccomp, ENOSYS), 0);
}
END_TEST

START_TEST(says_what_a_build_leaves_out)
{
	if (SANITIZED)
		puts("sandbox: a sanitizer's build has no filter: what it "
		     "refuses is not tried");
}
END_TEST

SUITE("sandbox", TEST(every_name_is_one_of_linux),
	TEST(no_name_stands_in_two_parts), TEST(leaves_no_capability),
	ROWS(ends_whoever_starts_a_program, deadly),
	ROWS(fails_as_if_the_kernel_knew_no_such_call, refused),
	TEST(holds_for_a_thread_that_was_there_before),
	TEST(leaves_ordinary_work_alone), TEST(a_bug_still_ends_as_one),
	TEST(log_and_off_refuse_nothing),
	TEST(fails_closed_where_the_kernel_refuses),
	TEST(says_what_a_build_leaves_out))
