#include "kafka/access/trial.h"

#include "kafka/access/trial_client.h"
#include "kafka/offsets/words.h"
#include "kafka/wire/places.h"

#include "base/clock.h"
#include "lethe/process.h"

#include <stdlib.h>

#define READ_MS 15000
#define POLL_MS 200

/*
 *   committed   records of transactions that were aborted are not seen; but
 *               where one is open, the group's offsets are waited for
 */
static enum lethe_status
new_consumer(struct trial *t, bool committed, rd_kafka_t **out,
	struct lethe_error *err)
{
	const struct client_set own[] = {
		{"group.id", t->o->group},
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "error"},
		{"isolation.level",
			committed ? "read_committed" : "read_uncommitted"},
		{"allow.auto.create.topics", "false"},
		/* It tells that a fetch was answered where there is nothing. */
		{"enable.partition.eof", "true"},
		{"queued.max.messages.kbytes", "4096"},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status = client_conf(CLIENT_CONSUMER, t->o->props,
		t->o->prop_count, own, &conf, err);

	if (status)
		return status;
	login_listen(&t->login, conf);
	rd_kafka_conf_set_log_cb(conf, NULL);
	return client_new(CLIENT_CONSUMER, conf, out, err);
}

enum lethe_status
trial_open(const struct broker_options *options, struct trial **out,
	struct lethe_error *err)
{
	struct trial *t = calloc(1, sizeof(*t));
	enum lethe_status status;

	*out = NULL;
	if (!t)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a trial");
	t->o = options;
	t->login.quiet = true;
	status = new_consumer(t, false, &t->consumer, err);
	if (status)
		trial_close(t);
	else
		*out = t;
	return status;
}

void
trial_close(struct trial *t)
{
	if (!t)
		return;
	trial_close_producer(t);
	if (t->reader)
		rd_kafka_destroy(t->reader);
	if (t->consumer)
		rd_kafka_destroy(t->consumer);
	free(t);
}

/* What could not be had in its time is told as such. */
static enum lethe_status
settle(enum lethe_status status, const char *topic, struct lethe_error *err)
{
	if (status == LETHE_EAGAIN)
		return fail(err, LETHE_ETIMEOUT, 0,
			"no broker answers for %.80s", topic);
	return status;
}

enum lethe_status
trial_partitions(struct trial *t, const char *topic, int32_t *count,
	struct lethe_error *err)
{
	return settle(client_partitions(t->consumer, topic, READ_MS, &t->login,
			      count, err),
		topic, err);
}

/* Whether the log still holds what the group goes on with. */
static enum lethe_status
check_gaps(struct trial *t, const rd_kafka_topic_partition_list_t *list,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (int i = 0; !status && i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *row = &list->elems[i];
		struct offsets_place place = {.committed = row->offset};
		struct offsets_span gap;
		enum offsets_state state;

		if (row->offset < 0)
			continue;
		status = client_range(t->consumer, row->topic, row->partition,
			READ_MS, &place.first, &place.next, err);
		state = offsets_state(&place, &gap);
		if (!status && state != OFFSETS_OK)
			status = offsets_gap_fail(
				row->topic, row->partition, state, &gap, err);
	}
	return status;
}

enum lethe_status
trial_committed(struct trial *t, const char *topic, int32_t partitions,
	bool *any, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(partitions);
	enum lethe_status status;

	for (int32_t i = 0; i < partitions; i++)
		rd_kafka_topic_partition_list_add(list, topic, i);
	status = broker_ask_committed(
		t->consumer, &t->login, t->o->group, list, err);
	*any = false;
	for (int i = 0; !status && i < list->cnt; i++)
		*any = *any || list->elems[i].offset >= 0;
	if (!status)
		status = broker_check_held(t->o->held, list, err);
	if (!status)
		status = check_gaps(t, list, err);
	rd_kafka_topic_partition_list_destroy(list);
	return settle(status, topic, err);
}

/* Each partition begins so many before its end. */
static enum lethe_status
assign(struct trial *t, const char *topic, int32_t partitions, size_t most,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(partitions);
	int64_t share = (int64_t)most / partitions + 1, low, high;
	enum lethe_status status = LETHE_OK;

	for (int32_t i = 0; !status && i < partitions; i++) {
		status = client_range(
			t->reader, topic, i, READ_MS, &low, &high, err);
		rd_kafka_topic_partition_list_add(list, topic, i)->offset =
			high - low > share ? high - share : low;
	}
	if (!status)
		status = client_code(
			topic, rd_kafka_assign(t->reader, list), err);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

static void
show(const rd_kafka_message_t *m,
	void (*saw)(void *ctx, const struct trial_message *m), void *ctx)
{
	rd_kafka_timestamp_type_t type;
	int64_t time_ms = rd_kafka_message_timestamp(m, &type);

	saw(ctx,
		&(struct trial_message){.partition = m->partition,
			.time_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ||
						   time_ms < 0
					   ? LETHE_TIME_NONE
					   : time_ms,
			.by_broker = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME,
			.value = m->payload,
			.len = m->len,
			.key = m->key,
			.key_len = m->key_len});
}

/* Until each partition is at its end; errors that pass are passed over. */
static enum lethe_status
read_on(struct trial *t, const char *topic, int32_t partitions, size_t most,
	void (*saw)(void *ctx, const struct trial_message *m), void *ctx,
	struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + READ_MS * INT64_C(1000000);
	enum lethe_status status = LETHE_OK;
	bool *at_end = calloc((size_t)partitions, sizeof(*at_end));
	int32_t ended = 0;
	size_t count = 0;

	if (!at_end)
		return fail(err, LETHE_ENOMEM, 0, "no memory to read");
	while (!status && ended < partitions && count < most * 2) {
		rd_kafka_message_t *m =
			rd_kafka_consumer_poll(t->reader, POLL_MS);

		if (m && m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			ended += !at_end[m->partition];
			at_end[m->partition] = true;
		}
		if (m && login_is_right(m->err))
			status = login_lacks(t->reader, m->err,
				"Read the topic", topic, err);
		if (m && !m->err) {
			count++;
			show(m, saw, ctx);
		}
		if (m)
			rd_kafka_message_destroy(m);
		if (!status && clock_monotonic_ns() > until)
			status = fail(err, LETHE_ETIMEOUT, 0,
				"%.80s: %d of %d partitions do not answer",
				topic, partitions - ended, partitions);
	}
	free(at_end);
	return status;
}

enum lethe_status
trial_read(struct trial *t, const char *topic, int32_t partitions, size_t most,
	void (*saw)(void *ctx, const struct trial_message *m), void *ctx,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	if (!t->reader)
		status = new_consumer(t, true, &t->reader, err);
	if (status)
		return status;
	status = assign(t, topic, partitions, most, err);
	if (!status)
		status = read_on(t, topic, partitions, most, saw, ctx, err);
	rd_kafka_assign(t->reader, NULL);
	return settle(status, topic, err);
}
