#ifndef UNIT_MOCK_LANE_H
#define UNIT_MOCK_LANE_H

/*
 * A real lane on the client library and its mock cluster, watched: what each
 * call answered, and errors that come in with its next transaction.  The mock
 * throws a transaction's offsets away; they are remembered here in its stead,
 * so that a lane that asks hears the truth.
 *
 * Many of them run side by side: failures end the program, Check is asked in
 * its own thread alone.
 */

#include "kit.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/lane.h"
#include "kafka/wire/broker.h"
#include "kafka/wire/feed.h"
#include "kafka/wire/mock.h"
#include "kafka/wire/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#define MOCK_PARTITIONS 2
#define MOCK_EVENTS_MAX 5000
#define MOCK_PATIENCE_MS 60000

/*
 * How many lanes live side by side: each has a mock and two clients, seventeen
 * threads.  A sanitizer's locks spin, and hundreds of threads at them stand
 * still for longer than a session.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MOCK_LANES 8
#else
#define MOCK_LANES 24
#endif

static const char mock_policy[] =
	"version: 1\n"
	"name: mock\n"
	"revision: 1\n"
	"controller: { name: a, contact: b, dpo: c }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json]\n"
	"    event_time: { path: $.time, format: unix_ms, max_future: 5m, "
	"max_age: 7d, out_of_range: drop }\n"
	"    limits: { bytes: 65536, depth: 16, members: 512, string: 8192 }\n"
	"    events:\n"
	"      viewed: { $.event: viewed }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user] }\n"
	"consent:\n"
	"  sources:\n"
	"    gpc: { format: gpc, path: $.gpc }\n"
	"purposes:\n"
	"  recs:\n"
	"    says: things\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: recs\n"
	"    recipients: [r]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"fields:\n"
	"  - { do: event, as: event, for: [recs], required: true, why: w }\n"
	"  - { path: $.n, as: n, for: [recs], do: keep, type: integer, min: 0, "
	"max: 1000000, why: w }\n"
	"quarantine: { topic: quarantine, payload: reference, retention: 7d "
	"}\n";

/* The calls that are watched. */
enum watched {
	WATCH_OPEN,
	WATCH_PRODUCE,
	WATCH_SEND_OFFSETS,
	WATCH_COMMIT,
	WATCH_ABORT,
	WATCH_POLL,
	WATCHED
};

/* An error, and the request that it comes in. */
struct fault {
	enum mock_request request;
	int error;
	size_t times; /* 0: none */
};

struct mock_lane {
	struct mock *mock;
	struct feed *feed;
	struct client_property props[5];
	struct broker_options broker;
	struct kafka *kafka;
	struct lane *lane;
	struct start_rule rule;
	struct lane_view view;
	const struct lane_gate *gate; /* or NULL */
	atomic_bool stop, ended;
	atomic_bool paused, resting; /* it polls no more, until it may */
	pthread_t thread;
	enum lethe_status status; /* after it ended */
	struct lethe_error err;

	/* Told of each message that a poll brings, before it is worked on; or
	   NULL.  In the lane's thread. */
	void (*came)(struct mock_lane *ml);

	/* the lane's thread, while the others wait */
	struct fault faults[2];		    /* of the next transaction */
	_Atomic uint64_t answered[WATCHED]; /* statuses, a bit each */
	_Atomic int64_t unread; /* offsets at the end that nobody may read */
	int64_t sent[MOCK_PARTITIONS], group[MOCK_PARTITIONS];
	size_t fed; /* events, numbered from nought */
};

static _Thread_local struct mock_lane *me;

static inline void
need(enum lethe_status status, const struct lethe_error *err)
{
	if (!status)
		return;
	fprintf(stderr, "%s: %s\n", lethe_status_name(status), err->what);
	abort();
}

static inline enum lethe_status
note(enum watched call, enum lethe_status status)
{
	if (status)
		atomic_fetch_or(&me->answered[call], UINT64_C(1) << status);
	return status;
}

static inline enum lethe_status
watch_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	enum lethe_status status;

	while (atomic_load(&me->paused)) {
		atomic_store(&me->resting, true);
		usleep(200);
	}
	atomic_store(&me->resting, false);
	status = broker_ops.poll(k, wait_ms, out, err);
	if (!status && out->handle && me->came)
		me->came(me);
	return note(WATCH_POLL, status);
}

static inline enum lethe_status
watch_open(struct kafka *k, struct lethe_error *err)
{
	return note(WATCH_OPEN, broker_ops.open(k, err));
}

static inline enum lethe_status
watch_begin(struct kafka *k, struct lethe_error *err)
{
	for (int p = 0; p < MOCK_PARTITIONS; p++)
		me->sent[p] = OFFSET_NONE;
	for (int i = 0; i < 2; i++) {
		struct fault *f = &me->faults[i];

		mock_refuse(me->mock, f->request, f->error, f->times);
		f->times = 0;
	}
	return broker_ops.begin(k, err);
}

