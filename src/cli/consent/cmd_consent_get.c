#include "cli/commands.h"
#include "cli/consent/consent_job.h"
#include "cli/consent/objection.h"
#include "cli/consent/stray.h"
#include "cli/output.h"

#include "event/writer.h"
#include "text/time.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"json", NULL, "one JSON object a subject, for scripts"},
	{NULL, NULL, NULL}};

/* ---- what is shown of a purpose */

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

/* Which objections are among what stops it, and since when; behind a reason
 * that is the record's, what there is beside it. */
static void
put_objections(struct buf *out, const struct standing *s, size_t purpose,
	size_t decided)
{
	const char *before = decided == s->job->ledger->source
				     ? "; also an objection of "
				     : ": ";

	for (size_t i = 0; i < s->count; i++) {
		const struct objection *o = &s->objections[i];

		if (!standing_stops(s, o, purpose))
			continue;
		buf_printf(out, "%s%s", before,
			s->job->l.policy->sources[o->source].name);
		if (o->is.readable)
			put_time(out, "since", standing_since(s, o, purpose));
		else
			buf_put_text(out, " (its record cannot be read)");
		before = ", ";
	}
}

static void
put_purpose(struct buf *out, const struct standing *s, size_t i)
{
	const char *name = s->job->l.policy->purposes[i].name;
	size_t source;
	enum lethe_reason why = standing_why(s, i, &source);
	bool asks = consent_asks(s->job, name);

	buf_printf(out, "  %-3s %s: ",
		why != LETHE_REASON_NONE ? "no"
		: asks			 ? "yes"
					 : "-",
		name);
	if (!s->is.readable)
		buf_put_text(out, "the record cannot be read");
	else
		put_entry(
			out, &s->is.said, said_of(&s->is.said, slice_of(name)));
	if (!asks)
		buf_put_text(out, " (it does not ask the ledger)");
	if (why != LETHE_REASON_NONE) {
		buf_printf(out, " [%s", lethe_reason_name(why));
		put_objections(out, s, i, source);
		buf_put_byte(out, ']');
	}
	buf_put_byte(out, '\n');
}

static bool
is_ours(const struct standing *s, struct slice purpose)
{
	const struct lethe_policy *p = s->job->l.policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (slice_is(purpose, p->purposes[i].name))
			return true;
	return slice_is(purpose, SAID_ALL);
}

/* Whoever reads it by the key alone does not find it. */
static void
put_stray(struct buf *out, const struct stray *stray)
{
	if (stray->at < 0)
		return;
	buf_printf(out, "  it lies in partition %d", stray->at);
	if (stray->other >= 0)
		buf_printf(out, ", another in %d", stray->other);
	if (stray->cleared)
		buf_put_text(out, ", null in its key's own");
	buf_printf(out, ", and not where its key belongs: %s\n",
		stray_split(stray) ? "nothing tells which is the later"
				   : "put and history do not see it");
}

