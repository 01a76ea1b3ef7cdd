#ifndef TRUTH_STAGE_H
#define TRUTH_STAGE_H

/*
 * Where the cells are played: few policies with every source in them, a view
 * of each purpose alone, and events whose bytes say what a cell says.
 */

#include "suite.h"
#include "unit/truth/model.h"

#include "base/buf.h"
#include "engine/view.h"
#include "lethe/process.h"
#include "text/time.h"

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

static inline void
tell_mistake(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (!m->warning)
		fprintf(stderr, "%u:%u: %s\n", m->line, m->column, m->what);
}

static inline void
make_views(struct stage *s, struct plan *plans, size_t count)
{
	struct lethe_policy *policy;

	put_policy(&s->text, plans, count);
	if (lethe_policy_compile("truth", (const char *)s->text.ptr,
		    s->text.len, 0, tell_mistake, NULL, &policy, &s->err))
		ck_abort_msg("policy: %s", s->err.what);
	for (size_t i = 0; i < count; i++) {
		char name[32];
		struct lethe_view_options options = {.size = sizeof(options),
			.policy = policy,
			.purpose = name};

		plans[i].purpose = i;
		snprintf(name, sizeof(name), "p%zu", i);
		if (lethe_view_new(&options, &plans[i].view, &s->err))
			ck_abort_msg("view: %s", s->err.what);
	}
	lethe_policy_drop(policy);
}

/* Whoever is asked for: what the cell says of the purpose at hand. */
static inline void
look_up(void *ctx, const uint8_t subject[static KEYED_NAME_BYTES],
	struct ledger_row *out)
{
	const struct stage *s = ctx;

	(void)subject;
	out->kind = s->row ? s->row->kind : LEDGER_ROW_ABSENT;
	out->count = 0;
	if (out->kind != LEDGER_ROW_PRESENT)
		return;
	out->count = PURPOSES_OF_A_POLICY;
	/* Another purpose's row must not count: they all say yes. */
	for (size_t i = 0; i < out->count; i++)
		out->entries[i] = row_given.entries[0];
	out->entries[s->purpose] = s->row->entries[0];
}

static inline void
open_book(struct stage *s)
{
	static const uint8_t key[32] = {1};

	ck_assert_status(keyed_new(key, &s->keys, &s->err), LETHE_OK);
	s->book = (struct book){s->keys, look_up, s};
	scratch_consult(s->scratch, &s->book);
}

static inline void
stage_init(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->text, 0);
	buf_init(&s->event, 0);
	ck_assert_status(lethe_scratch_new(1, &s->scratch, &s->err), LETHE_OK);
	open_book(s);
	plan_all(s);
	plan_beside(s);
	for (size_t i = 0; i < s->count; i += PURPOSES_OF_A_POLICY)
		make_views(s, s->plans + i,
			s->count - i < PURPOSES_OF_A_POLICY
				? s->count - i
				: PURPOSES_OF_A_POLICY);
}

static inline void
stage_fini(struct stage *s)
{
	for (size_t i = 0; i < s->count; i++)
		lethe_view_free(s->plans[i].view);
	lethe_scratch_free(s->scratch);
	keyed_free(s->keys);
	buf_fini(&s->text);
	buf_fini(&s->event);
}

/* ---- cells */

static inline enum lethe_status
take_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct stage *s = ctx;

	(void)r;
	(void)err;
	s->sent = true;
	return LETHE_OK;
}

static inline void
take_decision(void *ctx, const struct lethe_decision *d)
{
	struct stage *s = ctx;

	s->got.reason = lethe_reason_name(d->reason);
	s->got.source = d->source ? d->source : "";
}

static inline void
put_said(struct stage *s, const struct voice *v)
{
	const char *name = v->says->row ? "user" : v->name;

	if (v->says->row)
		s->row = v->says->row;
	if (v->says->json)
		buf_printf(&s->event, ",\"%s\":%s", name, v->says->json);
}

/* What the engine makes of a cell. */
static inline struct outcome
play(struct stage *s, const struct plan *p, const struct cell *c)
{
	struct lethe_input input = {.size = sizeof(input),
		.now_ms = c->now_ms,
		.broker_ms = c->now_ms,
		.record_format = LETHE_FORMAT_JSON};
	const struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = s,
		.record = take_record,
		.decision = take_decision};

	s->row = NULL;
	s->purpose = p->purpose;
	buf_reset(&s->event);
	buf_printf(&s->event, "{\"e\":1,\"t\":%lld", (long long)c->event_ms);
	for (size_t i = 0; i < c->count; i++)
		put_said(s, &c->voices[i]);
	buf_put_byte(&s->event, '}');
	input.value = s->event.ptr;
	input.len = s->event.len;
	s->sent = false;
	s->got = (struct outcome){"", ""};
	if (lethe_process(p->view, s->scratch, &input, &sink, &s->err))
		ck_abort_msg("%s", s->err.what);
	ck_assert_int_eq(s->sent, !strcmp(s->got.reason, "none"));
	return s->got;
}

static inline unsigned
part_of_b(enum role role)
{
	static const unsigned parts[ROLES] = {
		[ROLE_ASKED] = ASKED,
		[ROLE_ALSO] = ALSO,
		[ROLE_OBJECTS] = OBJECTS,
		[ROLE_IGNORED] = IGNORED,
		[ROLE_INTERESTS] = OBJECTS,
	};

	return parts[role];
}

struct names {
	char a[32], b[32];
};

static inline void
name_sources(const struct plan *p, struct names *n)
{
	snprintf(n->a, sizeof(n->a), "%s%s", prefix_of(p->a, 'a'), p->a->name);
	n->b[0] = '\0';
	if (p->b)
		snprintf(n->b, sizeof(n->b), "%s%s", prefix_of(p->b, 'b'),
			p->b->name);
}

static inline void
add_voice(struct cell *c, const char *name, unsigned parts,
	const struct saying *says)
{
	c->voices[c->count++] = (struct voice){name, parts, says};
}

/* Who speaks, in the order of the file: the ledger last. */
static inline void
gather(struct cell *c, const struct plan *p, const struct names *n,
	const struct saying *a, const struct saying *b,
	const struct saying *ledger)
{
	unsigned part_of_a = c->interests ? ASKED : DECIDES;

	if (!p->a->ledger)
		add_voice(c, n->a, part_of_a, a);
	if (p->b)
		add_voice(c, n->b, part_of_b(p->role), b);
	if (p->a->ledger)
		add_voice(c, n->a, part_of_a, a);
	if (p->beside)
		add_voice(c, "book", ASKED, ledger);
}

/* The engine's outcome, which must be the model's. */
static inline struct outcome
check_cell(struct stage *s, const struct plan *p, const struct names *n,
	const struct saying *a, const struct saying *b,
	const struct saying *ledger, int64_t event_ms, int64_t now_ms)
{
	struct cell c = {
		.interests = p->role == ROLE_ANY || p->role == ROLE_INTERESTS,
		.event_ms = event_ms,
		.now_ms = now_ms,
	};
	struct outcome want, got;

	gather(&c, p, n, a, b, ledger);
	want = model(&c);
	got = play(s, p, &c);
	if (strcmp(want.reason, got.reason) || strcmp(want.source, got.source))
		ck_abort_msg("role %d, event %.*s, now %lld, ledger %s: %s %s, "
			     "not %s %s",
			(int)p->role, (int)s->event.len,
			(const char *)s->event.ptr, (long long)now_ms,
			ledger ? ledger->shown : "-", got.reason, got.source,
			want.reason, want.source);
	s->cells++;
	s->sent_cells += s->sent;
	return got;
}

#endif
