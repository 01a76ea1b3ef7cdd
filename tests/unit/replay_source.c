/*
 * What a replay does with each record it meets, without a broker: which go
 * through again, which are put back, which are left.
 */
#include "suite.h"

#include "crypto/secret.h"
#include "kafka/replay/state.h"

#include <string.h>

#define LABEL "2-00112233445566778899aabbccddeeff"

static const struct lethe_header headers[] = {{"trace", "x", 1}};

struct scene {
	struct lethe_policy policy;
	struct lethe_view view;
	struct replay r;
	struct secret_key *oncall, *stranger;
	struct sealer *sealer;
	struct output out;
	struct kafka_ops ops;
	int32_t partitions[1];
	struct buf record;
	struct lethe_input in;
	bool taken;
};

/* What was produced last; a record above `most` is refused. */
static struct {
	size_t count;
	int32_t partition;
	int64_t time_ms;
	char kind[16], replay[16], value[4096];
	size_t len;
	size_t most;
} sent;

static enum lethe_status
produce(struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	(void)k;
	if (r->len > sent.most)
		return fail(err, LETHE_POISON_TOO_BIG_OUT, 0, "too large");
	sent.count++;
	sent.partition = r->partition;
	sent.time_ms = r->time_ms;
	sent.len = r->len;
	sent.kind[0] = sent.replay[0] = '\0';
	ck_assert_uint_le(r->len, sizeof(sent.value));
	memcpy(sent.value, r->value, r->len);
	for (size_t i = 0; i < r->header_count; i++) {
		const struct lethe_header *h = &r->headers[i];
		char *to = !strcmp(h->name, "lethe-kind")     ? sent.kind
			   : !strcmp(h->name, "lethe-replay") ? sent.replay
							      : NULL;

		ck_assert_uint_lt(h->len, 16 + (to ? 0 : 64));
		if (!to)
			continue;
		memcpy(to, h->value, h->len);
		to[h->len] = '\0';
	}
	return LETHE_OK;
}

static void
open_scene(struct scene *s)
{
	struct public_key public, unused;

	*s = (struct scene){.partitions = {3}};
	memset(&sent, 0, sizeof(sent));
	sent.most = sizeof(sent.value);
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(keypair_generate(&s->oncall, &public, NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&s->stranger, &unused, NULL), LETHE_OK);
	ck_assert_status(sealer_new(&public, 1, &s->sealer, NULL), LETHE_OK);
	ck_assert_status(sealer_turn(s->sealer, NULL), LETHE_OK);
	s->policy.label = LABEL;
	s->view.policy = &s->policy;
	s->r.o.job.view = &s->view;
	s->r.o.keys[0] = s->oncall;
	s->r.o.key_count = 1;
	s->r.o.from_ms = INT64_MIN;
	s->r.o.to_ms = INT64_MAX;
	s->r.base = "lethe";
	ids_init(&s->r.ids, 7);
	ids_init(&s->r.back, 7);
	buf_init(&s->r.record, 0);
	quarantine_event_init(&s->r.event);
	replay_source(&s->r, &s->r.source);
	s->ops.produce = produce;
	output_init(&s->out, &(struct output_options){.ops = &s->ops,
				     .policy = &s->policy,
				     .partitions = s->partitions,
				     .sealer = s->sealer,
				     .quarantine_bytes = 100000});
	buf_init(&s->record, 0);
}

static void
close_scene(struct scene *s)
{
	output_fini(&s->out);
	buf_fini(&s->record);
	buf_fini(&s->r.record);
	quarantine_event_fini(&s->r.event);
	ids_fini(&s->r.ids);
	ids_fini(&s->r.back);
	sealer_free(s->sealer);
	secret_key_free(s->oncall);
	secret_key_free(s->stranger);
}

