#include "engine/explain/uses.h"
#include "engine/steps/steps.h"

#include "base/error.h"

/* The captures of a slot, beside its leaves: both are in the event's order. */
struct captures {
	const struct reading *reading;
	const struct capture *at;
	uint32_t ordinal; /* of `at` */
};

/* The capture that the nth leaf told for the slot became; NULL: none. */
static const struct capture *
capture_of(struct captures *c, uint32_t ordinal)
{
	for (; c->at && c->ordinal < ordinal; c->ordinal++)
		c->at = reading_next(c->reading, c->at);
	return c->at;
}

/* Of a list each element has a fate of its own; c may be NULL. */
static struct explained_use
use_of_element(const struct explained_use *use, const struct field_found *found,
	const struct capture *c)
{
	struct explained_use one = *use;

	if (use->fate != FATE_SENT || !found || !found->elements)
		return one;
	if (c && c->index < found->count)
		one.out = found->elements[c->index];
	if (one.out.kind != VALUE_ABSENT)
		return one;
	one.fate = FATE_LEFT_OUT;
	one.reason = c && c->value.kind != VALUE_NULL ? LETHE_REASON_MISFIT
						      : LETHE_REASON_ABSENT;
	return one;
}

/* The message's own: a leaf that no reader tells of. */
static void
mark_message(struct leaves *l, struct work *w, const struct place *at,
	const struct explained_use *use)
{
	struct capture store;
	const struct value *v = place_value(w, at, &store);

	if (v->kind != VALUE_ABSENT)
		leaves_use(l, leaves_add_named(l, at->text, v), use);
}

/* Adds a use to every leaf at a place. */
static void
mark(struct leaves *l, struct work *w, const struct place *at,
	const struct explained_use *use, const struct field_found *found)
{
	struct captures captures;

	if (!at->is)
		return;
	if (at->root != PATH_VALUE) {
		mark_message(l, w, at, use);
		return;
	}
	captures = (struct captures){.reading = &w->reading,
		.at = reading_first(&w->reading, at->slot)};
	for (struct leaf_row *row = l->first; row; row = row->next)
		for (size_t i = 0; i < row->slot_count; i++) {
			struct explained_use one;

			if (row->slots[i] != at->slot)
				continue;
			one = use_of_element(use, found,
				capture_of(&captures, row->ordinals[i]));
			leaves_use(l, row, &one);
		}
}

static const char *
role_of(struct leaves *l, const char *what, const char *name)
{
	size_t len = strlen(what) + strlen(name) + 2;
	char *text = arena_alloc(l->a, len);

	if (!text) {
		l->full = true;
		return what;
	}
	snprintf(text, len, "%s %s", what, name);
	return text;
}

static void
mark_read(struct leaves *l, struct work *w, const struct place *at,
	size_t purpose, const char *role)
{
	struct explained_use use = {.fate = FATE_READ,
		.purpose = purpose,
		.field = LETHE_NO_FIELD,
		.role = role,
		.line = at->line};

	mark(l, w, at, &use, NULL);
}

static void
mark_rule(struct leaves *l, struct work *w, const struct event_rule *r)
{
	for (size_t i = 0; i < r->count; i++)
		mark_read(l, w, &r->matches[i].at, LETHE_NO_PURPOSE, "event");
}

static void
mark_classes(struct leaves *l, struct work *w)
{
	for (size_t i = 0; i < w->policy->class_count; i++) {
		const struct policy_class *c = &w->policy->classes[i];
		const char *role = role_of(l, "identifier", c->name);

		for (size_t n = 0; n < c->from_count[w->input]; n++)
			mark_read(l, w, &c->from[w->input][n], LETHE_NO_PURPOSE,
				role);
	}
}

static void
mark_source(struct leaves *l, struct work *w, const struct policy_source *s,
	size_t purpose)
{
	const char *role = role_of(l, "consent", s->name);

	mark_read(l, w, &s->at[w->input], purpose, role);
	for (size_t i = 0; i < s->member_count; i++)
		mark_read(l, w, &s->members[w->input][i], purpose, role);
}

static void
mark_sources(struct leaves *l, struct work *w)
{
	for (size_t i = 0; i < w->policy->source_count; i++) {
		const struct policy_source *s = &w->policy->sources[i];

		if (!source_is_asked(s))
			mark_source(l, w, s, LETHE_NO_PURPOSE);
	}
}

void
uses_of_reading(struct leaves *l, struct work *w)
{
	for (size_t i = 0; !w->shape && i < w->channel->input_count; i++) {
		const struct policy_input *in =
			&w->policy->inputs[w->channel->inputs[i]];

		for (size_t r = 0; r < in->rule_count; r++)
			mark_rule(l, w, &in->rules[r]);
	}
	if (!w->shape)
		return;
	mark_rule(l, w, w->rule);
	mark_read(l, w, &w->shape->time.at, LETHE_NO_PURPOSE, "event time");
	mark_read(l, w, &w->shape->event_id, LETHE_NO_PURPOSE, "event id");
	mark_classes(l, w);
	mark_sources(l, w);
}