static inline enum lethe_status
watch_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	return note(WATCH_PRODUCE, broker_ops.produce(k, r, err));
}

/*
 * The library forgets what was asked of the group's coordinator when the
 * producer that asked is destroyed before it got through: its leak, seen with
 * librdkafka 2.0.2 on a busy machine.
 */
static inline enum lethe_status
forgiving_send_offsets(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	enum lethe_status status;

#ifdef __SANITIZE_ADDRESS__
	__lsan_disable();
#endif
	status = broker_ops.send_offsets(k, places, count, err);
#ifdef __SANITIZE_ADDRESS__
	__lsan_enable();
#endif
	return status;
}

static inline enum lethe_status
watch_send_offsets(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	enum lethe_status status =
		forgiving_send_offsets(k, places, count, err);

	for (size_t i = 0; !status && i < count; i++)
		me->sent[places[i].partition] = places[i].offset;
	return note(WATCH_SEND_OFFSETS, status);
}

static inline enum lethe_status
watch_commit(struct kafka *k, struct lethe_error *err)
{
	enum lethe_status status = broker_ops.commit(k, err);

	for (int p = 0; !status && p < MOCK_PARTITIONS; p++)
		if (me->sent[p] != OFFSET_NONE)
			me->group[p] = me->sent[p];
	return note(WATCH_COMMIT, status);
}

static inline enum lethe_status
watch_abort(struct kafka *k, struct lethe_error *err)
{
	return note(WATCH_ABORT, broker_ops.abort(k, err));
}

static inline enum lethe_status
watch_committed(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	enum lethe_status status = broker_ops.committed(k, places, count, err);

	for (size_t i = 0; !status && i < count; i++)
		places[i].offset = me->group[places[i].partition];
	return status;
}

/* As where a producer's transaction is open: the mock has none. */
static inline int64_t
watch_end(struct kafka *k, const struct kafka_place *place)
{
	int64_t end = broker_ops.end(k, place);

	return end == OFFSET_NONE ? end : end + atomic_load(&me->unread);
}

/* ---- its life */

static inline void
mock_lane_init(struct mock_lane *ml)
{
	static const char *const topics[] = {"raw"};
	static const char *const outputs[] = {"recs", "quarantine"};
	struct lethe_error err = {0};

	*ml = (struct mock_lane){
		.rule = {.virgin = true, .partitions = MOCK_PARTITIONS}};
	need(mock_open(1, &ml->mock, &err), &err);
	need(mock_topic(ml->mock, "raw", MOCK_PARTITIONS, &err), &err);
	need(mock_topic(ml->mock, "recs", MOCK_PARTITIONS, &err), &err);
	need(mock_topic(ml->mock, "quarantine", 1, &err), &err);
	for (int p = 0; p < MOCK_PARTITIONS; p++)
		ml->group[p] = OFFSET_NONE;
	ml->props[0] = (struct client_property){
		.name = "bootstrap.servers", .value = mock_brokers(ml->mock)};
	ml->props[1] = (struct client_property){.name = "fetch.wait.max.ms",
		.value = "10",
		.side = CLIENT_CONSUMER};
	ml->props[2] = (struct client_property){
		.name = "linger.ms", .value = "1", .side = CLIENT_PRODUCER};
	ml->props[3] = (struct client_property){.name = "heartbeat.interval.ms",
		.value = "100",
		.side = CLIENT_CONSUMER};
	ml->props[4] = (struct client_property){.name = "session.timeout.ms",
		.value = "6000",
		.side = CLIENT_CONSUMER};
	ml->broker = (struct broker_options){.props = ml->props,
		.prop_count = 5,
		.group = "mock",
		.id = "the-id",
		.topics = topics,
		.topic_count = 1,
		.outputs = outputs,
		.output_count = 2,
		.lane_count = 1};
	need(feed_open(&(struct feed_options){.brokers = mock_brokers(ml->mock),
			       .topic = "raw"},
		     &ml->feed, &err),
		&err);
}

static inline void *
mock_lane_work(void *arg)
{
	me = arg;
	me->status = lane_run(me->lane, &me->err);
	lane_close(me->lane);
	atomic_store(&me->ended, true);
	return NULL;
}

/*
 * Starts a lane where the one before ended.
 *
 *   session_ms   fenced twice within two of them ends it
 */
static inline void
mock_lane_start(
	struct mock_lane *ml, const struct lethe_view *view, int64_t session_ms)
{
	static const char *const topics[] = {"raw"};
	static const size_t channels[] = {1};
	static const int32_t partitions[] = {MOCK_PARTITIONS, 1};
	static struct kafka_ops ops;
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct lethe_error err = {0};

