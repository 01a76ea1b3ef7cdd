#include "suite.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "engine/view.h"
#include "kafka/job.h"
#include "kafka/murmur2.h"
#include "kafka/wire/feed.h"
#include "kafka/wire/mock.h"
#include "lethe.h"

#include <dlfcn.h>
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* The whole job over the wire, on the client library's mock cluster. */

#define EVENTS 3000
#define POISON_EVERY 50
#define PARTITIONS 3

static const char policy_text[] =
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
	"  count:\n"
	"    says: count\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-2\n"
	"    topic: count\n"
	"    recipients: [r]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields:\n"
	"  - { do: event, as: event, for: [recs, count], required: true, why: "
	"w }\n"
	"  - { do: time, to: hour, as: hour, for: [recs, count], why: w }\n"
	"  - { path: $.n, as: n, for: [recs], do: keep, type: integer, min: 0, "
	"max: 1000000, why: w }\n"
	"quarantine: { topic: quarantine, payload: sealed, retention: 7d }\n";

struct scene {
	char folder[64], ring[96], secret[96];
	struct lethe_policy *policy;
	struct lethe_ring *keys;
	struct lethe_view *view;
	struct mock *mock;
};

static void
ok(enum lethe_status status, const struct lethe_error *err)
{
	ck_assert_msg(!status, "%s: %s", lethe_status_name(status), err->what);
}

static void
told(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	fprintf(stderr, "%s:%u:%u: %s\n", m->file, m->line, m->column, m->what);
}

static void
make_keys(struct scene *s)
{
	struct secret_key *runtime = NULL, *oncall = NULL;
	struct public_key runtime_public, oncall_public;
	struct lethe_error err;
	struct ring *ring = NULL;
	size_t added;

	snprintf(s->folder, sizeof(s->folder), "/tmp/lethe-mock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->folder));
	snprintf(s->ring, sizeof(s->ring), "%s/ring", s->folder);
	snprintf(s->secret, sizeof(s->secret), "%s/secret", s->folder);
	ok(keypair_generate(&runtime, &runtime_public, &err), &err);
	ok(keypair_generate(&oncall, &oncall_public, &err), &err);
	ok(secret_key_write(s->secret, runtime, &err), &err);
	ok(ring_create(&runtime_public, &oncall_public, clock_now_ms(), &ring,
		   &err),
		&err);
	ok(ring_add(ring, &s->policy->want, clock_now_ms(), &added, &err),
		&err);
	ok(ring_write(ring, s->ring, true, &err), &err);
	ring_free(ring);
	secret_key_free(runtime);
	secret_key_free(oncall);
}

static void
open_scene(struct scene *s)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_error err;

	log_off();
	ok(crypto_start(&err), &err);
	ok(lethe_policy_compile("mock.yaml", policy_text, strlen(policy_text),
		   clock_now_ms(), told, NULL, &s->policy, &err),
		&err);
	make_keys(s);
	ok(lethe_ring_open(s->ring, s->secret, &s->keys, &err), &err);
	options.policy = s->policy;
	options.ring = s->keys;
	ok(lethe_view_new(&options, &s->view, &err), &err);
	ok(mock_open(1, &s->mock, &err), &err);
	ok(mock_topic(s->mock, "raw", PARTITIONS, &err), &err);
	ok(mock_topic(s->mock, "recs", PARTITIONS, &err), &err);
	ok(mock_topic(s->mock, "count", PARTITIONS, &err), &err);
	ok(mock_topic(s->mock, "quarantine", 1, &err), &err);
}

static void
close_scene(struct scene *s)
{
	mock_close(s->mock);
	lethe_view_free(s->view);
	lethe_ring_free(s->keys);
	lethe_policy_drop(s->policy);
	unlink(s->ring);
	unlink(s->secret);
	rmdir(s->folder);
}

