#include "kafka/wire/feed.h"

#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include <stdlib.h>

struct feed {
	rd_kafka_t *producer;
	rd_kafka_topic_t *topic;
	rd_kafka_resp_err_t refused; /* the first, from the reports */
};

static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct feed *f = opaque;

	(void)rk;
	if (m->err && !f->refused)
		f->refused = m->err;
}

static enum lethe_status
check_refused(const struct feed *f, struct lethe_error *err)
{
	if (!f->refused)
		return LETHE_OK;
	return fail(err, LETHE_EKAFKA, 0, "an event was not written: %s",
		rd_kafka_err2str(f->refused));
}

static enum lethe_status
open_topic(struct feed *f, const char *name, struct lethe_error *err)
{
	int32_t partitions;
	enum lethe_status status = client_partitions(
		f->producer, name, 30000, NULL, &partitions, err);

	if (status)
		return status;
	f->topic = rd_kafka_topic_new(f->producer, name, NULL);
	return f->topic ? LETHE_OK
			: client_code(name, rd_kafka_last_error(), err);
}

enum lethe_status
feed_open(const struct feed_options *options, struct feed **out,
	struct lethe_error *err)
{
	const struct client_set own[] = {
		{"bootstrap.servers", options->brokers},
		{"partitioner", "murmur2_random"},
		{"enable.idempotence", "true"},
		{"transaction.timeout.ms", "60000"},
		{NULL, NULL},
	};
	struct feed *f = calloc(1, sizeof(*f));
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;

	*out = NULL;
	if (!f)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a producer");
	status = client_conf(CLIENT_PRODUCER, options->props,
		options->prop_count, own, &conf, err);
	if (status)
		goto out;
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_opaque(conf, f);
	status = client_new(CLIENT_PRODUCER, conf, &f->producer, err);
	if (!status)
		status = open_topic(f, options->topic, err);
out:
	if (status)
		feed_close(f);
	else
		*out = f;
	return status;
}

enum lethe_status
feed_send(struct feed *f, struct slice key, struct slice value, int64_t time_ms,
	struct lethe_error *err)
{
	rd_kafka_resp_err_t code;

	for (;;) {
		code = rd_kafka_producev(f->producer, RD_KAFKA_V_RKT(f->topic),
			RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			RD_KAFKA_V_KEY((void *)(uintptr_t)key.ptr, key.len),
			RD_KAFKA_V_VALUE(
				(void *)(uintptr_t)value.ptr, value.len),
			RD_KAFKA_V_TIMESTAMP(time_ms), RD_KAFKA_V_END);
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			break;
		rd_kafka_poll(f->producer, 10);
	}
	rd_kafka_poll(f->producer, 0);
	if (code)
		return fail(err, LETHE_EKAFKA, 0,
			"an event was not written: %s", rd_kafka_err2str(code));
	return check_refused(f, err);
}

enum lethe_status
feed_flush(struct feed *f, int timeout_ms, struct lethe_error *err)
{
	if (rd_kafka_flush(f->producer, timeout_ms))
		return fail(err, LETHE_ETIMEOUT, 0,
			"events were not written within %d ms", timeout_ms);
	return check_refused(f, err);
}

void
feed_close(struct feed *f)
{
	if (!f)
		return;
	if (f->topic)
		rd_kafka_topic_destroy(f->topic);
	if (f->producer) {
		rd_kafka_purge(f->producer,
			RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_destroy(f->producer);
	}
	free(f);
}
