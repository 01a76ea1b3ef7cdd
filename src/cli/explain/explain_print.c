#include "cli/explain/explain_print.h"

#include "cli/explain/wrap.h"
#include "event/writer.h"
#include "text/time.h"
#include "text/utf8.h"

#define PATH_COLUMNS 30

const char *
explain_answer_name(const struct explained_answer *a)
{
	switch (a->answer.kind) {
	case ANSWER_SILENT: return "silent";
	case ANSWER_GRANT: return "grant";
	case ANSWER_DENY: return a->objection ? "objection" : "deny";
	case ANSWER_ERROR: break;
	}
	return "error";
}

const char *
explain_fate_name(enum leaf_fate fate)
{
	switch (fate) {
	case FATE_UNNAMED: return "dropped";
	case FATE_READ: return "read";
	case FATE_SENT: return "sent";
	case FATE_LEFT_OUT: break;
	}
	return "left_out";
}

/* A value for people: as JSON, what a terminal obeys as escapes. */
static void
put_value(struct buf *out, const struct value *v)
{
	struct writer w;

	switch (v->kind) {
	case VALUE_ARRAY: buf_printf(out, "[%zu]", v->count); return;
	case VALUE_OBJECT: buf_printf(out, "{%zu}", v->count); return;
	case VALUE_ABSENT:
	case VALUE_HUGE:
	case VALUE_OTHER:
		buf_printf(out, "(%s)", value_kind_name(v->kind));
		return;
	case VALUE_STRING:
		if (!utf8_printable(v->text)) {
			buf_put_text(out, "(a text with control characters)");
			return;
		}
		break;
	case VALUE_NULL:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_NUMBER: break;
	}
	writer_init(&w, FORMAT_JSON, out);
	write_value(&w, v);
}

static const char *
purpose_name(const struct explain_style *s, size_t purpose)
{
	return s->policy->purposes[purpose].name;
}

static void
describe_sent(const struct explained_use *u, const struct explain_style *s,
	struct buf *text)
{
	const struct policy_field *f = &s->policy->fields[u->field];

	buf_printf(text, "%s: sent as %s by %s, line" GLUE "%u",
		purpose_name(s, u->purpose), f->as, transform_name(u->what),
		u->line);
	if (s->show_values && u->out.kind != VALUE_ABSENT) {
		buf_put_text(text, ": ");
		put_value(text, &u->out);
	}
}

static void
describe_use(const struct explained_use *u, const struct explain_style *s,
	struct buf *text)
{
	if (u->fate == FATE_SENT && u->field != LETHE_NO_FIELD &&
		u->purpose != LETHE_NO_PURPOSE) {
		describe_sent(u, s, text);
	} else if (u->fate == FATE_LEFT_OUT && u->field != LETHE_NO_FIELD) {
		if (u->purpose != LETHE_NO_PURPOSE)
			buf_printf(text, "%s: ", purpose_name(s, u->purpose));
		buf_printf(text, "not sent as %s, line" GLUE "%u: %s",
			s->policy->fields[u->field].as, u->line,
			lethe_reason_name(u->reason));
	} else {
		if (u->purpose != LETHE_NO_PURPOSE)
			buf_printf(text, "%s: ", purpose_name(s, u->purpose));
		buf_printf(text, "%s: %s",
			u->fate == FATE_SENT ? "sent" : "read",
			u->role ? u->role : "policy");
		if (u->line)
			buf_printf(text, ", line" GLUE "%u", u->line);
		if (u->fate == FATE_LEFT_OUT)
			buf_printf(text, ": %s", lethe_reason_name(u->reason));
	}
}

static void
put_leaf(const struct explained_leaf *leaf, const struct explain_style *s,
	struct buf *out, struct buf *text)
{
	const char *path = s->show_values ? leaf->spelt : leaf->path;
	size_t width = columns(path);

	if (width >= PATH_COLUMNS) {
		put_wrapped(out, path, 0);
		width = 0;
	} else {
		buf_put_text(out, path);
	}
	if (s->show_values) {
		put_spaces(out, PATH_COLUMNS - width);
		buf_reset(text);
		put_value(text, &leaf->value);
		buf_put_byte(text, 0);
		put_wrapped(out, (const char *)text->ptr, PATH_COLUMNS);
		width = 0;
	}
	if (!leaf->use_count) {
		put_spaces(out, PATH_COLUMNS - width);
		buf_put_text(out, "dropped: no line names it\n");
	}
	for (size_t i = 0; i < leaf->use_count; i++) {
		put_spaces(out, PATH_COLUMNS - width);
		buf_reset(text);
		describe_use(&leaf->uses[i], s, text);
		buf_put_byte(text, 0);
		put_wrapped(out, (const char *)text->ptr, PATH_COLUMNS);
		width = 0;
	}
}

/* What an answer says beside its kind: why, since when, until when. */
static void
put_saying(const struct answer *a, struct buf *out)
{
	char time[TIME_TEXT_BYTES];

	if (a->reason != LETHE_REASON_NONE)
		buf_printf(out, ": %s", lethe_reason_name(a->reason));
	if (a->kind == ANSWER_ERROR || a->kind == ANSWER_SILENT)
		return;
	if (a->has_time && time_format(a->time_ms, GRAIN_SECOND, time))
		buf_printf(out, " since %s", time);
	if (!a->has_until)
		return;
	if (time_format(a->until_ms, GRAIN_SECOND, time))
		buf_printf(out, " until %s", time);
	else
		buf_put_text(out, ", which has ended");
}

