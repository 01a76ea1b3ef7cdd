#include "kafka/wire/member.h"

#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include <stdlib.h>
#include <string.h>

bool
broker_is_cooperative(const struct kafka *k)
{
	const char *protocol = rd_kafka_rebalance_protocol(k->consumer);

	return protocol && !strcmp(protocol, "COOPERATIVE");
}

void
broker_forget_member(struct kafka *k)
{
	if (k->member)
		rd_kafka_consumer_group_metadata_destroy(k->member);
	k->member = NULL;
	k->holds = false;
}

/*
 * The group's metadata is read from another thread at the moment.  With the
 * member id gone the broker would skip every check of a transactional commit,
 * so it must be there before and after.
 * Source: ClassicGroup.validateOffsetCommit of Apache Kafka, KIP-447.
 */
rd_kafka_consumer_group_metadata_t *
broker_member_now(struct kafka *k)
{
	rd_kafka_consumer_group_metadata_t *md = NULL;
	char *before, *after = NULL;

	before = rd_kafka_memberid(k->consumer);
	if (before && *before) {
		md = rd_kafka_consumer_group_metadata(k->consumer);
		after = rd_kafka_memberid(k->consumer);
	}
	if (md && (!after || strcmp(before, after))) {
		rd_kafka_consumer_group_metadata_destroy(md);
		md = NULL;
	}
	if (before)
		rd_kafka_mem_free(k->consumer, before);
	if (after)
		rd_kafka_mem_free(k->consumer, after);
	return md;
}

/*
 * The library joins anew without a word, and with what it has, when it sees
 * that a topic has changed while an assignment waits for its answer: what it
 * gets then comes in the place of what was never taken away.
 * Source: rd_kafka_cgrp_revoke_all_rejoin in librdkafka.
 */
static void
note_member(struct kafka *k, bool holds)
{
	bool held = k->holds;

	broker_forget_member(k);
	if (broker_is_cooperative(k))
		return;
	/* What waited to be told while it joined anew is over: as the next
	   generation others' partitions would be committed. */
	if (!broker_is_joining(k))
		k->member = broker_member_now(k);
	k->holds = holds;
	if (held && k->told->replaced)
		k->told->replaced(k->told->ctx);
}

void
broker_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
	rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka *k = opaque;
	struct kafka_place *places =
		calloc((size_t)list->cnt + 1, sizeof(*places));
	size_t count = 0;

	bug_if(!places);
	for (int i = 0; i < list->cnt; i++) {
		size_t topic = broker_topic(k, list->elems[i].topic);

		if (topic != SIZE_MAX)
			places[count++] = (struct kafka_place){.topic = topic,
				.partition = list->elems[i].partition,
				.offset = OFFSET_NONE};
	}
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		note_member(k, count > 0);
		k->told->assigned(k->told->ctx, places, count);
	} else {
		k->told->revoked(k->told->ctx, places, count);
		k->holds = false;
	}
	(void)rk;
	free(places);
}

enum lethe_status
broker_assign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list = broker_list(k, places, count);
	enum lethe_status status =
		broker_is_cooperative(k)
			? client_status("assign",
				  rd_kafka_incremental_assign(
					  k->consumer, list),
				  err)
			: client_code("assign",
				  rd_kafka_assign(k->consumer, list), err);

	rd_kafka_topic_partition_list_destroy(list);
	waker_reassigned(k->o->waker, k->o->lane);
	return status;
}

enum lethe_status
broker_unassign(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list = broker_list(k, places, count);
	enum lethe_status status =
		broker_is_cooperative(k)
			? client_status("unassign",
				  rd_kafka_incremental_unassign(
					  k->consumer, list),
				  err)
			: client_code("unassign",
				  rd_kafka_assign(k->consumer, NULL), err);

	rd_kafka_topic_partition_list_destroy(list);
	waker_reassigned(k->o->waker, k->o->lane);
	return status;
}

bool
broker_assignment_lost(struct kafka *k)
{
	return rd_kafka_assignment_lost(k->consumer);
}
