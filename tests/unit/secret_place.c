#include "suite.h"

#include "base/clock.h"
#include "base/file.h"
#include "crypto/keypair.h"
#include "crypto/place.h"
#include "crypto/place/command.h"
#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Where secrets come from: descriptors, programs, the terminal. */

#define PROGRAM_NAME "program"

static char folder[64], program[128];

static void
setup(void)
{
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	(void)snprintf(folder, sizeof(folder), "/tmp/lethe-unit-place-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(program, sizeof(program), "%s/" PROGRAM_NAME, folder);
}

static void
teardown(void)
{
	unlink(program);
	rmdir(folder);
}

static void
put_program(const char *body)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", body);
	ck_assert_status(file_write(program, 0700, false, slice_of(text), NULL),
		LETHE_OK);
}

#define OUT_MAX 64

/* What a program gives, as text; the words are its path and `args`. */
static enum lethe_status
run(const char *args, int64_t time_ms, char out[static OUT_MAX + 1],
	struct lethe_error *err)
{
	enum lethe_status status;
	char words[256];
	size_t len;

	(void)snprintf(words, sizeof(words), "%s%s", program, args);
	status = command_read(words, time_ms, out, OUT_MAX, &len, err);
	out[len] = '\0';
	return status;
}

static const struct {
	const char *body, *args;
	enum lethe_status status;
	const char *what; /* what came, or the error */
} programs[] = {
	{"printf key", "", LETHE_OK, "key"},
	{"printf '%s|' \"$@\"", " a  'b c' $HOME ; *", LETHE_OK,
		"a|'b|c'|$HOME|;|*|"},
	{"cat; printf end", "", LETHE_OK, "end"},
	{"env | cut -d= -f1 | grep -vx 'PWD\\|SHLVL\\|_\\|OLDPWD' | sort | tr "
	 "'\\n' ' '",
		"", LETHE_OK, "HOME PATH "},
	{"[ -e /proc/$$/fd/99 ] && printf leaked; printf none", "", LETHE_OK,
		"none"},
	{"exit 3", "", LETHE_EKEY, "ended with exit code 3"},
	{"printf key; exit 1", "", LETHE_EKEY, "ended with exit code 1"},
	{"kill -9 $$", "", LETHE_EKEY, "was ended by signal 9"},
	{"yes", "", LETHE_EKEY, "is too long"},
	{"head -c 64 /dev/zero", "", LETHE_EKEY, "is too long"},
	{"true", "", LETHE_OK, ""},
};

START_TEST(gives_what_a_program_writes)
{
	struct lethe_error err = {0};
	char out[OUT_MAX + 1];
	enum lethe_status status;

	setup();
	put_program(programs[_i].body);
	ck_assert_int_eq(fcntl(0, F_DUPFD, 99), 99);
	status = run(programs[_i].args, COMMAND_TIME_MS, out, &err);
	close(99);
	ck_assert_msg(status == programs[_i].status, "%s: %s", err.what, out);
	if (status == LETHE_OK)
		ck_assert_str_eq(out, programs[_i].what);
	else
		ck_assert_msg(strstr(err.what, programs[_i].what) != NULL, "%s",
			err.what);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	teardown();
}
END_TEST

static const struct {
	const char *words, *what;
} refused[] = {
	{"", "must be followed by a program's absolute path"},
	{" ", "must be followed by a program's absolute path"},
	{"cat /etc/passwd", "must be followed by a program's absolute path"},
	{"./key", "must be followed by a program's absolute path"},
	{"/no/such/program", "cannot run /no/such/program: No such file"},
	{"/tmp", "/tmp is no program"},
	{"/etc/passwd", "Permission denied"},
	{"/bin/x 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 "
	 "5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 0 1",
		"more than 64 words"},
};

START_TEST(runs_nothing_else)
{
	struct lethe_error err = {0};
	char out[OUT_MAX];
	size_t len = 7;

	ck_assert_status(command_read(refused[_i].words, COMMAND_TIME_MS, out,
				 OUT_MAX, &len, &err),
		LETHE_EKEY);
	ck_assert_uint_eq(len, 0);
	ck_assert_msg(
		strstr(err.what, refused[_i].what) != NULL, "%s", err.what);
}
END_TEST

