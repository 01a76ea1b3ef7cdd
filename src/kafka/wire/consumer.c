#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The fetch queue of a consumer whose fetchers are woken.  Lanes share the
 * wakes of a broker: the more there are, the longer a queue must last.
 */
#define WOKEN_KBYTES ((size_t)16384)
#define WOKEN_LANES_MAX 4

static size_t
topic_index(struct kafka *k, const char *name)
{
	if (!strcmp(k->o->topics[k->last_topic], name))
		return k->last_topic;
	for (size_t i = 0; i < k->o->topic_count; i++)
		if (!strcmp(k->o->topics[i], name))
			return k->last_topic = i;
	return SIZE_MAX;
}

static void
forget_member(struct kafka *k)
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

	forget_member(k);
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

static void
on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
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

/* After this the waker knows the consumer. */
static void
enter_waker(struct kafka *k)
{
	struct fetch_queue *q = &k->queue;
	int64_t kbytes, messages;

	if (!k->o->waker)
		return;
	kbytes = client_number(k->consumer, "queued.max.messages.kbytes");
	messages = client_number(k->consumer, "queued.min.messages");
	q->max_bytes = kbytes > 0 ? (uint64_t)kbytes * 1024 : 1024;
	q->max_messages = messages > 0 ? (uint64_t)messages : 1;
	q->handle = rd_kafka_queue_get_consumer(k->consumer);
	if (q->handle)
		waker_enter(k->o->waker, k->o->lane, k);
}

static void
leave_waker(struct kafka *k)
{
	if (!k->queue.handle)
		return;
	waker_leave(k->o->waker, k->o->lane);
	rd_kafka_queue_destroy(k->queue.handle);
	k->queue.handle = NULL;
}

static void
count_read(struct fetch_queue *q, const rd_kafka_message_t *m)
{
	uint64_t messages =
		atomic_load_explicit(&q->messages, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&q->bytes, memory_order_relaxed);

	atomic_store_explicit(&q->messages, messages + 1, memory_order_relaxed);
	atomic_store_explicit(
		&q->bytes, bytes + m->len + m->key_len, memory_order_relaxed);
}

