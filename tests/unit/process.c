#include "kit.h"

/* One policy for the tables below; each table looks at one purpose of it. */
static const char policy[] =
	"version: 1\n"
	"name: test\n"
	"revision: 3\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw.web]\n"
	"    formats: [json, msgpack]\n"
	"    event_id: $.id\n"
	"    event_time: { path: $.time, format: rfc3339, max_future: 5m,\n"
	"      max_age: 7d, out_of_range: drop }\n"
	"    events:\n"
	"      viewed: { $.event: Viewed }\n"
	"      added: { $.event: Added, $.kind: [1, true] }\n"
	"      ordered: { $.event: [Ordered, Paid] }\n"
	"  app:\n"
	"    topics: [raw.app]\n"
	"    formats: [json]\n"
	"    event_id: $.id\n"
	"    event_time: { path: $.at, format: unix_s, max_age: 1d,\n"
	"      out_of_range: broker_time }\n"
	"    events:\n"
	"      tapped: { \"@header[\\\"type\\\"]\": tap }\n"
	"identifiers:\n"
	"  user:\n"
	"    prefix: u\n"
	"    from: { web: [$.user, $.ctx.user, \"$.who[is=user].id\"],\n"
	"      app: [\"@key\"] }\n"
	"    ignore: [anonymous, \"0\"]\n"
	"  device:\n"
	"    prefix: d\n"
	"    from: { web: [$.device], app: [$.dev] }\n"
	"    normalise: [lower]\n"
	"  session:\n"
	"    prefix: s\n"
	"    from: { web: [$.session], app: [$.session] }\n"
	"    within: device\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment, path: $.consent.cats }\n"
	"    choice: { format: flag, path: $.consent.choice,\n"
	"      yes: [true, granted] }\n"
	"    gpc: { format: gpc, path: { web: $.consent.gpc,\n"
	"      app: \"@header[\\\"sec-gpc\\\"]\" } }\n"
	"    optout: { format: flag, path: \"$.optouts[*]\", yes: [all],\n"
	"      effect: objection }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: Show products you may like.\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: Personal } }\n"
	"    topic: out.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"    id: true\n"
	"  ana:\n"
	"    says: Count visits.\n"
	"    basis: consent\n"
	"    consent: { decides: choice, also: [banner],\n"
	"      asks: { choice: yes, banner: [Analytics, Stats] } }\n"
	"    topic: out.ana\n"
	"    format: msgpack\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [device]\n"
	"  cnt:\n"
	"    says: Count events.\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: out.cnt\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  ord:\n"
	"    says: Ship what was bought.\n"
	"    basis: contract\n"
	"    ticket: T-1\n"
	"    on: [ordered]\n"
	"    topic: out.ord\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  old:\n"
	"    says: It was once.\n"
	"    basis: contract\n"
	"    ticket: T-2\n"
	"    on: [ordered]\n"
	"    topic: out.old\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"    expires: 2026-05-04\n"
	"fields:\n"
	"  - { do: event, as: event, for: [rec, ana, cnt, old],\n"
	"      required: true, why: w }\n"
	"  - { do: time, to: second, as: time, for: [rec], why: w }\n"
	"  - { do: time, to: hour, as: hour, for: [ana, cnt], why: w }\n"
	"  - { do: token, class: session, as: session, for: [rec], why: w }\n"
	"  - { do: token, class: device, as: device, for: [rec], why: w }\n"
	"  - { path: $.price, as: price.whole, for: [rec], on: [viewed],\n"
	"      do: keep, type: number, min: 0, max: 100, why: w }\n"
	"  - { path: $.price, as: price.band, for: [rec], on: [viewed],\n"
	"      do: bucket, edges: [10, 25], why: w }\n"
	"  - { path: $.sku, as: sku, for: [ana], on: [viewed], do: keep,\n"
	"      type: string, max: 8, pattern: \"[A-Z0-9-]+\",\n"
	"      required: true, why: w }\n"
	"  - { path: $.coupon, as: coupon, for: [rec], on: [viewed],\n"
	"      do: exists, why: w }\n"
	"  - { do: constant, value: shop, as: origin, for: [cnt], why: w }\n"
	"  - { path: \"$.items[*].sku\", as: \"items[].sku\", for: [ord],\n"
	"      on: [ordered], do: keep, type: string, max: 8,\n"
	"      pattern: \"[A-Z0-9-]+\", required: true, why: w }\n"
	"  - { path: \"$.items[*].n\", as: \"items[].n\", for: [ord],\n"
	"      on: [ordered], do: keep, type: integer, min: 1, max: 9,\n"
	"      why: w }\n"
	"  - { path: \"$.items[*].gift\", as: \"items[].gift\", for: [ord],\n"
	"      on: [ordered], do: exists, why: w }\n"
	"  - { path: \"$.tags[*]\", as: \"tags[]\", for: [ord],\n"
	"      on: [ordered], do: one_of, values: [a, b, 1], why: w }\n";

