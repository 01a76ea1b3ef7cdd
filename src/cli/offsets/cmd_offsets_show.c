#include "cli/commands.h"
#include "cli/offsets/offsets_job.h"
#include "cli/output.h"
#include "kafka/inputs.h"

#include "event/writer.h"
#include "lethe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row option_rows[] = {OFFSETS_JOB_OPTIONS,
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

struct view {
	const struct offsets_job *j;
	struct offsets_group group;
	struct offsets_topic *topics;
	size_t topic_count;
};

/* The gaps of one kind, as operands of accept-gap; how many there are. */
static size_t
put_gaps(struct buf *out, const struct view *v, enum offsets_state state)
{
	char words[OFFSETS_WORDS_BYTES];
	struct offsets_span gap;
	size_t count = 0;

	for (size_t t = 0; t < v->topic_count; t++)
		for (size_t i = 0; i < v->topics[t].count; i++) {
			if (offsets_state(&v->topics[t].places[i], &gap) !=
				state)
				continue;
			offsets_words_put(
				v->topics[t].name, (int32_t)i, &gap, words);
			buf_printf(out, "%s%s", count++ ? " " : "", words);
		}
	buf_put_byte(out, '\0');
	return count;
}

static size_t
count_state(const struct view *v, enum offsets_state state)
{
	struct offsets_span gap;
	size_t count = 0;

	for (size_t t = 0; t < v->topic_count; t++)
		for (size_t i = 0; i < v->topics[t].count; i++)
			count += offsets_state(&v->topics[t].places[i], &gap) ==
				 state;
	return count;
}

/* ---- for people */

static void
put_number(struct buf *out, int64_t value, bool known)
{
	if (known)
		buf_printf(out, " %12" PRId64, value);
	else
		buf_printf(out, " %12s", "-");
}

static void
put_state(struct buf *out, const struct offsets_place *p)
{
	struct offsets_span gap;

	switch (offsets_state(p, &gap)) {
	case OFFSETS_OK: buf_put_text(out, "ok"); break;
	case OFFSETS_NOT_STARTED: buf_put_text(out, "not started"); break;
	case OFFSETS_GAP:
		buf_printf(out, "gap %" PRId64 "-%" PRId64 " (%" PRId64 ")",
			gap.from, gap.to, offsets_count(&gap));
		break;
	case OFFSETS_BEYOND_END:
		buf_printf(out,
			"beyond end %" PRId64 "-%" PRId64 " (%" PRId64 ")",
			gap.from, gap.to, offsets_count(&gap));
		break;
	}
}

static void
put_table(struct buf *out, const struct view *v)
{
	int width = 5;

	for (size_t t = 0; t < v->topic_count; t++) {
		int len = (int)strlen(v->topics[t].name);

		width = len > width ? len : width;
	}
	buf_printf(out, "group %s: ", v->j->group);
	put_offsets_group(out, &v->group);
	buf_printf(out, "\n\n%-*s %9s %12s %12s %12s %12s  %s\n", width,
		"topic", "partition", "committed", "first", "next", "lag",
		"state");
	for (size_t t = 0; t < v->topic_count; t++)
		for (size_t i = 0; i < v->topics[t].count; i++) {
			const struct offsets_place *p = &v->topics[t].places[i];
			int64_t lag = offsets_lag(p);

			buf_printf(
				out, "%-*s %9zu", width, v->topics[t].name, i);
			put_number(
				out, p->committed, p->committed != OFFSET_NONE);
			put_number(out, p->first, true);
			put_number(out, p->next, true);
			put_number(out, lag, lag >= 0);
			buf_put_text(out, "  ");
			put_state(out, p);
			buf_put_byte(out, '\n');
		}
}

/* The newest ring and policy under which any partition was committed. */
static void
put_memory(struct buf *out, const struct view *v)
{
	int64_t ring = 0, policy = 0;

	for (size_t t = 0; t < v->topic_count; t++)
		for (size_t i = 0; i < v->topics[t].count; i++) {
			const struct held *h = &v->topics[t].places[i].held;

			ring = h->ring > ring ? h->ring : ring;
			policy = h->policy > policy ? h->policy : policy;
		}
	if (ring || policy)
		buf_printf(out,
			"\nThe group has worked under ring version %" PRId64
			" and policy revision %" PRId64 ".\n",
			ring, policy);
}

