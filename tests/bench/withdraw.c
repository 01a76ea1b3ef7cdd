/*
 * From withdrawal to silence: people act, withdraw, and act on; when does the
 * last record of theirs arrive?
 *
 *   withdraw BROKERS RAW CONSENT OUT SUBJECTS RATE PER_S SECONDS FIRST
 *
 *   RATE      events a second
 *   PER_S     withdrawals a second, for SECONDS
 *   FIRST     the number of the first one who is lively; none twice
 *
 * Four of five events are of the few who are lively: each acts for TAIL_S,
 * withdraws and acts on for TAIL_S.  The fifth is of anybody.  A record carries
 * its subject's number as the member `n`, so no table of tokens is needed.
 * All instants are of this process's monotonic clock: the withdrawal's is its
 * delivery report's (acks=all), a record's its arrival at a read_committed
 * consumer.  One line of JSON.
 */

#include "act.h"

#include "kafka/wire/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define TAIL_S 4
#define NS INT64_C(1000000000)
#define WARM_NS (2 * NS)
#define PATIENCE_NS (60 * NS)
#define STEP 7919 /* a prime: the lively are strewn over all */
#define MEMBER "\"n\":"

struct said {
	uint64_t subject;
	_Atomic int64_t acked_ns;
};

struct bench {
	const char *brokers, *raw, *consent, *out;
	uint64_t subjects, rate, per_s, count, first;
	uint64_t slot_count, *slots; /* who is lively */
	uint64_t drawn;		     /* lively ones so far */
	uint64_t random;
	struct said *said;
	uint64_t said_count, events;
	rd_kafka_t *events_to, *words_to, *from;
	int64_t *last_ns; /* by subject: its last record's arrival; 0: none */
	uint64_t records;
	int64_t last_any_ns; /* of anybody */
	int64_t began_ns, ended_ns;
	_Atomic int64_t warm_ns; /* since when records arrive; 0 */
	atomic_bool done;
};

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "withdraw: %s\n", what);
	exit(1);
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct said *s = m->_private;

	(void)rk;
	(void)opaque;
	if (m->err)
		give_up(rd_kafka_err2str(m->err));
	if (s)
		atomic_store(&s->acked_ns, clock_monotonic_ns());
}

static rd_kafka_t *
open_client(const struct bench *b, enum client_side side,
	const struct client_set *own)
{
	const struct client_property props[] = {
		{.name = "bootstrap.servers", .value = b->brokers}};
	struct lethe_error err = {0};
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;

	if (client_conf(side, props, 1, own, &conf, &err))
		give_up(err.what);
	if (side == CLIENT_PRODUCER)
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	if (client_new(side, conf, &rk, &err))
		give_up(err.what);
	return rk;
}

static void
open_clients(struct bench *b)
{
	const struct client_set writes[] = {{"acks", "all"}, {"linger.ms", "2"},
		{"partitioner", "murmur2_random"},
		{"queue.buffering.max.messages", "200000"}, {NULL, NULL}};
	const struct client_set words[] = {{"acks", "all"}, {"linger.ms", "0"},
		{"partitioner", "murmur2_random"}, {NULL, NULL}};
	const struct client_set reads[] = {{"group.id", "withdraw"},
		{"enable.auto.commit", "false"},
		{"isolation.level", "read_committed"},
		{"fetch.wait.max.ms", "10"}, {NULL, NULL}};
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(8);
	struct lethe_error err = {0};
	int32_t partitions = 0;

	b->events_to = open_client(b, CLIENT_PRODUCER, writes);
	b->words_to = open_client(b, CLIENT_PRODUCER, words);
	b->from = open_client(b, CLIENT_CONSUMER, reads);
	rd_kafka_poll_set_consumer(b->from);
	if (client_partitions(b->from, b->out, 30000, NULL, &partitions, &err))
		give_up(err.what);
	for (int32_t p = 0; p < partitions; p++)
		rd_kafka_topic_partition_list_add(list, b->out, p)->offset =
			RD_KAFKA_OFFSET_END;
	if (rd_kafka_assign(b->from, list))
		give_up("nothing can be read");
	rd_kafka_topic_partition_list_destroy(list);
}

/* ---- who acts */

