#include "kafka/wire/broker.h"

#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <time.h>

static int64_t
broker_now_ms(struct kafka *k)
{
	(void)k;
	return clock_boot_ms();
}

static void
broker_sleep(struct kafka *k, int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	(void)k;
	nanosleep(&t, NULL);
}

static void
broker_close(struct kafka *k)
{
	broker_close_consumer(k);
	broker_close_producer(k);
}

const struct kafka_ops broker_ops = {
	.subscribe = broker_subscribe,
	.poll = broker_poll,
	.headers = broker_headers,
	.release = broker_release,
	.assign = broker_assign,
	.unassign = broker_unassign,
	.assignment_lost = broker_assignment_lost,
	.pause = broker_pause,
	.committed = broker_committed,
	.range = broker_range,
	.end = broker_end,
	.open = broker_open,
	.begin = broker_begin,
	.work_on = broker_work_on,
	.produce = broker_produce,
	.serve = broker_serve,
	.cause = broker_cause,
	.blamed = broker_blamed,
	.send_offsets = broker_send_offsets,
	.flush = broker_flush,
	.commit = broker_commit,
	.abort = broker_abort,
	.in_doubt = broker_in_doubt,
	.queues = broker_queues,
	.now_ms = broker_now_ms,
	.sleep = broker_sleep,
	.close = broker_close,
};

enum lethe_status
broker_new(const struct broker_options *options, struct kafka **out,
	struct lethe_error *err)
{
	struct kafka *k = calloc(1, sizeof(*k));

	*out = NULL;
	if (k)
		k->outputs = calloc(
			options->output_count + 1, sizeof(rd_kafka_topic_t *));
	if (!k || !k->outputs) {
		free(k);
		return fail(err, LETHE_ENOMEM, 0, "no memory for a lane");
	}
	k->o = options;
	*out = k;
	return LETHE_OK;
}

void
broker_free(struct kafka *k)
{
	if (!k)
		return;
	broker_close(k);
	free(k->outputs);
	free(k);
}

/* Whether the group has no offset for any partition of a topic. */
static enum lethe_status
ask_virgin(rd_kafka_t *consumer, const struct login *login,
	const struct broker_options *options, const char *topic,
	int32_t partitions, bool *virgin, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(partitions);
	enum lethe_status status;

	for (int32_t i = 0; i < partitions; i++)
		rd_kafka_topic_partition_list_add(list, topic, i);
	status = broker_ask_committed(
		consumer, login, options->group, list, err);
	*virgin = true;
	for (int32_t i = 0; i < partitions; i++)
		if (list->elems[i].offset >= 0)
			*virgin = false;
	if (!status)
		status = broker_check_held(options->held, list, err);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

static enum lethe_status
ask_partitions(rd_kafka_t *rk, struct login *login, const char *topic,
	int32_t *count, struct lethe_error *err)
{
	enum lethe_status status =
		client_partitions(rk, topic, CALL_MS, login, count, err);

	if (status == LETHE_EAGAIN)
		return fail(err, LETHE_ETIMEOUT, 0,
			"no broker answers for the topic %.80s", topic);
	return status;
}

/* A topic that is missing is told, and the others are still asked for. */
static enum lethe_status
ask_topic(rd_kafka_t *rk, struct login *login, const char *topic,
	int32_t *count, struct lethe_error *missing, struct lethe_error *err)
{
	enum lethe_status status = ask_partitions(rk, login, topic, count, err);

	if (status != LETHE_ENOTOPIC)
		return status;
	LOG(LOG_ERROR, "topic_missing", LOG_TEXT("topic", topic),
		LOG_TEXT("do", "`lethe topics apply` creates an output; a raw "
			       "topic is its producers' to create"));
	*missing = *err;
	return LETHE_OK;
}

static enum lethe_status
ask_topics(rd_kafka_t *rk, struct login *login,
	const struct broker_options *options, struct broker_facts *out,
	struct lethe_error *err)
{
	struct lethe_error missing = {0};
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < options->output_count; i++)
		if (options->outputs[i])
			status = ask_topic(rk, login, options->outputs[i],
				&out->outputs[i], &missing, err);
	for (size_t i = 0; !status && i < options->topic_count; i++) {
		status = ask_topic(rk, login, options->topics[i],
			&out->inputs[i], &missing, err);
		if (!status && out->inputs[i])
			status = ask_virgin(rk, login, options,
				options->topics[i], out->inputs[i],
				&out->virgin[i], err);
	}
	if (!status && missing.status)
		status = fail_with(err, &missing);
	return status;
}

enum lethe_status
broker_ask(const struct broker_options *options, struct broker_facts *out,
	struct lethe_error *err)
{
	struct login login = {.given_up = options->given_up};
	rd_kafka_t *rk = NULL;
	enum lethe_status status =
		broker_new_consumer(options, &login, false, &rk, err);

	if (!status)
		status = ask_topics(rk, &login, options, out, err);
	if (rk) {
		out->session_timeout_ms =
			client_number(rk, "session.timeout.ms");
		out->message_max_bytes = client_number(rk, "message.max.bytes");
		rd_kafka_destroy(rk);
	}
	return status;
}
