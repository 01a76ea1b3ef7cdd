#include "consent/decide.h"

#include "text/time.h"

/* What one step of the rule found: why not, and who says so. */
struct verdict {
	enum lethe_reason reason;
	size_t source;
};

static const struct verdict yes = {LETHE_REASON_NONE, SIZE_MAX};

static int64_t
add_saturating(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

static int64_t
coarser(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A time of its own that lies after now: nobody can have said it yet. */
static bool
from_the_future(const struct answer *a, int64_t now_ms)
{
	return a->has_time && time_step(a->time_ms, a->grain_ms) >
				      time_step(now_ms, a->grain_ms);
}

static enum lethe_reason
error_of(const struct answer *a, int64_t now_ms)
{
	switch (a->kind) {
	case ANSWER_SILENT: return LETHE_REASON_NONE;
	case ANSWER_GRANT:
	case ANSWER_DENY:
		return from_the_future(a, now_ms) ? LETHE_REASON_SIGNAL_FUTURE
						  : LETHE_REASON_NONE;
	case ANSWER_ERROR:
		if (a->reason != LETHE_REASON_NONE)
			return a->reason;
	}
	return LETHE_REASON_SIGNAL_MALFORMED;
}

static struct verdict
check_errors(uint64_t sources, const struct answer *answers, int64_t now_ms)
{
	for (size_t i = 0; i < SOURCES_MAX && sources >> i; i++) {
		enum lethe_reason why;

		if (!(sources >> i & 1))
			continue;
		why = error_of(&answers[i], now_ms);
		if (why != LETHE_REASON_NONE)
			return (struct verdict){why, i};
	}
	return yes;
}

/* The first of the sources whose answer is of that kind, or SIZE_MAX. */
static size_t
find_kind(uint64_t sources, const struct answer *answers, enum answer_kind kind)
{
	for (size_t i = 0; i < SOURCES_MAX && sources >> i; i++)
		if ((sources >> i & 1) && answers[i].kind == kind)
			return i;
	return SIZE_MAX;
}

static struct verdict
check_refusals(const struct consent_rule *rule, const struct answer *answers,
	const struct consent_time *when)
{
	size_t i = find_kind(rule->objections, answers, ANSWER_DENY);
	const struct answer *a;

	if (i != SIZE_MAX)
		return (struct verdict){LETHE_REASON_OBJECTED, i};
	i = find_kind(rule->asked & ~rule->objections, answers, ANSWER_DENY);
	if (i == SIZE_MAX)
		return yes;
	a = &answers[i];
	if (a->has_time && a->time_ms > when->event_ms)
		return (struct verdict){LETHE_REASON_WITHDRAWN, i};
	return (struct verdict){LETHE_REASON_REFUSED, i};
}

/*
 * Whether a grant held when the event happened and holds now.  Compared at
 * the coarser granularity of the two times; a tie refuses.  A grant without
 * a time of its own has the event's, and so held.
 */
static enum lethe_reason
check_times(const struct answer *a, const struct consent_time *when)
{
	int64_t grain = coarser(a->grain_ms, when->event_grain_ms);
	int64_t event = add_saturating(when->event_ms, when->clock_skew_ms);

	if (a->has_time &&
		time_step(a->time_ms, grain) >= time_step(event, grain))
		return LETHE_REASON_NOT_YET_GRANTED;
	if (!a->has_until)
		return LETHE_REASON_NONE;
	if (time_step(a->until_ms, grain) <= time_step(when->event_ms, grain) ||
		time_step(a->until_ms, a->grain_ms) <=
			time_step(when->now_ms, a->grain_ms))
		return LETHE_REASON_CONSENT_EXPIRED;
	return LETHE_REASON_NONE;
}

/* Why a source that must grant does not. */
static enum lethe_reason
no_grant(const struct answer *a, enum lethe_reason otherwise)
{
	return a->reason != LETHE_REASON_NONE ? a->reason : otherwise;
}

static struct verdict
check_grants(const struct consent_rule *rule, const struct answer *answers,
	const struct consent_time *when)
{
	uint64_t needed = rule->also;

	if (rule->decides >= SOURCES_MAX)
		return (struct verdict){LETHE_REASON_NO_CONSENT, SIZE_MAX};
	if (answers[rule->decides].kind != ANSWER_GRANT)
		return (struct verdict){no_grant(&answers[rule->decides],
						LETHE_REASON_NO_CONSENT),
			rule->decides};
	for (size_t i = 0; i < SOURCES_MAX && rule->also >> i; i++)
		if ((rule->also >> i & 1) && answers[i].kind != ANSWER_GRANT)
			return (struct verdict){
				no_grant(&answers[i],
					LETHE_REASON_NOT_CONFIRMED),
				i};
	needed |= UINT64_C(1) << rule->decides;
	for (size_t i = 0; i < SOURCES_MAX && needed >> i; i++) {
		enum lethe_reason why = LETHE_REASON_NONE;

		if (needed >> i & 1)
			why = check_times(&answers[i], when);
		if (why != LETHE_REASON_NONE)
			return (struct verdict){why, i};
	}
	return yes;
}

uint64_t
consent_heard(const struct consent_rule *rule)
{
	uint64_t heard = rule->asked | rule->objections | rule->ignored;

	if (rule->basis == BASIS_CONTRACT ||
		rule->basis == BASIS_LEGAL_OBLIGATION)
		return 0;
	if (rule->basis == BASIS_LEGITIMATE_INTERESTS)
		return heard;
	if (rule->decides < SOURCES_MAX)
		heard |= UINT64_C(1) << rule->decides;
	return heard | rule->also;
}

static struct verdict
decide(const struct consent_rule *rule, const struct answer *answers,
	const struct consent_time *when)
{
	uint64_t heard = consent_heard(rule);
	struct verdict v;

	if (rule->basis == BASIS_CONTRACT ||
		rule->basis == BASIS_LEGAL_OBLIGATION)
		return yes;
	v = check_errors(heard, answers, when->now_ms);
	if (v.reason == LETHE_REASON_NONE)
		v = check_refusals(rule, answers, when);
	if (v.reason == LETHE_REASON_NONE &&
		rule->basis != BASIS_LEGITIMATE_INTERESTS)
		v = check_grants(rule, answers, when);
	return v;
}

enum lethe_reason
consent_decide(const struct consent_rule *rule, const struct answer *answers,
	const struct consent_time *when, size_t *source)
{
	struct verdict v = decide(rule, answers, when);

	*source = v.source;
	return v.reason;
}
