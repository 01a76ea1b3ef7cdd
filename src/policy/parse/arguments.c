#include "policy/parse/parse.h"

#include "policy/parse/place.h"
#include "policy/parse/schema.h"

/* What a field's arguments are read into. */
struct arguments {
	const struct yaml_node *map; /* the field */
	const char *where;	     /* "field `item`" */
	const char *name;	     /* of the transform */
	const struct place *at;	     /* the field's places, or NULL */
	struct transform *out;
};

static const struct yaml_node *
argument(struct draft *d, const struct arguments *g, const char *key,
	const char *instead)
{
	const struct yaml_node *n = yaml_get(g->map, key);

	if (!n)
		mistake(d, g->map, NULL, instead, "%s: `do: %s` needs `%s`",
			g->where, g->name, key);
	return n;
}

static const char *
named(struct draft *d, const struct arguments *g, const char *key)
{
	return say(d, "`%s` of %s", key, g->where);
}

/* Keys that belong to another type of `do: keep`. */
static bool
refuse_others(struct draft *d, const struct arguments *g, const char *type,
	const char *const *keys)
{
	bool ok = true;

	for (; *keys; keys++)
		if (yaml_get(g->map, *keys)) {
			mistake(d, key_node(g->map, *keys), NULL, NULL,
				"%s: `%s` does not belong to `type: %s`",
				g->where, *keys, type);
			ok = false;
		}
	return ok;
}

static bool
read_keep_string(struct draft *d, struct arguments *g)
{
	static const char *const others[] = {"min", NULL};
	const struct yaml_node *max = yaml_get(g->map, "max");
	const struct yaml_node *pattern = yaml_get(g->map, "pattern");
	int64_t bytes = 0;

	if (!max || !pattern) {
		mistake(d, g->map,
			"without both, a whole message could leave as this "
			"value",
			"max: its most bytes, pattern: \"[A-Za-z0-9_-]+\"",
			"%s keeps a string without `%s`", g->where,
			max	  ? "pattern"
			: pattern ? "max"
				  : "max` and `pattern");
		return false;
	}
	if (!refuse_others(d, g, "string", others) ||
		!read_int(d, max, named(d, g, "max"), 1, 65536, &bytes))
		return false;
	g->out->keep.max_bytes = (size_t)bytes;
	g->out->keep.pattern = read_pattern(d, pattern, named(d, g, "pattern"));
	return g->out->keep.pattern != NULL;
}

static bool
is_above(const struct value *x, const struct value *y)
{
	if (x->kind == VALUE_INT && y->kind == VALUE_INT) {
		if (x->negative != y->negative)
			return y->negative;
		return x->negative ? x->magnitude < y->magnitude
				   : x->magnitude > y->magnitude;
	}
	return value_double(x) > value_double(y);
}

static bool
check_order(struct draft *d, const struct arguments *g, const struct value *min,
	const struct value *max)
{
	if (!is_above(min, max))
		return true;
	mistake(d, yaml_get(g->map, "min"), "no value would fit",
		"the lower bound as `min`, the upper as `max`",
		"%s: `min` is above `max`", g->where);
	return false;
}

static bool
read_bound(struct draft *d, const struct arguments *g, const char *key,
	bool integer, struct value *out)
{
	const struct yaml_node *n = yaml_get(g->map, key);

	if (!read_number(d, n, named(d, g, key), out))
		return false;
	if (!integer || out->kind == VALUE_INT)
		return true;
	mistake(d, n, NULL, "digits, without fraction and exponent",
		"%s must be an integer from -2^63 to 2^64-1", named(d, g, key));
	return false;
}

static bool
read_keep_number(struct draft *d, struct arguments *g, bool integer)
{
	static const char *const others[] = {"pattern", NULL};
	const char *type = integer ? "integer" : "number";
	bool min = yaml_get(g->map, "min"), max = yaml_get(g->map, "max");

	if (!min || !max) {
		mistake(d, g->map,
			"without both, any number could leave, a card's or a "
			"phone's too",
			"min and max: the range a sound value has",
			"%s keeps %s %s without `%s`", g->where,
			integer ? "an" : "a", type,
			min   ? "max"
			: max ? "min"
			      : "min` and `max");
		return false;
	}
	return refuse_others(d, g, type, others) &
		       read_bound(d, g, "min", integer, &g->out->keep.min) &&
	       read_bound(d, g, "max", integer, &g->out->keep.max) &&
	       check_order(d, g, &g->out->keep.min, &g->out->keep.max);
}

