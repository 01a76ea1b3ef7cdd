#include "kit.h"

#include "base/log.h"
#include "kafka/lane/self.h"

/*
 * Records of the consent topic in a lane, by a clock of the test's own: which
 * of them wait, until when, and what becomes of them.
 */

static const char policy[] =
	"version: 1\n"
	"name: notices\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    event_time: { path: $.at, format: rfc3339 }\n"
	"    events:\n"
	"      seen: { $.event: seen }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user] }\n"
	"  device: { prefix: d, from: [$.device] }\n"
	"consent:\n"
	"  sources:\n"
	"    gpc: { format: gpc, path: $.gpc, remember: true }\n"
	"    book: { format: ledger, topic: consent, max_staleness: 500ms,\n"
	"      forget_after: 10s }\n"
	"purposes:\n"
	"  recs:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    topic: recs\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"    on_withdrawal: notify\n"
	"  ours:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    ignores: { gpc: it is ours }\n"
	"    topic: ours\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"    on_withdrawal: notify\n"
	"fields:\n"
	"  - { do: event, as: event, why: w, for: [recs, ours] }\n";

#define WAIT_MS 11500
#define CONSENT 1 /* the topic, among the inputs */
#define PARTITIONS 2
#define ASIDE 2 /* among the outputs, behind the purposes */
#define OBJECTIONS 3

struct kafka {
	int64_t clock_ms;
	size_t given, released; /* messages */
	bool paused[PARTITIONS];
	size_t pauses;
	size_t forgets[2]; /* of each purpose, in the open transaction */
	size_t told[2];	   /* and of those that were committed */
	int64_t offsets[PARTITIONS], group[PARTITIONS];
	bool late; /* the records of the next transaction are slow */
	size_t aborts;
	bool lost;	   /* the next record is, with its transaction */
	bool narrow;	   /* a purpose's topic takes no event */
	int64_t behind_ms; /* the ledger is, from each abort on for so long */
	int64_t shut_ms;   /* and so until then */
	/* In the open transaction, and of those that were committed. */
	size_t objections, aside, heard, put_aside;
	const char *sent; /* of each sending of offsets: 'a' aborts; to the end
			     all is well */
	struct kafka_message next[2]; /* that polls bring */
	size_t next_count;
	bool flood;	    /* polls bring one at once, of the other topic */
	unsigned consumers; /* that were made */
	atomic_bool *stop;  /* set when it is to end */
	int losses; /* of its consumer, one so long behind another, before it
		       is to end; 0: the first, and it ends with the second */
	int64_t well_ms;
};

static enum lethe_status
do_begin(struct kafka *k, struct lethe_error *err)
{
	(void)err;
	k->forgets[0] = k->forgets[1] = 0;
	k->objections = k->aside = 0;
	memcpy(k->offsets, k->group, sizeof(k->offsets));
	return LETHE_OK;
}

static enum lethe_status
do_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	if (k->lost) {
		k->lost = false;
		return fail(err, LETHE_EABORT, 0, "lost");
	}
	k->objections += r->output == OBJECTIONS;
	k->aside += r->output == ASIDE;
	if (r->output >= ASIDE)
		return LETHE_OK;
	if (k->narrow)
		return fail(err, LETHE_POISON_TOO_BIG_OUT, 0, "too large");
	ck_assert_str_eq(r->headers[0].name, "lethe-kind");
	ck_assert_str_eq(r->headers[0].value, "forget");
	ck_assert_ptr_nonnull(r->key);
	k->forgets[r->output]++;
	return LETHE_OK;
}

static enum lethe_status
do_send_offsets(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	for (size_t i = 0; i < count; i++)
		k->offsets[places[i].partition] = places[i].offset;
	if (!k->sent || !*k->sent || *k->sent++ != 'a')
		return LETHE_OK;
	k->shut_ms = k->clock_ms + k->behind_ms;
	return fail(err, LETHE_EABORT, 0, "refused");
}

static enum lethe_status
do_flush(struct kafka *k, struct lethe_error *err)
{
	(void)err;
	k->clock_ms += k->late ? 10001 : 0;
	k->late = false;
	return LETHE_OK;
}

