#include "policy/compile.h"
#include "policy/parse/place.h"

/* The node of a key, or the map itself. */
static const struct yaml_node *
node_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	return n ? n : map;
}

static bool
covers(bool all, const struct bits *on, size_t event)
{
	return all || bits_has(on, event);
}

static void
check_topics(struct draft *d, size_t purpose)
{
	const struct lethe_policy *p = d->p;
	const char *topic = p->purposes[purpose].topic;
	const char *name = p->purposes[purpose].name;
	const struct yaml_node *at;

	if (!topic)
		return;
	at = node_of(d->purpose_nodes[purpose], "topic");
	for (size_t i = 0; i < purpose; i++)
		if (p->purposes[i].topic &&
			!strcmp(p->purposes[i].topic, topic))
			mistake(d, at,
				"whoever reads it would see one person's "
				"tokens of both",
				"a topic of its own",
				"the purposes `%s` and `%s` share the topic "
				"`%s`",
				p->purposes[i].name, name, topic);
	for (size_t i = 0; i < p->input_count; i++)
		for (size_t k = 0; k < p->inputs[i].topic_count; k++)
			if (!strcmp(p->inputs[i].topics[k], topic))
				mistake(d, at, "records would be read again",
					"another topic",
					"purpose `%s` writes to `%s`, a topic "
					"of input `%s`",
					name, topic, p->inputs[i].name);
	if (p->quarantine.topic && !strcmp(p->quarantine.topic, topic))
		mistake(d, at, "its readers are not those of the quarantine",
			"another topic",
			"purpose `%s` writes to the quarantine's topic `%s`",
			name, topic);
}

static void
check_quarantine(struct draft *d)
{
	const struct lethe_policy *p = d->p;
	const struct yaml_node *map = yaml_get(d->root, "quarantine");

	if (!p->quarantine.topic)
		return;
	for (size_t i = 0; i < p->input_count; i++)
		for (size_t k = 0; k < p->inputs[i].topic_count; k++)
			if (!strcmp(p->inputs[i].topics[k],
				    p->quarantine.topic))
				mistake(d, node_of(map, "topic"),
					"quarantined events would be read "
					"again",
					"another topic",
					"the quarantine's topic `%s` is one of "
					"input `%s`",
					p->quarantine.topic, p->inputs[i].name);
}

/* One person's records would have another key each day. */
static void
check_lifetimes(struct draft *d, size_t purpose)
{
	const struct policy_purpose *p = &d->purposes[purpose];
	const struct yaml_node *n =
		yaml_get(d->purpose_nodes[purpose], "identity");

	for (size_t i = 0; n && i < p->identity_count; i++) {
		const struct policy_class *c = &d->classes[p->identity[i]];

		if (c->lifetime_ms)
			mistake(d, n,
				"its subject and key would change with each "
				"lifetime, and nobody be told",
				"a class without `lifetime`; this one as a "
				"field, do: token",
				"class `%s` has a `lifetime`, and it is in "
				"the `identity` of the purpose `%s`",
				c->name, p->name);
	}
}

static void
check_used(struct draft *d, size_t purpose)
{
	for (size_t i = 0; i < d->p->field_count; i++)
		if (d->fields[i].purposes >> purpose & 1)
			return;
	if (d->fields)
		warn(d, owner(d->purpose_nodes[purpose]),
			"its records hold a subject at most",
			"fields for it, or no such purpose",
			"no field is for the purpose `%s`",
			d->purpose_names[purpose]);
}

static void
check_named_events(struct draft *d, size_t field)
{
	const struct policy_field *f = &d->fields[field];
	const struct yaml_node *map = d->field_drafts[field].node;

	if (f->has_path && f->all_events && d->p->event_count > 1)
		mistake(d, node_of(map, "path"),
			"one path may hold different things in events of "
			"different types",
			"on: [the events it is meant for]",
			"field `%s` has a path and no `on`", f->as);
}

