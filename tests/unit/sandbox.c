#include "trial.h"

#include "daemon/sandbox/calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

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

/* ---- what ends the process */

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
	TEST(no_name_stands_in_two_parts),
	ROWS(ends_whoever_starts_a_program, deadly),
	ROWS(fails_as_if_the_kernel_knew_no_such_call, refused),
	TEST(log_and_off_refuse_nothing),
	TEST(fails_closed_where_the_kernel_refuses),
	TEST(says_what_a_build_leaves_out))
