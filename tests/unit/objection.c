#include "kit.h"

#include "cli/explain/explain_print.h"
#include "engine/explain.h"
#include "engine/recall.h"
#include "kafka/job.h"

/* Objections that are remembered. */

static const char policy[] =
	"version: 1\n"
	"name: objection\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    event_time: { path: $.at, format: rfc3339, max_age: 7d }\n"
	"    events:\n"
	"      seen: { $.event: seen }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user] }\n"
	"  device: { prefix: d, from: [$.device] }\n"
	"consent:\n"
	"  sources:\n"
	"    gpc: { format: gpc, path: $.gpc, remember: true }\n"
	"    us: { format: gpp, path: $.gpp, sid: $.sid,\n"
	"      act_as: publisher, remember: true }\n"
	"    book: { format: ledger, topic: consent, max_staleness: 500ms }\n"
	"purposes:\n"
	"  hears:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: L-1\n"
	"    topic: out.hears\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"  asks:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: L-1\n"
	"    consent: { asks: { us: [2] } }\n"
	"    ignores: { gpc: it is ours }\n"
	"    topic: out.asks\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"  ignores:\n"
	"    says: s\n"
	"    basis: contract\n"
	"    ticket: T-1\n"
	"    on: [seen]\n"
	"    topic: out.ignores\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields:\n"
	"  - { do: event, as: event, why: w, for: [hears, asks, ignores] }\n";

/* What a sink was told: records of the consent topic as lines, and which
 * purposes had a record. */
struct told_of {
	struct buf consent;
	struct buf log;
	size_t count;
	uint64_t sent;
};

static enum lethe_status
take_objection(
	void *ctx, const struct lethe_objection *o, struct lethe_error *err)
{
	struct told_of *t = ctx;

	(void)err;
	buf_printf(&t->consent, "{\"key\":\"%.*s\",\"value\":%.*s}\n",
		(int)o->key_len, o->key, (int)o->value_len,
		(const char *)o->value);
	buf_printf(&t->log, "%.*s\n", (int)o->log_len, (const char *)o->log);
	t->count++;
	return LETHE_OK;
}

static enum lethe_status
take_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct told_of *t = ctx;

	(void)err;
	t->sent |= UINT64_C(1) << r->purpose;
	return LETHE_OK;
}

static void
process(struct kit *k, struct told_of *t, const char *event)
{
	const struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = t,
		.record = take_record,
		.objection = take_objection};

	k->input.value = event;
	k->input.len = strlen(event);
	t->sent = 0;
	ck_assert_status(
		lethe_process(k->view, k->scratch, &k->input, &sink, &k->err),
		LETHE_OK);
}

static void
told_init(struct told_of *t)
{
	*t = (struct told_of){0};
	buf_init(&t->consent, 0);
	buf_init(&t->log, 0);
}

static void
told_fini(struct told_of *t)
{
	buf_fini(&t->consent);
	buf_fini(&t->log);
}

static const char *
text_of(struct buf *b)
{
	buf_put_byte(b, 0);
	b->len--;
	return (const char *)b->ptr;
}

/* The scratch of another process. */
static void
another_scratch(struct kit *k)
{
	lethe_scratch_free(k->scratch);
	ck_assert_status(lethe_scratch_new(2, &k->scratch, &k->err), LETHE_OK);
}

#define HEARS 1
#define ASKS 2
#define IGNORES 4
#define ALL (HEARS | ASKS | IGNORES)
#define AT "\"event\":\"seen\",\"at\":\"2026-05-04T10:15:07Z\""
#define ROW(key, state) \
	"{\"key\":\"lethe:objection:" key "\",\"value\":{\"v\":1," \
	"\"purposes\":{\"*\":{\"state\":\"" state \
	"\",\"at\":\"2026-05-01T09:00:00Z\"}}}}\n"
#define NOBODY_YET "{\"key\":\"user:x\",\"value\":null}\n"

