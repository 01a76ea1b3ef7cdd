#include "policy/parse/parse.h"

#include "crypto/encode.h"
#include "crypto/keypair.h"

#include "policy/parse/schema.h"

/* The source that is the consent ledger, and what purposes say of it. */

#define STALENESS_MS INT64_C(500)
#define LAG_MS INT64_C(30000)
#define FORGET_MS INT64_C(10000)
#define DAY_MS INT64_C(86400000)

static const char *
read_topic(struct draft *d, const struct yaml_node *n, const char *what)
{
	return n && is_topic(d, n, what) ? take_text(d, n->text) : NULL;
}

/* A session's number alone is shared by strangers: it names no subject. */
static bool
is_subject(const struct draft *d, size_t class)
{
	return d->classes[class].within == SIZE_MAX;
}

static void
add_class(struct draft *d, const struct yaml_node *n, const char *what,
	size_t class)
{
	uint64_t bit = UINT64_C(1) << class;

	if (!is_subject(d, class))
		mistake(d, n,
			"its identifiers mean nothing without those it is "
			"within",
			"classes that are within no other",
			"class `%s` is within another, and stands in %s",
			d->class_names[class], what);
	if (d->p->ledger.classes != UINT64_MAX && d->p->ledger.classes & bit)
		mistake(d, n, NULL, NULL, "`%s` stands twice in %s",
			d->class_names[class], what);
	d->p->ledger.classes |= bit;
}

static void
read_classes(struct draft *d, const struct yaml_node *map, const char *where)
{
	const char *what = say(d, "`classes` of %s", where);
	const struct yaml_node *n = yaml_get(map, "classes");
	size_t class;

	if (n) {
		if (!is_list(d, n, what))
			return;
		for (size_t i = 0; i < n->count; i++) {
			if (read_reference(d, n->items[i], "class",
				    d->class_names, &class))
				add_class(d, n->items[i], what, class);
			else /* nobody is blamed for what it could be */
				d->p->ledger.classes = UINT64_MAX;
		}
		return;
	}
	for (size_t i = 0; i < d->p->class_count; i++)
		if (is_subject(d, i))
			d->p->ledger.classes |= UINT64_C(1) << i;
	if (d->class_names && !d->p->ledger.classes)
		mistake(d, owner(map), "its records are of subjects",
			"identifiers: a class that is within no other",
			"%s has nobody to ask for", where);
}

/* A duration with its default; out of its bounds is a mistake. */
static void
read_limit(struct draft *d, const struct yaml_node *map, const char *where,
	const char *key, int64_t least, int64_t *out)
{
	const struct yaml_node *n = yaml_get(map, key);
	int64_t ms;

	if (n && read_duration(
			 d, n, say(d, "`%s` of %s", key, where), least, &ms))
		*out = ms;
}

static void
read_limits(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_ledger *l)
{
	l->max_staleness_ms = STALENESS_MS;
	l->max_lag_ms = LAG_MS;
	l->forget_after_ms = FORGET_MS;
	read_limit(d, map, where, "max_staleness", 10, &l->max_staleness_ms);
	read_limit(d, map, where, "max_lag", 1000, &l->max_lag_ms);
	read_limit(d, map, where, "heartbeat", 1000, &l->heartbeat_ms);
	read_limit(d, map, where, "forget_after", 1000, &l->forget_after_ms);
	if (l->max_lag_ms < l->max_staleness_ms)
		mistake(d,
			yaml_get(map, "max_lag")
				? yaml_get(map, "max_lag")
				: key_node(map, "max_staleness"),
			"events wait after `max_staleness`; `max_lag` is when "
			"that makes the instance unready",
			"a longer `max_lag`",
			"`max_lag` of %s is shorter than its `max_staleness`",
			where);
}

#define SIGNERS_MAX 16

static bool
read_signer(struct draft *d, const struct yaml_node *n, const char *what,
	uint8_t out[static VERIFY_KEY_BYTES])
{
	struct verify_key key;

	if (!is_text(d, n, what))
		return false;
	if (!base64_bytes(n->text, key.bytes, sizeof(key.bytes)) ||
		!verify_key_usable(&key)) {
		mistake(d, n, NULL,
			"the second line of a public key that `lethe keys "
			"pair --for signer` makes",
			"an item of %s is no Ed25519 public key", what);
		return false;
	}
	memcpy(out, key.bytes, sizeof(key.bytes));
	return true;
}

static void
read_signers(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_ledger *l)
{
	const struct yaml_node *n = yaml_get(map, "grants_signed_by");
	const char *what = say(d, "`grants_signed_by` of %s", where);
	uint8_t(*signers)[VERIFY_KEY_BYTES];

	if (!n || !is_list(d, n, what))
		return;
	if (n->count > SIGNERS_MAX) {
		mistake(d, n, NULL, NULL, "%s has more than %d keys", what,
			SIGNERS_MAX);
		return;
	}
	signers = take(d, n->count, sizeof(*signers));
	for (size_t i = 0; i < n->count; i++)
		if (read_signer(d, n->items[i], what, signers[l->signer_count]))
			l->signer_count++;
	l->signers = (const uint8_t(*)[VERIFY_KEY_BYTES])signers;
	l->layout.signers = l->signers;
	l->layout.signer_count = l->signer_count;
}

