#include "cli/commands.h"
#include "cli/load.h"
#include "cli/options.h"

#include "base/clock.h"
#include "base/metric.h"
#include "crypto/keypair.h"
#include "crypto/ring/life.h"
#include "daemon/rights.h"
#include "daemon/run.h"

#include <signal.h>
#include <stdio.h>

static const struct option_row option_rows[] = {
	{"config", "FILE", "the settings; without: LETHE_* and --set alone"},
	{"set", "NAME=VALUE",
		"a setting; goes over the file; as often as "
		"needed"},
	{"purpose", "NAME",
		"one purpose alone, with a group and ids of its own"},
	{"settings", NULL, "prints every setting, and ends"},
	{"metrics", NULL, "prints every metric that /metrics shows, and ends"},
	{NULL, NULL, NULL}};

static int
print_settings(void)
{
	struct buf text;

	buf_init(&text, 0);
	settings_help(&text);
	fwrite(text.ptr, 1, text.len, stdout);
	buf_fini(&text);
	return EXIT_YES;
}

static int
print_metrics(void)
{
	struct buf text;

	buf_init(&text, 0);
	metric_list(&text);
	fwrite(text.ptr, 1, text.len, stdout);
	buf_fini(&text);
	return EXIT_YES;
}

/* The key is kept: the rings that follow are opened with it. */
static enum lethe_status
open_ring(const struct settings *s, struct run_parts *parts,
	struct lethe_error *err)
{
	enum lethe_status status =
		load_ring_watched(s, &parts->secret, &parts->ring, err);

	if (!status)
		status = load_trust(s, parts->ring->ring, err);
	if (!status)
		(void)ring_forget(parts->ring->ring, clock_now_ms());
	return status;
}

/* The policy that the ring's signers let run, and its bytes. */
static int
open_policy(const struct settings *s, struct load *l, struct policy_file *f,
	struct run_parts *parts)
{
	struct lethe_error err = {0};
	int64_t now_ms = clock_now_ms();
	int code = load_policy_watched(s->policy, now_ms, f);

	if (code)
		return code;
	if (open_ring(s, parts, &err))
		return report_opening(&err);
	code = load_policy_start(f, parts->ring->ring, now_ms, &parts->waits);
	if (code)
		return code;
	l->policy = lethe_policy_ref(f->policy);
	parts->text = f->text;
	buf_init(&f->text, 0);
	if (f->is_signed)
		parts->signatures =
			statement_count(&f->statement, parts->ring->ring);
	return EXIT_YES;
}

static int
open_all(const struct settings *s, struct load *l, struct run_parts *parts)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_error err = {0};
	struct policy_file f = {0};
	int code;

	if (settings_check_run(s, &err))
		return report(&err);
	code = open_policy(s, l, &f, parts);
	policy_file_fini(&f);
	if (code)
		return code;
	options.policy = l->policy;
	options.ring = parts->ring;
	options.purpose = s->purpose;
	if (lethe_view_new(&options, &parts->view, &err))
		return report(&err);
	return EXIT_YES;
}

/*
 * Heard once it has started.  Until then it would end the process, for good:
 * to supervisors an end by this signal is a clean one.
 */
static void
hold_reload(void)
{
	sigset_t reload;

	sigemptyset(&reload);
	sigaddset(&reload, SIGHUP);
	sigprocmask(SIG_BLOCK, &reload, NULL);
}

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	struct run_parts parts = {0};
	struct load l = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_run, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_alone(&o, "settings") || !option_alone(&o, "metrics"))
		return EXIT_USAGE;
	if (option_has(&o, "settings"))
		return print_settings();
	if (option_has(&o, "metrics"))
		return print_metrics();
	hold_reload();
	if (rights_drop(&err))
		return report(&err);
	code = load_settings(&o, option_get(&o, "config"), true, &l.settings);
	if (!code && option_get(&o, "purpose"))
		l.settings->purpose = option_get(&o, "purpose");
	if (!code)
		code = open_all(l.settings, &l, &parts);
	/* The log's last line says why. */
	if (!code)
		code = exit_code_of(run_job(l.settings, &parts, &err));
	lethe_view_free(parts.view);
	lethe_ring_free(parts.ring);
	secret_key_free(parts.secret);
	buf_fini(&parts.text);
	load_fini(&l);
	return code;
}

const struct command cmd_run = {
	.words = "run",
	.synopsis = "--config FILE [--set NAME=VALUE]... [--purpose NAME]",
	.summary = "the stream processor: raw topics in, a topic a purpose out",
	.about = "Reads the policy's input topics and writes each purpose's "
		 "records, the quarantine and the offsets in one Kafka "
		 "transaction: every event has its effect once, whatever is "
		 "killed.  The work goes in lanes, one a core by default; more "
		 "processes share the partitions, each under an `instance` "
		 "name of its own.\n\n"
		 "Settings come from the file, the environment "
		 "(LETHE_COMMIT_INTERVAL for commit.interval) and --set, the "
		 "later over the earlier.  A group that never committed asks "
		 "where to begin: `start: earliest` or `latest`.  SIGTERM "
		 "commits what is done and ends within stop.timeout.\n\n"
		 "Ends with 0 after a signal, 3 when settings, policy or ring "
		 "are wrong, 4 when something could not be mended.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe run --config shop/lethe.yaml --set instance=shop-0\n"
		    "lethe run --config shop/lethe.yaml --set lanes=2 "
		    "--set start=earliest\n"
		    "LETHE_INSTANCE=$HOSTNAME lethe run --config "
		    "/etc/lethe/lethe.yaml --purpose analytics",
	.run = run,
};
