#include "unit/mock_lane.h"

#include <librdkafka/rdkafka.h>

/* However many headers stand before it, an objection in a header is heard. */

#define OTHERS 300

static const char place[] = "path: $.gpc";
static const char header[] = "path: '@header[\"gpc\"]'";

static void
send_one(rd_kafka_t *rk, const char *value, const char *gpc)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(OTHERS + 1);

	for (int i = 0; i < OTHERS; i++)
		ck_assert(!rd_kafka_header_add(headers, "trace", -1, "t", 1));
	ck_assert(!rd_kafka_header_add(headers, "gpc", -1, gpc, -1));
	ck_assert(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("raw"),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)value, strlen(value)),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END));
}

static void
send_all(struct mock_lane *ml)
{
	char value[128], text[128];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;

	snprintf(value, sizeof(value),
		"{\"event\":\"viewed\",\"user\":\"a\",\"time\":%lld,\"n\":1}",
		(long long)clock_now_ms());
	rd_kafka_conf_set(conf, "bootstrap.servers", mock_brokers(ml->mock),
		text, sizeof(text));
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	ck_assert_ptr_nonnull(rk);
	send_one(rk, value, "1");
	send_one(rk, value, "0");
	ck_assert(!rd_kafka_flush(rk, MOCK_PATIENCE_MS));
	rd_kafka_destroy(rk);
}

START_TEST(an_objection_behind_many_headers_is_heard)
{
	struct mock_lane *ml = calloc(1, sizeof(*ml));
	char policy[sizeof(mock_policy) + sizeof(header)];
	const char *at = strstr(mock_policy, place);
	struct kit k;

	log_off();
	snprintf(policy, sizeof(policy), "%.*s%s%s", (int)(at - mock_policy),
		mock_policy, header, at + strlen(place));
	kit_init(&k, policy);
	mock_lane_init(ml);
	mock_lane_start(ml, k.view, 60000);
	send_all(ml);
	ck_assert(mock_lane_wait(ml, 2));
	ck_assert_uint_eq(mock_lane_events(ml), 2);
	ck_assert_uint_eq(
		atomic_load(&lane_stats(ml->lane)->values[STAT_RECORDS]), 1);
	ck_assert_status(mock_lane_stop(ml), LETHE_OK);
	mock_lane_fini(ml);
	free(ml);
	kit_fini(&k);
}
END_TEST

SUITE("mock_headers", TEST(an_objection_behind_many_headers_is_heard))