struct row {
	const char *only; /* purpose */
	const char *event;
	const char *lines;
};

#define T "\"time\":\"2026-05-04T10:15:07.249Z\","
#define YES \
	"\"consent\":{\"cats\":{\"Personal\":true,\"Analytics\":true," \
	"\"Stats\":true},\"choice\":\"granted\"},"
#define REC "\"event\":\"viewed\",\"time\":\"2026-05-04T10:15:07Z\""
#define ANA "\"event\":\"viewed\",\"hour\":\"2026-05-04T10:00:00Z\""

static const struct row rows[] = {
	/* ends of the whole event */
	{NULL, "{\"event\":\"Other\"}", "- no_event\n"},
	{NULL, "{}", "- no_event\n"},
	{NULL, "{\"event\":\"Added\",\"kind\":\"1\"," T "\"x\":1}",
		"- no_event\n"},
	{NULL, "{\"event\":\"Viewed\"}", "- no_time\n"},
	{NULL, "{\"event\":\"Viewed\",\"time\":null}", "- no_time\n"},
	{NULL, "{\"event\":\"Viewed\",\"time\":1777889707}", "- no_time\n"},
	{NULL, "{\"event\":\"Viewed\",\"time\":\"2026-05-04\"}", "- no_time\n"},
	{NULL, "{\"event\":\"Viewed\",\"time\":\"2026-05-04T10:25:00.001Z\"}",
		"- out_of_time\n"},
	{NULL, "{\"event\":\"Viewed\",\"time\":\"2026-04-27T10:19:59.999Z\"}",
		"- out_of_time\n"},
	{"cnt", "{\"event\":\"Viewed\",\"time\":\"2026-05-04T10:25:00Z\"}",
		"cnt {\"event\":\"viewed\",\"hour\":\"2026-05-04T10:00:00Z\","
		"\"origin\":\"shop\"}\n"},
	{"cnt", "{\"event\":\"Viewed\",\"time\":\"2026-04-27T10:20:00Z\"}",
		"cnt {\"event\":\"viewed\",\"hour\":\"2026-04-27T10:00:00Z\","
		"\"origin\":\"shop\"}\n"},
	{"cnt", "{\"event\":\"Added\",\"kind\":true," T "\"x\":1}",
		"cnt {\"event\":\"added\",\"hour\":\"2026-05-04T10:00:00Z\","
		"\"origin\":\"shop\"}\n"},
	{"cnt", "{\"event\":\"Added\",\"kind\":1," T "\"x\":1}",
		"cnt {\"event\":\"added\",\"hour\":\"2026-05-04T10:00:00Z\","
		"\"origin\":\"shop\"}\n"},
	/* poison */
	{NULL, "", "poison empty 0\n"},
	{NULL, "[]", "poison unknown_format 0\n"},
	{NULL, "x", "poison unknown_format 0\n"},
	{NULL, "{\"event\":\"Viewed\"", "poison truncated 17\n"},
	/* all purposes in order */
	{NULL, "{\"event\":\"Viewed\"," T YES "\"user\":\"a\",\"sku\":\"S\"}",
		"rec {\"subject\":\"u1_*\"," REC ",\"coupon\":false}\n"
		"ana no_identity\n"
		"cnt {\"event\":\"viewed\",\"hour\":\"2026-05-04T10:00:00Z\","
		"\"origin\":\"shop\"}\n"
		"ord not_for_event\n"
		"old expired_purpose\n"},
	/* identity */
	{"rec", "{\"event\":\"Viewed\"," T YES "\"x\":1}", "rec no_identity\n"},
	{"rec", "{\"event\":\"Viewed\"," T YES "\"user\":\" \"}",
		"rec no_identity\n"},
	{"rec", "{\"event\":\"Viewed\"," T YES "\"user\":\"Anonymous\"}",
		"rec no_identity\n"},
	{"rec", "{\"event\":\"Viewed\"," T YES "\"user\":0,\"device\":\"A\"}",
		"rec {\"subject\":\"d1_*\"," REC
		",\"device\":\"d1_*\",\"coupon\":false}\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":true,\"device\":\"A\"}",
		"rec bad_identity\n"},
	{"rec", "{\"event\":\"Viewed\"," T YES "\"user\":\"a\",\"device\":1.5}",
		"rec bad_identity\n"},
	{"rec", "{\"event\":\"Viewed\"," T YES "\"user\":[],\"device\":\"A\"}",
		"rec bad_identity\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"ctx\":{\"user\":\"b\"}}",
		"rec id_conflict\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"who\":[{\"is\":\"user\",\"id\":\"a\"},"
		"{\"is\":\"user\",\"id\":\"a\"}],\"device\":\"A\"}",
		"rec id_conflict\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"12 \",\"ctx\":{\"user\":12}}",
		"rec {\"subject\":\"u1_*\"," REC ",\"coupon\":false}\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"anonymous\",\"ctx\":{\"user\":\"b\"}}",
		"rec {\"subject\":\"u1_*\"," REC ",\"coupon\":false}\n"},
	/* tokens of fields */
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"session\":7,\"id\":\"m1\"}",
		"rec {\"subject\":\"u1_*\",\"id\":\"id1_*\"," REC
		",\"coupon\":false}\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"device\":\"a\",\"session\":7,\"id\":{}}",
		"rec {\"subject\":\"d1_*\"," REC
		",\"session\":\"s1_*\",\"device\":\"d1_*\",\"coupon\":"
		"false}\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"device\":\"a\",\"session\":false}",
		"rec session misfit\n"
		"rec {\"subject\":\"d1_*\"," REC
		",\"device\":\"d1_*\",\"coupon\":false}\n"},
	/* consent */
	{"rec", "{\"event\":\"Viewed\"," T "\"user\":\"a\"}",
		"rec no_consent banner\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T
		"\"user\":\"a\",\"consent\":{\"cats\":{}}}",
		"rec refused banner\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T
		"\"user\":\"a\",\"consent\":{\"cats\":{\"Personal\":1}}}",
		"rec signal_wrong_type banner\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"optouts\":[\"x\",\"all\"]}",
		"rec objected optout\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"optouts\":\"all\"}",
		"rec signal_wrong_type optout\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"optouts\":[\"x\"]}",
		"rec {\"subject\":\"u1_*\"," REC ",\"coupon\":false}\n"},
	{"ana",
		"{\"event\":\"Viewed\"," T
		"\"device\":\"a\",\"consent\":{\"choice\":true}}",
		"ana not_confirmed banner\n"},
	{"ana",
		"{\"event\":\"Viewed\"," T
		"\"device\":\"a\",\"consent\":{\"choice\":\"no\","
		"\"cats\":{\"Analytics\":true,\"Stats\":true}}}",
		"ana refused choice\n"},
	{"cnt",
		"{\"event\":\"Viewed\"," T
		"\"consent\":{\"gpc\":1,\"choice\":\"no\"}}",
		"cnt objected gpc\n"},
	{"cnt", "{\"event\":\"Viewed\"," T "\"consent\":{\"gpc\":\"on\"}}",
		"cnt signal_malformed gpc\n"},
	/* fields */
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"price\":18.990,\"coupon\":\"C\"}",
		"rec {\"subject\":\"u1_*\"," REC
		",\"price\":{\"whole\":18.99,\"band\":\"10-25\"},\"coupon\":"
		"true}\n"},
	{"rec", "{\"event\":\"Viewed\"," T YES "\"user\":\"a\",\"price\":101}",
		"rec price.whole misfit\n"
		"rec {\"subject\":\"u1_*\"," REC
		",\"price\":{\"band\":\">=25\"},\"coupon\":false}\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"price\":\"101\"}",
		"rec price.whole misfit\n"
		"rec price.band misfit\n"
		"rec {\"subject\":\"u1_*\"," REC ",\"coupon\":false}\n"},
	{"rec",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"price\":null,\"coupon\":null}",
		"rec {\"subject\":\"u1_*\"," REC ",\"coupon\":false}\n"},
	{"ana", "{\"event\":\"Viewed\"," T YES "\"device\":\"a\"}",
		"ana sku missing_required\n"},
	{"ana",
		"{\"event\":\"Viewed\"," T YES
		"\"device\":\"a\",\"sku\":\"lower\"}",
		"ana sku misfit\n"
		"ana sku missing_required\n"},
	{"ana",
		"{\"event\":\"Viewed\"," T YES
		"\"device\":\"a\",\"sku\":\"S-1\"}",
		"ana {\"subject\":\"d2_*\"," ANA ",\"sku\":\"S-1\"}\n"},
	{"ana", "{\"event\":\"Paid\"," T YES "\"device\":\"a\"}",
		"ana {\"subject\":\"d2_*\",\"event\":\"ordered\",\"hour\":"
		"\"2026-05-04T10:00:00Z\"}\n"},
	/* lists */
	{"ord",
		"{\"event\":\"Paid\"," T
		"\"items\":[{\"sku\":\"A\",\"n\":2},{\"n\":1,\"sku\":\"B\","
		"\"gift\":0}]}",
		"ord {\"items\":[{\"sku\":\"A\",\"n\":2,\"gift\":false},"
		"{\"sku\":\"B\",\"n\":1,\"gift\":true}]}\n"},
	{"ord",
		"{\"event\":\"Paid\"," T
		"\"items\":[{\"sku\":\"A\",\"n\":0}],\"tags\":[\"x\",\"b\",{},"
		"1,\"1\"]}",
		"ord items[].n misfit\n"
		"ord tags[] misfit\n"
		"ord {\"items\":[{\"sku\":\"A\",\"gift\":false}],"
		"\"tags\":[\"b\",1]}\n"},
	{"ord",
		"{\"event\":\"Paid\"," T
		"\"items\":[{\"sku\":\"A\"},{\"n\":1}]}",
		"ord items[].sku missing_required\n"},
	{"ord", "{\"event\":\"Paid\"," T "\"items\":[]}",
		"ord items[].sku missing_required\n"},
	{"ord", "{\"event\":\"Paid\"," T "\"items\":{\"sku\":\"A\"}}",
		"ord items[].sku misfit\n"
		"ord items[].n misfit\n"
		"ord items[].gift misfit\n"
		"ord items[].sku missing_required\n"},
	{"ord", "{\"event\":\"Paid\"," T "\"tags\":[\"a\"]}",
		"ord items[].sku missing_required\n"},
};

