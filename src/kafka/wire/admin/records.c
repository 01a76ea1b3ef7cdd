#include "kafka/wire/admin/topics_client.h"

#include "base/clock.h"
#include "kafka/consent/desk.h"
#include "kafka/murmur2.h"

/* So many different keys of a partition, among so many records: after a change
 * of the number of partitions half of them or more lie elsewhere. */
#define KEYS_EACH 8
#define RECORDS_EACH 64
#define WAIT_MS 200
#define READ_MS 10000

struct sample {
	struct topics_found *out;
	size_t *looked; /* by partition: records */
	size_t *taken;	/* by partition: keys */
	bool *finished; /* by partition */
	int32_t open;	/* partitions that are not */
};

static void
finish(struct sample *r, int32_t partition)
{
	if (partition < 0 || partition >= r->out->partitions ||
		r->finished[partition])
		return;
	r->finished[partition] = true;
	r->open--;
}

static bool
is_taken(const struct topics_found *out, uint32_t hash, int32_t partition)
{
	for (size_t i = 0; i < out->record_count; i++)
		if (out->records[i].hash == hash &&
			out->records[i].partition == partition)
			return true;
	return false;
}

static void
take_record(struct sample *r, const rd_kafka_message_t *m)
{
	struct topics_found *out = r->out;
	int32_t p = m->partition;
	/* The ledger's heartbeat lies in every partition. */
	bool keyed = m->key &&
		     !slice_is(slice_make(m->key, m->key_len), HEARTBEAT_KEY);
	uint32_t hash;

	if (p < 0 || p >= out->partitions || r->finished[p])
		return;
	hash = keyed ? murmur2(m->key, m->key_len) : 0;
	if (keyed && !is_taken(out, hash, p)) {
		out->records[out->record_count++] =
			(struct topics_record){hash, p};
		r->taken[p]++;
	}
	if (r->taken[p] == KEYS_EACH || ++r->looked[p] == RECORDS_EACH)
		finish(r, p);
}

/* Until each partition gave its share, or is at its end; or for a while. */
static enum lethe_status
read_all(rd_kafka_t *rk, const char *topic, struct sample *r,
	struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + READ_MS * INT64_C(1000000);
	enum lethe_status status = LETHE_OK;

	while (!status && r->open && clock_monotonic_ns() < until) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, WAIT_MS);

		if (!m)
			continue;
		if (!m->err)
			take_record(r, m);
		else if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			finish(r, m->partition);
		/* The client wants a group's name; none is used. */
		else if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
			;
		else if (topics_is_denied(m->err))
			r->out->written = TOPICS_DENIED;
		else
			status = client_code(topic,
				client_verdict_poll(m->err)
					? m->err
					: RD_KAFKA_RESP_ERR_NO_ERROR,
				err);
		rd_kafka_message_destroy(m);
		if (r->out->written == TOPICS_DENIED)
			break;
	}
	return status;
}

static enum lethe_status
new_reader(const struct broker_options *o, rd_kafka_t **out,
	struct lethe_error *err)
{
	const struct client_set own[] = {
		{"group.id", o->group},
		{"enable.auto.commit", "false"},
		{"auto.offset.reset", "earliest"},
		{"isolation.level", "read_committed"},
		{"enable.partition.eof", "true"},
		{"allow.auto.create.topics", "false"},
		{"queued.min.messages", "1"},
		{"fetch.message.max.bytes", "65536"},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status = client_conf(
		CLIENT_CONSUMER, o->props, o->prop_count, own, &conf, err);

	*out = NULL;
	return status ? status : client_new(CLIENT_CONSUMER, conf, out, err);
}

static enum lethe_status
assign(rd_kafka_t *rk, const char *topic, int32_t partitions,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(partitions);
	rd_kafka_resp_err_t code;

	for (int32_t i = 0; i < partitions; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	code = rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return client_code(topic, code, err);
}

enum lethe_status
topics_ask_records(const struct broker_options *options, const char *topic,
	struct arena *a, struct topics_found *out, struct lethe_error *err)
{
	size_t count = (size_t)out->partitions;
	struct sample r = {.out = out, .open = out->partitions};
	enum lethe_status status;
	rd_kafka_t *rk;

	out->record_count = 0;
	out->records =
		arena_calloc(a, count * KEYS_EACH, sizeof(*out->records));
	r.looked = arena_calloc(a, count, sizeof(*r.looked));
	r.taken = arena_calloc(a, count, sizeof(*r.taken));
	r.finished = arena_calloc(a, count, sizeof(*r.finished));
	if (!out->records || !r.looked || !r.taken || !r.finished)
		return fail(err, LETHE_ENOMEM, 0, "no memory for records");
	status = new_reader(options, &rk, err);
	if (status)
		return status;
	out->written = TOPICS_KNOWN;
	status = assign(rk, topic, out->partitions, err);
	if (!status)
		status = read_all(rk, topic, &r, err);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	if (status || out->written == TOPICS_DENIED)
		out->record_count = 0;
	return status;
}
