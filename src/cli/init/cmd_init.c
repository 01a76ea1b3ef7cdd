#include "base/clock.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/init/embedded.h"
#include "cli/init/stamp.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/shell.h"
#include "crypto/keypair.h"
#include "crypto/ring.h"
#include "policy/policy.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct option_row option_rows[] = {
	{"for", "amplitude|mixpanel|posthog|rudderstack|segment|snowplow",
		"events as that vendor's libraries send them: its policy and "
		"samples"},
	{NULL, NULL, NULL}};

/* Each with its policy and its samples in config/. */
static const char *const vendors[] = {"amplitude", "mixpanel", "posthog",
	"rudderstack", "segment", "snowplow", NULL};

static const char settings_text[] =
	"# Settings of `lethe run`; `lethe run --settings` lists them all.\n"
	"# Paths are relative to this file.\n"
	"policy: policy.yaml\n"
	"ring: ring.lethe\n"
	"secret: secret.key\n"
	"\n"
	"application: lethe                # what this job is called in the "
	"cluster\n"
	"instance: lethe-0                 # this process; stable over "
	"restarts\n"
	"start: earliest                   # where a group without commits "
	"begins\n"
	"\n"
	"kafka:\n"
	"  bootstrap.servers: 127.0.0.1:9092\n";

#define FILES_MAX 8
#define PATH_BYTES 4096

struct start {
	const char *folder;
	const struct embedded_file *policy, *events;
	int64_t now_ms;
	bool made_folder;
	const char *made[FILES_MAX], *next; /* names within it */
	size_t made_count;
	char path[PATH_BYTES]; /* of `next` */
};

static int
choose_files(const struct options *o, struct start *s)
{
	size_t vendor = 0;
	char name[80];

	if (!option_choice(o, "for", vendors, &vendor))
		return EXIT_USAGE;
	if (!option_has(o, "for")) {
		s->policy = embedded_find("policy.example.yaml");
		s->events = embedded_find("events/shop.ndjson");
	} else {
		(void)snprintf(name, sizeof(name), "policies/%s.yaml",
			vendors[vendor]);
		s->policy = embedded_find(name);
		(void)snprintf(name, sizeof(name), "events/%s.ndjson",
			vendors[vendor]);
		s->events = embedded_find(name);
	}
	bug_if(!s->policy || !s->events);
	return EXIT_YES;
}

