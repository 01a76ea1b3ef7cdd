#include "policy/parse/parse.h"

#include "crypto/token.h"
#include "policy/parse/place.h"
#include "policy/parse/schema.h"
#include "text/ident.h"

/* A prefix is [a-z]{1,16}, one class's alone. */
static void
read_prefix(struct draft *d, const struct yaml_node *n, const char *where,
	size_t class)
{
	struct policy_class *c = &d->classes[class];
	size_t i;

	if (!is_text(d, n, say(d, "`prefix` of %s", where)))
		return;
	for (i = 0; i < n->text.len && i <= TOKEN_PREFIX_MAX; i++)
		if (n->text.ptr[i] < 'a' || n->text.ptr[i] > 'z')
			break;
	if (i < n->text.len || i > TOKEN_PREFIX_MAX) {
		mistake(d, n, "a number follows it in the token",
			"1 to 16 of a-z", "`%.*s` is no prefix of tokens",
			SHOW(n->text));
		return;
	}
	c->prefix = n->text;
	if (slice_is(n->text, EVENT_ID_PREFIX))
		mistake(d, n, "tokens of event ids begin with it",
			"another prefix", "the prefix `%s` is reserved",
			EVENT_ID_PREFIX);
	for (i = 0; i < class; i++)
		if (slice_equal(d->classes[i].prefix, n->text))
			mistake(d, n,
				"a reader could not tell their tokens apart",
				"another prefix",
				"the classes `%s` and `%s` have the same "
				"prefix",
				d->classes[i].name, c->name);
}

/* One path of `from`, for one input or (map == NULL) for all. */
static void
add_from(struct draft *d, const struct yaml_node *n, struct policy_class *c,
	struct place **from, size_t *counts, size_t input)
{
	struct place *places;
	size_t count = d->p->input_count;

	if (input != SIZE_MAX) {
		if (place_read(d, n, UINT64_C(1) << input, PLACE_ONE,
			    &from[input][counts[input]]))
			counts[input]++;
		return;
	}
	c->by_input = c->by_input || n->kind == YAML_MAP;
	places = places_read(d, n, "an item of `from`", PLACE_ONE);
	for (size_t i = 0; places && i < count; i++)
		if (places[i].is)
			from[i][counts[i]++] = places[i];
}

static void
read_from(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_class *c)
{
	const char *what = say(d, "`from` of %s", where);
	size_t inputs = d->p->input_count, input;
	size_t *counts = take(d, inputs, sizeof(*counts));
	struct place **from = take(d, inputs, sizeof(*from));
	size_t most = n->kind == YAML_LIST ? n->count : 0;

	for (size_t i = 0; n->kind == YAML_MAP && i < n->count; i++)
		if (n->entries[i].value->count > most)
			most = n->entries[i].value->count;
	for (size_t i = 0; i < inputs; i++)
		from[i] = take(d, most, sizeof(**from));
	c->from = from;
	c->from_count = counts;
	c->by_input = n->kind == YAML_MAP;
	if (!c->by_input) {
		if (is_list(d, n, what))
			for (size_t i = 0; i < n->count; i++)
				add_from(d, n->items[i], c, from, counts,
					SIZE_MAX);
		return;
	}
	for (size_t i = 0; i < n->count; i++) {
		const struct yaml_entry *e = &n->entries[i];

		if (read_reference(
			    d, e->key, "input", d->input_names, &input) &&
			is_list(d, e->value, what))
			for (size_t k = 0; k < e->value->count; k++)
				add_from(d, e->value->items[k], c, from, counts,
					input);
	}
}

static void
read_normalise(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_class *c)
{
	static const char *const names[] = {"lower", NULL};
	const char *what = say(d, "`normalise` of %s", where);
	size_t at;

	if (!is_list(d, n, what))
		return;
	for (size_t i = 0; i < n->count; i++)
		if (read_choice(d, n->items[i], what, names, &at))
			c->lower = true;
}

