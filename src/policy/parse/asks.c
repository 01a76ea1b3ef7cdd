#include "policy/parse/parse.h"

#include "policy/parse/place.h"
#include "policy/parse/schema.h"

/* Room for the places of the members asked, a row an input. */
static struct place **
take_members(struct draft *d, size_t count, struct policy_ask *ask)
{
	struct place **rows = take(d, d->p->input_count, sizeof(*rows));

	for (size_t i = 0; i < d->p->input_count; i++)
		rows[i] = take(d, count, sizeof(**rows));
	ask->members = (const struct place *const *)rows;
	return rows;
}

static void
add_member(struct draft *d, const struct policy_source *s,
	struct place **members, size_t k, struct slice name)
{
	for (size_t i = 0; i < d->p->input_count; i++)
		if (s->at && s->at[i].is && s->at[i].root == PATH_VALUE)
			members[i][k] = place_below(d, &s->at[i], name, false);
}

static bool
read_purpose(struct draft *d, const struct yaml_node *n, const char *what,
	struct signal_ask *ask)
{
	int64_t number;

	if (!read_int(d, n, what, 1, TCF_PURPOSES_NAMED, &number))
		return false;
	if (ask->interest && TCF_BIT(number) & TCF_CONSENT_ALONE) {
		mistake(d, n,
			"TCF leaves purposes 1 and 3 to 6 to consent alone",
			"basis: consent",
			"TCF purpose %lld cannot rest on legitimate interests",
			(long long)number);
		return false;
	}
	ask->purposes |= TCF_BIT(number);
	return true;
}

/* Reads one thing that is asked; false after a mistake. */
static bool
read_thing(struct draft *d, const struct yaml_node *n, const char *what,
	const struct policy_source *s, struct signal_ask *ask, size_t *number)
{
	*number = 0;
	if (s->signal->asks == SIGNAL_ASKS_NAMES)
		return read_choice(d, n, what, s->signal->names, number);
	if (s->signal->asks == SIGNAL_ASKS_PURPOSES)
		return read_purpose(d, n, what, ask);
	return is_text(d, n, what);
}

/* One thing that is asked, or a list of them. */
static void
read_things(struct draft *d, const struct yaml_node *n,
	const struct policy_source *s, struct policy_ask *ask)
{
	const char *what = say(d, "what is asked of `%s`", s->name);
	size_t count = n->kind == YAML_LIST ? n->count : 1;
	size_t *numbers = take(d, count, sizeof(*numbers));
	struct slice *texts = take(d, count, sizeof(*texts));
	struct place **members = NULL;

	ask->ask.numbers = numbers;
	ask->ask.texts = texts;
	if (s->signal->below)
		members = take_members(d, count, ask);
	if (n->kind == YAML_LIST && !is_list(d, n, what))
		return;
	for (size_t k = 0; k < count; k++) {
		const struct yaml_node *item =
			n->kind == YAML_LIST ? n->items[k] : n;

		if (!read_thing(d, item, what, s, &ask->ask, &numbers[k]))
			return;
		texts[k] = slice_make(take_text(d, item->text), item->text.len);
		if (members)
			add_member(d, s, members, k, texts[k]);
		ask->ask.count++;
	}
}

static void
read_yes(struct draft *d, const struct yaml_node *n, const char *where,
	const struct policy_source *s)
{
	if (n->kind != YAML_SCALAR || !slice_is(n->text, "yes"))
		mistake(d, n, "there is nothing else to ask of its format",
			say(d, "%s: yes", s->name),
			"%s asks `%s` for something else than `yes`", where,
			s->name);
}

/* False when there is no such source. */
static bool
read_ask(struct draft *d, const struct yaml_entry *e, const char *where,
	struct policy_purpose *p, struct policy_ask *asks)
{
	const struct policy_source *s;
	struct policy_ask *ask = &asks[p->ask_count];
	size_t source;