/* Whether the folder is new or empty. */
static enum lethe_status
make_folder(struct start *s, struct lethe_error *err)
{
	const char *path = s->folder;
	struct dirent *entry;
	bool empty = true;
	DIR *d;

	s->made_folder = !mkdir(path, 0755);
	if (s->made_folder)
		return LETHE_OK;
	if (errno != EEXIST)
		return fail(err, LETHE_EIO, 0,
			"cannot make the folder %.80s: %s", path,
			strerror(errno));
	d = opendir(path);
	if (!d)
		return fail(err, LETHE_EUSAGE, 0, "%.80s: %s", path,
			strerror(errno));
	while ((entry = readdir(d)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			empty = false;
	closedir(d);
	if (!empty)
		return fail(err, LETHE_EUSAGE, 0,
			"the folder %.80s is not empty; nothing was changed",
			path);
	return LETHE_OK;
}

static const char *
path_in(const struct start *s, const char *name, char out[static PATH_BYTES])
{
	(void)snprintf(out, PATH_BYTES, "%s/%s", s->folder, name);
	return out;
}

static const char *
next_path(struct start *s, const char *name)
{
	s->next = name;
	return path_in(s, name, s->path);
}

/* Of the writing of what next_path named. */
static enum lethe_status
made(struct start *s, enum lethe_status status)
{
	bug_if(s->made_count == FILES_MAX);
	if (!status)
		s->made[s->made_count++] = s->next;
	return status;
}

/* What this run made, and nothing else. */
static void
take_away(struct start *s)
{
	while (s->made_count)
		(void)unlink(next_path(s, s->made[--s->made_count]));
	if (s->made_folder)
		(void)rmdir(s->folder);
}

static enum lethe_status
put_file(struct start *s, const char *name, struct slice bytes,
	struct lethe_error *err)
{
	return made(s, file_write(next_path(s, name), 0644, true, bytes, err));
}

static enum lethe_status
put_events(struct start *s, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	buf_init(&text, 0);
	status = stamp_times(slice_make(s->events->bytes, s->events->len),
		s->now_ms, &text, err);
	if (!status)
		status = put_file(s, "events.ndjson", buf_slice(&text), err);
	buf_fini(&text);
	return status;
}

/* Both key pairs, and a ring with what the policy needs. */
static enum lethe_status
put_keys(struct start *s, const struct lethe_policy *policy,
	struct lethe_error *err)
{
	struct secret_key *runtime = NULL, *oncall = NULL;
	struct public_key runtime_public, oncall_public;
	struct ring *ring = NULL;
	enum lethe_status status;
	size_t added;

	status = keypair_generate(&runtime, &runtime_public, err);
	if (!status)
		status = keypair_generate(&oncall, &oncall_public, err);
	if (!status)
		status = made(s, secret_key_write(next_path(s, "secret.key"),
					 runtime, err));
	if (!status)
		status = made(s, secret_key_write(next_path(s, "oncall.key"),
					 oncall, err));
	if (!status)
		status = made(s, public_key_write(next_path(s, "oncall.pub"),
					 &oncall_public, err));
	if (!status)
		status = ring_create(
			&runtime_public, &oncall_public, s->now_ms, &ring, err);
	if (!status)
		status = ring_add(ring, &policy->want, s->now_ms, &added, err);
	if (!status)
		status = made(s, ring_write(ring, next_path(s, "ring.lethe"),
					 true, err));
	ring_free(ring);
	secret_key_free(runtime);
	secret_key_free(oncall);
	return status;
}

static enum lethe_status
put_all(struct start *s, struct lethe_error *err)
{
	struct lethe_policy *policy = NULL;
	enum lethe_status status;

	status = lethe_policy_compile(s->policy->name, s->policy->bytes,
		s->policy->len, s->now_ms, NULL, NULL, &policy, err);
	if (!status)
		status = make_folder(s, err);
	if (!status)
		status = put_file(s, "policy.yaml",
			slice_make(s->policy->bytes, s->policy->len), err);
	if (!status)
		status =
			put_file(s, "lethe.yaml", slice_of(settings_text), err);
	if (!status)
		status = put_keys(s, policy, err);
	if (!status)
		status = put_events(s, err);
	if (status)
		take_away(s);
	lethe_policy_drop(policy);
	return status;
}

static void
tell_next(const struct start *s)
{
	char settings[PATH_BYTES], events[PATH_BYTES];

	path_in(s, "lethe.yaml", settings);
	path_in(s, "events.ndjson", events);
	printf("%s holds:\n", s->folder);
	puts("  policy.yaml     what may leave, for whom and why");
	puts("  lethe.yaml      settings");
	puts("  ring.lethe      the key ring; its keys are sealed");
	puts("  secret.key      opens the ring: for the running process alone");
	puts("  oncall.key      opens quarantined events: off the cluster");
	puts("  oncall.pub      its public half");
	puts("  events.ndjson   sample events of made-up people");
	puts("\nNext:");
	shell_show("  lethe filter --config %s < %s\n"
		   "  head -n 1 %s | lethe explain --config %s\n"
		   "  lethe topics apply --config %s\n"
		   "  lethe doctor --config %s\n"
		   "  lethe run --config %s\n",
		settings, events, events, settings, settings, settings,
		settings);
}

static int
run(int argc, char **argv)
{
	struct start s = {.now_ms = clock_now_ms()};
	struct lethe_error err = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_init, argc, argv, 1, 1, &o, &code))
		return code;
	s.folder = o.args[0];
	if (!*s.folder || strlen(s.folder) > PATH_BYTES - 64)
		return usage_error(&cmd_init, "this is no name of a folder");
	code = choose_files(&o, &s);
	if (code)
		return code;
	if (put_all(&s, &err))
		return report(&err);
	tell_next(&s);
	return EXIT_YES;
}

const struct command cmd_init = {
	.words = "init",
	.synopsis = "[--for VENDOR] DIR",
	.summary = "a working start: policy, settings, keys, sample events",
	.about = "Makes a folder, or takes an empty one, and puts there all "
		 "that `lethe filter`, `explain` and `run` need: an example "
		 "policy, settings, a key ring with its secret key, a key pair "
		 "that opens quarantined events, and a dozen sample events of "
		 "the present hour.  It asks nothing and overwrites nothing.",
	.options = option_rows,
	.examples = "lethe init shop\n"
		    "lethe init --for snowplow tracker",
	.run = run,
};
