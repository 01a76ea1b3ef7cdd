#include "policy/compile.h"

#include "event/value.h"

/* More values than this together, and a rule is not looked through. */
#define CHOICES_MAX 1024

/* Whether one of the values is among those of the other match. */
static bool
has_value(const struct event_match *m, const struct value *v)
{
	for (size_t i = 0; i < m->count; i++)
		if (value_equal(&m->values[i], v))
			return true;
	return false;
}

/* Whether the first holds wherever the second does. */
static bool
follows(const struct event_match *first, const struct event_match *second)
{
	/* The same place in other words is none here: no false alarm. */
	if (strcmp(first->at.text, second->at.text) != 0)
		return false;
	for (size_t i = 0; i < second->count; i++)
		if (!has_value(first, &second->values[i]))
			return false;
	return true;
}

static bool
takes_all(const struct event_rule *first, const struct event_rule *second)
{
	for (size_t i = 0; i < first->count; i++) {
		size_t k = 0;

		while (k < second->count &&
			!follows(&first->matches[i], &second->matches[k]))
			k++;
		if (k == second->count)
			return false;
	}
	return first->count > 0;
}

/* One of which a path is wrong asks less than it says. */
static bool
is_whole(const struct draft *d, const struct yaml_node *map,
	const struct event_rule *r)
{
	const struct yaml_node *n = yaml_get(map, d->event_names[r->event]);

	return n && n->count == r->count;
}

static void
tell_one(struct draft *d, const struct policy_input *in, const char *name,
	const char *before, const struct yaml_node *map)
{
	warn(d, key_node(map, name),
		say(d,
			"the first rule that holds names the event, and that "
			"of `%s` holds whenever this one does",
			before),
		say(d, "`%s` before `%s`, or more that `%s` asks for", name,
			before, before),
		"event `%s` of input `%s` can never be: `%s` in line %u takes "
		"it first",
		name, in->name, before, key_node(map, before)->line);
}

/* Whether the first holds where the second does by the values chosen. */
static bool
takes_choice(const struct event_rule *first, const struct event_rule *second,
	const size_t *chosen)
{
	for (size_t i = 0; i < first->count; i++) {
		const struct event_match *m = &first->matches[i];
		size_t k = 0;

		while (k < second->count &&
			!(!strcmp(m->at.text, second->matches[k].at.text) &&
				has_value(m,
					&second->matches[k].values[chosen[k]])))
			k++;
		if (k == second->count)
			return false;
	}
	return first->count > 0;
}

/* The next of all ways to choose a value of each match; false: no more. */
static bool
next_choice(const struct event_rule *r, size_t *chosen)
{
	for (size_t i = 0; i < r->count; i++) {
		if (++chosen[i] < r->matches[i].count)
			return true;
		chosen[i] = 0;
	}
	return false;
}

/* Whether each choice is taken by a rule before; `takers` are marked. */
static bool
all_taken(struct draft *d, const struct policy_input *in, size_t second,
	const struct yaml_node *map, bool *takers)
{
	const struct event_rule *r = &in->rules[second];
	size_t *chosen = take(d, r->count, sizeof(*chosen));
	size_t choices = 0, first;

	do {
		first = 0;
		while (first < second &&
			!(is_whole(d, map, &in->rules[first]) &&
				takes_choice(&in->rules[first], r, chosen)))
			first++;
		if (first == second || ++choices > CHOICES_MAX)
			return false;
		takers[first] = true;
	} while (next_choice(r, chosen));
	return true;
}

static void
check_several(struct draft *d, const struct policy_input *in, size_t second,
	const struct yaml_node *map)
{
	const char *name = d->event_names[in->rules[second].event];
	const char *names = "";
	bool *takers = take(d, second, sizeof(*takers));

	if (!all_taken(d, in, second, map, takers))
		return;
	for (size_t i = 0; i < second; i++)
		if (takers[i])
			names = say(d, "%s%s`%s`", names, *names ? ", " : "",
				d->event_names[in->rules[i].event]);
	warn(d, key_node(map, name),
		"the first rule that holds names the event, and one of these "
		"holds whenever this one does",
		say(d, "`%s` before them, or more that they ask for", name),
		"event `%s` of input `%s` can never be: %s take it first", name,
		in->name, names);
}

void
check_shadowed(struct draft *d, size_t input)
{
	const struct policy_input *in = &d->p->inputs[input];
	const struct yaml_node *map = yaml_get(d->input_nodes[input], "events");

	for (size_t second = 1; map && second < in->rule_count; second++) {
		const struct event_rule *r = &in->rules[second];
		size_t first = 0;

		while (first < second &&
			!(is_whole(d, map, &in->rules[first]) &&
				takes_all(&in->rules[first], r)))
			first++;
		if (first < second)
			tell_one(d, in, d->event_names[r->event],
				d->event_names[in->rules[first].event], map);
		else if (is_whole(d, map, r))
			check_several(d, in, second, map);
	}
}
