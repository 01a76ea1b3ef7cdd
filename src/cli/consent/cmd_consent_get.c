#include "cli/commands.h"
#include "cli/consent/consent_job.h"
#include "cli/output.h"

#include "crypto/secret.h"
#include "engine/ledger.h"
#include "event/writer.h"
#include "text/time.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"json", NULL, "one JSON object a subject, for scripts"},
	{NULL, NULL, NULL}};

/* One subject's record, as the policy reads it. */
struct shown {
	const struct consent_job *job;
	bool found, readable;
	int64_t time_ms;
	struct said said;
	struct ledger_row row;
};

struct tools {
	struct said_reader *reader;
	struct ledger_decoder *decoder;
	struct arena arena;
};

/* ---- what is shown of a purpose */

static enum lethe_reason
why_not(const struct shown *s, size_t purpose)
{
	const struct consent_rule rule = {.basis = BASIS_CONSENT, .asked = 1};
	const struct consent_time when = {.event_ms = s->job->now_ms,
		.now_ms = s->job->now_ms,
		.clock_skew_ms = s->job->l.policy->clock_skew_ms};
	struct answer answer =
		ledger_row_answer(s->job->l.policy, purpose, &s->row, &when);
	size_t source;

	return consent_decide(&rule, &answer, &when, &source);
}

static void
put_time(struct buf *out, const char *what, int64_t ms)
{
	char text[TIME_TEXT_BYTES];

	(void)time_format(ms, GRAIN_SECOND, text);
	buf_printf(out, " %s %s", what, text);
}

static void
put_texts(struct buf *out, const char *what, struct slice text)
{
	if (!text.ptr)
		return;
	buf_printf(out, "%s", what);
	for (size_t i = 0; i < text.len; i++)
		buf_put_byte(out, text.ptr[i] < ' ' || text.ptr[i] == 127
					  ? '?'
					  : text.ptr[i]);
}

static void
put_entry(struct buf *out, const struct said *said, const struct said_entry *e)
{
	if (!e) {
		buf_put_text(out, "nothing was said");
		return;
	}
	buf_put_text(out, ledger_state_name(e->is.state));
	if (e->is.has_at)
		put_time(out, "at", e->is.at_ms);
	if (e->is.state == LEDGER_GIVEN && e->is.since_ms != e->is.at_ms)
		put_time(out, "since", e->is.since_ms);
	if (e->is.has_until)
		put_time(out, "until", e->is.until_ms);
	put_texts(out, ", notice ", said_notice(said, e));
	if (slice_is(e->purpose, SAID_ALL))
		buf_put_text(out, " (said of all purposes)");
}

static void
put_purpose(struct buf *out, const struct shown *s, size_t i)
{
	const char *name = s->job->l.policy->purposes[i].name;
	enum lethe_reason why = why_not(s, i);
	bool asks = consent_asks(s->job, name);

	buf_printf(out, "  %-3s %s: ",
		!asks			   ? "-"
		: why == LETHE_REASON_NONE ? "yes"
					   : "no",
		name);
	if (!s->readable)
		buf_put_text(out, "the record cannot be read");
	else
		put_entry(out, &s->said, said_of(&s->said, slice_of(name)));
	if (!asks)
		buf_put_text(out, " (it does not ask the ledger)");
	else if (why != LETHE_REASON_NONE)
		buf_printf(out, " [%s]", lethe_reason_name(why));
	buf_put_byte(out, '\n');
}

static bool
is_ours(const struct shown *s, struct slice purpose)
{
	const struct lethe_policy *p = s->job->l.policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (slice_is(purpose, p->purposes[i].name))
			return true;
	return slice_is(purpose, SAID_ALL);
}

static void
put_words(struct buf *out, const struct shown *s)
{
	size_t others = 0;

	buf_put_text(out, s->found ? "record" : "no record");
	if (s->found)
		put_time(out, "of", s->time_ms);
	put_texts(out, ", source ", s->said.source);
	put_texts(out, ", jurisdiction ", s->said.jurisdiction);
	buf_put_byte(out, '\n');
	for (size_t i = 0; i < s->job->l.policy->purpose_count; i++)
		put_purpose(out, s, i);
	for (size_t i = 0; i < s->said.count; i++)
		others += !is_ours(s, s->said.entries[i].purpose);
	if (others)
		buf_printf(out,
			"  and of %zu purposes that the policy does "
			"not have\n",
			others);
}

/* ---- the same for scripts */

static void
write_text(struct writer *w, const char *key, struct slice text)
{
	write_key(w, slice_of(key));
	if (text.ptr)
		write_string(w, text);
	else
		write_null(w);
}

static void
write_purpose(struct writer *w, const struct shown *s, size_t i)
{
	const char *name = s->job->l.policy->purposes[i].name;
	const struct said_entry *e = said_of(&s->said, slice_of(name));
	struct said_entry says = e ? *e : (struct said_entry){0};
	enum lethe_reason why = why_not(s, i);

	says.notice = e ? said_notice(&s->said, e) : (struct slice){0};
	write_key(w, slice_of(name));
	write_object(w, 0);
	write_key(w, slice_of("asked"));
	write_bool(w, consent_asks(s->job, name));
	write_key(w, slice_of("yes"));
	write_bool(w, why == LETHE_REASON_NONE);
	write_text(w, "reason",
		why == LETHE_REASON_NONE ? (struct slice){0}
					 : slice_of(lethe_reason_name(why)));
	write_key(w, slice_of("of_all"));
	write_bool(w, e && slice_is(e->purpose, SAID_ALL));
	buf_put_text(w->out, ",\"says\":");
	said_write_entry(&says, w->out);
	write_object_end(w);
}

