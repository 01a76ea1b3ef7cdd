#include "kafka/consent/self.h"

#include "base/clock.h"

#include <stdlib.h>

#define WAIT_MS 200
#define SILENT_MS 30000 /* nothing comes: the brokers are away */
#define OPEN_MS 5000	/* nothing comes: a transaction stays open */
#define TOLD_EVERY_NS INT64_C(100000000)

struct reading_partition {
	int64_t next, end;
	bool is_open; /* there may be more before its end */
	bool is_told; /* its end is that of all records, committed or not */
	bool is_held; /* all that can be read was */
};

struct reading_topic {
	struct desk *d;
	enum desk_topic topic;
	const struct desk_sink *sink;
	struct login login;
	rd_kafka_t *rk;
	struct reading_partition *parts;
	int32_t open; /* partitions that are not at their end */
	uint64_t all; /* offsets */
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
		{"fetch.wait.max.ms", "20"}, /* each end costs one */
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

/* Where each partition begins, and where the committed records end. */
static enum lethe_status
assign(struct reading_topic *r, const bool *wanted, struct lethe_error *err)
{
	int32_t count = r->d->partitions[r->topic];
	const char *name = r->d->topics[r->topic];
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(count);
	enum lethe_status status = LETHE_OK;

	for (int32_t i = 0; !status && i < count; i++) {
		struct reading_partition *p = &r->parts[i];

		if (wanted && !wanted[i])
			continue;
		status = client_range(
			r->rk, name, i, ASK_MS, &p->next, &p->end, err);
		if (status)
			continue;
		rd_kafka_topic_partition_list_add(list, name, i)->offset =
			p->next;
		r->all += (uint64_t)(p->end - p->next);
		p->is_open = true;
		r->open++;
	}
	if (!status)
		status = client_code(name, rd_kafka_assign(r->rk, list), err);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

/* A transaction counts as open until its marker is written, which is after its
 * writer was told that it is committed: who reads right behind a writer waits
 * for that.  The client knows of it by its first answer. */
static void
know_end(struct reading_topic *r, int32_t partition)
{
	struct reading_partition *p = &r->parts[partition];
	int64_t first, end;

	if (p->is_told)
		return;
	p->is_told = true;
	if (rd_kafka_get_watermark_offsets(
		    r->rk, r->d->topics[r->topic], partition, &first, &end) ||
		end <= p->end)
		return;
	r->all += (uint64_t)(end - p->end);
	p->end = end;
}

static void
reach(struct reading_topic *r, int32_t partition, int64_t next)
{
	struct reading_partition *p = &r->parts[partition];

	if (!p->is_open)
		return;
	p->next = next;
	if (next < p->end)
		return;
	p->is_open = false;
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

	know_end(r, m->partition);
	r->parts[m->partition].is_held = false;
	if (m->offset >= r->parts[m->partition].end)
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

	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		know_end(r, m->partition);
		r->parts[m->partition].is_held = true;
		reach(r, m->partition, m->offset);
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
		if (r->parts[i].is_open)
			left += (uint64_t)(r->parts[i].end - r->parts[i].next);
	r->told_ns = clock_monotonic_ns() + TOLD_EVERY_NS;
	r->sink->progress(r->sink->ctx, r->all - left, r->all);
}

/* Whether all that is waited for is the end of others' transactions. */
static bool
is_held(const struct reading_topic *r)
{
	int32_t held = 0;

	for (int32_t i = 0; i < r->d->partitions[r->topic]; i++)
		held += r->parts[i].is_open && r->parts[i].is_held;
	return held == r->open;
}

/* Goes on without what one that stays open may still say. */
static void
leave_open(struct reading_topic *r)
{
	if (r->sink->held)
		r->sink->held(r->sink->ctx, r->d->topics[r->topic], r->open);
	r->open = 0;
}

static enum lethe_status
wait(struct reading_topic *r, struct lethe_error *err)
{
	enum lethe_status status = login_poll(&r->login, r->rk, err);
	int64_t silent_ms = (clock_monotonic_ns() - r->heard_ns) / 1000000;
	int64_t open_ms = r->sink->open_ms ? r->sink->open_ms : OPEN_MS;

	if (status)
		return status;
	if (is_held(r)) {
		if (silent_ms >= open_ms)
			leave_open(r);
		return LETHE_OK;
	}
	if (silent_ms < SILENT_MS)
		return LETHE_OK;
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

	r.parts = calloc(count, sizeof(*r.parts));
	if (!r.parts)
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
	free(r.parts);
	return status;
}
