#include "cli/commands.h"
#include "cli/output.h"
#include "cli/topics/topics_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_row option_rows[] = {TOPICS_JOB_OPTIONS,
	{"yes", NULL, "do it without asking"}, {NULL, NULL, NULL}};

struct done {
	size_t created, altered;
};

static int
say(struct buf *out)
{
	struct lethe_error err = {0};

	return output_flush(out, true, &err) ? report(&err) : EXIT_YES;
}

static int
refuse(const char *why)
{
	fprintf(stderr, "lethe topics apply: refused: %s\n", why);
	return EXIT_NO;
}

/* ---- before */

/* A number that cannot be changed later is not guessed. */
static bool
lacks_partitions(const struct topics_plan *p)
{
	for (size_t i = 0; i < p->findings.count; i++)
		if (p->findings.rows[i].what == TOPICS_MISSING &&
			!p->findings.rows[i].wanted->partitions)
			return true;
	return false;
}

static int
confirm(const struct topics_job *j)
{
	char line[16];

	if (option_has(j->o, "yes"))
		return EXIT_YES;
	if (!isatty(STDIN_FILENO))
		return usage_error(j->o->command,
			"nobody is there to be asked: --yes does it");
	fputs("\nDo what is marked create and mend? [y/N] ", stdout);
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) &&
		(!strcmp(line, "y\n") || !strcmp(line, "yes\n")))
		return EXIT_YES;
	return refuse("nothing was changed");
}

/* Whether the cluster still is as it was shown. */
static int
check_same(const struct topics_job *j, const struct topics_plan *shown,
	const struct topics_plan *now)
{
	struct buf before, after;
	bool same;

	buf_init(&before, 0);
	buf_init(&after, 0);
	put_topics_json(&before, j, shown);
	put_topics_json(&after, j, now);
	same = !before.full && !after.full && before.len == after.len &&
	       !memcmp(before.ptr, after.ptr, before.len);
	buf_fini(&before);
	buf_fini(&after);
	if (same)
		return EXIT_YES;
	return refuse("the cluster is not as it was shown any more: nothing "
		      "was changed; look at it again");
}

/* ---- doing it */

static enum lethe_status
create(const struct topics_job *j, const struct topics_finding *f,
	struct lethe_error *err)
{
	const struct topics_wanted *w = f->wanted;
	char values[TOPICS_CONFIG_COUNT][TOPICS_VALUE_BYTES];
	struct topics_set sets[TOPICS_CONFIG_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < TOPICS_CONFIG_COUNT; i++) {
		if (!topics_value(
			    w, f->found, (enum topics_config)i, values[count]))
			continue;
		sets[count].name = topics_config_name((enum topics_config)i);
		sets[count].value = values[count];
		count++;
	}
	return topics_create(j->client, w->topic, w->partitions, w->replicas,
		sets, count, err);
}

/* The settings of one topic that are mended. */
static size_t
list_sets(const struct topics_plan *p, const struct topics_wanted *w,
	struct topics_set sets[static TOPICS_CONFIG_COUNT])
{
	size_t count = 0;

	for (size_t i = 0; i < p->findings.count; i++) {
		const struct topics_finding *f = &p->findings.rows[i];

		if (f->wanted != w || topics_level(f->what) != TOPICS_MENDED)
			continue;
		sets[count].name = topics_config_name(f->config);
		sets[count++].value = f->value;
	}
	return count;
}

static int
alter_all(const struct topics_job *j, const struct topics_plan *p,
	struct buf *out, struct done *done)
{
	struct topics_set sets[TOPICS_CONFIG_COUNT];
	struct lethe_error err = {0};

	for (size_t i = 0; i < p->count; i++) {
		const char *topic = p->wanted[i].topic;
		size_t count = list_sets(p, &p->wanted[i], sets);

		if (!count)
			continue;
		if (topics_alter(
			    j->client, topic, &p->found[i], sets, count, &err))
			return report(&err);
		done->altered++;
		buf_printf(out, "altered %s:", topic);
		for (size_t k = 0; k < count; k++)
			buf_printf(out, " %s=%s", sets[k].name, sets[k].value);
		buf_put_byte(out, '\n');
		if (say(out))
			return EXIT_RUNTIME;
	}
	return EXIT_YES;
}

static int
create_all(const struct topics_job *j, const struct topics_plan *p,
	struct buf *out, struct done *done)
{
	struct lethe_error err = {0};

