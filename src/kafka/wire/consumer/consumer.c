#include "kafka/wire/clients.h"
#include "kafka/wire/member.h"

#include <stdio.h>
#include <string.h>

/*
 * The fetch queue of a consumer whose fetchers are woken.  Lanes share the
 * wakes of a broker: the more there are, the longer a queue must last.
 */
#define WOKEN_KBYTES ((size_t)16384)
#define WOKEN_LANES_MAX 4

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

void
broker_close_consumer(struct kafka *k)
{
	if (!k->consumer)
		return;
	leave_waker(k);
	rd_kafka_consumer_close(k->consumer);
	broker_forget_member(k);
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
		rd_kafka_conf_set_rebalance_cb(conf, broker_on_rebalance);
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
