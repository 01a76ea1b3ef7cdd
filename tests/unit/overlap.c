#include "kit.h"

#include "cli/explain/explain_print.h"
#include "engine/explain.h"
#include "engine/told.h"
#include "event/reader.h"
#include "synth/synth.h"

#include <stdio.h>

/*
 * Two epochs of each purpose, and what that makes of records: before their
 * overlap, in it, and after it.
 */

#define DAY INT64_C(86400000)
#define SWITCH (KIT_NOW + DAY)
#define END (SWITCH + 30 * DAY)
#define IN_IT (SWITCH + DAY)
#define EVENTS 2000
#define LIMIT 65536

static const char policy[] =
	"version: 1\n"
	"name: test\n"
	"revision: 3\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json, msgpack]\n"
	"    event_id: $.messageId\n"
	"    event_time: { path: $.timestamp, format: rfc3339 }\n"
	"    events:\n"
	"      viewed: { $.event: Product Viewed }\n"
	"      added: { $.event: Product Added }\n"
	"      ordered: { $.event: Order Completed }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.userId], ignore: [anonymous] }\n"
	"  device: { prefix: d, from: [$.anonymousId], normalise: [lower] }\n"
	"  session: { prefix: s, from: [$.context.sessionId],\n"
	"    within: device }\n"
	"  visit: { prefix: v, from: [$.context.sessionId],\n"
	"    within: device, lifetime: 1d }\n"
	"consent:\n"
	"  sources:\n"
	"    gpc: { format: gpc, path: $.context.consent.gpc }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: out.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"    id: true\n"
	"  ana:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: out.ana\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [device]\n"
	"  cnt:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: out.cnt\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields:\n"
	"  - { do: event, as: event, for: [rec, ana, cnt], why: w }\n"
	"  - { do: token, class: session, as: of.session, for: [rec],\n"
	"      why: w }\n"
	"  - { do: token, class: visit, as: visit, for: [ana], why: w }\n"
	"  - { path: $.properties.product_id, as: of.item, for: [rec],\n"
	"      on: [viewed], do: keep, type: string, max: 64,\n"
	"      pattern: \"[A-Za-z0-9_-]+\", why: w }\n"
	"  - { do: time, to: second, as: time, for: [rec, ana], why: w }\n";

#define EVENT(user, day) \
	"{\"event\":\"Product Viewed\",\"messageId\":\"m1\"," user \
	"\"anonymousId\":\"A\",\"timestamp\":\"2026-05-" day "T10:15:07Z\"," \
	"\"context\":{\"sessionId\":\"s\"}," \
	"\"properties\":{\"product_id\":\"p-1\"}}"
#define JANE EVENT("\"userId\":\"jane\",", "04")

#define TIME "\"time\":\"2026-05-04T10:15:07Z\"}\n"
#define CNT "cnt {\"event\":\"viewed\"}\n"
#define ONE(n, m) \
	"rec {\"subject\":\"u" n "_*\",\"id\":\"id" n "_*\"," \
	"\"event\":\"viewed\",\"of\":{\"session\":\"s" n "_*\"," \
	"\"item\":\"p-1\"}," TIME "ana {\"subject\":\"d" m "_*\"," \
	"\"event\":\"viewed\",\"visit\":\"v" m "_*\"," TIME CNT
#define REC_REKEY \
	"rec rekey u1_* {\"purpose\":\"rec\",\"subject\":\"u3_*\"," \
	"\"subject_was\":\"u1_*\"}\n"
#define ANA_REKEY \
	"ana rekey d2_* {\"purpose\":\"ana\",\"subject\":\"d4_*\"," \
	"\"subject_was\":\"d2_*\"}\n"
#define REC_BOTH \
	"rec {\"subject\":\"u3_*\",\"subject_was\":\"u1_*\"," \
	"\"id\":\"id3_*\",\"id_was\":\"id1_*\",\"event\":\"viewed\"," \
	"\"of\":{\"session\":\"s3_*\",\"session_was\":\"s1_*\"," \
	"\"item\":\"p-1\"}," TIME
