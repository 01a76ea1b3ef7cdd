#include "kafka/wire/sweep.h"

#include "kafka/access/login.h"
#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include "base/clock.h"

#include <stdlib.h>

#define WAIT_MS 200
#define ASK_MS 30000
#define IDLE_NS INT64_C(60000000000)

struct sweep {
	const struct sweep_options *o;
	rd_kafka_t *rk;
	int32_t open; /* partitions that have not come to their end */
	bool *ended;  /* by partition */
	int32_t count;
};

static struct slice
header(const rd_kafka_message_t *m, const char *name)
{
	rd_kafka_headers_t *headers;
	const void *value = NULL;
	size_t len = 0;

	if (rd_kafka_message_headers(m, &headers) ||
		rd_kafka_header_get_last(headers, name, &value, &len))
		return (struct slice){0};
	return slice_make(value, len);
}

static void
take(struct sweep *s, const rd_kafka_message_t *m)
{
	const struct sweep_record r = {
		.time_ms = rd_kafka_message_timestamp(m, NULL),
		.key = slice_make(m->key, m->key_len),
		.kind = header(m, "lethe-kind"),
		.epoch = header(m, "lethe-epoch")};

	s->o->take(s->o->ctx, &r);
}

static void
end_partition(struct sweep *s, int32_t partition)
{
	if (partition < 0 || partition >= s->count || s->ended[partition])
		return;
	s->ended[partition] = true;
	s->open--;
}

static enum lethe_status
take_error(
	struct sweep *s, const rd_kafka_message_t *m, struct lethe_error *err)
{
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		end_partition(s, m->partition);
		return LETHE_OK;
	}
	if (login_is_right(m->err))
		return login_lacks(
			s->rk, m->err, "Read the topic", s->o->topic, err);
	return client_verdict_poll(m->err)
		       ? client_code(s->o->topic, m->err, err)
		       : LETHE_OK;
}

static enum lethe_status
read_all(struct sweep *s, struct lethe_error *err)
{
	int64_t last = clock_monotonic_ns();
	enum lethe_status status = LETHE_OK;

	while (!status && s->open) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(s->rk, WAIT_MS);
		int64_t now = clock_monotonic_ns();

		if (!m && now - last > IDLE_NS)
			return fail(err, LETHE_ETIMEOUT, 0,
				"%.80s: nothing came for a minute",
				s->o->topic);
		if (!m)
			continue;
		if (m->err)
			status = take_error(s, m, err);
		else
			take(s, m);
		if (!m->err || m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			last = now;
		rd_kafka_message_destroy(m);
	}
	return status;
}

static enum lethe_status
open_reader(struct sweep *s, struct lethe_error *err)
{
	const struct client_set own[] = {
		{"group.id", s->o->group},
		{"enable.auto.commit", "false"},
		{"auto.offset.reset", "earliest"},
		{"isolation.level", "read_committed"},
		{"enable.partition.eof", "true"},
		{"allow.auto.create.topics", "false"},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status = client_conf(CLIENT_CONSUMER, s->o->props,
		s->o->prop_count, own, &conf, err);

	if (!status)
		status = client_new(CLIENT_CONSUMER, conf, &s->rk, err);
	if (!status)
		rd_kafka_poll_set_consumer(s->rk);
	return status;
}

static enum lethe_status
assign(struct sweep *s, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list;
	enum lethe_status status = client_partitions(
		s->rk, s->o->topic, ASK_MS, NULL, &s->count, err);

	if (status)
		return status;
	s->ended = calloc((size_t)s->count + 1, sizeof(*s->ended));
	if (!s->ended)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a topic");
	s->open = s->count;
	list = rd_kafka_topic_partition_list_new(s->count);
	for (int32_t i = 0; i < s->count; i++)
		rd_kafka_topic_partition_list_add(list, s->o->topic, i)
			->offset = RD_KAFKA_OFFSET_BEGINNING;
	status = client_code(s->o->topic, rd_kafka_assign(s->rk, list), err);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

enum lethe_status
sweep_topic(const struct sweep_options *o, struct lethe_error *err)
{
	struct sweep s = {.o = o};
	enum lethe_status status = open_reader(&s, err);

	if (!status)
		status = assign(&s, err);
	if (!status)
		status = read_all(&s, err);
	if (s.rk) {
		rd_kafka_consumer_close(s.rk);
		rd_kafka_destroy(s.rk);
	}
	free(s.ended);
	return status;
}
