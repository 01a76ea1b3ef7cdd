#include "cli/load.h"

#include <stdio.h>

static void
tell(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (m->warning)
		return;
	fprintf(stderr, "%s:%u:%u: error: %s\n", m->file, m->line, m->column,
		m->what);
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

struct paths {
	const char *policy, *ring, *secret, *purpose;
};

static int
find_paths(const struct options *o, enum load_what what, struct paths *p)
{
	p->policy = option_get(o, "policy");
	if (what == LOAD_RING) {
		p->ring = option_get(o, "ring");
		p->secret = option_get(o, "secret");
		p->purpose = option_get(o, "purpose");
	}
	if (!p->policy)
		return usage_error(o->command,
			"--config, or --policy and what goes with it, is "
			"needed");
	if (what == LOAD_RING && (!p->ring || !p->secret))
		return usage_error(
			o->command, "--ring and --secret are needed");
	return EXIT_YES;
}

static int
open_view(const struct paths *p, int64_t now_ms, struct load *out)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_error err = {0};
	int code = load_policy(p->policy, now_ms, &out->policy);

	out->policy_path = p->policy;
	if (code)
		return code;
	if (p->ring && lethe_ring_open(p->ring, p->secret, &out->ring, &err))
		return report(&err);
	options.policy = out->policy;
	options.ring = out->ring;
	options.purpose = p->purpose;
	if (lethe_view_new(&options, &out->view, &err))
		return report(&err);
	return EXIT_YES;
}

int
load_view(const struct options *o, enum load_what what, int64_t now_ms,
	struct load *out)
{
	struct paths paths = {0};
	int code = find_paths(o, what, &paths);

	*out = (struct load){0};
	if (!code)
		code = open_view(&paths, now_ms, out);
	return code;
}

int
load_topic(const struct options *o, const struct load *l, size_t *channel)
{
	const char *topic = option_get(o, "topic");

	*channel = LETHE_CHANNEL_ANY;
	if (!topic)
		return EXIT_YES;
	*channel = lethe_policy_channel(l->policy, topic);
	if (*channel == SIZE_MAX)
		return usage_error(
			o->command, "no input of the policy has this --topic");
	return EXIT_YES;
}

void
load_fini(struct load *l)
{
	lethe_view_free(l->view);
	lethe_ring_free(l->ring);
	lethe_policy_drop(l->policy);
	*l = (struct load){0};
}