START_TEST(an_objection_is_written_for_each_class)
{
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"device\":\"b\",\"gpc\":1}");
	ck_assert_uint_eq(t.sent, ASKS | IGNORES);
	ck_assert_str_eq(text_of(&t.consent),
		"{\"key\":\"lethe:objection:gpc:user:a\",\"value\":{\"v\":1,"
		"\"purposes\":{\"*\":{\"state\":\"refused\","
		"\"at\":\"2026-05-04T10:15:07Z\"}},\"source\":\"gpc\"}}\n"
		"{\"key\":\"lethe:objection:gpc:device:b\",\"value\":{\"v\":1,"
		"\"purposes\":{\"*\":{\"state\":\"refused\","
		"\"at\":\"2026-05-04T10:15:07Z\"}},\"source\":\"gpc\"}}\n");
	ck_assert_ptr_nonnull(strstr(text_of(&t.log),
		"{\"v\":1,\"at\":\"2026-05-04T10:20:00.000Z\",\"by\":\"gpc\","
		"\"purpose\":\"*\",\"was\":null,\"is\":{\"state\":\"refused\","
		"\"at\":\"2026-05-04T10:15:07Z\"}}\n"));
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

/* The ledger's classes are those that it is asked about and written for. */
START_TEST(a_class_that_is_none_of_the_ledgers_has_no_objection)
{
	static const char all[] = "max_staleness: 500ms }";
	const char *at = strstr(policy, all);
	static const char both[] = "[user, device]", one[] = "[user]        ";
	struct told_of t;
	struct buf text;
	struct kit k;
	char *of;

	ck_assert_ptr_nonnull(at);
	buf_init(&text, 0);
	buf_printf(&text, "%.*sclasses: [user], %s", (int)(at - policy), policy,
		at);
	(void)text_of(&text);
	while ((of = strstr((char *)text.ptr, both)))
		memcpy(of, one, sizeof(one) - 1);
	kit_init(&k, (const char *)text.ptr);
	kit_consent(&k, ROW("gpc:device:b", "refused"));
	told_init(&t);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"device\":\"b\"}");
	ck_assert_uint_eq(t.sent, ALL);
	/* Nor is one that cannot be read a reason to fear it. */
	process(&k, &t, "{" AT ",\"user\":\"a\",\"device\":{}}");
	ck_assert_uint_eq(t.sent, ALL);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"device\":\"b\",\"gpc\":1}");
	ck_assert_uint_eq(t.count, 1);
	ck_assert_ptr_nonnull(
		strstr(text_of(&t.consent), "\"lethe:objection:gpc:user:a\""));
	told_fini(&t);
	buf_fini(&text);
	kit_fini(&k);
}
END_TEST

/* An opt-out of the string is for those who ask it. */
START_TEST(an_opt_out_is_remembered_of_who_asks)
{
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"gpp\":\"DBABTA~1YNN\"}");
	ck_assert_uint_eq(t.count, 0);
	ck_assert_uint_eq(t.sent, ALL);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"gpp\":\"DBABTA~1YYN\"}");
	ck_assert_uint_eq(t.count, 1);
	ck_assert_uint_eq(t.sent, HEARS | IGNORES);
	process(&k, &t, "{" AT ",\"user\":\"a\"}");
	ck_assert_uint_eq(t.sent, HEARS | IGNORES);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"gpp\":\"DBABTA~1YNN\"}");
	ck_assert_uint_eq(t.sent, HEARS | IGNORES);
	ck_assert_uint_eq(t.count, 1);
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

