#include "suite.h"

#include "base/log.h"
#include "kafka/wire/clients.h"
#include "kafka/wire/mock.h"

/*
 * What is told of a record by the record after it, over the wire: a producer
 * that waits for an abort or is lost says why.
 */

#define TRIES 400
#define SERVE_MS 10
#define ABORTS 6

static const struct {
	enum mock_request request;
	rd_kafka_resp_err_t error;
	enum lethe_status status, cause;
} rows[] = {
#define E(name) RD_KAFKA_RESP_ERR_##name
	{MOCK_ADD_PARTITIONS, E(TOPIC_AUTHORIZATION_FAILED), LETHE_EDENIED,
		LETHE_OK},
	{MOCK_ADD_PARTITIONS, E(INVALID_PRODUCER_ID_MAPPING), LETHE_EABORT,
		LETHE_OK},
	{MOCK_ADD_PARTITIONS, E(INVALID_TXN_STATE), LETHE_EKAFKA, LETHE_OK},
	{MOCK_ADD_PARTITIONS, E(PRODUCER_FENCED), LETHE_EFENCED, LETHE_OK},
	{MOCK_PRODUCE, E(TOPIC_AUTHORIZATION_FAILED), LETHE_EDENIED,
		LETHE_EDENIED},
	{MOCK_PRODUCE, E(MSG_SIZE_TOO_LARGE), LETHE_EABORT,
		LETHE_POISON_TOO_BIG_OUT},
	{MOCK_PRODUCE, E(INVALID_RECORD), LETHE_EABORT, LETHE_POISON_REFUSED},
	{MOCK_PRODUCE, E(OUT_OF_ORDER_SEQUENCE_NUMBER), LETHE_EKAFKA, LETHE_OK},
	{MOCK_PRODUCE, E(INVALID_PRODUCER_EPOCH), LETHE_EFENCED, LETHE_OK},
#undef E
};

static void
ok(enum lethe_status status, const struct lethe_error *err)
{
	ck_assert_msg(!status, "%s: %s", lethe_status_name(status), err->what);
}

/* On a machine that stands still an abort runs out of its time. */
static void
end_aborted(struct kafka *k)
{
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_EKAFKA;

	for (int i = 0; status == LETHE_EKAFKA && i < ABORTS; i++)
		status = broker_ops.abort(k, &err);
	ok(status, &err);
}

struct kit {
	struct client_property props[3];
	struct broker_options options;
	struct mock *m;
	struct kafka *k;
};

static void
kit_linger(struct kit *t, const char *ms)
{
	static const char *const outputs[] = {"out"};
	struct lethe_error err = {0};

	*t = (struct kit){.props = {{.name = "bootstrap.servers"},
				  {.name = "linger.ms",
					  .value = ms,
					  .side = CLIENT_PRODUCER},
				  {.name = "queue.buffering.max.kbytes",
					  .value = "64",
					  .side = CLIENT_PRODUCER}},
		.options = {.prop_count = 3,
			.group = "g",
			.id = "t",
			.outputs = outputs,
			.output_count = 1}};
	log_off();
	ok(mock_open(1, &t->m, &err), &err);
	ok(mock_topic(t->m, "out", 1, &err), &err);
	t->props[0].value = mock_brokers(t->m);
	t->options.props = t->props;
	ok(broker_new(&t->options, &t->k, &err), &err);
	ok(broker_ops.open(t->k, &err), &err);
	ok(broker_ops.begin(t->k, &err), &err);
}

static void
kit_begin(struct kit *t)
{
	kit_linger(t, "0");
}

static void
kit_end(struct kit *t)
{
	broker_free(t->k);
	mock_close(t->m);
}

static const struct kafka_record record = {.value = "x", .len = 1};

START_TEST(the_record_after_says_why)
{
	enum lethe_status status = LETHE_OK;
	struct lethe_error err = {0};
	struct kit t;

	kit_begin(&t);
	mock_refuse(t.m, rows[_i].request, (int)rows[_i].error, 1);
	for (int i = 0; !status && i < TRIES; i++) {
		status = broker_ops.produce(t.k, &record, &err);
		broker_ops.serve(t.k, SERVE_MS);
	}
	ck_assert_msg(status == rows[_i].status, "%s: %s",
		lethe_status_name(status), err.what);
	ck_assert_status(broker_ops.cause(t.k, &err), rows[_i].cause);
	kit_end(&t);
}
END_TEST

static void
serve_until_cause(struct kafka *k)
{
	struct lethe_error err = {0};

	for (int i = 0; i < TRIES && !broker_ops.cause(k, &err); i++)
		broker_ops.serve(k, SERVE_MS);
	ck_assert_status(broker_ops.cause(k, &err), LETHE_POISON_TOO_BIG_OUT);
}

static void
produce_of(struct kafka *k, size_t input)
{
	struct lethe_error err = {0};

	broker_ops.work_on(k, input);
	ok(broker_ops.produce(k, &record, &err), &err);
}