static const char *
class_saying(const struct explained_class *c)
{
	struct explained_answer a = {.answer = c->answer};

	if (!c->present)
		return "not on the event";
	if (c->answer.kind == ANSWER_SILENT && !c->answer.reason)
		return "silent: nothing is known";
	return explain_answer_name(&a);
}

#define ANSWER_COLUMNS 23

/* Ends a line of which the name stands, with what is said of it. */
static void
end_answer(struct buf *out, struct buf *text)
{
	buf_put_byte(text, 0);
	put_wrapped(out, (const char *)text->ptr, ANSWER_COLUMNS);
}

static void
put_classes(const struct explained_answer *a, const struct explain_style *s,
	struct buf *out, struct buf *text)
{
	for (size_t i = 0; i < a->class_count; i++) {
		const struct explained_class *c = &a->classes[i];

		buf_printf(
			out, "    %-18s ", s->policy->classes[c->class].name);
		buf_reset(text);
		buf_put_text(text, class_saying(c));
		put_saying(&c->answer, text);
		end_answer(out, text);
	}
}

static void
put_answers(const struct explained_purpose *p, const struct explain_style *s,
	struct buf *out, struct buf *text)
{
	for (size_t i = 0; i < p->answer_count; i++) {
		const struct explained_answer *a = &p->answers[i];

		buf_printf(out, "  %-20s ", s->policy->sources[a->source].name);
		buf_reset(text);
		buf_printf(text, "%s%s%s", explain_answer_name(a),
			a->remembered ? ", as the ledger remembers" : "",
			a->asked || a->objection ? "" : " (not asked)");
		put_saying(&a->answer, text);
		if (a->source == p->source)
			buf_put_text(text, ", which decides");
		if (a->source == p->source && p->rule >= 0)
			buf_printf(text, " (rule %d)", p->rule);
		end_answer(out, text);
		put_classes(a, s, out, text);
	}
}

/* Known where there are keys. */
static void
put_epochs(const struct explained_purpose *p, struct buf *text)
{
	char until[TIME_TEXT_BYTES];

	if (!p->epoch)
		return;
	buf_printf(text, "; tokens of epoch" GLUE "%u", p->epoch);
	if (!p->epoch_was)
		return;
	time_format(p->was_until_ms, GRAIN_SECOND, until);
	buf_printf(text, ", and of epoch" GLUE "%u as *_was until" GLUE "%s",
		p->epoch_was, until);
	if (p->rekey)
		buf_put_text(text,
			"; before a person's first record, one of kind rekey");
}

static void
put_purpose(const struct explained_purpose *p, const struct explain_style *s,
	struct buf *out, struct buf *text)
{
	buf_reset(text);
	if (p->reason == LETHE_REASON_NONE)
		buf_printf(text, "%s: a record to %s",
			purpose_name(s, p->purpose),
			s->policy->purposes[p->purpose].topic);
	else
		buf_printf(text, "%s: no record: %s (%s)",
			purpose_name(s, p->purpose),
			lethe_reason_text(p->reason),
			lethe_reason_name(p->reason));
	put_epochs(p, text);
	buf_put_byte(text, 0);
	put_wrapped(out, (const char *)text->ptr, 0);
	put_answers(p, s, out, text);
}

static void
put_objections(const struct explanation *e, struct buf *out, struct buf *text)
{
	for (size_t i = 0; i < e->objection_count; i++) {
		buf_reset(text);
		buf_printf(text,
			"objection of %s: `lethe run` writes it to the ledger, "
			"for the event's %s",
			e->objections[i].source, e->objections[i].class);
		buf_put_byte(text, 0);
		put_wrapped(out, (const char *)text->ptr, 0);
	}
}

void
explain_print(const struct explanation *e, const struct explain_style *s,
	struct buf *out)
{
	struct buf text;

	if (lethe_status_class(e->status) == LETHE_CLASS_POISON) {
		buf_printf(out, "poison: %s (%s), byte %zu\n",
			lethe_status_text(e->status),
			lethe_status_name(e->status), e->offset);
		if (e->status == LETHE_POISON_TRAILING || s->lines)
			buf_put_text(out, "explain takes one event; `lethe "
					  "filter` takes many\n");
		if (s->together)
			buf_put_text(out,
				"the topics of the policy were read together, "
				"and `lethe run` reads each\nby itself: "
				"--topic NAME\n");
		return;
	}
	buf_init(&text, 0);
	buf_printf(out, "input %s, event %s\n", e->input ? e->input : "-",
		e->event ? e->event : "-");
	if (e->reason != LETHE_REASON_NONE)
		buf_printf(out, "dropped: %s (%s)\n",
			lethe_reason_text(e->reason),
			lethe_reason_name(e->reason));
	put_objections(e, out, &text);
	for (size_t i = 0; i < e->purpose_count; i++) {
		buf_put_byte(out, '\n');
		put_purpose(&e->purposes[i], s, out, &text);
	}
	if (s->no_ledger)
		buf_put_text(out,
			"\nno records of the consent ledger are at hand, so it "
			"is ledger_stale here:\ngive them with --consent FILE, "
			"a line {\"key\":\"class:identifier\",\"value\":{…}}\n"
			"each, as they stand in its topic\n");
	buf_printf(out, "\nlines are those of %.60s\n", s->file);
	if (!s->show_values)
		buf_put_text(out,
			"names that it does not have are shown by position, "
			"as <0>\n(--show-values: in full, with the values: "
			"personal data)\n");
	buf_put_byte(out, '\n');
	for (size_t i = 0; i < e->leaf_count; i++)
		put_leaf(&e->leaves[i], s, out, &text);
	buf_fini(&text);
}
