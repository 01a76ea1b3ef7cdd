#include "kafka/assign/self.h"

#include "kafka/offsets/words.h"

#include "base/log.h"

#include <stdio.h>

/* Tells of a gap, and keeps the first in `err`. */
static enum lethe_status
tell_gap(const struct assign *a, const struct slot *s, enum offsets_state state,
	const struct offsets_span *gap, struct lethe_error *err)
{
	const char *topic = lane_of(a)->topics[s->topic];
	char words[OFFSETS_WORDS_BYTES], command[OFFSETS_WORDS_BYTES + 320];
	bool gone = state == OFFSETS_GAP;

	offsets_words_put(topic, s->partition, gap, words);
	(void)snprintf(command, sizeof(command),
		"`lethe offsets show` shows it; to go on without them stop "
		"every lethe of the group, then `lethe offsets accept-gap "
		"%s`, with the same --config (and --purpose)%s",
		words,
		gone ? ""
		     : ", and --recreated if the topic was made anew, or "
		       "--truncated if the log lost its tail");
	LOG(LOG_ERROR, "gap", LOG_NUMBER("lane", lane_of(a)->lane),
		LOG_TEXT("topic", topic), LOG_NUMBER("partition", s->partition),
		LOG_NUMBER("from", gap->from), LOG_NUMBER("to", gap->to),
		LOG_NUMBER("offsets", offsets_count(gap)),
		LOG_TEXT("why", gone ? "retention passed the committed offset"
				     : "the log ends below the committed "
				       "offset"),
		LOG_TEXT("do", command));
	return offsets_gap_fail(topic, s->partition, state, gap, err);
}

enum lethe_status
assign_gap(struct assign *a, struct lethe_error *err)
{
	struct slots_cursor at = {0};
	struct slot *s;
	struct lethe_error first = {0}, *to = &first;
	enum lethe_status status;

	while ((s = slots_each(lane_of(a)->slots, &at))) {
		struct kafka_place where = {.topic = s->topic,
			.partition = s->partition,
			.offset = 0};
		struct offsets_place place = {.committed = s->base};
		struct offsets_span gap;
		enum offsets_state state;

		status =
			assign_range(a, &where, &place.first, &place.next, err);
		if (status == LETHE_EAGAIN)
			break;
		if (status)
			return status;
		state = offsets_state(&place, &gap);
		if (state != OFFSETS_GAP && state != OFFSETS_BEYOND_END)
			continue;
		if (tell_gap(a, s, state, &gap, to))
			to = NULL;
	}
	if (first.status)
		return fail_with(err, &first);
	/* No longer ours, or a leader that did not know its own log yet. */
	return fail(err, LETHE_EABORT, 0,
		"an offset was not in the log, and is now");
}
