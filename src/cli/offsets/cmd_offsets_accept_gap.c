#include "cli/commands.h"
#include "cli/offsets/offsets_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row option_rows[] = {OFFSETS_JOB_OPTIONS,
	{"truncated", NULL,
		"beyond end: the log lost its tail; go on at its end"},
	{"recreated", NULL,
		"beyond end: the topic was made anew; begin at its beginning"},
	{NULL, NULL, NULL}};

/* What the operator named, and what comes of it. */
struct gap {
	struct offsets_words words;
	const char *topic; /* the policy's */
	struct offsets_place place;
	size_t partitions; /* of the topic */
	int64_t to;	   /* where the group goes on */
};

struct gaps {
	struct gap *at;
	size_t count;
	enum offsets_cause cause;
};

static int
refuse_buf(struct buf *why)
{
	buf_put_byte(why, '\0');
	return offsets_refuse(&cmd_offsets_accept_gap, "%s",
		why->full ? "no memory" : (const char *)why->ptr);
}

static int
parse(const struct options *o, struct gaps *g)
{
	bool truncated = option_has(o, "truncated");
	bool recreated = option_has(o, "recreated");

	if (truncated && recreated)
		return usage_error(o->command,
			"--truncated and --recreated exclude each other");
	g->cause = truncated   ? CAUSE_TRUNCATED
		   : recreated ? CAUSE_RECREATED
			       : CAUSE_UNSAID;
	for (size_t i = 0; i < o->arg_count; i++) {
		const struct offsets_words *w = &g->at[i].words;

		if (!offsets_words_gap(o->args[i], &g->at[i].words))
			return usage_error(o->command,
				"not TOPIC:PARTITION:FROM-TO: %s", o->args[i]);
		for (size_t k = 0; k < i; k++)
			if (g->at[k].words.partition == w->partition &&
				!strcmp(g->at[k].words.topic, w->topic))
				return usage_error(o->command,
					"%s:%" PRId32 " is named twice",
					w->topic, w->partition);
	}
	return EXIT_YES;
}

static int
check_group(const struct offsets_job *j)
{
	struct offsets_group group;
	struct lethe_error err = {0};
	struct buf why;
	int code;

	if (offsets_ask_group(j->client, &group, &err))
		return report(&err);
	if (!group.members)
		return EXIT_YES;
	buf_init(&why, 0);
	put_offsets_members(&why, j, &group);
	code = refuse_buf(&why);
	buf_fini(&why);
	return code;
}

/* Where each partition that was named stands; a topic is asked for once. */
static int
ask(const struct offsets_job *j, struct gaps *g)
{
	struct offsets_topic t = {0};
	int code = EXIT_YES;

	for (size_t i = 0; !code && i < g->count; i++) {
		struct gap *gap = &g->at[i];

		gap->topic = offsets_job_topic(j, gap->words.topic);
		if (!gap->topic)
			code = EXIT_USAGE;
		if (!code && t.name != gap->topic) {
			free(t.places);
			code = offsets_job_ask(j, gap->topic, true, &t);
		}
		if (code)
			break;
		gap->partitions = t.count;
		if ((size_t)gap->words.partition < t.count)
			gap->place = t.places[gap->words.partition];
	}
	free(t.places);
	return code;
}

static void
put_words(struct buf *out, const struct offsets_job *j, const char *words,
	const char *cause)
{
	buf_put_text(out, "\n\n  ");
	put_offsets_command(out, j, "accept-gap", words);
	buf_put_text(out, cause);
}

/* The gap that stands there, and each command that would accept it: a line that
   a shell takes as it stands, and that decides nothing for whoever runs it. */
static void
put_standing(struct buf *out, const struct offsets_job *j, const struct gap *g)
{
	char words[OFFSETS_WORDS_BYTES];
	struct offsets_span gap;
	bool beyond = offsets_state(&g->place, &gap) == OFFSETS_BEYOND_END;

	offsets_words_put(g->topic, g->words.partition, &gap, words);
	buf_printf(out, "%" PRId64 "-%" PRId64 " (%" PRId64 " offsets).",
		gap.from, gap.to, offsets_count(&gap));
	if (beyond) {
		buf_put_text(out, "  If the topic was made anew (begin at its "
				  "beginning):");
		put_words(out, j, words, " --recreated");
		buf_put_text(out, "\n\nIf the log lost its tail (go on at its "
				  "end):");
		put_words(out, j, words, " --truncated");
	} else {
		buf_put_text(out, "  The words for it:");
		put_words(out, j, words, "");
	}
	buf_put_byte(out, '\n');
}

