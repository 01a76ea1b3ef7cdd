#include "kit.h"

#include "synth/synth.h"

/* The consent ledger as the engine asks it. */

static const char policy[] =
	"version: 1\n"
	"name: ledger\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json, msgpack]\n"
	"    event_time: { path: $.timestamp, format: rfc3339, max_age: 7d }\n"
	"    events:\n"
	"      viewed: { $.event: Product Viewed }\n"
	"      other: { $.event: [Product Added, Order Completed, Page] }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.userId], ignore: [anonymous] }\n"
	"  device: { prefix: d, from: [$.anonymousId], normalise: [lower] }\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment,\n"
	"      path: $.context.consent.categoryPreferences }\n"
	"    gpc: { format: gpc, path: $.context.consent.gpc }\n"
	"    book: { format: ledger, topic: consent }\n"
	"purposes:\n"
	"  user_first:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    topic: out.user\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"  device_alone:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    topic: out.device\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [device]\n"
	"  nobody:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    topic: out.nobody\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  interest:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: L-1\n"
	"    consent: { asks: { book: yes } }\n"
	"    topic: out.interest\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  asked:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: banner,\n"
	"      asks: { banner: Personalization, book: yes } }\n"
	"    topic: out.asked\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields:\n"
	"  - { do: event, as: event, why: w,\n"
	"      for: [user_first, device_alone, nobody, interest, asked] }\n";

#define PURPOSES 5

/* What the ledger says of a user and a device, and what becomes of each
 * purpose: by identity, and on legitimate interests. */
static const struct {
	const char *user, *device;
	const char *user_first, *device_alone, *nobody, *interest;
} table[] = {
	{"given", "given", "sent", "sent", "sent", "sent"},
	{"given", "refused", "refused", "refused", "refused", "refused"},
	{"given", "silent", "sent", "no_consent", "sent", "sent"},
	{"given", "none", "sent", "no_consent", "sent", "sent"},
	{"refused", "given", "refused", "refused", "refused", "refused"},
	{"refused", "refused", "refused", "refused", "refused", "refused"},
	{"refused", "silent", "refused", "refused", "refused", "refused"},
	{"refused", "none", "refused", "refused", "refused", "refused"},
	{"silent", "given", "no_consent", "sent", "sent", "sent"},
	{"silent", "refused", "refused", "refused", "refused", "refused"},
	{"silent", "silent", "no_consent", "no_consent", "no_consent", "sent"},
	{"silent", "none", "no_consent", "no_consent", "no_consent", "sent"},
	{"none", "given", "sent", "sent", "sent", "sent"},
	{"none", "refused", "refused", "refused", "refused", "refused"},
	{"none", "silent", "no_consent", "no_consent", "no_consent", "sent"},
	{"none", "none", "no_consent", "no_consent", "no_consent", "sent"},
};

static void
put_subject(struct buf *records, struct buf *event, const char *class,
	const char *member, const char *says)
{
	if (!strcmp(says, "none"))
		return;
	buf_printf(event, ",\"%s\":\"x-1\"", member);
	if (strcmp(says, "silent"))
		buf_printf(records,
			"{\"key\":\"%s:x-1\",\"value\":{\"v\":1,\"purposes\":{"
			"\"*\":{\"state\":\"%s\",\"at\":"
			"\"2026-05-01T09:00:00Z\"}}}}\n",
			class, says);
}

#define EVENT_START \
	"{\"event\":\"Product Viewed\",\"timestamp\":\"2026-05-04T10:15:07Z\""

/* What the lines of the kit say of a purpose: "sent", or the reason. */
static const char *
became(const char *lines, const char *purpose)
{
	static char word[64];
	char start[64];
	const char *at;
	size_t len;

	snprintf(start, sizeof(start), "%s ", purpose);
	for (at = lines; at && *at; at = strchr(at, '\n') + 1)
		if (!strncmp(at, start, strlen(start)))
			break;
	ck_assert_msg(at && *at, "nothing of %s in %s", purpose, lines);
	at += strlen(start);
	if (*at == '{')
		return "sent";
	len = strcspn(at, " \n");
	ck_assert_uint_lt(len, sizeof(word));
	memcpy(word, at, len);
	word[len] = 0;
	return word;
}

START_TEST(a_refusal_of_either_class_stops)
{
	struct buf records = {0}, event = {0};
	const char *lines;
	struct kit k;

	buf_put_text(&event, EVENT_START);
	put_subject(&records, &event, "user", "userId", table[_i].user);
	put_subject(
		&records, &event, "device", "anonymousId", table[_i].device);
	buf_put_byte(&event, '}');
	buf_put_byte(&records, 0);
	kit_init(&k, policy);
	kit_consent(&k, (const char *)records.ptr);
	lines = kit_run(&k, event.ptr, event.len);
	ck_assert_str_eq(became(lines, "user_first"), table[_i].user_first);
	ck_assert_str_eq(became(lines, "device_alone"), table[_i].device_alone);
	ck_assert_str_eq(became(lines, "nobody"), table[_i].nobody);
	ck_assert_str_eq(became(lines, "interest"), table[_i].interest);
	kit_fini(&k);
	buf_fini(&records);
	buf_fini(&event);
}
END_TEST

