#include "suite.h"

#include "base/log.h"
#include "kafka/wire/clients.h"
#include "kafka/wire/member.h"
#include "kafka/wire/mock.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * An assignment that waits to be told while the member joins its group anew is
 * of a generation that is over: nothing is committed for it as the next one.
 * The mock cluster is the library's own here, since a topic must change.
 */

#define TURN_MS 20
#define TURNS 3000

/* How late the broker once answers what a member gets. */
#define LATE_MS 3000

struct scene {
	rd_kafka_t *host;
	rd_kafka_mock_cluster_t *mock;
	struct kafka *k;
	size_t assigned, gone; /* told of */
};

static void
ok(enum lethe_status status, const struct lethe_error *err)
{
	ck_assert_msg(!status, "%s: %s", lethe_status_name(status), err->what);
}

static void
on_assigned(void *ctx, struct kafka_place *places, size_t count)
{
	struct scene *s = ctx;
	struct lethe_error err = {0};

	/* What it had was taken away, or is told of as replaced: one of both.
	 */
	ck_assert_uint_eq(s->gone, s->assigned++);
	for (size_t i = 0; i < count; i++)
		places[i].offset = 0;
	ok(broker_ops.assign(s->k, places, count, &err), &err);
}

static void
on_revoked(void *ctx, struct kafka_place *places, size_t count)
{
	struct scene *s = ctx;
	struct lethe_error err = {0};

	s->gone++;
	ok(broker_ops.unassign(s->k, places, count, &err), &err);
}

static void
on_replaced(void *ctx)
{
	struct scene *s = ctx;

	s->gone++;
}

static void
until_joining(struct scene *s, bool joining)
{
	for (int i = 0; i < TURNS && broker_is_joining(s->k) != joining; i++)
		usleep(TURN_MS * 1000);
	ck_assert_int_eq(broker_is_joining(s->k), joining);
}

/* Its generation as the client has it; to be freed. */
static void *
generation(const struct scene *s, size_t *size)
{
	rd_kafka_consumer_group_metadata_t *md = broker_member_now(s->k);
	void *bytes;

	ck_assert_ptr_nonnull(md);
	ck_assert_ptr_null(
		rd_kafka_consumer_group_metadata_write(md, &bytes, size));
	rd_kafka_consumer_group_metadata_destroy(md);
	return bytes;
}

/* The broker has told of another, and not yet of what it brings. */
static void
until_next_generation(struct scene *s)
{
	size_t size, now_size;
	void *before = generation(s, &size), *now;
	bool same = true;

	for (int i = 0; i < TURNS && same; i++) {
		usleep(TURN_MS * 1000);
		now = generation(s, &now_size);
		same = size == now_size && !memcmp(before, now, size);
		rd_kafka_mem_free(s->k->consumer, now);
	}
	ck_assert(!same);
	rd_kafka_mem_free(s->k->consumer, before);
}

static void
open_mock(struct scene *s)
{
	char text[256];

	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	/* It has nobody to talk to, and says so. */
	rd_kafka_conf_set_log_cb(conf, NULL);
	s->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	ck_assert_ptr_nonnull(s->host);
	s->mock = rd_kafka_mock_cluster_new(s->host, 1);
	ck_assert_ptr_nonnull(s->mock);
	rd_kafka_mock_topic_create(s->mock, "raw", 1, 1);
	rd_kafka_mock_topic_create(s->mock, "out", 1, 1);
	rd_kafka_mock_topic_create(s->mock, "later", 1, 1);
	rd_kafka_mock_topic_set_error(
		s->mock, "later", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

static void
until_assigned(struct scene *s, size_t times)
{
	struct kafka_message m;
	struct lethe_error err = {0};

	for (int i = 0; i < TURNS && s->assigned < times; i++)
		/* That the later topic was not there is told, too. */
		if (!broker_ops.poll(s->k, TURN_MS, &m, &err))
			broker_ops.release(s->k, &m);
	ck_assert_uint_eq(s->assigned, times);
}

static enum lethe_status
commit(struct scene *s)
{
	const struct kafka_place place = {.offset = 1};
	struct lethe_error err = {0};
	enum lethe_status status;

	ok(broker_ops.begin(s->k, &err), &err);
	status = broker_ops.send_offsets(s->k, &place, 1, &err);
	ok(broker_ops.abort(s->k, &err), &err);
	return status;
}

START_TEST(what_is_told_too_late_is_not_committed)
{
	static const char *const topics[] = {"raw", "later"};
	static const char *const outputs[] = {"out"};
	struct scene s = {0};
	struct client_property props[] = {
		{.name = "bootstrap.servers"},
		{.name = "partition.assignment.strategy",
			.value = "range",
			.side = CLIENT_CONSUMER},
		/* Seldom, since a refresh that is answered while the member
		   shares out has it give up what it was told of just then. */
		{.name = "topic.metadata.refresh.interval.ms",
			.value = "3500",
			.side = CLIENT_CONSUMER},
		{.name = "session.timeout.ms",
			.value = "6000",
			.side = CLIENT_CONSUMER},
	};
	const struct broker_options options = {.props = props,
		.prop_count = 4,
		.group = "g",
		.id = "t",
		.topics = topics,
		.topic_count = 2,
		.outputs = outputs,
		.output_count = 1};
	const struct kafka_rebalance told = {.ctx = &s,
		.assigned = on_assigned,
		.revoked = on_revoked,
		.replaced = on_replaced};
	struct lethe_error err = {0};

	log_off();
	open_mock(&s);
	props[0].value = rd_kafka_mock_cluster_bootstraps(s.mock);
	ok(broker_new(&options, &s.k, &err), &err);
	ok(broker_ops.open(s.k, &err), &err);
	ok(broker_ops.subscribe(s.k, &told, &err), &err);
	until_joining(&s, true);
	until_joining(&s, false);
	/* It waits to be told; now a topic changes. */
	rd_kafka_mock_topic_set_error(
		s.mock, "later", RD_KAFKA_RESP_ERR_NO_ERROR);
	until_joining(&s, true);
	rd_kafka_mock_broker_push_request_error_rtts(s.mock, 1, MOCK_SYNC_GROUP,
		1, RD_KAFKA_RESP_ERR_NO_ERROR, LATE_MS);
	until_next_generation(&s);
	until_assigned(&s, 1);
	ck_assert_status(commit(&s), LETHE_EABORT);
	until_assigned(&s, 2);
	ck_assert_status(commit(&s), LETHE_OK);
	broker_free(s.k);
	rd_kafka_mock_cluster_destroy(s.mock);
	rd_kafka_destroy(s.host);
}
END_TEST

SUITE("join_wire", TEST(what_is_told_too_late_is_not_committed))