static void
check_each(struct draft *d, size_t field)
{
	const struct policy_field *f = &d->fields[field];
	const struct yaml_node *map = d->field_drafts[field].node;
	bool each = false, one = !f->has_path;

	if (!d->field_drafts[field].as.count)
		return;
	for (size_t i = 0; i < d->p->input_count; i++) {
		if (!f->at[i].is)
			continue;
		if (f->at[i].container != SLOT_NONE)
			each = true;
		else
			one = true;
	}
	if (f->each && one)
		mistake(d, node_of(map, "as"),
			"[] says one value an element, and there is one value",
			f->has_path ? "a path with [*], or `as` without []"
				    : "`as` without []",
			"field `%s` has [] and %s", f->as,
			f->has_path ? "its path has no [*]" : "no path");
	if (!f->each && each)
		mistake(d, node_of(map, "as"),
			"[*] gives many values, and this is the name of one",
			"as: items[].name, or as: names[]",
			"the path of field `%s` has [*], and `as` has no []",
			f->as);
}

static void
check_reachable(struct draft *d, size_t field)
{
	const struct policy_field *f = &d->fields[field];
	const struct yaml_node *map = d->field_drafts[field].node;

	for (size_t i = 0; i < d->p->purpose_count; i++) {
		const struct policy_purpose *p = &d->purposes[i];
		bool met = p->all_events || f->all_events;

		if (!(f->purposes >> i & 1))
			continue;
		for (size_t e = 0; e < d->p->event_count && !met; e++)
			met = bits_has(&p->on, e) && bits_has(&f->on, e);
		if (!met)
			mistake(d, node_of(map, "for"),
				"their `on` have no event in common", NULL,
				"field `%s` would never leave for the purpose "
				"`%s`",
				f->as, p->name);
	}
}

/* Whether it gives a time, or the time of the event, finer than the hour. */
static bool
is_fine_time(const struct draft *d, const struct policy_field *f)
{
	if (f->what.kind == TRANSFORM_TIME)
		return f->what.time.grain < GRAIN_HOUR;
	if (f->what.kind == TRANSFORM_EXISTS)
		return false;
	for (size_t i = 0; i < d->p->input_count; i++)
		if (f->at[i].is && (f->at[i].root == PATH_TIMESTAMP ||
					   places_meet(d, &f->at[i],
						   &d->inputs[i].time.at)))
			return true;
	return false;
}

static void
check_unidentified(struct draft *d, size_t field)
{
	const struct policy_field *f = &d->fields[field];
	const struct yaml_node *map = d->field_drafts[field].node;

	for (size_t i = 0; i < d->p->purpose_count; i++) {
		if (!(f->purposes & d->no_identity & UINT64_C(1) << i))
			continue;
		if (f->what.kind == TRANSFORM_TOKEN)
			mistake(d, node_of(map, "for"),
				"a token stands for a person or a device",
				"an identity for the purpose, or no token",
				"field `%s` is a token, and `%s` has "
				"`identity: "
				"none`",
				f->as, d->purposes[i].name);
		else if (is_fine_time(d, f))
			mistake(d, node_of(map, "for"),
				"a time that fine finds its event in any other "
				"log",
				"do: time, to: hour or day",
				"field `%s` is a time finer than the hour, and "
				"`%s` has `identity: none`",
				f->as, d->purposes[i].name);
	}
}

static bool
is_whole(const struct policy_field *f)
{
	if (f->what.kind == TRANSFORM_KEEP)
		return f->what.keep.type != KEEP_BOOLEAN;
	return f->what.kind == TRANSFORM_TIME &&
	       f->what.time.grain < GRAIN_HOUR;
}

static bool
is_same_value(const struct draft *d, const struct policy_field *f,
	const struct policy_field *g)
{
	bool event = false;

	if (f->what.kind != g->what.kind || f->has_path != g->has_path)
		return false;
	for (size_t e = 0; e < d->p->event_count && !event; e++)
		event = covers(f->all_events, &f->on, e) &&
			covers(g->all_events, &g->on, e);
	if (!event || !f->has_path)
		return event;
	for (size_t i = 0; i < d->p->input_count; i++)
		if (places_meet(d, &f->at[i], &g->at[i]))
			return true;
	return false;
}

