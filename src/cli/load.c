#include "cli/load.h"

#include <stdio.h>

static void
tell(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	fprintf(stderr, "%s:%u:%u: %s: %s\n", m->file, m->line, m->column,
		m->warning ? "warning" : "error", m->what);
	if (m->why)
		fprintf(stderr, "  why: %s\n", m->why);
	if (m->instead)
		fprintf(stderr, "  write: %s\n", m->instead);
}

int
load_policy(const char *path, int64_t now_ms, struct lethe_policy **out)
{
	struct lethe_error err = {0};

	if (lethe_policy_open(path, now_ms, tell, NULL, out, &err))
		return report(&err);
	return EXIT_YES;
}
