#include "consent/ledger/record/telling.h"

#include "text/time.h"

unsigned
ledger_strictness(enum ledger_state state)
{
	switch (state) {
	case LEDGER_GIVEN: return 0;
	case LEDGER_UNKNOWN: return 1;
	case LEDGER_EXPIRED: return 2;
	case LEDGER_PAUSED: return 3;
	case LEDGER_REFUSED:
	case LEDGER_WITHDRAWN:
	case LEDGER_MALFORMED: break;
	}
	return 4;
}

bool
ledger_star_counts(const struct ledger_entry *o, const struct ledger_entry *s)
{
	if (s->state == LEDGER_UNKNOWN)
		return false;
	if (o->state == LEDGER_GIVEN && s->has_at && o->at_ms > s->at_ms)
		return false;
	if (o->state == LEDGER_PAUSED && s->state == LEDGER_PAUSED)
		return o->until_ms < s->until_ms;
	return ledger_strictness(s->state) > ledger_strictness(o->state);
}

/* The one of a purpose's own entry and that for all which counts. */
static const struct draft *
stricter(const struct draft *own, const struct draft *star)
{
	return ledger_star_counts(&own->entry, &star->entry) ? star : own;
}

static void
refuse_grant(struct draft *d)
{
	if (d->entry.state == LEDGER_GIVEN)
		d->entry = (struct ledger_entry){.state = LEDGER_MALFORMED};
}

void
telling_refuse_grants(struct telling *t)
{
	for (size_t i = 0; i < t->layout->purpose_count; i++)
		if (t->own >> i & 1)
			refuse_grant(&t->drafts[i]);
	if (t->star)
		refuse_grant(&t->drafts[TARGET_STAR]);
}

/* A refusal of all came after the beginning that a grant of its own states: so
   much of it is unbroken as lies behind. */
static void
break_grant(struct ledger_entry *e, const struct ledger_entry *star)
{
	if (e->state == LEDGER_GIVEN && star->has_at &&
		e->since_ms <= star->at_ms &&
		ledger_strictness(star->state) >
			ledger_strictness(LEDGER_UNKNOWN))
		e->since_ms = e->at_ms;
}

static struct ledger_entry
settle(const struct telling *t, size_t purpose)
{
	const struct draft *own = &t->drafts[purpose];
	const struct draft *star = &t->drafts[TARGET_STAR];
	const struct draft *d;
	struct ledger_entry e;

	if (t->own >> purpose & 1)
		d = t->star ? stricter(own, star) : own;
	else if (t->star)
		d = star;
	else
		return (struct ledger_entry){.state = LEDGER_UNKNOWN};
	if (d->entry.state == LEDGER_UNKNOWN)
		return (struct ledger_entry){.state = LEDGER_UNKNOWN};
	e = d->entry;
	if (e.state == LEDGER_MALFORMED)
		return e;
	if (d == own && t->star)
		break_grant(&e, &star->entry);
	if (!draft_has(d, PART_NOTICE))
		e.notice = t->notice;
	/* What a row holds; only here, so that the rules saw what was said. */
	e.at_ms = time_floor(e.at_ms, GRAIN_SECOND);
	e.since_ms = time_floor(e.since_ms, GRAIN_SECOND);
	e.until_ms = time_floor(e.until_ms, GRAIN_SECOND);
	return e;
}

void
telling_settle(const struct telling *t, struct ledger_row *out)
{
	out->kind = LEDGER_ROW_ABSENT;
	out->count = t->layout->purpose_count;
	for (size_t i = 0; i < out->count; i++) {
		out->entries[i] = settle(t, i);
		if (out->entries[i].state != LEDGER_UNKNOWN)
			out->kind = LEDGER_ROW_PRESENT;
	}
}