#define ANA_BOTH \
	"ana {\"subject\":\"d4_*\",\"subject_was\":\"d2_*\"," \
	"\"event\":\"viewed\",\"visit\":\"v4_*\",\"visit_was\":\"v2_*\"," TIME

static const char *
run_at(struct kit *k, int64_t now_ms, const char *event)
{
	k->input.now_ms = now_ms;
	return kit_text(k, event);
}

START_TEST(sends_both_tokens_while_they_overlap)
{
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	ck_assert_str_eq(run_at(&k, SWITCH - 1, JANE), ONE("1", "2"));
	ck_assert_str_eq(run_at(&k, SWITCH, JANE),
		REC_REKEY REC_BOTH ANA_REKEY ANA_BOTH CNT);
	ck_assert_str_eq(run_at(&k, END - 1, JANE), REC_BOTH ANA_BOTH CNT);
	ck_assert_str_eq(run_at(&k, END, JANE), ONE("3", "4"));
	kit_fini(&k);
}
END_TEST

START_TEST(sends_one_without_an_overlap)
{
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, SWITCH);
	ck_assert_str_eq(run_at(&k, SWITCH - 1, JANE), ONE("1", "2"));
	ck_assert_str_eq(run_at(&k, SWITCH, JANE), ONE("3", "4"));
	kit_fini(&k);
}
END_TEST

/* What a class had before, by rules that it no longer has, is not made up. */
START_TEST(leaves_out_what_other_rules_made)
{
	struct ring_rules *rules;
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	/* Of epoch 1 the first class, user; of epoch 2 the last, visit. */
	for (size_t i = 0; i < k.ring.ring->rules_count; i++) {
		rules = &k.ring.ring->rules[i];
		if ((rules->epoch == 1 && rules->class == 1) ||
			(rules->epoch == 2 && rules->class == 4))
			rules->digest[0] ^= 1;
	}
	kit_view(&k, NULL, true);
	ck_assert_str_eq(run_at(&k, IN_IT, JANE),
		"rec {\"subject\":\"u3_*\",\"id\":\"id3_*\","
		"\"id_was\":\"id1_*\",\"event\":\"viewed\","
		"\"of\":{\"session\":\"s3_*\",\"session_was\":\"s1_*\","
		"\"item\":\"p-1\"}," TIME ANA_REKEY
		"ana {\"subject\":\"d4_*\",\"subject_was\":\"d2_*\","
		"\"event\":\"viewed\",\"visit\":\"v4_*\"," TIME CNT);
	kit_fini(&k);
}
END_TEST

/* One purpose alone has its own keys, and its own overlap. */
START_TEST(rotates_one_purpose_by_itself)
{
	struct kit k;
	struct ring *r;

	kit_init(&k, policy);
	r = k.ring.ring;
	rotate_domain(r, 2, SWITCH, END);
	ck_assert_status(ring_unlock(r, k.secret, NULL, &k.err), LETHE_OK);
	kit_view(&k, NULL, true);
	ck_assert_ptr_nonnull(strstr(run_at(&k, IN_IT, JANE),
		"rec {\"subject\":\"u1_*\",\"id\":\"id1_*\",\"event\""));
	ck_assert_ptr_nonnull(
		strstr((const char *)k.lines.ptr, "\"subject_was\":\"d2_*\""));
	kit_view(&k, "ana", true);
	ck_assert_ptr_nonnull(strstr(run_at(&k, IN_IT, JANE),
		"ana {\"subject\":\"d3_*\",\"subject_was\":\"d2_*\""));
	kit_fini(&k);
}
END_TEST

static size_t
count_rekeys(struct kit *k, const char *event)
{
	const char *at = run_at(k, IN_IT, event);
	size_t count = 0;

	for (; (at = strstr(at, " rekey ")); at++)
		count++;
	return count;
}