START_TEST(gives_each_event_its_end)
{
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, rows[_i].only, true);
	k.input.channel = lethe_policy_channel(k.policy, "raw.web");
	ck_assert_str_eq(kit_text(&k, rows[_i].event), rows[_i].lines);
	kit_fini(&k);
}
END_TEST

/* An event of the other input; what is odd stands outside its value. */
struct app_row {
	const char *only;
	const char *event;
	const char *key;
	const char *header, *header2; /* sec-gpc */
	const char *lines;
};

#define APP_YES "\"consent\":{\"cats\":{\"Personal\":true}}"
#define APP "\"event\":\"tapped\",\"time\":\"2026-05-04T10:19:00Z\"}\n"

static const struct app_row app_rows[] = {
	{"rec", "{\"at\":1777889940," APP_YES "}", "bob", NULL, NULL,
		"rec {\"subject\":\"u1_*\"," APP},
	{"rec", "{\"at\":\"1777889940\"," APP_YES "}", "bob", "0", NULL,
		"rec {\"subject\":\"u1_*\"," APP},
	{"rec", "{\"at\":1777889940.75," APP_YES "}", "bob", NULL, NULL,
		"rec {\"subject\":\"u1_*\"," APP},
	/* out of range: the broker's */
	{"rec", "{\"at\":17778899400," APP_YES "}", "bob", NULL, NULL,
		"rec {\"subject\":\"u1_*\",\"event\":\"tapped\","
		"\"time\":\"2026-05-04T10:20:00Z\"}\n"},
	{"rec", "{\"at\":17," APP_YES "}", "bob", NULL, NULL,
		"rec {\"subject\":\"u1_*\",\"event\":\"tapped\","
		"\"time\":\"2026-05-04T10:20:00Z\"}\n"},
	{"rec", "{" APP_YES "}", "bob", NULL, NULL, "- no_time\n"},
	/* the key */
	{"rec", "{\"at\":1777889940," APP_YES "}", NULL, NULL, NULL,
		"rec no_identity\n"},
	{"rec", "{\"at\":1777889940," APP_YES "}", "\xff", NULL, NULL,
		"rec bad_identity\n"},
	/* headers */
	{"rec", "{\"at\":1777889940," APP_YES "}", "bob", "1", NULL,
		"rec objected gpc\n"},
	{"rec", "{\"at\":1777889940," APP_YES "}", "bob", "x", NULL,
		"rec signal_malformed gpc\n"},
	{"rec", "{\"at\":1777889940," APP_YES "}", "bob", "0", "0",
		"rec signal_wrong_type gpc\n"},
	{"rec", "{\"at\":1777889940," APP_YES "}", "bob", "\xc0", NULL,
		"rec signal_wrong_type gpc\n"},
};

