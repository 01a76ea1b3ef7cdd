#include "suite.h"

#include "crypto/secret.h"
#include "engine/quarantine.h"

#include <string.h>

struct kit {
	struct secret_key *oncall, *stranger;
	struct sealer *sealer;
	struct buf record, out;
	struct quarantine_place where;
	struct lethe_input input;
	struct lethe_error why;
};

static const struct lethe_policy policy = {
	.label = "12-00112233445566778899aabbccddeeff"};
static const struct lethe_header headers[] = {
	{"trace", "\x00\xff", 2}, {"\xff", NULL, 0}};

static void
kit_init(struct kit *k)
{
	struct public_key public, unused;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(keypair_generate(&k->oncall, &public, NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->stranger, &unused, NULL), LETHE_OK);
	ck_assert_status(sealer_new(&public, 1, &k->sealer, NULL), LETHE_OK);
	ck_assert_status(sealer_turn(k->sealer, NULL), LETHE_OK);
	buf_init(&k->record, 0);
	buf_init(&k->out, 0);
	k->where = (struct quarantine_place){
		.topic = "events.raw", .partition = 3, .position = 991};
	k->input = (struct lethe_input){.size = sizeof(k->input),
		.value = "{\"a\":canary}",
		.len = 12,
		.now_ms = 1777890001000,
		.broker_ms = 1777890000123,
		.key = "jane",
		.key_len = 4,
		.headers = headers,
		.header_count = 2};
	k->why = (struct lethe_error){
		.status = LETHE_POISON_SYNTAX, .offset = 5, .what = "x"};
}

static void
kit_fini(struct kit *k)
{
	sealer_free(k->sealer);
	secret_key_free(k->oncall);
	secret_key_free(k->stranger);
	buf_fini(&k->record);
	buf_fini(&k->out);
}

static void
put(struct kit *k, bool sealed, bool stub)
{
	buf_reset(&k->record);
	ck_assert_status(
		quarantine_write(&policy, sealed ? k->sealer : NULL, &k->where,
			&k->input, &k->why, stub, &k->record, NULL),
		LETHE_OK);
}

static const char clear_text[] =
	"{\"v\":1,\"reason\":\"json_syntax\",\"offset\":5,\"policy\":"
	"\"12-00112233445566778899aabbccddeeff\",\"at\":1777890001000,"
	"\"topic\":\"events.raw\",\"partition\":3,\"position\":991,"
	"\"bytes\":12,\"payload\":\"sealed\"";

START_TEST(gives_the_message_back_whole)
{
	struct quarantine_clear clear;
	struct kit k;

	kit_init(&k);
	put(&k, true, false);
	ck_assert_uint_gt(k.record.len, strlen(clear_text));
	ck_assert_mem_eq(k.record.ptr, clear_text, strlen(clear_text));
	ck_assert_ptr_null(memmem(k.record.ptr, k.record.len, "canary", 6));
	ck_assert_ptr_null(memmem(k.record.ptr, k.record.len, "jane", 4));
	ck_assert_status(
		quarantine_read(buf_slice(&k.record), &clear, NULL), LETHE_OK);
	ck_assert_str_eq(clear.reason, "json_syntax");
	ck_assert_str_eq(clear.policy, policy.label);
	ck_assert_str_eq(clear.topic, "events.raw");
	ck_assert_uint_eq(clear.offset, 5);
	ck_assert_int_eq(clear.at_ms, 1777890001000);
	ck_assert_int_eq(clear.partition, 3);
	ck_assert_int_eq(clear.position, 991);
	ck_assert_uint_eq(clear.bytes, 12);
	ck_assert(clear.sealed);
	ck_assert_status(
		quarantine_open(buf_slice(&k.record), k.oncall, &k.out, NULL),
		LETHE_OK);
	buf_put_byte(&k.out, 0);
	ck_assert_str_eq((const char *)k.out.ptr,
		"{\"key\":\"amFuZQ==\",\"headers\":[{\"name\":\"trace\","
		"\"value\":\"AP8=\"},{\"name_base64\":\"/w==\",\"value\":null}]"
		",\"timestamp\":1777890000123,\"value\":\"eyJhIjpjYW5hcnl9\"}");
	kit_fini(&k);
}
END_TEST