START_TEST(tells_of_a_person_until_it_holds)
{
	static const char john[] = EVENT("\"userId\":\"john\",", "04");
	static const char nobody[] = EVENT("\"userId\":\"anonymous\",", "04");
	struct lethe_scratch *other;
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 2);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 0);
	/* Of another person on the device rec alone has not heard. */
	ck_assert_uint_eq(count_rekeys(&k, john), 1);
	lethe_scratch_settle(k.scratch, false);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 2);
	lethe_scratch_settle(k.scratch, true);
	ck_assert_uint_eq(count_rekeys(&k, john), 1);
	lethe_scratch_settle(k.scratch, false);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 0);
	ck_assert_uint_eq(count_rekeys(&k, john), 1);
	lethe_scratch_settle(k.scratch, true);
	ck_assert_uint_eq(count_rekeys(&k, john), 0);
	/* Their device is the subject where nobody is signed in. */
	ck_assert_uint_eq(count_rekeys(&k, nobody), 1);
	/* Another view of the same keys changes nothing, another scratch has
	   told nobody. */
	kit_view(&k, NULL, true);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 0);
	ck_assert_status(lethe_scratch_new(1, &other, &k.err), LETHE_OK);
	lethe_scratch_free(k.scratch);
	k.scratch = other;
	lethe_scratch_settle(k.scratch, false);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 2);
	kit_fini(&k);
}
END_TEST

/* A rekey that could not be written was not told. */
static enum lethe_status
refuse(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	(void)ctx;
	(void)r;
	return fail_with(err, &(struct lethe_error){.status = LETHE_EABORT});
}

START_TEST(tells_again_what_was_refused)
{
	struct lethe_sink sink = {.size = sizeof(sink), .record = refuse};
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	k.input.now_ms = IN_IT;
	k.input.value = JANE;
	k.input.len = strlen(JANE);
	ck_assert_status(
		lethe_process(k.view, k.scratch, &k.input, &sink, &k.err),
		LETHE_EABORT);
	ck_assert_uint_eq(count_rekeys(&k, JANE), 2);
	kit_fini(&k);
}
END_TEST

START_TEST(remembers_as_many_as_there_is_room_for)
{
	struct told *t = told_new(7);
	struct slice purpose = slice_of("rec");
	size_t again = 0;
	char name[32];

	ck_assert_ptr_nonnull(t);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100000; i++) {
			int len = snprintf(name, sizeof(name), "u1_%d", i);
			uint64_t mark = told_mark(
				t, purpose, slice_make(name, (size_t)len));

			again += round && !told_has(t, mark);
			told_add(t, mark);
			ck_assert(told_has(t, mark));
		}
		if (!round)
			told_settle(t, true);
	}
	/* Some are driven out; never all. */
	ck_assert_uint_gt(again, 0);
	ck_assert_uint_lt(again, 50000);
	/* More than are noted one by one: all is forgotten. */
	told_settle(t, false);
	for (int i = 0; i < 100000; i++) {
		int len = snprintf(name, sizeof(name), "u1_%d", i);

		ck_assert(!told_has(t,
			told_mark(t, purpose, slice_make(name, (size_t)len))));
	}
	ck_assert(told_mark(t, purpose, slice_of("x")) !=
		  told_mark(t, slice_of("ana"), slice_of("x")));
	ck_assert(told_mark(t, purpose, slice_of("x")) !=
		  told_mark(t, slice_of("re"), slice_of("cx")));
	told_free(t);
}
END_TEST

struct seen_records {
	struct lethe_record records[8];
	char keys[8][64];
	uint8_t values[8][512];
	size_t count;
};

static enum lethe_status
keep(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct seen_records *s = ctx;

	(void)err;
	ck_assert_uint_lt(s->count, 8);
	ck_assert_uint_le(r->value_len, sizeof(s->values[0]));
	s->records[s->count] = *r;
	if (r->key)
		memcpy(s->keys[s->count], r->key, r->key_len);
	memcpy(s->values[s->count++], r->value, r->value_len);
	return LETHE_OK;
}

