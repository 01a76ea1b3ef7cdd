/*
 * What the client library costs by itself: consume, write back whole, commit
 * in transactions each 100 ms.  No lane of lethe can be cheaper than its
 * share of this.
 *
 *   bare_loop BROKERS FROM TO GROUP own|best [NAME=VALUE ...]
 *
 *   own    fetches as lethe's lanes do: their settings and their waker, which
 *          asks for little and only while a queue is full
 *   best   every broker that leads a partition is woken all the time, every
 *          5 ms: before 2.2.0 its thread sleeps up to a second behind a full
 *          fetch queue
 *
 * NAME is fetch.wake (times a second), or as in lethe's settings kafka.NAME,
 * kafka.consumer.NAME, kafka.producer.NAME; with stamp=1 what is written back
 * has the timestamp of what was read.  write=TOPIC:BYTES:SHARE, as often as
 * there are topics, writes for SHARE of a thousand events a record of so many
 * bytes, with as many headers as lethe's have, and nothing back.  Runs until
 * SIGTERM.
 */

#include "base/clock.h"
#include "kafka/wire/clients.h"
#include "kafka/wire/wake.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MS 100
#define PARTITIONS_MAX 256
#define BROKERS_MAX 64
#define PROPS_MAX 16
#define OWN_WAKES 20
#define BEST_WAKES 200
#define BEST_KBYTES "16384"
#define LEADERS_EVERY 200 /* wakes */
#define WRITES_MAX 8

static volatile sig_atomic_t stopped;

/* Records as lethe writes them, but for what is in them. */
struct like_lethe {
	char name[128];
	rd_kafka_topic_t *topic;
	size_t len;
	unsigned share, due; /* thousandths of an event */
};

struct loop {
	struct client_property props[PROPS_MAX];
	struct broker_options options;
	struct kafka *kafka; /* the consumer alone */
	struct kafka_rebalance told;
	rd_kafka_t *producer;
	rd_kafka_topic_t *to;
	const char *from;
	const char *id;
	bool best, stamp;
	struct like_lethe writes[WRITES_MAX];
	size_t write_count;
	unsigned wakes;		      /* a second */
	int64_t next[PARTITIONS_MAX]; /* 0: nothing read in this transaction */
	int64_t began_ms;	      /* of the open transaction; 0: none */
};

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void
give_up(const char *what)
{
	fprintf(stderr, "bare_loop: %s\n", what);
	exit(1);
}

static void
expect(rd_kafka_error_t *error)
{
	if (error)
		give_up(rd_kafka_error_string(error));
}

static int64_t
now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (m->err)
		give_up(rd_kafka_err2str(m->err));
}

static void
open_producer(struct loop *l, const char *to)
{
	const struct client_set sets[] = {
		{"transactional.id", l->id}, {NULL, NULL}};
	struct lethe_error err;
	rd_kafka_conf_t *conf;

	if (client_conf(CLIENT_PRODUCER, l->props, l->options.prop_count, sets,
		    &conf, &err))
		give_up(err.what);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	if (client_new(CLIENT_PRODUCER, conf, &l->producer, &err))
		give_up(err.what);
	l->to = rd_kafka_topic_new(l->producer, to, NULL);
	for (size_t i = 0; i < l->write_count; i++)
		l->writes[i].topic = rd_kafka_topic_new(
			l->producer, l->writes[i].name, NULL);
	expect(rd_kafka_init_transactions(l->producer, 30000));
}

static void
begin(struct loop *l)
{
	expect(rd_kafka_begin_transaction(l->producer));
	l->began_ms = now_ms();
}

static void
commit(struct loop *l)
{
	rd_kafka_t *consumer = l->kafka->consumer;
	rd_kafka_topic_partition_list_t *places =
		rd_kafka_topic_partition_list_new(4);
	rd_kafka_consumer_group_metadata_t *group =
		rd_kafka_consumer_group_metadata(consumer);

	for (int32_t p = 0; p < PARTITIONS_MAX; p++)
		if (l->next[p])
			rd_kafka_topic_partition_list_add(places, l->from, p)
				->offset = l->next[p];
	expect(rd_kafka_send_offsets_to_transaction(
		l->producer, places, group, 30000));
	expect(rd_kafka_commit_transaction(l->producer, -1));
	memset(l->next, 0, sizeof(l->next));
	l->began_ms = 0;
	rd_kafka_topic_partition_list_destroy(places);
	rd_kafka_consumer_group_metadata_destroy(group);
}

