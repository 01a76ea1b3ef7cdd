#include "policy/compile.h"

#include "event/value.h"

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

void
check_shadowed(struct draft *d, size_t input)
{
	const struct policy_input *in = &d->p->inputs[input];
	const struct yaml_node *map = yaml_get(d->input_nodes[input], "events");

	for (size_t second = 1; map && second < in->rule_count; second++) {
		const struct event_rule *r = &in->rules[second];
		const char *name = d->event_names[r->event], *before;
		size_t first = 0;

		while (first < second &&
			!(is_whole(d, map, &in->rules[first]) &&
				takes_all(&in->rules[first], r)))
			first++;
		if (first == second)
			continue;
		before = d->event_names[in->rules[first].event];
		warn(d, key_node(map, name),
			say(d,
				"the first rule that holds names the event, "
				"and that of `%s` holds whenever this one does",
				before),
			say(d, "`%s` before `%s`, or more that `%s` asks for",
				name, before, before),
			"event `%s` of input `%s` can never be: `%s` in line "
			"%u takes it first",
			name, in->name, before, key_node(map, before)->line);
	}
}