static void
feed_events(struct scene *s)
{
	struct feed_options options = {
		.brokers = mock_brokers(s->mock), .topic = "raw"};
	struct lethe_error err;
	struct feed *f = NULL;
	char text[256], key[32];
	int64_t now = clock_now_ms();

	ok(feed_open(&options, &f, &err), &err);
	for (int i = 0; i < EVENTS; i++) {
		snprintf(key, sizeof(key), "person-%d", i % 97);
		snprintf(text, sizeof(text),
			i % POISON_EVERY ? "{\"event\":\"viewed\",\"user\":"
					   "\"%s\",\"time\":%lld,\"n\":%d}"
					 : "{\"event\":\"%s\",%lld,%d",
			key, (long long)now, i);
		ok(feed_send(f, slice_of(key), slice_of(text), now, &err),
			&err);
	}
	ok(feed_flush(f, 10000, &err), &err);
	feed_close(f);
}

static struct job_options
options_of(struct scene *s, struct client_property *props, size_t count)
{
	props[0] = (struct client_property){
		.name = "bootstrap.servers", .value = mock_brokers(s->mock)};
	props[1] = (struct client_property){.name = "fetch.wait.max.ms",
		.value = "10",
		.side = CLIENT_CONSUMER};
	return (struct job_options){.view = s->view,
		.ring = s->keys,
		.application = "mock",
		.instance = "0",
		.group = "mock",
		.lanes = 2,
		.start = START_AT_EARLIEST,
		.commit_interval_ms = 50,
		.commit_events = 500,
		.commit_bytes = 1000000,
		.quarantine_bytes = 900000,
		.fetch_wake = 20,
		.props = props,
		.prop_count = count};
}

/*
 * Until both lanes have their partitions.  The mock cluster throws committed
 * offsets away: a rebalance under way would read all of it again.
 */
static void
run_until_assigned(struct job *job)
{
	int64_t until = clock_monotonic_ns() + INT64_C(60000000000);
	struct stats stats;

	do {
		ck_assert(!job_wait(job, 50));
		job_stats(job, &stats);
	} while ((stats.values[STAT_REBALANCES] < 2 ||
			 stats.values[STAT_PARTITIONS] != PARTITIONS) &&
		 clock_monotonic_ns() < until);
}

static void
run_until(struct job *job, uint64_t events)
{
	int64_t until = clock_monotonic_ns() + INT64_C(60000000000);
	struct stats stats;

	do {
		ck_assert(!job_wait(job, 50));
		job_stats(job, &stats);
	} while (stats.values[STAT_EVENTS] < events &&
		 clock_monotonic_ns() < until);
	job_stop(job);
	ck_assert(job_wait(job, 20000));
}

struct seen_records {
	bool numbers[EVENTS];
	size_t count, doubled, misplaced;
};

static void
note(struct seen_records *seen, const rd_kafka_message_t *m)
{
	char text[512];
	const char *n;
	long number;

	snprintf(text, sizeof(text), "%.*s", (int)m->len,
		(const char *)m->payload);
	seen->count++;
	n = strstr(text, "\"n\":");
	if (n) {
		number = strtol(n + 4, NULL, 10);
		ck_assert(number >= 0 && number < EVENTS);
		seen->doubled += seen->numbers[number];
		seen->numbers[number] = true;
	}
	if (m->key && m->partition !=
			      murmur2_partition(m->key, m->key_len, PARTITIONS))
		seen->misplaced++;
}

static void
check_headers(rd_kafka_message_t *m, const char *kind)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t len;

	ck_assert(!rd_kafka_message_headers(m, &headers));
	ck_assert(
		!rd_kafka_header_get_last(headers, "lethe-kind", &value, &len));
	ck_assert(len == strlen(kind) && !memcmp(value, kind, len));
	ck_assert(!rd_kafka_header_get_last(
		headers, "lethe-policy", &value, &len));
}

/* Reads a topic until nothing more comes for a while. */
static void
read_topic(struct scene *s, const char *topic, const char *kind,
	struct seen_records *seen)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(PARTITIONS);
	rd_kafka_t *rk;
	rd_kafka_message_t *m;
	char text[128];

	rd_kafka_conf_set(conf, "bootstrap.servers", mock_brokers(s->mock),
		text, sizeof(text));
	rd_kafka_conf_set(conf, "group.id", "reader", text, sizeof(text));
	rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", text, sizeof(text));
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	ck_assert_ptr_nonnull(rk);
	for (int i = 0; i < (strcmp(topic, "quarantine") ? PARTITIONS : 1); i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset = 0;
	ck_assert(!rd_kafka_assign(rk, list));
	rd_kafka_topic_partition_list_destroy(list);
	while ((m = rd_kafka_consumer_poll(rk, 2000))) {
		if (!m->err) {
			note(seen, m);
			check_headers(m, kind);
		}
		rd_kafka_message_destroy(m);
	}
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
}