static size_t
first_bit(uint64_t bits)
{
	return bits ? (size_t)__builtin_ctzll(bits) : 0;
}

/* The same value, whole, in two topics. */
static void
warn_joinable(struct draft *d, size_t field)
{
	const struct policy_field *f = &d->fields[field];
	uint64_t mine = f->purposes, others = mine & (mine - 1);

	if (!is_whole(f))
		return;
	for (size_t i = 0; i < field && !others; i++)
		if (d->field_drafts[i].ok && is_whole(&d->fields[i]) &&
			is_same_value(d, f, &d->fields[i]))
			others = d->fields[i].purposes & ~mine;
	if (!mine || !others)
		return;
	warn(d, d->field_drafts[field].node,
		"rows of the two topics can be joined by it",
		"less of it for one of them: a bucket, an hour, one_of",
		"the value of field `%s` leaves whole for `%s` and for `%s`",
		f->as, d->purpose_names[first_bit(mine)],
		d->purpose_names[first_bit(others)]);
}

/* Whether an event of the input may be of the purpose. */
static bool
takes_from(const struct policy_purpose *p, const struct policy_input *in)
{
	for (size_t i = 0; i < in->rule_count; i++)
		if (covers(p->all_events, &p->on, in->rules[i].event))
			return true;
	return false;
}

static bool
can_object(const struct draft *d, const struct policy_purpose *p, size_t input)
{
	uint64_t heard = p->rule.asked | p->rule.objections;

	for (size_t i = 0; i < d->p->source_count; i++)
		if (heard >> i & 1 &&
			((d->p->ledger.is && d->p->ledger.source == i) ||
				(d->sources[i].at &&
					d->sources[i].at[input].is)))
			return true;
	return false;
}

/* A source may have a place in one input and none in another. */
static void
check_objections(struct draft *d, size_t purpose)
{
	const struct policy_purpose *p = &d->purposes[purpose];

	if (p->rule.basis != BASIS_LEGITIMATE_INTERESTS || d->m.errors)
		return;
	for (size_t i = 0; i < d->p->input_count; i++)
		if (takes_from(p, &d->inputs[i]) && !can_object(d, p, i))
			mistake(d, owner(d->purpose_nodes[purpose]),
				"a person must be able to object",
				say(d,
					"a path for input `%s` in a source "
					"that "
					"can refuse, or `on` without its "
					"events",
					d->inputs[i].name),
				"purpose `%s` has the basis "
				"`legitimate_interests` and nothing could stop "
				"it in input `%s`",
				p->name, d->inputs[i].name);
}

/* Who reads the file takes a source for something that acts. */
void
warn_unheard(struct draft *d)
{
	const struct lethe_policy *p = d->p;
	uint64_t heard = d->later_sources;
	const struct yaml_node *map;

	if (!p->source_count)
		return;
	map = yaml_get(yaml_get(d->root, "consent"), "sources");
	for (size_t i = 0; i < p->purpose_count; i++)
		heard |= consent_heard(&d->purposes[i].rule);
	for (size_t i = 0; i < p->source_count; i++)
		if (d->sources[i].remember)
			heard |= UINT64_C(1) << i | (uint64_t)p->ledger.is
							    << p->ledger.source;
	for (size_t i = 0; i < p->source_count; i++)
		if (!(heard >> i & 1))
			warn(d, key_node(map, d->source_names[i]),
				"whatever it says, no record goes or stays "
				"for it",
				"it in the `asks` of a purpose, or no such "
				"source",
				"no purpose hears the source `%s`",
				d->source_names[i]);
}

void
check_policy(struct draft *d)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		check_shadowed(d, i);
	for (size_t i = 0; i < d->p->purpose_count; i++) {
		check_topics(d, i);
		check_used(d, i);
		check_lifetimes(d, i);
		check_objections(d, i);
	}
	check_quarantine(d);
	for (size_t i = 0; i < d->p->field_count; i++) {
		if (!d->field_drafts[i].ok)
			continue;
		check_named_events(d, i);
		check_each(d, i);
		check_reachable(d, i);
		check_unidentified(d, i);
		check_places(d, i);
		warn_joinable(d, i);
	}
}
