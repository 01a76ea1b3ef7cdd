#include "kafka/wire/wake.h"

#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include "base/clock.h"

#define WAKE_MS 500

bool
wake_is_needed(void)
{
	return !client_backs_off();
}

/* The mean of what was read lately stands for what waits. */
static unsigned
wire_fill(struct kafka *k, bool *moved)
{
	struct fetch_queue *q = &k->queue;
	uint64_t messages =
		atomic_load_explicit(&q->messages, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&q->bytes, memory_order_relaxed);
	uint64_t waiting = rd_kafka_queue_length(q->handle);
	uint64_t by_bytes, by_count;

	*moved = messages != q->seen_messages;
	if (*moved)
		q->mean_bytes =
			(bytes - q->seen_bytes) / (messages - q->seen_messages);
	q->seen_messages = messages;
	q->seen_bytes = bytes;
	by_bytes = waiting * q->mean_bytes * 100 / q->max_bytes;
	by_count = waiting * 100 / q->max_messages;
	if (by_bytes < by_count)
		by_bytes = by_count;
	return by_bytes > 1000 ? 1000 : (unsigned)by_bytes;
}

static int32_t
leader_of(const struct rd_kafka_metadata *md, const char *topic,
	int32_t partition)
{
	for (int i = 0; i < md->topic_cnt; i++) {
		const struct rd_kafka_metadata_topic *t = &md->topics[i];

		if (strcmp(t->topic, topic))
			continue;
		for (int j = 0; j < t->partition_cnt; j++)
			if (t->partitions[j].id == partition)
				return t->partitions[j].leader;
	}
	return -1;
}

static bool
is_listed(const struct wake_leader *leaders, size_t count, int32_t broker)
{
	for (size_t i = 0; i < count; i++)
		if (leaders[i].broker == broker)
			return true;
	return false;
}

static size_t
wire_leaders(struct kafka *k, struct wake_leader *out, size_t max)
{
	rd_kafka_topic_partition_list_t *list = NULL;
	const struct rd_kafka_metadata *md = NULL;
	size_t count = 0;

	if (rd_kafka_assignment(k->consumer, &list))
		return 0;
	if (list->cnt && !rd_kafka_metadata(k->consumer, 0, NULL, &md, WAKE_MS))
		for (int i = 0; i < list->cnt && count < max; i++) {
			const rd_kafka_topic_partition_t *p = &list->elems[i];
			size_t topic = broker_topic(k, p->topic);
			int32_t broker = leader_of(md, p->topic, p->partition);

			if (topic == SIZE_MAX || broker < 0 ||
				is_listed(out, count, broker))
				continue;
			out[count++] = (struct wake_leader){
				broker, p->partition, topic};
		}
	if (md)
		rd_kafka_metadata_destroy(md);
	rd_kafka_topic_partition_list_destroy(list);
	return count;
}

/* One request a broker, where the first and last offsets of a partition take
   two. */
static enum wake_answer
wire_ask(struct kafka *k, const struct wake_leader *at, size_t count)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)count);
	enum wake_answer answer = WAKE_ANSWERED;
	rd_kafka_resp_err_t code;

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(
			list, k->o->topics[at[i].topic], at[i].partition)
			->offset = RD_KAFKA_OFFSET_END;
	code = rd_kafka_offsets_for_times(k->consumer, list, WAKE_MS);
	if (code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
		code == RD_KAFKA_RESP_ERR__TRANSPORT)
		answer = WAKE_AWAY;
	else if (code)
		answer = WAKE_MOVED;
	for (int i = 0; i < list->cnt && !answer; i++)
		if (list->elems[i].err)
			answer = WAKE_MOVED;
	rd_kafka_topic_partition_list_destroy(list);
	return answer;
}

const struct wake_ops broker_wake_ops = {
	.fill = wire_fill,
	.leaders = wire_leaders,
	.ask = wire_ask,
	.now_ns = clock_monotonic_ns,
};
