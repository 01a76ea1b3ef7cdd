#include "kit.h"
#include "unit/model/consumer.h"
#include "unit/model/history.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/lane/self.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>

/*
 * Whole lanes on the model of a cluster, where txn.c has the transactions
 * alone: what lane.c does between them meets the same random histories.
 */

#define HISTORIES_DEFAULT 10000
#define ASIDE_OUTPUT 2 /* behind the purposes */

/* An event has a record for `more` only where it says so: parts_of. */
static const char policy[] =
	"version: 1\n"
	"name: model\n"
	"revision: 1\n"
	"controller: { name: a, contact: b, dpo: c }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json]\n"
	"    event_time: { path: $.time, format: unix_ms, max_future: 5m, "
	"max_age: 7d, out_of_range: drop }\n"
	"    events:\n"
	"      viewed: { $.event: viewed }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user] }\n"
	"consent:\n"
	"  sources:\n"
	"    gpc: { format: gpc, path: $.gpc }\n"
	"purposes:\n"
	"  each:\n"
	"    says: things\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: each\n"
	"    recipients: [r]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"  more:\n"
	"    says: things\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-2\n"
	"    topic: more\n"
	"    recipients: [r]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"fields:\n"
	"  - { path: $.n, as: n, for: [each, more], do: keep, type: integer, "
	"min: 0, max: 1000000, why: w }\n"
	"  - { path: $.more, as: more, for: [more], do: keep, type: integer, "
	"min: 1, max: 1, required: true, why: w }\n"
	"quarantine: { topic: quarantine, payload: reference, retention: 7d "
	"}\n";

static char events[PARTITIONS][LOG_MAX][96];
static int64_t now_ms;

/* The process at work. */
static struct {
	struct kit kit;
	struct kafka *k;
	struct lane *lane;
	struct lane_view view, newer;
	const struct lane_view *began; /* that of the open transaction */
	int64_t newer_at_ms;	       /* 0: never, or it was offered */
	int64_t gap_at; /* 0: none; of partition 1, once that is read */
	/* By a source: what was understood since it was last settled. */
	bool marked[PARTITIONS][LOG_MAX];
	struct quarantine_place where; /* of the event at hand */
	atomic_bool stop;
} me;

static void
write_events(void)
{
	now_ms = clock_now_ms();
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < LOG_MAX; i++)
			(void)snprintf(events[p][i], sizeof(events[p][i]),
				"{\"event\":\"viewed\",\"user\":\"u\","
				"\"time\":%lld,\"n\":%d%s}",
				(long long)now_ms, p * LOG_MAX + i,
				parts_of(i) > 1 ? ",\"more\":1" : "");
}

/* ---- the model's calls, in a lane's terms */

static void
offer_when_due(struct kafka *k)
{
	if (!me.newer_at_ms || k->clock_ms < me.newer_at_ms)
		return;
	me.newer_at_ms = 0;
	lane_offer(me.lane, &me.newer);
}

static enum lethe_status
lane_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	enum lethe_status status;

	offer_when_due(k);
	if (me.gap_at && k->position[1] == me.gap_at)
		k->low[1] = me.gap_at + 1;
	status = fake_poll(k, wait_ms, out, err);
	if (status || !out->handle)
		return status;
	out->value = events[out->partition][out->offset];
	out->len = strlen(out->value);
	out->time_ms = now_ms;
	return LETHE_OK;
}

static void
lane_sleep(struct kafka *k, int ms)
{
	fake_sleep(k, ms);
	offer_when_due(k);
}

static enum lethe_status
lane_begin(struct kafka *k, struct lethe_error *err)
{
	me.began = NULL;
	return fake_begin(k, err);
}

static long
number_behind(const struct kafka_record *r, const char *name)
{
	const char *at = memmem(r->value, r->len, name, strlen(name));

	must(at, "a record without %s", name);
	return strtol(at + strlen(name), NULL, 10);
}

