#include "cli/commands.h"
#include "cli/doctor/doctor.h"
#include "cli/output.h"

#include "base/buf.h"
#include "crypto/keypair.h"
#include "daemon/rights.h"
#include "event/writer.h"
#include "kafka/remedy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *what;
	void (*run)(struct doctor *d);
} checks[] = {
#define X(name, what) {#name, what, examine_##name},
	CHECKS_MAP(X)
#undef X
};

#define CHECK_COUNT (sizeof(checks) / sizeof(*checks))

static const char *const result_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARN] = "warn",
	[DOCTOR_FAIL] = "fail",
	[DOCTOR_SKIP] = "skip",
};

static const struct option_row option_rows[] = {
	{"config", "FILE", "the settings; without: LETHE_* and --set alone"},
	{"set", "NAME=VALUE",
		"a setting; goes over the file; as often as needed"},
	{"purpose", "NAME",
		"the group and topics of this purpose alone, as `lethe run`"},
	{"json", NULL, "one JSON object, for scripts"},
	{"list", NULL, "prints what is looked at, and ends"},
	{NULL, NULL, NULL}};

LETHE_PRINTF(2, 0)
static const char *
text_of(struct doctor *d, const char *format, va_list args)
{
	char text[512];
	const char *kept;
	int n = vsnprintf(text, sizeof(text), format, args);

	bug_if(n < 0);
	kept = arena_strndup(&d->arena, text, strlen(text));
	bug_if(!kept);
	return kept;
}

const char *
doctor_text(struct doctor *d, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = text_of(d, format, args);
	va_end(args);
	return text;
}

void
doctor_found(struct doctor *d, enum doctor_result result, const char *remedy,
	const char *format, ...)
{
	size_t cap = d->cap ? d->cap * 2 : 32;
	struct doctor_finding *grown;
	va_list args;

	if (d->count == d->cap) {
		grown = reallocarray(d->findings, cap, sizeof(*grown));
		bug_if(!grown);
		d->findings = grown;
		d->cap = cap;
	}
	va_start(args, format);
	d->findings[d->count++] = (struct doctor_finding){.check = d->check,
		.result = result,
		.what = text_of(d, format, args),
		.remedy = remedy};
	va_end(args);
}

void
doctor_failed(struct doctor *d, const struct lethe_error *err)
{
	const char *remedy = remedy_of(err->status);

	if (err->status == LETHE_EDENIED)
		remedy = "give that right to who is named, or mend the login: "
			 "docs/operations.md, Rights on the cluster";
	if (err->status == LETHE_EIO)
		remedy = "mend what is named; the user that runs lethe must be "
			 "able to do that";
	doctor_found(d, DOCTOR_FAIL, remedy, "%s", err->what);
}

bool
doctor_has_cluster(struct doctor *d)
{
	if (d->trial)
		return true;
	doctor_found(d, DOCTOR_SKIP, NULL, "%s",
		!d->reached    ? "no broker was reached"
		: !d->l.policy ? "the policy is missing, which names topics"
			       : "no client could be made");
	return false;
}

bool
doctor_has_topic(struct doctor *d, const struct doctor_topic *t)
{
	if (!t->partitions)
		doctor_found(d, DOCTOR_SKIP, NULL,
			"%s: it is not there, or this login does not see it",
			t->name);
	return t->partitions;
}

static size_t
count_of(const struct doctor *d, enum doctor_result result)
{
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++)
		count += d->findings[i].result == result;
	return count;
}

/* ---- what is shown */

static void
put_text(struct buf *out, const struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct doctor_finding *f = &d->findings[i];

		buf_printf(out, "%-4s  %-12s  %s", result_names[f->result],
			f->check, f->what);
		if (f->remedy)
			buf_printf(out, "; do: %s", f->remedy);
		buf_put_byte(out, '\n');
	}
	buf_printf(out, "\n%zu fail, %zu warn, %zu could not be looked at\n",
		count_of(d, DOCTOR_FAIL), count_of(d, DOCTOR_WARN),
		count_of(d, DOCTOR_SKIP));
}