/* That of the transaction before is not. */
START_TEST(the_input_of_a_refused_record_is_named)
{
	struct lethe_error err = {0};
	struct kafka_span of;
	struct kit t;

	kit_begin(&t);
	produce_of(t.k, 3);
	ok(broker_ops.flush(t.k, &err), &err);
	for (size_t input = 7; input < 9; input++) {
		mock_refuse(t.m, MOCK_PRODUCE,
			RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1);
		produce_of(t.k, input);
		serve_until_cause(t.k);
		of = broker_ops.blamed(t.k);
		ck_assert_uint_eq(of.first, input);
		ck_assert_uint_eq(of.last, input);
		end_aborted(t.k);
		ok(broker_ops.begin(t.k, &err), &err);
	}
	of = broker_ops.blamed(t.k);
	ck_assert_uint_gt(of.first, of.last);
	kit_end(&t);
}
END_TEST

/* The records of three go in one request. */
START_TEST(the_inputs_of_a_refused_request_are_named)
{
	struct kafka_span of;
	struct kit t;

	kit_linger(&t, "500");
	mock_refuse(t.m, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1);
	for (size_t i = 3; i <= 5; i++)
		produce_of(t.k, i);
	serve_until_cause(t.k);
	end_aborted(t.k);
	of = broker_ops.blamed(t.k);
	ck_assert_uint_eq(of.first, 3);
	ck_assert_uint_eq(of.last, 5);
	kit_end(&t);
}
END_TEST

/*
 * The connection breaks at each try to send it: nobody knows whether the
 * broker has it when it is aborted.  Another producer is free of the doubt.
 */
START_TEST(an_abort_without_an_answer_is_in_doubt)
{
	struct lethe_error err = {0};
	struct kit t;

	kit_begin(&t);
	ok(broker_ops.produce(t.k, &record, &err), &err);
	for (int i = 0; i < 20; i++)
		broker_ops.serve(t.k, SERVE_MS);
	end_aborted(t.k);
	ck_assert(!broker_ops.in_doubt(t.k));
	ok(broker_ops.begin(t.k, &err), &err);
	mock_refuse(t.m, MOCK_PRODUCE, RD_KAFKA_RESP_ERR__TRANSPORT, 1000);
	ok(broker_ops.produce(t.k, &record, &err), &err);
	for (int i = 0; i < 50; i++)
		broker_ops.serve(t.k, SERVE_MS);
	end_aborted(t.k);
	ck_assert(broker_ops.in_doubt(t.k));
	ok(broker_ops.open(t.k, &err), &err);
	ck_assert(!broker_ops.in_doubt(t.k));
	kit_end(&t);
}
END_TEST

/*
 * One that is aborted sooner is never sent.  The second's abort does not take
 * what it heard of the first's record for its own.
 */
START_TEST(an_abort_lets_the_first_record_be_written)
{
	struct lethe_error err = {0};
	int64_t low, written = 0;
	struct kit t;

	kit_begin(&t);
	for (int i = 1; i <= 2; i++) {
		ok(broker_ops.produce(t.k, &record, &err), &err);
		end_aborted(t.k);
		ok(client_range(t.k->producer, "out", 0, ASK_MS, &low, &written,
			   &err),
			&err);
		ck_assert_int_eq(written, i);
		ok(broker_ops.begin(t.k, &err), &err);
	}
	kit_end(&t);
}
END_TEST

/* What the queue has no room for empty, it never has; full, it has later. */
START_TEST(a_record_larger_than_the_queue_is_too_large)
{
	static const char text[70000];
	const struct kafka_record half = {.value = text, .len = 40000},
				  large = {.value = text, .len = 70000};
	struct lethe_error err = {0};
	enum lethe_status status;
	struct kit t;

	kit_begin(&t);
	ok(broker_ops.produce(t.k, &half, &err), &err);
	ck_assert_status(broker_ops.produce(t.k, &half, &err), LETHE_EAGAIN);
	for (int i = 0; i < TRIES; i++) {
		status = broker_ops.produce(t.k, &half, &err);
		if (status != LETHE_EAGAIN)
			break;
		broker_ops.serve(t.k, SERVE_MS);
	}
	ok(status, &err);
	for (int i = 0; i < TRIES; i++) {
		status = broker_ops.produce(t.k, &large, &err);
		if (status != LETHE_EAGAIN)
			break;
		broker_ops.serve(t.k, SERVE_MS);
	}
	ck_assert_status(status, LETHE_POISON_TOO_BIG_OUT);
	ok(broker_ops.commit(t.k, &err), &err);
	kit_end(&t);
}
END_TEST

SUITE("produce_wire", ROWS(the_record_after_says_why, rows),
	TEST(the_input_of_a_refused_record_is_named),
	TEST(the_inputs_of_a_refused_request_are_named),
	TEST(an_abort_without_an_answer_is_in_doubt),
	TEST(an_abort_lets_the_first_record_be_written),
	TEST(a_record_larger_than_the_queue_is_too_large))