static void
put_json(struct buf *out, const struct shown *s)
{
	char text[TIME_TEXT_BYTES];
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	write_key(&w, slice_of("found"));
	write_bool(&w, s->found);
	write_key(&w, slice_of("readable"));
	write_bool(&w, s->readable);
	write_text(&w, "written",
		s->found ? slice_make(text,
				   time_format(s->time_ms, GRAIN_MS, text))
			 : (struct slice){0});
	write_text(&w, "source", s->said.source);
	write_text(&w, "jurisdiction", s->said.jurisdiction);
	write_key(&w, slice_of("purposes"));
	write_object(&w, 0);
	for (size_t i = 0; i < s->job->l.policy->purpose_count; i++)
		write_purpose(&w, s, i);
	write_object_end(&w);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

/* ---- the subjects */

static enum lethe_status
read_record(const struct said_batch *batch, size_t i, struct tools *t,
	struct shown *s, struct lethe_error *err)
{
	size_t count = s->job->ledger->layout.purpose_count;
	enum lethe_status status;
	struct slice value;

	arena_reset(&t->arena);
	s->said = (struct said){0};
	s->readable = true;
	s->row = (struct ledger_row){.kind = LEDGER_ROW_ABSENT, .count = count};
	s->found = said_batch_record(batch, i, &value, &s->time_ms);
	if (!s->found)
		return LETHE_OK;
	status = said_read(t->reader, value, &t->arena, &s->said, err);
	if (!status)
		status = ledger_decode_of(t->decoder, said_batch_key(batch, i),
			value, &s->row, err);
	if (lethe_status_class(status) != LETHE_CLASS_POISON)
		return status;
	s->readable = false;
	ledger_row_malformed(count, &s->row);
	return LETHE_OK;
}

static enum lethe_status
show(struct consent_job *j, struct said_batch *batch, struct tools *t,
	bool *all, struct lethe_error *err)
{
	struct shown s = {.job = j};
	enum lethe_status status = LETHE_OK;
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; !status && i < said_batch_subjects(batch); i++) {
		status = read_record(batch, i, t, &s, err);
		if (status)
			break;
		*all = *all && s.found;
		if (option_has(j->o, "json"))
			put_json(&out, &s);
		else
			put_words(&out, &s);
		status = output_flush(&out, false, err);
	}
	if (!status)
		status = output_flush(&out, true, err);
	buf_fini(&out);
	return status;
}

static enum lethe_status
open_tools(
	const struct consent_job *j, struct tools *t, struct lethe_error *err)
{
	enum lethe_status status;
	uint64_t seed;

	random_bytes(&seed, sizeof(seed));
	arena_init(&t->arena, 0);
	status = said_reader_new(seed, &t->reader, err);
	if (!status)
		status = ledger_decoder_new(
			&j->ledger->layout, seed, &t->decoder, err);
	return status;
}

static int
get(struct consent_job *j, struct intake *in)
{
	struct lethe_error err = {0};
	struct tools t = {0};
	bool all = true;
	enum lethe_status status;
	int code = consent_job_topics(j);

	if (code)
		return code;
	status = open_tools(j, &t, &err);
	if (!status)
		status = consent_read_records(j, in->batch, &err);
	if (!status)
		status = show(j, in->batch, &t, &all, &err);
	said_reader_free(t.reader);
	ledger_decoder_free(t.decoder);
	arena_fini(&t.arena);
	if (status)
		return report(&err);
	return all ? EXIT_YES : EXIT_NO;
}

static int
run(int argc, char **argv)
{
	struct intake in = {0};
	struct consent_job job;
	struct options o;
	int code;

	if (!options_parse(
		    &cmd_consent_get, argc, argv, 1, SIZE_MAX, &o, &code))
		return code;
	if (o.arg_count > 1)
		return usage_error(&cmd_consent_get,
			"one subject at a time; `-` reads one a line");
	code = consent_job_policy(&o, &job);
	if (!code)
		code = intake_subjects(&in, &job, o.args[0]);
	if (!code)
		code = get(&job, &in);
	intake_fini(&in);
	consent_job_close(&job);
	return code;
}

const struct command cmd_consent_get = {
	.words = "consent get",
	.synopsis = "CLASS:IDENTIFIER|- [--json] --config FILE",
	.summary = "what stands of a subject in the consent ledger",
	.about = "Shows, for each purpose of the policy, whether the ledger "
		 "would say yes now, what was said and when, the beginning of "
		 "the unbroken grant, its end, and the notice; of a no the "
		 "reason; `-` is a purpose that does not ask the ledger.  "
		 "Other sources that a purpose asks are not looked at.  It "
		 "reads the partition of the subject's record, "
		 "whole.\n\n"
		 "`-` reads one CLASS:IDENTIFIER a line from standard input; "
		 "an identifier given as an argument is seen in the list of "
		 "processes.  Identifiers are not shown again: one answer a "
		 "line, in their order, each once.\n\n"
		 "Ends with 1 when a subject has no record.",
	.options = option_rows,
	.examples = "lethe consent get - --config shop/lethe.yaml < user.txt\n"
		    "lethe consent get - --json --config shop/lethe.yaml < "
		    "users.txt | jq .purposes",
	.run = run,
};