/* A policy has one: its rows are one table. */
static bool
is_first(struct draft *d, const struct yaml_node *map, const char *where)
{
	if (!d->p->ledger.is)
		return true;
	mistake(d, yaml_get(map, "format"), "one topic holds what people said",
		say(d, "`%s` alone", d->source_names[d->p->ledger.source]),
		"%s is a second ledger", where);
	return false;
}

void
parse_ledger(struct draft *d, const struct yaml_node *map, const char *where,
	size_t source)
{
	static const char *const keys[] = {"format", "path", "topic", "classes",
		"max_staleness", "max_lag", "heartbeat", "log", "max_age",
		"forget_after", "grants_signed_by", NULL};
	static const char *const later[] = {"jurisdictions", NULL};
	struct policy_ledger *l = &d->p->ledger;
	struct policy_source *s = &d->sources[source];
	const struct yaml_node *n;

	s->at = take(d, d->p->input_count, sizeof(*s->at));
	if (!is_first(d, map, where))
		return;
	l->is = true;
	l->source = source;
	check_keys(d, map, where, keys, later);
	if (yaml_get(map, "path"))
		mistake(d, key_node(map, "path"),
			"the ledger is a topic of its own, no part of events",
			"no `path`", "%s is a ledger and has a `path`", where);
	n = need(d, map, where, "topic", "topic: the compacted consent topic");
	l->topic = read_topic(d, n, say(d, "`topic` of %s", where));
	n = yaml_get(map, "log");
	l->log = read_topic(d, n, say(d, "`log` of %s", where));
	read_classes(d, map, where);
	read_limits(d, map, where, l);
	read_signers(d, map, where, l);
	read_limit(d, map, where, "max_age", DAY_MS, &s->rule.max_age_ms);
}

/* The number of a notice in the layout; a new one is added. */
static size_t
notice_number(struct draft *d, struct slice name)
{
	struct ledger_layout *layout = &d->p->ledger.layout;
	struct slice *notices = d->notices;
	size_t i;

	for (i = 0; i < layout->notice_count; i++)
		if (slice_equal(notices[i], name))
			return i;
	if (i == LEDGER_NOTICES_MAX)
		return SIZE_MAX;
	if (!notices)
		d->notices = notices =
			take(d, LEDGER_NOTICES_MAX, sizeof(*notices));
	notices[i] = slice_make(take_text(d, name), name.len);
	layout->notices = notices;
	layout->notice_count++;
	return i;
}

static void
add_notice(struct draft *d, const struct yaml_node *n, const char *what,
	struct bits *accepted)
{
	size_t number;

	if (!is_text(d, n, what))
		return;
	number = notice_number(d, n->text);
	if (number == SIZE_MAX) {
		mistake(d, n, "a row of the ledger has one byte for them",
			"fewer notices",
			"the policy names more than %d notices",
			LEDGER_NOTICES_MAX);
		return;
	}
	if (bits_has(accepted, number))
		mistake(d, n, NULL, NULL, "`%.*s` stands twice in %s",
			SHOW(n->text), what);
	bits_add(accepted, number);
}

void
parse_notices(struct draft *d, const struct yaml_node *purpose,
	const char *where, struct policy_purpose *p)
{
	const struct yaml_node *n = yaml_get(purpose, "accepts_notice");
	const char *what = say(d, "`accepts_notice` of %s", where);
	const struct policy_ledger *l = &d->p->ledger;
	struct bits *accepted;

	if (!n || !is_list(d, n, what))
		return;
	accepted = take(d, 1, sizeof(*accepted));
	for (size_t i = 0; i < n->count; i++)
		add_notice(d, n->items[i], what, accepted);
	p->notices = accepted;
	if (d->later_sources || !d->source_names)
		return;
	if (!l->is || (p->rule.decides != l->source &&
			      !(p->rule.also >> l->source & 1)))
		mistake(d, key_node(purpose, "accepts_notice"),
			"only records of a ledger say under which notice a "
			"grant was given",
			"a source of the format `ledger` that decides, or in "
			"`also`",
			"%s has `accepts_notice` and waits for no yes of a "
			"ledger",
			where);
}

static bool
hears_ledger(const struct draft *d, const struct policy_purpose *p)
{
	const struct policy_ledger *l = &d->p->ledger;
	uint64_t heard = consent_heard(&p->rule) & ~p->rule.ignored;

	for (size_t i = 0; i < d->p->source_count; i++)
		if (heard >> i & 1 &&
			(d->sources[i].remember || (l->is && l->source == i)))
			return true;
	return false;
}

void
parse_withdrawal(struct draft *d, const struct yaml_node *purpose,
	const char *where, size_t number)
{
	static const char *const words[] = {"nothing", "notify", NULL};
	struct policy_purpose *p = &d->purposes[number];
	const struct yaml_node *n = yaml_get(purpose, "on_withdrawal");
	size_t at;

	if (!n || !read_choice(d, n, say(d, "`on_withdrawal` of %s", where),
			  words, &at))
		return;
	p->notify = at == 1;
	if (!p->notify)
		return;
	if (d->no_identity >> number & 1)
		mistake(d, n, "its records are of nobody",
			"no `on_withdrawal`, or an identity",
			"%s has `on_withdrawal: notify` and `identity: none`",
			where);
	if (d->later_sources || !d->source_names || hears_ledger(d, p))
		return;
	mistake(d, n, "nobody could withdraw from it in the ledger",
		"a source of the format `ledger` in `asks`",
		"%s has `on_withdrawal: notify` and asks no ledger", where);
}