	pthread_mutex_lock(&lock);
	if (!ops.poll) {
		ops = broker_ops;
		ops.poll = watch_poll;
		ops.open = watch_open;
		ops.begin = watch_begin;
		ops.produce = watch_produce;
		ops.send_offsets = watch_send_offsets;
		ops.commit = watch_commit;
		ops.abort = watch_abort;
		ops.committed = watch_committed;
		ops.end = watch_end;
	}
	pthread_mutex_unlock(&lock);
	ml->stop = ml->ended = ml->paused = ml->resting = false;
	ml->view = (struct lane_view){.view = view, .rows = rows_new(view)};
	need(broker_new(&ml->broker, &ml->kafka, &err), &err);
	need(lane_new(&(struct lane_options){.ops = &ops,
			      .kafka = ml->kafka,
			      .view = &ml->view,
			      .gate = ml->gate,
			      .topics = topics,
			      .channels = channels,
			      .topic_count = 1,
			      .stop = &ml->stop,
			      .seed = 1,
			      .txn = {.id = "the-id",
				      .commit_interval_ms = 20,
				      .session_timeout_ms = session_ms,
				      .commit_events = 10000,
				      .commit_bytes = 16000000},
			      .assign = {.rules = &ml->rule,
				      .start = START_AT_EARLIEST},
			      .output = {.policy = view->policy,
				      .partitions = partitions,
				      .quarantine_bytes = 900000}},
		     &ml->lane, &err),
		&err);
	if (pthread_create(&ml->thread, NULL, mock_lane_work, ml))
		abort();
}

/* What it has committed since it started. */
static inline uint64_t
mock_lane_events(const struct mock_lane *ml)
{
	return atomic_load(&lane_stats(ml->lane)->values[STAT_EVENTS]);
}

/* And how many of them went aside. */
static inline uint64_t
mock_lane_aside(const struct mock_lane *ml)
{
	return atomic_load(&lane_stats(ml->lane)->values[STAT_QUARANTINED]);
}

/* Until it committed so many events, or ended; false when it did neither. */
static inline bool
mock_lane_wait(struct mock_lane *ml, uint64_t events)
{
	for (int i = 0; i < MOCK_PATIENCE_MS; i++) {
		if (atomic_load(&ml->ended) || mock_lane_events(ml) >= events)
			return true;
		usleep(1000);
	}
	return false;
}

/* Until the lane stands still between two polls. */
static inline void
mock_lane_pause(struct mock_lane *ml)
{
	atomic_store(&ml->paused, true);
	while (!atomic_load(&ml->resting) && !atomic_load(&ml->ended))
		usleep(200);
}

static inline void
mock_lane_resume(struct mock_lane *ml)
{
	atomic_store(&ml->paused, false);
}

static inline void
mock_lane_feed(struct mock_lane *ml, size_t count)
{
	struct lethe_error err = {0};
	int64_t now = clock_now_ms();
	char key[32], text[128];

	for (size_t i = 0; i < count; i++, ml->fed++) {
		snprintf(key, sizeof(key), "person-%zu", ml->fed % 7);
		snprintf(text, sizeof(text),
			"{\"event\":\"viewed\",\"user\":\"%s\",\"time\":%lld,"
			"\"n\":%zu}",
			key, (long long)now, ml->fed);
		need(feed_send(ml->feed, slice_of(key), slice_of(text), now,
			     &err),
			&err);
	}
	need(feed_flush(ml->feed, MOCK_PATIENCE_MS, &err), &err);
}

/* Ends it, unless it did so by itself. */
static inline enum lethe_status
mock_lane_stop(struct mock_lane *ml)
{
	atomic_store(&ml->stop, true);
	pthread_join(ml->thread, NULL);
	lane_free(ml->lane);
	broker_free(ml->kafka);
	rows_free(ml->view.rows);
	return ml->status;
}

/*
 * How many of the events are among the records: each at least once, since the
 * mock hides nothing of an aborted transaction.
 */
static inline size_t
mock_lane_distinct(struct mock_lane *ml)
{
	static const char *const topics[] = {"recs", NULL};
	struct lethe_error err = {0};
	struct tap *tap = NULL;
	struct tap_message m;
	bool *seen = calloc(ml->fed + 1, sizeof(*seen));
	size_t count = 0;
	const char *n;

	need(tap_open(mock_brokers(ml->mock), topics, &tap, &err), &err);
	while (count < ml->fed && tap_next(tap, MOCK_PATIENCE_MS, &m)) {
		n = memmem(m.value.ptr, m.value.len, "\"n\":", 4);
		if (n && strtoul(n + 4, NULL, 10) < ml->fed &&
			!seen[strtoul(n + 4, NULL, 10)]) {
			seen[strtoul(n + 4, NULL, 10)] = true;
			count++;
		}
	}
	tap_close(tap);
	free(seen);
	return count;
}

static inline void
mock_lane_fini(struct mock_lane *ml)
{
	feed_close(ml->feed);
	mock_close(ml->mock);
}

#endif