START_TEST(reads_key_and_headers_of_the_message)
{
	const struct app_row *row = &app_rows[_i];
	struct lethe_header headers[] = {
		{"type", "tap", 3},
		{"sec-gpc", row->header, row->header ? strlen(row->header) : 0},
		{"sec-gpc", row->header2,
			row->header2 ? strlen(row->header2) : 0},
	};
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, row->only, true);
	k.input.channel = lethe_policy_channel(k.policy, "raw.app");
	k.input.key = row->key;
	k.input.key_len = row->key ? strlen(row->key) : 0;
	k.input.headers = headers;
	k.input.header_count = row->header2 ? 3 : 2;
	ck_assert_str_eq(kit_text(&k, row->event), row->lines);
	kit_fini(&k);
}
END_TEST

START_TEST(a_message_without_a_value_is_a_tombstone)
{
	struct kit k;

	kit_init(&k, policy);
	ck_assert_str_eq(kit_run(&k, NULL, 0), "- tombstone\n");
	kit_fini(&k);
}
END_TEST

START_TEST(names_framing_and_formats_that_no_input_takes)
{
	struct kit k;

	kit_init(&k, policy);
	ck_assert_str_eq(kit_run(&k, "\0\0\0\0\7{}", 7),
		"poison schema_registry_framing 0\n");
	ck_assert_str_eq(
		kit_run(&k, "\0\0\0\0", 4), "poison unknown_format 0\n");
	ck_assert_str_eq(kit_run(&k, "\x80", 1), "- no_event\n");
	k.input.channel = lethe_policy_channel(k.policy, "raw.app");
	ck_assert_str_eq(
		kit_run(&k, "\x80", 1), "poison format_not_allowed 0\n");
	k.input.format = LETHE_FORMAT_MSGPACK;
	ck_assert_str_eq(kit_text(&k, "{}"), "poison format_not_allowed 0\n");
	kit_fini(&k);
}
END_TEST

