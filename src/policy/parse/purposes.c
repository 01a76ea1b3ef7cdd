#include "policy/parse/parse.h"

#include "policy/parse/schema.h"

#include "crypto/ring.h"

static const char *const basis_names[] = {
	[BASIS_CONSENT] = "consent",
	[BASIS_LEGITIMATE_INTERESTS] = "legitimate_interests",
	[BASIS_CONTRACT] = "contract",
	[BASIS_LEGAL_OBLIGATION] = "legal_obligation",
	NULL,
};

static bool
read_basis(struct draft *d, const struct yaml_node *map, const char *where,
	enum basis *out)
{
	const struct yaml_node *n = need(d, map, where, "basis",
		say(d, "basis: one of %s", join_names(d, basis_names)));
	size_t at;

	if (!n)
		return false;
	if (n->kind == YAML_SCALAR && slice_is(n->text, "opt_out")) {
		refuse_later(d, n, "basis: consent", "the basis `opt_out`");
		return false;
	}
	if (!read_choice(
		    d, n, say(d, "`basis` of %s", where), basis_names, &at))
		return false;
	*out = (enum basis)at;
	return true;
}

/* What each basis asks to be written down. */
static void
check_basis(struct draft *d, const struct yaml_node *map, const char *where,
	enum basis basis)
{
	const char *const name = basis_names[basis];

	if (basis == BASIS_LEGITIMATE_INTERESTS && !yaml_get(map, "assessment"))
		mistake(d, owner(map),
			"the interests must have been weighed, in writing",
			"assessment: the name or number of that paper",
			"%s has the basis `%s` and no `assessment`", where,
			name);
	if (basis != BASIS_CONTRACT && basis != BASIS_LEGAL_OBLIGATION)
		return;
	if (!yaml_get(map, "ticket"))
		mistake(d, owner(map),
			"no signal of the person stops this purpose",
			"ticket: where it was decided",
			"%s has the basis `%s` and no `ticket`", where, name);
	if (!yaml_get(map, "on"))
		mistake(d, owner(map),
			"it covers what the contract or the law names, no "
			"more",
			"on: [the events it is about]",
			"%s has the basis `%s` and no `on`", where, name);
}

bool
parse_on(struct draft *d, const struct yaml_node *map, const char *where,
	struct bits *on)
{
	const struct yaml_node *n = yaml_get(map, "on");
	bool unknown = false;
	size_t event;

	if (!n)
		return false;
	if (!is_list(d, n, say(d, "`on` of %s", where)))
		return true;
	for (size_t i = 0; i < n->count; i++) {
		if (!read_reference(d, n->items[i], "event",
			    d->no_events ? NULL : d->event_names, &event)) {
			unknown = true;
			continue;
		}
		if (bits_has(on, event))
			mistake(d, n->items[i], NULL, NULL,
				"`%s` stands twice in `on` of %s",
				d->event_names[event], where);
		bits_add(on, event);
	}
	/* It could be any of them: nobody is blamed for what it is not. */
	if (unknown)
		memset(on, 0xff, sizeof(*on));
	return true;
}

static void
read_identity(struct draft *d, const struct yaml_node *map, const char *where,
	size_t purpose)
{
	struct policy_purpose *p = &d->purposes[purpose];
	const struct yaml_node *n = need(d, map, where, "identity",
		"identity: [the classes to try], or identity: none");
	size_t *classes, class;

	if (!n)
		return;
	if (n->kind == YAML_SCALAR && slice_is(n->text, "none")) {
		d->no_identity |= UINT64_C(1) << purpose;
		return;
	}
	if (!is_list(d, n, say(d, "`identity` of %s", where)))
		return;
	classes = take(d, n->count, sizeof(*classes));
	p->identity = classes;
	for (size_t i = 0; i < n->count; i++) {
		if (!read_reference(
			    d, n->items[i], "class", d->class_names, &class))
			continue;
		for (size_t k = 0; k < p->identity_count; k++)
			if (classes[k] == class)
				mistake(d, n->items[i], NULL, NULL,
					"`%s` stands twice in `identity` of %s",
					d->class_names[class], where);
		classes[p->identity_count++] = class;
	}
}