/* A stub says no more than a reference: the model may take it for one. */
static enum lethe_status
lane_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	struct effect e = {.kind = RECORD, .part = (int)r->output};
	struct kafka_record told = {.value = &e, .len = sizeof(e)};
	long n;

	must(!k->shut, "seed %lu: worked on at a shut gate",
		(unsigned long)k->seed);
	if (!me.began)
		me.began = me.lane->now;
	must(me.lane->now == me.began, "seed %lu: a transaction of two views",
		(unsigned long)k->seed);
	if (r->output == ASIDE_OUTPUT) {
		e = (struct effect){.kind = ASIDE,
			.partition =
				(int32_t)number_behind(r, "\"partition\":"),
			.offset = number_behind(r, "\"position\":")};
	} else {
		n = number_behind(r, "\"n\":");
		e.partition = (int32_t)(n / LOG_MAX);
		e.offset = n % LOG_MAX;
	}
	return fake_produce(k, &told, err);
}

static bool
is_open(void *ctx, int64_t now)
{
	(void)now;
	return !((struct kafka *)ctx)->shut;
}

static void
rest(void *ctx)
{
	(void)ctx;
}

static bool
never(void *ctx)
{
	(void)ctx;
	return false;
}

/* ---- a source, as a replay has one: what it remembers holds, or does not */

static enum lethe_status
open_message(void *ctx, struct output *out, const struct kafka_message *m,
	struct lethe_input *in, bool *taken, struct lethe_error *err)
{
	(void)ctx;
	(void)out;
	(void)in;
	(void)err;
	must(!me.marked[m->partition][m->offset],
		"seed %lu: an input is done again that counts as done",
		(unsigned long)me.k->seed);
	me.where = (struct quarantine_place){.topic = "raw",
		.partition = m->partition,
		.position = m->offset};
	*taken = true;
	return LETHE_OK;
}

static enum lethe_status
put_aside(void *ctx, struct output *out, const struct lethe_input *in,
	const struct lethe_error *why, bool stub, struct lethe_error *err)
{
	(void)ctx;
	return output_quarantine(out, &me.where, in, why, stub, err);
}

static enum lethe_status
mark(void *ctx, struct output *out, const struct lethe_input *in,
	struct lethe_error *err)
{
	(void)ctx;
	(void)out;
	(void)in;
	(void)err;
	me.marked[me.where.partition][me.where.position] = true;
	return LETHE_OK;
}

static void
settle(void *ctx, bool committed)
{
	(void)ctx;
	(void)committed;
	memset(me.marked, 0, sizeof(me.marked));
}

static const struct lane_source source = {
	NULL, open_message, put_aside, mark, settle};

/* ---- its lives */

static void
open_lane(struct kafka *k)
{
	static const char *const topics[] = {"raw"};
	static const size_t channels[] = {1};
	static const int32_t partitions[] = {4, 4, 1};
	static const struct start_rule rule = {
		.virgin = true, .partitions = PARTITIONS};
	static struct kafka_ops ops;
	const struct lane_gate gate = {.ctx = k,
		.may = is_open,
		.ready = is_open,
		.rest = rest,
		.failed = never};
	static struct lane_gate kept;
	struct lethe_error err;

	ops = fake_ops;
	ops.poll = lane_poll;
	ops.sleep = lane_sleep;
	ops.begin = lane_begin;
	ops.produce = lane_produce;
	kept = gate;
	me.k = k;
	me.stop = false;
	memset(me.marked, 0, sizeof(me.marked));
	k->stop = &me.stop;
	me.view = (struct lane_view){.view = me.kit.view,
		.rows = rows_new(me.kit.view),
		.held = {.ring = 3, .policy = 2}};
	me.newer = (struct lane_view){.view = me.kit.view,
		.rows = rows_new(me.kit.view),
		.held = {.ring = 4, .policy = 2}};
	me.newer_at_ms = k->ring_at_ms ? k->ring_at_ms + k->ring_lag_ms : 0;
	must(!lane_new(&(struct lane_options){.ops = &ops,
			       .kafka = k,
			       .view = &me.view,
			       .gate = &kept,
			       .source = k->seed % 2 ? &source : NULL,
			       .topics = topics,
			       .channels = channels,
			       .topic_count = 1,
			       .stop = &me.stop,
			       .seed = k->seed,
			       .txn = {.id = "the-id",
				       .commit_interval_ms = 50,
				       .session_timeout_ms = 1000,
				       .commit_events = 8,
				       .commit_bytes = 1000000,
				       .max_age_ms = k->max_age_ms},
			       .assign = {.rules = &rule,
				       .start = START_AT_EARLIEST},
			       .output = {.policy = me.kit.policy,
				       .partitions = partitions,
				       .quarantine_bytes = 900000}},
		     &me.lane, &err),
		"no lane");
	offer_when_due(k);
}

