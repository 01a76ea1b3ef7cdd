#include "policy/parse/fields/arguments.h"

#include "policy/parse/parse.h"
#include "policy/parse/schema.h"

static bool
is_broker_time(const struct draft *d, const struct place *at)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		if (at[i].is && at[i].root != PATH_TIMESTAMP)
			return false;
	return true;
}

bool
read_time(struct draft *d, struct arguments *g)
{
	static const char *const grains[] = {
		"second", "minute", "hour", "day", NULL};
	const struct yaml_node *form = yaml_get(g->map, "format");
	const struct yaml_node *n =
		argument(d, g, "to", "to: second, minute, hour or day");
	size_t at;

	if (!n || !read_choice(d, n, argument_name(d, g, "to"), grains, &at))
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
	if (!g->at || is_misspelt(d, g->map, "format") ||
		read_time_form(d, form, argument_name(d, g, "format"),
			is_broker_time(d, g->at), &g->out->time.form))
		return g->at;
	mistake(d, owner(g->map), NULL,
		say(d, "format: one of %s", join_names(d, time_forms)),
		"%s has a `path` to a time and no `format`", g->where);
	return false;
}

/* The rules of the parameters listed. */
static bool
read_url_query(
	struct draft *d, const struct yaml_node *n, const struct arguments *g)
{
	struct url_parameter_rule *rules;
	bool ok = true;

	if (!is_map(d, n, argument_name(d, g, "query")))
		return false;
	rules = take(d, n->count, sizeof(*rules));
	for (size_t i = 0; i < n->count; i++) {
		const struct yaml_entry *e = &n->entries[i];

		rules[i].name = e->key->text;
		rules[i].pattern = read_pattern(d, e->value,
			say(d, "`query.%.*s` of %s", SHOW(e->key->text),
				g->where));
		ok &= rules[i].pattern != NULL;
	}
	g->out->url.query = rules;
	g->out->url.query_count = n->count;
	return ok;
}

/* `keep: [path]` and the pattern of its segments. */
static bool
read_url_path(
	struct draft *d, const struct yaml_node *keep, struct arguments *g)
{
	static const char *const parts[] = {"path", NULL};
	const struct yaml_node *segments = yaml_get(g->map, "segments");
	const char *what = argument_name(d, g, "keep");
	bool ok = true;
	size_t at;

	if (!is_list(d, keep, what))
		return false;
	for (size_t i = 0; i < keep->count; i++)
		ok &= read_choice(d, keep->items[i], what, parts, &at);
	g->out->url.path = true;
	if (!segments)
		return ok;
	g->out->url.segments =
		read_pattern(d, segments, argument_name(d, g, "segments"));
	return ok && g->out->url.segments;
}

bool
read_url(struct draft *d, struct arguments *g)
{
	const struct yaml_node *keep = yaml_get(g->map, "keep");
	const struct yaml_node *query = yaml_get(g->map, "query");
	bool ok = true;

	if (!keep && !query) {
		mistake(d, owner(g->map), NULL,
			"keep: [path], and segments: a pattern of harmless "
			"ones",
			"%s: `do: url` needs `keep` or `query`", g->where);
		return false;
	}
	if (keep)
		ok = read_url_path(d, keep, g);
	else if (yaml_get(g->map, "segments"))
		mistake(d, key_node(g->map, "segments"),
			"they are parts of the path, which is not kept",
			"keep: [path]", "%s has `segments` and no `keep`",
			g->where);
	return (!query || read_url_query(d, query, g)) && ok;
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
	mistake(d, n, "more of the address would name one household",
		say(d, "%u, or less", most),
		"%s must be an integer from 1 to %u", argument_name(d, g, key),
		most);
	return false;
}

bool
read_prefix(struct draft *d, struct arguments *g)
{
	bool ok = read_bits(d, g, "v4", 24, &g->out->prefix.v4);

	return read_bits(d, g, "v6", 48, &g->out->prefix.v6) && ok;
}

bool
read_geo(struct draft *d, struct arguments *g)
{
	const struct yaml_node *n = argument(
		d, g, "decimals", "decimals: 1, for about 11 kilometres");
	int64_t decimals;

	if (!n || !read_int(d, n, argument_name(d, g, "decimals"), 0, 6,
			  &decimals))
		return false;
	g->out->geo.decimals = (unsigned)decimals;
	return true;
}