/* The page has the same table, word for word. */
START_TEST(the_docs_have_the_table)
{
	const char *const words[] = {table[_i].user, table[_i].device,
		table[_i].user_first, table[_i].device_alone, table[_i].nobody,
		table[_i].interest};
	struct buf page, row;

	buf_init(&page, 0);
	buf_init(&row, 0);
	ck_assert_status(
		file_read("docs/consent.md", 1 << 20, &page, NULL), LETHE_OK);
	buf_put_byte(&page, 0);
	buf_put_text(&row, "\n|");
	for (int i = 0; i < 6; i++) {
		const char *word = words[i];
		bool reason = i > 1 && strcmp(word, "sent");

		if (!strcmp(word, "none"))
			word = "not there";
		buf_printf(&row, reason ? " `%s` |" : " %s |", word);
	}
	buf_put_text(&row, "\n");
	buf_put_byte(&row, 0);
	ck_assert_msg(
		strstr((const char *)page.ptr, (const char *)row.ptr) != NULL,
		"docs/consent.md has no row%s", (const char *)row.ptr);
	buf_fini(&page);
	buf_fini(&row);
}
END_TEST

/* A book that says the same of everybody, and counts who asks. */
struct uniform {
	struct book book;
	enum ledger_row_kind kind;
	enum ledger_state state;
	size_t lookups;
};

static void
say_uniform(void *ctx, const uint8_t subject[static KEYED_NAME_BYTES],
	struct ledger_row *out)
{
	struct uniform *u = ctx;

	(void)subject;
	u->lookups++;
	out->kind = u->kind;
	out->count = PURPOSES;
	for (size_t i = 0; i < PURPOSES; i++)
		out->entries[i] = (struct ledger_entry){.state = u->state,
			.has_at = true,
			.at_ms = KIT_NOW - INT64_C(86400000),
			.since_ms = KIT_NOW - INT64_C(86400000)};
}

static void
open_uniform(
	struct uniform *u, enum ledger_row_kind kind, enum ledger_state state)
{
	const uint8_t key[KEYED_KEY_BYTES] = {7};
	struct keyed *keys;

	ck_assert_status(keyed_new(key, &keys, NULL), LETHE_OK);
	*u = (struct uniform){
		.book = {.keys = keys, .lookup = say_uniform, .ctx = u},
		.kind = kind,
		.state = state,
	};
}

static void
close_uniform(struct uniform *u)
{
	union {
		const struct keyed *seen;
		struct keyed *own;
	} keys = {.seen = u->book.keys};

	keyed_free(keys.own);
}

static const struct {
	enum ledger_row_kind kind;
	enum ledger_state state;
} silences[] = {
	{LEDGER_ROW_PRESENT, LEDGER_REFUSED},
	{LEDGER_ROW_PRESENT, LEDGER_WITHDRAWN},
	{LEDGER_ROW_PRESENT, LEDGER_MALFORMED},
	{LEDGER_ROW_STALE, LEDGER_GIVEN},
	{LEDGER_ROW_DAMAGED, LEDGER_GIVEN},
};

#define EVENTS 2000

/* Whatever else an event says, and whatever its banner. */
START_TEST(nothing_leaves_against_the_ledger)
{
	const struct synth_options options = {.seed = 9,
		.shoppers = 300,
		.start_ms = KIT_NOW - 3600 * 1000,
		.step_ms = 100,
		.format = _i % 2 ? FORMAT_MSGPACK : FORMAT_JSON};
	struct uniform u;
	struct synth *s;
	size_t asked = 0;
	struct kit k;

	kit_init(&k, policy);
	open_uniform(&u, silences[_i].kind, silences[_i].state);
	scratch_consult(k.scratch, &u.book);
	ck_assert_status(synth_new(&options, &s, NULL), LETHE_OK);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;
		size_t before = u.lookups;
		const char *lines;

		synth_next(s, INT64_MIN, &e);
		lines = kit_run(&k, e.value.ptr, e.value.len);
		if (u.lookups == before)
			continue; /* nobody is on it */
		ck_assert_ptr_null(strchr(lines, '{'));
		asked++;
	}
	ck_assert_uint_gt(asked, EVENTS / 2);
	close_uniform(&u);
	kit_fini(&k);
	synth_free(s);
}
END_TEST

#define BOTH ",\"userId\":\"u-1\",\"anonymousId\":\"d-1\"}"

START_TEST(a_class_is_looked_up_once_an_event)
{
	struct uniform u;
	struct kit k;

	kit_init(&k, policy);
	open_uniform(&u, LEDGER_ROW_PRESENT, LEDGER_GIVEN);
	scratch_consult(k.scratch, &u.book);
	ck_assert_str_eq(
		became(kit_text(&k, EVENT_START BOTH), "nobody"), "sent");
	ck_assert_uint_eq(u.lookups, 2);
	(void)kit_text(&k, EVENT_START "}");
	ck_assert_uint_eq(u.lookups, 2);
	(void)kit_text(&k, EVENT_START BOTH);
	ck_assert_uint_eq(u.lookups, 4);
	close_uniform(&u);
	kit_fini(&k);
}
END_TEST

