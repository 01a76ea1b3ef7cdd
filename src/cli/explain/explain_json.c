#include "cli/explain/explain_print.h"

#include "event/writer.h"
#include "text/time.h"

static void
text_member(struct writer *w, const char *name, const char *value)
{
	write_key(w, slice_of(name));
	if (value)
		write_string(w, slice_of(value));
	else
		write_null(w);
}

static void
value_member(struct writer *w, const char *name, const struct value *v)
{
	write_key(w, slice_of(name));
	switch (v->kind) {
	case VALUE_NULL:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_NUMBER:
	case VALUE_STRING: write_value(w, v); break;
	case VALUE_ABSENT:
	case VALUE_HUGE:
	case VALUE_ARRAY:
	case VALUE_OBJECT:
	case VALUE_OTHER: write_null(w); break;
	}
}

/* How many members write_saying writes. */
static size_t
count_saying(const struct answer *a)
{
	bool times = a->kind == ANSWER_GRANT || a->kind == ANSWER_DENY;

	return (a->reason != LETHE_REASON_NONE) + (times && a->has_time) +
	       (times && a->has_until);
}

static void
time_member(struct writer *w, const char *name, int64_t ms)
{
	char text[TIME_TEXT_BYTES];

	text_member(w, name, time_format(ms, GRAIN_SECOND, text) ? text : NULL);
}

/* What an answer says beside its kind: why, since when, until when. */
static void
write_saying(struct writer *w, const struct answer *a)
{
	bool times = a->kind == ANSWER_GRANT || a->kind == ANSWER_DENY;

	if (a->reason != LETHE_REASON_NONE)
		text_member(w, "reason", lethe_reason_name(a->reason));
	if (times && a->has_time)
		time_member(w, "since", a->time_ms);
	if (times && a->has_until)
		time_member(w, "until", a->until_ms);
}

static void
write_class(struct writer *w, const struct explained_class *c,
	const struct explain_style *s)
{
	struct explained_answer a = {.answer = c->answer};

	write_object(w, 3 + count_saying(&c->answer));
	text_member(w, "class", s->policy->classes[c->class].name);
	write_key(w, slice_of("present"));
	write_bool(w, c->present);
	text_member(w, "answer", explain_answer_name(&a));
	write_saying(w, &c->answer);
	write_object_end(w);
}

static void
write_classes(struct writer *w, const struct explained_answer *a,
	const struct explain_style *s)
{
	write_key(w, slice_of("classes"));
	write_array(w, a->class_count);
	for (size_t i = 0; i < a->class_count; i++)
		write_class(w, &a->classes[i], s);
	write_array_end(w);
}

static void
write_answer(struct writer *w, const struct explained_answer *a,
	const struct explain_style *s)
{
	write_object(w, 3 + count_saying(&a->answer) + (a->class_count != 0) +
				a->remembered);
	text_member(w, "source", s->policy->sources[a->source].name);
	write_key(w, slice_of("asked"));
	write_bool(w, a->asked);
	text_member(w, "answer", explain_answer_name(a));
	if (a->remembered) {
		write_key(w, slice_of("remembered"));
		write_bool(w, true);
	}
	write_saying(w, &a->answer);
	if (a->class_count)
		write_classes(w, a, s);
	write_object_end(w);
}

static void
write_epochs(struct writer *w, const struct explained_purpose *p)
{
	if (p->epoch) {
		write_key(w, slice_of("epoch"));
		write_uint(w, p->epoch);
	}
	if (p->epoch_was) {
		write_key(w, slice_of("epoch_was"));
		write_uint(w, p->epoch_was);
		write_key(w, slice_of("rekey"));
		write_bool(w, p->rekey);
	}
}