/* The section that cannot be used stops the event; the other one is heard. */
START_TEST(an_opt_out_beside_what_cannot_be_used_is_remembered)
{
	static const char old[] =
		"{" AT ",\"user\":\"a\",\"gpp\":\"DBACNYA~"
		"CP0j9IAP0j9IAEsACBENCWDgAI2AAAAAAAYgAAAAAAAA.IAVAAAAAAAQ~"
		"1Y%sN\"}";
	char event[256];
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	snprintf(event, sizeof(event), old, "N");
	process(&k, &t, event);
	ck_assert_uint_eq(t.count, 0);
	ck_assert_uint_eq(t.sent, HEARS | IGNORES);
	snprintf(event, sizeof(event), old, "Y");
	process(&k, &t, event);
	ck_assert_uint_eq(t.count, 1);
	process(&k, &t,
		"{" AT ",\"user\":\"b\",\"gpp\":\"DBABTA~1YYN\","
		"\"sid\":\"?\"}");
	ck_assert_uint_eq(t.count, 2);
	process(&k, &t, "{" AT ",\"user\":\"a\"}");
	ck_assert_uint_eq(t.sent, HEARS | IGNORES);
	process(&k, &t, "{" AT ",\"user\":\"b\"}");
	ck_assert_uint_eq(t.sent, HEARS | IGNORES);
	/* What another event's string said is not heard of this one. */
	process(&k, &t, "{" AT ",\"user\":\"c\"}");
	ck_assert_uint_eq(t.count, 2);
	process(&k, &t,
		"{" AT ",\"user\":\"d\",\"gpp\":"
		"\"DBABLA~CVVVkkkkkpFY.YA\"}");
	ck_assert_uint_eq(t.count, 3);
	process(&k, &t, "{" AT ",\"user\":\"c\",\"gpp\":7}");
	ck_assert_uint_eq(t.count, 3);
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

/* A device whose clock is wrong, or that tells no time, has objected. */
START_TEST(an_event_of_no_time_is_heard)
{
	static const struct {
		const char *at, *said;
	} cases[] = {
		{"\"2026-05-09T10:15:07Z\"", "2026-05-04T10:20:00Z"},
		{"\"1970-01-01T00:00:09Z\"", "1970-01-01T00:00:09Z"},
		{"\"yesterday\"", "2026-05-04T10:20:00Z"},
		{"null", "2026-05-04T10:20:00Z"},
	};
	char event[128], key[128];
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(event, sizeof(event),
			"{\"event\":\"seen\",\"at\":%s,\"user\":\"u%zu\","
			"\"gpc\":1}",
			cases[i].at, i);
		buf_reset(&t.consent);
		process(&k, &t, event);
		ck_assert_uint_eq(t.sent, 0);
		ck_assert_uint_eq(t.count, i + 1);
		snprintf(key, sizeof(key), ":user:u%zu\"", i);
		ck_assert_ptr_nonnull(strstr(text_of(&t.consent), key));
		ck_assert_ptr_nonnull(
			strstr(text_of(&t.consent), cases[i].said));
		snprintf(event, sizeof(event), "{" AT ",\"user\":\"u%zu\"}", i);
		process(&k, &t, event);
		ck_assert_uint_eq(t.sent, ASKS | IGNORES);
	}
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

#define PEOPLE 5
#define STEPS 3000

static const uint64_t seeds[] = {1, 2, 3, 4, 5, 6, 7, 8};

/*
 * A transaction ends.  What is committed the ledger shows from then on, at
 * times to another process; what is aborted was never said.
 */
static void
settle(struct kit *k, struct told_of *t, struct buf *ledger, bool committed,
	bool elsewhere)
{
	if (committed && t->consent.len) {
		buf_put(ledger, t->consent.ptr, t->consent.len);
		kit_consent(k, text_of(ledger));
		if (elsewhere)
			another_scratch(k);
	}
	buf_reset(&t->consent);
}

/*
 * The law: from an objection on nothing leaves of that person, or of that
 * device, for a purpose that hears the source, whatever later events say,
 * through aborts, and with the ledger alone; others lose nothing.
 */
START_TEST(silence_holds)
{
	bool user[PEOPLE] = {0}, device[PEOPLE] = {0};
	bool pending_user[PEOPLE] = {0}, pending_device[PEOPLE] = {0};
	uint64_t random = seeds[_i];
	struct buf ledger;
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	buf_init(&ledger, 0);
	for (int step = 0; step < STEPS; step++) {
		uint64_t r = random = random * 6364136223846793005u + 1442695u;
		int u = (int)(r >> 33) % (PEOPLE + 1);
		int d = (int)(r >> 43) % (PEOPLE + 1);
		bool objects = (r >> 53) % 40 == 0, silent = objects;
		static const char *const says[] = {
			"", ",\"gpc\":0", ",\"gpc\":false"};
		struct buf e;

		buf_init(&e, 0);
		buf_put_text(&e, "{" AT);
		if (u < PEOPLE)
			buf_printf(&e, ",\"user\":\"u%d\"", u);
		if (d < PEOPLE)
			buf_printf(&e, ",\"device\":\"d%d\"", d);
		buf_put_text(
			&e, objects ? ",\"gpc\":\"1\"" : says[(r >> 59) % 3]);
		buf_put_text(&e, "}");
		buf_put_byte(&e, 0);
		k.input.now_ms += 100;
		silent |= u < PEOPLE && (user[u] || pending_user[u]);
		silent |= d < PEOPLE && (device[d] || pending_device[d]);
		process(&k, &t, (const char *)e.ptr);
		buf_fini(&e);
		if (u == PEOPLE && d == PEOPLE)
			continue; /* nobody */
		ck_assert_msg(!(t.sent & HEARS) == silent,
			"seed %d, step %d: %s", _i, step,
			silent ? "it left" : "it did not leave");
		ck_assert(t.sent & ASKS);
		if (objects && u < PEOPLE)
			pending_user[u] = true;
		if (objects && d < PEOPLE)
			pending_device[d] = true;
		if ((r >> 61) == 0) {
			bool committed = (r >> 20) % 3;

			lethe_scratch_settle(k.scratch, committed);
			settle(&k, &t, &ledger, committed, (r >> 25) % 2);
			for (int i = 0; committed && i < PEOPLE; i++) {
				user[i] |= pending_user[i];
				device[i] |= pending_device[i];
			}
			memset(pending_user, 0, sizeof(pending_user));
			memset(pending_device, 0, sizeof(pending_device));
		}
	}
	ck_assert_uint_ge(t.count, 1);
	buf_fini(&ledger);
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

START_TEST(it_is_written_once)
{
	static const char objects[] = "{" AT ",\"user\":\"a\",\"gpc\":1}";
	static const char says_nothing[] = "{" AT ",\"user\":\"a\"}";
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	process(&k, &t, objects);
	process(&k, &t, objects);
	ck_assert_uint_eq(t.count, 1);
	lethe_scratch_settle(k.scratch, false);
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ALL);
	process(&k, &t, objects);
	ck_assert_uint_eq(t.count, 2);
	lethe_scratch_settle(k.scratch, true);
	process(&k, &t, objects);
	k.input.now_ms += 1500;
	process(&k, &t, objects);
	ck_assert_uint_eq(t.count, 2);
	k.input.now_ms += 60000;
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ASKS | IGNORES);
	/* By now the ledger alone counts, and it was taken back there. */
	k.input.now_ms += 1;
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ALL);
	process(&k, &t, objects);
	ck_assert_uint_eq(t.count, 3);
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

