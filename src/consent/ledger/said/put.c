#include "consent/ledger/said.h"

static struct said_entry *
find(const struct said *s, struct slice purpose)
{
	for (size_t i = 0; i < s->count; i++)
		if (slice_equal(s->entries[i].purpose, purpose))
			return &s->entries[i];
	return NULL;
}

const struct said_entry *
said_of(const struct said *s, struct slice purpose)
{
	const struct said_entry *own = find(s, purpose);
	const struct said_entry *star = find(s, slice_of(SAID_ALL));

	if (!own || !star || own == star)
		return own ? own : star;
	return ledger_star_counts(&own->is, &star->is) ? star : own;
}

/*
 * What the entry for all purposes outweighs is taken out.  Left in, a grant
 * that a refusal of all has ended would count again, from its first day, as
 * soon as all is granted again.
 */
static void
drop_outweighed(struct said *s)
{
	struct said_entry star = {0};
	const struct said_entry *found = find(s, slice_of(SAID_ALL));
	size_t kept = 0;

	if (!found)
		return;
	star = *found;
	for (size_t i = 0; i < s->count; i++) {
		const struct said_entry *e = &s->entries[i];

		if (slice_equal(e->purpose, star.purpose) ||
			!ledger_star_counts(&e->is, &star.is))
			s->entries[kept++] = *e;
	}
	s->count = kept;
}

const char *
said_word_broken(const struct said_word *w)
{
	bool ends = !w->no &&
		    (w->state == LEDGER_GIVEN || w->state == LEDGER_PAUSED);

	if (!w->no && w->state == LEDGER_PAUSED && !w->has_until)
		return "a pause needs an end (until)";
	if (w->has_until && !ends)
		return "an end (until) belongs to a grant or a pause";
	if (w->has_until && w->until_ms <= w->at_ms)
		return "the end (until) does not lie after the time (at)";
	return NULL;
}

static enum ledger_state
state_of(const struct said_word *w, const struct said_entry *counts)
{
	if (!w->no)
		return w->state;
	if (!counts)
		return LEDGER_REFUSED;
	switch (counts->is.state) {
	case LEDGER_GIVEN:
	case LEDGER_PAUSED:
	case LEDGER_EXPIRED:
	case LEDGER_WITHDRAWN: return LEDGER_WITHDRAWN;
	case LEDGER_UNKNOWN:
	case LEDGER_REFUSED:
	case LEDGER_MALFORMED: break;
	}
	return LEDGER_REFUSED;
}

/* Whether a grant had ended when the word was said. */
static bool
is_over(const struct ledger_entry *is, const struct said_word *w)
{
	if (is->has_until)
		return is->until_ms <= w->at_ms;
	return w->max_age_ms && w->at_ms - is->at_ms >= w->max_age_ms;
}

/*
 * Start of the grant: of the one that stands, if nothing came between.  Under
 * another notice it begins anew: which notices are accepted is each policy's to
 * say, and the record would not tell that the time before was under one that
 * is not.
 */
static int64_t
since_of(const struct said *s, const struct said_word *w,
	const struct said_entry *counts)
{
	const struct ledger_entry *is = counts ? &counts->is : NULL;

	if (!is || is->state != LEDGER_GIVEN || !is->has_at ||
		is->at_ms > w->at_ms ||
		!slice_equal(said_notice(s, counts), w->notice) ||
		is_over(is, w))
		return w->at_ms;
	return is->since_ms;
}

static int64_t
time_of(const struct said_entry *e, int64_t record_ms)
{
	return e->is.has_at ? e->is.at_ms : record_ms;
}

static bool
ends_later(const struct ledger_entry *a, const struct ledger_entry *b)
{
	if (!a->has_until || !b->has_until)
		return !a->has_until && b->has_until;
	return a->until_ms > b->until_ms;
}

/* Whether `new` lets pass what `old` does not. */
static bool
is_looser(const struct ledger_entry *new, const struct ledger_entry *old)
{
	unsigned a = ledger_strictness(new->state),
		 b = ledger_strictness(old->state);

	if (a != b || new->state != old->state)
		return a < b;
	if (new->state == LEDGER_PAUSED)
		return ends_later(old, new);
	return new->state == LEDGER_GIVEN &&ends_later(new, old);
}

static bool
is_same(const struct said *s, const struct said_entry *a,
	const struct said_entry *b)
{
	return a->is.state == b->is.state && a->is.has_at == b->is.has_at &&
	       a->is.at_ms == b->is.at_ms &&
	       a->is.has_until == b->is.has_until &&
	       (!a->is.has_until || a->is.until_ms == b->is.until_ms) &&
	       (a->is.state != LEDGER_GIVEN ||
		       a->is.since_ms == b->is.since_ms) &&
	       slice_equal(b->is.state == LEDGER_GIVEN ? said_notice(s, a)
						       : a->notice,
		       b->notice);
}

/* What a word does to an entry that stands, its own or one that counts. */
static enum said_result
weigh(const struct said_entry *new, const struct said_entry *old,
	int64_t record_ms)
{
	int64_t old_ms = old ? time_of(old, record_ms) : INT64_MIN;

	if (!old)
		return SAID_CHANGED;
	if (new->is.at_ms != old_ms)
		return new->is.at_ms < old_ms ? SAID_OLDER : SAID_CHANGED;
	if (is_looser(&new->is, &old->is))
		return SAID_OLDER;
	return SAID_CHANGED;
}

/* Whether what counts was given before a grant, unbroken, and under another
 * notice: told in its time the grant would stand beside it. */
