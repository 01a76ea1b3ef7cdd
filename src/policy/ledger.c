#include "policy/compile.h"

/* The node of the ledger among the sources. */
static const struct yaml_node *
ledger_node(const struct draft *d)
{
	const struct yaml_node *sources =
		yaml_get(yaml_get(d->root, "consent"), "sources");

	return yaml_get(sources, d->source_names[d->p->ledger.source]);
}

static void
refuse_topic(
	struct draft *d, const char *key, const char *topic, const char *whose)
{
	const struct yaml_node *map = ledger_node(d);

	mistake(d, yaml_get(map, key), "its records are of another kind",
		"a topic of its own",
		"`%s` of source `%s` is `%s`, which is %s", key,
		d->source_names[d->p->ledger.source], topic, whose);
}

/* Whether somebody else of the policy has the topic already. */
static void
check_topic(struct draft *d, const char *key, const char *topic)
{
	const struct lethe_policy *p = d->p;

	for (size_t i = 0; i < p->input_count; i++)
		for (size_t k = 0; k < p->inputs[i].topic_count; k++)
			if (!strcmp(p->inputs[i].topics[k], topic))
				refuse_topic(d, key, topic,
					say(d, "one of input `%s`",
						p->inputs[i].name));
	for (size_t i = 0; i < p->purpose_count; i++)
		if (p->purposes[i].topic &&
			!strcmp(p->purposes[i].topic, topic))
			refuse_topic(d, key, topic,
				say(d, "that of purpose `%s`",
					p->purposes[i].name));
	if (p->quarantine.topic && !strcmp(p->quarantine.topic, topic))
		refuse_topic(d, key, topic, "the quarantine's");
}

static void
check_topics(struct draft *d)
{
	const struct policy_ledger *l = &d->p->ledger;

	if (l->topic)
		check_topic(d, "topic", l->topic);
	if (l->log)
		check_topic(d, "log", l->log);
	if (l->topic && l->log && !strcmp(l->topic, l->log))
		refuse_topic(d, "log", l->log, "its `topic`");
}

static bool
waits_for_ledger(const struct draft *d, const struct policy_purpose *p)
{
	size_t source = d->p->ledger.source;

	return p->rule.basis == BASIS_CONSENT &&
	       (p->rule.decides == source || p->rule.also >> source & 1);
}

/* A subject whose class the ledger does not hold is never granted. */
static void
check_subjects(struct draft *d, size_t purpose)
{
	const struct policy_purpose *p = &d->purposes[purpose];
	const struct yaml_node *n =
		yaml_get(d->purpose_nodes[purpose], "identity");
	size_t known = 0, stranger = SIZE_MAX;

	for (size_t i = 0; i < p->identity_count; i++) {
		if (d->p->ledger.classes >> p->identity[i] & 1)
			known++;
		else if (stranger == SIZE_MAX)
			stranger = p->identity[i];
	}
	if (!n || stranger == SIZE_MAX || !waits_for_ledger(d, p))
		return;
	if (!known)
		mistake(d, n, "the class that is the subject must be granted",
			say(d, "a class of `%s`",
				d->source_names[d->p->ledger.source]),
			"the ledger holds no class of the `identity` of "
			"purpose `%s`",
			p->name);
	else
		warn(d, n, "the class that is the subject must be granted",
			say(d, "classes of `%s` alone, or the class there",
				d->source_names[d->p->ledger.source]),
			"the ledger does not hold class `%s`: as the subject "
			"of purpose `%s` it is never sent",
			d->class_names[stranger], p->name);
}

static void
refuse_memory(struct draft *d, size_t source)
{
	const struct yaml_node *sources =
		yaml_get(yaml_get(d->root, "consent"), "sources");
	const struct yaml_node *map =
		yaml_get(sources, d->source_names[source]);

	mistake(d, yaml_get(map, "remember"), "it is written to the ledger",
		"a source of the format `ledger`",
		"source `%s` has `remember` and the policy has no ledger",
		d->source_names[source]);
}

/* The sources whose objections are kept among the ledger's rows. */
static void
list_objections(struct draft *d)
{
	struct policy_ledger *l = &d->p->ledger;
	struct slice *names = take(d, d->p->source_count, sizeof(*names));

	for (size_t i = 0; i < d->p->source_count; i++) {
		if (!d->sources[i].remember)
			continue;
		if (!l->is && !d->later_sources)
			refuse_memory(d, i);
		l->remembers |= UINT64_C(1) << i;
		names[l->layout.objection_count++] =
			slice_of(d->sources[i].name);
	}
	l->layout.objections = names;
}

/* What makes a key one of the class's: as policy_ledger_key looks at it. */
static struct slice
keys_of(struct draft *d, const struct policy_class *c)
{
	size_t count = 2 + 2 * c->ignore_count;
	struct slice *parts = take(d, count, sizeof(*parts)), all;

	parts[0] = slice_of(c->name);
	parts[1] = slice_of(c->lower ? " lower" : "");
	for (size_t i = 0; i < c->ignore_count; i++) {
		parts[2 + 2 * i] = slice_of(say(d, " %zu:", c->ignore[i].len));
		parts[3 + 2 * i] = c->ignore[i];
	}
	all = arena_join(d->a, parts, count);
	if (!all.ptr)
		give_up(d, LETHE_ENOMEM);
	return all;
}

/* Of other classes, and of keys that these do not have, there are no rows: a
   file is of those that it was made for. */
static void
list_classes(struct draft *d)
{
	struct policy_ledger *l = &d->p->ledger;
	struct slice *classes = take(d, d->p->class_count, sizeof(*classes));

	for (size_t i = 0; i < d->p->class_count; i++)
		if (l->classes >> i & 1)
			classes[l->layout.class_count++] =
				keys_of(d, &d->p->classes[i]);
	l->layout.classes = classes;
}

void
build_ledger(struct draft *d)
{
	struct ledger_layout *layout = &d->p->ledger.layout;
	struct slice *names;

	list_objections(d);
	if (!d->p->ledger.is)
		return;
	check_topics(d);
	names = take(d, d->p->purpose_count, sizeof(*names));
	for (size_t i = 0; i < d->p->purpose_count; i++) {
		names[i] = slice_of(d->p->purposes[i].name);
		check_subjects(d, i);
	}
	list_classes(d);
	layout->purposes = names;
	layout->purpose_count = d->p->purpose_count;
}