static uint64_t
draw(struct bench *b)
{
	return act_draw(&b->random);
}

static uint64_t
next_lively(struct bench *b)
{
	return (b->first + b->drawn++) * STEP % b->subjects;
}

static void
put_message(rd_kafka_t *rk, const char *topic, char *key, char *value, int len,
	void *opaque)
{
	rd_kafka_resp_err_t code;

	for (;;) {
		code = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			RD_KAFKA_V_KEY(key, strlen(key)),
			RD_KAFKA_V_VALUE(value, (size_t)len),
			RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			break;
		rd_kafka_poll(rk, 10);
	}
	if (code)
		give_up(rd_kafka_err2str(code));
}

static void
send_event(struct bench *b)
{
	uint64_t n = draw(b) % 5 ? b->slots[draw(b) % b->slot_count]
				 : draw(b) % b->subjects;
	char key[ACT_KEY_BYTES], text[ACT_BYTES];
	int len = act_event(b->first, b->events, n, key, text);

	put_message(b->events_to, b->raw, key, text, len, NULL);
	b->events++;
}

static void
withdraw(struct bench *b)
{
	uint64_t i = b->said_count++, half = b->slot_count / 2;
	struct said *s = &b->said[i];
	char key[32], at[TIME_TEXT_BYTES + 1] = "", text[256];
	int len;

	s->subject = b->slots[i % b->slot_count];
	at[time_format(clock_now_ms(), GRAIN_MS, at)] = '\0';
	(void)snprintf(key, sizeof(key), "user:u%08" PRIu64, s->subject);
	len = snprintf(text, sizeof(text),
		"{\"v\":1,\"purposes\":{\"*\":{\"state\":\"withdrawn\",\"at\":"
		"\"%s\"}}}",
		at);
	put_message(b->words_to, b->consent, key, text, len, s);
	if (i >= half)
		b->slots[(i + half) % b->slot_count] = next_lively(b);
}

static void
pause_ms(void)
{
	struct timespec t = {0, 1000000};

	nanosleep(&t, NULL);
}

/* Events all the time; words when records have come for a while. */
static void *
act(void *arg)
{
	struct bench *b = arg;
	int64_t warm = 0, now;

	b->began_ns = clock_monotonic_ns();
	do {
		now = clock_monotonic_ns();
		for (uint64_t due = (uint64_t)((double)(now - b->began_ns) *
					       (double)b->rate / 1e9);
			b->events < due;)
			send_event(b);
		if (!warm && atomic_load(&b->warm_ns))
			warm = atomic_load(&b->warm_ns) + WARM_NS;
		if (!warm && now - b->began_ns > PATIENCE_NS)
			give_up("no record came");
		while (warm && now > warm && b->said_count < b->count &&
			b->said_count < (uint64_t)((double)(now - warm) *
						   (double)b->per_s / 1e9))
			withdraw(b);
		rd_kafka_poll(b->events_to, 0);
		pause_ms();
	} while (!warm ||
		 now < warm + NS * (int64_t)(b->count / b->per_s + TAIL_S));
	b->ended_ns = now;
	rd_kafka_flush(b->events_to, 10000);
	atomic_store(&b->done, true);
	return NULL;
}

/* So that a word's instant is that of its report. */
static void *
hear(void *arg)
{
	struct bench *b = arg;

	while (!atomic_load(&b->done))
		rd_kafka_poll(b->words_to, 10);
	return NULL;
}

/* ---- what arrives */

