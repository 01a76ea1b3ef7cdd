/*
 * A real keeper on the client library and its mock cluster, which tells no
 * settings of a topic: what the cluster says of it is stated here.
 */

#include "unit/ledger.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/ledger/self.h"
#include "kafka/murmur2.h"
#include "kafka/wire/feed.h"
#include "kafka/wire/mock.h"
#include "lethe.h"
#include "text/time.h"

#include <dlfcn.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PARTS 3
#define PATIENCE_MS 60000
#define TOMBSTONES (INT64_C(7) * 86400000)

static const char policy_text[] =
	"version: 1\n"
	"name: keeper\n"
	"revision: %d\n"
	"controller: { name: a, contact: b, dpo: c }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    event_time: { path: $.time, format: unix_ms }\n"
	"    events:\n"
	"      viewed: { $.event: viewed }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user], normalise: [lower], ignore: "
	"[nobody] }\n"
	"  device: { prefix: d, from: [$.device] }\n"
	"consent:\n"
	"  sources:\n"
	"    book: { format: ledger, topic: consent, max_staleness: %s%s }\n"
	"purposes:\n"
	"  recs:\n"
	"    says: things\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    topic: recs\n"
	"    recipients: [r]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"fields:\n"
	"  - { do: event, as: event, for: [recs], why: w }\n"
	"quarantine: { topic: quarantine, payload: reference, retention: 7d "
	"}\n";

/* For so long the machine has slept; and so much its clock is ahead. */
static _Atomic int64_t slept_s, ahead_s;

/* In place of the library's, which can be made to do neither. */
int
clock_gettime(clockid_t id, struct timespec *t)
{
	int code = (int)syscall(SYS_clock_gettime, id, t);

	if (id != CLOCK_MONOTONIC)
		t->tv_sec += atomic_load(&slept_s);
	if (id != CLOCK_MONOTONIC && id != CLOCK_BOOTTIME)
		t->tv_sec += atomic_load(&ahead_s);
	return code;
}

/* When the records of each partition were written, if a test states it: the
   mock does not tell. */
static struct {
	int64_t ms[8]; /* 0: the cleaner took it */
	int count;
} written[PARTS];
static bool is_written;
static struct scene *anew; /* its topic is so by the second asking */
static int askings;

static void make_anew(struct scene *s);

/* In place of the library's. */
rd_kafka_resp_err_t
rd_kafka_offsets_for_times(
	rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list, int ms)
{
	static rd_kafka_resp_err_t (*real)(
		rd_kafka_t *, rd_kafka_topic_partition_list_t *, int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, __func__);
	if (!is_written || list->elems[0].offset < 0)
		return real(rk, list, ms);
	if (anew && ++askings == 2)
		make_anew(anew);
	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_topic_partition_t *row = &list->elems[i];
		int n = 0, count = written[row->partition].count;

		while (n < count && written[row->partition].ms[n] < row->offset)
			n++;
		row->offset = n < count ? n : -1;
	}
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