static void
put_step(struct buf *out, const struct view *v, const char *operands,
	const char *flag)
{
	buf_put_text(out, "\n  ");
	put_offsets_command(out, v->j, "accept-gap", operands);
	buf_printf(out, "%s\n", flag);
}

static void
put_when(struct buf *out, const struct view *v)
{
	buf_put_text(
		out, v->group.members
			     ? "when\nevery lethe of the group is stopped:\n"
			     : "while\nno lethe of the group runs:\n");
}

/* The next step, as a command that can be run. */
static void
put_steps(struct buf *out, const struct view *v)
{
	struct buf gaps;

	buf_init(&gaps, 0);
	if (put_gaps(&gaps, v, OFFSETS_GAP) && !gaps.full) {
		buf_put_text(out,
			"\nRetention has passed what was committed: those "
			"offsets are gone from the log,\nand lethe stops "
			"rather than skip them.  To accept them as lost, ");
		put_when(out, v);
		put_step(out, v, (const char *)gaps.ptr, "");
	}
	buf_reset(&gaps);
	if (put_gaps(&gaps, v, OFFSETS_BEYOND_END) && !gaps.full) {
		buf_put_text(out,
			"\nThe log ends below what was committed.  Find out "
			"why.  If the topic was made\nanew, begin at its "
			"beginning, ");
		put_when(out, v);
		put_step(out, v, (const char *)gaps.ptr, " --recreated");
		buf_put_text(out, "\nIf the log lost its tail, go on at its "
				  "end:\n");
		put_step(out, v, (const char *)gaps.ptr, " --truncated");
	}
	buf_fini(&gaps);
	if (count_state(v, OFFSETS_NOT_STARTED))
		buf_put_text(out, "\nWhere nothing of a topic is committed, "
				  "the setting `start` says where to begin;\na "
				  "partition that came later begins at its "
				  "beginning.\n");
}

/* ---- for scripts */

static void
write_partition(struct writer *w, const struct offsets_topic *t, size_t i)
{
	const struct offsets_place *p = &t->places[i];
	struct offsets_span gap;
	enum offsets_state state = offsets_state(p, &gap);
	bool is = offsets_count(&gap) > 0;
	int64_t lag = offsets_lag(p);

	write_object(w, 12);
	write_member_text(w, "topic", t->name);
	write_member_known(w, "partition", (int64_t)i, true);
	write_member_known(
		w, "committed", p->committed, p->committed != OFFSET_NONE);
	write_member_known(w, "first", p->first, true);
	write_member_known(w, "next", p->next, true);
	write_member_known(w, "lag", lag, lag >= 0);
	write_member_text(w, "state", offsets_state_name(state));
	write_member_known(w, "from", gap.from, is);
	write_member_known(w, "to", gap.to, is);
	write_member_known(w, "offsets", offsets_count(&gap), is);
	write_member_known(w, "ring", p->held.ring, p->held.ring != 0);
	write_member_known(w, "policy", p->held.policy, p->held.policy != 0);
	write_object_end(w);
}

static void
write_step(struct writer *w, const struct view *v, const char *operands,
	const char *flag)
{
	struct buf text;

	buf_init(&text, 0);
	put_offsets_command(&text, v->j, "accept-gap", operands);
	buf_put_text(&text, flag);
	write_string(w, buf_slice(&text));
	buf_fini(&text);
}

/*
 * Commands that accept what is lost of the partitions in a state.
 *
 *   flags   of each command; one alone is to run
 */
static void
write_steps(struct writer *w, const struct view *v, const char *key,
	enum offsets_state state, const char *const *flags, size_t count)
{
	struct buf gaps;
	bool is;

	buf_init(&gaps, 0);
	is = put_gaps(&gaps, v, state) && !gaps.full;
	write_key(w, slice_of(key));
	write_array(w, is ? count : 0);
	for (size_t i = 0; is && i < count; i++)
		write_step(w, v, (const char *)gaps.ptr, flags[i]);
	write_array_end(w);
	buf_fini(&gaps);
}