/* An objection was shown and taken back with no event of the person between:
   the next one is another, and is not lost with the memory of the first. */
START_TEST(who_objects_again_is_heard_again)
{
	static const char objects[] = "{" AT ",\"user\":\"a\",\"gpc\":1}";
	static const char says_nothing[] = "{" AT ",\"user\":\"a\"}";
	struct told_of t;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	process(&k, &t, objects);
	lethe_scratch_settle(k.scratch, true);
	process(&k, &t, says_nothing);
	k.input.now_ms += 1501;
	process(&k, &t, objects);
	process(&k, &t, objects);
	ck_assert_uint_eq(t.count, 2);
	/* What is aborted takes back nothing of what was committed before. */
	lethe_scratch_settle(k.scratch, false);
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ASKS | IGNORES);
	process(&k, &t, objects);
	ck_assert_uint_eq(t.count, 3);
	lethe_scratch_settle(k.scratch, true);
	process(&k, &t, says_nothing);
	k.input.now_ms += 61500;
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ASKS | IGNORES);
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

/* How long the ledger may be hidden, and an objection in it. */
static const struct {
	const char *max_lag;
	int seconds;
} lags[] = {{"1s", 60}, {"30s", 60}, {"5m", 600}};

/* Another's open transaction hides from all readers what is committed behind
   its beginning, for as long as it lasts. */
START_TEST(it_holds_until_the_ledger_shows_it)
{
	static const char says_nothing[] = "{" AT ",\"user\":\"a\"}";
	const char *at = strstr(policy, "500ms");
	char lagging[sizeof(policy) + 32];
	struct told_of t;
	struct kit k;

	snprintf(lagging, sizeof(lagging), "%.*smax_lag: %s, max_staleness: %s",
		(int)(at - policy - (int)strlen("max_staleness: ")), policy,
		lags[_i].max_lag, at);
	kit_init(&k, lagging);
	kit_consent(&k, NOBODY_YET);
	told_init(&t);
	process(&k, &t, "{" AT ",\"user\":\"a\",\"gpc\":1}");
	lethe_scratch_settle(k.scratch, true);
	for (int second = 0; second < lags[_i].seconds; second++) {
		process(&k, &t, says_nothing);
		ck_assert_uint_eq(t.sent, ASKS | IGNORES);
		k.input.now_ms += 1000;
	}
	kit_consent(&k, ROW("gpc:user:a", "refused"));
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ASKS | IGNORES);
	/* Once it is there, that it is taken back counts at once. */
	kit_consent(&k, NOBODY_YET);
	process(&k, &t, says_nothing);
	ck_assert_uint_eq(t.sent, ALL);
	ck_assert_uint_eq(t.count, 1);
	told_fini(&t);
	kit_fini(&k);
}
END_TEST