struct scene {
	char folder[96];
	struct lethe_policy *policy;
	struct secret_key *secret;
	struct ring *ring;
	struct mock *mock;
	struct feed *feed;
	struct client_property props[2];
	struct keeper_topic topic;
	struct keeper *keeper;
	struct keeper_reader *reader;
	struct lethe_error err;
	bool (*given_up)(void);
	_Atomic int failed; /* status that the keeper told */
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

static struct lethe_policy *
policy_of(int revision, const char *staleness, const char *more)
{
	struct lethe_policy *policy = NULL;
	struct lethe_error err;
	char text[sizeof(policy_text) + 128];

	snprintf(text, sizeof(text), policy_text, revision, staleness, more);
	ok(lethe_policy_compile("keeper.yaml", text, strlen(text),
		   clock_now_ms(), told, NULL, &policy, &err),
		&err);
	return policy;
}

static void
make_ring(struct scene *s)
{
	struct public_key runtime, oncall;
	struct secret_key *other = NULL;
	size_t added;

	ok(keypair_generate(&s->secret, &runtime, &s->err), &s->err);
	ok(keypair_generate(&other, &oncall, &s->err), &s->err);
	ok(ring_create(&runtime, &oncall, clock_now_ms(), &s->ring, &s->err),
		&s->err);
	ok(ring_add(s->ring, &s->policy->want, clock_now_ms(), &added, &s->err),
		&s->err);
	ok(ring_unlock(s->ring, s->secret, NULL, &s->err), &s->err);
	secret_key_free(other);
}

static void
open_scene(struct scene *s, const char *staleness, const char *more)
{
	*s = (struct scene){.topic = {PARTS, TOMBSTONES}};
	log_off();
	ok(crypto_start(&s->err), &s->err);
	snprintf(s->folder, sizeof(s->folder), "/tmp/" FOLDERS "%ld-XXXXXX",
		(long)program);
	ck_assert_ptr_nonnull(mkdtemp(s->folder));
	s->policy = policy_of(1, staleness, more);
	make_ring(s);
	ok(mock_open(1, &s->mock, &s->err), &s->err);
	ok(mock_topic(s->mock, "consent", PARTS, &s->err), &s->err);
	ok(feed_open(&(struct feed_options){.brokers = mock_brokers(s->mock),
			     .topic = "consent"},
		   &s->feed, &s->err),
		&s->err);
	s->props[0] = (struct client_property){
		.name = "bootstrap.servers", .value = mock_brokers(s->mock)};
	s->props[1] = (struct client_property){.name = "reconnect.backoff.max"
						       ".ms",
		.value = "200"};
}

static void
on_failed(void *ctx, const struct lethe_error *err)
{
	struct scene *s = ctx;

	atomic_store(&s->failed, (int)err->status);
}

static enum lethe_status
new_keeper(struct scene *s, struct keeper **out)
{
	return keeper_new(&(struct keeper_options){.policy = s->policy,
				  .ring = s->ring,
				  .folder = s->folder,
				  .name = "test.ledger",
				  .props = s->props,
				  .prop_count = 2,
				  .group = "test",
				  .topic = &s->topic,
				  .memory_bytes = LEDGER_LOAD_MEMORY_LEAST,
				  .map_bytes = (size_t)1 << 30,
				  .given_up = s->given_up,
				  .failed = on_failed,
				  .ctx = s},
		out, &s->err);
}

/* Reads the topic to its end; the thread is the caller's to start. */
static void
load(struct scene *s)
{
	ok(new_keeper(s, &s->keeper), &s->err);
	ok(keeper_load(s->keeper, &s->err), &s->err);
	ok(keeper_reader_new(s->keeper, &s->reader, &s->err), &s->err);
}

static void
start(struct scene *s)
{
	ok(keeper_start(s->keeper, &s->err), &s->err);
}

static void
unload(struct scene *s)
{
	keeper_stop(s->keeper);
	keeper_reader_free(s->reader);
	keeper_free(s->keeper);
	s->keeper = NULL;
	s->reader = NULL;
}

static void
close_scene(struct scene *s)
{
	unload(s);
	feed_close(s->feed);
	mock_close(s->mock);
	ring_free(s->ring);
	secret_key_free(s->secret);
	lethe_policy_drop(s->policy);
	bench_remove(s->folder);
}

/* As long as it is unloaded; the next load makes it anew. */
static void
unlink_ledger(const struct scene *s)
{
	char path[sizeof(s->folder) + 16];

	snprintf(path, sizeof(path), "%s/test.ledger", s->folder);
	ck_assert_int_eq(unlink(path), 0);
}

/* ---- what people say */

static void
put(struct scene *s, const char *key, const char *value)
{
	ok(feed_send(s->feed, slice_of(key),
		   value ? slice_of(value) : (struct slice){0}, NOW, &s->err),
		&s->err);
	ok(feed_flush(s->feed, PATIENCE_MS, &s->err), &s->err);
}

static void
put_when(struct scene *s, int32_t partition, const char *key, const char *value,
	int64_t ms)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[128];
	rd_kafka_t *rk;

	ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers",
				 mock_brokers(s->mock), why, sizeof(why)),
		RD_KAFKA_CONF_OK);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	ck_assert_ptr_nonnull(rk);
	ck_assert_int_eq(
		rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("consent"),
			RD_KAFKA_V_PARTITION(partition),
			RD_KAFKA_V_KEY((void *)(uintptr_t)key, strlen(key)),
			RD_KAFKA_V_VALUE(
				(void *)(uintptr_t)value, strlen(value)),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			RD_KAFKA_V_TIMESTAMP(ms), RD_KAFKA_V_END),
		0);
	ck_assert_int_eq(rd_kafka_flush(rk, PATIENCE_MS), 0);
	rd_kafka_destroy(rk);
}

static void
put_at(struct scene *s, int32_t partition, const char *key, const char *value)
{
	put_when(s, partition, key, value, 0);
}

/* As a client with another partitioner: one partition behind its own. */
static void
put_beside(struct scene *s, const char *key, const char *value)
{
	int32_t own = murmur2_partition(key, strlen(key), PARTS);

	put_at(s, (own + 1) % PARTS, key, value);
}

#define GIVEN \
	"{\"v\":1,\"purposes\":{\"recs\":{\"state\":\"given\",\"at\":" \
	"\"2026-01-02T00:00:00Z\"}}}"
#define REFUSED "{\"v\":1,\"purposes\":{\"recs\":{\"state\":\"refused\"}}}"

static struct keeper_state
state_of(const struct scene *s)
{
	struct keeper_state state;

	keeper_state(s->keeper, &state);
	return state;
}

static int64_t
now_ms(void)
{
	return clock_boot_ms();
}

