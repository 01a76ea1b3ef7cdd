#include "kafka/wire/tap.h"

#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include <stdlib.h>

struct tap {
	rd_kafka_t *consumer;
	const char *const *topics;
	rd_kafka_message_t *held;
};

/* Assigns every partition of the topics from its beginning. */
static enum lethe_status
assign_all(struct tap *t, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(8);
	enum lethe_status status = LETHE_OK;
	rd_kafka_resp_err_t code;

	for (size_t i = 0; !status && t->topics[i]; i++) {
		int32_t count = 0;

		status = client_partitions(
			t->consumer, t->topics[i], 30000, NULL, &count, err);
		for (int32_t p = 0; !status && p < count; p++)
			rd_kafka_topic_partition_list_add(list, t->topics[i], p)
				->offset = RD_KAFKA_OFFSET_BEGINNING;
	}
	if (!status) {
		code = rd_kafka_assign(t->consumer, list);
		if (code)
			status = client_code("assign", code, err);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

enum lethe_status
tap_open(const char *brokers, const char *const *topics, struct tap **out,
	struct lethe_error *err)
{
	const struct client_set own[] = {
		{"bootstrap.servers", brokers},
		{"group.id", "tap"},
		{"enable.auto.commit", "false"},
		{"isolation.level", "read_committed"},
		{"fetch.wait.max.ms", "10"},
		{NULL, NULL},
	};
	struct tap *t = calloc(1, sizeof(*t));
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;

	*out = NULL;
	if (!t)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a consumer");
	t->topics = topics;
	status = client_conf(CLIENT_CONSUMER, NULL, 0, own, &conf, err);
	if (!status)
		status = client_new(CLIENT_CONSUMER, conf, &t->consumer, err);
	if (!status) {
		rd_kafka_poll_set_consumer(t->consumer);
		status = assign_all(t, err);
	}
	if (status)
		tap_close(t);
	else
		*out = t;
	return status;
}

static void
read_headers(const rd_kafka_message_t *m, struct tap_message *out)
{
	rd_kafka_headers_t *headers;
	struct lethe_header *h;

	if (rd_kafka_message_headers(m, &headers))
		return;
	for (out->header_count = 0; out->header_count < TAP_HEADERS_MAX;
		out->header_count++) {
		h = &out->headers[out->header_count];
		if (rd_kafka_header_get_all(headers, out->header_count,
			    &h->name, &h->value, &h->len))
			return;
	}
}

bool
tap_next(struct tap *t, int wait_ms, struct tap_message *out)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(t->consumer, wait_ms);
	const char *topic;

	if (t->held)
		rd_kafka_message_destroy(t->held);
	t->held = m;
	if (!m || m->err)
		return false;
	*out = (struct tap_message){
		.time_ms = rd_kafka_message_timestamp(m, NULL),
		.key = slice_make(m->key, m->key_len),
		.value = slice_make(m->payload, m->len)};
	topic = rd_kafka_topic_name(m->rkt);
	while (strcmp(t->topics[out->topic], topic))
		out->topic++;
	read_headers(m, out);
	return true;
}

void
tap_close(struct tap *t)
{
	if (!t)
		return;
	if (t->held)
		rd_kafka_message_destroy(t->held);
	if (t->consumer) {
		rd_kafka_consumer_close(t->consumer);
		rd_kafka_destroy(t->consumer);
	}
	free(t);
}
