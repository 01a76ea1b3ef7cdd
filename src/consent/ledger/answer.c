#include "consent/ledger/row.h"
#include "text/time.h"

static struct answer
error_of(enum lethe_reason reason)
{
	return (struct answer){.kind = ANSWER_ERROR, .reason = reason};
}

/* Rows hold whole seconds: a time may be any instant of its second. */
#define SECOND_MS 1000

static struct answer
answer_given(const struct ledger_entry *e, int64_t now_ms)
{
	/* A renewal from the future: `since` alone would not show it. */
	if (time_step(e->at_ms, SECOND_MS) > time_step(now_ms, SECOND_MS))
		return error_of(LETHE_REASON_SIGNAL_FUTURE);
	return (struct answer){
		.kind = ANSWER_GRANT,
		.has_time = true,
		.time_ms = e->since_ms,
		.grain_ms = SECOND_MS,
		.has_until = e->has_until,
		.until_ms = e->until_ms,
	};
}

static struct answer
answer_no(const struct ledger_entry *e)
{
	return (struct answer){
		.kind = ANSWER_DENY,
		.has_time = e->has_at,
		.time_ms = e->at_ms,
		.grain_ms = e->has_at ? SECOND_MS : 0,
	};
}

/* Ended before anything: the decider says that it has expired. */
static struct answer
answer_expired(void)
{
	return (struct answer){
		.kind = ANSWER_GRANT, .has_until = true, .until_ms = INT64_MIN};
}

/* A pause has no place for the end of the grant that it interrupts, so it
 * gives none back. */
static struct answer
answer_paused(const struct ledger_entry *e, const struct consent_time *when)
{
	int64_t grain = when->event_grain_ms;

	if (grain < SECOND_MS)
		grain = SECOND_MS;
	if (time_step(when->now_ms, SECOND_MS) <=
			time_step(e->until_ms, SECOND_MS) ||
		time_step(when->event_ms, grain) <=
			time_step(e->until_ms, grain))
		return answer_no(e);
	return (struct answer){.kind = ANSWER_SILENT};
}

struct answer
ledger_answer(const struct ledger_row *row, size_t purpose,
	const struct consent_time *when)
{
	const struct ledger_entry *e;

	if (row->kind == LEDGER_ROW_ABSENT)
		return (struct answer){.kind = ANSWER_SILENT};
	if (row->kind != LEDGER_ROW_PRESENT || purpose >= row->count)
		return error_of(LETHE_REASON_LEDGER_STALE);
	e = &row->entries[purpose];
	switch (e->state) {
	case LEDGER_UNKNOWN: return (struct answer){.kind = ANSWER_SILENT};
	case LEDGER_GIVEN: return answer_given(e, when->now_ms);
	case LEDGER_REFUSED:
	case LEDGER_WITHDRAWN: return answer_no(e);
	case LEDGER_EXPIRED: return answer_expired();
	case LEDGER_PAUSED: return answer_paused(e, when);
	case LEDGER_MALFORMED: break;
	}
	return error_of(LETHE_REASON_SIGNAL_MALFORMED);
}
