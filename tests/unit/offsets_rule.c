#include "suite.h"

#include "kafka/offsets/words.h"

/* How a group stands, and what may be done about it, by numbers alone. */

#define NONE OFFSET_NONE
#define MAX INT64_MAX

static const struct {
	struct offsets_place place;
	enum offsets_state state;
	struct offsets_span gap;
	int64_t lag;
} states[] = {
	/* committed, first, next */
	{{NONE, 0, 0, {0}}, OFFSETS_NOT_STARTED, {0, -1}, -1},
	{{NONE, 10, 20, {0}}, OFFSETS_NOT_STARTED, {0, -1}, -1},
	{{0, 0, 0, {0}}, OFFSETS_OK, {0, -1}, 0},
	{{0, 0, 5, {0}}, OFFSETS_OK, {0, -1}, 5},
	{{10, 10, 20, {0}}, OFFSETS_OK, {0, -1}, 10},
	{{20, 10, 20, {0}}, OFFSETS_OK, {0, -1}, 0},
	{{20, 20, 20, {0}}, OFFSETS_OK, {0, -1}, 0},
	{{9, 10, 20, {0}}, OFFSETS_GAP, {9, 9}, 10},
	{{0, 10, 20, {0}}, OFFSETS_GAP, {0, 9}, 10},
	{{0, 1, 1, {0}}, OFFSETS_GAP, {0, 0}, 0},
	{{21, 10, 20, {0}}, OFFSETS_BEYOND_END, {20, 20}, -1},
	{{100, 0, 0, {0}}, OFFSETS_BEYOND_END, {0, 99}, -1},
	{{MAX, 0, 1, {0}}, OFFSETS_BEYOND_END, {1, MAX - 1}, -1},
};

START_TEST(tells_how_a_group_stands)
{
	struct offsets_span gap;

	ck_assert_str_eq(
		offsets_state_name(offsets_state(&states[_i].place, &gap)),
		offsets_state_name(states[_i].state));
	ck_assert_int_eq(gap.from, states[_i].gap.from);
	ck_assert_int_eq(gap.to, states[_i].gap.to);
	ck_assert_int_eq(offsets_lag(&states[_i].place), states[_i].lag);
}
END_TEST

static const struct {
	struct offsets_place place;
	struct offsets_span named;
	enum offsets_cause cause;
	enum offsets_answer answer;
	int64_t to;
} accepts[] = {
	/* a plain gap: its own words alone, and nothing beside them */
	{{5, 10, 20, {0}}, {5, 9}, CAUSE_UNSAID, ANSWER_YES, 10},
	{{0, 10, 10, {0}}, {0, 9}, CAUSE_UNSAID, ANSWER_YES, 10},
	{{5, 10, 20, {0}}, {5, 8}, CAUSE_UNSAID, ANSWER_OTHER_GAP, NONE},
	{{5, 10, 20, {0}}, {5, 10}, CAUSE_UNSAID, ANSWER_OTHER_GAP, NONE},
	{{5, 10, 20, {0}}, {4, 9}, CAUSE_UNSAID, ANSWER_OTHER_GAP, NONE},
	{{5, 10, 20, {0}}, {6, 9}, CAUSE_UNSAID, ANSWER_OTHER_GAP, NONE},
	{{5, 10, 20, {0}}, {5, 9}, CAUSE_TRUNCATED, ANSWER_CAUSE_VAIN, NONE},
	{{5, 10, 20, {0}}, {5, 9}, CAUSE_RECREATED, ANSWER_CAUSE_VAIN, NONE},
	/* beyond the end: the cause must be said */
	{{30, 10, 20, {0}}, {20, 29}, CAUSE_UNSAID, ANSWER_CAUSE_NEEDED, NONE},
	{{30, 10, 20, {0}}, {20, 29}, CAUSE_TRUNCATED, ANSWER_YES, 20},
	{{30, 10, 20, {0}}, {20, 29}, CAUSE_RECREATED, ANSWER_YES, 10},
	{{30, 0, 0, {0}}, {0, 29}, CAUSE_RECREATED, ANSWER_YES, 0},
	{{30, 10, 20, {0}}, {20, 30}, CAUSE_RECREATED, ANSWER_OTHER_GAP, NONE},
	{{30, 10, 20, {0}}, {10, 29}, CAUSE_TRUNCATED, ANSWER_OTHER_GAP, NONE},
	/* where nothing is wrong nothing is moved */
	{{10, 10, 20, {0}}, {10, 10}, CAUSE_UNSAID, ANSWER_NO_GAP, NONE},
	{{15, 10, 20, {0}}, {5, 9}, CAUSE_UNSAID, ANSWER_NO_GAP, NONE},
	{{20, 10, 20, {0}}, {20, 20}, CAUSE_RECREATED, ANSWER_NO_GAP, NONE},
	{{NONE, 10, 20, {0}}, {0, 9}, CAUSE_UNSAID, ANSWER_NOT_STARTED, NONE},
};

