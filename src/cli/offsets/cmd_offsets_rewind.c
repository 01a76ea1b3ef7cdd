#include "cli/commands.h"
#include "cli/offsets/offsets_job.h"
#include "cli/output.h"

#include "kafka/output.h"
#include "text/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row option_rows[] = {OFFSETS_JOB_OPTIONS,
	{"to", "WHERE", "earliest, an offset, or an RFC 3339 time"},
	{"apply", NULL, "do it; without: say what would be done"},
	{NULL, NULL, NULL}};

struct plan {
	struct offsets_job job;
	struct offsets_words words;
	enum offsets_aim aim;
	int64_t value; /* an offset, or ms since 1970 */
	struct offsets_group group;
	struct offsets_topic topic;
	int64_t *by_time; /* AIM_TIME: by partition */
	struct offsets_move *moves;
	size_t move_count;
	size_t refused; /* partitions */
	bool hindered;	/* the job or its outputs do not allow it */
};

static int
no_memory(void)
{
	struct lethe_error err = {0};

	(void)fail(&err, LETHE_ENOMEM, 0, "no memory for offsets");
	return report(&err);
}

static int
parse(const struct options *o, struct plan *p)
{
	const char *to = option_get(o, "to");

	if (!offsets_words_partition(o->args[0], &p->words))
		return usage_error(o->command,
			"not TOPIC or TOPIC:PARTITION: "
			"%s",
			o->args[0]);
	if (!strcmp(to, "latest"))
		return usage_error(o->command, "--to latest would skip events: "
					       "a group only goes back");
	if (!strcmp(to, "earliest"))
		p->aim = AIM_EARLIEST;
	else if (offsets_words_number(to, strlen(to), &p->value))
		p->aim = AIM_OFFSET;
	else if (time_parse_rfc3339(slice_of(to), &p->value))
		p->aim = AIM_TIME;
	else
		return usage_error(o->command,
			"--to is earliest, an offset, or a time such as "
			"2026-05-04T10:00:00Z");
	if (p->aim == AIM_OFFSET && p->words.partition < 0)
		return usage_error(o->command,
			"an offset is of one partition: %s:PARTITION",
			p->words.topic);
	return EXIT_YES;
}

static int
ask(struct plan *p)
{
	const char *topic = offsets_job_topic(&p->job, p->words.topic);
	struct lethe_error err = {0};
	int code;

	if (!topic)
		return EXIT_USAGE;
	if (offsets_ask_group(p->job.client, &p->group, &err))
		return report(&err);
	/* While members work there is always an open transaction. */
	code = offsets_job_ask(&p->job, topic, !p->group.members, &p->topic);
	if (code)
		return code;
	if (p->words.partition >= (int64_t)p->topic.count)
		return usage_error(p->job.o->command,
			"%s has the partitions 0 to %zu", topic,
			p->topic.count - 1);
	p->moves = calloc(p->topic.count, sizeof(*p->moves));
	p->by_time = calloc(p->topic.count, sizeof(*p->by_time));
	if (!p->moves || !p->by_time)
		return no_memory();
	if (p->aim == AIM_TIME &&
		offsets_ask_time(p->job.client, topic, p->value, p->topic.count,
			p->by_time, &err))
		return report(&err);
	return EXIT_YES;
}

static void
put_why(struct buf *out, const struct plan *p, size_t partition,
	enum offsets_answer answer)
{
	const struct offsets_place *place = &p->topic.places[partition];
	char words[OFFSETS_WORDS_BYTES];
	struct offsets_span gap;

	switch (answer) {
	case ANSWER_STANDS: buf_put_text(out, "stays: nothing to do"); break;
	case ANSWER_NOT_STARTED:
		buf_put_text(out, "stays: nothing is committed yet");
		break;
	case ANSWER_GAP_FIRST:
		(void)offsets_state(place, &gap);
		offsets_words_put(
			p->topic.name, (int32_t)partition, &gap, words);
		buf_printf(out,
			"refused: a gap, see lethe offsets accept-gap %s",
			words);
		break;
	case ANSWER_FORWARD:
		buf_printf(out,
			"refused: forward, would skip %" PRId64 " offsets",
			p->value - place->committed);
		break;
	case ANSWER_GONE:
		buf_printf(out, "refused: the log begins at %" PRId64,
			place->first);
		break;
	default: break;
	}
}

static void
put_row(struct buf *out, struct plan *p, size_t partition)
{
	const struct offsets_place *place = &p->topic.places[partition];
	int64_t target = p->aim == AIM_TIME ? p->by_time[partition] : p->value;
	struct offsets_move move = {p->topic.name, (int32_t)partition, 0};
	enum offsets_answer answer =
		offsets_rewind(place, p->aim, target, &move.to);

	buf_printf(out, "%9zu", partition);
	if (place->committed == OFFSET_NONE)
		buf_printf(out, " %12s", "-");
	else
		buf_printf(out, " %12" PRId64, place->committed);
	if (answer == ANSWER_YES) {
		buf_printf(out, " %12" PRId64 " %12" PRId64, move.to,
			place->committed - move.to);
		p->moves[p->move_count++] = move;
	} else {
		buf_printf(out, " %12s %12s  ", "-", "-");
		put_why(out, p, partition, answer);
		p->refused +=
			answer != ANSWER_STANDS && answer != ANSWER_NOT_STARTED;
	}
	buf_put_byte(out, '\n');
}