/* A record of the quarantine. */
static void
seal(struct scene *s, const char *topic, const char *group, bool sealed)
{
	const struct quarantine_place where = {.topic = topic,
		.partition = topic ? 3 : -1,
		.position = 991,
		.group = group};
	const struct lethe_input in = {.size = sizeof(in),
		.value = "{\"a\":1}",
		.len = 7,
		.now_ms = 1777890001000,
		.broker_ms = 1777890000123,
		.key = "jane",
		.key_len = 4,
		.headers = headers,
		.header_count = 1};
	const struct lethe_error why = {.status = LETHE_POISON_TOO_DEEP};

	buf_reset(&s->record);
	ck_assert_status(quarantine_write(&s->policy, s->sealer, &where, &in,
				 &why, !sealed, &s->record, NULL),
		LETHE_OK);
}

static enum lethe_status
meet(struct scene *s, struct lethe_error *err)
{
	const struct kafka_message m = {.handle = s,
		.value = s->record.ptr,
		.len = s->record.len,
		.partition = 1,
		.offset = 5};

	s->in = (struct lethe_input){
		.size = sizeof(s->in), .now_ms = 1777899999000};
	return s->r.source.open(
		s->r.source.ctx, &s->out, &m, &s->in, &s->taken, err);
}

static bool
sent_as_it_was(const struct scene *s)
{
	return sent.len == s->record.len &&
	       !memcmp(sent.value, s->record.ptr, sent.len) &&
	       sent.time_ms == 1777890001000 &&
	       !strcmp(sent.kind, "quarantine");
}

START_TEST(takes_an_event_as_old_as_it_was)
{
	uint64_t counts[REPLAY_COUNT];
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(s.taken);
	ck_assert(slice_is(slice_make(s.in.value, s.in.len), "{\"a\":1}"));
	ck_assert(slice_is(slice_make(s.in.key, s.in.key_len), "jane"));
	ck_assert_uint_eq(s.in.header_count, 1);
	ck_assert_int_eq(s.in.broker_ms, 1777890000123);
	ck_assert_int_eq(s.in.now_ms, 1777899999000);
	ck_assert_str_eq(s.out.replay, "1");
	ck_assert_uint_eq(sent.count, 0);

	ck_assert_status(
		s.r.source.done(s.r.source.ctx, &s.out, &s.in, NULL), LETHE_OK);
	ck_assert_str_eq(sent.kind, "replayed");
	ck_assert_int_eq(sent.partition, 0);
	ck_assert_ptr_null(memmem(sent.value, sent.len, "jane", 4));

	/* In the same transaction, and when it holds; not when it fails. */
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(!s.taken);
	s.r.source.settled(s.r.source.ctx, false);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(s.taken);
	ck_assert_status(
		s.r.source.done(s.r.source.ctx, &s.out, &s.in, NULL), LETHE_OK);
	s.r.source.settled(s.r.source.ctx, true);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(!s.taken);
	s.r.source.settled(s.r.source.ctx, true);
	replay_counts(&s.r, counts);
	ck_assert_uint_eq(counts[REPLAY_TAKEN], 1);
	ck_assert_uint_eq(counts[REPLAY_DONE_BEFORE], 1);
	close_scene(&s);
}
END_TEST

/* Its mark may be gone, and stood no shorter than it. */
START_TEST(leaves_what_the_quarantine_keeps_no_longer)
{
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	s.policy.quarantine.retention_ms = 1777899999000 - 1777890001000;
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(!s.taken);
	ck_assert_uint_eq(sent.count, 0);
	ck_assert_uint_eq(s.r.pending[REPLAY_TOO_OLD], 1);
	s.policy.quarantine.retention_ms++;
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(s.taken);
	close_scene(&s);
}
END_TEST

