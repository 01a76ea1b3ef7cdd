#include "kafka/consent/self.h"

#include "base/clock.h"

#include <stdlib.h>

#define WAIT_MS 200
#define SILENT_MS 30000 /* nothing comes: the brokers are away */
#define TOLD_EVERY_NS INT64_C(100000000)

struct reading_topic {
	struct desk *d;
	enum desk_topic topic;
	const struct desk_sink *sink;
	struct login login;
	rd_kafka_t *rk;
	int64_t *next, *end; /* by partition */
	int32_t open;	     /* partitions that are not at their end */
	uint64_t all;	     /* offsets */
	int64_t told_ns, heard_ns;
};

static enum lethe_status
new_reader(struct reading_topic *r, struct lethe_error *err)
{
	const struct desk_options *o = r->d->o;
	const struct client_set own[] = {
		{"group.id", o->reader},
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "earliest"},
		{"isolation.level", "read_committed"},
		{"enable.partition.eof", "true"},
		{"allow.auto.create.topics", "false"},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status = client_conf(
		CLIENT_CONSUMER, o->props, o->prop_count, own, &conf, err);

	if (status)
		return status;
	login_listen(&r->login, conf);
	status = client_new(CLIENT_CONSUMER, conf, &r->rk, err);
	if (!status)
		rd_kafka_poll_set_consumer(r->rk);
	return status;
}

/* Where each partition begins and ends; those that hold nothing are left
 * out. */
static enum lethe_status
assign(struct reading_topic *r, const bool *wanted, struct lethe_error *err)
{
	int32_t count = r->d->partitions[r->topic];
	const char *name = r->d->topics[r->topic];
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(count);
	enum lethe_status status = LETHE_OK;

	for (int32_t i = 0; !status && i < count; i++) {
		if (wanted && !wanted[i])
			continue;
		status = client_range(
			r->rk, name, i, ASK_MS, &r->next[i], &r->end[i], err);
		if (status || r->next[i] >= r->end[i])
			continue;
		rd_kafka_topic_partition_list_add(list, name, i)->offset =
			r->next[i];
		r->all += (uint64_t)(r->end[i] - r->next[i]);
		r->open++;
	}
	if (!status)
		status = client_code(name, rd_kafka_assign(r->rk, list), err);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

static void
reach(struct reading_topic *r, int32_t partition, int64_t next)
{
	if (r->next[partition] >= r->end[partition])
		return;
	r->next[partition] = next;
	if (next >= r->end[partition])
		r->open--;
}

static enum lethe_status
take(struct reading_topic *r, const rd_kafka_message_t *m,
	struct lethe_error *err)
{
	const struct desk_record record = {.partition = m->partition,
		.time_ms = rd_kafka_message_timestamp(m, NULL),
		.key = slice_make(m->key, m->key_len),
		.value = slice_make(m->payload, m->len)};
	enum lethe_status status = LETHE_OK;

	if (m->offset >= r->end[m->partition])
		return LETHE_OK;
	/* An empty value is none of the form, and no tombstone. */
	if (m->key)
		status = r->sink->record(r->sink->ctx, &record, err);
	reach(r, m->partition, m->offset + 1);
	return status;
}

static enum lethe_status
failed(struct reading_topic *r, const rd_kafka_message_t *m,
	struct lethe_error *err)
{
	const char *name = r->d->topics[r->topic];

	/* All that is left is the mark of a transaction, or of one that is
	   still open: it is not of what was said. */
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		reach(r, m->partition, r->end[m->partition]);
		return LETHE_OK;
	}
	/* The library looks for the coordinator of a group that it is not to
	   join; the records come without one. */
	if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		return LETHE_OK;
	if (login_is_right(m->err))
		return login_lacks(r->rk, m->err, "Read the topic", name, err);
	return client_verdict_poll(m->err) ? client_code(name, m->err, err)
					   : LETHE_OK;
}

static void
tell(struct reading_topic *r)
{
	uint64_t left = 0;

	if (!r->sink->progress ||
		(r->open && clock_monotonic_ns() < r->told_ns))
		return;
	for (int32_t i = 0; i < r->d->partitions[r->topic]; i++)
		if (r->next[i] < r->end[i])
			left += (uint64_t)(r->end[i] - r->next[i]);
	r->told_ns = clock_monotonic_ns() + TOLD_EVERY_NS;
	r->sink->progress(r->sink->ctx, r->all - left, r->all);
}

static enum lethe_status
wait(struct reading_topic *r, struct lethe_error *err)
{
	enum lethe_status status = login_poll(&r->login, r->rk, err);

	if (status ||
		clock_monotonic_ns() - r->heard_ns < SILENT_MS * 1000000LL)
		return status;
	return fail(err, LETHE_ETIMEOUT, 0,
		"no broker answers for the topic %.80s",
		r->d->topics[r->topic]);
}

static enum lethe_status
walk(struct reading_topic *r, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	r->heard_ns = clock_monotonic_ns();
	while (!status && r->open) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(r->rk, WAIT_MS);

		if (!m) {
			status = wait(r, err);
		} else {
			status = m->err ? failed(r, m, err) : take(r, m, err);
			r->heard_ns = clock_monotonic_ns();
			rd_kafka_message_destroy(m);
		}
		tell(r);
	}
	return status;
}

enum lethe_status
desk_read(struct desk *d, enum desk_topic topic, const bool *wanted,
	const struct desk_sink *sink, struct lethe_error *err)
{
	struct reading_topic r = {.d = d, .topic = topic, .sink = sink};
	size_t count = (size_t)d->partitions[topic];
	enum lethe_status status = LETHE_OK;

	r.next = calloc(count, sizeof(*r.next));
	r.end = calloc(count, sizeof(*r.end));
	if (!r.next || !r.end)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for offsets");
	if (!status)
		status = new_reader(&r, err);
	if (!status)
		status = assign(&r, wanted, err);
	if (!status)
		status = walk(&r, err);
	if (r.rk) {
		rd_kafka_consumer_close(r.rk);
		rd_kafka_destroy_flags(
			r.rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	}
	free(r.next);
	free(r.end);
	return status;
}