static void
put_json(struct buf *out, const struct doctor *d)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 3);
	write_key(&w, slice_of("checks"));
	write_array(&w, d->count);
	for (size_t i = 0; i < d->count; i++) {
		const struct doctor_finding *f = &d->findings[i];

		write_object(&w, 4);
		write_member_text(&w, "check", f->check);
		write_member_text(&w, "result", result_names[f->result]);
		write_member_text(&w, "what", f->what);
		write_member_text(&w, "do", f->remedy);
		write_object_end(&w);
	}
	write_array_end(&w);
	write_key(&w, slice_of("fail"));
	write_int(&w, (int64_t)count_of(d, DOCTOR_FAIL));
	write_key(&w, slice_of("warn"));
	write_int(&w, (int64_t)count_of(d, DOCTOR_WARN));
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

static int
show(const struct doctor *d, bool json)
{
	struct lethe_error err = {0};
	struct buf out;
	int code = count_of(d, DOCTOR_FAIL) ? EXIT_NO : EXIT_YES;

	buf_init(&out, 0);
	if (json)
		put_json(&out, d);
	else
		put_text(&out, d);
	if (output_flush(&out, true, &err))
		code = report(&err);
	buf_fini(&out);
	return code;
}

static int
list(void)
{
	for (size_t i = 0; i < CHECK_COUNT; i++)
		printf("%-12s  %s\n", checks[i].name, checks[i].what);
	return EXIT_YES;
}

/* ---- the command */

static void
examine(struct doctor *d)
{
	d->events = doctor_events_new();
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		d->check = checks[i].name;
		checks[i].run(d);
	}
}

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	struct doctor d = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_doctor, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_alone(&o, "list"))
		return EXIT_USAGE;
	if (option_has(&o, "list"))
		return list();
	/* As `lethe run` does: root may read and listen no more than that. */
	if (rights_drop(&err))
		return report(&err);
	arena_init(&d.arena, 0);
	code = load_settings(&o, option_get(&o, "config"), true, &d.l.settings);
	if (!code && option_get(&o, "purpose"))
		d.l.settings->purpose = option_get(&o, "purpose");
	d.config = option_get(&o, "config");
	if (!code) {
		examine(&d);
		code = show(&d, option_has(&o, "json"));
	}
	trial_close(d.trial);
	doctor_events_free(d.events);
	free(d.findings);
	policy_file_fini(&d.file);
	secret_key_free(d.secret);
	load_fini(&d.l);
	arena_fini(&d.arena);
	return code;
}

const struct command cmd_doctor = {
	.words = "doctor",
	.synopsis = "--config FILE [--set NAME=VALUE]... [--purpose NAME] "
		    "[--json]",
	.summary = "what usually goes wrong before the first start",
	.about = "Looks at the files, the brokers, the topics, the rights and "
		 "the newest raw events, one line each: `ok`, `warn`, `fail` "
		 "or, where an earlier failure hides it or a right or setting "
		 "is missing to see it, `skip`; with what was looked at and "
		 "what to do.  No value of an event is shown.\n\n"
		 "It may run beside a running lethe: it joins no group, "
		 "commits nothing and sends no record, but for three of five "
		 "bytes to `clock.topic`.  The right to write is "
		 "tried in transactions of its own, under "
		 "APPLICATION-INSTANCE-doctor, that are aborted before "
		 "anything is sent: a marker of the abort stays on one "
		 "partition of each topic that is tried, as one offset that "
		 "no reader sees.\n\n"
		 "Ends with 1 when a check fails.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe doctor --config shop/lethe.yaml\n"
		    "lethe doctor --config shop/lethe.yaml --json | jq "
		    "'.checks[] | select(.result == \"fail\")'\n"
		    "lethe doctor --list",
	.run = run,
};
