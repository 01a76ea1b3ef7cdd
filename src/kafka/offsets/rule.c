#include "kafka/offsets/rule.h"

enum offsets_state
offsets_state(const struct offsets_place *place, struct offsets_span *gap)
{
	*gap = (struct offsets_span){0, -1};
	if (place->committed == OFFSET_NONE)
		return OFFSETS_NOT_STARTED;
	if (place->committed < place->first) {
		*gap = (struct offsets_span){
			place->committed, place->first - 1};
		return OFFSETS_GAP;
	}
	if (place->committed > place->next) {
		*gap = (struct offsets_span){place->next, place->committed - 1};
		return OFFSETS_BEYOND_END;
	}
	return OFFSETS_OK;
}

const char *
offsets_state_name(enum offsets_state state)
{
	static const char *const names[] = {
		[OFFSETS_OK] = "ok",
		[OFFSETS_NOT_STARTED] = "not_started",
		[OFFSETS_GAP] = "gap",
		[OFFSETS_BEYOND_END] = "beyond_end",
	};

	return names[state];
}

int64_t
offsets_lag(const struct offsets_place *place)
{
	struct offsets_span gap;

	switch (offsets_state(place, &gap)) {
	case OFFSETS_OK: return place->next - place->committed;
	case OFFSETS_GAP: return place->next - place->first;
	case OFFSETS_NOT_STARTED:
	case OFFSETS_BEYOND_END: break;
	}
	return -1;
}

enum offsets_answer
offsets_accept(const struct offsets_place *place,
	const struct offsets_span *named, enum offsets_cause cause, int64_t *to)
{
	struct offsets_span gap;
	enum offsets_state state = offsets_state(place, &gap);

	*to = OFFSET_NONE;
	if (state == OFFSETS_NOT_STARTED)
		return ANSWER_NOT_STARTED;
	if (state == OFFSETS_OK)
		return ANSWER_NO_GAP;
	if (named->from != gap.from || named->to != gap.to)
		return ANSWER_OTHER_GAP;
	if (state == OFFSETS_GAP && cause != CAUSE_UNSAID)
		return ANSWER_CAUSE_VAIN;
	if (state == OFFSETS_BEYOND_END && cause == CAUSE_UNSAID)
		return ANSWER_CAUSE_NEEDED;
	*to = cause == CAUSE_TRUNCATED ? place->next : place->first;
	return ANSWER_YES;
}

enum offsets_answer
offsets_rewind(const struct offsets_place *place, enum offsets_aim aim,
	int64_t target, int64_t *to)
{
	struct offsets_span gap;
	enum offsets_state state = offsets_state(place, &gap);

	*to = OFFSET_NONE;
	if (state == OFFSETS_NOT_STARTED)
		return ANSWER_NOT_STARTED;
	if (state != OFFSETS_OK)
		return ANSWER_GAP_FIRST;
	if (aim == AIM_EARLIEST)
		target = place->first;
	if (target == place->committed ||
		(aim == AIM_TIME &&
			(target == OFFSET_NONE || target > place->committed)))
		return ANSWER_STANDS;
	if (target > place->committed)
		return ANSWER_FORWARD;
	if (target < place->first)
		return ANSWER_GONE;
	*to = target;
	return ANSWER_YES;
}