static void
mark_asks(struct leaves *l, struct work *w, size_t purpose)
{
	const struct policy_purpose *p = &w->policy->purposes[purpose];

	for (size_t i = 0; i < p->ask_count; i++) {
		const struct policy_ask *ask = &p->asks[i];
		const struct policy_source *s =
			&w->policy->sources[ask->source];
		const char *role = role_of(l, "consent", s->name);

		if (!source_is_asked(s))
			continue;
		mark_source(l, w, s, purpose);
		for (size_t n = 0; ask->members && n < ask->ask.count; n++)
			mark_read(l, w, &ask->members[w->input][n], purpose,
				role);
	}
}

/* What became of a field, seen from its purpose's decision. */
static struct explained_use
use_of_field(const struct work *w, const struct lethe_decision *d, size_t index)
{
	const struct policy_field *f = &w->policy->fields[index];
	const struct field_found *found = &w->s->fields[index];
	struct explained_use use = {.fate = FATE_LEFT_OUT,
		.purpose = d->purpose,
		.field = index,
		.what = f->what.kind,
		.line = f->line};

	if (!f->all_events && !bits_has(&f->on, w->event)) {
		use.reason = LETHE_REASON_NOT_ON_EVENT;
	} else if (d->reason != LETHE_REASON_NONE &&
		   d->reason != LETHE_REASON_MISSING_REQUIRED) {
		use.reason = d->reason;
	} else if (!found->present) {
		use.reason = found->misfit ? LETHE_REASON_MISFIT
					   : LETHE_REASON_ABSENT;
	} else if (d->reason != LETHE_REASON_NONE) {
		use.reason = d->reason;
	} else {
		use.fate = FATE_SENT;
		use.out = found->value;
	}
	return use;
}

/* Marks what a token was made of: where its class stands, and what it is
   within. */
static void
mark_made_of(struct leaves *l, struct work *w, size_t class,
	const struct explained_use *use)
{
	size_t outer = SIZE_MAX;

	if (class < w->policy->class_count)
		outer = w->policy->classes[class].within;
	mark(l, w, class_find(w, class)->stands, use, NULL);
	if (outer != SIZE_MAX)
		mark(l, w, class_find(w, outer)->stands, use, NULL);
}

/* Without a token the reason stands at every place of the class. */
static void
mark_class_use(struct leaves *l, struct work *w, size_t class,
	const struct explained_use *use)
{
	const struct policy_class *c = &w->policy->classes[class];

	if (class_state(w, class) == ID_OK) {
		mark_made_of(l, w, class, use);
		return;
	}
	for (size_t n = 0; n < c->from_count[w->input]; n++)
		mark(l, w, &c->from[w->input][n], use, NULL);
}

static void
mark_field(struct leaves *l, struct work *w, const struct lethe_decision *d,
	size_t index)
{
	const struct policy_field *f = &w->policy->fields[index];
	struct explained_use use = use_of_field(w, d, index);

	switch (f->what.kind) {
	case TRANSFORM_TOKEN: mark_class_use(l, w, f->what.class, &use); return;
	case TRANSFORM_EVENT:
		for (size_t i = 0; i < w->rule->count; i++)
			mark(l, w, &w->rule->matches[i].at, &use, NULL);
		return;
	default: break;
	}
	if (f->has_path)
		mark(l, w, &f->at[w->input], &use, &w->s->fields[index]);
	else if (f->what.kind == TRANSFORM_TIME)
		mark(l, w, &w->shape->time.at, &use, NULL);
}

static enum lethe_status
mark_token(struct leaves *l, struct work *w, size_t purpose, size_t class,
	const char *role, struct lethe_error *err)
{
	const struct class_found *found = class_find(w, class);
	struct explained_use use = {.fate = FATE_SENT,
		.purpose = purpose,
		.field = LETHE_NO_FIELD,
		.what = TRANSFORM_TOKEN,
		.role = role};
	struct slice text;
	enum lethe_status status = class_token(w, class, &text, err);

	if (status != LETHE_OK)
		return status;
	use.out = (struct value){.kind = VALUE_STRING, .text = text};
	use.line = found->stands->line;
	mark_made_of(l, w, class, &use);
	return LETHE_OK;
}

static enum lethe_status
mark_subject(struct leaves *l, struct work *w, size_t purpose,
	struct lethe_error *err)
{
	const struct policy_purpose *p = &w->policy->purposes[purpose];
	size_t event_id = w->policy->class_count, class;
	enum lethe_status status = LETHE_OK;

	if (work_subject(w, p, &class) == LETHE_REASON_NONE &&
		class != SIZE_MAX)
		status = mark_token(l, w, purpose, class,
			role_of(l, "subject", w->policy->classes[class].name),
			err);
	if (status == LETHE_OK && p->id && class_state(w, event_id) == ID_OK)
		status = mark_token(l, w, purpose, event_id, "id", err);
	return status;
}

enum lethe_status
uses_of_purpose(struct leaves *l, struct work *w,
	const struct lethe_decision *d, struct lethe_error *err)
{
	const struct purpose_fields *plan = &w->view->plans[d->purpose];
	enum lethe_status status = LETHE_OK;

	mark_asks(l, w, d->purpose);
	if (d->reason == LETHE_REASON_NONE)
		status = mark_subject(l, w, d->purpose, err);
	for (size_t i = 0; i < plan->count; i++)
		mark_field(l, w, d, plan->fields[i]);
	return status;
}