static void
write_purpose(struct writer *w, const struct explained_purpose *p,
	const struct explain_style *s)
{
	write_object(w, 6 + (p->epoch ? 1 : 0) + (p->epoch_was ? 2 : 0));
	text_member(w, "purpose", s->policy->purposes[p->purpose].name);
	write_key(w, slice_of("sent"));
	write_bool(w, p->reason == LETHE_REASON_NONE);
	text_member(w, "reason",
		p->reason == LETHE_REASON_NONE ? NULL
					       : lethe_reason_name(p->reason));
	text_member(w, "source",
		p->source == SIZE_MAX ? NULL
				      : s->policy->sources[p->source].name);
	write_key(w, slice_of("rule"));
	if (p->rule >= 0)
		write_uint(w, (uint64_t)p->rule);
	else
		write_null(w);
	write_epochs(w, p);
	write_key(w, slice_of("answers"));
	write_array(w, p->answer_count);
	for (size_t i = 0; i < p->answer_count; i++)
		write_answer(w, &p->answers[i], s);
	write_array_end(w);
	write_object_end(w);
}

static void
write_use(struct writer *w, const struct explained_use *u,
	const struct explain_style *s)
{
	bool field = u->field != LETHE_NO_FIELD;
	bool value = s->show_values && u->fate == FATE_SENT;

	write_object(w, value ? 8 : 7);
	text_member(w, "fate", explain_fate_name(u->fate));
	text_member(w, "purpose",
		u->purpose == LETHE_NO_PURPOSE
			? NULL
			: s->policy->purposes[u->purpose].name);
	text_member(w, "as", field ? s->policy->fields[u->field].as : NULL);
	text_member(w, "do", field ? transform_name(u->what) : NULL);
	text_member(w, "role", field ? NULL : u->role);
	text_member(w, "reason",
		u->fate == FATE_LEFT_OUT ? lethe_reason_name(u->reason) : NULL);
	write_key(w, slice_of("line"));
	write_uint(w, u->line);
	if (value)
		value_member(w, "out", &u->out);
	write_object_end(w);
}

static void
write_leaf(struct writer *w, const struct explained_leaf *leaf,
	const struct explain_style *s)
{
	write_object(w, s->show_values ? 3 : 2);
	text_member(w, "path", s->show_values ? leaf->spelt : leaf->path);
	if (s->show_values)
		value_member(w, "value", &leaf->value);
	write_key(w, slice_of("uses"));
	write_array(w, leaf->use_count);
	for (size_t i = 0; i < leaf->use_count; i++)
		write_use(w, &leaf->uses[i], s);
	write_array_end(w);
	write_object_end(w);
}

static void
write_poison(struct writer *w, const struct explanation *e)
{
	write_object(w, 3);
	text_member(w, "verdict", "poison");
	text_member(w, "reason", lethe_status_name(e->status));
	write_key(w, slice_of("offset"));
	write_uint(w, e->offset);
	write_object_end(w);
}

static void
write_objections(struct writer *w, const struct explanation *e)
{
	write_key(w, slice_of("objections"));
	write_array(w, e->objection_count);
	for (size_t i = 0; i < e->objection_count; i++) {
		write_object(w, 2);
		text_member(w, "source", e->objections[i].source);
		text_member(w, "class", e->objections[i].class);
		write_object_end(w);
	}
	write_array_end(w);
}

static void
write_event(struct writer *w, const struct explanation *e,
	const struct explain_style *s)
{
	bool dropped = e->reason != LETHE_REASON_NONE;

	write_object(w, 6 + (e->objection_count != 0));
	text_member(w, "verdict", dropped ? "dropped" : "event");
	text_member(w, "reason", dropped ? lethe_reason_name(e->reason) : NULL);
	text_member(w, "input", e->input);
	text_member(w, "event", e->event);
	if (e->objection_count)
		write_objections(w, e);
	write_key(w, slice_of("purposes"));
	write_array(w, e->purpose_count);
	for (size_t i = 0; i < e->purpose_count; i++)
		write_purpose(w, &e->purposes[i], s);
	write_array_end(w);
	write_key(w, slice_of("leaves"));
	write_array(w, e->leaf_count);
	for (size_t i = 0; i < e->leaf_count; i++)
		write_leaf(w, &e->leaves[i], s);
	write_array_end(w);
	write_object_end(w);
}

void
explain_print_json(const struct explanation *e, const struct explain_style *s,
	struct buf *out)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	if (lethe_status_class(e->status) == LETHE_CLASS_POISON)
		write_poison(&w, e);
	else
		write_event(&w, e, s);
	buf_put_byte(out, '\n');
}
