#include "cli/commands.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/quarantine/replay_print.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/keypair.h"
#include "daemon/run.h"
#include "lethe.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100

static const struct option_row option_rows[] = {
	{"config", "FILE", "the settings; without: LETHE_* and --set alone"},
	{"set", "NAME=VALUE",
		"a setting; goes over the file; as often as needed"},
	{"purpose", "NAME", "of this purpose's own job, as `lethe run`"},
	{"key", "FILE",
		"the quarantine's secret key: a path, fd:N or command:…; as "
		"often as needed"},
	{"input", "FILE",
		"repaired events, as `quarantine open` prints them; or -"},
	{"reason", "NAME",
		"these alone, the others are put back; as often as needed"},
	{"from", "TIME", "those that came to the quarantine then or later"},
	{"to", "TIME", "and before then"},
	{"leave-sealed", NULL, "puts back what no key opens"},
	{"dry-run", NULL, "decides and counts, writes nothing"},
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

struct run {
	const struct options *o;
	struct load l;
	struct replay_options options;
	struct secret_key *keys[REPLAY_KEYS_MAX];
	struct replay *replay;
	struct job *job;
	sigset_t signals;
	bool stopped; /* by a signal */
};

/* An event is quarantined by one of them. */
static int
unknown_reason(const struct options *o)
{
	const char *names[LETHE_STATUS_COUNT + 1] = {NULL};
	size_t count = 0;

	for (int i = 0; i < LETHE_STATUS_COUNT; i++)
		if (lethe_status_class((enum lethe_status)i) ==
			LETHE_CLASS_POISON)
			names[count++] =
				lethe_status_name((enum lethe_status)i);
	return option_none_of(o, "reason", names);
}

static int
parse_reasons(const struct options *o, struct replay_options *out)
{
	const char *name;
	size_t at = 0;
	bool known;

	while ((name = option_each(o, "reason", &at))) {
		known = false;
		for (int i = 0; i < LETHE_STATUS_COUNT; i++) {
			enum lethe_status s = (enum lethe_status)i;

			if (lethe_status_class(s) != LETHE_CLASS_POISON ||
				strcmp(lethe_status_name(s), name) != 0)
				continue;
			out->chosen[i] = known = true;
		}
		if (!known)
			return unknown_reason(o);
	}
	return EXIT_YES;
}

static int
parse(const struct options *o, struct replay_options *out)
{
	static const char *const choices[] = {
		"reason", "from", "to", "leave-sealed"};

	out->from_ms = INT64_MIN;
	out->to_ms = INT64_MAX;
	if (!option_time(o, "from", &out->from_ms) ||
		!option_time(o, "to", &out->to_ms))
		return EXIT_USAGE;
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++)
		if (option_has(o, "input") && option_has(o, choices[i]))
			return usage_error(o->command,
				"--%s is of the topic: every line of --input "
				"is replayed",
				choices[i]);
	if (!option_has(o, "input") && !option_needed(o, "key"))
		return EXIT_USAGE;
	out->leave_sealed = option_has(o, "leave-sealed");
	out->dry = option_has(o, "dry-run");
	return parse_reasons(o, out);
}

static int
open_keys(struct run *r)
{
	struct replay_options *out = &r->options;
	struct lethe_error err = {0};
	const char *path;
	size_t at = 0;

	while ((path = option_each(r->o, "key", &at))) {
		if (out->key_count == REPLAY_KEYS_MAX)
			return usage_error(r->o->command, "at most %d keys",
				REPLAY_KEYS_MAX);
		if (secret_key_open(path, &r->keys[out->key_count], &err))
			return report_opening(&err);
		out->keys[out->key_count] = r->keys[out->key_count];
		out->key_count++;
	}
	return EXIT_YES;
}

static int
open_lines(struct run *r)
{
	const char *path = option_get(r->o, "input");
	struct lethe_error err = {0};

	if (!path)
		return EXIT_YES;
	r->options.lines = !strcmp(path, "-") ? stdin : fopen(path, "re");
	if (r->options.lines)
		return EXIT_YES;
	(void)fail(&err, LETHE_EIO, 0, "cannot open %.80s: %s", path,
		strerror(errno));
	return report(&err);
}

static int
check_settings(const struct settings *s)
{
	struct lethe_error err = {0};

	if (!settings_check_cluster(s, &err) && (!s->ring || !s->secret))
		(void)fail(&err, LETHE_ESETTING, 0,
			"the setting `%s` is missing: tokens are made as by "
			"`lethe run`",
			s->ring ? "secret" : "ring");
	return err.status ? report(&err) : EXIT_YES;
}

/* Whether a signal waits: start-up need not go on. */
static bool
is_signalled(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT);
}

/* As `lethe run` does: what is sent is sent under the same policy and keys. */
static int
open_policy(struct load *l)
{
	const struct settings *s = l->settings;
	struct lethe_error err = {0};
	int64_t now_ms = clock_now_ms();
	struct policy_file f;
	bool waits;
	int code = load_policy_file(s->policy, now_ms, &f);

	if (!code && (lethe_ring_open_under(s->ring, s->secret,
			      s->secret_passphrase, &l->ring, &err) ||
			     load_trust(s, l->ring->ring, &err)))
		code = report_opening(&err);
	if (!code)
		code = load_policy_start(&f, l->ring->ring, now_ms, &waits);
	if (!code)
		l->policy = lethe_policy_ref(f.policy);
	policy_file_fini(&f);
	return code;
}