static void
put_why(struct buf *out, const struct offsets_job *j, const struct gap *g,
	enum offsets_answer answer)
{
	buf_printf(out, "%s:%" PRId32 ": ", g->topic, g->words.partition);
	switch (answer) {
	case ANSWER_NOT_STARTED:
		buf_printf(out,
			"the group %s has committed nothing of it: there is "
			"no gap",
			j->group);
		break;
	case ANSWER_OTHER_GAP:
		buf_put_text(out, "another gap stands there now: ");
		put_standing(out, j, g);
		break;
	case ANSWER_CAUSE_NEEDED:
		buf_put_text(out, "the log ends below what is committed: ");
		put_standing(out, j, g);
		break;
	case ANSWER_CAUSE_VAIN:
		buf_put_text(out, "the log was neither truncated nor made "
				  "anew, retention passed it: ");
		put_standing(out, j, g);
		break;
	default:
		buf_printf(out,
			"there is no gap: %" PRId64 " is committed, the log "
			"holds %" PRId64 " to %" PRId64,
			g->place.committed, g->place.first, g->place.next - 1);
	}
}

/* All of them may be accepted, or none is. */
static int
judge(const struct offsets_job *j, struct gaps *g)
{
	enum offsets_answer answer = ANSWER_YES;
	struct buf why;
	int code = EXIT_YES;

	buf_init(&why, 0);
	for (size_t i = 0; !code && i < g->count; i++) {
		struct gap *gap = &g->at[i];

		if ((size_t)gap->words.partition >= gap->partitions) {
			buf_printf(&why,
				"%s has no partition %" PRId32
				": it has 0 to %zu",
				gap->topic, gap->words.partition,
				gap->partitions - 1);
			code = refuse_buf(&why);
			break;
		}
		answer = offsets_accept(
			&gap->place, &gap->words.gap, g->cause, &gap->to);
		if (answer == ANSWER_YES)
			continue;
		put_why(&why, j, gap, answer);
		code = refuse_buf(&why);
	}
	buf_fini(&why);
	return code;
}

static int
commit(const struct offsets_job *j, const struct gaps *g)
{
	struct offsets_move *moves = calloc(g->count, sizeof(*moves));
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_OK;

	if (!moves)
		status = fail(&err, LETHE_ENOMEM, 0, "no memory for offsets");
	for (size_t i = 0; !status && i < g->count; i++)
		moves[i] = (struct offsets_move){
			g->at[i].topic, g->at[i].words.partition, g->at[i].to};
	if (!status)
		status = offsets_commit(j->client, moves, g->count, &err);
	free(moves);
	return status ? report(&err) : EXIT_YES;
}

static void
tell(const struct offsets_job *j, const struct gaps *g)
{
	static const char *const what[] = {
		[CAUSE_UNSAID] = "are lost to it",
		[CAUSE_TRUNCATED] = "were committed and are gone",
		[CAUSE_RECREATED] = "were committed of the topic before",
	};

	for (size_t i = 0; i < g->count; i++) {
		const struct gap *gap = &g->at[i];

		printf("%s:%" PRId32 ": group %s goes on at %" PRId64
		       "; offsets %" PRId64 "-%" PRId64 " (%" PRId64
		       " of them) %s\n",
			gap->topic, gap->words.partition, j->group, gap->to,
			gap->words.gap.from, gap->words.gap.to,
			offsets_count(&gap->words.gap), what[g->cause]);
	}
}

static int
accept(const struct options *o, struct gaps *g)
{
	struct offsets_job job;
	int code = offsets_job_open(o, &job);

	if (!code)
		code = check_group(&job);
	if (!code)
		code = ask(&job, g);
	if (!code)
		code = judge(&job, g);
	if (!code)
		code = commit(&job, g);
	if (!code)
		tell(&job, g);
	offsets_job_close(&job);
	return code;
}

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	struct gaps g = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_offsets_accept_gap, argc, argv, 1, SIZE_MAX, &o,
		    &code))
		return code;
	g.count = o.arg_count;
	g.at = calloc(g.count, sizeof(*g.at));
	if (!g.at) {
		(void)fail(&err, LETHE_ENOMEM, 0, "no memory for offsets");
		return report(&err);
	}
	code = parse(&o, &g);
	if (!code)
		code = accept(&o, &g);
	free(g.at);
	return code;
}

const struct command cmd_offsets_accept_gap = {
	.words = "offsets accept-gap",
	.synopsis = "TOPIC:PARTITION:FROM-TO... "
		    "[--truncated|--recreated] " OFFSETS_JOB_SYNOPSIS,
	.summary = "accepts offsets as lost that are gone from a log",
	.about = "`lethe run` stops where the committed offset is not in the "
		 "log.  This command lets it go on, for exactly the gap that "
		 "is named: FROM is the committed offset, TO the last one "
		 "before the log.  `lethe offsets show` prints the words.  If "
		 "another gap stands there by now, it is refused, and so is "
		 "everything while the group has members: stop every lethe of "
		 "the job first.\n\n"
		 "Where the log ends below the committed offset, FROM is the "
		 "log's end and TO the last one committed, and only you can "
		 "know why: --truncated goes on at the end, --recreated begins "
		 "at the beginning.\n\n"
		 "Several gaps are accepted together or not at all.  Ends with "
		 "1 when it is refused.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe offsets accept-gap events.raw:2:120-799 --config "
		    "shop/lethe.yaml\n"
		    "lethe offsets accept-gap events.raw:0:40-1999 "
		    "--recreated --config shop/lethe.yaml",
	.run = run,
};