START_TEST(runs_no_program_that_others_may_change)
{
	struct lethe_error err = {0};
	char out[OUT_MAX + 1];

	setup();
	put_program("printf key");
	ck_assert_int_eq(chmod(program, 0755), 0);
	ck_assert_status(run("", COMMAND_TIME_MS, out, &err), LETHE_OK);
	ck_assert_int_eq(chmod(program, 0775), 0);
	ck_assert_status(run("", COMMAND_TIME_MS, out, &err), LETHE_EKEY);
	ck_assert_msg(strstr(err.what, "others may change it") != NULL, "%s",
		err.what);
	ck_assert_int_eq(chmod(program, 0757), 0);
	ck_assert_status(run("", COMMAND_TIME_MS, out, &err), LETHE_EKEY);
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(program, 0755), 0);
		ck_assert_int_eq(chown(program, 65534, 0), 0);
		ck_assert_status(
			run("", COMMAND_TIME_MS, out, &err), LETHE_EKEY);
	}
	teardown();
}
END_TEST

/* Each writes the number of a process that must not outlive it. */
static const char *const slow[] = {
	"sleep 60 & echo $! >$0.pid; wait",
	"sleep 60 >/dev/null & echo $! >$0.pid; exec >&-; wait",
	"sleep 60 & echo $! >$0.pid; printf key",
	("trap '' TERM INT HUP; sleep 60 & echo $! >$0.pid; while :; do wait; "
	 "done"),
};

START_TEST(ends_what_takes_too_long_with_its_children)
{
	struct lethe_error err = {0};
	char out[OUT_MAX + 1], path[160];
	struct buf text;
	pid_t child;

	setup();
	put_program(slow[_i]);
	ck_assert_status(run("", 500, out, &err), LETHE_EKEY);
	ck_assert_msg(strstr(err.what, "did not end in time") != NULL, "%s",
		err.what);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	(void)snprintf(path, sizeof(path), "%s.pid", program);
	buf_init(&text, 0);
	ck_assert_status(file_read(path, 100, &text, NULL), LETHE_OK);
	buf_put_byte(&text, 0);
	child = (pid_t)strtol((char *)text.ptr, NULL, 10);
	ck_assert_int_gt(child, 1);
	/* Killed; who adopted it may not have looked yet. */
	for (int i = 0; i < 1000 && !kill(child, 0); i++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/stat", child);
		buf_reset(&text);
		if (file_read(path, 4096, &text, NULL) ||
			memmem(text.ptr, text.len, ") Z ", 4))
			break;
		usleep(10000);
		ck_assert_int_lt(i, 999);
	}
	buf_fini(&text);
	(void)snprintf(path, sizeof(path), "%s.pid", program);
	unlink(path);
	teardown();
}
END_TEST

/* base64url of 32 bytes */
#define GOOD "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

START_TEST(opens_a_key_that_a_program_gives)
{
	struct lethe_error err = {0};
	struct secret_key *k;
	char where[160];

	setup();
	put_program("echo lethe-secret-key $1; echo " GOOD);
	(void)snprintf(where, sizeof(where), "command:%s 1", program);
	ck_assert_status(secret_key_open(where, &k, &err), LETHE_OK);
	secret_key_free(k);
	(void)snprintf(where, sizeof(where), "command:%s 2", program);
	ck_assert_status(secret_key_open(where, &k, &err), LETHE_EUNSUPPORTED);
	ck_assert_ptr_null(k);
	ck_assert_ptr_null(strstr(err.what, "AAECAwQ"));
	teardown();
}
END_TEST