static const struct {
	const char *ledger, *event, *hears;
} rows[] = {
	{ROW("gpc:user:a", "refused"), ",\"user\":\"a\"", "objected"},
	{ROW("gpc:user:a", "withdrawn"), ",\"user\":\"a\"", "objected"},
	{ROW("gpc:user:a", "given"), ",\"user\":\"a\"", "sent"},
	{ROW("gpc:user:a", "refused"), ",\"user\":\"b\"", "sent"},
	{ROW("gpc:device:a", "refused"), ",\"user\":\"a\"", "sent"},
	{ROW("gpc:device:a", "refused"), ",\"user\":\"b\",\"device\":\"a\"",
		"objected"},
	{ROW("other:user:a", "refused"), ",\"user\":\"a\"", "sent"},
	{"{\"key\":\"lethe:objection:gpc:user:a\",\"value\":{\"v\":2}}\n",
		",\"user\":\"a\"", "signal_malformed"},
	{ROW("gpc:user:a", "refused"), ",\"user\":\"a\",\"device\":{}",
		"signal_unusable"},
	{ROW("gpc:user:a", "refused"), ",\"user\":\"a\",\"gpc\":[]",
		"signal_wrong_type"},
	{NULL, ",\"user\":\"a\"", "ledger_stale"},
	{NULL, ",\"user\":\"a\",\"gpc\":true", "objected"},
};

START_TEST(what_a_row_answers)
{
	char event[200], wanted[64];
	struct kit k;

	kit_init(&k, policy);
	if (rows[_i].ledger)
		kit_consent(&k, rows[_i].ledger);
	snprintf(event, sizeof(event), "{" AT "%s}", rows[_i].event);
	snprintf(wanted, sizeof(wanted), "hears %s",
		strcmp(rows[_i].hears, "sent") ? rows[_i].hears : "{");
	ck_assert_msg(strstr(kit_text(&k, event), wanted) != NULL,
		"row %d: %s, not %s", _i, (const char *)k.lines.ptr, wanted);
	kit_fini(&k);
}
END_TEST

/* What explain says of an event, for a person and for scripts. */
static void
explained(struct kit *k, const char *event, struct buf *out)
{
	struct explain_style style = {.file = "p.yaml", .policy = k->policy};
	struct explanation e;

	buf_reset(out);
	k->input.value = event;
	k->input.len = strlen(event);
	ck_assert_status(
		explain(k->view, k->scratch, &k->input, &e, &k->err), LETHE_OK);
	explain_print(&e, &style, out);
	explain_print_json(&e, &style, out);
	explanation_fini(&e);
}

START_TEST(explain_tells_it)
{
	struct buf out;
	struct kit k;

	kit_init(&k, policy);
	kit_consent(&k, ROW("gpc:user:c", "refused"));
	buf_init(&out, 0);
	explained(&k, "{" AT ",\"user\":\"a\",\"gpc\":1}", &out);
	ck_assert_ptr_nonnull(strstr(text_of(&out),
		"objection of gpc: `lethe run` writes it to the ledger, for "
		"the event's user\n"));
	ck_assert_ptr_nonnull(strstr(text_of(&out),
		"\"objections\":[{\"source\":\"gpc\",\"class\":\"user\"}]"));
	ck_assert_ptr_null(strstr(text_of(&out), "remembers"));
	explained(&k, "{" AT ",\"user\":\"c\"}", &out);
	ck_assert_ptr_nonnull(
		strstr(text_of(&out), "objection, as the ledger remembers"));
	ck_assert_ptr_nonnull(strstr(
		text_of(&out), "\"answer\":\"objection\",\"remembered\":true"));
	ck_assert_ptr_null(strstr(text_of(&out), "\"objections\""));
	/* Refused by the sections that apply: nobody has objected. */
	explained(&k,
		"{" AT ",\"user\":\"b\",\"gpp\":\"DBABTA~1YNN\",\"sid\":8}",
		&out);
	ck_assert_ptr_nonnull(strstr(text_of(&out), "\"answer\":\"deny\""));
	ck_assert_ptr_null(strstr(text_of(&out), "remember"));
	buf_fini(&out);
	kit_fini(&k);
}
END_TEST

