#include "consent/ledger/record/telling.h"

#include "text/time.h"

/* Keys of the top; purposes is one of them. */
#define TOP_MAP(X) \
	X(V, "v") \
	X(PURPOSES, "purposes") \
	X(NOTICE, "notice") \
	X(JURISDICTION, "jurisdiction") \
	X(SOURCE, "source") \
	X(SIG, "sig")

enum top {
#define X(code, name) TOP_##code,
	TOP_MAP(X)
#undef X
		TOP_COUNT
};

static const char *const top_names[] = {
#define X(code, name) name,
	TOP_MAP(X)
#undef X
};

static const char *const part_names[] = {
#define X(code, name) name,
	PART_MAP(X)
#undef X
};

#define wrong(t, ...) \
	((t)->status = fail((t)->err, LETHE_POISON_CONSENT, 0, __VA_ARGS__))

static size_t
find(const char *const *names, size_t count, struct slice key)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(key, names[i]))
			return i;
	return count;
}

static size_t
target_of(const struct ledger_layout *layout, struct slice name)
{
	if (slice_is(name, "*"))
		return TARGET_STAR;
	for (size_t i = 0; i < layout->purpose_count; i++)
		if (slice_equal(layout->purposes[i], name))
			return i;
	return TARGET_NONE;
}

static uint8_t
notice_of(const struct ledger_layout *layout, struct slice name)
{
	for (size_t i = 0; i < layout->notice_count; i++)
		if (slice_equal(layout->notices[i], name))
			return (uint8_t)(i + 1);
	return LEDGER_NOTICE_OTHER;
}

static void
tell_state(struct telling *t, struct slice name)
{
	if (!ledger_state_find(name, &t->now.entry.state))
		wrong(t, "purpose %u: `state` is none of those there are",
			t->number);
}

static void
tell_time(struct telling *t, enum part part, struct slice text, int64_t *out)
{
	if (!time_parse_rfc3339(text, out))
		wrong(t, "purpose %u: `%s` is no RFC 3339 time", t->number,
			part_names[part]);
}

static void
tell_part(struct telling *t, struct slice key, const struct value *v)
{
	size_t part = find(part_names, PART_COUNT, key);
	struct ledger_entry *e = &t->now.entry;

	if (part == PART_COUNT) {
		wrong(t, "purpose %u: a key that is not of the form",
			t->number);
		return;
	}
	if (v->kind != VALUE_STRING) {
		wrong(t, "purpose %u: `%s` is of type %s, not string",
			t->number, part_names[part], value_kind_name(v->kind));
		return;
	}
	t->now.parts |= 1u << part;
	if (part != PART_STATE)
		signed_part(t->form, part - PART_AT, v->text);
	switch ((enum part)part) {
	case PART_STATE: tell_state(t, v->text); break;
	case PART_AT: tell_time(t, PART_AT, v->text, &e->at_ms); break;
	case PART_SINCE: tell_time(t, PART_SINCE, v->text, &e->since_ms); break;
	case PART_UNTIL: tell_time(t, PART_UNTIL, v->text, &e->until_ms); break;
	case PART_NOTICE: e->notice = notice_of(t->layout, v->text); break;
	case PART_COUNT: break;
	}
}

/* Which rule a whole entry breaks, or NULL. */
static const char *
broken_rule(const struct draft *d)
{
	const struct ledger_entry *e = &d->entry;
	bool given = e->state == LEDGER_GIVEN,
	     paused = e->state == LEDGER_PAUSED;

	if (!draft_has(d, PART_STATE))
		return "has no `state`";
	if (given && !draft_has(d, PART_AT))
		return "a grant needs `at`";
	if (paused && !draft_has(d, PART_UNTIL))
		return "a pause needs `until`";
	if (draft_has(d, PART_SINCE) && !given)
		return "`since` belongs to a grant";
	if (draft_has(d, PART_UNTIL) && !given && !paused)
		return "`until` belongs to a grant or a pause";
	if (draft_has(d, PART_SINCE) && e->since_ms > e->at_ms)
		return "`since` lies after `at`";
	if (draft_has(d, PART_UNTIL) && draft_has(d, PART_AT) &&
		e->until_ms <= e->at_ms)
		return "`until` does not lie after `at`";
	return NULL;
}

