#include "crypto/ring/life.h"

#include "crypto/ring/form.h"

#include <time.h>

/* What may be done to an epoch in which state; the clock does the rest. */
static const struct move {
	enum ring_move move;
	const char *word;
	bool from[EPOCH_STATE_COUNT];
	const char *else_do;
} moves[] = {
	{RING_RETIRE, "retire",
		{[EPOCH_OVERLAP] = true, [EPOCH_ERASE_ONLY] = true},
		"an active epoch retires when another follows it "
		"(`lethe keys propose`)"},
	{RING_CALL_OFF, "call off", {[EPOCH_SCHEDULED] = true},
		"only one whose instant lies ahead can be called off"},
	{RING_DESTROY, "destroy", {[EPOCH_ERASE_ONLY] = true},
		"only an erase-only epoch can be destroyed"},
};

static const char *const state_names[EPOCH_STATE_COUNT] = {
	[EPOCH_SCHEDULED] = "scheduled",
	[EPOCH_ACTIVE] = "active",
	[EPOCH_OVERLAP] = "overlap",
	[EPOCH_ERASE_ONLY] = "erase-only",
	[EPOCH_DESTROYED] = "destroyed",
};

const char *
epoch_state_name(enum epoch_state state)
{
	bug_if((unsigned)state >= EPOCH_STATE_COUNT);
	return state_names[state];
}

#define TIME_BYTES 24
#define DAY_MS INT64_C(86400000)

static void
put_time(int64_t ms, char out[static TIME_BYTES])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (!gmtime_r(&s, &tm) ||
		!strftime(out, TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = 0;
}

/* The next epoch of its domain that is not called off, or NULL. */
static const struct ring_epoch *
next_of(const struct ring *r, const struct ring_epoch *e)
{
	for (size_t i = e->number; i < r->epoch_count; i++)
		if (r->epochs[i].domain == e->domain &&
			!ring_was_called_off(&r->epochs[i]))
			return &r->epochs[i];
	return NULL;
}

enum epoch_state
ring_epoch_state(const struct ring *r, size_t i, int64_t now_ms)
{
	const struct ring_epoch *e = ring_epoch_get(r, i), *next;

	if (e->destroyed_at_ms)
		return EPOCH_DESTROYED;
	if (e->active_from_ms > now_ms)
		return EPOCH_SCHEDULED;
	if (e->retire_at_ms && e->retire_at_ms <= now_ms)
		return EPOCH_ERASE_ONLY;
	next = next_of(r, e);
	return next && next->active_from_ms <= now_ms ? EPOCH_OVERLAP
						      : EPOCH_ACTIVE;
}

int64_t
ring_rotation_due(
	const struct ring *r, uint32_t domain, int64_t every_ms, int64_t now_ms)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < r->epoch_count; i++) {
		const struct ring_epoch *e = &r->epochs[i];

		if (e->domain != domain)
			continue;
		switch (ring_epoch_state(r, i, now_ms)) {
		case EPOCH_SCHEDULED: return INT64_MAX;
		case EPOCH_ACTIVE:
			due = (e->active_from_ms ? e->active_from_ms
						 : e->created_ms) +
			      every_ms;
			break;
		case EPOCH_OVERLAP:
		case EPOCH_ERASE_ONLY:
		case EPOCH_DESTROYED:
		case EPOCH_STATE_COUNT: break;
		}
	}
	return due;
}

/* The last epoch of a domain that was not called off, or NULL. */
static struct ring_epoch *
last_of(struct ring *r, uint32_t domain)
{
	for (size_t i = r->epoch_count; i-- > 0;)
		if (r->epochs[i].domain == domain &&
			!ring_was_called_off(&r->epochs[i]))
			return &r->epochs[i];
	return NULL;
}

static enum lethe_status
check_free(struct ring *r, uint32_t domain, int64_t now_ms,
	struct lethe_error *err)
{
	char until[TIME_BYTES];