/* What would be done, partition by partition. */
static void
put_plan(struct buf *out, struct plan *p)
{
	int64_t again = 0;

	buf_printf(out, "%s, group %s: ", p->topic.name, p->job.group);
	put_offsets_group(out, &p->group);
	buf_printf(out, "\n\n%9s %12s %12s %12s\n", "partition", "from", "to",
		"done again");
	for (size_t i = 0; i < p->topic.count; i++)
		if (p->words.partition < 0 || (size_t)p->words.partition == i)
			put_row(out, p, i);
	for (size_t i = 0; i < p->move_count; i++)
		again += p->topic.places[p->moves[i].partition].committed -
			 p->moves[i].to;
	buf_printf(out,
		"\n%" PRId64 " offsets of %zu partition%s would be processed "
		"again.\n",
		again, p->move_count, p->move_count == 1 ? "" : "s");
}

/* The outputs that hold records already: again would be double. */
static int
put_outputs(struct buf *out, struct plan *p)
{
	size_t count = output_count(p->job.l.policy), live = 0;
	const char **topics = calloc(count, sizeof(*topics));
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_OK;
	int64_t held;

	if (!topics)
		return no_memory();
	output_topics(p->job.l.view, topics);
	/* Where objections go others write, and once more is no harm. */
	for (size_t i = 0; !status && i <= p->job.l.policy->purpose_count;
		i++) {
		if (!topics[i])
			continue;
		status =
			offsets_ask_held(p->job.client, topics[i], &held, &err);
		if (status || !held)
			continue;
		if (!live++)
			buf_put_text(out,
				"\nThese outputs still hold records; "
				"processing events again would double them:"
				"\n\n");
		buf_printf(
			out, "  %s (%" PRId64 " offsets)\n", topics[i], held);
	}
	free(topics);
	if (live)
		buf_put_text(out,
			"\nThe ways out: name new output topics in the policy, "
			"with a new revision; or tell\nthe consumers, then "
			"empty these topics (kafka-delete-records); or leave "
			"this\ngroup alone and run another one, with a policy "
			"that writes to other topics.\n");
	p->hindered = p->hindered || live;
	return status ? report(&err) : EXIT_YES;
}

static int
put_hindrances(struct buf *out, struct plan *p)
{
	if (p->group.members) {
		p->hindered = true;
		buf_put_text(out, "\nNot now: ");
		put_offsets_members(out, &p->job, &p->group);
	}
	if (p->refused)
		buf_put_text(out,
			"\nA group only goes back, to what the log still "
			"holds.  What lies in a gap is left\nbehind by lethe "
			"offsets accept-gap alone, never by a jump.\n");
	return put_outputs(out, p);
}

static int
apply(struct buf *out, const struct plan *p)
{
	struct lethe_error err = {0};

	if (offsets_commit(p->job.client, p->moves, p->move_count, &err))
		return report(&err);
	buf_printf(out,
		"Done: the next lethe run of the group %s begins "
		"there.\n",
		p->job.group);
	return EXIT_YES;
}

static void
put_dry(struct buf *out, const struct plan *p)
{
	buf_put_text(out, "Dry run: nothing was changed.  To do it:\n\n  ");
	put_offsets_command(out, &p->job, "rewind", p->job.o->args[0]);
	buf_printf(out, " --to %s --apply\n", option_get(p->job.o, "to"));
}

static int
decide(struct buf *out, struct plan *p)
{
	int code;

	put_plan(out, p);
	code = put_hindrances(out, p);
	if (code)
		return code;
	if (p->hindered || p->refused) {
		buf_put_text(out, "\nRefused: nothing was changed.\n");
		return EXIT_NO;
	}
	if (!p->move_count)
		return EXIT_YES;
	if (option_has(p->job.o, "apply"))
		return apply(out, p);
	put_dry(out, p);
	return EXIT_YES;
}

static int
rewind_group(const struct options *o, struct plan *p)
{
	struct lethe_error err = {0};
	struct buf out;
	int code = offsets_job_open(o, &p->job);

	buf_init(&out, 0);
	if (!code)
		code = ask(p);
	if (!code)
		code = decide(&out, p);
	if (output_flush(&out, true, &err) && !code)
		code = report(&err);
	buf_fini(&out);
	free(p->topic.places);
	free(p->by_time);
	free(p->moves);
	offsets_job_close(&p->job);
	return code;
}

static int
run(int argc, char **argv)
{
	struct plan p = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_offsets_rewind, argc, argv, 1, 1, &o, &code))
		return code;
	if (!option_needed(&o, "to"))
		return EXIT_USAGE;
	code = parse(&o, &p);
	return code ? code : rewind_group(&o, &p);
}

const struct command cmd_offsets_rewind = {
	.words = "offsets rewind",
	.synopsis = "TOPIC[:PARTITION] --to earliest|OFFSET|TIME "
		    "[--apply] " OFFSETS_JOB_SYNOPSIS,
	.summary = "moves the group back, to process events again",
	.about = "Moves the committed offsets of the job's group back: to the "
		 "beginning of the log, to an offset of one partition, or to "
		 "the first event whose timestamp in the log is not before a "
		 "time.  It says what it would do, from where to where and how "
		 "many offsets are processed again, and does it with --apply "
		 "alone.\n\n"
		 "It is refused while the group has members, and while any "
		 "output topic of the job, or its quarantine, holds records: "
		 "they would be doubled.  It never goes forward, since that "
		 "would skip events.  By time, a partition that has not come "
		 "so far stays where it is.\n\n"
		 "Ends with 1 when it is, or would be, refused.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe offsets rewind events.raw --to earliest --config "
		    "shop/lethe.yaml\n"
		    "lethe offsets rewind events.raw --to "
		    "2026-05-04T00:00:00Z --config shop/lethe.yaml --apply\n"
		    "lethe offsets rewind events.raw:2 --to 1200 --config "
		    "shop/lethe.yaml",
	.run = run,
};
