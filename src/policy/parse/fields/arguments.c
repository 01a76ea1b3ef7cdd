#include "policy/parse/fields/arguments.h"

#include "policy/parse/parse.h"
#include "policy/parse/place.h"
#include "policy/parse/schema.h"

const struct yaml_node *
argument(struct draft *d, const struct arguments *g, const char *key,
	const char *instead)
{
	const struct yaml_node *n = yaml_get(g->map, key);

	if (!n && !is_misspelt(d, g->map, key))
		mistake(d, owner(g->map), NULL, instead,
			"%s: `do: %s` needs `%s`", g->where, g->name, key);
	return n;
}

const char *
argument_name(struct draft *d, const struct arguments *g, const char *key)
{
	return say(d, "`%s` of %s", key, g->where);
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
read_nothing(struct draft *d, struct arguments *g)
{
	(void)d;
	(void)g;
	return true;
}

/* Which arguments each transform has, and who reads them. */
static const struct {
	const char *keys[5];
	argument_reader *read;
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

static const char *const common_keys[COMMON_KEYS + 1] = {
	"path", "as", "for", "on", "do", "why", "ticket", "required", NULL};

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

static const char *const later_keys[] = {"k", "fairness", NULL};

/* Keys of the field that its transform does not know. */
static void
check_arguments(
	struct draft *d, const struct arguments *g, enum transform_kind kind)
{
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
	check_keys(d, &rest, g->where, names, later_keys);
}

/* The same where the transform is unknown: keys that none has. */
static void
check_any_arguments(
	struct draft *d, const struct yaml_node *map, const char *where)
{
	struct yaml_node rest = *map;

	rest.entries = take(d, map->count, sizeof(*rest.entries));
	rest.count = 0;
	for (size_t i = 0; i < map->count; i++)
		if (!is_argument(map->entries[i].key->text))
			rest.entries[rest.count++] = map->entries[i];
	check_keys(d, &rest, where, common_keys, later_keys);
}

static bool
read_path(struct draft *d, const struct arguments *g, enum transform_kind kind,
	struct policy_field *out)
{
	const struct yaml_node *n = yaml_get(g->map, "path");

	if (!n && transform_path(kind) == 1)
		return argument(d, g, "path", "path: where the value stands");
	if (n && transform_path(kind) == 0) {
		mistake(d, key_node(g->map, "path"),
			say(d, "it gives %s", transform_text(kind)),
			"no `path`", "%s: `do: %s` takes no `path`", g->where,
			g->name);
		return false;
	}
	if (n)
		out->at = places_read(
			d, n, argument_name(d, g, "path"), PLACE_EACH);
	return !n || out->at;
}

static bool
find_transform(struct draft *d, const struct yaml_node *map, const char *where,
	enum transform_kind *out)
{
	const char *names[TRANSFORM_COUNT_ + 1] = {NULL};
	const struct yaml_node *n = yaml_get(map, "do");
	size_t at;

	*out = n && n->kind == YAML_SCALAR ? transform_find(n->text)
					   : TRANSFORM_COUNT_;
	if (*out != TRANSFORM_COUNT_)
		return true;
	check_any_arguments(d, map, where);
	for (size_t i = 0; i < TRANSFORM_COUNT_; i++)
		names[i] = transform_name((enum transform_kind)i);
	n = need(d, map, where, "do",
		say(d, "do: one of %s", join_names(d, names)));
	/* It is none of them: this tells so. */
	return n && read_choice(d, n, say(d, "`do` of %s", where), names, &at);
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