START_TEST(lag_makes_no_event_old_and_no_clock_makes_it_new)
{
	static const char event[] =
		"{\"event\":\"Viewed\",\"time\":\"2026-05-04T10:15:07Z\"}";
	static const char sent[] = "cnt {\"event\":\"viewed\",\"hour\":"
				   "\"2026-05-04T10:00:00Z\",\"origin\":"
				   "\"shop\"}\n";
	const int64_t day = INT64_C(86400000);
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, "cnt", true);
	k.input.channel = lethe_policy_channel(k.policy, "raw.web");
	k.input.now_ms = KIT_NOW + 30 * day;
	ck_assert_str_eq(kit_text(&k, event), sent);
	k.input.broker_ms = LETHE_TIME_NONE;
	ck_assert_str_eq(kit_text(&k, event), "- out_of_time\n");
	/* a producer's clock that runs ahead lets nothing through */
	k.input.now_ms = KIT_NOW - day;
	k.input.broker_ms = KIT_NOW;
	ck_assert_str_eq(kit_text(&k, event), "- out_of_time\n");
	k.input.now_ms = KIT_NOW;
	k.input.broker_ms = KIT_NOW - day;
	ck_assert_str_eq(kit_text(&k, event), "- out_of_time\n");
	kit_fini(&k);
}
END_TEST

