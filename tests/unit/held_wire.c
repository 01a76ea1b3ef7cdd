#include "suite.h"

#include "base/log.h"
#include "kafka/replay/state.h"
#include "kafka/wire/clients.h"

#include <stdio.h>
#include <string.h>

/*
 * What a lane works under goes to the group with every offset, and is read from
 * there again.  The mock cluster throws away what is sent in a transaction: the
 * library's two calls are the group here.
 */

#define PLACES 2

static struct {
	int64_t offset;
	char text[HELD_TEXT_BYTES];
} group[PLACES]; /* by partition */

rd_kafka_error_t *
rd_kafka_send_offsets_to_transaction(rd_kafka_t *rk,
	const rd_kafka_topic_partition_list_t *offsets,
	const rd_kafka_consumer_group_metadata_t *member, int timeout_ms)
{
	(void)rk;
	(void)member;
	(void)timeout_ms;
	for (int i = 0; i < offsets->cnt; i++) {
		const rd_kafka_topic_partition_t *row = &offsets->elems[i];

		group[row->partition].offset = row->offset;
		snprintf(group[row->partition].text, HELD_TEXT_BYTES, "%.*s",
			(int)row->metadata_size, (const char *)row->metadata);
	}
	return NULL;
}

rd_kafka_resp_err_t
rd_kafka_committed(
	rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list, int timeout_ms)
{
	(void)rk;
	(void)timeout_ms;
	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_topic_partition_t *row = &list->elems[i];

		row->offset = group[row->partition].offset;
		row->metadata = strdup(group[row->partition].text);
		row->metadata_size = strlen(group[row->partition].text);
	}
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static const bool by_replay[] = {false, true};

START_TEST(goes_with_an_offset_and_comes_with_it)
{
	static const char *const topics[] = {"raw"};
	static const struct kafka_rebalance told = {0};
	struct offsets_place whole[PLACES] = {{.next = 100}, {.next = 100}};
	struct replay r = {.places = whole};
	struct broker_options options = {
		.group = "g", .topics = topics, .topic_count = 1, .replay = &r};
	const struct kafka_place places[PLACES] = {
		{.partition = 0, .offset = 7, .held = {.ring = 3, .policy = 2}},
		{.partition = 1, .offset = 8, .held = {.ring = 4, .policy = 2}},
	};
	struct kafka_place seen[PLACES] = {{.partition = 1}, {.partition = 0}};
	struct kafka_ops ops = broker_ops;
	struct lethe_error err = {0};
	struct kafka *k;

	log_off();
	if (by_replay[_i])
		replay_ops(&r, &ops);
	ck_assert_status(broker_new(&options, &k, &err), LETHE_OK);
	ck_assert_status(broker_ops.subscribe(k, &told, &err), LETHE_OK);
	k->member = rd_kafka_consumer_group_metadata_new("g");
	ck_assert_status(ops.send_offsets(k, places, PLACES, &err), LETHE_OK);
	ck_assert_str_eq(group[0].text, "lethe 1 ring=3 policy=2");
	ck_assert_str_eq(group[1].text, "lethe 1 ring=4 policy=2");
	ck_assert_status(ops.committed(k, seen, PLACES, &err), LETHE_OK);
	for (int i = 0; i < PLACES; i++) {
		const struct kafka_place *sent = &places[seen[i].partition];

		ck_assert_int_eq(seen[i].offset, sent->offset);
		ck_assert_int_eq(seen[i].held.ring, sent->held.ring);
		ck_assert_int_eq(seen[i].held.policy, sent->held.policy);
	}
	broker_free(k);
}
END_TEST

SUITE("held_wire", ROWS(goes_with_an_offset_and_comes_with_it, by_replay))
