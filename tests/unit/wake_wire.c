#include "suite.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/wire/broker.h"
#include "kafka/wire/feed.h"
#include "kafka/wire/mock.h"
#include "kafka/wire/wake.h"

#include <stdio.h>

/* What the waker asks, over the wire, on the client library's mock cluster. */

#define BATCHES 40
#define BATCH 50
#define PROPS 4
#define ASKED 20

struct scene {
	struct mock *mock;
	struct client_property props[PROPS];
	struct broker_options options;
	struct kafka *kafka;
	struct waker *waker; /* never started: the test's thread asks */
	struct kafka_rebalance told;
	bool assigned;
	size_t count; /* events read */
};

static const char *const topics[] = {"other", "raw"};

static void
ok(enum lethe_status status, const struct lethe_error *err)
{
	ck_assert_msg(!status, "%s: %s", lethe_status_name(status), err->what);
}

static void
on_assigned(void *ctx, struct kafka_place *places, size_t count)
{
	struct scene *s = ctx;
	struct lethe_error err;

	for (size_t i = 0; i < count; i++)
		places[i].offset = 0;
	ok(broker_ops.assign(s->kafka, places, count, &err), &err);
	s->assigned = count > 0;
}

static void
on_revoked(void *ctx, struct kafka_place *places, size_t count)
{
	struct scene *s = ctx;
	struct lethe_error err;

	ok(broker_ops.unassign(s->kafka, places, count, &err), &err);
}

/* Small batches, so that one fetch cannot bring everything. */
static void
feed_events(struct scene *s)
{
	struct feed_options options = {
		.brokers = mock_brokers(s->mock), .topic = "raw"};
	static const char value[] = "0123456789012345678901234567890123456789";
	struct lethe_error err;
	struct feed *f = NULL;

	ok(feed_open(&options, &f, &err), &err);
	for (int i = 0; i < BATCHES; i++) {
		for (int j = 0; j < BATCH; j++)
			ok(feed_send(f, slice_of("k"), slice_of(value),
				   clock_now_ms(), &err),
				&err);
		ok(feed_flush(f, 10000, &err), &err);
	}
	feed_close(f);
}

static bool
poll_one(struct scene *s, int wait_ms)
{
	struct kafka_message m;
	struct lethe_error err;
	bool came;

	ok(broker_ops.poll(s->kafka, wait_ms, &m, &err), &err);
	came = m.handle;
	s->count += came;
	broker_ops.release(s->kafka, &m);
	return came;
}

/* Partitions without events tell of their end first. */
static bool
poll_first(struct scene *s)
{
	for (int i = 0; i < 100; i++)
		if (poll_one(s, 100))
			return true;
	return false;
}

static struct client_property
property(const char *name, const char *value)
{
	return (struct client_property){
		.name = name, .value = value, .side = CLIENT_CONSUMER};
}

static void
open_scene(struct scene *s)
{
	struct lethe_error err;

	*s = (struct scene){0};
	ok(mock_open(1, &s->mock, &err), &err);
	ok(mock_topic(s->mock, "raw", 1, &err), &err);
	ok(mock_topic(s->mock, "other", 2, &err), &err);
	feed_events(s);
	s->props[0] = property("bootstrap.servers", mock_brokers(s->mock));
	s->props[1] = property("queued.max.messages.kbytes", "4");
	s->props[2] = property("max.partition.fetch.bytes", "2000");
	s->props[3] = property("fetch.wait.max.ms", "10");
	ok(waker_new(&broker_wake_ops, 1, 20, &s->waker, &err), &err);
	s->options = (struct broker_options){.props = s->props,
		.prop_count = PROPS,
		.group = "wake",
		.id = "wake",
		.topics = topics,
		.topic_count = 2,
		.waker = s->waker};
	ok(broker_new(&s->options, &s->kafka, &err), &err);
	s->told = (struct kafka_rebalance){
		.ctx = s, .assigned = on_assigned, .revoked = on_revoked};
	ok(broker_ops.subscribe(s->kafka, &s->told, &err), &err);
	for (int i = 0; i < 300 && !s->assigned; i++)
		poll_one(s, 100);
	ck_assert(s->assigned);
}

static void
close_scene(struct scene *s)
{
	broker_free(s->kafka);
	waker_free(s->waker);
	mock_close(s->mock);
}

static bool
fills_up(struct scene *s)
{
	bool moved;

	for (int i = 0; i < 3000; i++) {
		if (broker_wake_ops.fill(s->kafka, &moved) >= 100)
			return true;
		broker_ops.sleep(s->kafka, 10);
	}
	return false;
}

/* A machine that stands still lets an answer come too late. */
static bool
answers(const struct scene *s, const struct wake_leader *leaders, size_t count)
{
	for (int i = 0; i < ASKED; i++)
		if (broker_wake_ops.ask(s->kafka, leaders, count) ==
			WAKE_ANSWERED)
			return true;
	return false;
}

START_TEST(the_wire_says_what_the_waker_asks)
{
	struct wake_leader leaders[4];
	struct scene s;
	bool moved;

	open_scene(&s);
	ck_assert(poll_first(&s));
	broker_wake_ops.fill(s.kafka, &moved);
	ck_assert(moved);
	ck_assert(fills_up(&s));
	broker_wake_ops.fill(s.kafka, &moved);
	ck_assert(!moved);

	/* Three partitions are assigned, one broker leads them. */
	ck_assert_uint_eq(broker_wake_ops.leaders(s.kafka, leaders, 4), 1);
	ck_assert_int_eq(leaders[0].broker, 1);
	ck_assert(answers(&s, leaders, 1));
	leaders[1] = leaders[0];
	leaders[1].topic = 1;
	ck_assert(answers(&s, leaders, 2));
	leaders[0].partition = 77; /* led by nobody */
	ck_assert_int_ne(
		broker_wake_ops.ask(s.kafka, leaders, 2), WAKE_ANSWERED);
	ck_assert_int_ne(
		broker_wake_ops.ask(s.kafka, leaders, 1), WAKE_ANSWERED);
	close_scene(&s);
}
END_TEST

/* Wakes between the polls lose nothing and double nothing. */
START_TEST(every_event_comes_while_the_broker_is_woken)
{
	struct wake_leader leaders[4];
	struct scene s;

	open_scene(&s);
	ck_assert(poll_first(&s));
	ck_assert(fills_up(&s));
	ck_assert_uint_eq(broker_wake_ops.leaders(s.kafka, leaders, 4), 1);
	while (s.count < (size_t)BATCHES * BATCH) {
		while (poll_one(&s, 20))
			;
		ck_assert(answers(&s, leaders, 1));
	}
	ck_assert_uint_eq(s.count, (size_t)BATCHES * BATCH);
	ck_assert(!poll_one(&s, 200));
	close_scene(&s);
}
END_TEST

SUITE("wake_wire", TEST(the_wire_says_what_the_waker_asks),
	TEST(every_event_comes_while_the_broker_is_woken))