void
broker_close_consumer(struct kafka *k)
{
	if (!k->consumer)
		return;
	leave_waker(k);
	rd_kafka_consumer_close(k->consumer);
	forget_member(k);
	/* It is closed, or past it: after a fatal error a second attempt, made
	   inside, never ends for a member that is not static. */
	rd_kafka_destroy_flags(
		k->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	k->consumer = NULL;
}

static bool
is_stated(const struct broker_options *o, const char *name)
{
	for (size_t i = 0; i < o->prop_count; i++)
		if (o->props[i].side != CLIENT_PRODUCER &&
			!strcmp(o->props[i].name, name))
			return true;
	return false;
}

/*
 * The size of the fetch queue, where lethe chooses it: a share of the memory
 * that is stated; or a small queue that is woken, since between two wakes no
 * more can be read than it holds.
 */
static bool
queue_kbytes(const struct broker_options *o, char out[static 24])
{
	size_t lanes = o->lane_count < WOKEN_LANES_MAX ? o->lane_count
						       : WOKEN_LANES_MAX;
	size_t kbytes = WOKEN_KBYTES * (lanes ? lanes : 1);

	if (o->budget.queue)
		kbytes = o->budget.queue / 1024;
	else if (!o->waker || is_stated(o, "queued.max.messages.kbytes"))
		return false;
	(void)snprintf(out, 24, "%zu", kbytes);
	return true;
}

enum lethe_status
broker_new_consumer(const struct broker_options *o, struct login *login,
	bool lane, rd_kafka_t **out, struct lethe_error *err)
{
	char kbytes[24], messages[24], fetch[24];
	bool limited = o->budget.queue != 0;
	const struct client_set own[] = {
		{"group.id", o->group},
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "error"},
		/* Only so are offsets asked for that no transaction holds: what
		   a killed predecessor left open must be over first.  Before
		   the lanes start, nobody has ended it yet. */
		{"isolation.level",
			lane ? "read_committed" : "read_uncommitted"},
		/* Where a log ends in what no application sees, such as the
		   mark of a commit, only this tells that all is read. */
		{"enable.partition.eof", lane ? "true" : "false"},
		{"allow.auto.create.topics", "false"},
		{"statistics.interval.ms", lane ? STATISTICS_MS : "0"},
		{"queued.max.messages.kbytes",
			queue_kbytes(o, kbytes) ? kbytes : NULL},
		{"queued.min.messages", limited ? messages : NULL},
		{"fetch.max.bytes", limited ? fetch : NULL},
		{"fetch.message.max.bytes", limited ? fetch : NULL},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;

	*out = NULL;
	(void)snprintf(
		messages, sizeof(messages), "%zu", o->budget.queue_messages);
	(void)snprintf(fetch, sizeof(fetch), "%zu", o->budget.fetch);
	status = client_conf(
		CLIENT_CONSUMER, o->props, o->prop_count, own, &conf, err);
	if (status)
		return status;
	login_listen(login, conf);
	if (lane) {
		rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
		broker_watch_joins((struct kafka *)login, conf);
		rd_kafka_conf_set_stats_cb(conf, broker_on_fetched);
	}
	return client_new(CLIENT_CONSUMER, conf, out, err);
}

enum lethe_status
broker_subscribe(struct kafka *k, const struct kafka_rebalance *told,
	struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t code;
	enum lethe_status status;

	broker_close_consumer(k);
	k->told = told;
	status = broker_new_consumer(k->o, &k->login, true, &k->consumer, err);
	if (status)
		return status;
	rd_kafka_poll_set_consumer(k->consumer);
	list = rd_kafka_topic_partition_list_new((int)k->o->topic_count);
	for (size_t i = 0; i < k->o->topic_count; i++)
		rd_kafka_topic_partition_list_add(
			list, k->o->topics[i], RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(k->consumer, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (!code)
		enter_waker(k);
	return client_code("subscribe", code, err);
}

static void
tell_end(struct kafka *k, const rd_kafka_message_t *m)
{
	const struct kafka_place place = {
		.topic = topic_index(k, rd_kafka_topic_name(m->rkt)),
		.partition = m->partition,
		.offset = m->offset};

	if (k->told->ended)
		k->told->ended(k->told->ctx, &place);
}

/* The client asks again in any case; some of it needs somebody's hand. */
static const char *
remedy_of_consumer(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
		return "set kafka.partition.assignment.strategy to what the "
		       "group's other processes have (range, with librdkafka "
		       "before 2.6.1), or stop them all first";
	case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
		return "use fewer lanes, or raise the brokers' group.max.size";
	default: return "nothing: the client tries again";
	}
}

static enum lethe_status
poll_error(
	const struct kafka *k, rd_kafka_message_t *m, struct lethe_error *err)
{
	const char *topic = m->rkt ? rd_kafka_topic_name(m->rkt) : "consumer";
	enum lethe_status status = client_verdict_poll(m->err);

	if (status == LETHE_EABORT)
		fail(err, status, 0, "the consumer is lost");
	else if (status == LETHE_EGAP)
		fail(err, status, 0,
			"%.80s:%d: the next offset is not in the log", topic,
			m->partition);
	else if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		login_lacks(k->consumer, m->err, "Read the group", k->o->group,
			err);
	else if (login_is_right(m->err))
		login_lacks(k->consumer, m->err, "Read the topic", topic, err);
	else if (status)
		(void)client_code(topic, m->err, err);
	if (!status)
		LOG(LOG_WARN, "consumer_error", LOG_TEXT("at", topic),
			LOG_TEXT("code", rd_kafka_err2name(m->err)),
			LOG_TEXT("do", remedy_of_consumer(m->err)));
	return status;
}

enum lethe_status
broker_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(k->consumer, wait_ms);
	rd_kafka_timestamp_type_t type;
	enum lethe_status status = login_check(&k->login, err);

	*out = (struct kafka_message){0};
	if (m && m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		tell_end(k, m);
	else if (m && !status && m->err)
		status = poll_error(k, m, err);
	if (!m || status || m->err) {
		if (m)
			rd_kafka_message_destroy(m);
		return status;
	}
	count_read(&k->queue, m);
	*out = (struct kafka_message){.handle = m,
		.topic = topic_index(k, rd_kafka_topic_name(m->rkt)),
		.partition = m->partition,
		.offset = m->offset,
		.value = m->payload,
		.len = m->len,
		.key = m->key,
		.key_len = m->key_len,
		.time_ms = rd_kafka_message_timestamp(m, &type)};
	if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || out->time_ms < 0)
		out->time_ms = LETHE_TIME_NONE;
	return LETHE_OK;
}

size_t
broker_headers(struct kafka *k, const struct kafka_message *m,
	struct lethe_header *out, size_t max)
{
	rd_kafka_headers_t *headers;

	(void)k;
	if (rd_kafka_message_headers(m->handle, &headers))
		return 0;
	for (size_t i = 0;
		i < max && !rd_kafka_header_get_all(headers, i, &out[i].name,
				   &out[i].value, &out[i].len);
		i++)
		;
	return rd_kafka_header_cnt(headers);
}

void
broker_release(struct kafka *k, struct kafka_message *m)
{
	(void)k;
	if (m->handle)
		rd_kafka_message_destroy(m->handle);
	*m = (struct kafka_message){0};
}

bool
broker_is_cooperative(const struct kafka *k)
{
	const char *protocol = rd_kafka_rebalance_protocol(k->consumer);

	return protocol && !strcmp(protocol, "COOPERATIVE");
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

enum lethe_status
broker_pause(struct kafka *k, const struct kafka_place *places, size_t count,
	bool paused, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list = broker_list(k, places, count);
	rd_kafka_resp_err_t code =
		paused ? rd_kafka_pause_partitions(k->consumer, list)
		       : rd_kafka_resume_partitions(k->consumer, list);

	/* A partition that went meanwhile has an error of its own. */
	rd_kafka_topic_partition_list_destroy(list);
	return client_code(paused ? "pause" : "resume", code, err);
}

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

enum lethe_status
broker_committed_of(rd_kafka_t *consumer, const char *group,
	rd_kafka_topic_partition_list_t *list, struct lethe_error *err)
{
	return committed_of(consumer, group, list, ASK_MS, err);
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
		broker_committed_of(k->consumer, k->o->group, list, err);

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
