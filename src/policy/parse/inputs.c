#include "policy/parse/parse.h"

#include "policy/parse/place.h"
#include "policy/parse/schema.h"

const char **
declare(struct draft *d, const struct yaml_node *map, const char *kind,
	size_t most, const struct yaml_node ***nodes, size_t *count)
{
	const char **names;

	*nodes = take(d, map->count, sizeof(**nodes));
	names = take(d, map->count + 1, sizeof(*names));
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_entry *e = &map->entries[i];

		if (*count == most) {
			mistake(d, e->key, NULL, NULL, "more than %zu of %ss",
				most, kind);
			break;
		}
		/* A bad name stays known, so that nothing else is blamed. */
		check_name(d, e->key,
			say(d, "%s %s", strchr("aeiou", kind[0]) ? "an" : "a",
				kind));
		names[*count] = take_text(d, e->key->text);
		(*nodes)[(*count)++] = e->value;
	}
	return names;
}

static void
read_topics(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_input *in)
{
	const char *what = say(d, "`topics` of %s", where);
	const char **topics;

	if (!is_list(d, n, what))
		return;
	topics = take(d, n->count, sizeof(*topics));
	for (size_t i = 0; i < n->count; i++) {
		if (!is_topic(d, n->items[i], what))
			continue;
		topics[in->topic_count] = take_text(d, n->items[i]->text);
		for (size_t k = 0; k < in->topic_count; k++)
			if (!strcmp(topics[k], topics[in->topic_count]))
				mistake(d, n->items[i], NULL, NULL,
					"`%s` stands twice in %s", topics[k],
					what);
		in->topic_count++;
	}
	in->topics = topics;
}

static void
read_formats(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_input *in)
{
	static const char *const names[] = {"json", "msgpack", NULL};
	const char *what = say(d, "`formats` of %s", where);
	size_t at;

	in->json = in->msgpack = !n;
	if (!n || !is_list(d, n, what))
		return;
	for (size_t i = 0; i < n->count; i++)
		if (read_choice(d, n->items[i], what, names, &at))
			*(at ? &in->msgpack : &in->json) = true;
}

const char *const time_forms[] = {
	[TIME_RFC3339] = "rfc3339",
	[TIME_UNIX_S] = "unix_s",
	[TIME_UNIX_MS] = "unix_ms",
	[TIME_UNIX_US] = "unix_us",
	NULL,
};

bool
read_time_form(struct draft *d, const struct yaml_node *n, const char *what,
	bool broker, enum time_form *out)
{
	size_t at;

	*out = TIME_UNIX_MS;
	if (!n && broker)
		return true;
	if (!n)
		return false;
	if (!read_choice(d, n, what, time_forms, &at))
		return true;
	*out = (enum time_form)at;
	if (broker && *out != TIME_UNIX_MS)
		mistake(d, n, "@timestamp is Kafka's own, in milliseconds",
			"no `format`", "%s does not fit @timestamp", what);
	return true;
}

/* The broker's time is what the age of an event is measured by: of itself it is
   never old, and mends nothing. */
static void
refuse_idle(struct draft *d, const struct yaml_node *n, const char *what,
	const struct policy_input *in)
{
	if (in->time.at.root != PATH_TIMESTAMP)
		return;
	if (yaml_get(n, "max_age"))
		mistake(d, key_node(n, "max_age"),
			"an event's age is measured by the broker's time: it "
			"would never act",
			"no `max_age`, or the `path` of a time in the event",
			"%s has `max_age`, and its time is the broker's", what);
	if (in->time.out_of_range == RANGE_BROKER_TIME)
		mistake(d, yaml_get(n, "out_of_range"),
			"it would take the place of itself",
			"out_of_range: drop",
			"%s is mended by the broker's time, and is the "
			"broker's",
			what);
}