/* Of a life that ends badly less may be told than was done. */
static void
close_lane(struct kafka *k, size_t before)
{
	uint64_t counted =
		atomic_load(&lane_stats(me.lane)->values[STAT_EVENTS]);

	must(counted <= k->own - before,
		"seed %lu: %lu inputs told of as done, %zu were",
		(unsigned long)k->seed, (unsigned long)counted,
		k->own - before);
	lane_free(me.lane);
	rows_free(me.view.rows);
	rows_free(me.newer.rows);
	must(!k->held, "seed %lu: messages are held", (unsigned long)k->seed);
	k->dead = false;
	k->stop = NULL;
	k->calls_left = k->polls_left = 0;
}

static enum lethe_status
live_as_a_lane(struct kafka *k, struct lethe_error *err)
{
	size_t before = k->own;
	enum lethe_status status;

	open_lane(k);
	status = lane_run(me.lane, err);
	lane_close(me.lane);
	close_lane(k, before);
	return status;
}

static void
set_up(void)
{
	memset(&me, 0, sizeof(me));
	log_off();
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 28);
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 28);
	kit_init(&me.kit, policy);
	write_events();
}

START_TEST(random_histories_have_each_effect_once)
{
	const char *text = getenv("LANE_HISTORIES");
	unsigned long count =
		text ? strtoul(text, NULL, 10) : HISTORIES_DEFAULT;

	set_up();
	for (unsigned long i = 1; i <= count; i++)
		history(i, HUGE_AT_ONCE, live_as_a_lane);
	printf("%lu histories of lanes\n", count);
	kit_fini(&me.kit);
}
END_TEST

START_TEST(without_trouble_all_is_done_in_one_life)
{
	struct lethe_error err = {0};
	struct kafka k;

	set_up();
	model_init(&k, 7);
	for (int i = 0; i < PARTITIONS; i++)
		k.length[i] = LOG_MAX;
	ck_assert_status(live_as_a_lane(&k, &err), LETHE_OK);
	check_history(&k);
	ck_assert_uint_eq(k.own, PARTITIONS * LOG_MAX);
	ck_assert_uint_eq(k.aside, 0);
	kit_fini(&me.kit);
}
END_TEST

/* Else what was read before it would be given up with it. */
START_TEST(a_gap_begins_behind_what_was_read)
{
	struct kafka k;

	set_up();
	me.gap_at = 20;
	for (uint64_t seed = 1; seed < 20; seed++) {
		struct lethe_error err = {0};

		model_init(&k, seed);
		for (int i = 0; i < PARTITIONS; i++)
			k.length[i] = LOG_MAX;
		ck_assert_status(live_as_a_lane(&k, &err), LETHE_EGAP);
		ck_assert_ptr_nonnull(strstr(err.what, "raw:1: offset"));
		ck_assert_int_eq(k.group[1], me.gap_at);
	}
	kit_fini(&me.kit);
}
END_TEST

SUITE("lane", TEST(a_gap_begins_behind_what_was_read),
	TEST(without_trouble_all_is_done_in_one_life),
	TEST(random_histories_have_each_effect_once))