/* `2027-01-01`, the start of that day in UTC, or an RFC 3339 time. */
static void
read_expires(struct draft *d, const struct yaml_node *n, const char *where,
	int64_t *out)
{
	const char *text;

	if (!is_scalar(d, n, say(d, "`expires` of %s", where)))
		return;
	text = say(d, "%.*s%s", SHOW(n->text),
		n->text.len == 10 ? "T00:00:00Z" : "");
	if (!time_parse_rfc3339(slice_of(text), out)) {
		*out = INT64_MAX;
		mistake(d, n, NULL, "2027-01-01, or 2027-01-01T00:00:00Z",
			"`expires` of %s is no date", where);
	} else if (*out <= d->now_ms) {
		warn(d, n, "its records are counted as `expired_purpose`",
			"a later date, once the purpose was looked at again",
			"%s has expired and gives no records", where);
	}
}

static void
check_number_list(
	struct draft *d, const struct yaml_node *n, const struct yaml_node *map)
{
	const struct yaml_node *basis = yaml_get(map, "basis");
	int64_t number;

	if (!is_list(d, n, "`means.tcf`"))
		return;
	for (size_t i = 0; i < n->count; i++)
		if (read_int(d, n->items[i], "a TCF purpose", 1,
			    TCF_PURPOSES_NAMED, &number) &&
			(number == 1 || (number >= 3 && number <= 6)) &&
			basis && basis->kind == YAML_SCALAR &&
			slice_is(basis->text, "legitimate_interests"))
			mistake(d, n->items[i],
				"TCF leaves purposes 1 and 3 to 6 to consent "
				"alone",
				"basis: consent",
				"TCF purpose %lld cannot rest on legitimate "
				"interests",
				(long long)number);
}

static void
check_means(
	struct draft *d, const struct yaml_node *map, const struct yaml_node *n)
{
	static const char *const keys[] = {"fides", "dpv", "tcf", NULL};

	if (!is_map(d, n, "`means`"))
		return;
	check_keys(d, n, "`means`", keys, NULL);
	for (size_t i = 0; i < n->count; i++) {
		const struct yaml_entry *e = &n->entries[i];

		if (slice_is(e->key->text, "tcf"))
			check_number_list(d, e->value, map);
		else if (!is_text(d, e->value, "an item of `means`"))
			continue;
	}
}

/* Keys that only describe. */
static void
check_described(struct draft *d, const struct yaml_node *map, const char *where)
{
	static const char *const texts[] = {"assessment", "ticket"};
	const struct yaml_node *n;

	n = need(d, map, where, "says",
		"says: what a person is told this purpose is");
	if (n && !is_text(d, n, say(d, "`says` of %s", where)))
		n = NULL;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		n = yaml_get(map, texts[i]);
		if (n && !is_text(d, n, say(d, "`%s` of %s", texts[i], where)))
			continue;
	}
	n = yaml_get(map, "means");
	if (n)
		check_means(d, map, n);
}

static void
read_output(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_purpose *p)
{
	static const char *const formats[] = {"json", "msgpack", NULL};
	const struct yaml_node *n;
	size_t at = 0;

	n = need(d, map, where, "topic", "topic: where its records go");
	if (n && is_topic(d, n, say(d, "`topic` of %s", where)))
		p->topic = take_text(d, n->text);
	n = yaml_get(map, "format");
	p->format = FORMAT_JSON;
	if (n && read_choice(
			 d, n, say(d, "`format` of %s", where), formats, &at))
		p->format = at ? FORMAT_MSGPACK : FORMAT_JSON;
	n = yaml_get(map, "recipients");
	if (n)
		p->recipients =
			read_texts(d, n, say(d, "`recipients` of %s", where),
				&p->recipient_count);
	read_retention(d, map, where, &p->retention_ms);
}

static void
check_event_id(struct draft *d, const struct yaml_node *n, const char *where,
	size_t purpose)
{
	if (d->no_identity >> purpose & 1)
		mistake(d, n, "a token of the event leads back to its person",
			"id: false, or an identity",
			"%s has `identity: none` and `id: true`", where);
	for (size_t i = 0; i < d->p->input_count; i++)
		if (!yaml_get(d->input_nodes[i], "event_id"))
			mistake(d, n, NULL,
				say(d, "event_id: its path, in input `%s`",
					d->inputs[i].name),
				"%s has `id: true`, and input `%s` has no "
				"`event_id`",
				where, d->inputs[i].name);
}