static void
on_assigned(void *ctx, struct kafka_place *places, size_t count)
{
	struct loop *l = ctx;
	struct lethe_error err;

	if (count && broker_committed(l->kafka, places, count, &err))
		give_up(err.what);
	for (size_t i = 0; i < count; i++)
		if (places[i].offset == OFFSET_NONE)
			places[i].offset = RD_KAFKA_OFFSET_BEGINNING;
	if (broker_assign(l->kafka, places, count, &err))
		give_up(err.what);
}

static void
on_revoked(void *ctx, struct kafka_place *places, size_t count)
{
	struct loop *l = ctx;
	struct lethe_error err;

	if (l->began_ms)
		commit(l);
	if (broker_unassign(l->kafka, places, count, &err))
		give_up(err.what);
}

static void
open_consumer(struct loop *l)
{
	struct lethe_error err;

	l->told = (struct kafka_rebalance){
		.ctx = l, .assigned = on_assigned, .revoked = on_revoked};
	if (broker_new(&l->options, &l->kafka, &err))
		give_up(err.what);
	/* What it wakes it fetches into a small queue. */
	if (!l->best && l->wakes && wake_is_needed() &&
		waker_new(
			&broker_wake_ops, 1, l->wakes, &l->options.waker, &err))
		give_up(err.what);
	if (broker_subscribe(l->kafka, &l->told, &err))
		give_up(err.what);
	if (l->options.waker && waker_start(l->options.waker, &err))
		give_up(err.what);
}

