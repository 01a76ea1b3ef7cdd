#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include "base/log.h"

#include <string.h>

static size_t
topic_index(struct kafka *k, const char *name)
{
	size_t topic = k->last_topic;

	if (strcmp(k->o->topics[topic], name))
		topic = broker_topic(k, name);
	if (topic != SIZE_MAX)
		k->last_topic = topic;
	return topic;
}

static void
tell_end(struct kafka *k, const rd_kafka_message_t *m)
{
	const struct kafka_place place = {
		.topic = topic_index(k, rd_kafka_topic_name(m->rkt)),
		.partition = m->partition,
		.offset = m->offset};

	if (k->told->ended)
		k->told->ended(k->told->ctx, &place);
}

/* The client asks again in any case; some of it needs somebody's hand. */
static const char *
remedy_of_consumer(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
		return "set kafka.partition.assignment.strategy to what the "
		       "group's other processes have (range, with librdkafka "
		       "before 2.6.1), or stop them all first";
	case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
		return "use fewer lanes, or raise the brokers' group.max.size";
	default: return "nothing: the client tries again";
	}
}

static enum lethe_status
poll_error(
	const struct kafka *k, rd_kafka_message_t *m, struct lethe_error *err)
{
	const char *topic = m->rkt ? rd_kafka_topic_name(m->rkt) : "consumer";
	enum lethe_status status = client_verdict_poll(m->err);

	if (status == LETHE_EABORT)
		fail(err, status, 0, "the consumer is lost");
	else if (status == LETHE_EGAP)
		fail(err, status, 0,
			"%.80s:%d: the next offset is not in the log", topic,
			m->partition);
	else if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		login_lacks(k->consumer, m->err, "Read the group", k->o->group,
			err);
	else if (login_is_right(m->err))
		login_lacks(k->consumer, m->err, "Read the topic", topic, err);
	else if (status)
		(void)client_code(topic, m->err, err);
	if (!status)
		LOG(LOG_WARN, "consumer_error", LOG_TEXT("at", topic),
			LOG_TEXT("code", rd_kafka_err2name(m->err)),
			LOG_TEXT("do", remedy_of_consumer(m->err)));
	return status;
}

static void
count_read(struct fetch_queue *q, const rd_kafka_message_t *m)
{
	uint64_t messages =
		atomic_load_explicit(&q->messages, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&q->bytes, memory_order_relaxed);

	atomic_store_explicit(&q->messages, messages + 1, memory_order_relaxed);
	atomic_store_explicit(
		&q->bytes, bytes + m->len + m->key_len, memory_order_relaxed);
}

enum lethe_status
broker_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(k->consumer, wait_ms);
	rd_kafka_timestamp_type_t type;
	enum lethe_status status = login_check(&k->login, err);

	*out = (struct kafka_message){0};
	if (m && m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		tell_end(k, m);
	else if (m && !status && m->err)
		status = poll_error(k, m, err);
	if (!m || status || m->err) {
		if (m)
			rd_kafka_message_destroy(m);
		return status;
	}
	count_read(&k->queue, m);
	*out = (struct kafka_message){.handle = m,
		.topic = topic_index(k, rd_kafka_topic_name(m->rkt)),
		.partition = m->partition,
		.offset = m->offset,
		.value = m->payload,
		.len = m->len,
		.key = m->key,
		.key_len = m->key_len,
		.time_ms = rd_kafka_message_timestamp(m, &type)};
	if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || out->time_ms < 0)
		out->time_ms = LETHE_TIME_NONE;
	return LETHE_OK;
}

size_t
broker_headers(struct kafka *k, const struct kafka_message *m,
	struct lethe_header *out, size_t max)
{
	rd_kafka_headers_t *headers;

	(void)k;
	if (rd_kafka_message_headers(m->handle, &headers))
		return 0;
	for (size_t i = 0;
		i < max && !rd_kafka_header_get_all(headers, i, &out[i].name,
				   &out[i].value, &out[i].len);
		i++)
		;
	return rd_kafka_header_cnt(headers);
}

void
broker_release(struct kafka *k, struct kafka_message *m)
{
	(void)k;
	if (m->handle)
		rd_kafka_message_destroy(m->handle);
	*m = (struct kafka_message){0};
}

enum lethe_status
broker_pause(struct kafka *k, const struct kafka_place *places, size_t count,
	bool paused, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list = broker_list(k, places, count);
	rd_kafka_resp_err_t code =
		paused ? rd_kafka_pause_partitions(k->consumer, list)
		       : rd_kafka_resume_partitions(k->consumer, list);

	/* A partition that went meanwhile has an error of its own. */
	rd_kafka_topic_partition_list_destroy(list);
	return client_code(paused ? "pause" : "resume", code, err);
}