START_TEST(seals_what_is_still_poison_behind_the_others)
{
	const struct lethe_error why = {
		.status = LETHE_POISON_TOO_MANY, .offset = 3};
	struct quarantine_clear clear;
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert_status(s.r.source.poison(s.r.source.ctx, &s.out, &s.in, &why,
				 false, NULL),
		LETHE_OK);
	ck_assert_status(
		quarantine_read(slice_make(sent.value, sent.len), &clear, NULL),
		LETHE_OK);
	ck_assert_str_eq(clear.reason, "too_many_members");
	ck_assert_str_eq(clear.group, "lethe");
	ck_assert_int_eq(clear.position, 991);
	ck_assert_uint_eq(clear.replays, 1);
	ck_assert_int_eq(clear.at_ms, 1777890001000);
	ck_assert_int_eq(sent.time_ms, 1777890001000);
	ck_assert_str_eq(sent.replay, "1");
	ck_assert(clear.sealed);
	close_scene(&s);
}
END_TEST

/* A stub in its place would lose the event. */
START_TEST(makes_no_stub_of_what_stands_there)
{
	const struct lethe_error why = {.status = LETHE_POISON_TOO_MANY};
	struct lethe_error err = {0};
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	sent.most = s.record.len;
	ck_assert_status(s.r.source.poison(s.r.source.ctx, &s.out, &s.in, &why,
				 false, NULL),
		LETHE_OK);
	ck_assert(sent_as_it_was(&s));
	s.out.o.quarantine_bytes = 10;
	ck_assert_status(s.r.source.poison(s.r.source.ctx, &s.out, &s.in, &why,
				 false, NULL),
		LETHE_OK);
	ck_assert(sent_as_it_was(&s));
	ck_assert_status(s.r.source.poison(s.r.source.ctx, &s.out, &s.in, &why,
				 true, NULL),
		LETHE_OK);
	ck_assert(sent_as_it_was(&s));
	sent.most = s.record.len - 1;
	ck_assert_status(s.r.source.poison(s.r.source.ctx, &s.out, &s.in, &why,
				 false, &err),
		LETHE_EDENIED);
	close_scene(&s);
}
END_TEST

/* An earlier replay left copies behind; the group's offsets were lost. */
START_TEST(writes_one_of_many_copies_behind)
{
	const struct lethe_error why = {.status = LETHE_POISON_TOO_MANY};
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	for (int committed = 0; committed < 2; committed++) {
		ck_assert_status(meet(&s, NULL), LETHE_OK);
		ck_assert(s.taken);
		ck_assert_status(s.r.source.poison(s.r.source.ctx, &s.out,
					 &s.in, &why, false, NULL),
			LETHE_OK);
		s.r.source.settled(s.r.source.ctx, committed);
	}
	ck_assert_uint_eq(sent.count, 2);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert(!s.taken);
	ck_assert_uint_eq(sent.count, 2);
	ck_assert_uint_eq(s.r.pending[REPLAY_DOUBLE], 1);
	close_scene(&s);
}
END_TEST

static void
choose_other_reason(struct scene *s)
{
	s->r.o.chosen[LETHE_POISON_SYNTAX] = true;
}

static void
choose_its_reason(struct scene *s)
{
	s->r.o.chosen[LETHE_POISON_TOO_DEEP] = true;
}

static void
choose_later(struct scene *s)
{
	s->r.o.from_ms = 1777890001001;
}

static void
choose_up_to_it(struct scene *s)
{
	s->r.o.to_ms = 1777890001000;
}

static void
leave_sealed(struct scene *s)
{
	s->r.o.keys[0] = s->stranger;
	s->r.o.leave_sealed = true;
}

static void
second_key(struct scene *s)
{
	s->r.o.keys[0] = s->stranger;
	s->r.o.keys[1] = s->oncall;
	s->r.o.key_count = 2;
}

static void
change_record(struct scene *s)
{
	char *at = memmem(s->record.ptr, s->record.len, "\"bytes\":7", 9);

	ck_assert_ptr_nonnull(at);
	at[8] = '8';
}

static void
junk(struct scene *s)
{
	buf_reset(&s->record);
	buf_put_text(&s->record, "what nobody of us wrote");
}