static enum lethe_status
do_commit(struct kafka *k, struct lethe_error *err)
{
	(void)err;
	memcpy(k->group, k->offsets, sizeof(k->group));
	k->heard += k->objections;
	k->put_aside += k->aside;
	for (int i = 0; i < 2; i++)
		k->told[i] += k->forgets[i];
	return LETHE_OK;
}

static enum lethe_status
do_abort(struct kafka *k, struct lethe_error *err)
{
	(void)err;
	k->aborts++;
	return LETHE_OK;
}

static enum lethe_status
do_committed(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++)
		places[i].offset = k->group[places[i].partition];
	return LETHE_OK;
}

static enum lethe_status
do_pause(struct kafka *k, const struct kafka_place *places, size_t count,
	bool paused, struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(places[i].topic, CONSENT);
		k->paused[places[i].partition] = paused;
		k->pauses++;
	}
	return LETHE_OK;
}

static enum lethe_status
do_poll(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	*out = (struct kafka_message){0};
	if (k->losses) {
		k->clock_ms += k->well_ms;
		atomic_store(k->stop, !--k->losses);
		return fail(err, LETHE_EABORT, 0, "lost");
	}
	if (k->stop && k->consumers == 1)
		return fail(err, LETHE_EABORT, 0, "lost");
	if (k->flood) {
		*out = (struct kafka_message){
			.handle = (void *)(uintptr_t)++k->given};
		return LETHE_OK;
	}
	k->clock_ms += wait_ms;
	if (k->next_count) {
		*out = k->next[0];
		k->next[0] = k->next[1];
		k->next_count--;
		k->given++;
	}
	return LETHE_OK;
}

static enum lethe_status
nothing_wrong(struct kafka *k, struct lethe_error *err)
{
	(void)k;
	(void)err;
	return LETHE_OK;
}

static void
no_matter(struct kafka *k, size_t input)
{
	(void)k;
	(void)input;
}

static bool
not_so(struct kafka *k)
{
	(void)k;
	return false;
}

static void
do_release(struct kafka *k, struct kafka_message *m)
{
	k->released += m->handle != NULL;
	*m = (struct kafka_message){0};
}

static int64_t
clock_of(struct kafka *k)
{
	return k->clock_ms;
}

static void
pass_ms(struct kafka *k, int ms)
{
	k->clock_ms += ms;
}

static enum lethe_status
do_subscribe(struct kafka *k, const struct kafka_rebalance *told,
	struct lethe_error *err)
{
	(void)told;
	(void)err;
	if (k->consumers++ == 0)
		return LETHE_OK;
	/* Where one of its messages is kept the library waits for ever. */
	ck_assert_uint_eq(k->given, k->released);
	if (!k->losses)
		atomic_store(k->stop, true);
	return LETHE_OK;
}

static int64_t
do_end(struct kafka *k, const struct kafka_place *place)
{
	return k->group[place->partition];
}

static void
do_queues(struct kafka *k, uint64_t *fetched, uint64_t *unsent)
{
	(void)k;
	*fetched = *unsent = 0;
}

static void
do_close(struct kafka *k)
{
	(void)k;
}

static size_t
no_headers(struct kafka *k, const struct kafka_message *m,
	struct lethe_header *out, size_t max)
{
	(void)k;
	(void)m;
	(void)out;
	(void)max;
	return 0;
}

static const struct kafka_ops ops = {.poll = do_poll,
	.headers = no_headers,
	.open = nothing_wrong,
	.subscribe = do_subscribe,
	.end = do_end,
	.queues = do_queues,
	.close = do_close,
	.release = do_release,
	.assignment_lost = not_so,
	.pause = do_pause,
	.committed = do_committed,
	.begin = do_begin,
	.produce = do_produce,
	.serve = pass_ms,
	.cause = nothing_wrong,
	.work_on = no_matter,
	.send_offsets = do_send_offsets,
	.flush = do_flush,
	.commit = do_commit,
	.abort = do_abort,
	.in_doubt = not_so,
	.now_ms = clock_of,
	.sleep = pass_ms};

struct scene {
	struct kit kit;
	struct kafka k;
	struct lane_gate gate;
	bool shut;
	struct lane_view view;
	struct lane *l;
	struct start_rule rules[2];
	atomic_bool stop;
	struct lethe_error err;
	int64_t next[PARTITIONS]; /* offsets that are given */
};

