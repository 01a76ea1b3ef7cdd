#ifndef TRUTH_STAGE_H
#define TRUTH_STAGE_H

/*
 * Where the cells are played: a view of each purpose alone, a ledger that says
 * what the cell says, and events whose bytes do.
 */

#include "unit/truth/plans.h"

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