/* Until an event may be decided, or never. */
static void
wait_ready(struct scene *s)
{
	for (int i = 0; i < PATIENCE_MS; i++) {
		if (keeper_reader_ready(s->reader, now_ms()))
			return;
		usleep(1000);
	}
	ck_abort_msg("the ledger is never current");
}

/* What is known of a subject; -1: nothing. */
static int
known_of(struct scene *s, const char *class, const char *identifier)
{
	const struct book *book = keeper_reader_book(s->reader);
	uint8_t subject[KEYED_NAME_BYTES];
	struct ledger_row row;

	ledger_subject_of(
		book->keys, slice_of(class), slice_of(identifier), subject);
	book->lookup(book->ctx, subject, &row);
	if (row.kind == LEDGER_ROW_ABSENT)
		return -1;
	ck_assert_int_eq(row.kind, LEDGER_ROW_PRESENT);
	return (int)row.entries[0].state;
}

static int
known(struct scene *s, const char *user)
{
	return known_of(s, "user", user);
}

/* The same of a batch that begins now. */
static int
known_now(struct scene *s, const char *user)
{
	int state;

	keeper_reader_rest(s->reader);
	wait_ready(s);
	state = known(s, user);
	keeper_reader_rest(s->reader);
	return state;
}

/* Changes to a state since the load. */
static uint64_t
led_to(const struct scene *s, enum ledger_state state)
{
	struct keeper_changes c;

	keeper_changes(s->keeper, &c);
	return c.to[0][state];
}

/* ---- the tests */

START_TEST(it_reads_goes_on_and_keeps_up)
{
	struct scene s;

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	put(&s, "user:bob", GIVEN);
	put(&s, "user:bob", REFUSED);
	put(&s, "user:cat", GIVEN);
	put(&s, "user:cat", NULL);
	put(&s, "user:dan", "{\"v\":3}");
	put(&s, "user:Eve", GIVEN);    /* not in normal form */
	put(&s, "user:nobody", GIVEN); /* no event has that user */
	put(&s, "shop:1", GIVEN);      /* no class */
	put(&s, "device:X1", GIVEN);
	load(&s);
	ck_assert(state_of(&s).loaded);
	ck_assert_uint_eq(state_of(&s).records, 10);
	ck_assert_uint_eq(state_of(&s).foreign, 3);
	ck_assert_uint_eq(state_of(&s).malformed, 1);
	ck_assert_uint_eq(state_of(&s).rows, 4);
	start(&s);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_GIVEN);
	ck_assert_int_eq(known_now(&s, "bob"), LEDGER_REFUSED);
	ck_assert_int_eq(known_now(&s, "cat"), -1);
	ck_assert_int_eq(known_now(&s, "dan"), LEDGER_MALFORMED);
	put(&s, "user:ann", REFUSED);
	put(&s, "user:bob", GIVEN);
	while (known_now(&s, "ann") != LEDGER_REFUSED ||
		known_now(&s, "bob") != LEDGER_GIVEN)
		usleep(1000);
	ck_assert_uint_eq(led_to(&s, LEDGER_REFUSED), 1); /* not the load's */
	ck_assert_uint_eq(led_to(&s, LEDGER_GIVEN), 1);
	put(&s, "user:ann", REFUSED); /* says nothing new */
	put(&s, "user:bob", NULL);
	put(&s, "user:ben", "{\"v\":3}");
	while (known_now(&s, "ben") != LEDGER_MALFORMED ||
		known_now(&s, "bob") != -1)
		usleep(1000);
	ck_assert_uint_eq(led_to(&s, LEDGER_REFUSED), 1);
	ck_assert_uint_eq(led_to(&s, LEDGER_UNKNOWN), 1);
	ck_assert_uint_eq(led_to(&s, LEDGER_MALFORMED), 1);
	put(&s, "user:bob", GIVEN);
	while (known_now(&s, "bob") != LEDGER_GIVEN)
		usleep(1000);
	ck_assert_uint_eq(led_to(&s, LEDGER_GIVEN), 2);
	unload(&s);

	put(&s, "user:fay", GIVEN);
	load(&s);
	/* Of all records only that one was read. */
	ck_assert_uint_eq(state_of(&s).records, 1);
	start(&s);
	ck_assert_int_eq(known_now(&s, "fay"), LEDGER_GIVEN);
	ck_assert_int_eq(known_now(&s, "bob"), LEDGER_GIVEN);
	ck_assert(!keeper_reader_failed(s.reader));
	close_scene(&s);
}
END_TEST

START_TEST(without_a_snapshot_there_is_no_answer)
{
	const struct book *book;
	uint8_t subject[KEYED_NAME_BYTES];
	struct ledger_row row;
	struct scene s;

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	load(&s);
	start(&s);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_GIVEN);
	book = keeper_reader_book(s.reader);
	ledger_subject_of(
		book->keys, slice_of("user"), slice_of("ann"), subject);
	book->lookup(book->ctx, subject, &row);
	ck_assert_int_eq(row.kind, LEDGER_ROW_STALE);
	ck_assert(keeper_reader_failed(s.reader));
	close_scene(&s);
}
END_TEST

