#include "kafka/replay/state.h"

#include "kafka/wire/clients.h"

#include "base/log.h"

#include <stdlib.h>

#define WAIT_MS 200

/* The partition of the marks; source.c writes them there. */
#define MARKS 0

static enum lethe_status
take_mark(
	struct replay *r, const rd_kafka_message_t *m, struct lethe_error *err)
{
	struct slice record = slice_make(m->payload, m->len);
	uint8_t id[DIGEST_BYTES];
	char group[256];
	enum lethe_status status;

	if (!quarantine_is_mark(record))
		return LETHE_OK;
	status = quarantine_mark_read(record, group, id, err);
	if (status == LETHE_EUSAGE || status == LETHE_EUNSUPPORTED)
		return fail(err, LETHE_EIO, 0,
			"the mark at offset %lld of the quarantine cannot be "
			"read: what was replayed is not known",
			(long long)m->offset);
	if (status || strcmp(group, r->base) != 0)
		return status;
	return ids_add(&r->ids, id, false, err);
}

static enum lethe_status
walk(struct replay *r, rd_kafka_t *rk, const char *topic, int64_t until,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	int64_t next = 0;

	while (!status && next < until) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, WAIT_MS);

		if (!m)
			continue;
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			next = m->offset;
		else if (m->err)
			status = client_verdict_poll(m->err)
					 ? client_code(topic, m->err, err)
					 : LETHE_OK;
		else if (m->offset < until)
			status = take_mark(r, m, err);
		if (!m->err)
			next = m->offset + 1;
		rd_kafka_message_destroy(m);
	}
	return status;
}

static enum lethe_status
read_marks(struct replay *r, struct kafka *k, const struct offsets_place *place,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);
	rd_kafka_t *rk = NULL;
	enum lethe_status status =
		broker_new_consumer(k->o, &k->login, true, &rk, err);

	rd_kafka_topic_partition_list_add(list, k->o->topics[0], MARKS)
		->offset = place->first;
	if (!status) {
		rd_kafka_poll_set_consumer(rk);
		status = client_code("assign", rd_kafka_assign(rk, list), err);
	}
	if (!status)
		status = walk(r, rk, k->o->topics[0], place->next, err);
	rd_kafka_topic_partition_list_destroy(list);
	if (rk) {
		rd_kafka_consumer_close(rk);
		rd_kafka_destroy_flags(
			rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	}
	return status;
}

enum lethe_status
replay_scan(struct replay *r, struct kafka *k, struct lethe_error *err)
{
	struct offsets_place *places = NULL;
	size_t count;
	/* After the producer is ours: nobody else writes marks any more. */
	enum lethe_status status = offsets_ask(
		r->client, k->o->topics[0], false, &places, &count, err);

	ids_clear(&r->ids);
	ids_clear(&r->back);
	if (!status && places[MARKS].next > places[MARKS].first)
		status = read_marks(r, k, &places[MARKS], err);
	free(places);
	return status;
}