	if (!read_reference(d, e->key, "source", d->source_names, &source))
		return false;
	s = &d->sources[source];
	p->rule.asked |= UINT64_C(1) << source;
	if (d->later_sources >> source & 1)
		return true;
	if (s->rule.objection) {
		mistake(d, e->key,
			"an objection source stops every purpose that does "
			"not ignore it",
			"nothing here; `ignores: { source: why }` to ignore it",
			"%s asks `%s`, which is an objection source", where,
			s->name);
		return true;
	}
	ask->source = source;
	ask->ask.interest = p->rule.basis == BASIS_LEGITIMATE_INTERESTS;
	p->ask_count++;
	if (s->signal->asks == SIGNAL_ASKS_YES)
		read_yes(d, e->value, where, s);
	else
		read_things(d, e->value, s, ask);
	return true;
}

/* Whether all that it asks is known, so that what it lacks can be told. */
static bool
read_asks(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_purpose *p)
{
	struct policy_ask *asks;
	bool known = true;

	if (!is_map(d, map, say(d, "`asks` of %s", where)))
		return false;
	asks = take(d, map->count, sizeof(*asks));
	p->asks = asks;
	for (size_t i = 0; i < map->count; i++)
		known &= read_ask(d, &map->entries[i], where, p, asks);
	return known;
}

/* A yes that can never come would be waited for without end. */
static void
check_can_grant(struct draft *d, const struct yaml_node *n, size_t source,
	const char *where)
{
	const struct signal *signal = d->sources[source].signal;

	if (signal && signal->never_grants)
		mistake(d, n, "its format can refuse and never says yes",
			"a source that can say yes; what is asked of this one "
			"still stops",
			"%s waits for a yes of `%s`", where,
			d->source_names[source]);
}

static void
read_decides(struct draft *d, const struct yaml_node *consent,
	const char *where, bool known, struct policy_purpose *p)
{
	const struct yaml_node *n =
		need(d, consent, say(d, "`consent` of %s", where), "decides",
			"decides: the one source whose yes counts");

	if (!n ||
		!read_reference(
			d, n, "source", d->source_names, &p->rule.decides) ||
		!known)
		return;
	check_can_grant(d, n, p->rule.decides, where);
	if (!(p->rule.asked >> p->rule.decides & 1))
		mistake(d, n, "what it is asked decides",
			say(d, "asks: { %s: what must be agreed to }",
				d->source_names[p->rule.decides]),
			"%s lets `%s` decide and does not ask it", where,
			d->source_names[p->rule.decides]);
}

/* One yes that stands there twice would pass for two. */
static void
check_once(struct draft *d, const struct yaml_node *n, size_t source,
	const char *where, const struct policy_purpose *p)
{
	if (p->rule.also >> source & 1)
		mistake(d, n, NULL, NULL, "`%s` stands twice in `also` of %s",
			d->source_names[source], where);
	else if (p->rule.decides == source)
		mistake(d, n, "its yes is waited for already",
			"a second source, or no `also`",
			"%s lets `%s` decide, and has it in `also`", where,
			d->source_names[source]);
}

static void
read_also(struct draft *d, const struct yaml_node *n, const char *where,
	bool known, struct policy_purpose *p)
{
	size_t source;

	if (!is_list(d, n, say(d, "`also` of %s", where)))
		return;
	for (size_t i = 0; i < n->count; i++) {
		if (!read_reference(
			    d, n->items[i], "source", d->source_names, &source))
			continue;
		if (known)
			check_can_grant(d, n->items[i], source, where);
		if (known && !(p->rule.asked >> source & 1))
			mistake(d, n->items[i],
				"what it is asked must be granted",
				say(d, "asks: { %s: what must be agreed to }",
					d->source_names[source]),
				"%s has `%s` in `also` and does not ask it",
				where, d->source_names[source]);
		check_once(d, n->items[i], source, where, p);
		p->rule.also |= UINT64_C(1) << source;
	}
}