static void
read_ignore(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_class *c)
{
	const char *what = say(d, "`ignore` of %s", where);
	struct slice *ignore;

	if (!is_list(d, n, what))
		return;
	ignore = take(d, n->count, sizeof(*ignore));
	c->ignore = ignore;
	for (size_t i = 0; i < n->count; i++) {
		const struct yaml_node *item = n->items[i];
		struct slice *form = &ignore[c->ignore_count];

		if (!is_scalar(d, item, what))
			continue;
		switch (ident_normalise(item->text, c->lower, d->a, form)) {
		case IDENT_OK: c->ignore_count++; break;
		case IDENT_BLANK:
			mistake(d, item, "a blank identifier is never one",
				NULL, "a blank item in %s", what);
			break;
		case IDENT_INVALID:
			mistake(d, item, NULL, NULL,
				"`%.*s` could never be an identifier",
				SHOW(item->text));
			break;
		}
	}
}

/* How long a key of the class's tokens lasts. */
static void
read_lifetime(struct draft *d, const struct yaml_node *n, const char *where,
	struct policy_class *c)
{
	const char *what = say(d, "`lifetime` of %s", where);

	if (read_duration(d, n, what, TOKEN_LIFETIME_MIN_MS, &c->lifetime_ms))
		d->p->has_lifetimes = true;
	else
		c->lifetime_ms = 0;
}

static void
read_class(struct draft *d, size_t class)
{
	static const char *const keys[] = {"prefix", "from", "within",
		"normalise", "ignore", "lifetime", NULL};
	const struct yaml_node *map = d->class_nodes[class], *n;
	struct policy_class *c = &d->classes[class];
	const char *where = say(d, "class `%s`", c->name);

	if (!is_map(d, map, where))
		return;
	c->line = map->line;
	check_keys(d, map, where, keys, NULL);
	n = need(d, map, where, "prefix", "prefix: a few letters, such as u");
	if (n)
		read_prefix(d, n, where, class);
	n = need(d, map, where, "from", "from: [$.userId]");
	if (n)
		read_from(d, n, where, c);
	n = yaml_get(map, "normalise");
	if (n)
		read_normalise(d, n, where, c);
	n = yaml_get(map, "ignore");
	if (n)
		read_ignore(d, n, where, c);
	n = yaml_get(map, "lifetime");
	if (n)
		read_lifetime(d, n, where, c);
	n = yaml_get(map, "within");
	if (n && !read_reference(d, n, "class", d->class_names, &c->within))
		c->within = SIZE_MAX;
}

static void
check_within(struct draft *d, size_t class)
{
	const struct policy_class *c = &d->classes[class];
	const struct yaml_node *n = yaml_get(d->class_nodes[class], "within");

	if (c->within == SIZE_MAX)
		return;
	if (c->within == class)
		mistake(d, n, NULL, "the class that tells its owner",
			"class `%s` is within itself", c->name);
	else if (d->classes[c->within].within != SIZE_MAX)
		mistake(d, n, "a token is of one identifier within one other",
			"a class that is within no other",
			"class `%s` is within `%s`, which is itself within "
			"another",
			c->name, d->classes[c->within].name);
}

void
parse_identifiers(struct draft *d, const struct yaml_node *root)
{
	struct lethe_policy *p = d->p;
	const struct yaml_node *map = yaml_get(root, "identifiers");

	if (!map && is_misspelt(d, root, "identifiers"))
		return;
	if (!map) {
		d->class_names = take(d, 1, sizeof(*d->class_names));
		return;
	}
	if (!is_map(d, map, "`identifiers`"))
		return;
	d->class_names = declare(
		d, map, "class", CLASSES_MAX, &d->class_nodes, &p->class_count);
	d->classes = take(d, p->class_count, sizeof(*d->classes));
	p->classes = d->classes;
	for (size_t i = 0; i < p->class_count; i++) {
		d->classes[i].name = d->class_names[i];
		d->classes[i].within = SIZE_MAX;
		if (!strcmp(d->class_names[i], EVENT_ID_CLASS))
			mistake(d, map->entries[i].key,
				"tokens of event ids are of that class",
				"another name",
				"the class name `%s` is reserved",
				EVENT_ID_CLASS);
		if (!strcmp(d->class_names[i], LEDGER_CLASS))
			mistake(d, map->entries[i].key,
				"records of the consent ledger that are about "
				"nobody, its heartbeats, are of that class",
				"another name",
				"the class name `%s` is reserved",
				LEDGER_CLASS);
	}
	for (size_t i = 0; i < p->class_count; i++)
		read_class(d, i);
	for (size_t i = 0; i < p->class_count; i++)
		check_within(d, i);
}