static void
see_as(struct kit *k, enum lethe_format format, struct seen_records *s)
{
	struct lethe_sink sink = {
		.size = sizeof(sink), .ctx = s, .record = keep};

	*s = (struct seen_records){0};
	lethe_scratch_settle(k->scratch, false);
	k->input.record_format = format;
	k->input.now_ms = IN_IT;
	k->input.value = JANE;
	k->input.len = strlen(JANE);
	ck_assert_status(
		lethe_process(k->view, k->scratch, &k->input, &sink, &k->err),
		LETHE_OK);
}

START_TEST(a_rekey_goes_before_its_event_by_the_old_key)
{
	struct seen_records s;
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	see_as(&k, LETHE_FORMAT_JSON, &s);
	ck_assert_uint_eq(s.count, 5);
	ck_assert_int_eq(s.records[0].kind, LETHE_RECORD_REKEY);
	ck_assert_int_eq(s.records[1].kind, LETHE_RECORD_EVENT);
	ck_assert_int_eq(s.records[0].time_ms, s.records[1].time_ms);
	ck_assert_uint_eq(s.records[0].epoch, 3);
	ck_assert_uint_eq(s.records[1].epoch, 3);
	ck_assert(!strncmp(s.keys[0], "u1_", 3));
	ck_assert(!strncmp(s.keys[1], "u3_", 3));
	ck_assert_ptr_nonnull(strstr((char *)s.values[0], s.keys[0]));
	ck_assert_ptr_nonnull(strstr((char *)s.values[0], s.keys[1]));
	ck_assert_ptr_nonnull(strstr((char *)s.values[1], s.keys[0]));
	/* Without a subject there is nobody to tell of. */
	ck_assert_int_eq(s.records[4].kind, LETHE_RECORD_EVENT);
	ck_assert_ptr_null(s.records[4].key);
	kit_fini(&k);
}
END_TEST

static const char *const paths[] = {"$.purpose", "$.subject", "$.subject_was",
	"$.id", "$.id_was", "$.of.session", "$.of.session_was", "$.visit",
	"$.visit_was", "$.event", "$.time"};
#define PATHS (sizeof(paths) / sizeof(paths[0]))

static void
check_same(struct reader *r, const struct trie *t, struct slice json,
	struct slice packed)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct slice texts[PATHS] = {0};
	struct arena arena;
	struct reading found;

	arena_init(&arena, 0);
	ck_assert_status(reader_read(r, t, &limits, FORMAT_JSON, json, NULL,
				 &found, NULL),
		LETHE_OK);
	for (uint32_t i = 0; i < PATHS; i++) {
		struct slice text = reading_get(&found, i)->text;

		if (reading_first(&found, i))
			texts[i] = slice_of(arena_strndup(
				&arena, (const char *)text.ptr, text.len));
	}
	ck_assert_status(reader_read(r, t, &limits, FORMAT_MSGPACK, packed,
				 NULL, &found, NULL),
		LETHE_OK);
	for (uint32_t i = 0; i < PATHS; i++) {
		ck_assert_int_eq(
			reading_first(&found, i) != NULL, texts[i].ptr != NULL);
		if (texts[i].ptr)
			ck_assert(slice_equal(
				reading_get(&found, i)->text, texts[i]));
	}
	arena_fini(&arena);
}

START_TEST(both_formats_say_the_same)
{
	struct reader *reader;
	struct arena arena;
	struct seen_records a, b;
	struct trie *t;
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	see_as(&k, LETHE_FORMAT_JSON, &a);
	see_as(&k, LETHE_FORMAT_MSGPACK, &b);
	arena_init(&arena, 0);
	ck_assert_status(reader_new(1, &reader, NULL), LETHE_OK);
	ck_assert_status(trie_new(&t, NULL), LETHE_OK);
	for (uint32_t i = 0; i < PATHS; i++) {
		struct path path;

		ck_assert_status(
			path_parse(&arena, slice_of(paths[i]), &path, NULL),
			LETHE_OK);
		ck_assert_status(trie_add(t, &path, i, NULL), LETHE_OK);
	}
	ck_assert_status(trie_seal(t, PATHS, NULL), LETHE_OK);
	ck_assert_uint_eq(a.count, 5);
	ck_assert_uint_eq(b.count, 5);
	for (size_t i = 0; i < 5; i++)
		check_same(reader, t,
			slice_make(a.values[i], a.records[i].value_len),
			slice_make(b.values[i], b.records[i].value_len));
	trie_free(t);
	reader_free(reader);
	arena_fini(&arena);
	kit_fini(&k);
}
END_TEST