/* A snapshot shows one state, until a newer one is taken. */
START_TEST(a_batch_sees_one_state)
{
	struct scene s;

	open_scene(&s, "5s", "");
	put(&s, "user:ann", GIVEN);
	load(&s);
	start(&s);
	wait_ready(&s);
	ck_assert_int_eq(known(&s, "ann"), LEDGER_GIVEN);
	put(&s, "user:ann", REFUSED);
	while (state_of(&s).records < 2)
		usleep(1000);
	ck_assert_int_eq(known(&s, "ann"), LEDGER_GIVEN);
	while (known_now(&s, "ann") != LEDGER_REFUSED)
		usleep(1000);
	close_scene(&s);
}
END_TEST

START_TEST(events_wait_while_the_topic_cannot_be_asked)
{
	struct scene s;

	open_scene(&s, "200ms", ", max_lag: 1s");
	put(&s, "user:ann", GIVEN);
	load(&s);
	start(&s);
	wait_ready(&s);
	keeper_reader_rest(s.reader);
	mock_refuse(s.mock, MOCK_LIST_OFFSETS,
		RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 100000);
	while (keeper_reader_may(s.reader, now_ms()))
		usleep(1000);
	ck_assert(!keeper_reader_ready(s.reader, now_ms()));
	while (!state_of(&s).behind)
		usleep(1000);
	put(&s, "user:ann", REFUSED);
	ck_assert(!keeper_reader_ready(s.reader, now_ms()));
	/* The mock forgets what it was to refuse. */
	mock_calm(s.mock, MOCK_LIST_OFFSETS);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_REFUSED);
	while (state_of(&s).behind)
		usleep(1000);
	ck_assert_int_eq(atomic_load(&s.failed), LETHE_OK);
	close_scene(&s);
}
END_TEST

/* What was known when it fell asleep is as old as that when it wakes. */
START_TEST(a_machine_that_slept_knows_nothing_new)
{
	struct scene s;

	open_scene(&s, "5s", "");
	put(&s, "user:ann", GIVEN);
	load(&s);
	start(&s);
	wait_ready(&s);
	mock_refuse(s.mock, MOCK_LIST_OFFSETS,
		RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 100000);
	atomic_store(&slept_s, 3600);
	ck_assert(!keeper_reader_may(s.reader, keeper_now_ms()));
	ck_assert(!keeper_reader_ready(s.reader, keeper_now_ms()));
	mock_calm(s.mock, MOCK_LIST_OFFSETS);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_GIVEN);
	close_scene(&s);
	atomic_store(&slept_s, 0);
}
END_TEST

/* Its thread's turns, here, until one fails or they have lasted so long. */
static enum lethe_status
turns(struct scene *s, int64_t ms)
{
	int64_t end = now_ms() + ms;
	enum lethe_status status = LETHE_OK;

	s->keeper->started = true;
	while (!status && now_ms() < end)
		status = keeper_turn(s->keeper, &s->err);
	s->keeper->started = false;
	return status;
}

static bool
has_settled(const struct keeper *k)
{
	for (int32_t p = 0; p < PARTS; p++)
		if (!k->parts[p].known.ms)
			return false;
	return keeper_is_sure(k) && keeper_reached(k);
}

/* It has looked, and met again what it then asked for. */
static void
settle(struct scene *s)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (!has_settled(s->keeper)) {
		ck_assert_int_lt(now_ms(), end);
		ok(turns(s, 1), &s->err);
	}
}

/* By when it has looked, another mark stands for a partition's. */
static void
settle_again(struct scene *s, int32_t partition, int64_t mark)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (s->keeper->parts[partition].known.at[0] == mark) {
		ck_assert_int_lt(now_ms(), end);
		ok(turns(s, 1), &s->err);
	}
	settle(s);
}

static void
put_into_all(struct scene *s)
{
	for (int32_t p = 0; p < PARTS; p++)
		put_at(s, p, "shop:7", GIVEN);
}

/* As if the records that were read had been others. */
static void
swap_topic(struct scene *s)
{
	for (int32_t p = 0; p < PARTS; p++)
		s->keeper->parts[p].sure.print[0] ^= 1;
}

/* What comes from a topic that was made anew meanwhile must not become what it
   is known by. */
START_TEST(while_nobody_answers_nothing_is_taken)
{
	struct scene s;
	uint64_t before;

	open_scene(&s, "200ms", "");
	put_into_all(&s);
	load(&s);
	ok(turns(&s, 200), &s.err);
	mock_refuse(s.mock, MOCK_LIST_OFFSETS,
		RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 100000);
	while (!s.keeper->lost)
		ok(turns(&s, 1), &s.err);
	swap_topic(&s);
	before = state_of(&s).records;
	put_into_all(&s);
	ok(turns(&s, 500), &s.err);
	ck_assert_uint_eq(state_of(&s).records, before);
	mock_calm(s.mock, MOCK_LIST_OFFSETS);
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_scene(&s);
}
END_TEST