static bool
read_keep(struct draft *d, struct arguments *g)
{
	static const char *const types[] = {
		[KEEP_STRING] = "string",
		[KEEP_INTEGER] = "integer",
		[KEEP_NUMBER] = "number",
		[KEEP_BOOLEAN] = "boolean",
		NULL,
	};
	static const char *const others[] = {"min", "max", "pattern", NULL};
	const struct yaml_node *n = argument(
		d, g, "type", "type: string, integer, number or boolean");
	size_t at;

	if (!n || !read_choice(d, n, named(d, g, "type"), types, &at))
		return false;
	g->out->keep.type = (enum keep_type)at;
	switch (g->out->keep.type) {
	case KEEP_STRING: return read_keep_string(d, g);
	case KEEP_INTEGER: return read_keep_number(d, g, true);
	case KEEP_NUMBER: return read_keep_number(d, g, false);
	case KEEP_BOOLEAN: break;
	}
	return refuse_others(d, g, "boolean", others);
}

static bool
read_one_of(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "values", "values: [the values that may leave]");
	const char *what = named(d, g, "values");
	struct value *values;

	if (!n || !is_list(d, n, what))
		return false;
	values = take(d, n->count, sizeof(*values));
	for (size_t i = 0; i < n->count; i++)
		if (!read_value(d, n->items[i], what, &values[i]))
			return false;
	g->out->one_of.values = values;
	g->out->one_of.count = n->count;
	return true;
}

static bool
read_token(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "class", "class: one of `identifiers`");
	size_t class;

	if (!n || !read_reference(d, n, "class", d->class_names, &class))
		return false;
	g->out->class = (uint32_t) class;
	return true;
}

static bool
is_broker_time(const struct draft *d, const struct place *at)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		if (at[i].is && at[i].root != PATH_TIMESTAMP)
			return false;
	return true;
}

static bool
read_time(struct draft *d, struct arguments *g)
{
	static const char *const grains[] = {
		"second", "minute", "hour", "day", NULL};
	const struct yaml_node *form = yaml_get(g->map, "format");
	const struct yaml_node *n =
		argument(d, g, "to", "to: second, minute, hour or day");
	size_t at;

	if (!n || !read_choice(d, n, named(d, g, "to"), grains, &at))
		return false;
	g->out->time.grain = (enum time_grain)(GRAIN_SECOND + at);
	if (!yaml_get(g->map, "path")) {
		if (form)
			mistake(d, key_node(g->map, "format"),
				"the event time has its own, in `event_time`",
				"a `path`, or no `format`",
				"%s has a `format` and no `path`", g->where);
		return !form;
	}
	if (!g->at || read_time_form(d, form, named(d, g, "format"),
			      is_broker_time(d, g->at), &g->out->time.form))
		return g->at;
	mistake(d, g->map, NULL,
		say(d, "format: one of %s", join_names(d, time_forms)),
		"%s has a `path` to a time and no `format`", g->where);
	return false;
}

static bool
read_bucket(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "edges", "edges: [10, 25, 50]");
	const char *what = named(d, g, "edges");
	struct value edge;
	double *edges;

	if (!n || !is_list(d, n, what))
		return false;
	edges = take(d, n->count, sizeof(*edges));
	for (size_t i = 0; i < n->count; i++) {
		if (!read_number(d, n->items[i], what, &edge))
			return false;
		edges[i] = value_double(&edge);
		if (i && edges[i] <= edges[i - 1]) {
			mistake(d, n->items[i], NULL, "them in rising order",
				"%s do not rise here", what);
			return false;
		}
	}
	g->out->bucket.edges = edges;
	g->out->bucket.count = n->count;
	return true;
}

static bool
read_round(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "to", "to: 5, for the nearest multiple of 5");
	struct value to;

	if (!n || !read_number(d, n, named(d, g, "to"), &to))
		return false;
	g->out->round.to = value_double(&to);
	if (g->out->round.to > 0)
		return true;
	mistake(d, n, NULL, "a number above 0", "%s is not above 0",
		named(d, g, "to"));
	return false;
}

