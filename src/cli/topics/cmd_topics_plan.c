#include "cli/commands.h"
#include "cli/output.h"
#include "cli/topics/topics_words.h"

static const struct option_row option_rows[] = {TOPICS_JOB_OPTIONS,
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

static int
show(const struct topics_job *j, const struct topics_plan *p)
{
	size_t differ = topics_differ(&p->findings, TOPICS_DRIFT);
	struct lethe_error err = {0};
	struct buf out;
	int code = differ ? EXIT_NO : EXIT_YES;

	buf_init(&out, 0);
	if (option_has(j->o, "json")) {
		put_topics_json(&out, j, p);
	} else {
		put_topics_plan(&out, j, p, output_in_colour());
		if (differ)
			buf_printf(&out, "\n%zu differ%s.\n", differ,
				differ == 1 ? "s" : "");
		else
			buf_put_text(&out, "\nNothing differs.\n");
	}
	if (output_flush(&out, true, &err))
		code = report(&err);
	buf_fini(&out);
	return code;
}

static int
run(int argc, char **argv)
{
	struct topics_plan plan = {0};
	struct topics_job job;
	struct options o;
	int code;

	if (!options_parse(&cmd_topics_plan, argc, argv, 0, 0, &o, &code))
		return code;
	code = topics_job_open(&o, &job);
	if (!code)
		code = topics_plan_ask(&job, &plan);
	if (!code)
		code = show(&job, &plan);
	topics_plan_fini(&plan);
	topics_job_close(&job);
	return code;
}

const struct command cmd_topics_plan = {
	.words = "topics plan",
	.synopsis = TOPICS_JOB_SYNOPSIS " [--json]",
	.summary = "the topics that the policy implies, against the cluster",
	.about = "Shows each topic that the policy implies (a purpose's, the "
		 "quarantine, the raw ones), what the cluster has of it, and a "
		 "line for each difference with what to do: a topic that is "
		 "not there; one that keeps longer than the policy allows, or "
		 "whose settings let it; keyed records that were written with "
		 "another number of partitions; who may write to an output "
		 "beside lethe, or read it and is no recipient; a raw topic "
		 "whose retention the policy does not state.\n\n"
		 "A line begins with `create` or `mend`, which `lethe topics "
		 "apply` does; `drift`, which a person mends; or `note`, for "
		 "what could not be looked at and is no difference.  No key "
		 "is needed.  It changes nothing.\n\n"
		 "Ends with 1 when something differs.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe topics plan --config shop/lethe.yaml\n"
		    "lethe topics plan --config shop/lethe.yaml --principal "
		    "User:lethe --partitions 12\n"
		    "lethe topics plan --config shop/lethe.yaml --json | jq "
		    "'.findings[] | select(.level == \"drift\")'",
	.run = run,
};