static void
put_json(struct buf *out, const struct view *v)
{
	static const char *const plain[] = {""};
	static const char *const ways[] = {" --recreated", " --truncated"};
	struct writer w;
	size_t count = 0;

	for (size_t t = 0; t < v->topic_count; t++)
		count += v->topics[t].count;
	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 6);
	write_member_text(&w, "group", v->j->group);
	write_member_text(&w, "state", offsets_group_name(v->group.state));
	write_member_known(&w, "members", (int64_t)v->group.members, true);
	write_key(&w, slice_of("partitions"));
	write_array(&w, count);
	for (size_t t = 0; t < v->topic_count; t++)
		for (size_t i = 0; i < v->topics[t].count; i++)
			write_partition(&w, &v->topics[t], i);
	write_array_end(&w);
	write_steps(&w, v, "next", OFFSETS_GAP, plain, 1);
	write_steps(&w, v, "one_of", OFFSETS_BEYOND_END, ways, 2);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

/* ---- the command */

static int
ask(const struct offsets_job *j, struct view *v)
{
	const struct lethe_policy *policy = j->l.policy;
	struct lethe_error err = {0};
	int code = EXIT_YES;

	v->j = j;
	v->topics = calloc(inputs_count(policy), sizeof(*v->topics));
	if (!v->topics) {
		(void)fail(&err, LETHE_ENOMEM, 0, "no memory for offsets");
		return report(&err);
	}
	if (offsets_ask_group(j->client, &v->group, &err))
		return report(&err);
	while (!code && v->topic_count < inputs_count(policy)) {
		code = offsets_job_ask(j, inputs_topic(policy, v->topic_count),
			false, &v->topics[v->topic_count]);
		v->topic_count++;
	}
	return code;
}

static int
show(const struct view *v, bool json)
{
	struct lethe_error err = {0};
	struct buf out;
	int code = EXIT_YES;

	buf_init(&out, 0);
	if (json) {
		put_json(&out, v);
	} else {
		put_table(&out, v);
		put_memory(&out, v);
		put_steps(&out, v);
	}
	if (output_flush(&out, true, &err))
		code = report(&err);
	else if (count_state(v, OFFSETS_GAP) ||
		 count_state(v, OFFSETS_BEYOND_END))
		code = EXIT_NO;
	buf_fini(&out);
	return code;
}

static int
run(int argc, char **argv)
{
	struct offsets_job job;
	struct view v = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_offsets_show, argc, argv, 0, 0, &o, &code))
		return code;
	code = offsets_job_open(&o, &job);
	if (!code)
		code = ask(&job, &v);
	if (!code)
		code = show(&v, option_has(&o, "json"));
	for (size_t t = 0; t < v.topic_count; t++)
		free(v.topics[t].places);
	free(v.topics);
	offsets_job_close(&job);
	return code;
}

const struct command cmd_offsets_show = {
	.words = "offsets show",
	.synopsis = OFFSETS_JOB_SYNOPSIS " [--json]",
	.summary = "how the job's group stands on its input topics",
	.about = "Shows the state of the job's consumer group and, for every "
		 "partition of its input topics, the committed offset, the "
		 "first and the next offset of the log, what is still to be "
		 "read, and a state: `ok`; `not started`, nothing is "
		 "committed; `gap`, retention passed the committed offset; "
		 "`beyond end`, the log ends below it.  A gap is shown as "
		 "FROM-TO and how many offsets that is.\n\n"
		 "Below the table stands the newest ring and policy under "
		 "which the group has worked: what holds an older one does "
		 "not start.\n\n"
		 "`lethe run` stops at a gap rather than skip an event; the "
		 "command that accepts the loss is printed below the table.  "
		 "No key is needed.  It joins no group and changes nothing."
		 "\n\n"
		 "Ends with 1 when there is a gap or a partition beyond its "
		 "end.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe offsets show --config shop/lethe.yaml\n"
		    "lethe offsets show --config shop/lethe.yaml --purpose "
		    "analytics\n"
		    "lethe offsets show --config shop/lethe.yaml --json | jq "
		    "'.partitions[] | select(.state == \"gap\")'",
	.run = run,
};