START_TEST(accepts_the_gap_that_stands_there_alone)
{
	int64_t to = 77;

	ck_assert_int_eq(offsets_accept(&accepts[_i].place, &accepts[_i].named,
				 accepts[_i].cause, &to),
		accepts[_i].answer);
	ck_assert_int_eq(to, accepts[_i].to);
}
END_TEST

static const struct {
	struct offsets_place place;
	enum offsets_aim aim;
	int64_t target;
	enum offsets_answer answer;
	int64_t to;
} rewinds[] = {
	{{15, 10, 20, {0}}, AIM_EARLIEST, 77, ANSWER_YES, 10},
	{{10, 10, 20, {0}}, AIM_EARLIEST, 77, ANSWER_STANDS, NONE},
	{{0, 0, 0, {0}}, AIM_EARLIEST, 77, ANSWER_STANDS, NONE},
	{{15, 10, 20, {0}}, AIM_OFFSET, 10, ANSWER_YES, 10},
	{{15, 10, 20, {0}}, AIM_OFFSET, 14, ANSWER_YES, 14},
	{{15, 10, 20, {0}}, AIM_OFFSET, 15, ANSWER_STANDS, NONE},
	{{15, 10, 20, {0}}, AIM_OFFSET, 16, ANSWER_FORWARD, NONE},
	{{15, 10, 20, {0}}, AIM_OFFSET, 99, ANSWER_FORWARD, NONE},
	{{15, 10, 20, {0}}, AIM_OFFSET, 9, ANSWER_GONE, NONE},
	{{15, 10, 20, {0}}, AIM_OFFSET, 0, ANSWER_GONE, NONE},
	{{15, 10, 20, {0}}, AIM_TIME, 12, ANSWER_YES, 12},
	{{15, 10, 20, {0}}, AIM_TIME, 15, ANSWER_STANDS, NONE},
	{{15, 10, 20, {0}}, AIM_TIME, 18, ANSWER_STANDS, NONE},
	{{15, 10, 20, {0}}, AIM_TIME, NONE, ANSWER_STANDS, NONE},
	/* a gap is never jumped over, in neither direction */
	{{5, 10, 20, {0}}, AIM_EARLIEST, 77, ANSWER_GAP_FIRST, NONE},
	{{5, 10, 20, {0}}, AIM_OFFSET, 12, ANSWER_GAP_FIRST, NONE},
	{{30, 10, 20, {0}}, AIM_EARLIEST, 77, ANSWER_GAP_FIRST, NONE},
	{{30, 10, 20, {0}}, AIM_OFFSET, 20, ANSWER_GAP_FIRST, NONE},
	{{NONE, 10, 20, {0}}, AIM_EARLIEST, 77, ANSWER_NOT_STARTED, NONE},
	{{NONE, 10, 20, {0}}, AIM_TIME, 12, ANSWER_NOT_STARTED, NONE},
};

START_TEST(goes_back_and_never_forward)
{
	int64_t to = 77;

	ck_assert_int_eq(offsets_rewind(&rewinds[_i].place, rewinds[_i].aim,
				 rewinds[_i].target, &to),
		rewinds[_i].answer);
	ck_assert_int_eq(to, rewinds[_i].to);
}
END_TEST

/*
 * Whatever the numbers: what is accepted skips exactly what was named, and
 * what is done again lies in the log.
 */