/* ---- laws over generated events */

#define WAS "_was\":\""
#define TOKEN_LETTERS 26

static struct synth *
open_synth(void)
{
	struct synth_options options = {.seed = 42,
		.shoppers = 300,
		.start_ms = KIT_NOW - 3600 * 1000,
		.step_ms = 100,
		.format = FORMAT_JSON};
	struct synth *s;

	ck_assert_status(synth_new(&options, &s, NULL), LETHE_OK);
	return s;
}

/* A kit whose tokens are shown whole. */
static void
open_kit(struct kit *k, int64_t end_ms)
{
	kit_init(k, policy);
	kit_rotate(k, SWITCH, end_ms);
	k->whole = true;
}

static void
copy(char *out, const char *lines)
{
	ck_assert_uint_lt(strlen(lines), LIMIT);
	memcpy(out, lines, strlen(lines) + 1);
}

/*
 * Takes every *_was out of lines, and the lines of rekeys.
 *
 *   old   what it said stands in place of the token before it
 */
static void
without_was(const char *lines, bool old, struct buf *out)
{
	const char *at = lines, *was, *end, *mine;

	buf_reset(out);
	while (*at) {
		const char *line = strchr(at, '\n') + 1;

		if (!strncmp(at + 3, " rekey ", 7)) {
			at = line;
			continue;
		}
		while ((was = strstr(at, WAS)) && was < line) {
			const char *value = was + strlen(WAS);

			end = strchr(value, '"');
			while (*was != ',')
				was--;
			/* "NAME":"TOKEN" stands before the comma. */
			mine = was - 1;
			while (mine[-1] != '"')
				mine--;
			buf_put(out, at, (size_t)(mine - at));
			if (old)
				buf_put(out, value, (size_t)(end - value));
			else
				buf_put(out, mine, (size_t)(was - 1 - mine));
			buf_put_byte(out, '"');
			at = end + 1;
		}
		buf_put(out, at, (size_t)(line - at));
		at = line;
	}
	buf_put_byte(out, 0);
}

START_TEST(what_was_is_what_the_switch_ended)
{
	static char before[LIMIT], in[LIMIT], after[LIMIT];
	struct synth *s = open_synth();
	struct buf plain = {0};
	size_t both = 0;
	struct kit k;

	open_kit(&k, END);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		k.input.now_ms = SWITCH - 1;
		copy(before, kit_run(&k, e.value.ptr, e.value.len));
		k.input.now_ms = IN_IT;
		copy(in, kit_run(&k, e.value.ptr, e.value.len));
		k.input.now_ms = END;
		copy(after, kit_run(&k, e.value.ptr, e.value.len));
		both += strstr(in, "subject" WAS) != NULL;
		without_was(in, true, &plain);
		ck_assert_str_eq((const char *)plain.ptr, before);
		without_was(in, false, &plain);
		ck_assert_str_eq((const char *)plain.ptr, after);
		ck_assert_ptr_null(strstr(before, WAS));
		ck_assert_ptr_null(strstr(after, WAS));
		ck_assert_ptr_null(strstr(after, " rekey "));
	}
	ck_assert_uint_gt(both, EVENTS / 4);
	buf_fini(&plain);
	kit_fini(&k);
	synth_free(s);
}
END_TEST

/* The letters of tokens, without what says which epoch they are of. */
struct letters {
	char text[EVENTS * 16][TOKEN_LETTERS];
	size_t count;
};

static void
collect(const char *lines, struct letters *out)
{
	size_t len = strlen(lines);

	for (size_t i = 0; i < len; i++)
		if (lines[i] == '_' &&
			kit_is_token(
				(const uint8_t *)lines + i + 1, len - i - 1)) {
			ck_assert_uint_lt(out->count, EVENTS * 16);
			memcpy(out->text[out->count++], lines + i + 1,
				TOKEN_LETTERS);
		}
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, TOKEN_LETTERS);
}