/* The `consent` of a purpose whose basis is consent. */
static void
read_consent(struct draft *d, const struct yaml_node *purpose,
	const char *where, struct policy_purpose *p)
{
	static const char *const keys[] = {"decides", "also", "asks", NULL};
	static const char *const later[] = {
		"clock_skew", "on_withdrawal", NULL};
	const char *what = say(d, "`consent` of %s", where);
	const struct yaml_node *n,
		*map = need(d, purpose, where, "consent",
			"consent: { decides: banner, asks: { banner: ... } }");
	bool known;

	if (!map || !is_map(d, map, what))
		return;
	check_keys(d, map, what, keys, later);
	n = need(d, map, what, "asks",
		"asks: { source: what must be agreed to }");
	if (!n)
		return;
	known = read_asks(d, n, where, p);
	read_decides(d, map, where, known, p);
	n = yaml_get(map, "also");
	if (n)
		read_also(d, n, where, known, p);
}

/* Legitimate interests may ask, so that a no is heard; nobody decides. */
static void
read_interests(struct draft *d, const struct yaml_node *purpose,
	const char *where, struct policy_purpose *p)
{
	static const char *const keys[] = {"asks", "decides", "also", NULL};
	const struct yaml_node *map = yaml_get(purpose, "consent"), *n;
	const char *what = say(d, "`consent` of %s", where);

	if (!map || !is_map(d, map, what))
		return;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = map->entries[i].key;

		if (slice_is(key->text, "decides") ||
			slice_is(key->text, "also"))
			mistake(d, key,
				"legitimate interests wait for no yes; a no "
				"stops them",
				"`asks` alone, or basis: consent",
				"`%.*s` does not belong to the basis "
				"`legitimate_interests`",
				SHOW(key->text));
	}
	check_keys(d, map, what, keys, NULL);
	n = yaml_get(map, "asks");
	if (n && !read_asks(d, n, where, p))
		p->rule.asked |= 1; /* told already: it asks something */
}

static void
read_ignores(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_purpose *p)
{
	size_t source;

	if (!is_map(d, map, say(d, "`ignores` of %s", where)))
		return;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_entry *e = &map->entries[i];

		if (is_rest_of_text(map, i) ||
			!read_reference(
				d, e->key, "source", d->source_names, &source))
			continue;
		if (!d->sources[source].rule.objection &&
			!(d->later_sources >> source & 1))
			mistake(d, e->key, "only an objection can be ignored",
				NULL, "source `%s` is no objection source",
				d->source_names[source]);
		p->rule.objections &= ~(UINT64_C(1) << source);
		p->rule.ignored |= UINT64_C(1) << source;
		if (!is_text(d, e->value,
			    say(d, "the reason why %s ignores `%s`", where,
				    d->source_names[source])))
			continue;
	}
}

/* Nobody's yes or no changes a contract's or a law's purpose. */
static void
refuse_signals(
	struct draft *d, const struct yaml_node *purpose, const char *where)
{
	static const char *const keys[] = {"consent", "ignores"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (yaml_get(purpose, keys[i]))
			mistake(d, key_node(purpose, keys[i]),
				"no signal is looked at for this basis", NULL,
				"%s has `%s`, which its basis does not know",
				where, keys[i]);
}

void
parse_asks(struct draft *d, const struct yaml_node *purpose, const char *where,
	struct policy_purpose *p)
{
	const struct yaml_node *n = yaml_get(purpose, "ignores");

	if (p->rule.basis == BASIS_CONTRACT ||
		p->rule.basis == BASIS_LEGAL_OBLIGATION) {
		refuse_signals(d, purpose, where);
		return;
	}
	for (size_t i = 0; i < d->p->source_count; i++)
		if (d->sources[i].rule.objection)
			p->rule.objections |= UINT64_C(1) << i;
	if (n)
		read_ignores(d, n, where, p);
	if (p->rule.basis == BASIS_CONSENT) {
		read_consent(d, purpose, where, p);
		return;
	}
	read_interests(d, purpose, where, p);
	if (!p->rule.objections && !p->rule.asked && d->source_names &&
		!d->later_sources)
		mistake(d, owner(purpose), "a person must be able to object",
			"an objection source, such as `gpc: { format: gpc, "
			"path: ... }`, under consent.sources",
			"%s has the basis `legitimate_interests` and nothing "
			"could stop it",
			where);
}
