#include "policy/parse/parse.h"

#include "base/error.h"
#include "policy/parse/place.h"
#include "policy/parse/schema.h"

/* Keys that only sources of later formats have. */
static const char *const later_keys[] = {"min_age", "clock_skew",
	"jurisdictions", "vendors", "cmp", "sections", NULL};

/* What to write: every format that there is. */
static const char *const *
format_names(struct draft *d)
{
	const char **names = take(d, SIGNAL_COUNT + 1, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signal_of((enum signal_format)i))
			names[count++] = signal_name((enum signal_format)i);
	return names;
}

static const char *
say_formats(struct draft *d)
{
	return say(d, "format: one of %s", join_names(d, format_names(d)));
}

static const struct signal *
read_format(struct draft *d, const struct yaml_node *n, const char *where)
{
	enum signal_format format;
	size_t at;

	if (!is_text(d, n, say(d, "`format` of %s", where)))
		return NULL;
	format = signal_find(n->text);
	if (format != SIGNAL_COUNT && signal_of(format))
		return signal_of(format);
	if (format != SIGNAL_COUNT) {
		refuse_later(d, n, say_formats(d), "the consent format `%s`",
			signal_name(format));
		return NULL;
	}
	if (read_choice(d, n, say(d, "`format` of %s", where), format_names(d),
		    &at))
		return NULL;
	return NULL;
}

/* A preset says itself what is yes, and what yes does. */
static bool
is_of_preset(struct draft *d, const struct yaml_node *map, const char *key,
	const struct policy_source *s)
{
	if (!yaml_get(map, "preset"))
		return false;
	if (yaml_get(map, key))
		mistake(d, key_node(map, key), "the preset says it already",
			"a preset alone, or a flag without one",
			"source `%s` has a preset and `%s`", s->name, key);
	return true;
}

static void
read_yes(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const char *what = say(d, "`yes` of %s", where);
	const struct yaml_node *list;
	struct value *yes;

	if (is_of_preset(d, map, "yes", s))
		return;
	list = need(d, map, where, "yes", "yes: [true]");
	if (!list || !is_list(d, list, what))
		return;
	yes = take(d, list->count, sizeof(*yes));
	s->rule.yes = yes;
	for (size_t i = 0; i < list->count; i++)
		if (read_value(
			    d, list->items[i], what, &yes[s->rule.yes_count]))
			s->rule.yes_count++;
}

static void
read_effect(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	static const char *const effects[] = {"consent", "objection", NULL};
	const struct yaml_node *n = yaml_get(map, "effect");
	size_t at;

	if (!is_of_preset(d, map, "effect", s) && n &&
		read_choice(
			d, n, say(d, "`effect` of %s", where), effects, &at))
		s->rule.objection = at == 1;
}

static void
read_preset(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const struct yaml_node *n = yaml_get(map, "preset");
	const char **names = take(d, preset_count + 1, sizeof(*names));
	size_t at;

	for (size_t i = 0; i < preset_count; i++)
		names[i] = presets[i].name;
	if (!n ||
		!read_choice(d, n, say(d, "`preset` of %s", where), names, &at))
		return;
	s->rule.preset = &presets[at];
	s->rule.objection = presets[at].objection;
}

static void
read_remember(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const struct yaml_node *n = yaml_get(map, "remember");

	if (!n ||
		!read_bool(d, n, say(d, "`remember` of %s", where),
			&s->remember) ||
		!s->remember || s->rule.objection || s->signal->opted_out)
		return;
	s->remember = false;
	mistake(d, n, "a yes, or its absence, is read anew from each event",
		"effect: objection, or no `remember`",
		"%s has `remember` and is no objection", where);
}

/* The keys that formats take besides `format` and `path`; a preset first,
   which rules over the others. */
static const struct source_key {
	enum signal_key bit;
	const char *name;
	source_key_read *read;
} source_keys[] = {
	{SIGNAL_KEY_PRESET, "preset", read_preset},
	{SIGNAL_KEY_YES, "yes", read_yes},
	{SIGNAL_KEY_EFFECT, "effect", read_effect},
	{SIGNAL_KEY_WHEN, "when", read_when},
	{SIGNAL_KEY_SID, "sid", read_sid},
	{SIGNAL_KEY_ACT_AS, "act_as", read_act_as},
	{SIGNAL_KEY_MAX_AGE, "max_age", read_max_age},
	{SIGNAL_KEY_MIN_POLICY, "min_policy", read_min_policy},
	{SIGNAL_KEY_REMEMBER, "remember", read_remember},
};

#define SOURCE_KEYS (sizeof(source_keys) / sizeof(source_keys[0]))

static void
read_keys(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const char *names[SOURCE_KEYS + 4] = {"format", "path"};
	size_t count = 2;

	if (s->signal->keys & SIGNAL_KEY_URL)
		names[count++] = "url";

	for (size_t i = 0; i < SOURCE_KEYS; i++)
		if (s->signal->keys & source_keys[i].bit)
			names[count++] = source_keys[i].name;
	check_keys(d, map, where, names, later_keys);
	for (size_t i = 0; i < SOURCE_KEYS; i++)
		if (s->signal->keys & source_keys[i].bit)
			source_keys[i].read(d, map, where, s);
}

static void
check_one_shape(struct draft *d, const struct yaml_node *path,
	const struct policy_source *s)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		if (s->at[i].is &&
			(s->at[i].container != SLOT_NONE) != s->rule.each) {
			mistake(d, path, "the two are read by different rules",
				"[*] in each of the paths, or in none",
				"source `%s` has [*] for some inputs only",
				s->name);
			return;
		}
}