static void
put_words(struct buf *out, const struct standing *s, const struct stray *stray)
{
	size_t others = 0;

	buf_put_text(out, s->is.found ? "record" : "no record");
	if (s->is.found)
		put_time(out, "of", s->is.time_ms);
	put_texts(out, ", source ", s->is.said.source);
	put_texts(out, ", jurisdiction ", s->is.said.jurisdiction);
	buf_put_byte(out, '\n');
	put_stray(out, stray);
	for (size_t i = 0; i < s->job->l.policy->purpose_count; i++)
		put_purpose(out, s, i);
	for (size_t i = 0; i < s->is.said.count; i++)
		others += !is_ours(s, s->is.said.entries[i].purpose);
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
write_objections(struct writer *w, const struct standing *s, size_t purpose)
{
	char text[TIME_TEXT_BYTES];

	write_key(w, slice_of("objections"));
	write_array(w, 0);
	for (size_t i = 0; i < s->count; i++) {
		const struct objection *o = &s->objections[i];
		int64_t since = standing_since(s, o, purpose);

		if (!standing_stops(s, o, purpose))
			continue;
		write_object(w, 0);
		write_text(w, "source",
			slice_of(s->job->l.policy->sources[o->source].name));
		write_text(w, "at",
			o->is.readable
				? slice_make(text, time_format(since,
							   GRAIN_SECOND, text))
				: (struct slice){0});
		write_object_end(w);
	}
	write_array_end(w);
}

/* Of a purpose that does not ask the ledger it tells objections alone. */
static void
write_verdict(struct writer *w, bool asked, enum lethe_reason why)
{
	bool yes = why == LETHE_REASON_NONE;

	write_key(w, slice_of("asked"));
	write_bool(w, asked);
	write_key(w, slice_of("yes"));
	if (asked || !yes)
		write_bool(w, yes);
	else
		write_null(w);
	write_text(w, "reason",
		yes ? (struct slice){0} : slice_of(lethe_reason_name(why)));
}

static void
write_purpose(struct writer *w, const struct standing *s, size_t i)
{
	const char *name = s->job->l.policy->purposes[i].name;
	const struct said_entry *e = said_of(&s->is.said, slice_of(name));
	struct said_entry says = e ? *e : (struct said_entry){0};
	size_t source;
	enum lethe_reason why = standing_why(s, i, &source);

	says.notice = e ? said_notice(&s->is.said, e) : (struct slice){0};
	write_key(w, slice_of(name));
	write_object(w, 0);
	write_verdict(w, consent_asks(s->job, name), why);
	write_objections(w, s, i);
	write_key(w, slice_of("of_all"));
	write_bool(w, e && slice_is(e->purpose, SAID_ALL));
	buf_put_text(w->out, ",\"says\":");
	said_write_entry(&says, w->out);
	write_object_end(w);
}

static void
write_stray(struct writer *w, const struct stray *stray)
{
	write_key(w, slice_of("misplaced"));
	write_array(w, 0);
	if (stray->at >= 0)
		write_int(w, stray->at);
	if (stray->other >= 0)
		write_int(w, stray->other);
	write_array_end(w);
}

static void
put_json(struct buf *out, const struct standing *s, const struct stray *stray)
{
	char text[TIME_TEXT_BYTES];
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	write_key(&w, slice_of("found"));
	write_bool(&w, s->is.found);
	write_key(&w, slice_of("readable"));
	write_bool(&w, s->is.readable);
	write_text(&w, "written",
		s->is.found ? slice_make(text, time_format(s->is.time_ms,
						       GRAIN_MS, text))
			    : (struct slice){0});
	write_stray(&w, stray);
	write_text(&w, "source", s->is.said.source);
	write_text(&w, "jurisdiction", s->is.said.jurisdiction);
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
show(struct standing *s, struct said_batch *batch, const struct strays *strays,
	bool *all, struct lethe_error *err)
{
	size_t subjects = strays->subjects;
	struct standing_reader r;
	enum lethe_status status = standing_reader_init(&r, s->job, err);
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; !status && i < subjects; i++) {
		status = standing_read(s, &r, batch, i, subjects, err);
		if (status)
			break;
		if (stray_split(&strays->rows[i]))
			standing_unreadable(s);
		*all = *all && s->is.found;
		if (option_has(s->job->o, "json"))
			put_json(&out, s, &strays->rows[i]);
		else
			put_words(&out, s, &strays->rows[i]);
		status = output_flush(&out, false, err);
	}
	if (!status)
		status = output_flush(&out, true, err);
	buf_fini(&out);
	standing_reader_fini(&r);
	return status;
}

static int
get(struct consent_job *j, struct intake *in)
{
	size_t subjects = said_batch_subjects(in->batch);
	struct lethe_error err = {0};
	struct standing s;
	struct strays strays;
	bool all = true;
	enum lethe_status status;
	int code = consent_job_topics(j);

	if (code)
		return code;
	status = standing_init(&s, j, &err);
	if (!status)
		status = standing_ask(&s, in->batch, &err);
	if (!status)
		status = consent_read_records(j, in->batch, &err);
	if (!status)
		status = strays_look(&strays, j, in->batch, subjects, &err);
	if (!status)
		status = show(&s, in->batch, &strays, &all, &err);
	if (status)
		return report(&err);
	return all ? EXIT_YES : EXIT_NO;
}

static int
run(int argc, char **argv)
{
	return consent_ask(&cmd_consent_get, argc, argv, get);
}

const struct command cmd_consent_get = {
	.words = "consent get",
	.synopsis = "CLASS:IDENTIFIER|- [--json] --config FILE",
	.summary = "what stands of a subject in the consent ledger",
	.about = "Shows, for each purpose of the policy, whether the ledger "
		 "would say yes now, what was said and when, the beginning of "
		 "the unbroken grant, its end, and the notice; of a no the "
		 "reason; `-` is a purpose that does not ask the ledger.  "
		 "Objections that a source remembers of the subject stop "
		 "the purposes that hear it, those too that do not ask; "
		 "another class of the person (the device) may have an "
		 "objection of its own: ask for it as well.  What events say "
		 "themselves is not looked at.  It reads the partitions of "
		 "the subject's record and its objections, whole; where "
		 "the former has no record, all partitions: one that lies "
		 "elsewhere is shown, and where.\n\n"
		 "`-` reads one CLASS:IDENTIFIER a line from standard input; "
		 "an identifier given as an argument is seen in the list of "
		 "processes.  Identifiers are not shown again: one answer a "
		 "line, in their order, each once.\n\n"
		 "Ends with 1 when a subject has no record of its own, with 2 "
		 "when none is named.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe consent get - --config shop/lethe.yaml < user.txt\n"
		    "lethe consent get - --json --config shop/lethe.yaml < "
		    "users.txt | jq .purposes",
	.run = run,
};
