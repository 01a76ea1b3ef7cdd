#include "unit/mock_lane.h"

#include "kafka/murmur2.h"

#include <librdkafka/rdkafka.h>

/*
 * A lane in an overlap of two epochs, over the wire: rekeys go by the old
 * token to its partition, are counted by themselves, and are sent once more
 * when the transaction that had them was aborted.
 */

#define PEOPLE 7
#define EVENTS 70

static void
open_kit(struct kit *k)
{
	int64_t now = clock_now_ms();

	log_off();
	kit_init(k, mock_policy);
	kit_rotate(k, now - 1000, now + 3600000);
}

/* The texts of two tokens in a value. */
static void
read_tokens(const rd_kafka_message_t *m, char subject[80], char was[80])
{
	char text[512];

	snprintf(text, sizeof(text), "%.*s", (int)m->len,
		(const char *)m->payload);
	ck_assert_int_eq(sscanf(strstr(text, "\"subject\":\"") + 11, "%79[^\"]",
				 subject),
		1);
	ck_assert_int_eq(sscanf(strstr(text, "\"subject_was\":\"") + 15,
				 "%79[^\"]", was),
		1);
}

static bool
has_header(const rd_kafka_message_t *m, const char *name, const char *expected)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t len;

	ck_assert(!rd_kafka_message_headers(m, &headers));
	if (rd_kafka_header_get_last(headers, name, &value, &len))
		return false;
	return !expected ||
	       (len == strlen(expected) && !memcmp(value, expected, len));
}

struct rekeys {
	size_t rekeys, events;
};

static void
note_record(struct rekeys *s, const rd_kafka_message_t *m)
{
	char subject[80], was[80];
	const char *key;
	bool rekey = has_header(m, "lethe-kind", "rekey");

	read_tokens(m, subject, was);
	key = rekey ? was : subject;
	ck_assert(rekey || has_header(m, "lethe-kind", "event"));
	ck_assert(has_header(m, "lethe-epoch", "2"));
	ck_assert(has_header(m, "lethe-purpose", "recs"));
	ck_assert(has_header(m, "lethe-policy", NULL));
	ck_assert_int_eq(has_header(m, "lethe-shape", NULL), !rekey);
	ck_assert(!strncmp(subject, "u2_", 3) && !strncmp(was, "u1_", 3));
	ck_assert_uint_eq(m->key_len, strlen(key));
	ck_assert_mem_eq(m->key, key, m->key_len);
	ck_assert_int_eq(m->partition,
		murmur2_partition(key, strlen(key), MOCK_PARTITIONS));
	s->rekeys += rekey;
	s->events += !rekey;
}

/* Reads what was written, aborted or not, until nothing more comes. */
static struct rekeys
read_all(struct mock_lane *ml)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(MOCK_PARTITIONS);
	struct rekeys s = {0};
	rd_kafka_message_t *m;
	rd_kafka_t *rk;
	char text[128];

	rd_kafka_conf_set(conf, "bootstrap.servers", mock_brokers(ml->mock),
		text, sizeof(text));
	rd_kafka_conf_set(conf, "group.id", "reader", text, sizeof(text));
	rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", text, sizeof(text));
	rd_kafka_conf_set(conf, "isolation.level", "read_uncommitted", text,
		sizeof(text));
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	ck_assert_ptr_nonnull(rk);
	for (int i = 0; i < MOCK_PARTITIONS; i++)
		rd_kafka_topic_partition_list_add(list, "recs", i)->offset = 0;
	ck_assert(!rd_kafka_assign(rk, list));
	rd_kafka_topic_partition_list_destroy(list);
	while ((m = rd_kafka_consumer_poll(rk, 2000))) {
		if (!m->err)
			note_record(&s, m);
		rd_kafka_message_destroy(m);
	}
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	return s;
}

static struct stats
sums_of(const struct mock_lane *ml)
{
	struct stats sums = {0};

	stats_add(lane_stats(ml->lane), &sums);
	return sums;
}

/* Feeds while the lane stands still, so that one transaction has them all. */
static void
feed_at_once(struct mock_lane *ml, size_t count)
{
	mock_lane_pause(ml);
	mock_lane_feed(ml, count);
	mock_lane_resume(ml);
}

START_TEST(rekeys_go_before_by_the_old_token)
{
	struct mock_lane ml;
	struct stats sums;
	struct rekeys seen;
	struct kit k;

	open_kit(&k);
	mock_lane_init(&ml);
	mock_lane_start(&ml, k.view, 3000);
	mock_lane_feed(&ml, EVENTS);
	ck_assert(mock_lane_wait(&ml, EVENTS));
	sums = sums_of(&ml);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	ck_assert_uint_eq(sums.values[STAT_RECORDS], EVENTS);
	ck_assert_uint_eq(sums.records[0], EVENTS);
	/* Two who meet in one place of the memory are told of again. */
	ck_assert_uint_ge(sums.values[STAT_REKEYS], PEOPLE);
	ck_assert_uint_lt(sums.values[STAT_REKEYS], EVENTS);
	ck_assert_uint_eq(sums.rekeys[0], sums.values[STAT_REKEYS]);
	ck_assert_uint_eq(sums.epochs[0], 2);
	seen = read_all(&ml);
	/* What an abort left behind is seen as well. */
	ck_assert_uint_ge(seen.events, EVENTS);
	ck_assert_uint_ge(seen.rekeys, PEOPLE);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

START_TEST(an_aborted_rekey_is_sent_again)
{
	struct mock_lane ml;
	struct stats sums;
	struct rekeys seen;
	struct kit k;

	open_kit(&k);
	mock_lane_init(&ml);
	mock_lane_start(&ml, k.view, 3000);
	mock_lane_pause(&ml);
	ml.faults[0] = (struct fault){MOCK_TXN_OFFSET_COMMIT,
		RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, 1};
	feed_at_once(&ml, PEOPLE);
	ck_assert(mock_lane_wait(&ml, PEOPLE));
	/* Now it holds: nobody is told of again. */
	feed_at_once(&ml, PEOPLE);
	ck_assert(mock_lane_wait(&ml, (uint64_t)2 * PEOPLE));
	sums = sums_of(&ml);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	ck_assert(atomic_load(&ml.answered[WATCH_SEND_OFFSETS]));
	ck_assert_uint_eq(sums.values[STAT_RECORDS], 2 * PEOPLE);
	ck_assert_uint_ge(sums.values[STAT_REKEYS], PEOPLE);
	ck_assert_uint_lt(sums.values[STAT_REKEYS], 2 * PEOPLE);
	/* Of what was aborted some may be in the log, or nothing. */
	seen = read_all(&ml);
	ck_assert_uint_ge(seen.rekeys, PEOPLE);
	ck_assert_uint_ge(seen.events, (size_t)2 * PEOPLE);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

SUITE("mock_rekey", TEST(rekeys_go_before_by_the_old_token),
	TEST(an_aborted_rekey_is_sent_again))