/* A lane's own book goes before the view's, and can be given back. */
START_TEST(the_scratch_is_asked_before_the_view)
{
	struct uniform u;
	struct kit k;

	kit_init(&k, policy);
	ck_assert_str_eq(became(kit_text(&k, EVENT_START BOTH), "nobody"),
		"ledger_stale");
	kit_consent(&k,
		"{\"key\":\"user:u-1\",\"value\":{\"v\":1,\"purposes\":{\"*\":"
		"{\"state\":\"given\",\"at\":\"2026-05-01T09:00:00Z\"}}}}");
	ck_assert_str_eq(
		became(kit_text(&k, EVENT_START BOTH), "nobody"), "sent");
	open_uniform(&u, LEDGER_ROW_PRESENT, LEDGER_REFUSED);
	scratch_consult(k.scratch, &u.book);
	ck_assert_str_eq(
		became(kit_text(&k, EVENT_START BOTH), "nobody"), "refused");
	scratch_consult(k.scratch, NULL);
	ck_assert_str_eq(
		became(kit_text(&k, EVENT_START BOTH), "nobody"), "sent");
	close_uniform(&u);
	kit_fini(&k);
}
END_TEST

START_TEST(a_ledger_is_of_one_policy)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_ledger *ledger;
	struct lethe_view *view;
	struct kit k, other;

	kit_init(&k, policy);
	kit_init(&other, policy);
	kit_consent(&other, "");
	options.policy = k.policy;
	options.ledger = other.ledger;
	ck_assert_status(lethe_view_new(&options, &view, &k.err), LETHE_EUSAGE);
	kit_fini(&k);
	kit_fini(&other);
	kit_init_file(&k, "config/policy.example.yaml");
	ck_assert_status(lethe_ledger_read(k.policy, "", 0, &ledger, &k.err),
		LETHE_EUSAGE);
	ck_assert_ptr_null(ledger);
	kit_fini(&k);
}
END_TEST

#define NO "line 1 is no {\"key\":\"class:identifier\",\"value\":…}"

static const struct {
	const char *text, *told;
} lines[] = {
	{"{\"key\":\"user:a\"}", "line 1 is no {\"key\""},
	{"\n\n{\"value\":null}", "line 3 is no {\"key\""},
	{"{\"key\":7,\"value\":null}", "line 1 is no {\"key\""},
	{"{\"key\":\"user:a\",\"value\":null,\"at\":1}", "line 1 is no {"},
	{"{\"key\":\"user:a\",\"value\":null", NO ": the value ends"},
	{"{\"key\":\"user:a\",\"key\":\"user:b\",\"value\":null}",
		NO ": one object names a key twice"},
	{"[]", "line 1 is no {\"key\":\"class:identifier\",\"value\":…}: the "
	       "top"},
	{"{\"key\":\"user:a\",\"valu\\u0065\":{\"v\":1}}",
		NO ": `value` is written with escapes"},
};

START_TEST(a_line_that_is_no_record_is_told)
{
	struct lethe_ledger *ledger;
	struct kit k;

	kit_init(&k, policy);
	ck_assert_status(lethe_ledger_read(k.policy, lines[_i].text,
				 strlen(lines[_i].text), &ledger, &k.err),
		LETHE_EUSAGE);
	ck_assert_msg(
		!strncmp(k.err.what, lines[_i].told, strlen(lines[_i].told)),
		"%s", k.err.what);
	kit_fini(&k);
}
END_TEST

/* More subjects than a table begins with, each as it was put last. */
START_TEST(a_table_keeps_what_was_said_last)
{
	static const char *const said[] = {"given", "refused"};
	struct buf records = {0};
	struct kit k;

	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < 1000; i++)
			buf_printf(&records,
				"{\"key\":\"user:u-%d\",\"value\":{\"v\":1,"
				"\"purposes\":{\"*\":{\"state\":\"%s\",\"at\":"
				"\"2026-05-01T09:00:00Z\"}}}}\n",
				i, said[(i + turn) % 2]);
	buf_put_byte(&records, 0);
	kit_init(&k, policy);
	kit_consent(&k, (const char *)records.ptr);
	for (int i = 0; i < 1000; i++) {
		char event[160];

		snprintf(event, sizeof(event),
			EVENT_START ",\"userId\":\"u-%d\"}", i);
		ck_assert_str_eq(became(kit_text(&k, event), "nobody"),
			i % 2 ? "sent" : "refused");
	}
	kit_fini(&k);
	buf_fini(&records);
}
END_TEST

SUITE("ledger_engine", ROWS(a_refusal_of_either_class_stops, table),
	ROWS(the_docs_have_the_table, table),
	ROWS(nothing_leaves_against_the_ledger, silences),
	TEST(a_class_is_looked_up_once_an_event),
	TEST(the_scratch_is_asked_before_the_view),
	TEST(a_ledger_is_of_one_policy),
	ROWS(a_line_that_is_no_record_is_told, lines),
	TEST(a_table_keeps_what_was_said_last))