/* What is read below a path still has to be a path. */
static void
check_room(struct draft *d, const struct yaml_node *n,
	const struct policy_source *s)
{
	if (!s->signal->below && !s->signal->member_count && !s->rule.preset)
		return;
	for (size_t i = 0; i < d->p->input_count; i++) {
		const struct place *at = &s->at[i];

		if (!at->is || at->root != PATH_VALUE ||
			place_path(d, at)->count + 2 <= PATH_STEPS_MAX)
			continue;
		mistake(d, n, "its members are read too",
			say(d, "at most %d steps", PATH_STEPS_MAX - 2),
			"the path of source `%s` has too many steps", s->name);
		return;
	}
}

/* The places of the members that are read below the path, a row an input. */
static void
read_members(struct draft *d, struct policy_source *s,
	const struct signal_member *members, size_t count)
{
	struct place **rows = take(d, d->p->input_count, sizeof(*rows));

	bug_if(count > SIGNAL_MEMBERS_MAX);
	s->members = (const struct place *const *)rows;
	s->member_count = count;
	for (size_t i = 0; i < d->p->input_count; i++) {
		rows[i] = take(d, count, sizeof(**rows));
		for (size_t k = 0; k < count && s->at[i].is; k++)
			rows[i][k] = place_below(d, &s->at[i],
				slice_of(members[k].key), members[k].each);
	}
}

static void
read_preset_member(struct draft *d, struct policy_source *s)
{
	const struct signal_member member = {.key = s->rule.preset->member};

	read_members(d, s, &member, 1);
}

/* `path`, or `url` where the format may be read out of one. */
static const struct yaml_node *
find_path(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const struct yaml_node *url =
		s->signal->keys & SIGNAL_KEY_URL ? yaml_get(map, "url") : NULL;
	const char *const others[] = {"path", "when"};

	s->rule.url = url != NULL;
	if (!url)
		return need(
			d, map, where, "path", "path: where the signal stands");
	for (size_t i = 0; i < 2; i++)
		if (yaml_get(map, others[i]))
			mistake(d, key_node(map, others[i]),
				"a URL says both itself, by `gdpr_consent` and "
				"`gdpr`",
				"url alone, or path and when",
				"source `%s` has `url` and `%s`", s->name,
				others[i]);
	return url;
}

static void
read_path(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	static const unsigned may[] = {
		[SIGNAL_AT_VALUE] = PLACE_ONE,
		[SIGNAL_AT_EACH] = PLACE_EACH,
		[SIGNAL_AT_OBJECT] = PLACE_VALUE,
		[SIGNAL_AT_TOPIC] = PLACE_ONE,
	};
	const struct yaml_node *n = find_path(d, map, where, s);

	if (n)
		s->at = places_read(d, n,
			say(d, "`%s` of %s", s->rule.url ? "url" : "path",
				where),
			s->rule.preset ? PLACE_VALUE : may[s->signal->at]);
	if (!s->at) {
		s->at = take(d, d->p->input_count, sizeof(*s->at));
		return;
	}
	for (size_t i = 0; i < d->p->input_count; i++)
		s->rule.each |= s->at[i].is && s->at[i].container != SLOT_NONE;
	check_one_shape(d, n, s);
	if (s->rule.preset)
		read_preset_member(d, s);
	else if (s->signal->member_count)
		read_members(d, s, s->signal->members, s->signal->member_count);
	check_room(d, n, s);
}

static void
read_source(struct draft *d, const struct yaml_node *map, size_t source)
{
	struct policy_source *s = &d->sources[source];
	const char *where = say(d, "source `%s`", s->name);
	const struct yaml_node *n;

	s->line = map->line;
	n = is_map(d, map, where)
		    ? need(d, map, where, "format", say_formats(d))
		    : NULL;
	s->signal = n ? read_format(d, n, where) : NULL;
	/* Of a format that is unknown, nothing else can be judged. */
	if (!s->signal) {
		d->later_sources |= UINT64_C(1) << source;
		return;
	}
	if (s->signal->at == SIGNAL_AT_TOPIC) {
		parse_ledger(d, map, where, source);
		return;
	}
	s->rule.objection = s->signal->objects;
	read_keys(d, map, where, s);
	read_path(d, map, where, s);
}

#define CLOCK_SKEW_MS (INT64_C(5) * 60 * 1000)
#define CLOCK_SKEW_MOST_MS (INT64_C(60) * 60 * 1000)

static void
read_clock_skew(struct draft *d, const struct yaml_node *map)
{
	const struct yaml_node *n = yaml_get(map, "clock_skew");
	int64_t ms;

	if (!n || !read_duration(d, n, "`clock_skew` of `consent`", 0, &ms))
		return;
	if (ms > CLOCK_SKEW_MOST_MS)
		mistake(d, n,
			"a grant would count for what happened so long before "
			"it",
			"1h, or less",
			"`clock_skew` of `consent` is longer than an hour");
	else
		d->p->clock_skew_ms = ms;
}

void
parse_consent(struct draft *d, const struct yaml_node *root)
{
	static const char *const keys[] = {"clock_skew", "sources", NULL};
	struct lethe_policy *p = d->p;
	const struct yaml_node *map = yaml_get(root, "consent"), *n;
	const struct yaml_node **nodes;

	p->clock_skew_ms = CLOCK_SKEW_MS;
	if (!map && is_misspelt(d, root, "consent"))
		return;
	if (!map) {
		d->source_names = take(d, 1, sizeof(*d->source_names));
		return;
	}
	if (!is_map(d, map, "`consent`"))
		return;
	check_keys(d, map, "`consent`", keys, NULL);
	read_clock_skew(d, map);
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
