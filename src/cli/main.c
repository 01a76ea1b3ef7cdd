#include "cli/commands.h"
#include "cli/help.h"
#include "cli/mdoc.h"
#include "crypto/secret.h"
#include "yaml/mistake.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/*
 * For jemalloc, where the program is linked with it: what is free goes back to
 * the system after a fifth of a second.  Its own ten seconds keep what a lane
 * had for a hundred transactions of its past.
 */
extern __attribute__((visibility("default"))) const char *malloc_conf;
const char *malloc_conf = "dirty_decay_ms:200,muzzy_decay_ms:0";

const struct command *const commands[] = {
#define X(name) &cmd_##name,
	COMMANDS(X)
#undef X
		NULL};

void
complain(const struct command *c, const char *format, va_list ap)
{
	fprintf(stderr, "lethe %s: ", c->words);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

int
usage_error(const struct command *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(c, format, ap);
	va_end(ap);
	help_usage(stderr, c);
	fprintf(stderr, "`lethe %s --help` explains it.\n", c->words);
	return EXIT_USAGE;
}

int
exit_code_of(enum lethe_status status)
{
	switch (lethe_status_class(status)) {
	case LETHE_CLASS_OK: return EXIT_YES;
	case LETHE_CLASS_USAGE:
		return status == LETHE_EUSAGE ? EXIT_USAGE : EXIT_CONFIG;
	case LETHE_CLASS_POISON: return EXIT_NO;
	case LETHE_CLASS_TRANSIENT:
	case LETHE_CLASS_ABORT:
	case LETHE_CLASS_FATAL: break;
	}
	return EXIT_RUNTIME;
}

int
report(const struct lethe_error *err)
{
	fprintf(stderr, "lethe: %s\n",
		err->what[0] ? err->what : lethe_status_text(err->status));
	return exit_code_of(err->status);
}

/* How many arguments the words of a command take; 0: they do not match. */
static int
match_words(const char *words, int argc, char **argv)
{
	int taken = 0;

	while (*words) {
		size_t len = strcspn(words, " ");

		if (taken == argc || strlen(argv[taken]) != len ||
			memcmp(argv[taken], words, len))
			return 0;
		taken++;
		words += len + (words[len] == ' ');
	}
	return taken;
}

/* The command with the longest words that match, or NULL. */
static const struct command *
find_command(int argc, char **argv, int *taken)
{
	const struct command *best = NULL;

	*taken = 0;
	for (size_t i = 0; commands[i]; i++) {
		int now = match_words(commands[i]->words, argc, argv);

		if (now > *taken) {
			*taken = now;
			best = commands[i];
		}
	}
	return best;
}

#define NAMES_MAX 64

static int
unknown_command(int argc, char **argv)
{
	const char *names[2 * NAMES_MAX + 1] = {NULL}, *near;
	char families[NAMES_MAX][32], given[80];
	size_t count = 0;

	if (help_family(stderr, argv[0])) {
		if (argc > 1)
			fprintf(stderr,
				"\nlethe: there is no command `%s %s`\n",
				argv[0], argv[1]);
		return EXIT_USAGE;
	}
	for (size_t i = 0; commands[i] && i < NAMES_MAX; i++) {
		(void)snprintf(families[i], sizeof(families[i]), "%.*s",
			(int)strcspn(commands[i]->words, " "),
			commands[i]->words);
		names[count++] = commands[i]->words;
		names[count++] = families[i];
	}
	near = nearest_name(slice_of(argv[0]), names);
	(void)snprintf(given, sizeof(given), "%s %s", argv[0],
		argc > 1 ? argv[1] : "");
	if (!near)
		near = nearest_name(slice_of(given), names);
	fprintf(stderr, "lethe: there is no command `%s`", argv[0]);
	if (near)
		fprintf(stderr, "; did you mean `lethe %s`?", near);
	fputs("\n`lethe --help` lists them.\n", stderr);
	return EXIT_USAGE;
}

static bool
asks_help(const char *arg)
{
	return !strcmp(arg, "--help") || !strcmp(arg, "-h") ||
	       !strcmp(arg, "help");
}

static int
help(int argc, char **argv)
{
	const struct command *c;
	int taken;

	if (!argc) {
		help_overview(stdout);
		return EXIT_YES;
	}
	/* For `make man` alone; no help names it. */
	if (!strcmp(argv[0], "--mdoc") && argc == 2) {
		mdoc_page(stdout, argv[1]);
		return EXIT_YES;
	}
	c = find_command(argc, argv, &taken);
	if (c && taken < argc)
		return usage_error(c, "help takes a command's words alone");
	if (c) {
		help_command(stdout, c);
		return EXIT_YES;
	}
	if ((argc == 1 || (argc == 2 && asks_help(argv[1]))) &&
		help_family(stdout, argv[0]))
		return EXIT_YES;
	return unknown_command(argc, argv);
}

static int
version(int argc)
{
	if (argc) {
		fputs("lethe: --version takes no argument\n", stderr);
		return EXIT_USAGE;
	}
	help_version(stdout);
	return EXIT_YES;
}

static int
dispatch(int argc, char **argv)
{
	const struct command *c;
	struct lethe_error err = {0};
	int taken;

	if (asks_help(argv[0]))
		return help(argc - 1, argv + 1);
	if (!strcmp(argv[0], "--version"))
		return version(argc - 1);
	c = find_command(argc, argv, &taken);
	if (!c && argc > 1 && asks_help(argv[argc - 1]))
		return help(argc - 1, argv);
	if (!c)
		return unknown_command(argc, argv);
	if (crypto_start(&err) || core_dumps_off(&err))
		return report(&err);
	return c->run(argc - taken + 1, argv + taken - 1);
}

/* Output that could not be written is no success. */
static int
close_output(int code)
{
	if (fflush(stdout) || ferror(stdout)) {
		fputs("lethe: standard output cannot be written\n", stderr);
		return code ? code : EXIT_RUNTIME;
	}
	return code;
}

/*
 * One that is closed would be the number of the next file that is opened, and
 * what is printed would be written into it.  In its place stands what can
 * neither be read (0) nor written (1, 2).
 */
static bool
hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			return false;
	return true;
}

int
main(int argc, char **argv)
{
	if (!hold_standard_files())
		return EXIT_RUNTIME;
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		help_overview(stderr);
		return EXIT_USAGE;
	}
	return close_output(dispatch(argc - 1, argv + 1));
}