/* Nobody could tell a process that stood what was done meanwhile. */
START_TEST(a_process_that_stood_looks_at_the_topic_again)
{
	struct scene s;

	open_scene(&s, "200ms", "");
	put_into_all(&s);
	load(&s);
	ok(turns(&s, 200), &s.err);
	swap_topic(&s);
	atomic_store(&slept_s, 10);
	put_into_all(&s);
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_scene(&s);
	atomic_store(&slept_s, 0);
}
END_TEST

/* One that was made anew between two askings, with more records than were
   read: the latest that was read, or what is as late, lies elsewhere. */
START_TEST(a_topic_whose_records_lie_elsewhere_is_looked_at_again)
{
	struct scene s;

	open_scene(&s, "200ms", "");
	put_into_all(&s);
	load(&s);
	settle(&s);
	settle_again(&s, 1, ++s.keeper->parts[1].known.at[0]);
	s.keeper->parts[1].known.at[0]++;
	swap_topic(&s);
	put_into_all(&s);
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_scene(&s);
}
END_TEST

/* ---- a topic that was made anew between two askings */

static void
write_all(struct scene *s, int64_t ms)
{
	for (int32_t p = 0; p < PARTS; p++) {
		put_when(s, p, "shop:7", GIVEN, ms);
		written[p].ms[written[p].count++] = ms;
	}
}

/* With records that are later, and more of them. */
static void
make_anew(struct scene *s)
{
	anew = NULL;
	for (int32_t p = 0; p < PARTS; p++) {
		written[p].count = 8;
		for (int n = 0; n < 8; n++)
			written[p].ms[n] = NOW + 100 + n;
	}
	swap_topic(s);
}

static void
open_written(struct scene *s)
{
	memset(written, 0, sizeof(written));
	is_written = true;
	open_scene(s, "200ms", "");
	write_all(s, NOW);
}

static void
close_written(struct scene *s)
{
	is_written = false;
	close_scene(s);
}

/* Takes all that is there, and does not look. */
static void
take_all(struct scene *s)
{
	int64_t look_ms = s->keeper->look_ms;
	uint64_t before = state_of(s).records;

	put_into_all(s);
	s->keeper->sure_ms = now_ms(); /* that may have taken long */
	s->keeper->look_ms = INT64_MAX;
	while (state_of(s).records < before + PARTS)
		ok(turns(s, 1), &s->err);
	s->keeper->look_ms = look_ms;
}

/* Its first record is as late as any of the old one's, and lies where that did.
 */
START_TEST(a_new_topic_is_told_where_the_first_record_was_the_latest)
{
	struct scene s;

	open_written(&s);
	load(&s);
	settle(&s);
	make_anew(&s);
	put_into_all(&s);
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_written(&s);
}
END_TEST

/* Behind one from ahead none is as late. */
START_TEST(a_new_topic_is_told_behind_a_record_from_ahead_that_is_gone)
{
	struct scene s;

	open_written(&s);
	write_all(&s, NOW + 3600000);
	write_all(&s, NOW + 1);
	load(&s);
	settle(&s);
	for (int32_t p = 0; p < PARTS; p++)
		written[p].ms[1] = 0;
	settle_again(&s, 0, 1);
	make_anew(&s);
	put_into_all(&s);
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_written(&s);
}
END_TEST

START_TEST(a_new_topic_is_told_that_was_made_while_it_was_looked_at)
{
	struct scene s;

	open_written(&s);
	write_all(&s, NOW + 1);
	load(&s);
	settle(&s);
	s.keeper->look_ms = INT64_MAX;
	write_all(&s, NOW + 2);
	while (state_of(&s).records < 3 * PARTS)
		ok(turns(&s, 1), &s.err);
	anew = &s;
	askings = 0;
	s.keeper->look_ms = 0;
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_written(&s);
}
END_TEST

START_TEST(a_new_topic_is_told_that_was_made_before_the_first_look)
{
	struct scene s;

	open_written(&s);
	write_all(&s, NOW + 1);
	load(&s);
	unload(&s);
	load(&s);
	make_anew(&s);
	take_all(&s);
	ck_assert_status(turns(&s, PATIENCE_MS), LETHE_ELEDGER);
	close_written(&s);
}
END_TEST

/* Who is killed before it looks may have taken some of a new topic's. */
START_TEST(what_was_never_looked_at_is_not_what_the_next_start_goes_by)
{
	struct scene s;

	open_written(&s);
	load(&s);
	settle(&s);
	make_anew(&s);
	take_all(&s);
	unload(&s);
	load(&s);
	ck_assert_uint_eq(state_of(&s).records, 2 * PARTS);
	close_written(&s);
}
END_TEST