static void
read_rotation(struct draft *d, const struct yaml_node *map, const char *where,
	size_t purpose)
{
	struct policy_purpose *p = &d->purposes[purpose];
	static const char *const keys[] = {"every", "overlap", NULL};
	const char *what = say(d, "`rotate` of %s", where);
	const struct yaml_node *every, *overlap;
	bool fine;

	if (!is_map(d, map, what))
		return;
	check_keys(d, map, what, keys, NULL);
	every = need(d, map, what, "every", "every: 90d");
	overlap = need(d, map, what, "overlap", "overlap: 30d, or 0d");
	fine = every && read_duration(d, every, say(d, "`every` of %s", what),
				86400000, &p->rotate_every_ms);
	fine &= overlap &&
		read_duration(d, overlap, say(d, "`overlap` of %s", what), 0,
			&p->rotate_overlap_ms);
	if (!fine)
		return;
	if (p->rotate_overlap_ms >= p->rotate_every_ms)
		mistake(d, overlap,
			"one rotation must be over before the next begins",
			"an overlap shorter than every",
			"%s overlaps for as long as it lasts", what);
	if (d->no_identity >> purpose & 1)
		mistake(d, map, "it has no tokens to rotate", "no `rotate`",
			"%s has `rotate` and `identity: none`", where);
}

/* It goes into the ring's history, which takes such words alone. */
static void
read_early(struct draft *d, const struct yaml_node *n, const char *where,
	size_t purpose)
{
	const char *what = say(d, "`destroy_early` of %s", where);

	if (!is_text(d, n, what))
		return;
	if (!ring_why_is(n->text))
		mistake(d, n, "it stands in the history of the key ring",
			"destroy_early: no access or erasure for records older "
			"than the rotation",
			"%s is not 1 to 200 printable ASCII letters", what);
	if (d->no_identity >> purpose & 1)
		mistake(d, n, "it has no keys to destroy", "no `destroy_early`",
			"%s has `destroy_early` and `identity: none`", where);
	d->purposes[purpose].destroy_early = take_text(d, n->text);
}

static void
read_purpose(struct draft *d, size_t purpose)
{
	static const char *const keys[] = {"says", "basis", "consent",
		"assessment", "ticket", "on", "ignores", "means", "topic",
		"format", "recipients", "retention", "identity", "id",
		"expires", "rotate", "accepts_notice", "destroy_early",
		"on_withdrawal", NULL};
	static const char *const later[] = {"k", "fairness", "joinable",
		"jurisdictions", "clock_skew", NULL};
	const struct yaml_node *map = d->purpose_nodes[purpose], *n;
	struct policy_purpose *p = &d->purposes[purpose];
	const char *where = say(d, "purpose `%s`", p->name);

	if (!is_map(d, map, where))
		return;
	p->line = map->line;
	check_keys(d, map, where, keys, later);
	check_described(d, map, where);
	if (read_basis(d, map, where, &p->rule.basis)) {
		check_basis(d, map, where, p->rule.basis);
		parse_asks(d, map, where, p);
		parse_notices(d, map, where, p);
	}
	read_output(d, map, where, p);
	p->all_events = !parse_on(d, map, where, &p->on);
	read_identity(d, map, where, purpose);
	n = yaml_get(map, "id");
	if (n && read_bool(d, n, say(d, "`id` of %s", where), &p->id) && p->id)
		check_event_id(d, n, where, purpose);
	n = yaml_get(map, "expires");
	if (n)
		read_expires(d, n, where, &p->expires_ms);
	n = yaml_get(map, "rotate");
	if (n)
		read_rotation(d, n, where, purpose);
	n = yaml_get(map, "destroy_early");
	if (n)
		read_early(d, n, where, purpose);
	parse_withdrawal(d, map, where, purpose);
}

void
parse_purposes(struct draft *d, const struct yaml_node *root)
{
	struct lethe_policy *p = d->p;
	const struct yaml_node *map = need(d, root, "the policy", "purposes",
		"purposes: { recommendations: { says: ..., basis: ..., ... } "
		"}");

	if (!map || !is_map(d, map, "`purposes`"))
		return;
	d->purpose_names = declare(d, map, "purpose", PURPOSES_MAX,
		&d->purpose_nodes, &p->purpose_count);
	d->purposes = take(d, p->purpose_count, sizeof(*d->purposes));
	p->purposes = d->purposes;
	for (size_t i = 0; i < p->purpose_count; i++) {
		d->purposes[i].name = d->purpose_names[i];
		d->purposes[i].expires_ms = INT64_MAX;
		d->purposes[i].rule.decides = SIZE_MAX;
		d->purposes[i].domain = SIZE_MAX;
	}
	for (size_t i = 0; i < p->purpose_count; i++)
		read_purpose(d, i);
}
