#include "kit.h"

#include "engine/forget.h"

/* Whom a purpose's readers are told to forget, and under which tokens. */

#define DAY INT64_C(86400000)
#define SWITCH (KIT_NOW + DAY)
#define END (SWITCH + 30 * DAY)

#define PURPOSE(name, more) \
	"  " name ":\n" \
	"    says: s\n" \
	"    basis: consent\n" \
	"    consent: { decides: book, asks: { book: yes } }\n" \
	"    topic: out." name "\n" \
	"    recipients: [a]\n" \
	"    retention: 90d\n" more

static const char policy[] =
	"version: 1\n"
	"name: forget\n"
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
	"    book: { format: ledger, topic: consent }\n"
	"purposes:\n" PURPOSE("both",
		"    identity: [user, device]\n"
		"    on_withdrawal: notify\n") PURPOSE("device",
		"    identity: [device]\n"
		"    ignores: { gpc: it is ours }\n"
		"    format: msgpack\n"
		"    on_withdrawal: notify\n") PURPOSE("untold",
		"    identity: [user]\n") "fields:\n"
					  "  - { do: event, as: event, why: w, "
					  "for: [both, device, untold] }\n";

struct told_of {
	struct kit *k;
	struct buf lines;
};

/* The purpose, the epoch of the header, key and value. */
static enum lethe_status
take_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct told_of *t = ctx;

	(void)err;
	ck_assert_int_eq(r->kind, LETHE_RECORD_FORGET);
	ck_assert_int_eq(r->time_ms % DAY, 0);
	ck_assert_int_le(r->time_ms, t->k->input.now_ms);
	buf_printf(&t->lines, "%s %u \"%.*s\" ",
		lethe_policy_purpose_name(t->k->policy, r->purpose), r->epoch,
		(int)r->key_len, r->key);
	if (r->format == LETHE_FORMAT_JSON)
		buf_put(&t->lines, r->value, r->value_len);
	else
		buf_printf(
			&t->lines, "msgpack %02x", *(const uint8_t *)r->value);
	buf_put_text(&t->lines, "\n");
	return LETHE_OK;
}

static const char *
forget_at(struct kit *k, struct told_of *t, int64_t now_ms, uint64_t purposes,
	size_t class, const char *identifier)
{
	const struct lethe_sink sink = {
		.size = sizeof(sink), .ctx = t, .record = take_record};
	const struct forget f = {.purposes = purposes,
		.class = class,
		.identifier = slice_of(identifier),
		.now_ms = now_ms};

	t->k = k;
	k->input.now_ms = now_ms;
	buf_reset(&t->lines);
	ck_assert_status(
		forget_tell(k->view, k->scratch, &f, &sink, &k->err), LETHE_OK);
	buf_reset(&k->lines);
	buf_put_byte(&t->lines, 0);
	kit_put_masked(k, t->lines.ptr, t->lines.len - 1);
	buf_put_byte(&k->lines, 0);
	return (const char *)k->lines.ptr;
}

#define USER 0
#define DEVICE 1
#define ALL UINT64_MAX

START_TEST(each_purpose_is_told_under_its_tokens)
{
	struct told_of t = {0};
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	ck_assert_str_eq(forget_at(&k, &t, SWITCH - 1, ALL, USER, "ann"),
		"both 1 \"u1_*\" {\"subject\":\"u1_*\"}\n");
	ck_assert_str_eq(forget_at(&k, &t, SWITCH - 1, ALL, DEVICE, "x"),
		"both 1 \"d1_*\" {\"subject\":\"d1_*\"}\n"
		"device 2 \"d2_*\" msgpack 81\n");
	ck_assert_str_eq(forget_at(&k, &t, SWITCH - 1, 2, DEVICE, "x"),
		"device 2 \"d2_*\" msgpack 81\n");
	ck_assert_str_eq(forget_at(&k, &t, SWITCH - 1, 2, USER, "x"), "");
	buf_fini(&t.lines);
	kit_fini(&k);
}
END_TEST

START_TEST(in_an_overlap_under_both)
{
	struct told_of t = {0};
	struct kit k;

	kit_init(&k, policy);
	kit_rotate(&k, SWITCH, END);
	ck_assert_str_eq(forget_at(&k, &t, SWITCH, ALL, USER, "ann"),
		"both 4 \"u4_*\" {\"subject\":\"u4_*\"}\n"
		"both 1 \"u1_*\" {\"subject\":\"u1_*\"}\n");
	ck_assert_str_eq(forget_at(&k, &t, END, ALL, USER, "ann"),
		"both 4 \"u4_*\" {\"subject\":\"u4_*\"}\n");
	kit_view(&k, "device", true);
	ck_assert_str_eq(forget_at(&k, &t, SWITCH, ALL, USER, "ann"), "");
	buf_fini(&t.lines);
	kit_fini(&k);
}
END_TEST

/* Whoever was sent under a token is told of under the same. */
START_TEST(the_token_is_that_of_the_records)
{
	const char *lines, *token;
	struct told_of t = {0};
	char sent[40];
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k,
		"{\"key\":\"user:ann\",\"value\":{\"v\":1,\"purposes\":{\"*\":{"
		"\"state\":\"given\",\"at\":\"2026-05-01T09:00:00Z\"}}}}\n");
	k.whole = k.records = true;
	lines = kit_text(&k,
		"{\"event\":\"seen\",\"at\":\"2026-05-04T10:15:07Z\","
		"\"user\":\" ann \"}");
	token = strstr(lines, "u1_");
	ck_assert_ptr_nonnull(token);
	snprintf(sent, sizeof(sent), "%.29s", token);
	ck_assert_ptr_nonnull(
		strstr(forget_at(&k, &t, KIT_NOW, ALL, USER, "ann"), sent));
	buf_fini(&t.lines);
	kit_fini(&k);
}
END_TEST

START_TEST(who_hears_what)
{
	struct kit k;

	kit_init(&k, policy);
	ck_assert_uint_eq(forget_hear(k.policy, 0), 1 | 4); /* gpc */
	ck_assert_uint_eq(forget_hear(k.policy, 1), 1 | 2 | 4);
	ck_assert(forget_is_asked(k.view, 1, USER));
	ck_assert(!forget_is_asked(k.view, 2, USER));
	ck_assert(!forget_is_asked(k.view, 4, USER));
	ck_assert(forget_is_asked(k.view, 2, DEVICE));
	kit_fini(&k);
}
END_TEST

SUITE("forget", TEST(each_purpose_is_told_under_its_tokens),
	TEST(in_an_overlap_under_both), TEST(the_token_is_that_of_the_records),
	TEST(who_hears_what))
