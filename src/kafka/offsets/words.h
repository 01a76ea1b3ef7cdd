#ifndef OFFSETS_WORDS_H
#define OFFSETS_WORDS_H

/*
 * The words by which people name a partition and a gap:
 *
 *   events.raw    events.raw:2    events.raw:2:120-799
 */

#include "kafka/offsets/rule.h"

#define OFFSETS_TOPIC_BYTES 250 /* Kafka's longest name and a NUL */
#define OFFSETS_WORDS_BYTES (OFFSETS_TOPIC_BYTES + 56)

struct offsets_words {
	char topic[OFFSETS_TOPIC_BYTES];
	int32_t partition; /* -1: not said */
	struct offsets_span gap;
};

/* `events.raw` or `events.raw:2`; false when it is neither. */
bool offsets_words_partition(const char *text, struct offsets_words *out);

/* `events.raw:2:120-799`, the lower offset first; false when it is not. */
bool offsets_words_gap(const char *text, struct offsets_words *out);

/* Digits alone, to INT64_MAX. */
bool offsets_words_number(const char *text, size_t len, int64_t *out);

/* The words of a gap. */
void offsets_words_put(const char *topic, int32_t partition,
	const struct offsets_span *gap, char out[static OFFSETS_WORDS_BYTES]);

/* Fails: EGAP, telling the gap; state is OFFSETS_GAP or OFFSETS_BEYOND_END. */
LETHE_CHECKED enum lethe_status
offsets_gap_fail(const char *topic, int32_t partition, enum offsets_state state,
	const struct offsets_span *gap, struct lethe_error *err);

#endif