START_TEST(never_skips_what_is_in_the_log)
{
	for (int64_t first = 0; first < 5; first++)
		for (int64_t next = first; next < 8; next++)
			for (int64_t at = 0; at < 10; at++) {
				struct offsets_place p = {.committed = at,
					.first = first,
					.next = next};
				struct offsets_span gap;
				int64_t to;

				(void)offsets_state(&p, &gap);
				if (offsets_accept(&p, &gap, CAUSE_UNSAID,
					    &to) == ANSWER_YES)
					ck_assert_int_eq(to, first);
				for (int64_t aim = 0; aim < 10; aim++)
					if (offsets_rewind(&p, AIM_OFFSET, aim,
						    &to) == ANSWER_YES)
						ck_assert(
							to >= first && to < at);
			}
}
END_TEST

static const struct {
	const char *text;
	const char *topic; /* NULL: refused */
	int32_t partition;
	int64_t from, to;
} gaps[] = {
	{"events.raw:2:120-799", "events.raw", 2, 120, 799},
	{"a-b_c.D:0:0-0", "a-b_c.D", 0, 0, 0},
	{"t:2147483647:0-9223372036854775807", "t", INT32_MAX, 0, MAX},
	{"events.raw:2:799-120", NULL, 0, 0, 0},
	{"events.raw:2:120", NULL, 0, 0, 0},
	{"events.raw:2:120-", NULL, 0, 0, 0},
	{"events.raw:2:-799", NULL, 0, 0, 0},
	{"events.raw:2:120-799x", NULL, 0, 0, 0},
	{"events.raw:2:+120-799", NULL, 0, 0, 0},
	{"events.raw:2: 120-799", NULL, 0, 0, 0},
	{"events.raw:-1:120-799", NULL, 0, 0, 0},
	{"events.raw:2147483648:1-2", NULL, 0, 0, 0},
	{"events.raw:2:1-9223372036854775808", NULL, 0, 0, 0},
	{"events.raw::1-2", NULL, 0, 0, 0},
	{"events.raw:2", NULL, 0, 0, 0},
	{"events.raw", NULL, 0, 0, 0},
	{":2:1-2", NULL, 0, 0, 0},
	{"ev ents:2:1-2", NULL, 0, 0, 0},
	{"", NULL, 0, 0, 0},
};

START_TEST(reads_and_writes_the_words_of_a_gap)
{
	struct offsets_words w;
	char text[OFFSETS_WORDS_BYTES];

	if (!gaps[_i].topic) {
		ck_assert(!offsets_words_gap(gaps[_i].text, &w));
		return;
	}
	ck_assert(offsets_words_gap(gaps[_i].text, &w));
	ck_assert_str_eq(w.topic, gaps[_i].topic);
	ck_assert_int_eq(w.partition, gaps[_i].partition);
	ck_assert_int_eq(w.gap.from, gaps[_i].from);
	ck_assert_int_eq(w.gap.to, gaps[_i].to);
	offsets_words_put(w.topic, w.partition, &w.gap, text);
	ck_assert_str_eq(text, gaps[_i].text);
}
END_TEST

START_TEST(reads_a_topic_with_or_without_a_partition)
{
	struct offsets_words w;
	char longest[OFFSETS_TOPIC_BYTES + 1];

	ck_assert(offsets_words_partition("events.raw", &w));
	ck_assert_int_eq(w.partition, -1);
	ck_assert(offsets_words_partition("events.raw:7", &w));
	ck_assert_int_eq(w.partition, 7);
	ck_assert(!offsets_words_partition("events.raw:", &w));
	ck_assert(!offsets_words_partition("events.raw:x", &w));
	ck_assert(!offsets_words_partition("events.raw:1:2-3", &w));
	ck_assert(!offsets_words_partition("", &w));
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	ck_assert(!offsets_words_partition(longest, &w));
	longest[sizeof(longest) - 2] = '\0';
	ck_assert(offsets_words_partition(longest, &w));
}
END_TEST

SUITE("offsets_rule", ROWS(tells_how_a_group_stands, states),
	ROWS(accepts_the_gap_that_stands_there_alone, accepts),
	ROWS(goes_back_and_never_forward, rewinds),
	TEST(never_skips_what_is_in_the_log),
	ROWS(reads_and_writes_the_words_of_a_gap, gaps),
	TEST(reads_a_topic_with_or_without_a_partition))
