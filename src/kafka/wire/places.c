#include "kafka/wire/places.h"

#include "kafka/wire/clients.h"

#include <string.h>

size_t
broker_topic(const struct kafka *k, const char *name)
{
	for (size_t i = 0; i < k->o->topic_count; i++)
		if (!strcmp(k->o->topics[i], name))
			return i;
	return SIZE_MAX;
}

rd_kafka_topic_partition_list_t *
broker_list(
	const struct kafka *k, const struct kafka_place *places, size_t count)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)count);

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list,
			k->o->topics[places[i].topic], places[i].partition)
			->offset = places[i].offset;
	return list;
}

/* The library frees what a row holds. */
static void
write_held(rd_kafka_topic_partition_t *row, const struct held *held)
{
	char text[HELD_TEXT_BYTES];
	size_t len = held_put(held, text);

	if (!len)
		return;
	row->metadata = strdup(text);
	bug_if(!row->metadata);
	row->metadata_size = len;
}

rd_kafka_topic_partition_list_t *
broker_list_held(
	const struct kafka *k, const struct kafka_place *places, size_t count)
{
	rd_kafka_topic_partition_list_t *list = broker_list(k, places, count);

	for (size_t i = 0; i < count; i++)
		write_held(&list->elems[i], &places[i].held);
	return list;
}

void
broker_read_held(const rd_kafka_topic_partition_t *row, struct held *out)
{
	held_get(row->metadata, row->metadata_size, out);
}

enum lethe_status
broker_check_held(const struct held *own,
	const rd_kafka_topic_partition_list_t *list, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	struct held seen;

	for (int i = 0; own && !status && i < list->cnt; i++) {
		broker_read_held(&list->elems[i], &seen);
		status = held_check(own, &seen, err);
	}
	return status;
}