START_TEST(tells_nothing_from_an_empty_one)
{
	struct kit k;

	kit_init(&k);
	k.input = (struct lethe_input){.size = sizeof(k.input),
		.value = "",
		.broker_ms = LETHE_TIME_NONE};
	put(&k, true, false);
	ck_assert_status(
		quarantine_open(buf_slice(&k.record), k.oncall, &k.out, NULL),
		LETHE_OK);
	ck_assert(slice_is(buf_slice(&k.out),
		"{\"key\":null,\"headers\":[],\"timestamp\":null,\"value\":"
		"\"\"}"));
	kit_fini(&k);
}
END_TEST

START_TEST(leaves_the_payload_where_it_is)
{
	struct quarantine_clear clear;
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	for (int stub = 0; stub < 2; stub++) {
		put(&k, stub, stub);
		ck_assert_status(
			quarantine_read(buf_slice(&k.record), &clear, NULL),
			LETHE_OK);
		ck_assert(!clear.sealed);
		ck_assert_ptr_nonnull(memmem(k.record.ptr, k.record.len,
			stub ? "\"payload\":\"stub\"}"
			     : "\"payload\":\"reference\"}",
			stub ? 17 : 22));
		ck_assert_status(quarantine_open(buf_slice(&k.record), k.oncall,
					 &k.out, &err),
			LETHE_ENOENTRY);
	}
	kit_fini(&k);
}
END_TEST

START_TEST(names_a_line_of_a_file)
{
	struct quarantine_clear clear;
	struct kit k;

	kit_init(&k);
	k.where = (struct quarantine_place){.partition = 7, .position = 42};
	put(&k, true, false);
	ck_assert_status(
		quarantine_read(buf_slice(&k.record), &clear, NULL), LETHE_OK);
	ck_assert_str_eq(clear.topic, "");
	ck_assert_int_eq(clear.partition, -1);
	ck_assert_int_eq(clear.position, 42);
	kit_fini(&k);
}
END_TEST

START_TEST(opens_for_its_recipient_alone)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	put(&k, true, false);
	ck_assert_status(
		quarantine_open(buf_slice(&k.record), k.stranger, &k.out, &err),
		LETHE_EKEY);
	ck_assert_str_eq(
		err.what, "the record is not sealed to this secret key");
	ck_assert_uint_eq(k.out.len, 0);
	kit_fini(&k);
}
END_TEST

