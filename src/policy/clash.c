#include "policy/compile.h"
#include "policy/parse/place.h"

/*
 * A path that reads a value as JSON in a string, and another that goes on from
 * the same value as an object or array: what the second could find is poison by
 * the first.
 */

/* Inputs of which an event may be where one of `inputs` is read. */
static uint64_t
beside(const struct draft *d, uint64_t inputs)
{
	const struct lethe_policy *p = d->p;
	uint64_t all = inputs;

	for (size_t i = 0; i < p->input_count; i++)
		for (size_t t = 0; t < p->inputs[i].topic_count; t++)
			for (size_t k = 0; k < p->input_count; k++)
				if (inputs >> i & 1 &&
					policy_input_has(&p->inputs[k],
						p->inputs[i].topics[t]))
					all |= UINT64_C(1) << k;
	return all;
}

static void
check_clash(struct draft *d, const struct slot_row *json, size_t step)
{
	uint64_t inputs = beside(d, json->inputs);

	for (uint32_t i = 0; i < d->p->slot_count; i++) {
		const struct slot_row *s = &d->slots[i];

		if (!(s->inputs & inputs) || s->path.count <= step ||
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
reads_json(const struct path *p, size_t step)
{
	return p->count > step && p->steps[step].kind == STEP_JSON;
}

/* Whether an earlier path reads the same text, for as many inputs. */
static bool
is_told(const struct draft *d, uint32_t slot, size_t step)
{
	const struct slot_row *s = &d->slots[slot];

	for (uint32_t i = 0; i < slot; i++)
		if (reads_json(&d->slots[i].path, step) &&
			d->slots[i].inputs == s->inputs &&
			paths_meet(&d->slots[i].path, &s->path, step))
			return true;
	return false;
}

/* The events of another input of the topic are read so too. */
static void
warn_beside(struct draft *d, uint32_t slot, size_t step)
{
	const struct slot_row *s = &d->slots[slot];
	uint64_t others = beside(d, s->inputs) & ~s->inputs;

	if (!others || is_told(d, slot, step))
		return;
	warn(d, s->node,
		"which input an event is of shows only after it was read: a "
		"text there that is no JSON is poison",
		"inputs with topics of their own",
		"`%.*s` is read as JSON in events of input `%s` too, by their "
		"common topic",
		SHOW(s->node->text), d->input_names[__builtin_ctzll(others)]);
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
			warn_beside(d, i, k);
		}
	}
}