START_TEST(a_broker_time_ahead_of_now_mends_nothing)
{
	static const struct lethe_header type = {"type", "tap", 3};
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, "cnt", true);
	k.input.channel = lethe_policy_channel(k.policy, "raw.app");
	k.input.headers = &type;
	k.input.header_count = 1;
	k.input.broker_ms = KIT_NOW + 300001;
	ck_assert_str_eq(kit_text(&k, "{\"at\":17}"), "- out_of_time\n");
	k.input.broker_ms = KIT_NOW + 300000;
	ck_assert_str_eq(kit_text(&k, "{\"at\":17}"),
		"cnt {\"event\":\"tapped\","
		"\"hour\":\"2026-05-04T10:00:00Z\",\"origin\":\"shop\"}\n");
	k.input.broker_ms = LETHE_TIME_NONE;
	ck_assert_str_eq(kit_text(&k, "{\"at\":17}"), "- out_of_time\n");
	/* one that no calendar has */
	k.input.broker_ms = INT64_MIN + 1;
	ck_assert_str_eq(kit_text(&k, "{\"at\":17}"), "- out_of_time\n");
	kit_fini(&k);
}
END_TEST

START_TEST(sends_nothing_under_tokens_without_keys)
{
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, NULL, false);
	k.input.channel = lethe_policy_channel(k.policy, "raw.web");
	ck_assert_str_eq(
		kit_text(&k, "{\"event\":\"Viewed\"," T YES "\"user\":\"a\"}"),
		"fails ring\n");
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_a_purpose_that_is_not_there)
{
	struct lethe_view_options options = {
		.size = sizeof(options), .purpose = "nobody"};
	struct lethe_view *view;
	struct kit k;

	kit_init(&k, policy);
	options.policy = k.policy;
	options.ring = &k.ring;
	ck_assert_status(
		lethe_view_new(&options, &view, &k.err), LETHE_ENOENTRY);
	ck_assert_ptr_null(view);
	options.size = 3;
	ck_assert_status(lethe_view_new(&options, &view, &k.err), LETHE_EUSAGE);
	kit_fini(&k);
}
END_TEST

/* What stands in a record beside its value. */
static enum lethe_status
keep_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct lethe_record *out = ctx;

	(void)err;
	out[r->purpose] = *r;
	if (r->purpose == 0) {
		ck_assert_uint_eq(r->key_len, 29);
		ck_assert_mem_eq(r->key, (const char *)r->value + 12, 29);
	}
	return LETHE_OK;
}

START_TEST(a_record_tells_key_epoch_format_and_a_coarse_time)
{
	static const char event[] =
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"device\":\"b\",\"sku\":\"S\"}";
	struct lethe_record got[5] = {0};
	struct lethe_sink sink = {
		.size = sizeof(sink), .ctx = got, .record = keep_record};
	struct kit k;

	kit_init(&k, policy);
	k.input.value = event;
	k.input.len = strlen(event);
	k.input.record_format = LETHE_FORMAT_ANY;
	ck_assert_status(
		lethe_process(k.view, k.scratch, &k.input, &sink, &k.err),
		LETHE_OK);
	ck_assert_int_eq(got[0].time_ms, INT64_C(1777889707000));
	ck_assert_int_eq(got[1].time_ms, INT64_C(1777888800000));
	ck_assert_int_eq(got[0].format, LETHE_FORMAT_JSON);
	ck_assert_int_eq(got[1].format, LETHE_FORMAT_MSGPACK);
	ck_assert_uint_eq(got[0].epoch, 1);
	ck_assert_uint_eq(got[1].epoch, 2);
	ck_assert_ptr_null(got[2].key);
	ck_assert_uint_eq(got[2].epoch, 0);
	ck_assert_uint_eq(got[3].value_len, 0);
	kit_fini(&k);
}
END_TEST

static enum lethe_status
refuse_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	(void)ctx;
	(void)r;
	(void)err;
	return LETHE_EABORT;
}

START_TEST(a_sink_that_fails_ends_the_call_with_its_status)
{
	static const char event[] = "{\"event\":\"Viewed\"," T "\"x\":1}";
	struct lethe_sink sink = {
		.size = sizeof(sink), .record = refuse_record};
	struct kit k;

	kit_init(&k, policy);
	k.input.value = event;
	k.input.len = strlen(event);
	ck_assert_status(
		lethe_process(k.view, k.scratch, &k.input, &sink, &k.err),
		LETHE_EABORT);
	sink.size = 1;
	ck_assert_status(
		lethe_process(k.view, k.scratch, &k.input, &sink, &k.err),
		LETHE_EUSAGE);
	kit_fini(&k);
}
END_TEST