	for (size_t i = 0; i < p->findings.count; i++) {
		const struct topics_finding *f = &p->findings.rows[i];

		if (f->what != TOPICS_MISSING)
			continue;
		if (create(j, f, &err))
			return report(&err);
		done->created++;
		buf_printf(out, "created %s\n", f->wanted->topic);
		if (say(out))
			return EXIT_RUNTIME;
	}
	return EXIT_YES;
}

static void
put_end(struct buf *out, const struct topics_plan *p, const struct done *done,
	bool failed)
{
	size_t left = topics_differ(&p->findings, TOPICS_DRIFT) -
		      topics_differ(&p->findings, TOPICS_MENDED);

	buf_printf(out, "%s%zu topic%s created, %zu altered.\n",
		failed ? "Not all was done: " : "", done->created,
		done->created == 1 ? "" : "s", done->altered);
	if (left)
		buf_printf(out,
			"%zu difference%s left that a person mends: see the "
			"lines that begin with drift.\n",
			left, left == 1 ? " is" : "s are");
}

static int
apply(const struct topics_job *j, const struct topics_plan *p, struct buf *out)
{
	struct done done = {0};
	int code = create_all(j, p, out, &done);

	if (!code)
		code = alter_all(j, p, out, &done);
	put_end(out, p, &done, code != EXIT_YES);
	if (say(out) && !code)
		code = EXIT_RUNTIME;
	return code;
}

/* What was shown is asked for again, and done only if it is the same. */
static int
apply_shown(const struct topics_job *j, const struct topics_plan *shown,
	struct buf *out)
{
	struct topics_plan now;
	int code = topics_plan_ask(j, &now);

	if (!code)
		code = check_same(j, shown, &now);
	if (!code)
		code = apply(j, &now, out);
	topics_plan_fini(&now);
	return code;
}

static int
decide(const struct topics_job *j, const struct topics_plan *p, struct buf *out)
{
	size_t differ = topics_differ(&p->findings, TOPICS_DRIFT);
	size_t mended = topics_differ(&p->findings, TOPICS_MENDED);
	int code;

	put_topics_plan(out, j, p, output_in_colour());
	if (!mended)
		buf_printf(out, "\nThere is nothing that apply could do%s.\n",
			differ ? ": a person mends what differs" : "");
	code = say(out);
	if (code || !mended)
		return code ? code : differ ? EXIT_NO : EXIT_YES;
	if (lacks_partitions(p))
		return usage_error(j->o->command,
			"--partitions is needed: no raw topic is there that "
			"would tell their number");
	code = confirm(j);
	if (!code)
		code = apply_shown(j, p, out);
	return code ? code : differ > mended ? EXIT_NO : EXIT_YES;
}

static int
run(int argc, char **argv)
{
	struct topics_plan plan = {0};
	struct topics_job job;
	struct options o;
	struct buf out;
	int code;

	if (!options_parse(&cmd_topics_apply, argc, argv, 0, 0, &o, &code))
		return code;
	buf_init(&out, 0);
	code = topics_job_open(&o, &job);
	if (!code)
		code = topics_plan_ask(&job, &plan);
	if (!code)
		code = decide(&job, &plan, &out);
	topics_plan_fini(&plan);
	topics_job_close(&job);
	buf_fini(&out);
	return code;
}

const struct command cmd_topics_apply = {
	.words = "topics apply",
	.synopsis = TOPICS_JOB_SYNOPSIS " [--yes]",
	.summary = "makes the topics as the policy implies, after showing it",
	.about = "Shows what `lethe topics plan` shows, asks, and does what is "
		 "marked `create` and `mend`: it creates topics that are not "
		 "there and alters settings of those that are.  Before it "
		 "does, it looks at the cluster again, and refuses if that is "
		 "not as it was shown.  Without a terminal it needs --yes.\n\n"
		 "It never deletes a topic, changes no number of partitions, "
		 "moves no replicas and touches no access rules: of these the "
		 "plan has the commands.  Raw topics belong to their "
		 "producers: they are left alone.  Shortening what a topic "
		 "keeps lets the brokers delete what is older.\n\n"
		 "Ends with 1 when it refuses, or when something differs "
		 "afterwards.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe topics apply --config shop/lethe.yaml\n"
		    "lethe topics apply --config shop/lethe.yaml --partitions "
		    "12 --yes",
	.run = run,
};