static bool
read_url_query(struct draft *d, const struct yaml_node *n, struct arguments *g)
{
	struct url_parameter_rule *rules;

	if (!is_map(d, n, named(d, g, "query")))
		return false;
	rules = take(d, n->count, sizeof(*rules));
	for (size_t i = 0; i < n->count; i++) {
		const struct yaml_entry *e = &n->entries[i];

		rules[i].name = e->key->text;
		rules[i].pattern = read_pattern(d, e->value,
			say(d, "`query.%.*s` of %s", SHOW(e->key->text),
				g->where));
		if (!rules[i].pattern)
			return false;
	}
	g->out->url.query = rules;
	g->out->url.query_count = n->count;
	return true;
}

static bool
read_url(struct draft *d, struct arguments *g)
{
	static const char *const parts[] = {"path", NULL};
	const struct yaml_node *keep = yaml_get(g->map, "keep");
	const struct yaml_node *query = yaml_get(g->map, "query");
	const struct yaml_node *segments = yaml_get(g->map, "segments");
	size_t at;

	if (!keep && !query) {
		mistake(d, g->map, NULL,
			"keep: [path], and segments: a pattern of harmless "
			"ones",
			"%s: `do: url` needs `keep` or `query`", g->where);
		return false;
	}
	if (keep && !is_list(d, keep, named(d, g, "keep")))
		return false;
	for (size_t i = 0; keep && i < keep->count; i++)
		if (!read_choice(
			    d, keep->items[i], named(d, g, "keep"), parts, &at))
			return false;
	g->out->url.path = keep;
	if (segments && !keep) {
		mistake(d, key_node(g->map, "segments"),
			"they are parts of the path, which is not kept",
			"keep: [path]", "%s has `segments` and no `keep`",
			g->where);
		return false;
	}
	if (segments)
		g->out->url.segments =
			read_pattern(d, segments, named(d, g, "segments"));
	if (segments && !g->out->url.segments)
		return false;
	return !query || read_url_query(d, query, g);
}

/* Bits of an address that stay: never more than a network has. */
static bool
read_bits(struct draft *d, const struct arguments *g, const char *key,
	unsigned most, unsigned *out)
{
	const struct yaml_node *n = yaml_get(g->map, key);
	int64_t bits;

	*out = most;
	if (!n)
		return true;
	if (yaml_as_int(n, &bits) && bits >= 1 && bits <= most) {
		*out = (unsigned)bits;
		return true;
	}
	mistake(d, n, "more of the address would name one line",
		say(d, "%u, or less", most),
		"%s must be an integer from 1 to %u", named(d, g, key), most);
	return false;
}

static bool
read_prefix(struct draft *d, struct arguments *g)
{
	return read_bits(d, g, "v4", 24, &g->out->prefix.v4) &
	       read_bits(d, g, "v6", 48, &g->out->prefix.v6);
}

static bool
read_geo(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n = argument(
		d, g, "decimals", "decimals: 1, for about 11 kilometres");
	int64_t decimals;

	if (!n || !read_int(d, n, named(d, g, "decimals"), 0, 6, &decimals))
		return false;
	g->out->geo.decimals = (unsigned)decimals;
	return true;
}

static bool
read_count(struct draft *d, struct arguments *g)
{
	struct value *min = &g->out->count.min, *max = &g->out->count.max;

	*min = *max = (struct value){.kind = VALUE_ABSENT};
	if (yaml_get(g->map, "min") && !read_bound(d, g, "min", true, min))
		return false;
	if (yaml_get(g->map, "max") && !read_bound(d, g, "max", true, max))
		return false;
	return min->kind == VALUE_ABSENT || max->kind == VALUE_ABSENT ||
	       check_order(d, g, min, max);
}

static bool
read_nothing(struct draft *d, struct arguments *g)
{
	(void)d;
	(void)g;
	return true;
}

static bool
read_constant(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n = argument(d, g, "value", "value: it");

	return n &&
	       read_value(d, n, named(d, g, "value"), &g->out->constant.value);
}

/* Which arguments each transform has, and who reads them. */
static const struct {
	const char *keys[5];
	bool (*read)(struct draft *d, struct arguments *g);
} rows[TRANSFORM_COUNT_] = {
	[TRANSFORM_KEEP] = {{"type", "max", "pattern", "min"}, read_keep},
	[TRANSFORM_ONE_OF] = {{"values"}, read_one_of},
	[TRANSFORM_EVENT] = {{NULL}, read_nothing},
	[TRANSFORM_TOKEN] = {{"class"}, read_token},
	[TRANSFORM_TIME] = {{"to", "format"}, read_time},
	[TRANSFORM_BUCKET] = {{"edges"}, read_bucket},
	[TRANSFORM_ROUND] = {{"to"}, read_round},
	[TRANSFORM_URL] = {{"keep", "segments", "query"}, read_url},
	[TRANSFORM_PREFIX] = {{"v4", "v6"}, read_prefix},
	[TRANSFORM_GEO] = {{"decimals"}, read_geo},
	[TRANSFORM_FAMILY] = {{NULL}, read_nothing},
	[TRANSFORM_COUNT] = {{"min", "max"}, read_count},
	[TRANSFORM_EXISTS] = {{NULL}, read_nothing},
	[TRANSFORM_CONSTANT] = {{"value"}, read_constant},
};

