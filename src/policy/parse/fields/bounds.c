#include "policy/parse/fields/arguments.h"

#include "policy/parse/schema.h"

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

/* Bounds of `do: keep` that are not there. */
static bool
lack(struct draft *d, const struct arguments *g, const char *type,
	const char *one, const char *two, const char *why, const char *instead)
{
	bool no_one = !yaml_get(g->map, one) && !is_misspelt(d, g->map, one);
	bool no_two = !yaml_get(g->map, two) && !is_misspelt(d, g->map, two);

	if (no_one || no_two)
		mistake(d, owner(g->map), why, instead,
			"%s keeps %s without `%s%s%s`", g->where, type,
			no_one ? one : "", no_one && no_two ? "` and `" : "",
			no_two ? two : "");
	return false;
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
		!read_int(d, max, argument_name(d, g, "max"), 1, 65536, &bytes))
		return false;
	g->out->keep.max_bytes = (size_t)bytes;
	g->out->keep.pattern =
		read_pattern(d, pattern, argument_name(d, g, "pattern"));
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

	if (!read_number(d, n, argument_name(d, g, key), out))
		return false;
	if (!integer || out->kind == VALUE_INT)
		return true;
	mistake(d, n, NULL, "digits, without fraction and exponent",
		"%s must be an integer from -2^63 to 2^64-1",
		argument_name(d, g, key));
	return false;
}

static bool
read_keep_number(struct draft *d, struct arguments *g, bool integer)
{
	static const char *const others[] = {"pattern", NULL};
	const char *type = integer ? "integer" : "number";
	bool min = yaml_get(g->map, "min"), max = yaml_get(g->map, "max"), ok;

	if (!min || !max)
		return lack(d, g, integer ? "an integer" : "a number", "min",
			"max",
			"without both, any number could leave, a card's or a "
			"phone's too",
			"min: and max: the range a sound value has");
	ok = refuse_others(d, g, type, others);
	ok &= read_bound(d, g, "min", integer, &g->out->keep.min);
	ok &= read_bound(d, g, "max", integer, &g->out->keep.max);
	return ok && check_order(d, g, &g->out->keep.min, &g->out->keep.max);
}

bool
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

	if (!n || !read_choice(d, n, argument_name(d, g, "type"), types, &at))
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

bool
read_one_of(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "values", "values: [the values that may leave]");
	const char *what = argument_name(d, g, "values");
	struct value *values;

	if (!n || !is_list(d, n, what))
		return false;
	values = take(d, n->count, sizeof(*values));
	for (size_t i = 0; i < n->count; i++)
		if (read_value(d, n->items[i], what,
			    &values[g->out->one_of.count]))
			g->out->one_of.count++;
	g->out->one_of.values = values;
	return g->out->one_of.count == n->count;
}

bool
read_bucket(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "edges", "edges: [10, 25, 50]");
	const char *what = say(d, "an edge of %s", g->where);
	struct value edge;
	double *edges;

	if (!n || !is_list(d, n, argument_name(d, g, "edges")))
		return false;
	edges = take(d, n->count, sizeof(*edges));
	for (size_t i = 0; i < n->count; i++) {
		if (!read_number(d, n->items[i], what, &edge))
			return false;
		edges[i] = value_double(&edge);
		if (i && edges[i] <= edges[i - 1]) {
			mistake(d, n->items[i], NULL, "them in rising order",
				"%s is not above the one before", what);
			return false;
		}
	}
	g->out->bucket.edges = edges;
	g->out->bucket.count = n->count;
	return true;
}

bool
read_round(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n =
		argument(d, g, "to", "to: 5, for the nearest multiple of 5");
	struct value to;

	if (!n || !read_number(d, n, argument_name(d, g, "to"), &to))
		return false;
	g->out->round.to = value_double(&to);
	if (g->out->round.to > 0)
		return true;
	mistake(d, n, NULL, "a number above 0", "%s is not above 0",
		argument_name(d, g, "to"));
	return false;
}

bool
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

bool
read_constant(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n = argument(d, g, "value", "value: it");

	return n && read_value(d, n, argument_name(d, g, "value"),
			    &g->out->constant.value);
}