static bool
is_beside(const struct said *s, const struct said_entry *new,
	const struct said_entry *counts)
{
	return counts->is.state == LEDGER_GIVEN &&
	       counts->is.since_ms <= new->is.at_ms &&
	       !slice_equal(said_notice(s, counts), new->notice);
}

static enum said_result
weigh_all(const struct said *s, const struct said_entry *new,
	const struct said_entry *own, int64_t record_ms)
{
	const struct said_entry *counts = said_of(s, new->purpose);
	const struct said_entry *star = find(s, slice_of(SAID_ALL));
	bool given = new->is.state == LEDGER_GIVEN;

	if (own && is_same(s, own, new))
		return SAID_SAME;
	if (given && s->gone && new->is.at_ms < record_ms)
		return SAID_OLDER;
	/* What is outweighed at once still ends a grant of its own. */
	if (star && star != own && (given || !own) &&
		ledger_star_counts(&new->is, &star->is))
		return SAID_OLDER;
	/* A refusal of all does not make an earlier one of its own untrue; a
	   grant that is older than what counts would begin before it. */
	if (given && counts != own &&
		weigh(new, counts, record_ms) == SAID_OLDER &&
		!is_beside(s, new, counts))
		return SAID_OLDER;
	return weigh(new, own, record_ms);
}

static struct said_entry
entry_of(const struct said *s, const struct said_word *w)
{
	const struct said_entry *counts = said_of(s, w->purpose);

	return (struct said_entry){.purpose = w->purpose,
		.notice = w->notice,
		.is = {.state = state_of(w, counts),
			.has_at = true,
			.at_ms = w->at_ms,
			.since_ms = since_of(s, w, counts),
			.has_until = w->has_until,
			.until_ms = w->until_ms}};
}

/* Whether what stands is no longer unbroken with this word of its time. */
static bool
breaks(const struct said *s, const struct said_word *w,
	const struct said_entry *e)
{
	bool same = slice_equal(e->purpose, w->purpose);

	/* A grant of all breaks none of a purpose's own. */
	if (!w->no && w->state == LEDGER_GIVEN)
		return same && !slice_equal(said_notice(s, e), w->notice);
	return same || slice_is(w->purpose, SAID_ALL);
}

/*
 * A refusal that is told late, behind the renewal of a grant, came between: the
 * grant is of its last word alone.  So did a grant under another notice.
 */
static bool
break_grants(struct said *s, const struct said_word *w)
{
	bool broken = false;

	for (size_t i = 0; i < s->count; i++) {
		struct ledger_entry *is = &s->entries[i].is;

		if (is->state != LEDGER_GIVEN || is->since_ms > w->at_ms ||
			is->at_ms <= w->at_ms || is->since_ms == is->at_ms ||
			!breaks(s, w, &s->entries[i]))
			continue;
		is->since_ms = is->at_ms;
		s->entries[i].as_read = false;
		broken = true;
	}
	return broken;
}

static void
remember(const struct said *s, struct slice purpose, struct said_entry *out)
{
	const struct said_entry *e = said_of(s, purpose);

	*out = e ? *e : (struct said_entry){0};
	out->notice = e ? said_notice(s, e) : (struct slice){0};
}

/*
 * What the record says of a notice was said of what stood there: a new word
 * without one does not come under it.
 */
static void
lower_notice(struct said *s, const struct said_entry *but)
{
	struct slice notice = s->notice;

	if (!notice.ptr || but->is.state != LEDGER_GIVEN)
		return;
	s->notice = (struct slice){0};
	for (size_t i = 0; i < s->count; i++)
		if (!s->entries[i].notice.ptr && &s->entries[i] != but)
			s->entries[i].notice = notice;
}

/*
 * What takes a tombstone's place says when that was: grants from before it do
 * not come back, told late.  It answers nothing.
 */
static bool
keep_end(struct said *s, int64_t record_ms, struct arena *a)
{
	struct said_entry *e;

	if (!s->gone || find(s, slice_of(SAID_ALL)))
		return true;
	e = said_add(s, a);
	if (e)
		*e = (struct said_entry){.purpose = slice_of(SAID_ALL),
			.is = {.state = LEDGER_UNKNOWN,
				.has_at = true,
				.at_ms = record_ms}};
	return e;
}

bool
said_grants(const struct said *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->entries[i].is.state == LEDGER_GIVEN)
			return true;
	return false;
}

enum lethe_status
said_put(struct said *s, const struct said_word *w, int64_t record_ms,
	struct arena *a, enum said_result *result, struct said_change *change,
	struct lethe_error *err)
{
	struct said_entry new, *own, *at;
	bool broken;

	drop_outweighed(s);
	remember(s, w->purpose, &change->was);
	new = entry_of(s, w);
	broken = break_grants(s, w);
	own = find(s, w->purpose);
	*result = weigh_all(s, &new, own, record_ms);
	if (*result == SAID_CHANGED) {
		at = own ? own : said_add(s, a);
		if (!at)
			return fail(
				err, LETHE_ENOMEM, 0, "no memory for a record");
		*at = new;
		if (!new.notice.ptr)
			lower_notice(s, at);
		drop_outweighed(s);
		if (!keep_end(s, record_ms, a))
			return fail(
				err, LETHE_ENOMEM, 0, "no memory for a record");
	} else if (!broken) {
		return LETHE_OK;
	}
	*result = SAID_CHANGED;
	remember(s, w->purpose, &change->is);
	if (w->source.ptr)
		s->source = w->source;
	if (w->jurisdiction.ptr)
		s->jurisdiction = w->jurisdiction;
	return LETHE_OK;
}
