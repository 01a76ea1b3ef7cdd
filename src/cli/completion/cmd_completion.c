#include "cli/commands.h"
#include "cli/completion/completion.h"
#include "cli/options.h"

static const struct option_row option_rows[] = {{NULL, NULL, NULL}};

static const struct {
	const char *name;
	void (*print)(FILE *out);
} shells[] = {
	{"bash", completion_bash},
	{"zsh", completion_zsh},
	{"fish", completion_fish},
};

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_completion, argc, argv, 1, 1, &o, &code))
		return code;
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
		if (!strcmp(o.args[0], shells[i].name)) {
			shells[i].print(stdout);
			return EXIT_YES;
		}
	return usage_error(
		&cmd_completion, "the shell is one of: bash, zsh, fish");
}

const struct command cmd_completion = {
	.words = "completion",
	.synopsis = "bash|zsh|fish",
	.summary = "completion of the command line, for a shell",
	.about = "Prints a script by which the shell completes commands, "
		 "options, names of files, and the names of settings after "
		 "--set.  It is made from the same tables as the help; the "
		 "package and `make install` put it where the shells look.",
	.options = option_rows,
	.examples = "source <(lethe completion bash)\n"
		    "lethe completion zsh > ~/.zfunc/_lethe\n"
		    "lethe completion fish > "
		    "~/.config/fish/completions/lethe.fish",
	.run = run,
};