START_TEST(opens_nothing_that_was_changed)
{
	const char *key;
	struct kit k;
	size_t ignored, opened = 0;

	kit_init(&k);
	put(&k, true, false);
	/* Bit 255 of an X25519 public key says nothing (RFC 7748): the digit
	   of the sealed key that holds it. */
	key = memmem(k.record.ptr, k.record.len, "\"key\":\"", 7);
	ck_assert_ptr_nonnull(key);
	ignored = (size_t)((const uint8_t *)key + 7 - k.record.ptr) + 41;
	for (size_t i = 0; i < 8 * k.record.len; i++) {
		if (i / 8 == ignored)
			continue;
		k.record.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
		if (quarantine_open(buf_slice(&k.record), k.oncall, &k.out,
			    NULL) == LETHE_OK)
			opened++;
		k.record.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_uint_eq(opened, 0);
	ck_assert_uint_eq(k.out.len, 0);
	for (size_t len = 0; len < k.record.len; len++)
		ck_assert_status(quarantine_open(slice_make(k.record.ptr, len),
					 k.oncall, &k.out, NULL),
			LETHE_EUSAGE);
	kit_fini(&k);
}
END_TEST

static const struct {
	const char *from, *to;
	enum lethe_status status;
} changes[] = {
	{"\"v\":1", "\"v\":2", LETHE_EUNSUPPORTED},
	{"\"v\":1,", "", LETHE_EUSAGE},
	{"json_syntax", "json\\u001b[2J", LETHE_EUSAGE},
	{"events.raw", "a\\nb", LETHE_EUSAGE},
	{"12-0011", "12-<script>", LETHE_EUSAGE},
	{"\"offset\":5", "\"offset\":-5", LETHE_EUSAGE},
	{"\"partition\":3", "\"partition\":4294967296", LETHE_EUSAGE},
	{"\"bytes\":12", "\"bytes\":\"12\"", LETHE_EUSAGE},
	{"\"payload\":\"sealed\"", "\"payload\":\"other\"", LETHE_EUSAGE},
	{"\"payload\":\"sealed\"", "\"payload\":\"stub\"", LETHE_EUSAGE},
	{"\"sealed\":", "\"sealed2\":", LETHE_EUSAGE},
	{"{\"v\"", "[{\"v\"", LETHE_EUSAGE},
};

START_TEST(refuses_a_clear_part_of_another_form)
{
	struct quarantine_clear clear, none = {0};
	struct buf other;
	const char *at;
	struct kit k;

	kit_init(&k);
	put(&k, true, false);
	at = memmem(k.record.ptr, k.record.len, changes[_i].from,
		strlen(changes[_i].from));
	ck_assert_ptr_nonnull(at);
	buf_init(&other, 0);
	buf_put(&other, k.record.ptr,
		(size_t)((const uint8_t *)at - k.record.ptr));
	buf_put_text(&other, changes[_i].to);
	at += strlen(changes[_i].from);
	buf_put(&other, at,
		(size_t)(k.record.ptr + k.record.len - (const uint8_t *)at));
	ck_assert_status(quarantine_read(buf_slice(&other), &clear, NULL),
		changes[_i].status);
	ck_assert_mem_eq(&clear, &none, sizeof(none));
	buf_fini(&other);
	kit_fini(&k);
}
END_TEST

START_TEST(counts_replays_from_the_first_time)
{
	struct quarantine_clear clear;
	struct kit k;

	kit_init(&k);
	k.where.group = "lethe-analytics";
	k.where.replays = 2;
	k.where.since_ms = 1777000000000;
	put(&k, true, false);
	ck_assert_status(
		quarantine_read(buf_slice(&k.record), &clear, NULL), LETHE_OK);
	ck_assert_str_eq(clear.group, "lethe-analytics");
	ck_assert_uint_eq(clear.replays, 2);
	ck_assert_int_eq(clear.at_ms, 1777000000000);
	ck_assert(quarantine_is_for(buf_slice(&k.record), k.oncall));
	ck_assert(!quarantine_is_for(buf_slice(&k.record), k.stranger));
	kit_fini(&k);
}
END_TEST

static void
check_event(const struct quarantine_event *e)
{
	ck_assert(slice_is(slice_make(e->key, e->key_len), "jane"));
	ck_assert(slice_is(slice_make(e->value, e->len), "{\"a\":canary}"));
	ck_assert_int_eq(e->time_ms, 1777890000123);
	ck_assert_uint_eq(e->header_count, 2);
	ck_assert_str_eq(e->headers[0].name, "trace");
	ck_assert(
		slice_equal(slice_make(e->headers[0].value, e->headers[0].len),
			slice_make("\x00\xff", 2)));
	ck_assert_str_eq(e->headers[1].name, "\xff");
	ck_assert_ptr_null(e->headers[1].value);
}

START_TEST(takes_the_message_out_as_it_was)
{
	struct quarantine_event e;
	struct kit k;

	kit_init(&k);
	quarantine_event_init(&e);
	put(&k, true, false);
	ck_assert_status(
		quarantine_open(buf_slice(&k.record), k.oncall, &k.out, NULL),
		LETHE_OK);
	/* Again and again: nothing of the one before is left. */
	for (int i = 0; i < 3; i++) {
		ck_assert_status(quarantine_event_read(
					 buf_slice(&k.out), NULL, &e, NULL),
			LETHE_OK);
		check_event(&e);
	}
	ck_assert_status(
		quarantine_event_read(
			slice_of("{\"key\":null,\"headers\":[],\"timestamp\":"
				 "null,\"value\":null}"),
			NULL, &e, NULL),
		LETHE_OK);
	ck_assert_ptr_null(e.key);
	ck_assert_ptr_null(e.value);
	ck_assert_int_eq(e.time_ms, LETHE_TIME_NONE);
	ck_assert_uint_eq(e.header_count, 0);
	quarantine_event_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(takes_out_however_many_headers_there_were)
{
	struct lethe_header many[300];
	struct quarantine_event e;
	struct kit k;

	kit_init(&k);
	quarantine_event_init(&e);
	for (int i = 0; i < 299; i++)
		many[i] = headers[0];
	many[299] = headers[1];
	k.input.headers = many;
	k.input.header_count = 300;
	put(&k, true, false);
	ck_assert_status(
		quarantine_open(buf_slice(&k.record), k.oncall, &k.out, NULL),
		LETHE_OK);
	ck_assert_status(
		quarantine_event_read(buf_slice(&k.out), NULL, &e, NULL),
		LETHE_OK);
	ck_assert_uint_eq(e.header_count, 300);
	ck_assert_str_eq(e.headers[299].name, headers[1].name);
	quarantine_event_fini(&e);
	kit_fini(&k);
}
END_TEST

#define CLEAR \
	"\"reason\":\"too_deep\",\"offset\":5,\"policy\":\"1-00\",\"at\":7," \
	"\"topic\":\"raw\",\"partition\":1,\"position\":9,\"bytes\":12"

static const struct {
	const char *line;
	enum lethe_status status;
} lines[] = {
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30=\"}", LETHE_OK},
	{"{" CLEAR ",\"sealed\":true,\"group\":null,\"replays\":3,"
	 "\"key\":null,\"headers\":null,\"timestamp\":null,\"value\":null}",
		LETHE_OK},
	{"{\"timestamp\":1,\"value\":\"e30=\"}", LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1}", LETHE_EUSAGE},
	{"{" CLEAR ",\"value\":\"e30=\"}", LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30\"}", LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":{}}", LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30=\",\"key\":7}",
		LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30=\",\"headers\":{}}",
		LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30=\",\"headers\":"
	 "[{\"value\":null}]}",
		LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30=\",\"headers\":"
	 "[{\"name\":\"a\\u0000b\",\"value\":null}]}",
		LETHE_EUSAGE},
	{"{" CLEAR ",\"timestamp\":1,\"value\":\"e30=\"", LETHE_EUSAGE},
	{"no line", LETHE_EUSAGE},
	{"", LETHE_EUSAGE},
};

START_TEST(takes_a_line_that_a_person_mended)
{
	struct quarantine_clear clear;
	struct quarantine_event e;

	quarantine_event_init(&e);
	ck_assert_status(quarantine_event_read(
				 slice_of(lines[_i].line), &clear, &e, NULL),
		lines[_i].status);
	if (!lines[_i].status) {
		ck_assert_str_eq(clear.topic, "raw");
		ck_assert_int_eq(clear.position, 9);
		ck_assert_uint_eq(clear.replays, e.value ? 0 : 3);
	}
	quarantine_event_fini(&e);
}
END_TEST

START_TEST(marks_an_event_by_its_coordinates)
{
	struct quarantine_clear clear = {
		.topic = "events.raw", .partition = 3, .position = 991};
	uint8_t id[DIGEST_BYTES], read[DIGEST_BYTES];
	char group[256];
	struct buf mark;

	buf_init(&mark, 0);
	ck_assert_status(
		quarantine_mark_write(&clear, "lethe", 1777, &mark, NULL),
		LETHE_OK);
	ck_assert(quarantine_is_mark(buf_slice(&mark)));
	ck_assert_status(
		quarantine_mark_read(buf_slice(&mark), group, read, NULL),
		LETHE_OK);
	quarantine_id(&clear, id);
	ck_assert_str_eq(group, "lethe");
	ck_assert_mem_eq(id, read, sizeof(id));

	/* Its reason may be another one by now; its place is not. */
	clear.replays = 2;
	memcpy(clear.reason, "too_deep", 9);
	quarantine_id(&clear, read);
	ck_assert_mem_eq(id, read, sizeof(id));
	clear.position++;
	quarantine_id(&clear, read);
	ck_assert_mem_ne(id, read, sizeof(id));
	clear.position--;
	clear.at_ms++; /* of a topic made anew */
	quarantine_id(&clear, read);
	ck_assert_mem_ne(id, read, sizeof(id));

	buf_reset(&mark);
	buf_put_text(&mark, "{\"v\":1,\"mark\":\"replayed\",\"group\":\"g\","
			    "\"id\":\"00\"}");
	ck_assert_status(
		quarantine_mark_read(buf_slice(&mark), group, read, NULL),
		LETHE_EUSAGE);
	buf_fini(&mark);
}
END_TEST

SUITE("quarantine", TEST(gives_the_message_back_whole),
	TEST(tells_nothing_from_an_empty_one),
	TEST(leaves_the_payload_where_it_is), TEST(names_a_line_of_a_file),
	TEST(opens_for_its_recipient_alone),
	TEST(opens_nothing_that_was_changed),
	ROWS(refuses_a_clear_part_of_another_form, changes),
	TEST(counts_replays_from_the_first_time),
	TEST(takes_the_message_out_as_it_was),
	TEST(takes_out_however_many_headers_there_were),
	ROWS(takes_a_line_that_a_person_mended, lines),
	TEST(marks_an_event_by_its_coordinates))
