#include "engine/steps/steps.h"

#include "base/error.h"

static void
put_text(struct field_found *found, struct slice text)
{
	found->value = (struct value){.kind = VALUE_STRING, .text = text};
	found->present = found->whole = true;
}

static enum lethe_status
find_token(struct work *w, const struct policy_field *f,
	struct field_found *found, struct lethe_error *err)
{
	struct slice text, was;
	enum lethe_status status;

	switch (class_state(w, f->what.class)) {
	case ID_OK: break;
	case ID_BAD:
	case ID_CONFLICT:
		found->misfit = LETHE_MISFIT_IDENTITY;
		return LETHE_OK;
	case ID_NONE:
	case ID_UNKNOWN: return LETHE_OK;
	}
	status = class_token(w, f->what.class, &text, err);
	if (status == LETHE_OK)
		status = class_token_was(w, f->what.class, &was, err);
	if (status == LETHE_OK)
		put_text(found, text);
	return status;
}

static enum lethe_status
find_event_time(struct work *w, const struct policy_field *f,
	struct field_found *found, struct lethe_error *err)
{
	enum time_grain grain = f->what.time.grain;
	char *text = arena_alloc(&w->s->arena, TIME_TEXT_BYTES);

	if (!text)
		return fail(err, LETHE_ENOMEM, 0, "a time's text");
	put_text(found,
		slice_make(text, time_format(time_floor(w->time_ms, grain),
					 grain, text)));
	return LETHE_OK;
}

static bool
is_there(const struct value *v)
{
	return v->kind != VALUE_ABSENT && v->kind != VALUE_NULL;
}

static void
find_one(struct work *w, const struct transform *what, const struct value *in,
	struct field_found *found)
{
	if (transform_apply(what, in, &w->s->transform, &found->value))
		found->present = found->whole = true;
	else
		found->misfit = transform_misfit(what, in);
}

/* How many elements the list has that a place goes through. */
static size_t
element_count(const struct work *w, const struct place *at,
	const struct capture *first, struct field_found *found)
{
	const struct value *array = reading_get(&w->reading, at->container);
	size_t count = 0;

	if (!at->is)
		return 0;
	if (at->container == SLOT_NONE) {
		for (; first; first = reading_next(&w->reading, first))
			if (first->index >= count)
				count = (size_t)first->index + 1;
		return count;
	}
	if (array->kind == VALUE_ARRAY)
		return array->count;
	if (is_there(array))
		found->misfit = LETHE_MISFIT_TYPE;
	return 0;
}

/* `exists` says of an element without a value that it has none. */
static void
find_absent_elements(struct work *w, const struct transform *what,
	struct field_found *found, bool *seen)
{
	static const struct value absent;

	for (size_t i = 0; i < found->count; i++)
		if (!seen[i] && transform_apply(what, &absent, &w->s->transform,
					&found->elements[i]))
			found->present = true;
}

static enum lethe_status
find_each(struct work *w, const struct policy_field *f, const struct place *at,
	struct field_found *found, struct lethe_error *err)
{
	struct capture store;
	const struct capture *c = place_first(w, at, &store);
	bool *seen;

	found->count = element_count(w, at, c, found);
	found->elements = arena_calloc(
		&w->s->arena, found->count, sizeof(*found->elements));
	seen = arena_calloc(&w->s->arena, found->count, sizeof(*seen));
	if (!found->elements || !seen)
		return fail(err, LETHE_ENOMEM, 0, "a list");
	for (; c; c = reading_next(&w->reading, c)) {
		if (c->index >= found->count)
			continue;
		seen[c->index] = true;
		if (transform_apply(&f->what, &c->value, &w->s->transform,
			    &found->elements[c->index]))
			found->present = true;
		else if (!found->misfit)
			found->misfit = transform_misfit(&f->what, &c->value);
	}
	if (f->what.kind == TRANSFORM_EXISTS)
		find_absent_elements(w, &f->what, found, seen);
	found->whole = found->count > 0;
	for (size_t i = 0; i < found->count; i++)
		if (found->elements[i].kind == VALUE_ABSENT)
			found->whole = false;
	return LETHE_OK;
}

static enum lethe_status
find_field(struct work *w, size_t index, struct field_found *found,
	struct lethe_error *err)
{
	static const struct value absent;
	const struct policy_field *f = &w->policy->fields[index];
	struct capture store;

	*found = (struct field_found){.event = w->s->event};
	pattern_scratch_begin(w->s->transform.patterns);
	found->on = f->all_events || bits_has(&f->on, w->event);
	if (!found->on)
		return LETHE_OK;
	if (f->what.kind == TRANSFORM_TOKEN)
		return find_token(w, f, found, err);
	if (f->what.kind == TRANSFORM_EVENT) {
		put_text(found, slice_of(w->policy->events[w->event]));
		return LETHE_OK;
	}
	if (f->what.kind == TRANSFORM_TIME && !f->has_path)
		return find_event_time(w, f, found, err);
	if (f->each && f->has_path)
		return find_each(w, f, &f->at[w->input], found, err);
	find_one(w, &f->what,
		f->has_path ? place_value(w, &f->at[w->input], &store)
			    : &absent,
		found);
	return LETHE_OK;
}

enum lethe_status
work_fields(struct work *w, size_t purpose, size_t *missing,
	struct lethe_error *err)
{
	const struct purpose_fields *plan = &w->view->plans[purpose];

	*missing = LETHE_NO_FIELD;
	for (size_t i = 0; i < plan->count; i++) {
		size_t index = plan->fields[i];
		const struct policy_field *f = &w->policy->fields[index];
		struct field_found *found = &w->s->fields[index];
		enum lethe_status status;

		/* A token is another in every purpose. */
		if (found->event != w->s->event ||
			f->what.kind == TRANSFORM_TOKEN) {
			status = find_field(w, index, found, err);
			if (status != LETHE_OK)
				return status;
		}
		if (f->required && found->on && !found->whole &&
			*missing == LETHE_NO_FIELD)
			*missing = index;
	}
	return LETHE_OK;
}

int64_t
work_record_time(const struct work *w, size_t purpose)
{
	const struct purpose_fields *plan = &w->view->plans[purpose];
	enum time_grain finest = GRAIN_DAY;

	for (size_t i = 0; i < plan->count; i++) {
		const struct policy_field *f =
			&w->policy->fields[plan->fields[i]];

		if (f->what.kind == TRANSFORM_TIME && !f->has_path &&
			w->s->fields[plan->fields[i]].present &&
			f->what.time.grain < finest)
			finest = f->what.time.grain;
	}
	return time_floor(w->time_ms, finest);
}
