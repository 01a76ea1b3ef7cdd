#include "daemon/sandbox/calls.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The kernel looks at the lower half of an `int` alone. */
#define INT 0xffffffff
/* Of the flags of open: what may change or make a file. */
#define WRITES (O_ACCMODE | O_CREAT | O_TRUNC)
/* Of the flags of clone: a thread has all of the first and none of the second.
 */
#define THREAD (CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)
#define SPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
		CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

const struct sandbox_call sandbox_by_argument[] = {
	/* clone3 and openat2 hide their flags in memory, where no filter looks:
	 * libc is sent to the older calls */
	{"clone3", SANDBOX_ABSENT, {{0}}},
	{"clone", SANDBOX_ALLOW, {{0, THREAD | SPACES, THREAD}}},
	{"clone", SANDBOX_KILL, {{0, CLONE_THREAD, 0}}},
	{"open", SANDBOX_ALLOW, {{1, WRITES, O_RDONLY}}},
	{"openat", SANDBOX_ALLOW, {{2, WRITES, O_RDONLY}}},

	{"ioctl", SANDBOX_ALLOW, {{1, INT, FIONBIO}}},
	{"ioctl", SANDBOX_ALLOW, {{1, INT, FIONREAD}}},
	{"ioctl", SANDBOX_ALLOW, {{1, INT, TCGETS}}},
	{"prctl", SANDBOX_ALLOW, {{0, INT, PR_GET_NAME}}},
	{"prctl", SANDBOX_ALLOW, {{0, INT, PR_SET_NAME}}},
	{"prctl", SANDBOX_ALLOW, {{0, INT, PR_SET_VMA}}},
	/* limits are asked for, not set */
	{"prlimit64", SANDBOX_ALLOW, {{2, UINT64_MAX, 0}}},
	{"socket", SANDBOX_ALLOW, {{0, INT, AF_INET}}},
	{"socket", SANDBOX_ALLOW, {{0, INT, AF_INET6}}},
	{"socket", SANDBOX_ALLOW,
		{{0, INT, AF_NETLINK}, {2, INT, NETLINK_ROUTE}}},
	{"socket", SANDBOX_ALLOW, {{0, INT, AF_UNIX}}},
	{"socketpair", SANDBOX_ALLOW, {{0, INT, AF_UNIX}}},
	{"tgkill", SANDBOX_ALLOW, {{0, INT, SANDBOX_SELF}}},
	{NULL, SANDBOX_ABSENT, {{0}}},
};

/* clang-format off */

const char *const sandbox_allowed[] = {
	/* memory: PROT_EXEC is not refused, since the patterns of a reloaded
	 * policy are compiled by a JIT, and libc loads resolvers */
	"brk", "madvise", "mlock", "mmap", "mprotect", "mremap", "munlock",
	"munmap",

	/* threads */
	"exit", "exit_group", "futex", "get_robust_list", "gettid",
	"membarrier", "rseq", "sched_getaffinity", "sched_yield",
	"set_robust_list",

	/* signals */
	"restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack",

	/* time, chance, and what a process may know of itself */
	"clock_getres", "clock_gettime", "clock_nanosleep", "getcpu",
	"getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom",
	"getrlimit", "getrusage", "gettimeofday", "getuid", "nanosleep",
	"sysinfo", "time", "times", "uname",

	/* files: settings and keys at a reload, certificates, resolv.conf */
	"access", "close", "dup", "dup2", "dup3", "faccessat", "faccessat2",
	"fadvise64", "fcntl", "fstat", "fstatfs", "getcwd", "getdents64",
	"inotify_add_watch", "inotify_init1", "inotify_rm_watch", "lseek",
	"lstat", "newfstatat", "pread64", "preadv", "read", "readlink",
	"readlinkat", "readv", "stat", "statfs", "statx", "write", "writev",

	/* a store that was opened before (LMDB) */
	"fdatasync", "flock", "fsync", "ftruncate", "msync", "pwrite64",
	"pwritev",

	/* waiting */
	"epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
	"epoll_wait", "eventfd2", "pipe", "pipe2", "poll", "ppoll", "pselect6",
	"select", "timerfd_create", "timerfd_gettime", "timerfd_settime",

	/* the network: a port that listens was opened before; libc binds a
	 * netlink socket to learn which addresses there are */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname",
	"getsockopt", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg",
	"sendto", "setsockopt", "shutdown",
	NULL,
};

const char *const sandbox_killed[] = {
	/* other programs, other processes */
	"execve", "execveat", "fork", "kcmp", "pidfd_getfd",
	"process_vm_readv", "process_vm_writev", "ptrace", "vfork",

	/* another user, more rights, another view of the system */
	"capset", "chroot", "pivot_root", "setfsgid", "setfsuid", "setgid",
	"setgroups", "setns", "setregid", "setresgid", "setresuid", "setreuid",
	"setuid", "unshare",

	/* the system itself */
	"acct", "add_key", "bpf", "clock_settime", "delete_module",
	"finit_module", "fsconfig", "fsmount", "fsopen", "fspick",
	"init_module", "ioperm", "iopl", "kexec_file_load", "kexec_load",
	"keyctl", "mount", "mount_setattr", "move_mount", "open_by_handle_at",
	"open_tree", "perf_event_open", "quotactl", "reboot", "request_key",
	"setdomainname", "sethostname", "settimeofday", "swapoff", "swapon",
	"umount2", "userfaultfd",
	NULL,
};