static void
read_time(struct draft *d, const struct yaml_node *n, const char *where,
	size_t input, struct policy_input *in)
{
	static const char *const keys[] = {"path", "format", "max_future",
		"max_age", "out_of_range", NULL};
	static const char *const ranges[] = {
		[RANGE_DROP] = "drop",
		[RANGE_BROKER_TIME] = "broker_time",
		NULL,
	};
	const char *what = say(d, "`event_time` of %s", where);
	const struct yaml_node *at, *form;
	size_t range;

	in->time.max_future_ms = 300000;
	in->time.max_age_ms = INT64_MAX;
	if (!is_map(d, n, what))
		return;
	check_keys(d, n, what, keys, NULL);
	form = yaml_get(n, "format");
	at = need(d, n, what, "path",
		"path: $.timestamp, or path: \"@timestamp\"");
	if (at &&
		place_read(
			d, at, UINT64_C(1) << input, PLACE_ONE, &in->time.at) &&
		!is_misspelt(d, n, "format") &&
		!read_time_form(d, form, say(d, "`format` of %s", what),
			in->time.at.root == PATH_TIMESTAMP, &in->time.form))
		mistake(d, owner(n), NULL,
			say(d, "format: one of %s", join_names(d, time_forms)),
			"%s has no `format`", what);
	at = yaml_get(n, "max_future");
	if (at && !read_duration(d, at, say(d, "`max_future` of %s", what), 0,
			  &in->time.max_future_ms))
		in->time.max_future_ms = 300000;
	at = yaml_get(n, "max_age");
	if (at && !read_duration(d, at, say(d, "`max_age` of %s", what), 1000,
			  &in->time.max_age_ms))
		in->time.max_age_ms = INT64_MAX;
	at = yaml_get(n, "out_of_range");
	if (at && read_choice(d, at, say(d, "`out_of_range` of %s", what),
			  ranges, &range))
		in->time.out_of_range = (enum out_of_range)range;
	refuse_idle(d, n, what, in);
}

static void
read_limit(struct draft *d, const struct yaml_node *map, const char *where,
	const char *key, int64_t most, size_t *out)
{
	const struct yaml_node *n = yaml_get(map, key);
	int64_t value;

	if (n && read_int(d, n, say(d, "`limits.%s` of %s", key, where), 1,
			 most, &value))
		*out = (size_t)value;
}

static void
read_limits(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_input *in)
{
	static const char *const keys[] = {
		"bytes", "depth", "members", "string", NULL};

	in->limits = LIMITS_DEFAULT;
	if (!n || !is_map(d, n, say(d, "`limits` of %s", where)))
		return;
	check_keys(d, n, say(d, "`limits` of %s", where), keys, NULL);
	read_limit(d, n, where, "bytes", 16777216, &in->limits.bytes);
	read_limit(d, n, where, "depth", 64, &in->limits.depth);
	read_limit(d, n, where, "members", 65536, &in->limits.members);
	read_limit(d, n, where, "string", 16777216, &in->limits.string);
}

/* The number of an event's name; a new name gets the next. */
static size_t
event_number(struct draft *d, const struct yaml_node *key)
{
	struct lethe_policy *p = d->p;

	for (size_t i = 0; i < p->event_count; i++)
		if (slice_is(key->text, d->event_names[i]))
			return i;
	if (p->event_count == EVENTS_MAX) {
		mistake(d, key, NULL, NULL, "more than %d different events",
			EVENTS_MAX);
		return SIZE_MAX;
	}
	d->event_names[p->event_count] = take_text(d, key->text);
	return p->event_count++;
}

static bool
read_match(struct draft *d, const struct yaml_entry *e, const char *where,
	size_t input, struct event_match *out)
{
	const char *what = say(d, "`%.*s` of %s", SHOW(e->key->text), where);
	const struct yaml_node *n = e->value;
	size_t count = n->kind == YAML_LIST ? n->count : 1;
	struct value *values = take(d, count, sizeof(*values));
	bool ok = place_read(
		d, e->key, UINT64_C(1) << input, PLACE_ONE, &out->at);

	if (n->kind == YAML_LIST && !is_list(d, n, what))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_value(d, n->kind == YAML_LIST ? n->items[i] : n, what,
			    &values[i]))
			ok = false;
	out->values = values;
	out->count = count;
	return ok;
}

static void
read_event(struct draft *d, const struct yaml_entry *e, const char *where,
	size_t input, struct policy_input *in, struct event_rule *rule)
{
	const char *what =
		say(d, "event `%.*s` of %s", SHOW(e->key->text), where);
	struct event_match *matches;

	check_name(d, e->key, "an event");
	rule->event = event_number(d, e->key);
	if (rule->event == SIZE_MAX || !is_map(d, e->value, what))
		return;
	matches = take(d, e->value->count, sizeof(*matches));
	rule->matches = matches;
	for (size_t i = 0; i < e->value->count; i++)
		if (read_match(d, &e->value->entries[i], what, input,
			    &matches[rule->count]))
			rule->count++;
	in->rule_count++;
}

