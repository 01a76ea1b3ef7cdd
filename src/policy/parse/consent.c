#include "policy/parse/parse.h"

#include "policy/parse/place.h"
#include "policy/parse/schema.h"

/* Keys that only sources of later formats have. */
static const char *const later_keys[] = {"when", "act_as", "min_policy",
	"classes", "max_lag", "remember", "min_age", "max_age", "topic",
	"clock_skew", "jurisdictions", "vendors", "cmp", "sections", NULL};

static bool
read_format(struct draft *d, const struct yaml_node *n, const char *where,
	enum signal_format *out)
{
	const char *names[SIGNAL_COUNT + 1] = {NULL};
	size_t at, count = 0;

	if (!is_text(d, n, say(d, "`format` of %s", where)))
		return false;
	*out = signal_find(n->text);
	if (*out != SIGNAL_COUNT && signal_supported(*out))
		return true;
	if (*out != SIGNAL_COUNT) {
		refuse_later(d, n, "format: segment, gpc or flag",
			"the consent format `%s`", signal_name(*out));
		return false;
	}
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signal_supported((enum signal_format)i))
			names[count++] = signal_name((enum signal_format)i);
	if (read_choice(d, n, say(d, "`format` of %s", where), names, &at))
		return false;
	return false;
}

static bool
has_each(const struct draft *d, const struct place *at)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		if (at[i].is && at[i].container != SLOT_NONE)
			return true;
	return false;
}

static void
read_flag_rule(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	static const char *const effects[] = {"consent", "objection", NULL};
	const struct yaml_node *n = yaml_get(map, "effect"), *list;
	const char *what = say(d, "`yes` of %s", where);
	struct value *yes;
	size_t at;

	if (n && read_choice(
			 d, n, say(d, "`effect` of %s", where), effects, &at))
		s->flag.objection = s->objection = at == 1;
	list = need(d, map, where, "yes", "yes: [true]");
	if (!list || !is_list(d, list, what))
		return;
	yes = take(d, list->count, sizeof(*yes));
	s->flag.yes = yes;
	for (size_t i = 0; i < list->count; i++)
		if (read_value(
			    d, list->items[i], what, &yes[s->flag.yes_count]))
			s->flag.yes_count++;
	s->flag.each = s->at && has_each(d, s->at);
}

static void
check_one_shape(struct draft *d, const struct yaml_node *path,
	const struct policy_source *s)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		if (s->at[i].is &&
			(s->at[i].container != SLOT_NONE) != s->flag.each) {
			mistake(d, path, "the two are read by different rules",
				"[*] in each of the paths, or in none",
				"source `%s` has [*] for some inputs only",
				s->name);
			return;
		}
}

static void
read_source(struct draft *d, const struct yaml_node *map, size_t source)
{
	static const char *const keys[] = {"format", "path", NULL};
	static const char *const flag_keys[] = {
		"format", "path", "yes", "effect", NULL};
	struct policy_source *s = &d->sources[source];
	const char *where = say(d, "source `%s`", s->name);
	const struct yaml_node *n;
	unsigned may = PLACE_ONE;

	if (!is_map(d, map, where))
		return;
	s->line = map->line;
	n = need(d, map, where, "format", "format: segment, gpc or flag");
	/* Of a format that is unknown, nothing else can be judged. */
	if (!n || !read_format(d, n, where, &s->format)) {
		d->later_sources |= UINT64_C(1) << source;
		return;
	}
	check_keys(d, map, where, s->format == SIGNAL_FLAG ? flag_keys : keys,
		later_keys);
	s->objection = signal_objects(s->format);
	if (s->format == SIGNAL_SEGMENT)
		may = PLACE_VALUE;
	if (s->format == SIGNAL_FLAG)
		may = PLACE_EACH;
	n = need(d, map, where, "path", "path: where the signal stands");
	s->at = n ? places_read(d, n, say(d, "`path` of %s", where), may)
		  : NULL;
	if (s->format == SIGNAL_FLAG)
		read_flag_rule(d, map, where, s);
	if (s->at && n)
		check_one_shape(d, n, s);
	if (!s->at)
		s->at = take(d, d->p->input_count, sizeof(*s->at));
}

void
parse_consent(struct draft *d, const struct yaml_node *root)
{
	static const char *const keys[] = {"sources", NULL};
	static const char *const later[] = {"clock_skew", NULL};
	struct lethe_policy *p = d->p;
	const struct yaml_node *map = yaml_get(root, "consent"), *n;
	const struct yaml_node **nodes;

	if (!map && is_misspelt(d, root, "consent"))
		return;
	if (!map) {
		d->source_names = take(d, 1, sizeof(*d->source_names));
		return;
	}
	if (!is_map(d, map, "`consent`"))
		return;
	check_keys(d, map, "`consent`", keys, later);
	n = need(d, map, "`consent`", "sources",
		"sources: { banner: { format: flag, path: $.consent, yes: "
		"[true] } }");
	if (!n || !is_map(d, n, "`sources`"))
		return;
	d->source_names =
		declare(d, n, "source", SOURCES_MAX, &nodes, &p->source_count);
	d->sources = take(d, p->source_count, sizeof(*d->sources));
	p->sources = d->sources;
	for (size_t i = 0; i < p->source_count; i++) {
		d->sources[i].name = d->source_names[i];
		read_source(d, nodes[i], i);
	}
}