	for (size_t i = 0; i < r->epoch_count; i++) {
		const struct ring_epoch *e = &r->epochs[i];
		enum epoch_state state = ring_epoch_state(r, i, now_ms);

		if (e->domain != domain)
			continue;
		if (state == EPOCH_SCHEDULED)
			return fail(err, LETHE_ERING, 0,
				"epoch %u of %s is scheduled already: `lethe "
				"keys retire --epoch %u` calls it off",
				e->number, r->domains[domain - 1].text,
				e->number);
		if (state != EPOCH_OVERLAP)
			continue;
		put_time(e->retire_at_ms, until);
		return fail(err, LETHE_ERING, 0,
			"the overlap of epoch %u of %s is open: another "
			"rotation is possible from %s",
			e->number, r->domains[domain - 1].text, until);
	}
	return LETHE_OK;
}

static enum lethe_status
copy_rules(struct ring *r, uint32_t from, uint32_t to, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < r->rules_count; i++) {
		struct ring_rules rules = r->rules[i];

		if (rules.epoch == from)
			status = ring_add_rules(
				r, to, rules.class, rules.digest, err);
	}
	return status;
}

static enum lethe_status
follow_up(struct ring *r, uint32_t domain, int64_t active_ms,
	int64_t overlap_ms, int64_t now_ms, uint32_t *number,
	struct lethe_error *err)
{
	struct ring_epoch *old = last_of(r, domain);
	uint32_t before = old ? old->number : 0;
	enum lethe_status status;

	if (old && !old->destroyed_at_ms)
		old->retire_at_ms = active_ms + overlap_ms;
	status = ring_append_epoch(r, domain, active_ms, now_ms, number, err);
	if (status)
		return status;
	return before ? copy_rules(r, before, *number, err) : LETHE_OK;
}

static enum lethe_status
check_instant(struct ring *r, const struct ring_rotation *to, int64_t now_ms,
	struct lethe_error *err)
{
	const struct ring_epoch *old = last_of(r, to->domain);

	bug_if(!to->domain || to->domain > r->domain_count);
	if (to->active_from_ms <= now_ms)
		return fail(err, LETHE_ERING, 0,
			"the instant lies behind: instances learn of it "
			"before it comes");
	if (to->overlap_ms < 0 ||
		to->overlap_ms > RING_TIME_MAX - to->active_from_ms)
		return fail(err, LETHE_ERING, 0, "the overlap is no length");
	if (old && to->active_from_ms <= old->active_from_ms)
		return fail(err, LETHE_ERING, 0,
			"epoch %u of the domain begins no earlier",
			old->number);
	return LETHE_OK;
}

enum lethe_status
ring_propose(struct ring *r, const struct ring_rotation *to, int64_t now_ms,
	uint32_t *number, struct lethe_error *err)
{
	enum lethe_status status = check_instant(r, to, now_ms, err);
	char at[TIME_BYTES];

	*number = 0;
	if (!status)
		status = check_free(r, to->domain, now_ms, err);
	if (status)
		return status;
	put_time(to->active_from_ms, at);
	status = ring_begin_change(r, now_ms, err,
		"propose an epoch of %s from %s, overlap %lld %s",
		r->domains[to->domain - 1].text, at,
		(long long)(to->overlap_ms % DAY_MS ? to->overlap_ms / 1000
						    : to->overlap_ms / DAY_MS),
		to->overlap_ms % DAY_MS ? "s" : "days");
	if (!status)
		status = follow_up(r, to->domain, to->active_from_ms,
			to->overlap_ms, now_ms, number, err);
	return status;
}

/* Open overlaps close, and what was scheduled is called off. */
static void
close_all(struct ring *r, uint32_t domain, int64_t now_ms)
{
	for (size_t i = 0; i < r->epoch_count; i++) {
		struct ring_epoch *e = &r->epochs[i];

		if (e->domain != domain)
			continue;
		switch (ring_epoch_state(r, i, now_ms)) {
		case EPOCH_SCHEDULED: ring_take_key(r, e, now_ms); break;
		case EPOCH_ACTIVE:
		case EPOCH_OVERLAP: e->retire_at_ms = now_ms; break;
		case EPOCH_ERASE_ONLY:
		case EPOCH_DESTROYED:
		case EPOCH_STATE_COUNT: break;
		}
	}
}