static void
read_events(struct draft *d, const struct yaml_node *n, const char *where,
	size_t input, struct policy_input *in)
{
	struct event_rule *rules;

	if (!is_map(d, n, say(d, "`events` of %s", where)))
		return;
	rules = take(d, n->count, sizeof(*rules));
	in->rules = rules;
	for (size_t i = 0; i < n->count; i++)
		read_event(d, &n->entries[i], where, input, in,
			&rules[in->rule_count]);
}

static void
read_input(struct draft *d, size_t input)
{
	static const char *const keys[] = {"topics", "formats", "event_id",
		"event_time", "limits", "retention", "events", NULL};
	const struct yaml_node *map = d->input_nodes[input], *n;
	struct policy_input *in = &d->inputs[input];
	const char *where = say(d, "input `%s`", in->name);

	if (!is_map(d, map, where))
		return;
	check_keys(d, map, where, keys, NULL);
	n = need(d, map, where, "topics", "topics: [the raw topic]");
	if (n)
		read_topics(d, n, where, in);
	read_formats(d, yaml_get(map, "formats"), where, in);
	n = yaml_get(map, "event_id");
	if (n && !place_read(
			 d, n, UINT64_C(1) << input, PLACE_ONE, &in->event_id))
		in->event_id.is = false;
	n = need(d, map, where, "event_time",
		"event_time: { path: $.timestamp, format: rfc3339 }");
	if (n)
		read_time(d, n, where, input, in);
	read_limits(d, yaml_get(map, "limits"), where, in);
	read_retention(d, map, where, &in->retention_ms);
	n = need(d, map, where, "events",
		"events: { viewed: { $.event: Product Viewed } }");
	if (n)
		read_events(d, n, where, input, in);
	if (!in->rules)
		d->no_events = true;
}

static bool
same_limits(const struct limits *x, const struct limits *y)
{
	return x->bytes == y->bytes && x->depth == y->depth &&
	       x->members == y->members && x->string == y->string;
}

/* Inputs of one topic are read by one reader, before it is known which. */
static void
check_shared(struct draft *d, size_t i, size_t k)
{
	const struct policy_input *x = &d->inputs[i], *y = &d->inputs[k];
	const char *why = "which input an event is of shows only after it was "
			  "read";

	for (size_t t = 0; t < x->topic_count * y->topic_count; t++) {
		const char *topic = x->topics[t % x->topic_count];

		if (strcmp(topic, y->topics[t / x->topic_count]))
			continue;
		if (!same_limits(&x->limits, &y->limits))
			mistake(d, key_node(d->input_nodes[k], "limits"), why,
				"the same `limits` in both",
				"inputs `%s` and `%s` share `%s` with "
				"different "
				"`limits`",
				x->name, y->name, topic);
		if (x->json != y->json || x->msgpack != y->msgpack)
			mistake(d, key_node(d->input_nodes[k], "formats"), why,
				"the same `formats` in both",
				"inputs `%s` and `%s` share `%s` with "
				"different "
				"`formats`",
				x->name, y->name, topic);
		return;
	}
}

static size_t
count_events(const struct draft *d)
{
	size_t count = 0;

	for (size_t i = 0; i < d->p->input_count; i++) {
		const struct yaml_node *n =
			yaml_get(d->input_nodes[i], "events");

		count += n ? n->count : 0;
	}
	return count < EVENTS_MAX ? count : EVENTS_MAX;
}

void
parse_inputs(struct draft *d, const struct yaml_node *root)
{
	struct lethe_policy *p = d->p;
	const struct yaml_node *map = need(d, root, "the policy", "inputs",
		"inputs: { web: { topics: [...], event_time: {...}, events: "
		"{...} } }");

	if (!map || !is_map(d, map, "`inputs`"))
		return;
	d->input_names = declare(
		d, map, "input", INPUTS_MAX, &d->input_nodes, &p->input_count);
	d->inputs = take(d, p->input_count, sizeof(*d->inputs));
	p->inputs = d->inputs;
	d->event_names = take(d, count_events(d) + 1, sizeof(*d->event_names));
	p->events = d->event_names;
	for (size_t i = 0; i < p->input_count; i++)
		d->inputs[i].name = d->input_names[i];
	for (size_t i = 0; i < p->input_count; i++)
		read_input(d, i);
	for (size_t k = 0; k < p->input_count; k++)
		for (size_t i = 0; i < k; i++)
			check_shared(d, i, k);
}
