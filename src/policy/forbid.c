#include "policy/compile.h"
#include "policy/parse/place.h"

/*
 * Places that no field may take its value from, however its path is spelt.  A
 * text that is read as JSON holds all that paths find in it.
 */

/* Whether a path is of the text in which another, by :json, goes on. */
static bool
holds_as_text(const struct path *path, const struct path *inner)
{
	return inner->count > path->count &&
	       inner->steps[path->count].kind == STEP_JSON &&
	       paths_meet(path, inner, path->count);
}

/* Whether both stand in the event's value, where paths tell places apart. */
static bool
are_of_value(const struct place *x, const struct place *y)
{
	return x->is && y->is && x->root == PATH_VALUE && y->root == PATH_VALUE;
}

/* Whether a value can be what stands at another place, or the text around it.
 */
static bool
can_hold(const struct draft *d, const struct place *at, const struct place *top)
{
	if (places_meet(d, at, top))
		return true;
	return are_of_value(at, top) &&
	       holds_as_text(place_path(d, at), place_path(d, top));
}

/* The same, or it can stand below the other place. */
static bool
is_within(
	const struct draft *d, const struct place *at, const struct place *top)
{
	const struct path *above;

	if (can_hold(d, at, top))
		return true;
	if (!are_of_value(at, top))
		return false;
	above = place_path(d, top);
	return paths_meet(place_path(d, at), above, above->count);
}

static bool
is_identifier(const struct draft *d, const struct policy_class *c,
	const struct place *at, size_t input)
{
	for (size_t k = 0; c->from_count && k < c->from_count[input]; k++)
		if (can_hold(d, at, &c->from[input][k]))
			return true;
	return false;
}

/* What a source reads at its path and beside it. */
static bool
is_of_source(const struct draft *d, const struct place *at, size_t source,
	size_t input)
{
	const struct policy_source *s = &d->sources[source];

	if (!s->at)
		return false;
	for (size_t i = 0; s->members && i < s->member_count; i++)
		if (is_within(d, at, &s->members[input][i]))
			return true;
	return is_within(d, at, &s->at[input]);
}

/* A URL with a consent string in it: its path and other parameters may leave.
 */
static bool
is_beside_string(const struct draft *d, const struct policy_field *f,
	const struct policy_source *s, size_t input)
{
	if (!s->rule.url || f->what.kind != TRANSFORM_URL ||
		!places_meet(d, &f->at[input], &s->at[input]))
		return false;
	for (size_t i = 0; i < f->what.url.query_count; i++)
		if (slice_is(f->what.url.query[i].name, SIGNAL_URL_SCOPE) ||
			slice_is(f->what.url.query[i].name, SIGNAL_URL_STRING))
			return false;
	return true;
}

static void
check_forbidden(struct draft *d, size_t field, size_t i)
{
	const struct policy_field *f = &d->fields[field];
	const struct yaml_node *at =
		yaml_get(d->field_drafts[field].node, "path");

	if (can_hold(d, &f->at[i], &d->inputs[i].event_id))
		mistake(d, at,
			"the topics of two purposes could be joined by it",
			"id: true in the purpose, for a token of it",
			"field `%s` would let the event id leave", f->as);
	for (size_t c = 0; c < d->p->class_count; c++)
		if (is_identifier(d, &d->classes[c], &f->at[i], i))
			mistake(d, at, "an identifier leaves only as a token",
				say(d, "do: token, class: %s",
					d->class_names[c]),
				"field `%s` would let an identifier of class "
				"`%s` leave",
				f->as, d->class_names[c]);
	for (size_t s = 0; s < d->p->source_count; s++)
		if (d->sources[s].signal && !d->sources[s].signal->plain &&
			is_of_source(d, &f->at[i], s, i) &&
			!is_beside_string(d, f, &d->sources[s], i))
			mistake(d, at, "consent signals are not republished",
				NULL,
				"field `%s` would let a part of the consent "
				"source `%s` leave",
				f->as, d->source_names[s]);
}

void
check_places(struct draft *d, size_t field)
{
	const struct policy_field *f = &d->fields[field];
	size_t errors = d->m.errors;

	if (f->what.kind == TRANSFORM_EXISTS)
		return;
	for (size_t i = 0; i < d->p->input_count; i++)
		if (f->at[i].is && d->m.errors == errors)
			check_forbidden(d, field, i);
}