static void
note(struct bench *b, const rd_kafka_message_t *m)
{
	const char *at = memmem(m->payload, m->len, MEMBER, strlen(MEMBER));
	const char *end = (const char *)m->payload + m->len;
	int64_t now = clock_monotonic_ns();
	uint64_t n = 0;

	if (!at)
		give_up("a record without a number");
	for (at += strlen(MEMBER); at < end && *at >= '0' && *at <= '9'; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	if (n >= b->subjects)
		give_up("a record of nobody");
	b->last_ns[n] = b->last_any_ns = now;
	b->records++;
	if (!atomic_load(&b->warm_ns))
		atomic_store(&b->warm_ns, now);
}

static void
take(struct bench *b)
{
	int64_t until = 0;

	while (!until || clock_monotonic_ns() < until) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(b->from, 100);

		if (m && !m->err)
			note(b, m);
		if (m)
			rd_kafka_message_destroy(m);
		if (!until && atomic_load(&b->done))
			until = clock_monotonic_ns() + NS;
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double
quantile_ms(const int64_t *sorted, uint64_t count, double share)
{
	uint64_t i = (uint64_t)(share * (double)count);

	if (!count)
		return 0;
	return (double)sorted[i < count ? i : count - 1] / 1e6;
}

static void
tell(const struct bench *b)
{
	int64_t *took = calloc(b->said_count + 1, sizeof(*took));
	uint64_t count = 0, after = 0, never = 0, unacked = 0;
	double seconds = (double)(b->ended_ns - b->began_ns) / 1e9;

	if (!took)
		give_up("no memory");
	for (uint64_t i = 0; i < b->said_count; i++) {
		int64_t acked = atomic_load(&b->said[i].acked_ns);
		int64_t last = b->last_ns[b->said[i].subject];

		unacked += !acked;
		if (!acked || !last)
			continue; /* of whom nothing ever came */
		took[count] = last > acked ? last - acked : 0;
		after += last > acked;
		never += took[count] > TAIL_S * NS - NS / 4;
		count++;
	}
	qsort(took, count, sizeof(*took), compare);
	printf("{\"withdrawals\":%" PRIu64 ",\"heard\":%" PRIu64
	       ",\"after\":%" PRIu64 ",\"never\":%" PRIu64
	       ",\"unacked\":%" PRIu64 ",\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f"
	       ",\"events\":%" PRIu64 ",\"events_s\":%.1f,\"records\":%" PRIu64
	       ",\"each_s\":%.1f,"
	       "\"quiet_ms\":%.0f}\n",
		b->said_count, count, after, never, unacked,
		quantile_ms(took, count, 0.5), quantile_ms(took, count, 0.99),
		quantile_ms(took, count, 1), b->events,
		(double)b->events / seconds, b->records,
		(double)b->events / seconds * 0.8 / (double)b->slot_count,
		(double)(b->ended_ns - b->last_any_ns) / 1e6);
	free(took);
}

static void
read_arguments(struct bench *b, char **argv)
{
	*b = (struct bench){.brokers = argv[1],
		.raw = argv[2],
		.consent = argv[3],
		.out = argv[4],
		.subjects = strtoull(argv[5], NULL, 10),
		.rate = strtoull(argv[6], NULL, 10),
		.per_s = strtoull(argv[7], NULL, 10),
		.random = 88172645463325252u};
	b->count = b->per_s * strtoull(argv[8], NULL, 10);
	b->first = strtoull(argv[9], NULL, 10);
	b->slot_count = 2 * b->per_s * TAIL_S;
	if (!b->rate || !b->count || b->subjects % STEP == 0 ||
		b->subjects < b->count + b->slot_count)
		give_up("too few of something");
	b->random += b->first;
	b->slots = calloc(b->slot_count, sizeof(*b->slots));
	b->said = calloc(b->count, sizeof(*b->said));
	b->last_ns = calloc(b->subjects, sizeof(*b->last_ns));
	if (!b->slots || !b->said || !b->last_ns)
		give_up("no memory");
	for (uint64_t i = 0; i < b->slot_count; i++)
		b->slots[i] = next_lively(b);
}

int
main(int argc, char **argv)
{
	static struct bench b;
	pthread_t acts, hears;

	if (argc != 10)
		give_up("usage: BROKERS RAW CONSENT OUT SUBJECTS RATE PER_S "
			"SECONDS FIRST");
	read_arguments(&b, argv);
	open_clients(&b);
	if (pthread_create(&acts, NULL, act, &b) ||
		pthread_create(&hears, NULL, hear, &b))
		give_up("no thread");
	take(&b);
	pthread_join(acts, NULL);
	pthread_join(hears, NULL);
	tell(&b);
	fflush(stdout);
	rd_kafka_consumer_close(b.from);
	rd_kafka_destroy(b.from);
	rd_kafka_destroy(b.events_to);
	rd_kafka_destroy(b.words_to);
	return 0;
}