static void
beat(struct scene *s, int64_t ago_ms)
{
	char at[TIME_TEXT_BYTES], value[96];

	at[time_format(clock_now_ms() - ago_ms, GRAIN_SECOND, at)] = '\0';
	snprintf(value, sizeof(value), "{\"v\":1,\"heartbeat\":\"%s\"}", at);
	put(s, "lethe:heartbeat", value);
}

/* A clock ahead of this one, within what is taken, is no silence. */
START_TEST(a_heartbeat_from_ahead_is_one)
{
	struct scene s;
	char at[TIME_TEXT_BYTES], value[96];

	open_scene(&s, "500ms", ", heartbeat: 1m");
	at[time_format(clock_now_ms() + 120000, GRAIN_SECOND, at)] = '\0';
	snprintf(value, sizeof(value), "{\"v\":1,\"heartbeat\":\"%s\"}", at);
	for (int32_t p = 0; p < PARTS; p++)
		put_at(&s, p, "lethe:heartbeat", value);
	load(&s);
	start(&s);
	wait_ready(&s);
	ck_assert_int_eq(state_of(&s).silent_ms, 0);
	close_scene(&s);
}
END_TEST

static void
beat_all(struct scene *s)
{
	char at[TIME_TEXT_BYTES], value[96];

	at[time_format(clock_now_ms(), GRAIN_SECOND, at)] = '\0';
	snprintf(value, sizeof(value), "{\"v\":1,\"heartbeat\":\"%s\"}", at);
	for (int32_t p = 0; p < PARTS; p++)
		put_at(s, p, "lethe:heartbeat", value);
}

/* Clocks that were ahead, here and where it was written, and are set right:
   what lies in the future shows nothing, and those of now are not passed over.
 */
START_TEST(a_heartbeat_that_comes_to_lie_ahead_is_none)
{
	struct scene s;

	atomic_store(&ahead_s, 3600);
	open_scene(&s, "500ms", ", heartbeat: 1m");
	beat_all(&s);
	load(&s);
	start(&s);
	wait_ready(&s);
	atomic_store(&ahead_s, 0);
	ck_assert(!keeper_reader_may(s.reader, keeper_now_ms()));
	ck_assert(!keeper_reader_ready(s.reader, keeper_now_ms()));
	beat_all(&s);
	wait_ready(&s);
	close_scene(&s);
}
END_TEST

/* Readiness goes by what is known, and not by a thread that may hang. */
START_TEST(who_stands_is_behind)
{
	struct scene s;

	open_scene(&s, "200ms", ", max_lag: 1s");
	put(&s, "user:ann", GIVEN);
	load(&s);
	for (int i = 0; i < PATIENCE_MS && !state_of(&s).behind; i += 10)
		usleep(10000);
	ck_assert(state_of(&s).behind);
	start(&s);
	while (state_of(&s).behind)
		usleep(1000);
	close_scene(&s);
}
END_TEST

START_TEST(heartbeats_that_stay_away_hold_events_back)
{
	struct scene s;

	open_scene(&s, "500ms", ", heartbeat: 1s");
	beat(&s, 60000);
	put(&s, "lethe:heartbeat", "{\"v\":1}");
	put(&s, "lethe:heartbeat",
		"{\"v\":1,\"heartbeat\":\"2999-01-01T00:00:"
		"00Z\"}");
	load(&s);
	start(&s);
	ck_assert_uint_eq(state_of(&s).malformed, 2);
	ck_assert_uint_eq(state_of(&s).rows, 0);
	ck_assert_int_eq(state_of(&s).silent_ms, -1);
	ck_assert(!keeper_reader_may(s.reader, now_ms()));
	while (!state_of(&s).behind)
		usleep(1000);
	close_scene(&s);
}
END_TEST

/* The bytes of ann's row, as the file has them. */
static void
damage(struct scene *s)
{
	uint8_t subject[KEYED_NAME_BYTES], bytes[LEDGER_ROW_BYTES_MAX], one;
	struct ledger_decoder *decoder = NULL;
	struct keyed *keys = NULL;
	struct ledger_row row;
	char path[160];
	size_t len;
	off_t at;

	snprintf(path, sizeof(path), "%s/test.ledger", s->folder);
	ok(ring_keyed(s->ring, &keys, &s->err), &s->err);
	ok(ledger_decoder_new(&s->policy->ledger.layout, 1, &decoder, &s->err),
		&s->err);
	ok(ledger_decode(decoder, slice_of(GIVEN), &row, &s->err), &s->err);
	ledger_subject(keys, slice_of("user:ann"), subject);
	len = ledger_row_pack(keys, subject, &row, bytes);
	at = find_bytes(path, bytes, len);
	ck_assert_int_ge(at, 0);
	one = bytes[4] ^ 0x40;
	overwrite(path, at + 4, &one, 1);
	ledger_decoder_free(decoder);
	keyed_free(keys);
}