static void
own(struct scene *s)
{
	for (int32_t p = 0; p < PARTITIONS; p++)
		ck_assert_status(slots_add(&s->l->slots,
					 &(struct kafka_place){.topic = CONSENT,
						 .partition = p,
						 .offset = s->k.group[p]},
					 s->k.group[p], NULL),
			LETHE_OK);
}

static bool
may(void *ctx, int64_t now_ms)
{
	const struct scene *s = ctx;

	(void)now_ms;
	return !s->shut && s->k.clock_ms >= s->k.shut_ms;
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

static void
scene_init(struct scene *s)
{
	static const char *const topics[] = {"raw", "consent"};
	static const size_t channels[] = {1, CHANNEL_CONSENT};
	static const int32_t partitions[] = {4, 4, 1, 1};

	*s = (struct scene){.k = {.clock_ms = 1000},
		.gate = {.ctx = s,
			.may = may,
			.ready = may,
			.rest = rest,
			.failed = never}};
	log_off();
	kit_init(&s->kit, policy);
	s->view = (struct lane_view){
		.view = s->kit.view, .rows = rows_new(s->kit.view)};
	ck_assert_status(lane_new(&(struct lane_options){.ops = &ops,
					  .kafka = &s->k,
					  .view = &s->view,
					  .gate = &s->gate,
					  .topics = topics,
					  .channels = channels,
					  .topic_count = 2,
					  .stop = &s->stop,
					  .seed = 1,
					  .txn = {.id = "the-id",
						  .commit_interval_ms = 100,
						  .commit_events = 100000,
						  .commit_bytes = 1u << 30,
						  .max_age_ms = 10000},
					  .assign = {.rules = s->rules},
					  .output = {.policy = s->kit.policy,
						  .partitions = partitions}},
				 &s->l, NULL),
		LETHE_OK);
	own(s);
}

static void
scene_fini(struct scene *s)
{
	lane_drop_notices(s->l, NULL, 0);
	lane_free(s->l);
	ck_assert_uint_eq(s->k.given, s->k.released);
	rows_free(s->view.rows);
	kit_fini(&s->kit);
}

static struct kafka_message
record(uintptr_t handle, int32_t partition, int64_t offset, const char *key,
	const char *value)
{
	return (struct kafka_message){.handle = (void *)handle,
		.topic = CONSENT,
		.partition = partition,
		.offset = offset,
		.key = key,
		.key_len = strlen(key),
		.value = value,
		.len = value ? strlen(value) : 0,
		.time_ms = 1};
}

/* The client gives a record of the topic. */
static void
give(struct scene *s, int32_t partition, int64_t offset, const char *key,
	const char *value)
{
	struct kafka_message m =
		record(++s->k.given, partition, offset, key, value);

	ck_assert_status(txn_take(&s->l->txn, &m, &s->err), LETHE_OK);
}

static void
take(struct scene *s, const char *key, const char *value)
{
	give(s, 0, s->next[0]++, key, value);
}

/* The lane goes on for a while. */
static void
live(struct scene *s, int64_t ms)
{
	s->k.clock_ms += ms;
	ck_assert_status(lane_let_notices(s->l, &s->err), LETHE_OK);
	ck_assert_status(txn_commit(&s->l->txn, &s->err), LETHE_OK);
}

#define STATE(purpose, state) \
	"{\"v\":1,\"purposes\":{\"" purpose "\":{\"state\":\"" state \
	"\",\"at\":\"2026-05-01T09:00:00Z\"}}}"
#define NO "user:ann", STATE("*", "withdrawn")
#define YES "user:ann", STATE("*", "given")

static const struct {
	const char *key, *value;
	size_t recs, ours;
} records[] = {
	{NO, 1, 1},
	{"user:ann", STATE("recs", "refused"), 1, 0},
	{"user:ann", STATE("ours", "withdrawn"), 0, 1},
	{"user:ann", STATE("other", "withdrawn"), 0, 0},
	{"user:ann", NULL, 1, 1},
	{YES, 0, 0},
	{"user:ann", STATE("*", "expired"), 0, 0},
	{"user:ann", STATE("*", "unknown"), 0, 0},
	{"user:ann",
		"{\"v\":1,\"purposes\":{\"recs\":{\"state\":\"paused\","
		"\"at\":\"2026-05-01T09:00:00Z\","
		"\"until\":\"2026-06-01T09:00:00Z\"}}}",
		0, 0},
	{"user:ann", "{\"v\":7}", 0, 0},
	{"device:x", STATE("*", "withdrawn"), 0, 0},
	{"device:x", NULL, 0, 0},
	{"user: ann", STATE("*", "withdrawn"), 0, 0},
	{"nothing", STATE("*", "withdrawn"), 0, 0},
	{"lethe:heartbeat", "{\"v\":1,\"heartbeat\":\"2026-05-01T09:00:00Z\"}",
		0, 0},
	{"lethe:objection:gpc:user:ann", STATE("*", "refused"), 1, 0},
	{"lethe:objection:gpc:user:ann", NULL, 0, 0},
	{"lethe:objection:gpc:device:x", STATE("*", "refused"), 0, 0},
	{"lethe:objection:book:user:ann", STATE("*", "refused"), 0, 0},
};

START_TEST(a_withdrawal_is_told_in_its_time)
{
	bool tells = records[_i].recs + records[_i].ours;
	struct scene s;

	scene_init(&s);
	take(&s, records[_i].key, records[_i].value);
	live(&s, 0);
	ck_assert_int_eq(s.k.group[0], tells ? 0 : 1);
	live(&s, WAIT_MS - 1);
	ck_assert_uint_eq(s.k.told[0] + s.k.told[1], 0);
	live(&s, 1);
	ck_assert_uint_eq(s.k.told[0], records[_i].recs);
	ck_assert_uint_eq(s.k.told[1], records[_i].ours);
	ck_assert_int_eq(s.k.group[0], 1);
	scene_fini(&s);
}
END_TEST

/* What tells nobody waits behind what does, and doubles are none. */
START_TEST(the_order_of_a_partition_stays)
{
	struct scene s;

	scene_init(&s);
	take(&s, YES);
	take(&s, NO);
	live(&s, 5000);
	ck_assert_int_eq(s.k.group[0], 1);
	take(&s, YES);
	give(&s, 0, 1, NO);
	give(&s, 0, 2, YES);
	give(&s, 1, 0, YES);
	live(&s, WAIT_MS - 5001);
	ck_assert_int_eq(s.k.group[0], 1);
	ck_assert_int_eq(s.k.group[1], 1);
	ck_assert_uint_eq(s.k.told[0], 0);
	live(&s, 1);
	ck_assert_int_eq(s.k.group[0], 3);
	ck_assert_uint_eq(s.k.told[0], 1);
	scene_fini(&s);
}
END_TEST

/* It comes anew, to whoever has the partition, and waits from then on. */
START_TEST(a_partition_that_goes_takes_it_along)
{
	const struct kafka_place gone = {.topic = CONSENT, .partition = 0};
	struct scene s;

	scene_init(&s);
	take(&s, NO);
	give(&s, 1, 0, NO);
	live(&s, 6000);
	lane_drop_notices(s.l, &gone, 1);
	slots_remove(&s.l->slots, CONSENT, 0);
	live(&s, WAIT_MS);
	ck_assert_uint_eq(s.k.told[0], 1);
	ck_assert_int_eq(s.k.group[0], 0);
	ck_assert_int_eq(s.k.group[1], 1);
	own(&s);
	give(&s, 0, 0, NO);
	live(&s, WAIT_MS - 1);
	ck_assert_uint_eq(s.k.told[0], 1);
	live(&s, 1);
	ck_assert_uint_eq(s.k.told[0], 2);
	ck_assert_int_eq(s.k.group[0], 1);
	scene_fini(&s);
}
END_TEST

#define MANY 10000

START_TEST(more_than_there_is_room_for_pause_their_partition)
{
	struct scene s;

	scene_init(&s);
	for (int i = 0; i < MANY; i++)
		take(&s, NO);
	ck_assert(!s.k.paused[0]);
	take(&s, NO);
	ck_assert(s.k.paused[0]);
	ck_assert(lane_holds(s.l, CONSENT, 0));
	ck_assert(!lane_holds(s.l, CONSENT, 1));
	live(&s, WAIT_MS);
	ck_assert_uint_eq(s.k.told[0], MANY + 1);
	ck_assert_int_eq(s.k.group[0], MANY + 1);
	ck_assert(!s.k.paused[0]);
	ck_assert_uint_eq(s.k.pauses, 2);
	take(&s, YES);
	live(&s, 0);
	ck_assert_int_eq(s.k.group[0], MANY + 2);
	scene_fini(&s);
}
END_TEST

/* A transaction that grew too old is done again: told once all the same. */
START_TEST(an_old_transaction_is_done_again)
{
	struct scene s;

	scene_init(&s);
	take(&s, NO);
	s.k.late = true;
	live(&s, WAIT_MS);
	ck_assert_uint_eq(s.k.aborts, 1);
	ck_assert_uint_eq(s.k.told[0], 1);
	ck_assert_int_eq(s.k.group[0], 1);
	scene_fini(&s);
}
END_TEST

/* What a shut gate keeps from being read stays so, whoever waits. */
START_TEST(at_a_shut_gate_nothing_is_read)
{
	struct scene s;
	int wait_ms = 100;
	bool polls;

	scene_init(&s);
	for (int i = 0; i <= MANY; i++)
		take(&s, NO);
	s.shut = true;
	for (int i = 0; i < 20; i++) {
		s.k.clock_ms += 1000;
		ck_assert_status(lane_pass_gate(s.l, &wait_ms, &polls, &s.err),
			LETHE_OK);
		s.l->assign.rebalances += i % 2;
		if (polls)
			ck_assert_status(
				lane_let_notices(s.l, &s.err), LETHE_OK);
		ck_assert(s.k.paused[0] && (!polls || s.k.paused[1]));
	}
	ck_assert_uint_eq(s.k.told[0], 0);
	s.shut = false;
	ck_assert_status(
		lane_pass_gate(s.l, &wait_ms, &polls, &s.err), LETHE_OK);
	live(&s, 0);
	ck_assert(!s.k.paused[0] && !s.k.paused[1]);
	ck_assert_status(txn_settle(&s.l->txn, &s.err), LETHE_OK);
	ck_assert_uint_eq(s.k.told[0], MANY + 1);
	scene_fini(&s);
}
END_TEST

/*
 * What comes while one that waited is done again may lie where that one lay in
 * memory, which is free by then: it waits all the same, behind the others.
 */
START_TEST(who_comes_in_anothers_memory_waits)
{
	struct scene s;

	scene_init(&s);
	s.l->txn.o.commit_events = 1;
	take(&s, NO);
	s.k.clock_ms += 5000;
	take(&s, NO);
	s.k.clock_ms += WAIT_MS - 5000;
	s.k.lost = true;
	s.k.sent = "a.aa";
	s.k.next[0] = record(99, 1, 0, YES);
	s.k.next[1] = record(1, 0, 2, NO);
	s.k.next_count = 2;
	live(&s, 0);
	ck_assert_uint_eq(s.k.next_count, 0);
	ck_assert_str_eq(s.k.sent, "");
	ck_assert_uint_eq(s.k.told[0], 1);
	ck_assert_int_eq(s.k.group[0], 1);
	ck_assert_int_eq(s.k.group[1], 1);
	live(&s, 5000);
	ck_assert_uint_eq(s.k.told[0], 2);
	live(&s, WAIT_MS);
	ck_assert_uint_eq(s.k.told[0], 3);
	ck_assert_int_eq(s.k.group[0], 3);
	scene_fini(&s);
}
END_TEST

/* Brokers in trouble are not asked without a rest, however much there is to
 * read meanwhile. */
START_TEST(trouble_is_given_its_time)
{
	struct scene s;

	scene_init(&s);
	take(&s, YES);
	s.k.sent = "aaaaaa";
	s.k.flood = true;
	s.k.clock_ms = 0;
	live(&s, 0);
	ck_assert_int_eq(s.k.group[0], 1);
	ck_assert_int_ge(s.k.clock_ms, 80 + 160 + 320 + 640);
	scene_fini(&s);
}
END_TEST

START_TEST(a_consumer_that_is_lost_leaves_no_message_behind)
{
	struct scene s;

	scene_init(&s);
	take(&s, NO);
	take(&s, NO);
	ck_assert_uint_eq(s.k.released, 0);
	s.k.stop = &s.stop;
	ck_assert_status(lane_run(s.l, &s.err), LETHE_OK);
	lane_close(s.l);
	ck_assert_uint_eq(s.k.released, 2);
	scene_fini(&s);
}
END_TEST

/* Who has the partition by now does it: that is no failure of who ends. */
START_TEST(a_lane_that_ends_leaves_what_others_have)
{
	struct scene s;

	scene_init(&s);
	take(&s, YES);
	s.k.sent = "a";
	s.k.group[0] = 7;
	atomic_store(&s.stop, true);
	ck_assert_status(lane_run(s.l, &s.err), LETHE_OK);
	lane_close(s.l);
	ck_assert_int_eq(s.k.group[0], 7);
	ck_assert_uint_eq(s.k.aborts, 1);
	scene_fini(&s);
}
END_TEST

/* An event of which a purpose gets too much goes to the quarantine; that its
   person objected is remembered all the same. */
START_TEST(who_objects_in_an_event_that_is_refused_is_heard)
{
	static const char event[] =
		"{\"event\":\"seen\",\"at\":\"2026-05-04T10:15:07Z\","
		"\"user\":\"ann\",\"gpc\":1}";
	struct kafka_message m;
	struct scene s;

	scene_init(&s);
	kit_consent(&s.kit,
		"{\"key\":\"user:ann\",\"value\":" STATE("*", "given") "}\n");
	s.view.view = s.kit.view;
	ck_assert_status(
		slots_add(&s.l->slots, &(struct kafka_place){0}, 0, NULL),
		LETHE_OK);
	s.k.narrow = true;
	m = record(++s.k.given, 0, 0, "", event);
	m.topic = 0;
	m.time_ms = INT64_C(1777889708000);
	ck_assert_status(txn_take(&s.l->txn, &m, &s.err), LETHE_OK);
	live(&s, 0);
	ck_assert_int_eq(s.k.group[0], 1);
	ck_assert_uint_eq(s.k.aborts, 1);
	ck_assert_uint_eq(s.k.put_aside, 1);
	ck_assert_uint_eq(s.k.heard, 1);
	scene_fini(&s);
}
END_TEST

/* A replay whose last transaction is aborted while the ledger is behind. */
START_TEST(a_lane_that_has_an_end_comes_to_it)
{
	static const int64_t until[PARTITIONS] = {1, 0};
	struct scene s;

	scene_init(&s);
	s.l->o.assign.until = s.l->assign.o.until = until;
	take(&s, YES);
	for (int32_t p = 0; p < PARTITIONS; p++) {
		struct slot *slot = slots_get(&s.l->slots, CONSENT, p);

		slot->until = until[p];
		slot->ended = true;
	}
	s.k.sent = "a";
	s.k.behind_ms = 5000;
	ck_assert_status(lane_run(s.l, &s.err), LETHE_OK);
	lane_close(s.l);
	ck_assert_uint_eq(s.k.aborts, 1);
	ck_assert_int_eq(s.k.group[0], 1);
	scene_fini(&s);
}
END_TEST

/* A lane that has nothing to commit, for a year. */
static const struct {
	int64_t well_ms;
	enum lethe_status status;
} years[] = {{60000, LETHE_EKAFKA}, {INT64_C(7) * 86400000, LETHE_OK}};

START_TEST(losses_far_apart_are_not_one)
{
	struct scene s;

	scene_init(&s);
	s.k.stop = &s.stop;
	s.k.well_ms = years[_i].well_ms;
	s.k.losses = 52;
	ck_assert_status(lane_run(s.l, &s.err), years[_i].status);
	scene_fini(&s);
}
END_TEST

SUITE("notices", ROWS(a_withdrawal_is_told_in_its_time, records),
	TEST(the_order_of_a_partition_stays),
	TEST(a_partition_that_goes_takes_it_along),
	TEST(more_than_there_is_room_for_pause_their_partition),
	TEST(an_old_transaction_is_done_again),
	TEST(at_a_shut_gate_nothing_is_read),
	TEST(who_comes_in_anothers_memory_waits),
	TEST(trouble_is_given_its_time),
	TEST(a_consumer_that_is_lost_leaves_no_message_behind),
	TEST(a_lane_that_ends_leaves_what_others_have),
	TEST(who_objects_in_an_event_that_is_refused_is_heard),
	TEST(a_lane_that_has_an_end_comes_to_it),
	ROWS(losses_far_apart_are_not_one, years))