static rd_kafka_resp_err_t
write_back(struct loop *l, const rd_kafka_message_t *m)
{
	if (l->stamp)
		return rd_kafka_producev(l->producer, RD_KAFKA_V_RKT(l->to),
			RD_KAFKA_V_PARTITION(m->partition),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			RD_KAFKA_V_VALUE(m->payload, m->len),
			RD_KAFKA_V_KEY(m->key, m->key_len),
			RD_KAFKA_V_TIMESTAMP(
				rd_kafka_message_timestamp(m, NULL)),
			RD_KAFKA_V_END);
	/* The cheapest of the calls. */
	return rd_kafka_produce(l->to, m->partition, RD_KAFKA_MSG_F_COPY,
		       m->payload, m->len, m->key, m->key_len, NULL)
		       ? rd_kafka_last_error()
		       : RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_headers_t *
headers_like_lethe(void)
{
	static const char *const rows[][2] = {{"lethe-kind", "event"},
		{"lethe-purpose", "recommendations"},
		{"lethe-policy", "bench/1/0123456789abcdef"},
		{"lethe-shape", "0123456789abcdef"}, {"lethe-epoch", "1"}};
	size_t count = sizeof(rows) / sizeof(*rows);
	rd_kafka_headers_t *headers = rd_kafka_headers_new(count);

	for (size_t i = 0; i < count; i++)
		rd_kafka_header_add(headers, rows[i][0], -1, rows[i][1], -1);
	return headers;
}

static rd_kafka_resp_err_t
write_like_lethe(
	struct loop *l, struct like_lethe *w, const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers = headers_like_lethe();
	rd_kafka_resp_err_t code = rd_kafka_producev(l->producer,
		RD_KAFKA_V_RKT(w->topic), RD_KAFKA_V_PARTITION(m->partition),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_VALUE(m->payload, w->len < m->len ? w->len : m->len),
		RD_KAFKA_V_KEY(m->key, m->key_len),
		RD_KAFKA_V_TIMESTAMP(rd_kafka_message_timestamp(m, NULL)),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

	if (code)
		rd_kafka_headers_destroy(headers);
	return code;
}

static void
until_taken(struct loop *l, struct like_lethe *w, const rd_kafka_message_t *m)
{
	rd_kafka_resp_err_t code;

	while ((code = w ? write_like_lethe(l, w, m) : write_back(l, m))) {
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			give_up("cannot produce");
		rd_kafka_poll(l->producer, 10);
	}
}

static void
write_all(struct loop *l, const rd_kafka_message_t *m)
{
	if (!l->write_count)
		until_taken(l, NULL, m);
	for (size_t i = 0; i < l->write_count; i++) {
		struct like_lethe *w = &l->writes[i];

		w->due += w->share;
		if (w->due < 1000)
			continue;
		w->due -= 1000;
		until_taken(l, w, m);
	}
}

static void
copy(struct loop *l, const rd_kafka_message_t *m)
{
	struct fetch_queue *q = &l->kafka->queue;

	/* The waker reads along, as it does in a lane. */
	atomic_store_explicit(
		&q->messages, q->messages + 1, memory_order_relaxed);
	atomic_store_explicit(&q->bytes, q->bytes + m->len + m->key_len,
		memory_order_relaxed);
	if (!l->began_ms)
		begin(l);
	write_all(l, m);
	if (m->partition >= PARTITIONS_MAX)
		give_up("too many partitions");
	l->next[m->partition] = m->offset + 1;
}

static void
run(struct loop *l)
{
	while (!stopped) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(
			l->kafka->consumer, INTERVAL_MS / 2);

		if (m && !m->err)
			copy(l, m);
		if (m)
			rd_kafka_message_destroy(m);
		if (l->began_ms && now_ms() - l->began_ms >= INTERVAL_MS)
			commit(l);
		rd_kafka_poll(l->producer, 0);
	}
	if (l->began_ms)
		commit(l);
}

/* Asks every leader, whether its thread sleeps or not. */
static void *
wake(void *arg)
{
	const struct loop *l = arg;
	const struct wake_ops *ops = &broker_wake_ops;
	struct wake_leader leaders[BROKERS_MAX];
	size_t count = 0;

	for (unsigned i = 0; !stopped; i++) {
		if (!count || i % LEADERS_EVERY == 0)
			count = ops->leaders(l->kafka, leaders, BROKERS_MAX);
		if (count)
			(void)ops->ask(l->kafka, leaders, count);
		usleep(1000000 / l->wakes);
	}
	return NULL;
}

static void
put_property(struct loop *l, enum client_side side, const char *name,
	const char *value)
{
	if (l->options.prop_count == PROPS_MAX)
		give_up("too many properties");
	l->props[l->options.prop_count++] = (struct client_property){
		.name = name, .value = value, .side = side};
}

static void
read_write(struct loop *l, const char *text)
{
	struct like_lethe *w = &l->writes[l->write_count];

	if (l->write_count == WRITES_MAX ||
		sscanf(text, "%127[^:]:%zu:%u", w->name, &w->len, &w->share) !=
			3 ||
		w->share > 1000)
		give_up("a record is written as TOPIC:BYTES:SHARE");
	l->write_count++;
}

static void
read_setting(struct loop *l, char *text)
{
	char *value = strchr(text, '=');

	if (!value)
		give_up("a setting is NAME=VALUE");
	*value++ = '\0';
	if (!strcmp(text, "fetch.wake"))
		l->wakes = (unsigned)strtoul(value, NULL, 10);
	else if (!strcmp(text, "stamp"))
		l->stamp = *value == '1';
	else if (!strcmp(text, "write"))
		read_write(l, value);
	else if (!strncmp(text, "kafka.consumer.", 15))
		put_property(l, CLIENT_CONSUMER, text + 15, value);
	else if (!strncmp(text, "kafka.producer.", 15))
		put_property(l, CLIENT_PRODUCER, text + 15, value);
	else if (!strncmp(text, "kafka.", 6))
		put_property(l, CLIENT_BOTH, text + 6, value);
	else
		give_up("no such setting");
}

static void
configure(struct loop *l, int argc, char **argv)
{
	static char id[256];

	l->best = !strcmp(argv[5], "best");
	if (!l->best && strcmp(argv[5], "own"))
		give_up("own or best");
	l->wakes = l->best ? BEST_WAKES : OWN_WAKES;
	l->from = argv[2];
	(void)snprintf(id, sizeof(id), "%s-%d", argv[4], (int)getpid());
	l->id = id;
	l->options = (struct broker_options){.props = l->props,
		.group = argv[4],
		.id = id,
		.topics = &l->from,
		.topic_count = 1,
		.lane_count = 1};
	put_property(l, CLIENT_BOTH, "bootstrap.servers", argv[1]);
	if (l->best)
		put_property(l, CLIENT_CONSUMER, "queued.max.messages.kbytes",
			BEST_KBYTES);
	for (int i = 6; i < argc; i++)
		read_setting(l, argv[i]);
}

int
main(int argc, char **argv)
{
	struct loop l = {0};
	pthread_t waker;
	bool woken;

	if (argc < 6) {
		fprintf(stderr, "usage: bare_loop BROKERS FROM TO GROUP "
				"own|best [NAME=VALUE ...]\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	configure(&l, argc, argv);
	open_producer(&l, argv[3]);
	open_consumer(&l);
	woken = l.best && l.wakes;
	if (woken && pthread_create(&waker, NULL, wake, &l))
		give_up("no thread");
	run(&l);
	if (woken)
		pthread_join(waker, NULL);
	broker_close_consumer(l.kafka);
	waker_free(l.options.waker);
	broker_free(l.kafka);
	rd_kafka_topic_destroy(l.to);
	for (size_t i = 0; i < l.write_count; i++)
		rd_kafka_topic_destroy(l.writes[i].topic);
	rd_kafka_destroy(l.producer);
	return 0;
}