static void
leave_mark(struct scene *s)
{
	const struct quarantine_clear clear = {.topic = "other"};

	buf_reset(&s->record);
	ck_assert_status(
		quarantine_mark_write(&clear, "lethe", 7, &s->record, NULL),
		LETHE_OK);
}

static const struct {
	const char *topic, *group;
	bool sealed;
	void (*change)(struct scene *s);
	enum replay_fate fate;
	bool back;
} fates[] = {
	{NULL, NULL, true, NULL, REPLAY_TAKEN, false},
	{NULL, "lethe", true, choose_its_reason, REPLAY_TAKEN, false},
	{NULL, "lethe", true, second_key, REPLAY_TAKEN, false},
	{NULL, "lethe", true, choose_other_reason, REPLAY_NOT_CHOSEN, true},
	{NULL, "lethe", true, choose_later, REPLAY_NOT_CHOSEN, true},
	{NULL, "lethe", true, choose_up_to_it, REPLAY_NOT_CHOSEN, true},
	{NULL, "lethe", true, leave_sealed, REPLAY_NOT_OPENED, true},
	{"nobody.reads", "lethe", true, NULL, REPLAY_NO_INPUT, true},
	{NULL, "another", true, NULL, REPLAY_OTHER_GROUP, false},
	{NULL, "lethe", false, NULL, REPLAY_NOT_HERE, false},
	{NULL, "lethe", true, change_record, REPLAY_UNREADABLE, false},
	{NULL, "lethe", true, junk, REPLAY_UNREADABLE, false},
	{NULL, "lethe", true, leave_mark, REPLAY_COUNT, false},
};

START_TEST(knows_what_becomes_of_a_record)
{
	uint64_t counts[REPLAY_COUNT];
	struct scene s;

	open_scene(&s);
	seal(&s, fates[_i].topic, fates[_i].group, fates[_i].sealed);
	if (fates[_i].change)
		fates[_i].change(&s);
	ck_assert_status(meet(&s, NULL), LETHE_OK);
	ck_assert_int_eq(s.taken, fates[_i].fate == REPLAY_TAKEN);
	ck_assert_uint_eq(sent.count, fates[_i].back ? 1 : 0);
	if (fates[_i].back)
		ck_assert(sent_as_it_was(&s));
	s.r.source.settled(s.r.source.ctx, true);
	replay_counts(&s.r, counts);
	for (int i = 0; i < REPLAY_COUNT; i++)
		ck_assert_uint_eq(counts[i], i == (int)fates[_i].fate);
	ck_assert_uint_eq(replay_progress(&s.r), 1);
	close_scene(&s);
}
END_TEST

START_TEST(refuses_a_wrong_key)
{
	struct lethe_error err = {0};
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	s.r.o.keys[0] = s.stranger;
	ck_assert_status(meet(&s, &err), LETHE_EKEY);
	ck_assert(!s.taken);
	ck_assert_uint_eq(sent.count, 0);
	ck_assert_ptr_nonnull(strstr(err.what, "sealed to another key"));
	close_scene(&s);
}
END_TEST

START_TEST(goes_past_no_record_of_a_later_version)
{
	struct scene s;

	open_scene(&s);
	seal(&s, NULL, "lethe", true);
	ck_assert(!memcmp(s.record.ptr, "{\"v\":1", 6));
	s.record.ptr[5] = '2';
	ck_assert_status(meet(&s, NULL), LETHE_EUNSUPPORTED);
	ck_assert(!s.taken);
	close_scene(&s);
}
END_TEST

SUITE("replay_source", TEST(takes_an_event_as_old_as_it_was),
	TEST(leaves_what_the_quarantine_keeps_no_longer),
	TEST(seals_what_is_still_poison_behind_the_others),
	TEST(makes_no_stub_of_what_stands_there),
	TEST(writes_one_of_many_copies_behind),
	ROWS(knows_what_becomes_of_a_record, fates), TEST(refuses_a_wrong_key),
	TEST(goes_past_no_record_of_a_later_version))