/* What a process of its own does, with or without a terminal. */
static int
asks(bool fresh)
{
	struct lethe_error err = {0};
	struct passphrase *p;
	int code;

	if (passphrase_open(NULL, "my.key", fresh, &p, &err))
		code = strstr(err.what, "no terminal")	 ? 10
		       : strstr(err.what, "differ")	 ? 11
		       : strstr(err.what, "empty")	 ? 12
		       : strstr(err.what, "shorter")	 ? 13
		       : strstr(err.what, "was given")	 ? 14
		       : strstr(err.what, "is too long") ? 15
							 : 16;
	else
		code = slice_is(passphrase_bytes(p), "four words of mine") ? 0
									   : 1;
	passphrase_free(p);
	return code;
}

static const struct {
	const char *typed[2]; /* at the first and second question */
	bool fresh;
	int code;
} answers[] = {
	{{"four words of mine\n"}, false, 0},
	{{"four words of mine\n", "four words of mine\n"}, true, 0},
	{{"four words of mine\n", "four words of mind\n"}, true, 11},
	{{"four words of mine\n", "\n"}, true, 11},
	{{"\n"}, false, 12},
	{{"short\n"}, true, 13},
	{{"\004"}, false, 14},
	{{"\003"}, false, -SIGINT},
};

/* Reads what the terminal shows until it ends with a question. */
static bool
sees_question(int fd, struct buf *shown)
{
	uint8_t byte;

	while (read(fd, &byte, 1) == 1) {
		buf_put_byte(shown, byte);
		if (shown->len > 1 && byte == ' ' &&
			shown->ptr[shown->len - 2] == ':')
			return true;
	}
	return false;
}

static int
end_of(pid_t child)
{
	int end;

	ck_assert_int_eq(waitpid(child, &end, 0), child);
	return WIFSIGNALED(end) ? -WTERMSIG(end) : WEXITSTATUS(end);
}

START_TEST(asks_on_the_terminal_and_shows_nothing)
{
	struct buf shown;
	pid_t child;
	int fd;

	setup();
	buf_init(&shown, 0);
	child = forkpty(&fd, NULL, NULL, NULL);
	ck_assert_int_ge(child, 0);
	if (!child) {
		signal(SIGINT, SIG_DFL);
		_exit(asks(answers[_i].fresh));
	}
	for (int i = 0; i < 2 && answers[_i].typed[i]; i++) {
		ck_assert(sees_question(fd, &shown));
		ck_assert_int_gt(write(fd, answers[_i].typed[i],
					 strlen(answers[_i].typed[i])),
			0);
	}
	while (sees_question(fd, &shown))
		;
	ck_assert_int_eq(end_of(child), answers[_i].code);
	ck_assert(memmem(shown.ptr, shown.len, "passphrase of my.key: ", 22));
	ck_assert(!memmem(shown.ptr, shown.len, "words", 5));
	ck_assert(!memmem(shown.ptr, shown.len, "short", 5));
	buf_fini(&shown);
	close(fd);
	teardown();
}
END_TEST

START_TEST(asks_nobody_without_a_terminal)
{
	pid_t child;

	setup();
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		setsid();
		_exit(asks(false));
	}
	ck_assert_int_eq(end_of(child), 10);
	teardown();
}
END_TEST

static const struct {
	const char *where;
	bool is;
} forms[] = {
	{"secret.key", true},
	{"/etc/lethe/secret.key", true},
	{"fd", true},
	{"command", true},
	{"fd:3", false},
	{"fd:", false},
	{"command:/bin/true", false},
	{"command:", false},
};

START_TEST(knows_a_path)
{
	ck_assert_int_eq(secret_place_is_path(forms[_i].where), forms[_i].is);
}
END_TEST

SUITE("secret_place", ROWS(gives_what_a_program_writes, programs),
	ROWS(runs_nothing_else, refused),
	TEST(runs_no_program_that_others_may_change),
	ROWS(ends_what_takes_too_long_with_its_children, slow),
	TEST(opens_a_key_that_a_program_gives),
	ROWS(asks_on_the_terminal_and_shows_nothing, answers),
	TEST(asks_nobody_without_a_terminal), ROWS(knows_a_path, forms))