/* More than there is room for in one place, and all of them pending. */
START_TEST(marks_are_forgotten_in_time)
{
	struct recall *r = recall_new(7);
	size_t kept = 0;

	ck_assert_ptr_nonnull(r);
	recall_begin(r, 1000, 500);
	for (uint64_t m = 1; m <= 20000; m++)
		ck_assert_status(
			recall_add(r, m * 0x9e3779b97f4a7c15u, NULL), LETHE_OK);
	for (uint64_t m = 1; m <= 20000; m++)
		kept += recall_has(r, m * 0x9e3779b97f4a7c15u, INT64_MAX - 1);
	ck_assert_uint_eq(kept, 20000);
	recall_settle(r, true);
	recall_begin(r, 2000, 500);
	ck_assert(recall_has(r, 0x9e3779b97f4a7c15u, 2500));
	ck_assert(!recall_has(r, 0x9e3779b97f4a7c15u, 2501));
	ck_assert_status(recall_add(r, 5, NULL), LETHE_OK);
	recall_settle(r, false);
	ck_assert(!recall_has(r, 5, 2000));
	recall_shown(r, 2 * 0x9e3779b97f4a7c15u);
	recall_shown(r, 5);
	ck_assert(!recall_has(r, 2 * 0x9e3779b97f4a7c15u, 2000));
	ck_assert(recall_has(r, 3 * 0x9e3779b97f4a7c15u, 2000));
	recall_free(r);
}
END_TEST

/* None that is not committed is driven out, however many there are. */
START_TEST(marks_have_room)
{
	struct recall *r = recall_new(7);
	size_t kept = 0;
	char key[16];

	ck_assert_ptr_nonnull(r);
	for (int i = 0; i < 200000; i++) {
		snprintf(key, sizeof(key), "u%d", i);
		ck_assert_status(
			recall_add(r, recall_mark(r, slice_of(key)), NULL),
			LETHE_OK);
	}
	for (int i = 0; i < 200000; i++) {
		snprintf(key, sizeof(key), "u%d", i);
		kept += recall_has(r, recall_mark(r, slice_of(key)), 0);
	}
	ck_assert_uint_eq(kept, 200000);
	recall_settle(r, true);
	recall_begin(r, 1000, 500);
	ck_assert(recall_has(r, recall_mark(r, slice_of("u199999")), 1500));
	ck_assert(!recall_has(r, recall_mark(r, slice_of("u199999")), 1501));
	recall_free(r);
}
END_TEST

/* A transaction may be aborted before an event of it has begun: what the one
   before has committed is not taken back by that. */
START_TEST(an_abort_takes_back_its_own)
{
	struct recall *r = recall_new(7);

	ck_assert_ptr_nonnull(r);
	ck_assert_status(recall_add(r, 5, NULL), LETHE_OK);
	recall_settle(r, true);
	recall_settle(r, false);
	recall_begin(r, 2000, 500);
	ck_assert(recall_has(r, 5, 2500));
	ck_assert(!recall_has(r, 5, 2501));
	ck_assert_status(recall_add(r, 6, NULL), LETHE_OK);
	recall_settle(r, false);
	ck_assert(!recall_has(r, 6, 2000));
	ck_assert(recall_has(r, 5, 2500));
	recall_free(r);
}
END_TEST

/* A lane's open transaction hides all that is said behind its objection, from
   its own process as well. */
START_TEST(a_transaction_is_shorter_than_the_ledger_may_be_hidden)
{
	struct lethe_error err;
	struct kit k;

	kit_init(&k, policy);
	struct job_options o = {
		.view = k.view, .lanes = 1, .commit_interval_ms = 15000};

	ck_assert_status(job_check(&o, &err), LETHE_OK);
	o.commit_interval_ms++;
	ck_assert_status(job_check(&o, &err), LETHE_ESETTING);
	ck_assert_ptr_nonnull(strstr(err.what, "max_lag (30000 ms)"));
	kit_fini(&k);
}
END_TEST

SUITE("objection", TEST(an_objection_is_written_for_each_class),
	TEST(a_class_that_is_none_of_the_ledgers_has_no_objection),
	TEST(an_opt_out_is_remembered_of_who_asks), ROWS(silence_holds, seeds),
	TEST(it_is_written_once), TEST(who_objects_again_is_heard_again),
	ROWS(it_holds_until_the_ledger_shows_it, lags),
	ROWS(what_a_row_answers, rows), TEST(explain_tells_it),
	TEST(marks_are_forgotten_in_time), TEST(marks_have_room),
	TEST(an_abort_takes_back_its_own),
	TEST(a_transaction_is_shorter_than_the_ledger_may_be_hidden),
	TEST(an_opt_out_beside_what_cannot_be_used_is_remembered),
	TEST(an_event_of_no_time_is_heard))