/* The example's event gives one record a purpose, and these. */
START_TEST(the_example_gives_what_the_readme_shows)
{
	struct buf event = {0};
	struct kit k;

	kit_init_file(&k, "config/policy.example.yaml");
	ck_assert_status(
		file_read("tests/symbols/event.json", 1 << 16, &event, &k.err),
		LETHE_OK);
	ck_assert_str_eq(kit_run(&k, event.ptr, event.len),
		"recommendations {\"subject\":\"u1_*\",\"event\":\"added\","
		"\"time\":\"2026-05-04T10:15:07Z\","
		"\"item\":\"507f1f77bcf86cd799439011\","
		"\"category\":\"Games\",\"price\":18.99,\"quantity\":1,"
		"\"session\":\"s1_*\"}\n"
		"analytics {\"subject\":\"u2_*\",\"event\":\"added\","
		"\"hour\":\"2026-05-04T10:00:00Z\","
		"\"item\":\"507f1f77bcf86cd799439011\","
		"\"category\":\"Games\",\"band\":\"10-25\","
		"\"quantity\":1}\n"
		"counting {\"event\":\"added\","
		"\"hour\":\"2026-05-04T10:00:00Z\"}\n");
	buf_fini(&event);
	kit_fini(&k);
}
END_TEST

/* Tokens of one class are one whichever place they came from; of two
   purposes, of two people, and of two classes they differ. */
START_TEST(tokens_join_within_a_purpose_and_nowhere_else)
{
	static const char *const events[] = {
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"a\",\"device\":\"a\",\"session\":\"a\","
		"\"sku\":\"S\"}",
		"{\"event\":\"Viewed\"," T YES
		"\"ctx\":{\"user\":\" a\"},\"device\":\"A\","
		"\"session\":\"a\",\"sku\":\"S\"}",
		"{\"event\":\"Viewed\"," T YES
		"\"user\":\"A\",\"device\":\"b\",\"session\":\"a\","
		"\"sku\":\"S\"}",
	};
	char got[3][1024];
	char *tokens[8];
	size_t count = 0;
	struct kit k;

	kit_init(&k, policy);
	k.whole = true;
	for (size_t i = 0; i < 3; i++)
		snprintf(got[i], sizeof(got[i]), "%s", kit_text(&k, events[i]));
	ck_assert_str_eq(got[0], got[1]);
	/* subject, session, device of rec, subject of ana; of two people */
	for (size_t i = 0; i < 3; i += 2)
		for (char *p = strstr(got[i], "1_"); p;
			p = strpbrk(p + 1, "12")) {
			if (p[1] != '_')
				continue;
			ck_assert_uint_lt(count, 8);
			p[28] = 0;
			tokens[count++] = p + 2;
			p += 28;
		}
	ck_assert_uint_eq(count, 8);
	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < a; b++)
			ck_assert_str_ne(tokens[a], tokens[b]);
	kit_fini(&k);
}
END_TEST

/* One scratch serves views of different policies, one after the other. */
START_TEST(a_scratch_goes_from_policy_to_policy)
{
	static const char event[] =
		"{\"event\":\"Viewed\"," T YES "\"user\":\"a\"}";
	struct kit small, large;
	char first[512];

	kit_init_file(&small, "config/policy.example.yaml");
	kit_init(&large, policy);
	snprintf(first, sizeof(first), "%s", kit_text(&large, event));
	lethe_scratch_free(large.scratch);
	large.scratch = small.scratch;
	ck_assert_str_eq(kit_text(&small, event), "- no_event\n");
	ck_assert_str_eq(kit_text(&large, event), first);
	large.scratch = NULL;
	kit_fini(&large);
	kit_fini(&small);
}
END_TEST

SUITE("process", ROWS(gives_each_event_its_end, rows),
	ROWS(reads_key_and_headers_of_the_message, app_rows),
	TEST(a_message_without_a_value_is_a_tombstone),
	TEST(names_framing_and_formats_that_no_input_takes),
	TEST(lag_makes_no_event_old_and_no_clock_makes_it_new),
	TEST(a_broker_time_ahead_of_now_mends_nothing),
	TEST(sends_nothing_under_tokens_without_keys),
	TEST(refuses_a_purpose_that_is_not_there),
	TEST(a_record_tells_key_epoch_format_and_a_coarse_time),
	TEST(a_sink_that_fails_ends_the_call_with_its_status),
	TEST(the_example_gives_what_the_readme_shows),
	TEST(tokens_join_within_a_purpose_and_nowhere_else),
	TEST(a_scratch_goes_from_policy_to_policy))