START_TEST(without_an_overlap_no_token_leads_across)
{
	static struct letters before, after;
	struct synth *s = open_synth();
	struct kit k;

	open_kit(&k, SWITCH);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;
		const char *lines;

		synth_next(s, INT64_MIN, &e);
		k.input.now_ms = SWITCH - 1;
		collect(kit_run(&k, e.value.ptr, e.value.len), &before);
		k.input.now_ms = SWITCH;
		lines = kit_run(&k, e.value.ptr, e.value.len);
		collect(lines, &after);
		ck_assert_ptr_null(strstr(lines, WAS));
		ck_assert_ptr_null(strstr(lines, " rekey "));
		ck_assert_ptr_null(strstr(lines, "u1_"));
		ck_assert_ptr_null(strstr(lines, "d2_"));
	}
	ck_assert_uint_eq(before.count, after.count);
	ck_assert_uint_gt(before.count, EVENTS);
	qsort(before.text, before.count, TOKEN_LETTERS, compare);
	for (size_t i = 0; i < after.count; i++)
		ck_assert_ptr_null(bsearch(after.text[i], before.text,
			before.count, TOKEN_LETTERS, compare));
	kit_fini(&k);
	synth_free(s);
}
END_TEST

/* The key of each record of a run, and whether it is in front of its events. */
struct order {
	char known[EVENTS * 4][80]; /* purpose and old key of each rekey */
	size_t count, again, events;
};

static enum lethe_status
watch(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct order *o = ctx;
	const char *was, *end;
	char name[80];
	size_t i;

	(void)err;
	if (!r->key)
		return LETHE_OK;
	was = memmem(r->value, r->value_len, "subject" WAS, 14);
	ck_assert_ptr_nonnull(was);
	was += 14;
	end = strchr(was, '"');
	snprintf(name, sizeof(name), "%zu %.*s", r->purpose, (int)(end - was),
		was);
	for (i = 0; i < o->count && strcmp(o->known[i], name) != 0; i++)
		;
	if (r->kind == LETHE_RECORD_REKEY) {
		ck_assert_uint_eq(r->key_len, (size_t)(end - was));
		ck_assert_mem_eq(r->key, was, r->key_len);
		/* Two persons may meet in one place of the memory. */
		if (i < o->count)
			o->again++;
		else
			memcpy(o->known[o->count++], name, sizeof(name));
		return LETHE_OK;
	}
	ck_assert_uint_lt(i, o->count);
	o->events++;
	return LETHE_OK;
}

START_TEST(nobody_is_seen_before_being_told_of)
{
	static struct order order;
	struct lethe_sink sink = {
		.size = sizeof(sink), .ctx = &order, .record = watch};
	struct synth *s = open_synth();
	struct kit k;

	open_kit(&k, END);
	k.input.now_ms = IN_IT;
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		k.input.value = e.value.ptr;
		k.input.len = e.value.len;
		ck_assert_status(lethe_process(k.view, k.scratch, &k.input,
					 &sink, &k.err),
			LETHE_OK);
	}
	ck_assert_uint_gt(order.events, EVENTS);
	ck_assert_uint_gt(order.count, 300);
	ck_assert_uint_lt(order.again, 50);
	kit_fini(&k);
	synth_free(s);
}
END_TEST

/* ---- lifetimes */

static void
visit_of(struct kit *k, const char *event, const char *name, char out[64])
{
	const char *at = strstr(run_at(k, KIT_NOW, event), name);

	ck_assert_ptr_nonnull(at);
	at += strlen(name);
	snprintf(out, 64, "%.*s", (int)strcspn(at, "\""), at);
}

