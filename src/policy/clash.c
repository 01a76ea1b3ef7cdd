#include "policy/compile.h"
#include "policy/parse/place.h"

/*
 * A path that reads a value as JSON in a string, and another that goes on from
 * the same value as an object or array: what the second could find is poison by
 * the first.
 */

static void
check_clash(struct draft *d, const struct slot_row *json, size_t step)
{
	for (uint32_t i = 0; i < d->p->slot_count; i++) {
		const struct slot_row *s = &d->slots[i];

		if (!(s->inputs & json->inputs) || s->path.count <= step ||
			s->path.steps[step].kind == STEP_JSON ||
			!paths_meet(&s->path, &json->path, step))
			continue;
		mistake(d, s->node,
			"an object or array there is poison, so that this path "
			"finds nothing",
			"one of the two",
			"`%.*s` goes on from what `%.*s` reads as JSON in a "
			"string",
			SHOW(s->node->text), SHOW(json->node->text));
		return;
	}
}

static bool
reads_json(const struct draft *d, const struct place *at)
{
	const struct path *p;

	if (at->root != PATH_VALUE)
		return false;
	p = place_path(d, at);
	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].kind == STEP_JSON)
			return true;
	return false;
}

/* Whether nothing but JSON in a string recognises the event. */
static bool
hangs_on_json(const struct draft *d, const struct event_rule *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!reads_json(d, &r->matches[i].at))
			return false;
	return r->count > 0;
}

static bool
share_topic(const struct policy_input *x, const struct policy_input *y)
{
	for (size_t i = 0; i < x->topic_count; i++)
		if (policy_input_has(y, x->topics[i]))
			return true;
	return false;
}

/* An input behind this one, of whose events this one must make sure first. */
static const struct policy_input *
input_behind(const struct draft *d, size_t input)
{
	for (size_t i = input + 1; i < d->p->input_count; i++)
		if (share_topic(&d->inputs[input], &d->inputs[i]))
			return &d->inputs[i];
	return NULL;
}

static void
warn_before(struct draft *d, size_t input)
{
	const struct policy_input *in = &d->inputs[input];
	const struct policy_input *behind = input_behind(d, input);
	const struct yaml_node *map = yaml_get(d->input_nodes[input], "events");

	for (size_t i = 0; behind && i < in->rule_count; i++) {
		const char *name = d->event_names[in->rules[i].event];

		if (!hangs_on_json(d, &in->rules[i]))
			continue;
		warn(d, key_node(map, name),
			"where that text is no JSON the event may be either's, "
			"and is poison",
			say(d, "`%s` before `%s`, or a value beside the text",
				behind->name, in->name),
			"event `%s` of input `%s` is told by JSON in a string "
			"alone, before input `%s` of its topic is asked",
			name, in->name, behind->name);
		return;
	}
}

void
check_clashes(struct draft *d)
{
	for (uint32_t i = 0; i < d->p->slot_count; i++) {
		const struct path *p = &d->slots[i].path;

		/* Behind a selection other elements may be objects. */
		for (size_t k = 0; k < p->count; k++) {
			if (p->steps[k].kind == STEP_SELECT)
				break;
			if (p->steps[k].kind != STEP_JSON)
				continue;
			check_clash(d, &d->slots[i], k);
		}
	}
	for (size_t i = 0; i < d->p->input_count; i++)
		warn_before(d, i);
}