/* The entry that was being told is whole. */
static void
end_entry(struct telling *t)
{
	const char *rule = t->number ? broken_rule(&t->now) : NULL;
	struct ledger_entry *e = &t->now.entry;

	if (rule)
		wrong(t, "purpose %u: %s", t->number, rule);
	else if (t->number && e->state == LEDGER_GIVEN)
		signed_grant(t->form);
	if (rule || !t->number || t->target == TARGET_NONE)
		return;
	e->has_at = draft_has(&t->now, PART_AT);
	e->has_until = draft_has(&t->now, PART_UNTIL);
	if (e->state == LEDGER_GIVEN && !draft_has(&t->now, PART_SINCE))
		e->since_ms = e->at_ms;
	t->drafts[t->target] = t->now;
	if (t->target == TARGET_STAR)
		t->star = true;
	else
		t->own |= UINT64_C(1) << t->target;
}

static void
begin_entry(struct telling *t, const struct leaf_step *name)
{
	t->now = (struct draft){0};
	t->number = name->position + 1;
	t->target = target_of(t->layout, name->key);
	signed_entry(t->form, name->key);
}

static void
tell_purposes(struct telling *t, const struct leaf_step *steps, size_t depth,
	const struct value *v)
{
	t->has_purposes = true;
	if (depth == 1) {
		if (v->kind != VALUE_OBJECT)
			wrong(t, "`purposes` is of type %s, not object",
				value_kind_name(v->kind));
		return;
	}
	if (steps[1].kind != LEAF_KEY) {
		wrong(t, "`purposes` is an array, not an object");
		return;
	}
	if (t->number != steps[1].position + 1) {
		end_entry(t);
		begin_entry(t, &steps[1]);
	}
	if (t->status)
		return;
	if (depth == 2 && v->kind != VALUE_OBJECT)
		wrong(t, "purpose %u: of type %s, not object", t->number,
			value_kind_name(v->kind));
	else if (depth == 3 && steps[2].kind == LEAF_KEY)
		tell_part(t, steps[2].key, v);
	else if (depth != 2)
		wrong(t, "purpose %u: an array, not an object", t->number);
}

static void
tell_top(struct telling *t, enum top top, const struct value *v)
{
	if (top == TOP_V) {
		t->has_v = v->kind == VALUE_INT && v->magnitude == 1 &&
			   !v->negative;
		if (!t->has_v)
			wrong(t, "`v` is not the number 1");
		return;
	}
	if (v->kind != VALUE_STRING) {
		wrong(t, "`%s` is of type %s, not string", top_names[top],
			value_kind_name(v->kind));
		return;
	}
	if (top == TOP_NOTICE) {
		t->notice = notice_of(t->layout, v->text);
		signed_told(t->form, v->text);
	}
	if (top == TOP_SIG)
		signed_sig(t->form, v->text);
}

void
telling_leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count)
{
	struct telling *t = ctx;
	size_t top;

	(void)slots;
	(void)slot_count;
	if (t->status || !depth) /* an empty object lacks `v` */
		return;
	top = find(top_names, TOP_COUNT, steps[0].key);
	if (top == TOP_COUNT)
		wrong(t, "member %u: a key that is not of the form",
			steps[0].position + 1);
	else if (top == TOP_PURPOSES)
		tell_purposes(t, steps, depth, v);
	else if (depth != 1)
		wrong(t, "`%s` is no scalar", top_names[top]);
	else
		tell_top(t, (enum top)top, v);
}

void
telling_end(struct telling *t)
{
	if (!t->status)
		end_entry(t);
	if (!t->status && !t->has_v)
		wrong(t, "`v` is missing");
	if (!t->status && !t->has_purposes)
		wrong(t, "`purposes` is missing");
	signed_end(t->form);
}

void
telling_init(struct telling *t, const struct ledger_layout *layout,
	struct signed_form *form, struct lethe_error *err)
{
	/* Drafts are written before they are read: own and star tell. */
	t->layout = layout;
	t->number = 0;
	t->own = 0;
	t->star = t->has_v = t->has_purposes = false;
	t->notice = LEDGER_NOTICE_NONE;
	t->status = LETHE_OK;
	t->err = err;
	t->form = form;
}
