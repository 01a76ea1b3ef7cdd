#include "suite.h"

#include "unit/verdicts.h"

/* The library's failures become statuses: every row, no broker. */

START_TEST(each_failure_has_its_status)
{
	const struct verdict_row *row = &verdict_rows[_i];

	for (int in = 0; in < VERDICT_INS; in++) {
		struct client_failure f = verdict_failure(row, row->told[in]);

		if (row->told[in] == '.')
			ck_assert_int_eq(row->status[in], '.');
		else
			ck_assert_msg(client_verdict(&f) ==
					      verdict_status(row->status[in]),
				"%s in request %d: %s",
				rd_kafka_err2name(row->error), in,
				lethe_status_name(client_verdict(&f)));
	}
}
END_TEST

/* A report makes poison of a record only when another try is vain. */
START_TEST(each_report_has_its_status)
{
	const struct verdict_row *row = &verdict_rows[_i];

	ck_assert_status(
		client_verdict_report(row->error), verdict_status(row->report));
}
END_TEST

/* A lost producer is told of by the record after, with what lost it. */
START_TEST(each_fatal_error_has_its_status_when_producing)
{
	const struct verdict_row *row = &verdict_rows[_i];

	for (int in = IN_ADD; in <= IN_PRODUCE; in++) {
		char told = row->told[in];
		struct client_failure f = verdict_failure(row, told);

		if (told != 'F' && told != 'f')
			continue;
		/* The library's two calls name it differently. */
		ck_assert_status(client_verdict_produce(
					 RD_KAFKA_RESP_ERR__FATAL, f.code),
			verdict_status(row->status[in]));
		ck_assert_status(client_verdict_produce(f.code, f.code),
			verdict_status(row->status[in]));
	}
}
END_TEST

static const struct {
	rd_kafka_resp_err_t code;
	enum lethe_status status;
} produce_rows[] = {
	{RD_KAFKA_RESP_ERR__QUEUE_FULL, LETHE_EAGAIN},
	{RD_KAFKA_RESP_ERR__STATE, LETHE_EABORT},
	{RD_KAFKA_RESP_ERR__FATAL, LETHE_EKAFKA},
	{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, LETHE_POISON_TOO_BIG_OUT},
	{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, LETHE_EDENIED},
	{RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, LETHE_EDENIED},
	{RD_KAFKA_RESP_ERR__TIMED_OUT, LETHE_EABORT},
	{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, LETHE_EABORT},
};

START_TEST(each_refused_record_has_its_status)
{
	ck_assert_status(client_verdict_produce(produce_rows[_i].code,
				 RD_KAFKA_RESP_ERR_NO_ERROR),
		produce_rows[_i].status);
}
END_TEST

static const struct {
	rd_kafka_resp_err_t code;
	enum lethe_status status;
} poll_rows[] = {
	{RD_KAFKA_RESP_ERR__FATAL, LETHE_EABORT},
	{RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, LETHE_EGAP},
	{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, LETHE_EDENIED},
	{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, LETHE_EDENIED},
	{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, LETHE_EDENIED},
	{RD_KAFKA_RESP_ERR__TRANSPORT, LETHE_OK},
	{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, LETHE_OK},
	{RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, LETHE_OK},
	{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, LETHE_OK},
};

START_TEST(each_consumer_error_has_its_status)
{
	ck_assert_status(
		client_verdict_poll(poll_rows[_i].code), poll_rows[_i].status);
}
END_TEST

static const struct {
	struct client_failure failure;
	enum lethe_status status;
} flag_rows[] = {
	/* neither fatal nor to abort nor again: the library's own advice */
	{{RD_KAFKA_RESP_ERR__INVALID_ARG, 0, 0, 0}, LETHE_EKAFKA},
	{{RD_KAFKA_RESP_ERR__STATE, 0, 0, 0}, LETHE_EKAFKA},
	{{RD_KAFKA_RESP_ERR__FENCED, 0, 0, 0}, LETHE_EFENCED},
	/* fatal before abort before again */
	{{RD_KAFKA_RESP_ERR__TIMED_OUT, 1, 1, 1}, LETHE_EKAFKA},
	{{RD_KAFKA_RESP_ERR__TIMED_OUT, 0, 1, 1}, LETHE_EABORT},
	{{RD_KAFKA_RESP_ERR__TIMED_OUT, 0, 0, 1}, LETHE_EAGAIN},
	/* a record's error of a whole transaction is none of one record */
	{{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 0, 1, 0}, LETHE_EABORT},
	{{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 0, 0, 0}, LETHE_EKAFKA},
	/* a lack of rights stays one, whatever the library would do */
	{{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 0, 1, 1},
		LETHE_EDENIED},
	{{RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1, 0, 0},
		LETHE_EDENIED},
	{{RD_KAFKA_RESP_ERR_NO_ERROR, 0, 0, 0}, LETHE_OK},
};

START_TEST(flags_go_before_codes)
{
	ck_assert_status(
		client_verdict(&flag_rows[_i].failure), flag_rows[_i].status);
}
END_TEST

/* A limit of the brokers stays, whatever the call says of it. */
START_TEST(what_a_broker_never_takes_is_a_setting)
{
	static const rd_kafka_resp_err_t codes[] = {
		RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
		RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT};
	struct lethe_error err;

	for (size_t i = 0; i < 2; i++) {
		ck_assert_status(client_verdict(&(struct client_failure){
					 .code = codes[i], .fatal = true}),
			LETHE_ESETTING);
		ck_assert_status(client_verdict_poll(codes[i]), LETHE_ESETTING);
		ck_assert_status(
			client_code("x", codes[i], &err), LETHE_ESETTING);
		ck_assert(!strncmp(err.what, "kafka.", 6));
	}
}
END_TEST

SUITE("verdict", ROWS(each_failure_has_its_status, verdict_rows),
	ROWS(each_report_has_its_status, verdict_rows),
	ROWS(each_fatal_error_has_its_status_when_producing, verdict_rows),
	ROWS(each_refused_record_has_its_status, produce_rows),
	ROWS(each_consumer_error_has_its_status, poll_rows),
	ROWS(flags_go_before_codes, flag_rows),
	TEST(what_a_broker_never_takes_is_a_setting))
