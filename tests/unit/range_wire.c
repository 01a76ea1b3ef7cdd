#include "suite.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/wire/client.h"
#include "kafka/wire/feed.h"
#include "kafka/wire/mock.h"

/*
 * Where a partition begins and ends, asked of a broker that errs: an error, or
 * the truth, never another offset.
 */

#define EVENTS 4
#define TRIES 4
#define CALL_MS 10000

static const rd_kafka_resp_err_t errors[] = {
	RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
	RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
	RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
	RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
	RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
	RD_KAFKA_RESP_ERR_UNKNOWN,
	RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
};

static void
fill(struct mock *m)
{
	struct feed_options options = {
		.brokers = mock_brokers(m), .topic = "raw"};
	struct lethe_error err;
	struct feed *f;

	ck_assert_status(feed_open(&options, &f, &err), LETHE_OK);
	for (int i = 0; i < EVENTS; i++)
		ck_assert_status(feed_send(f, slice_of("k"), slice_of("x"),
					 clock_now_ms(), &err),
			LETHE_OK);
	ck_assert_status(feed_flush(f, CALL_MS, &err), LETHE_OK);
	feed_close(f);
}

static rd_kafka_t *
open_consumer(struct mock *m)
{
	const struct client_property props[] = {
		{.name = "bootstrap.servers", .value = mock_brokers(m)},
	};
	const struct client_set own[] = {{"group.id", "g"}, {NULL, NULL}};
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;
	struct lethe_error err;

	ck_assert_status(
		client_conf(CLIENT_CONSUMER, props, 1, own, &conf, &err),
		LETHE_OK);
	ck_assert_status(
		client_new(CLIENT_CONSUMER, conf, &rk, &err), LETHE_OK);
	return rk;
}

static bool
is_true(int64_t low, int64_t high)
{
	return low == 0 && high == EVENTS;
}

START_TEST(a_broker_that_errs_never_moves_the_beginning)
{
	struct mock *m;
	struct lethe_error err;
	rd_kafka_t *rk;
	int64_t low, high;
	size_t failed = 0;
	enum lethe_status status;

	log_off();
	ck_assert_status(mock_open(1, &m, &err), LETHE_OK);
	ck_assert_status(mock_topic(m, "raw", 1, &err), LETHE_OK);
	fill(m);
	rk = open_consumer(m);
	ck_assert_status(client_range(rk, "raw", 0, CALL_MS, &low, &high, &err),
		LETHE_OK);
	ck_assert(is_true(low, high));
	for (int i = 0; i < TRIES; i++) {
		mock_refuse(m, MOCK_LIST_OFFSETS, (int)errors[_i], 1);
		status = client_range(rk, "raw", 0, CALL_MS, &low, &high, &err);
		failed += status != LETHE_OK;
		/* Or not yet: assign/ asks again. */
		if (errors[_i] == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
			status)
			ck_assert_status(status, LETHE_ENOTOPIC);
		ck_assert_msg(status || is_true(low, high),
			"from %lld to %lld where it is from 0 to %d",
			(long long)low, (long long)high, EVENTS);
	}
	ck_assert_uint_gt(failed, 0);
	rd_kafka_destroy(rk);
	mock_close(m);
}
END_TEST

SUITE("range_wire", ROWS(a_broker_that_errs_never_moves_the_beginning, errors))