START_TEST(every_event_has_its_effect_once)
{
	static struct seen_records recs, count, aside;
	struct client_property props[2];
	struct scene s = {0};
	struct job_options options;
	struct job *job = NULL;
	struct lethe_error err;
	struct stats stats;

	open_scene(&s);
	options = options_of(&s, props, 2);
	ok(job_new(&options, &job, &err), &err);
	ok(job_start(job, &err), &err);
	run_until_assigned(job);
	feed_events(&s);
	run_until(job, EVENTS);
	ok(job_result(job, &err), &err);
	job_stats(job, &stats);
	ck_assert_uint_eq(stats.values[STAT_EVENTS], EVENTS);
	ck_assert_uint_eq(
		stats.values[STAT_QUARANTINED], EVENTS / POISON_EVERY);
	ck_assert_uint_eq(stats.values[STAT_RECORDS],
		2 * (EVENTS - EVENTS / POISON_EVERY));
	read_topic(&s, "recs", "event", &recs);
	read_topic(&s, "count", "event", &count);
	read_topic(&s, "quarantine", "quarantine", &aside);
	ck_assert_uint_eq(recs.count, EVENTS - EVENTS / POISON_EVERY);
	ck_assert_uint_eq(recs.doubled, 0);
	ck_assert_uint_eq(recs.misplaced, 0);
	ck_assert_uint_eq(count.count, EVENTS - EVENTS / POISON_EVERY);
	ck_assert_uint_eq(aside.count, EVENTS / POISON_EVERY);
	job_free(job);
	close_scene(&s);
}
END_TEST

static atomic_bool stuck;

/* The library's own, which some of its versions do not return from. */
rd_kafka_resp_err_t
rd_kafka_consumer_close(rd_kafka_t *rk)
{
	rd_kafka_resp_err_t (*close)(rd_kafka_t *);
	void *found = dlsym(RTLD_NEXT, "rd_kafka_consumer_close");

	memcpy(&close, &found, sizeof(close));
	while (atomic_load(&stuck))
		usleep(1000);
	return close(rk);
}

/* Its process then stops, and is forced to after stop.timeout. */
START_TEST(a_lane_that_cannot_leave_its_group_has_failed_before)
{
	struct client_property props[2];
	struct scene s = {0};
	struct job_options options;
	struct job *job = NULL;
	struct lethe_error err;

	open_scene(&s);
	options = options_of(&s, props, 2);
	ok(job_new(&options, &job, &err), &err);
	ok(job_start(job, &err), &err);
	run_until_assigned(job);
	/* Of one the lane may hear as of a record that was not written. */
	mock_refuse(s.mock, MOCK_ADD_PARTITIONS,
		RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1000);
	atomic_store(&stuck, true);
	feed_events(&s);
	for (int i = 0; i < 200 && !job_has_failed(job); i++)
		ck_assert(!job_wait(job, 100));
	ck_assert(job_has_failed(job));
	atomic_store(&stuck, false);
	while (!job_wait(job, 100))
		;
	ck_assert_status(job_result(job, &err), LETHE_EDENIED);
	job_free(job);
	close_scene(&s);
}
END_TEST

START_TEST(a_group_without_commits_asks_where_to_start)
{
	struct client_property props[2];
	struct scene s = {0};
	struct job_options options;
	struct job *job = NULL;
	struct lethe_error err;

	open_scene(&s);
	options = options_of(&s, props, 2);
	options.start = START_AT_NOTHING;
	ck_assert_status(job_new(&options, &job, &err), LETHE_ESTART);
	ck_assert_ptr_nonnull(strstr(err.what, "start"));
	close_scene(&s);
}
END_TEST

SUITE("mock_run", TEST(every_event_has_its_effect_once),
	TEST(a_lane_that_cannot_leave_its_group_has_failed_before),
	TEST(a_group_without_commits_asks_where_to_start))
