#include "kafka/offsets/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool
offsets_words_number(const char *text, size_t len, int64_t *out)
{
	int64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, text[i] - '0', &value))
			return false;
	}
	*out = value;
	return len > 0;
}

static bool
take_topic(const char *text, size_t len, struct offsets_words *out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	if (!len || len >= sizeof(out->topic) || strspn(text, allowed) < len)
		return false;
	memcpy(out->topic, text, len);
	out->topic[len] = '\0';
	return true;
}

static bool
take_partition(const char *text, size_t len, struct offsets_words *out)
{
	int64_t number;

	if (!offsets_words_number(text, len, &number) || number > INT32_MAX)
		return false;
	out->partition = (int32_t)number;
	return true;
}

bool
offsets_words_partition(const char *text, struct offsets_words *out)
{
	size_t len = strcspn(text, ":");

	*out = (struct offsets_words){.partition = -1, .gap = {0, -1}};
	if (!take_topic(text, len, out))
		return false;
	text += len;
	return !*text || take_partition(text + 1, strlen(text + 1), out);
}

bool
offsets_words_gap(const char *text, struct offsets_words *out)
{
	size_t len = strcspn(text, ":");

	*out = (struct offsets_words){.partition = -1, .gap = {0, -1}};
	if (!take_topic(text, len, out) || !text[len])
		return false;
	text += len + 1;
	len = strcspn(text, ":");
	if (!take_partition(text, len, out) || !text[len])
		return false;
	text += len + 1;
	len = strcspn(text, "-");
	return offsets_words_number(text, len, &out->gap.from) && text[len] &&
	       offsets_words_number(
		       text + len + 1, strlen(text + len + 1), &out->gap.to) &&
	       out->gap.from <= out->gap.to;
}

void
offsets_words_put(const char *topic, int32_t partition,
	const struct offsets_span *gap, char out[static OFFSETS_WORDS_BYTES])
{
	(void)snprintf(out, OFFSETS_WORDS_BYTES,
		"%.249s:%" PRId32 ":%" PRId64 "-%" PRId64, topic, partition,
		gap->from, gap->to);
}

enum lethe_status
offsets_gap_fail(const char *topic, int32_t partition, enum offsets_state state,
	const struct offsets_span *gap, struct lethe_error *err)
{
	if (state == OFFSETS_GAP)
		return fail(err, LETHE_EGAP, 0,
			"%.60s:%d: offsets %lld to %lld (%lld of them) are "
			"gone from the log",
			topic, partition, (long long)gap->from,
			(long long)gap->to, (long long)offsets_count(gap));
	return fail(err, LETHE_EGAP, 0,
		"%.60s:%d: %lld is committed, the log ends at %lld: was it "
		"truncated, or the topic made anew?",
		topic, partition, (long long)gap->to + 1, (long long)gap->from);
}
