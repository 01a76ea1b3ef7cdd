#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include "base/clock.h"

#include <unistd.h>

static enum lethe_status
committed_of(rd_kafka_t *consumer, const char *group,
	rd_kafka_topic_partition_list_t *list, int timeout_ms,
	struct lethe_error *err)
{
	rd_kafka_resp_err_t code =
		rd_kafka_committed(consumer, list, timeout_ms);
	enum lethe_status status = client_code("committed offsets", code, err);

	if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		return login_lacks(
			consumer, code, "Describe the group", group, err);
	for (int i = 0; !status && i < list->cnt; i++)
		status = client_code(
			list->elems[i].topic, list->elems[i].err, err);
	return status;
}

/*
 * Where not even the group's coordinator may be asked for, the library waits
 * on, and says why only to who polls.
 */
static enum lethe_status
hear_refusal(rd_kafka_t *consumer, const char *group, struct lethe_error *err)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, 0);
	enum lethe_status status = LETHE_OK;

	if (m && m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		status = login_lacks(
			consumer, m->err, "Describe the group", group, err);
	if (m)
		rd_kafka_message_destroy(m);
	return status;
}

enum lethe_status
broker_ask_committed(rd_kafka_t *consumer, const struct login *login,
	const char *group, rd_kafka_topic_partition_list_t *list,
	struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + CALL_MS * INT64_C(1000000);
	enum lethe_status status, refused;
	int try_ms = 1000;

	for (;;) {
		status = committed_of(consumer, group, list, try_ms, err);
		if (status != LETHE_EAGAIN)
			return status;
		refused = hear_refusal(consumer, group, err);
		if (refused)
			return refused;
		if (clock_monotonic_ns() > until ||
			(login->given_up && login->given_up()))
			return status;
		try_ms = try_ms < ASK_MS / 2 ? try_ms * 2 : ASK_MS;
		usleep(100000);
	}
}

enum lethe_status
broker_committed(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list = broker_list(k, places, count);
	enum lethe_status status =
		committed_of(k->consumer, k->o->group, list, ASK_MS, err);

	for (size_t i = 0; !status && i < count; i++) {
		places[i].offset = list->elems[i].offset < 0
					   ? OFFSET_NONE
					   : list->elems[i].offset;
		broker_read_held(&list->elems[i], &places[i].held);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

enum lethe_status
broker_range(struct kafka *k, const struct kafka_place *place, int64_t *low,
	int64_t *high, struct lethe_error *err)
{
	return client_range(k->consumer, k->o->topics[place->topic],
		place->partition, ASK_MS, low, high, err);
}

int64_t
broker_end(struct kafka *k, const struct kafka_place *place)
{
	int64_t low, high;

	if (rd_kafka_get_watermark_offsets(k->consumer,
		    k->o->topics[place->topic], place->partition, &low,
		    &high) ||
		high < 0)
		return OFFSET_NONE;
	return high;
}