START_TEST(a_damaged_row_ends_it_and_the_next_makes_the_file_anew)
{
	const struct book *book;
	uint8_t subject[KEYED_NAME_BYTES];
	struct ledger_row row;
	struct scene s;

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	load(&s);
	unload(&s);
	damage(&s);
	load(&s);
	ck_assert_uint_eq(
		state_of(&s).records, 0); /* opening does not see it */
	start(&s);
	wait_ready(&s);
	book = keeper_reader_book(s.reader);
	ledger_subject_of(
		book->keys, slice_of("user"), slice_of("ann"), subject);
	book->lookup(book->ctx, subject, &row);
	ck_assert_int_eq(row.kind, LEDGER_ROW_DAMAGED);
	ck_assert(keeper_reader_failed(s.reader));
	while (!atomic_load(&s.failed))
		usleep(1000);
	ck_assert_int_eq(atomic_load(&s.failed), LETHE_ELEDGER);
	unload(&s);
	load(&s);
	ck_assert_uint_eq(state_of(&s).records, 1);
	start(&s);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_GIVEN);
	close_scene(&s);
}
END_TEST

START_TEST(a_file_belongs_to_one_process)
{
	struct keeper *second = NULL;
	struct scene s;

	open_scene(&s, "500ms", "");
	load(&s);
	ck_assert_status(new_keeper(&s, &second), LETHE_EINSTANCE);
	ck_assert_ptr_null(second);
	close_scene(&s);
}
END_TEST

/* Tombstones may have come and gone. */
START_TEST(a_file_older_than_tombstones_is_made_anew)
{
	struct scene s;

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	load(&s);
	unload(&s);
	s.topic.tombstones_ms = 2000;
	usleep(2000000);
	load(&s);
	ck_assert_uint_eq(state_of(&s).records, 1);
	close_scene(&s);
}
END_TEST

START_TEST(a_key_in_another_partition_counts_and_is_told)
{
	struct scene s;

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	put_beside(&s, "user:bob", GIVEN);
	put_beside(&s, "shop:1", GIVEN);  /* a foreign key: told as that */
	put_beside(&s, "lethe:heartbeat", /* belongs into each */
		"{\"v\":1,\"heartbeat\":\"2026-01-01T00:00:00Z\"}");
	load(&s);
	ck_assert_uint_eq(state_of(&s).misplaced, 1);
	ck_assert_uint_eq(state_of(&s).foreign, 1);
	start(&s);
	ck_assert_int_eq(known_now(&s, "bob"), LEDGER_GIVEN);
	put_beside(&s, "user:ann", REFUSED);
	while (known_now(&s, "ann") != LEDGER_REFUSED)
		usleep(1000);
	ck_assert_uint_eq(state_of(&s).misplaced, 2);
	unload(&s);
	unlink_ledger(&s);
	load(&s);
	start(&s);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_MALFORMED);
	ck_assert_int_eq(known_now(&s, "bob"), LEDGER_GIVEN);
	close_scene(&s);
}
END_TEST

/* Partitions that were not read for a while come in an order of their own: the
   refusal is the later, and was read first. */
START_TEST(of_two_partitions_that_waited_none_is_the_later)
{
	struct scene s;
	char key[32];

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	load(&s);
	unload(&s);
	for (int i = 0; i < 8; i++) {
		snprintf(key, sizeof(key), "user:k%d", i);
		put_beside(&s, key, GIVEN);
		put(&s, key, REFUSED);
	}
	load(&s);
	start(&s);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_GIVEN);
	for (int i = 0; i < 8; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_int_eq(known_now(&s, key), LEDGER_MALFORMED);
	}
	put(&s, "user:k7", GIVEN);
	while (known_now(&s, "k7") != LEDGER_GIVEN)
		usleep(1000);
	close_scene(&s);
}
END_TEST

START_TEST(another_ledger_takes_a_restart)
{
	static const char *const others[] = {
		", max_lag: 31s", ", heartbeat: 2s", ", classes: [user]"};
	struct lethe_policy *p;
	struct scene s;

	open_scene(&s, "500ms", "");
	load(&s);
	p = policy_of(2, "500ms", "");
	ok(keeper_takes(s.keeper, p, &s.err), &s.err);
	lethe_policy_drop(p);
	p = policy_of(2, "600ms", "");
	ck_assert_status(keeper_takes(s.keeper, p, &s.err), LETHE_EUNSUPPORTED);
	lethe_policy_drop(p);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		p = policy_of(2, "500ms", others[i]);
		ck_assert_status(
			keeper_takes(s.keeper, p, &s.err), LETHE_EUNSUPPORTED);
		ck_assert_ptr_nonnull(strstr(s.err.what, "restart"));
		lethe_policy_drop(p);
	}
	close_scene(&s);
}
END_TEST

