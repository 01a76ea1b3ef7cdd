#include "kafka/wire/member.h"

#include "kafka/wire/clients.h"

/* Requests by their numbers in Kafka's protocol. */
#define JOIN_GROUP 11
#define SYNC_GROUP 14

static void
note(void *opaque, bool joining)
{
	struct kafka *k = opaque;

	atomic_store_explicit(&k->joining, joining, memory_order_release);
}

static rd_kafka_resp_err_t
on_sent(rd_kafka_t *rk, int socket, const char *name, int32_t broker,
	int16_t request, int16_t version, int32_t number, size_t size,
	void *opaque)
{
	(void)rk;
	(void)socket;
	(void)name;
	(void)broker;
	(void)version;
	(void)number;
	(void)size;
	if (request == JOIN_GROUP)
		note(opaque, true);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_answered(rd_kafka_t *rk, int socket, const char *name, int32_t broker,
	int16_t request, int16_t version, int32_t number, size_t size,
	int64_t rtt, rd_kafka_resp_err_t code, void *opaque)
{
	(void)rk;
	(void)socket;
	(void)name;
	(void)broker;
	(void)version;
	(void)number;
	(void)size;
	(void)rtt;
	if (request == SYNC_GROUP && !code)
		note(opaque, false);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text,
	size_t size)
{
	rd_kafka_resp_err_t code = rd_kafka_interceptor_add_on_request_sent(
		rk, "joins", on_sent, opaque);

	(void)conf;
	(void)text;
	(void)size;
	return code ? code
		    : rd_kafka_interceptor_add_on_response_received(
			      rk, "joins", on_answered, opaque);
}

void
broker_watch_joins(struct kafka *k, rd_kafka_conf_t *conf)
{
	note(k, false);
	bug_if(rd_kafka_conf_interceptor_add_on_new(conf, "joins", on_new, k));
}

bool
broker_is_joining(const struct kafka *k)
{
	return atomic_load_explicit(&k->joining, memory_order_acquire);
}
