#include "base/clock.h"
#include "base/file.h"
#include "cli/keys/change.h"
#include "cli/load.h"
#include "cli/output.h"
#include "crypto/statement.h"
#include "policy/policy.h"
#include "yaml/mistake.h"

#include <stdio.h>
#include <unistd.h>

#define POLICY_BYTES_MAX 1048576
#define PATH_BYTES 4096

static const struct option_row rows[] = {
	{"json", NULL, "the mistakes as a JSON object, for scripts"},
	{"now", "TIME", "the time to hold `expires` against (default: now)"},
	{NULL, NULL, NULL},
};

static int run(int argc, char **argv);

const struct command cmd_policy_check = {
	.words = "policy check",
	.synopsis = "[--json] [--now TIME] FILE",
	.summary = "tells every mistake of a policy, with what to write",
	.about = "Reads a policy and tells all its mistakes in one run, each "
		 "with its place, what is\nwrong, why, and what to write "
		 "instead.  Warnings are told too; they do not make it fail.\n"
		 "FILE may be `-`.  Where FILE.sig is there, it says what "
		 "stands in it.  Exit: 0 no mistake, 3 mistakes.",
	.options = rows,
	.examples = "lethe policy check config/policy.example.yaml\n"
		    "lethe policy check --json config/policy.example.yaml",
	.run = run,
};

static void
collect(void *ctx, const struct lethe_mistake *m)
{
	mistake_add(ctx, m->warning, m->line, m->column, m->what, m->why,
		m->instead);
}

static void
print_json(struct mistakes *m, const char *file,
	const struct lethe_policy *policy, struct buf *out)
{
	buf_printf(out, "{\"ok\":%s,\"errors\":%zu,\"warnings\":%zu,",
		policy ? "true" : "false", m->errors, m->warnings);
	if (policy)
		buf_printf(out, "\"name\":\"%s\",\"policy\":\"%s\",",
			lethe_policy_name(policy), lethe_policy_label(policy));
	buf_put_text(out, "\"mistakes\":");
	mistakes_print_json(m, file, out);
	buf_put_text(out, "}\n");
}

static void
print_text(struct mistakes *m, const char *file, struct slice source,
	const struct lethe_policy *policy, struct buf *out)
{
	const char *s = m->warnings == 1 ? "" : "s";

	mistakes_print(m, file, source, out);
	if (policy && m->warnings)
		buf_printf(
			out, "%s: ok, %zu warning%s\n", file, m->warnings, s);
	else if (policy)
		buf_printf(out, "%s: ok\n", file);
	else
		buf_printf(out, "%s: %zu mistake%s, %zu warning%s\n", file,
			m->errors, m->errors == 1 ? "" : "s", m->warnings, s);
}

/* What stands in FILE.sig; whether it is enough is said by the ring alone. */
static void
print_signatures(const char *file, struct slice source,
	const struct lethe_policy *policy, struct buf *out)
{
	const struct statement_file is = {
		lethe_policy_name(policy), policy->revision, source};
	char path[PATH_BYTES];
	struct lethe_error err = {0};
	struct statement s;

	if (snprintf(path, sizeof(path), "%s" STATEMENT_SUFFIX, file) >=
			(int)sizeof(path) ||
		access(path, F_OK))
		return;
	if (statement_read(path, &s, &err) || statement_is_of(&s, &is, &err))
		buf_printf(out, "%s: %s\n", path, err.what);
	else
		buf_printf(out,
			"%s: %zu signature%s of revision %lld, in force from "
			"%s; `lethe policy verify` holds them against a ring\n",
			path, s.signature_count,
			s.signature_count == 1 ? "" : "s",
			(long long)s.revision, change_time(s.effective_ms));
}

static enum lethe_status
check(const struct options *o, int64_t now_ms, struct buf *out,
	struct lethe_error *err)
{
	const char *file = o->args[0];
	struct lethe_policy *policy = NULL;
	struct mistakes m;
	struct arena a;
	struct buf text;
	enum lethe_status status;

	arena_init(&a, 0);
	buf_init(&text, 0);
	mistakes_init(&m, &a);
	m.colour = output_in_colour();
	status = file_read(file, POLICY_BYTES_MAX, &text, err);
	if (status)
		goto out;
	status = lethe_policy_compile(
		file, text.ptr, text.len, now_ms, collect, &m, &policy, err);
	if (status && !m.errors)
		goto out;
	if (option_has(o, "json"))
		print_json(&m, file, policy, out);
	else
		print_text(&m, file, buf_slice(&text), policy, out);
	if (policy && !option_has(o, "json"))
		print_signatures(file, buf_slice(&text), policy, out);
	if (m.lost)
		status = fail(err, LETHE_ENOMEM, 0, "out of memory");
out:
	lethe_policy_drop(policy);
	buf_fini(&text);
	arena_fini(&a);
	return status;
}

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	enum lethe_status status;
	struct options o;
	struct buf out;
	int64_t now_ms = clock_now_ms();
	int code;

	if (!options_parse(&cmd_policy_check, argc, argv, 1, 1, &o, &code))
		return code;
	if (!option_time(&o, "now", &now_ms))
		return EXIT_USAGE;
	buf_init(&out, 0);
	status = check(&o, now_ms, &out, &err);
	if (out.len &&
		(status == LETHE_EPOLICY || status == LETHE_EUNSUPPORTED))
		code = EXIT_CONFIG;
	else if (status)
		code = report_opening(&err);
	if (output_flush(&out, true, &err))
		code = report(&err);
	buf_fini(&out);
	return code;
}