/* Records of a class that was not looked up are not in the file. */
START_TEST(a_file_of_fewer_classes_is_made_anew)
{
	struct scene s;

	open_scene(&s, "500ms", ", classes: [user]");
	put(&s, "user:ann", GIVEN);
	put(&s, "device:X1", REFUSED);
	load(&s);
	ck_assert_uint_eq(state_of(&s).foreign, 1);
	unload(&s);
	lethe_policy_drop(s.policy);
	s.policy = policy_of(2, "500ms", "");
	load(&s);
	start(&s);
	wait_ready(&s);
	ck_assert_int_eq(known(&s, "ann"), LEDGER_GIVEN);
	ck_assert_int_eq(known_of(&s, "device", "X1"), LEDGER_REFUSED);
	close_scene(&s);
}
END_TEST

/* Who loads; one test at a time. */
static struct scene *loading;

static bool
write_meanwhile(void)
{
	struct scene *s = loading;

	loading = NULL;
	if (s)
		put(s, "user:ann", REFUSED);
	return false;
}

/* The topic's end was asked for before, and lies behind what was read. */
START_TEST(records_that_come_while_it_loads_are_no_damage)
{
	struct scene s;

	open_scene(&s, "500ms", "");
	put(&s, "user:ann", GIVEN);
	/* What comes meanwhile is fetched together with what was there. */
	mock_refuse(s.mock, MOCK_FETCH,
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, PARTS);
	s.given_up = write_meanwhile;
	loading = &s;
	load(&s);
	ck_assert_ptr_null(loading);
	start(&s);
	ck_assert_int_eq(known_now(&s, "ann"), LEDGER_REFUSED);
	close_scene(&s);
}
END_TEST

/* Where the log ends, and up to where all is committed; how long records have
   been hidden by then. */
static const struct {
	int64_t now, log, end, hidden;
} hides[][7] = {
	/* Writers that live, each of which begins before the last has ended. */
	{{100, 10, 5, 0}, {200, 20, 9, 100}, {300, 30, 15, 0},
		{400, 40, 25, 100}, {500, 50, 35, 0}, {600, 60, 60, -1}},
	/* One that hangs, and another behind it. */
	{{100, 10, 5, 0}, {900, 20, 5, 800}, {1200, 30, 7, 1100},
		{1300, 30, 30, -1}, {1400, 40, 35, 0}},
	/* Others that hang begin later; records come behind all of them. */
	{{100, 10, 5, 0}, {1200, 50, 5, 1100}, {1300, 90, 20, 1200},
		{9000, 90, 49, 8900}, {9100, 90, 50, 0}, {9200, 90, 60, 100}},
};

START_TEST(what_is_hidden_is_so_until_it_is_seen)
{
	struct keeper_part part = {0};

	for (size_t i = 0; i < 7 && hides[_i][i].now; i++) {
		part.end = hides[_i][i].end;
		keeper_hide(&part, hides[_i][i].log, hides[_i][i].now, 1000);
		ck_assert_int_eq(hides[_i][i].hidden,
			part.hidden_ms ? hides[_i][i].now - part.hidden_ms
				       : -1);
	}
}
END_TEST

SUITE("keeper", ROWS(what_is_hidden_is_so_until_it_is_seen, hides),
	TEST(it_reads_goes_on_and_keeps_up),
	TEST(without_a_snapshot_there_is_no_answer),
	TEST(a_batch_sees_one_state),
	TEST(events_wait_while_the_topic_cannot_be_asked),
	TEST(a_machine_that_slept_knows_nothing_new),
	TEST(while_nobody_answers_nothing_is_taken),
	TEST(a_process_that_stood_looks_at_the_topic_again),
	TEST(a_topic_whose_records_lie_elsewhere_is_looked_at_again),
	TEST(a_new_topic_is_told_where_the_first_record_was_the_latest),
	TEST(a_new_topic_is_told_behind_a_record_from_ahead_that_is_gone),
	TEST(a_new_topic_is_told_that_was_made_while_it_was_looked_at),
	TEST(a_new_topic_is_told_that_was_made_before_the_first_look),
	TEST(what_was_never_looked_at_is_not_what_the_next_start_goes_by),
	TEST(a_heartbeat_from_ahead_is_one),
	TEST(a_heartbeat_that_comes_to_lie_ahead_is_none),
	TEST(who_stands_is_behind),
	TEST(heartbeats_that_stay_away_hold_events_back),
	TEST(a_damaged_row_ends_it_and_the_next_makes_the_file_anew),
	TEST(a_file_belongs_to_one_process),
	TEST(a_key_in_another_partition_counts_and_is_told),
	TEST(a_file_older_than_tombstones_is_made_anew),
	TEST(of_two_partitions_that_waited_none_is_the_later),
	TEST(another_ledger_takes_a_restart),
	TEST(a_file_of_fewer_classes_is_made_anew),
	TEST(records_that_come_while_it_loads_are_no_damage))
