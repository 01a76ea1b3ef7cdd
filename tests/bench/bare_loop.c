/*
 * What the client library costs by itself: consume, write back whole, commit
 * in transactions each 100 ms.  No lane of lethe can be cheaper than its
 * share of this.
 *
 *   bare_loop BROKERS FROM TO GROUP own|best
 *
 *   own    the settings that lethe's lanes use
 *   best   a small fetch queue, and the broker thread woken every 5 ms: before
 *          2.2.0 it sleeps up to a second behind a full queue
 *
 * Runs until SIGTERM.
 */

#include "kafka/wire/client.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MS 100
#define PARTITIONS_MAX 256
#define WAKE_US 5000

static volatile sig_atomic_t stopped;

struct loop {
	rd_kafka_t *consumer, *producer;
	rd_kafka_topic_t *to;
	const char *from;
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
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (m->err)
		give_up(rd_kafka_err2str(m->err));
}

static rd_kafka_t *
client(enum client_side side, const struct client_set *sets)
{
	struct lethe_error err;
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;

	if (client_conf(side, NULL, 0, sets, &conf, &err))
		give_up(err.what);
	if (side == CLIENT_PRODUCER)
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	if (client_new(side, conf, &rk, &err))
		give_up(err.what);
	return rk;
}

static void
open_consumer(struct loop *l, const char *brokers, const char *group, bool best)
{
	const struct client_set sets[] = {{"bootstrap.servers", brokers},
		{"group.id", group}, {"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "earliest"},
		{"isolation.level", "read_committed"},
		{best ? "queued.max.messages.kbytes" : NULL, "16384"},
		{NULL, NULL}};
	rd_kafka_topic_partition_list_t *topics =
		rd_kafka_topic_partition_list_new(1);

	l->consumer = client(CLIENT_CONSUMER, sets);
	rd_kafka_poll_set_consumer(l->consumer);
	rd_kafka_topic_partition_list_add(
		topics, l->from, RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(l->consumer, topics))
		give_up("cannot subscribe");
	rd_kafka_topic_partition_list_destroy(topics);
}

static void
open_producer(
	struct loop *l, const char *brokers, const char *group, const char *to)
{
	const struct client_set sets[] = {{"bootstrap.servers", brokers},
		{"transactional.id", group}, {NULL, NULL}};

	l->producer = client(CLIENT_PRODUCER, sets);
	l->to = rd_kafka_topic_new(l->producer, to, NULL);
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
	rd_kafka_topic_partition_list_t *places =
		rd_kafka_topic_partition_list_new(4);
	rd_kafka_consumer_group_metadata_t *group =
		rd_kafka_consumer_group_metadata(l->consumer);

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
copy(struct loop *l, const rd_kafka_message_t *m)
{
	if (!l->began_ms)
		begin(l);
	while (rd_kafka_produce(l->to, m->partition, RD_KAFKA_MSG_F_COPY,
		m->payload, m->len, m->key, m->key_len, NULL)) {
		if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			give_up("cannot produce");
		rd_kafka_poll(l->producer, 10);
	}
	if (m->partition >= PARTITIONS_MAX)
		give_up("too many partitions");
	l->next[m->partition] = m->offset + 1;
}

static void
run(struct loop *l)
{
	while (!stopped) {
		rd_kafka_message_t *m =
			rd_kafka_consumer_poll(l->consumer, INTERVAL_MS / 2);

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

/* The question itself is idle: to be asked wakes the broker's thread. */
static void *
wake(void *arg)
{
	const struct loop *l = arg;
	int64_t low, high;

	while (!stopped) {
		(void)rd_kafka_query_watermark_offsets(
			l->consumer, l->from, 0, &low, &high, 1000);
		usleep(WAKE_US);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct loop l = {0};
	pthread_t waker;
	bool best;

	if (argc != 6) {
		fprintf(stderr,
			"usage: bare_loop BROKERS FROM TO GROUP own|best\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	l.from = argv[2];
	best = !strcmp(argv[5], "best");
	open_producer(&l, argv[1], argv[4], argv[3]);
	open_consumer(&l, argv[1], argv[4], best);
	if (best && pthread_create(&waker, NULL, wake, &l))
		give_up("no thread");
	run(&l);
	if (best)
		pthread_join(waker, NULL);
	rd_kafka_consumer_close(l.consumer);
	rd_kafka_destroy(l.consumer);
	rd_kafka_topic_destroy(l.to);
	rd_kafka_destroy(l.producer);
	return 0;
}
