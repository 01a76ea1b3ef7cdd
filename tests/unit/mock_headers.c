#include "unit/mock_lane.h"

#include <librdkafka/rdkafka.h>

/*
 * Headers of an event through a lane, over the wire: what the policy reads in
 * them is read, or the event is not understood.
 */

#define PATH "path: $.gpc"
#define HEADER_PATH "path: '@header[\"gpc\"]'"

/* As the lane's tests, but that the objection stands in a header. */
static void
open_kit(struct kit *k)
{
	static char text[sizeof(mock_policy) + sizeof(HEADER_PATH)];
	const char *at = strstr(mock_policy, PATH);

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s" HEADER_PATH "%s",
		(int)(at - mock_policy), mock_policy, at + strlen(PATH));
	log_off();
	kit_init(k, text);
}

/* One event with so many headers, and behind them `gpc` where it is said. */
static void
send_event(const struct mock_lane *ml, size_t count, bool objects)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_headers_t *headers = rd_kafka_headers_new(count + 1);
	char text[256], name[32];
	rd_kafka_t *rk;

	rd_kafka_conf_set(conf, "bootstrap.servers", mock_brokers(ml->mock),
		text, sizeof(text));
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	ck_assert_ptr_nonnull(rk);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "h%zu", i);
		ck_assert(!rd_kafka_header_add(headers, name, -1, "x", 1));
	}
	if (objects)
		ck_assert(!rd_kafka_header_add(headers, "gpc", -1, "1", 1));
	snprintf(text, sizeof(text),
		"{\"event\":\"viewed\",\"user\":\"jane\",\"time\":%lld}",
		(long long)clock_now_ms());
	ck_assert(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("raw"),
		RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(text, strlen(text)),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END));
	ck_assert(!rd_kafka_flush(rk, MOCK_PATIENCE_MS));
	rd_kafka_destroy(rk);
}

static const struct {
	size_t count;
	bool objects;
	size_t records, quarantined;
} rows[] = {
	{0, false, 1, 0},
	{0, true, 0, 0},
	{63, true, 0, 0},
	{64, false, 1, 0},
	{64, true, 0, 1},
	{65, false, 0, 1},
	{200, true, 0, 1},
};

START_TEST(no_header_is_left_unread)
{
	struct mock_lane ml;
	struct stats sums = {0};
	struct kit k;

	open_kit(&k);
	mock_lane_init(&ml);
	mock_lane_start(&ml, k.view, 3000);
	send_event(&ml, rows[_i].count, rows[_i].objects);
	ck_assert(mock_lane_wait(&ml, 1));
	stats_add(lane_stats(ml.lane), &sums);
	ck_assert_status(mock_lane_stop(&ml), LETHE_OK);
	ck_assert_uint_eq(sums.values[STAT_RECORDS], rows[_i].records);
	ck_assert_uint_eq(sums.values[STAT_QUARANTINED], rows[_i].quarantined);
	mock_lane_fini(&ml);
	kit_fini(&k);
}
END_TEST

SUITE("mock_headers", ROWS(no_header_is_left_unread, rows))
