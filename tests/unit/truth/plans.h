#ifndef TRUTH_PLANS_H
#define TRUTH_PLANS_H

/*
 * Which cells there are: every kind that may decide with every other, in each
 * part it may have, as purposes of few policies with every source in them.
 */

#include "suite.h"
#include "unit/truth/model.h"

#include "base/buf.h"
#include "engine/view.h"
#include "lethe/process.h"

enum role {
	ROLE_ALONE,	/* a decides */
	ROLE_ASKED,	/* a decides, b is asked */
	ROLE_ALSO,	/* a decides, b must agree */
	ROLE_OBJECTS,	/* a decides, b may object */
	ROLE_IGNORED,	/* the same, and the purpose ignores b */
	ROLE_INTERESTS, /* legitimate interests: a is asked, b may object */
	ROLE_ANY,	/* legitimate interests: a is asked */
	ROLES
};

struct plan {
	const struct kind *a, *b; /* b NULL: nobody */
	enum role role;
	bool beside; /* the ledger is asked as well */
	size_t purpose;
	struct lethe_view *view;
};

/* Every kind that may decide with every other in each part it may have. */
#define PLANS_MAX 2048
#define PURPOSES_OF_A_POLICY 60

struct stage {
	struct plan plans[PLANS_MAX];
	size_t count;
	struct lethe_scratch *scratch;
	struct buf text, event;
	/* The ledger: what it says in the cell at hand, of every purpose. */
	struct keyed *keys;
	struct book book;
	const struct ledger_row *row;
	size_t purpose;
	struct outcome got;
	bool sent;
	size_t cells, sent_cells;
	struct lethe_error err;
};

static inline void
add_plan(struct stage *s, const struct kind *a, const struct kind *b,
	enum role role)
{
	ck_assert_uint_lt(s->count, PLANS_MAX);
	/* There is one ledger. */
	if (a != b || !a->ledger)
		s->plans[s->count++] =
			(struct plan){.a = a, .b = b, .role = role};
}

static inline void
plan_pairs(struct stage *s, const struct kind *a)
{
	for (const struct kind *b = kinds; b < kinds + KINDS; b++) {
		if (a->decides && !b->objects)
			add_plan(s, a, b, ROLE_ASKED);
		if (a->decides && b->decides)
			add_plan(s, a, b, ROLE_ALSO);
		if (a->decides && b->objects)
			add_plan(s, a, b, ROLE_OBJECTS);
		if (a->decides && b->objects)
			add_plan(s, a, b, ROLE_IGNORED);
		if (b->objects)
			add_plan(s, a, b, ROLE_INTERESTS);
	}
}

static inline void
plan_all(struct stage *s)
{
	for (const struct kind *a = kinds; a < kinds + KINDS; a++) {
		if (a->objects)
			continue;
		if (a->decides)
			add_plan(s, a, NULL, ROLE_ALONE);
		add_plan(s, a, NULL, ROLE_ANY);
		plan_pairs(s, a);
	}
}

/* The same once more with the ledger asked, where it has no other part. */
static inline void
plan_beside(struct stage *s)
{
	size_t count = s->count;

	for (size_t i = 0; i < count; i++) {
		struct plan p = s->plans[i];

		p.beside = true;
		if (p.a->ledger || (p.b && p.b->ledger))
			continue;
		ck_assert_uint_lt(s->count, PLANS_MAX);
		s->plans[s->count++] = p;
	}
}

/* ---- policies */

/* One objection is one source; of the others there are an a and a b. */
static inline const char *
prefix_of(const struct kind *k, char side)
{
	if (k->ledger)
		return "";
	return k->objects ? "o_" : side == 'a' ? "a_" : "b_";
}

static inline void
put_source(struct buf *out, const struct kind *k, const char *prefix)
{
	buf_printf(out, "    %s%s: ", prefix, k->name);
	for (const char *c = k->policy; *c; c++)
		if (*c == '%')
			buf_printf(out, "%s%s", prefix, k->name);
		else
			buf_put_byte(out, (uint8_t)*c);
	buf_put_byte(out, '\n');
}

static inline void
put_head(struct buf *out)
{
	static const char head[] =
		"version: 1\n"
		"name: truth\n"
		"revision: 1\n"
		"controller: { name: Shop, contact: a@b.example }\n"
		"quarantine: { topic: bad, payload: reference, retention: 1d "
		"}\n"
		"inputs:\n"
		"  web:\n"
		"    topics: [raw]\n"
		"    event_time: { path: $.t, format: unix_ms,\n"
		"      max_future: 3000d }\n"
		"    events: { seen: { $.e: 1 } }\n"
		"identifiers: { user: { prefix: u, from: [$.user] } }\n"
		"consent:\n"
		"  sources:\n";

	buf_put_text(out, head);
	for (const char *side = "ab"; *side; side++)
		for (const struct kind *k = kinds; k < kinds + KINDS; k++)
			if (!k->objects && !k->ledger)
				put_source(out, k, prefix_of(k, *side));
	for (const struct kind *k = kinds; k < kinds + KINDS; k++)
		if (k->objects)
			put_source(out, k, prefix_of(k, 'o'));
	for (const struct kind *k = kinds; k < kinds + KINDS; k++)
		if (k->ledger)
			put_source(out, k, prefix_of(k, 'a'));
}

static inline void
put_ignores(struct buf *out, const struct plan *p)
{
	const char *comma = "";

	buf_put_text(out, "    ignores: {");
	for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
		if (!k->objects || (k == p->b && p->role != ROLE_IGNORED))
			continue;
		buf_printf(out, "%s o_%s: it is not looked at", comma, k->name);
		comma = ",";
	}
	buf_put_text(out, " }\n");
}

static inline void
put_asks(struct buf *out, const struct plan *p)
{
	const char *a = prefix_of(p->a, 'a');

	buf_put_text(out, "    consent: {");
	if (p->role != ROLE_ANY && p->role != ROLE_INTERESTS)
		buf_printf(out, " decides: %s%s,", a, p->a->name);
	if (p->role == ROLE_ALSO)
		buf_printf(out, " also: [%s%s],", prefix_of(p->b, 'b'),
			p->b->name);
	buf_printf(out, " asks: { %s%s: %s", a, p->a->name, p->a->asks);
	if (p->role == ROLE_ASKED || p->role == ROLE_ALSO)
		buf_printf(out, ", %s%s: %s", prefix_of(p->b, 'b'), p->b->name,
			p->b->asks);
	buf_printf(out, "%s } }\n", p->beside ? ", book: yes" : "");
}

static inline void
put_purpose(struct buf *out, const struct plan *p, size_t n)
{
	bool interests = p->role == ROLE_ANY || p->role == ROLE_INTERESTS;

	buf_printf(out, "  p%zu:\n    says: s\n    basis: %s\n", n,
		interests ? "legitimate_interests" : "consent");
	if (interests)
		buf_put_text(out, "    assessment: L-1\n");
	put_asks(out, p);
	put_ignores(out, p);
	buf_printf(out,
		"    topic: o.%zu\n    recipients: [a]\n    retention: 90d\n"
		"    identity: none\n",
		n);
}

static inline void
put_policy(struct buf *out, const struct plan *plans, size_t count)
{
	buf_reset(out);
	put_head(out);
	buf_put_text(out, "purposes:\n");
	for (size_t i = 0; i < count; i++)
		put_purpose(out, &plans[i], i);
	buf_put_text(
		out, "fields:\n  - { do: event, as: event, why: w, for: [");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s p%zu", i ? "," : "", i);
	buf_put_text(out, " ] }\n");
	ck_assert(!out->full);
}

#endif