static int
open_job(struct run *r)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct load *l = &r->l;
	struct lethe_error err = {0};
	int code = load_settings(
		r->o, option_get(r->o, "config"), true, &l->settings);

	if (!code && option_get(r->o, "purpose"))
		l->settings->purpose = option_get(r->o, "purpose");
	if (!code)
		code = check_settings(l->settings);
	if (!code)
		code = open_policy(l);
	if (code)
		return code;
	options.policy = l->policy;
	options.ring = l->ring;
	options.purpose = l->settings->purpose;
	if (lethe_view_new(&options, &l->view, &err))
		return report(&err);
	log_format(l->settings->log_format == LOG_AS_JSON);
	run_options(l->settings, l->view, l->ring, &r->options.job);
	r->options.job.given_up = is_signalled;
	return EXIT_YES;
}

static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigprocmask(SIG_BLOCK, set, NULL);
}

/* Once commits what is open; twice ends here, and what is open is aborted. */
static void
heed_signal(struct run *r)
{
	const struct timespec now = {0};

	if (sigtimedwait(&r->signals, NULL, &now) <= 0)
		return;
	if (r->stopped)
		_exit(EXIT_RUNTIME);
	r->stopped = true;
	job_stop(r->job);
}

static void
tell_progress(const struct run *r)
{
	const struct log_pair pairs[] = {
		LOG_NUMBER("done", replay_progress(r->replay)),
		LOG_NUMBER("offsets", replay_waiting(r->replay)), {0}};

	log_put_always(LOG_INFO, "replay", pairs);
}

static void
watch(struct run *r)
{
	int64_t every_ns = r->l.settings->status_interval_ms * 1000000;
	int64_t next_ns = clock_monotonic_ns() + every_ns;

	while (!job_wait(r->job, TICK_MS)) {
		heed_signal(r);
		if (clock_monotonic_ns() < next_ns)
			continue;
		tell_progress(r);
		next_ns += every_ns;
	}
}

static enum lethe_status
work(struct run *r, struct lethe_error *err)
{
	enum lethe_status status = replay_new(&r->options, &r->replay, err);

	/* Until here nothing is open: a signal ends it as it is. */
	if (!status)
		block_signals(&r->signals);
	if (!status)
		status = job_new(replay_job(r->replay), &r->job, err);
	if (!status)
		status = job_load(r->job, err);
	if (!status)
		status = job_start(r->job, err);
	if (r->job)
		watch(r);
	return status || !r->job ? status : job_result(r->job, err);
}

static int
tell(struct run *r, int code)
{
	struct replay_told t = {.policy = r->l.policy,
		.replay = r->replay,
		.lines = r->options.lines != NULL,
		.dry = r->options.dry};
	struct lethe_error err = {0};
	struct buf out;

	if (!r->job)
		return code;
	job_stats(r->job, &t.stats);
	replay_counts(r->replay, t.counts);
	buf_init(&out, 0);
	if (option_has(r->o, "json"))
		replay_print_json(&t, &out);
	else
		replay_print(&t, &out);
	if (output_flush(&out, true, &err) && !code)
		code = report(&err);
	buf_fini(&out);
	if (r->stopped && !code)
		fputs("lethe: stopped before its end: run it again, it goes on "
		      "there\n",
			stderr);
	return code ? code : r->stopped || replay_left_any(&t);
}

static int
replay(const struct options *o)
{
	struct run r = {.o = o};
	struct lethe_error err = {0};
	int code = parse(o, &r.options);

	if (!code)
		code = open_job(&r);
	if (!code)
		code = open_keys(&r);
	if (!code)
		code = open_lines(&r);
	if (!code) {
		code = work(&r, &err) ? report(&err) : EXIT_YES;
		code = tell(&r, code);
	}
	job_free(r.job);
	replay_free(r.replay);
	if (r.options.lines && r.options.lines != stdin)
		(void)fclose(r.options.lines);
	for (size_t i = 0; i < r.options.key_count; i++)
		secret_key_free(r.keys[i]);
	load_fini(&r.l);
	return code;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_quarantine_replay, argc, argv, 0, 0, &o, &code))
		return code;
	return replay(&o);
}

static const char *const each[] = {"set", "reason", "key", NULL};

const struct command cmd_quarantine_replay = {
	.words = "quarantine replay",
	.synopsis = "--key FILE --config FILE [--reason NAME]... [--dry-run]",
	.summary = "sends quarantined events through again, exactly once",
	.about =
		"Opens the events that wait in the job's quarantine topic and "
		"takes them through the policy as `lethe run` does, into the "
		"purposes' topics: after a limit was raised or lethe was "
		"mended.  Consent, keys and expiry are those of now; an event "
		"is as old as it was when it first came.  Records carry the "
		"header lethe-replay.  Each event goes once, whatever is "
		"killed and however often this is run: a mark in the topic, "
		"written with its records, tells that it was done.\n\n"
		"What is still poison, or was not asked for (--reason, --from, "
		"--to), is written behind the others in the same transaction, "
		"as old as it was.  A record that no key opens ends the "
		"replay, unless --leave-sealed puts it back.  It ends where "
		"the topic ended when it began.\n\n"
		"--input takes events that a person repaired: lines as `lethe "
		"quarantine open` prints them, with another `value` (base64) "
		"and the coordinates left as they are; sealed records too, "
		"with --key.  An event that was replayed is left out, so the "
		"same file twice is once.  A line that is still poison is "
		"named and stays the file's.\n\n"
		"Ends with 1 when an event is still poison or could not be "
		"replayed.",
	.options = option_rows,
	.each = each,
	.examples = "lethe quarantine replay --config shop/lethe.yaml --key "
		    "oncall.key --dry-run\n"
		    "lethe quarantine replay --config shop/lethe.yaml --key "
		    "oncall.key --reason string_too_long\n"
		    "lethe quarantine replay --config shop/lethe.yaml --input "
		    "repaired.ndjson",
	.run = run,
};
