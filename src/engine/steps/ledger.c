#include "engine/steps/steps.h"

#include "consent/ledger/ledger.h"
#include "engine/ledger.h"

struct consent_time
work_when(const struct work *w)
{
	return (struct consent_time){
		.event_ms = w->time_ms,
		.event_grain_ms = w->time_grain_ms,
		.now_ms = w->in->now_ms,
		.clock_skew_ms = w->policy->clock_skew_ms,
	};
}

const struct book *
work_book(const struct work *w)
{
	return w->s->book ? w->s->book : w->view->book;
}

/* The row of a class that has an identifier; looked up once an event. */
static const struct ledger_row *
row_of(struct work *w, size_t class, struct slice identifier)
{
	struct ledger_row *row = &w->s->rows[class];
	const struct book *book = work_book(w);
	uint8_t subject[KEYED_NAME_BYTES];

	if (w->s->rows_known >> class & 1)
		return row;
	w->s->rows_known |= UINT64_C(1) << class;
	row->kind = LEDGER_ROW_STALE;
	row->count = 0;
	if (!book)
		return row;
	ledger_subject_of(book->keys, slice_of(w->policy->classes[class].name),
		identifier, subject);
	book->lookup(book->ctx, subject, row);
	return row;
}

static bool
accepts(const struct policy_purpose *p, uint8_t notice)
{
	return !p->notices ||
	       (notice != LEDGER_NOTICE_NONE && notice != LEDGER_NOTICE_OTHER &&
		       bits_has(p->notices, notice - 1u));
}

/* Without an end of its own a grant has that of the policy's `max_age`. */
static void
limit_age(const struct lethe_policy *policy, const struct ledger_entry *e,
	struct answer *a)
{
	int64_t age = policy->sources[policy->ledger.source].rule.max_age_ms;

	if (!age || a->has_until)
		return;
	a->has_until = true;
	if (__builtin_add_overflow(e->at_ms, age, &a->until_ms))
		a->until_ms = INT64_MAX;
}

struct answer
ledger_row_answer(const struct lethe_policy *policy, size_t purpose,
	const struct ledger_row *row, const struct consent_time *when)
{
	struct answer a = ledger_answer(row, purpose, when);
	const struct ledger_entry *e;

	if (a.kind != ANSWER_GRANT)
		return a;
	e = &row->entries[purpose];
	if (e->state != LEDGER_GIVEN)
		return a;
	if (!accepts(&policy->purposes[purpose], e->notice))
		return (struct answer){.kind = ANSWER_SILENT,
			.reason = LETHE_REASON_OLD_NOTICE};
	limit_age(policy, e, &a);
	return a;
}

static struct answer
read_row(const struct work *w, const struct policy_purpose *p,
	const struct ledger_row *row)
{
	const struct consent_time when = work_when(w);

	return ledger_row_answer(
		w->policy, (size_t)(p - w->policy->purposes), row, &when);
}

struct answer
ledger_class_answer(
	struct work *w, const struct policy_purpose *p, size_t class)
{
	const struct class_found *found = class_find(w, class);

	switch (found->state) {
	case ID_OK: return read_row(w, p, row_of(w, class, found->normal));
	case ID_NONE: return signal_says(ANSWER_SILENT);
	case ID_BAD:
	case ID_CONFLICT:
	case ID_UNKNOWN: break;
	}
	return signal_fails(LETHE_REASON_SIGNAL_UNUSABLE);
}

/* A grant before what is no grant for a reason, that before silence. */
static unsigned
worth(const struct answer *a)
{
	return a->kind == ANSWER_GRANT ? 2 : a->reason != LETHE_REASON_NONE;
}

/* Without an identity nobody is the subject: any class may be granted. */
static struct answer
answer_anybody(struct work *w, const struct policy_purpose *p)
{
	struct answer best = signal_says(ANSWER_SILENT);

	for (size_t i = 0; i < w->policy->class_count; i++) {
		struct answer a;

		if (!(w->policy->ledger.classes >> i & 1))
			continue;
		a = ledger_class_answer(w, p, i);
		if (worth(&a) > worth(&best))
			best = a;
	}
	return best;
}

static struct answer
answer_subject(struct work *w, const struct policy_purpose *p)
{
	enum lethe_reason why;
	size_t class;

	if (!p->identity_count)
		return answer_anybody(w, p);
	why = work_subject(w, p, &class);
	if (why == LETHE_REASON_NO_IDENTITY)
		return signal_says(ANSWER_SILENT);
	if (why != LETHE_REASON_NONE)
		return signal_fails(LETHE_REASON_SIGNAL_UNUSABLE);
	if (!(w->policy->ledger.classes >> class & 1))
		return signal_says(ANSWER_SILENT);
	return ledger_class_answer(w, p, class);
}

struct answer
ledger_answer_all(struct work *w, const struct policy_purpose *p)
{
	struct answer deny = signal_says(ANSWER_SILENT);

	for (size_t i = 0; i < w->policy->class_count; i++) {
		struct answer a;

		if (!(w->policy->ledger.classes >> i & 1))
			continue;
		a = ledger_class_answer(w, p, i);
		if (a.kind == ANSWER_ERROR)
			return a;
		if (a.kind == ANSWER_DENY && deny.kind != ANSWER_DENY)
			deny = a;
	}
	return deny.kind == ANSWER_DENY ? deny : answer_subject(w, p);
}