enum lethe_status
ring_emergency(struct ring *r, uint32_t domain, int64_t now_ms,
	uint32_t *number, struct lethe_error *err)
{
	struct ring_epoch *old = NULL;
	enum lethe_status status;

	*number = 0;
	bug_if(!domain || domain > r->domain_count);
	for (size_t i = 0; i < r->epoch_count; i++)
		if (r->epochs[i].domain == domain &&
			ring_epoch_state(r, i, now_ms) == EPOCH_ACTIVE)
			old = &r->epochs[i];
	if (!old)
		return fail(err, LETHE_ERING, 0,
			"%s has no active epoch that could be out",
			r->domains[domain - 1].text);
	if (old->active_from_ms >= now_ms)
		return fail(err, LETHE_ERING, 0,
			"epoch %u is of this very instant: is the clock right?",
			old->number);
	status = ring_begin_change(r, now_ms, err,
		"emergency: epoch %u of %s is compromised", old->number,
		r->domains[domain - 1].text);
	if (status)
		return status;
	close_all(r, domain, now_ms);
	old->compromised_at_ms = now_ms;
	return follow_up(r, domain, now_ms, 0, now_ms, number, err);
}

static const struct move *
move_of(enum ring_move move)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].move == move)
			return &moves[i];
	bug(__FILE__, __LINE__, "no such move");
}

/* Takes the seals of some roles away. */
static void
drop_seals(struct ring *r, uint32_t epoch, bool erasure)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->sealed_count; i++) {
		const struct ring_sealed *s = &r->sealed[i];

		if (s->epoch == epoch &&
			(erasure || r->recipients[s->recipient].role ==
					    ROLE_RUNTIME))
			continue;
		r->sealed[kept++] = *s;
	}
	r->sealed_count = kept;
}

void
ring_take_key(struct ring *r, struct ring_epoch *e, int64_t now_ms)
{
	drop_seals(r, e->number, true);
	e->destroyed_at_ms = now_ms;
}

/* What was to follow it does not: the one before it stays. */
static void
call_off(struct ring *r, struct ring_epoch *e, int64_t now_ms)
{
	struct ring_epoch *before;

	ring_take_key(r, e, now_ms);
	before = last_of(r, e->domain);
	if (before && !before->destroyed_at_ms)
		before->retire_at_ms = 0;
}

static void
carry_out(struct ring *r, struct ring_epoch *e, enum ring_move move,
	int64_t now_ms)
{
	switch (move) {
	case RING_RETIRE:
		if (e->retire_at_ms > now_ms)
			e->retire_at_ms = now_ms;
		drop_seals(r, e->number, false);
		break;
	case RING_CALL_OFF: call_off(r, e, now_ms); break;
	case RING_DESTROY: ring_take_key(r, e, now_ms); break;
	}
}

enum lethe_status
ring_move(struct ring *r, uint32_t number, enum ring_move move, const char *why,
	int64_t now_ms, struct lethe_error *err)
{
	const struct move *row = move_of(move);
	enum lethe_status status;
	enum epoch_state state;

	if (!number || number > r->epoch_count)
		return fail(err, LETHE_ERING, 0, "the ring has no epoch %u",
			number);
	state = ring_epoch_state(r, number - 1, now_ms);
	if (!row->from[state])
		return fail(err, LETHE_ERING, 0, "epoch %u is %s: %s", number,
			epoch_state_name(state), row->else_do);
	if (move == RING_RETIRE && !ring_recipient_count(r, ROLE_ERASURE))
		return fail(err, LETHE_ERING, 0,
			"no erasure recipient would keep epoch %u: add one "
			"(`lethe keys recipient add`)",
			number);
	if (why && !ring_why_is(slice_of(why)))
		return fail(err, LETHE_EUSAGE, 0,
			"why is 1 to %d printable letters", RING_WHY_MAX);
	status = ring_begin_change(r, now_ms, err, "%s epoch %u%s%s", row->word,
		number, why ? ": " : "", why ? why : "");
	if (!status)
		carry_out(r, &r->epochs[number - 1], move, now_ms);
	return status;
}