#define COMMON_KEYS 8

static const char *const common_keys[COMMON_KEYS] = {
	"path", "as", "for", "on", "do", "why", "ticket", "required"};

static bool
is_argument(struct slice key)
{
	for (size_t i = 0; i < TRANSFORM_COUNT_; i++)
		for (size_t k = 0; rows[i].keys[k]; k++)
			if (slice_is(key, rows[i].keys[k]))
				return true;
	return false;
}

static bool
is_own(struct slice key, enum transform_kind kind)
{
	for (size_t k = 0; rows[kind].keys[k]; k++)
		if (slice_is(key, rows[kind].keys[k]))
			return true;
	return false;
}

/* Keys of the field that its transform does not know. */
static void
check_arguments(
	struct draft *d, const struct arguments *g, enum transform_kind kind)
{
	static const char *const later[] = {"k", "fairness", "lifetime", NULL};
	const char *names[COMMON_KEYS + 6] = {NULL};
	size_t count = 0;
	struct yaml_node rest = *g->map;

	for (; count < COMMON_KEYS; count++)
		names[count] = common_keys[count];
	for (size_t k = 0; rows[kind].keys[k]; k++)
		names[count++] = rows[kind].keys[k];
	rest.entries = take(d, g->map->count, sizeof(*rest.entries));
	rest.count = 0;
	for (size_t i = 0; i < g->map->count; i++) {
		const struct yaml_entry *e = &g->map->entries[i];

		if (!is_argument(e->key->text) || is_own(e->key->text, kind))
			rest.entries[rest.count++] = *e;
		else
			mistake(d, e->key,
				"an argument that does nothing would pass for "
				"a bound",
				NULL, "%s: `%.*s` does not belong to `do: %s`",
				g->where, SHOW(e->key->text), g->name);
	}
	check_keys(d, &rest, g->where, names, later);
}

static bool
read_path(struct draft *d, const struct arguments *g, enum transform_kind kind,
	struct policy_field *out)
{
	const struct yaml_node *n = yaml_get(g->map, "path");

	if (!n && transform_path(kind) == 1) {
		mistake(d, g->map, NULL, "path: where the value stands",
			"%s: `do: %s` needs a `path`", g->where, g->name);
		return false;
	}
	if (n && transform_path(kind) == 0) {
		mistake(d, key_node(g->map, "path"),
			say(d, "it gives %s", transform_text(kind)),
			"no `path`", "%s: `do: %s` takes no `path`", g->where,
			g->name);
		return false;
	}
	if (n)
		out->at = places_read(d, n, named(d, g, "path"), PLACE_EACH);
	return !n || out->at;
}

static bool
find_transform(struct draft *d, const struct yaml_node *map, const char *where,
	enum transform_kind *out)
{
	const char *names[TRANSFORM_COUNT_ + 1] = {NULL};
	const struct yaml_node *n;
	size_t at;

	for (size_t i = 0; i < TRANSFORM_COUNT_; i++)
		names[i] = transform_name((enum transform_kind)i);
	n = need(d, map, where, "do",
		say(d, "do: one of %s", join_names(d, names)));
	if (!n || !read_choice(d, n, say(d, "`do` of %s", where), names, &at))
		return false;
	*out = (enum transform_kind)at;
	return true;
}

bool
parse_transform(struct draft *d, const struct yaml_node *field,
	const char *where, struct policy_field *out)
{
	struct arguments g = {.map = field, .where = where, .out = &out->what};
	enum transform_kind kind;
	bool ok;

	if (!find_transform(d, field, where, &kind))
		return false;
	out->what.kind = kind;
	g.name = transform_name(kind);
	check_arguments(d, &g, kind);
	ok = read_path(d, &g, kind, out);
	g.at = out->at;
	return rows[kind].read(d, &g) && ok;
}