START_TEST(a_lifetime_gives_another_token_each_day)
{
	static const char *const days[] = {EVENT("", "03"), EVENT("", "04"),
		EVENT("", "02"), EVENT("", "04")};
	char visits[4][64], sessions[4][64];
	struct kit k;

	kit_init(&k, policy);
	k.whole = true;
	for (int i = 0; i < 4; i++) {
		visit_of(&k, days[i], "\"visit\":\"", visits[i]);
		visit_of(&k, days[i], "\"session\":\"", sessions[i]);
		ck_assert_str_eq(sessions[i], sessions[0]);
	}
	ck_assert_str_eq(visits[1], visits[3]);
	ck_assert_str_ne(visits[0], visits[1]);
	ck_assert_str_ne(visits[0], visits[2]);
	ck_assert_str_ne(visits[1], visits[2]);
	/* By the time of the event, not by that of processing. */
	run_at(&k, KIT_NOW + 5 * DAY, days[1]);
	ck_assert_ptr_nonnull(strstr((const char *)k.lines.ptr, visits[1]));
	kit_fini(&k);
}
END_TEST

/* ---- what explain tells */

START_TEST(explain_tells_both_epochs)
{
	static const struct {
		int64_t now_ms;
		uint32_t epoch, was;
	} rows[] = {{SWITCH - 1, 1, 0}, {IN_IT, 3, 1}, {END, 3, 0}};
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	k.input.value = JANE;
	k.input.len = strlen(JANE);
	for (size_t i = 0; i < 3; i++) {
		k.input.now_ms = rows[i].now_ms;
		ck_assert_status(
			explain(k.view, k.scratch, &k.input, &e, &k.err),
			LETHE_OK);
		ck_assert_uint_eq(e.purposes[0].epoch, rows[i].epoch);
		ck_assert_uint_eq(e.purposes[0].epoch_was, rows[i].was);
		ck_assert_int_eq(
			e.purposes[0].was_until_ms, rows[i].was ? END : 0);
		ck_assert_int_eq(e.purposes[0].rekey, rows[i].was != 0);
		ck_assert_uint_eq(e.purposes[2].epoch, 0);
		explanation_fini(&e);
	}
	kit_fini(&k);
}
END_TEST

START_TEST(explain_shows_both_epochs)
{
	struct explain_style style = {.file = "p.yaml"};
	struct explanation e;
	struct buf text = {0};
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	style.policy = k.policy;
	k.input.now_ms = IN_IT;
	k.input.value = JANE;
	k.input.len = strlen(JANE);
	ck_assert_status(
		explain(k.view, k.scratch, &k.input, &e, &k.err), LETHE_OK);
	explain_print(&e, &style, &text);
	/* Wherever lines end. */
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\n')
			text.ptr[i] = ' ';
	buf_put_byte(&text, 0);
	ck_assert_ptr_nonnull(strstr((char *)text.ptr,
		"rec: a record to out.rec; tokens of epoch 3, and of epoch 1 "
		"as *_was until 2026-06-04T10:20:00Z; before a person's first "
		"record, one of kind rekey "));
	ck_assert_ptr_nonnull(
		strstr((char *)text.ptr, "cnt: a record to out.cnt "));
	ck_assert_ptr_null(strstr((char *)text.ptr, "out.cnt;"));
	buf_reset(&text);
	explain_print_json(&e, &style, &text);
	buf_put_byte(&text, 0);
	ck_assert_ptr_nonnull(strstr((char *)text.ptr,
		"\"epoch\":3,\"epoch_was\":1,\"rekey\":true,"));
	buf_fini(&text);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

SUITE("overlap", TEST(sends_both_tokens_while_they_overlap),
	TEST(sends_one_without_an_overlap),
	TEST(leaves_out_what_other_rules_made),
	TEST(rotates_one_purpose_by_itself),
	TEST(tells_of_a_person_until_it_holds),
	TEST(tells_again_what_was_refused),
	TEST(remembers_as_many_as_there_is_room_for),
	TEST(a_rekey_goes_before_its_event_by_the_old_key),
	TEST(both_formats_say_the_same),
	TEST(what_was_is_what_the_switch_ended),
	TEST(without_an_overlap_no_token_leads_across),
	TEST(nobody_is_seen_before_being_told_of),
	TEST(a_lifetime_gives_another_token_each_day),
	TEST(explain_tells_both_epochs), TEST(explain_shows_both_epochs))
