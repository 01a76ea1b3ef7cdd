#include "kafka/wire/verdict.h"

enum lethe_status
client_verdict_code(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_NO_ERROR: return LETHE_OK;
	case RD_KAFKA_RESP_ERR__FENCED:
	case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
	case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH: return LETHE_EFENCED;
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
	case RD_KAFKA_RESP_ERR_SECURITY_DISABLED:
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return LETHE_EDENIED;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
		return LETHE_POISON_TOO_BIG_OUT;
	case RD_KAFKA_RESP_ERR_INVALID_RECORD: return LETHE_POISON_REFUSED;
	case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
	case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT: return LETHE_ESETTING;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return LETHE_EGAP;
	case RD_KAFKA_RESP_ERR__FATAL:
	case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
	case RD_KAFKA_RESP_ERR__STATE: return LETHE_EKAFKA;
	default: return LETHE_EAGAIN;
	}
}

/* What a broker says no to, however often it is asked. */
static bool
is_vain(enum lethe_status status)
{
	return status == LETHE_EDENIED || status == LETHE_ESETTING;
}

/*
 * What the library says of the transaction goes before the code; only what is
 * vain to do again stays what it is.
 */
enum lethe_status
client_verdict(const struct client_failure *f)
{
	enum lethe_status status = client_verdict_code(f->code);

	if (!status || is_vain(status))
		return status;
	if (f->fatal)
		return status == LETHE_EFENCED ? LETHE_EFENCED : LETHE_EKAFKA;
	if (f->aborts)
		return LETHE_EABORT;
	if (f->retriable)
		return LETHE_EAGAIN;
	return status == LETHE_EFENCED ? LETHE_EFENCED : LETHE_EKAFKA;
}

/*
 * Nothing comes after a fatal error, under whatever code the call tells of it;
 * a producer that refuses because of its state waits for an abort.
 */
enum lethe_status
client_verdict_produce(rd_kafka_resp_err_t code, rd_kafka_resp_err_t fatal)
{
	enum lethe_status status = client_verdict_code(code);

	if (fatal || code == RD_KAFKA_RESP_ERR__FATAL)
		return client_verdict(&(struct client_failure){
			.code = fatal ? fatal : code, .fatal = true});
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return LETHE_EAGAIN;
	if (code == RD_KAFKA_RESP_ERR__STATE ||
		lethe_status_class(status) == LETHE_CLASS_TRANSIENT)
		return LETHE_EABORT;
	return status;
}

/* All else is done again with its transaction. */
enum lethe_status
client_verdict_report(rd_kafka_resp_err_t code)
{
	enum lethe_status status = client_verdict_code(code);

	return status == LETHE_EDENIED ||
			       lethe_status_class(status) == LETHE_CLASS_POISON
		       ? status
		       : LETHE_OK;
}

/* The consumer goes on by itself after all but these. */
enum lethe_status
client_verdict_poll(rd_kafka_resp_err_t code)
{
	if (code == RD_KAFKA_RESP_ERR__FATAL)
		return LETHE_EABORT;
	if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
		return LETHE_EGAP;
	return is_vain(client_verdict_code(code)) ? client_verdict_code(code)
						  : LETHE_OK;
}

enum lethe_status
client_verdict_range(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return LETHE_ENOTOPIC;
	default: return client_verdict_code(code);
	}
}

/* Which setting a broker does not take. */
static enum lethe_status
refuse_setting(rd_kafka_resp_err_t code, struct lethe_error *err)
{
	return fail(err, LETHE_ESETTING, 0, "%s",
		code == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT
			? "kafka.session.timeout.ms is below the brokers' "
			  "group.min.session.timeout.ms, or above their "
			  "group.max.session.timeout.ms"
			: "kafka.transaction.timeout.ms is above the brokers' "
			  "transaction.max.timeout.ms");
}

enum lethe_status
client_told(const char *what, rd_kafka_resp_err_t code,
	enum lethe_status status, struct lethe_error *err)
{
	if (!status)
		return LETHE_OK;
	if (status == LETHE_ESETTING)
		return refuse_setting(code, err);
	return fail(err, status, 0, "%s: %s (%s)", what, rd_kafka_err2str(code),
		rd_kafka_err2name(code));
}

enum lethe_status
client_code(const char *what, rd_kafka_resp_err_t code, struct lethe_error *err)
{
	return client_told(what, code, client_verdict_code(code), err);
}

enum lethe_status
client_status(
	const char *what, rd_kafka_error_t *error, struct lethe_error *err)
{
	struct client_failure failure;
	enum lethe_status status;

	if (!error)
		return LETHE_OK;
	failure = (struct client_failure){
		.code = rd_kafka_error_code(error),
		.fatal = rd_kafka_error_is_fatal(error),
		.aborts = rd_kafka_error_txn_requires_abort(error),
		.retriable = rd_kafka_error_is_retriable(error),
	};
	status = client_verdict(&failure);
	if (status == LETHE_ESETTING)
		(void)refuse_setting(failure.code, err);
	else
		fail(err, status, 0, "%s: %s (%s)", what,
			rd_kafka_error_string(error),
			rd_kafka_error_name(error));
	rd_kafka_error_destroy(error);
	return status;
}
