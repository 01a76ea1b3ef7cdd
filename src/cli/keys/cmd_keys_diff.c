#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/load.h"

#include <string.h>

static const struct option_row option_rows[] = {{NULL, NULL, NULL}};

static enum lethe_status
compare(const char *const paths[static 2], struct ring *rings[static 2],
	struct lethe_error *err)
{
	enum lethe_status status = ring_read(paths[0], &rings[0], err);

	if (!status)
		status = ring_read(paths[1], &rings[1], err);
	if (status)
		return status;
	if (strcmp(ring_id(rings[0]), ring_id(rings[1])) != 0)
		return fail(err, LETHE_EUSAGE, 0,
			"%.80s and %.80s are two rings, not two versions of "
			"one",
			paths[0], paths[1]);
	if (ring_version(rings[0]) > ring_version(rings[1]))
		return fail(err, LETHE_EUSAGE, 0,
			"%.80s is the later one: name it second", paths[0]);
	change_show(rings[0], rings[1]);
	return LETHE_OK;
}

static int
run(int argc, char **argv)
{
	struct ring *rings[2] = {NULL, NULL};
	struct lethe_error err = {0};
	const char *paths[2];
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_diff, argc, argv, 2, 2, &o, &code))
		return code;
	paths[0] = o.args[0];
	paths[1] = o.args[1];
	if (compare(paths, rings, &err))
		code = report_opening(&err);
	ring_free(rings[0]);
	ring_free(rings[1]);
	return code;
}

const struct command cmd_keys_diff = {
	.words = "keys diff",
	.synopsis = "OLD-FILE NEW-FILE",
	.summary = "what changed between two versions of a ring",
	.about = "Says in words what the later of two versions of one ring "
		 "changes: what its history tells, and what the two files "
		 "show: epochs and their instants, keys that came or went, how "
		 "many must sign.  No secret key is needed.",
	.options = option_rows,
	.examples = "lethe keys diff ring.lethe ring.lethe.next",
	.run = run,
};
