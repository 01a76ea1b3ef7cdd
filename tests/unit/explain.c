#include "kit.h"

#include "engine/explain.h"

static const char policy[] =
	"version: 1\n"
	"name: test\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw.web]\n"
	"    formats: [json, msgpack]\n"
	"    event_id: $.id\n"
	"    event_time: { path: $.time, format: rfc3339 }\n"
	"    events:\n"
	"      viewed: { $.event: Viewed }\n"
	"      paid: { $.event: Paid }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user] }\n"
	"  device: { prefix: d, from: [$.device] }\n"
	"  session: { prefix: s, from: [$.session], within: device }\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment, path: $.cats }\n"
	"    gpc: { format: gpc, path: \"@header[\\\"sec-gpc\\\"]\" }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: Show products you may like.\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: Personal } }\n"
	"    topic: out.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"    id: true\n"
	"  ana:\n"
	"    says: Count visits.\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: Analytics } }\n"
	"    topic: out.ana\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"fields:\n"
	"  - { do: token, class: session, as: visit, for: [rec], why: w }\n"
	"  - { do: event, as: event, for: [rec, ana], why: w }\n"
	"  - { do: time, to: hour, as: hour, for: [rec, ana], why: w }\n"
	"  - { path: $.price, as: price, for: [rec, ana], on: [viewed],\n"
	"      do: keep, type: integer, min: 1, max: 9, why: w }\n"
	"  - { path: $.note, as: note, for: [rec], on: [paid], do: keep,\n"
	"      type: boolean, why: w }\n"
	"  - { path: \"$.items[*].n\", as: \"items[].n\", for: [rec],\n"
	"      on: [viewed], do: keep, type: integer, min: 1, max: 9,\n"
	"      why: w }\n"
	"  - { path: $.items, as: count, for: [rec], on: [viewed],\n"
	"      do: count, why: w }\n";

static const char event[] =
	"{\"event\":\"Viewed\",\"id\":\"m1\",\"user\":\"jane\","
	"\"time\":\"2026-05-04T10:15:07Z\",\"price\":12,\"note\":true,"
	"\"jane@x.example\":{\"deep\":[1]},\"odd key\":\"v\","
	"\"items\":[{\"n\":1,\"name\":\"Bear\"},{\"n\":\"2\"}],"
	"\"cats\":{\"Personal\":true,\"Analytics\":false}}";

/* Everything that is shown without --show-values. */
static const char shown[] =
	"web viewed none\n"
	"rec none - | banner:grant gpc:silent!\n"
	"ana refused banner | banner:deny gpc:silent!\n"
	"$.event | read(event) rec:event=event ana:event/refused\n"
	"$.id | read(event id) rec!id\n"
	"$.user | read(identifier user) rec!subject user\n"
	"$.time | read(event time) rec:hour=time ana:hour/refused\n"
	"$.price | rec:price/misfit ana:price/refused\n"
	"$.note | rec:note/not_on_event\n"
	"$.<6>.<0>[0] |\n"
	"$.<7> |\n"
	"$.items[0].n | rec:items[].n=keep\n"
	"$.items[0].<1> |\n"
	"$.items[1].n | rec:items[].n/misfit\n"
	"$.items | rec:count=count\n"
	"$.cats.Personal | rec:read(consent banner)\n"
	"$.cats.Analytics | ana:read(consent banner)\n"
	"$.cats | rec:read(consent banner) ana:read(consent banner)\n";

static void
put_use(struct buf *out, const struct kit *k, const struct explained_use *u)
{
	buf_put_byte(out, ' ');
	if (u->purpose != LETHE_NO_PURPOSE)
		buf_put_text(
			out, lethe_policy_purpose_name(k->policy, u->purpose));
	ck_assert(u->line > 0);
	if (u->field != LETHE_NO_FIELD) {
		ck_assert_uint_eq(u->line, k->policy->fields[u->field].line);
		buf_printf(out, ":%s", k->policy->fields[u->field].as);
		if (u->fate == FATE_SENT)
			buf_printf(out, "=%s", transform_name(u->what));
		else
			buf_printf(out, "/%s", lethe_reason_name(u->reason));
		return;
	}
	if (u->fate == FATE_SENT)
		buf_printf(out, "!%s", u->role);
	else
		buf_printf(out, "%sread(%s)",
			u->purpose == LETHE_NO_PURPOSE ? "" : ":", u->role);
}

static void
put_purpose(
	struct buf *out, const struct kit *k, const struct explained_purpose *p)
{
	static const char *const kinds[] = {"silent", "grant", "deny", "error"};

	buf_printf(out, "%s %s %s |",
		lethe_policy_purpose_name(k->policy, p->purpose),
		lethe_reason_name(p->reason),
		p->source == SIZE_MAX ? "-"
				      : k->policy->sources[p->source].name);
	for (size_t i = 0; i < p->answer_count; i++)
		buf_printf(out, " %s:%s%s",
			k->policy->sources[p->answers[i].source].name,
			kinds[p->answers[i].answer.kind],
			p->answers[i].objection ? "!" : "");
	buf_put_byte(out, '\n');
}

static const char *
put_all(struct kit *k, const struct explanation *e)
{
	struct buf *out = &k->lines;

	buf_reset(out);
	buf_printf(out, "%s %s %s\n", e->input ? e->input : "-",
		e->event ? e->event : "-", lethe_reason_name(e->reason));
	for (size_t i = 0; i < e->purpose_count; i++)
		put_purpose(out, k, &e->purposes[i]);
	for (size_t i = 0; i < e->leaf_count; i++) {
		buf_printf(out, "%s |", e->leaves[i].path);
		for (size_t u = 0; u < e->leaves[i].use_count; u++)
			put_use(out, k, &e->leaves[i].uses[u]);
		buf_put_byte(out, '\n');
	}
	buf_put_byte(out, 0);
	return (const char *)out->ptr;
}

static void
run(struct kit *k, const char *text, struct explanation *e)
{
	k->input.value = text;
	k->input.len = strlen(text);
	ck_assert_status(
		explain(k->view, k->scratch, &k->input, e, &k->err), LETHE_OK);
}

START_TEST(tells_the_fate_of_every_leaf)
{
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, NULL, false);
	run(&k, event, &e);
	ck_assert_str_eq(put_all(&k, &e), shown);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(says_the_same_with_keys_as_without)
{
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	run(&k, event, &e);
	ck_assert_str_eq(put_all(&k, &e), shown);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(a_token_is_made_of_all_that_went_into_it)
{
	static const char head[] =
		"{\"event\":\"Viewed\",\"time\":\"2026-05-04T10:15:07Z\","
		"\"user\":\"u\",\"cats\":{\"Personal\":true},";
	struct explanation e;
	char text[512];
	const char *lines;
	struct kit k;

	kit_init(&k, policy);
	snprintf(text, sizeof(text), "%s\"session\":7,\"device\":\"d\"}", head);
	run(&k, text, &e);
	lines = put_all(&k, &e);
	ck_assert_ptr_nonnull(strstr(lines,
		"$.session | read(identifier session) rec:visit=token\n"
		"$.device | read(identifier device) rec:visit=token\n"));
	explanation_fini(&e);
	snprintf(text, sizeof(text), "%s\"session\":7}", head);
	run(&k, text, &e);
	lines = put_all(&k, &e);
	ck_assert_ptr_nonnull(strstr(lines,
		"$.session | read(identifier session) rec:visit/absent\n"));
	explanation_fini(&e);
	snprintf(text, sizeof(text), "%s\"session\":true,\"device\":\"d\"}",
		head);
	run(&k, text, &e);
	lines = put_all(&k, &e);
	ck_assert_ptr_nonnull(strstr(lines,
		"$.session | read(identifier session) rec:visit/misfit\n"
		"$.device | read(identifier device)\n"));
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(keeps_values_and_names_apart_for_those_who_ask)
{
	const struct explained_leaf *leaf;
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	kit_view(&k, NULL, false);
	run(&k, event, &e);
	/* what is kept outlives the scratch's next event */
	kit_text(&k, "{\"event\":\"XXXXXX\",\"user\":\"xxxx\"}");
	leaf = &e.leaves[2];
	ck_assert_str_eq(leaf->spelt, "$.user");
	ck_assert(slice_is(leaf->value.text, "jane"));
	ck_assert(slice_is(leaf->uses[1].out.text, "<user>"));
	ck_assert_str_eq(e.leaves[6].spelt, "$[\"jane@x.example\"].deep[0]");
	ck_assert_str_eq(e.leaves[7].spelt, "$[\"odd key\"]");
	ck_assert_uint_eq(e.leaves[8].uses[0].out.magnitude, 1);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(escapes_what_a_terminal_would_obey)
{
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	run(&k, "{\"a\\u001b[31m\\u202e\":1}", &e);
	ck_assert_uint_eq(e.leaf_count, 1);
	ck_assert_str_eq(e.leaves[0].path, "$.<0>");
	ck_assert_str_eq(e.leaves[0].spelt, "$[\"a\\x1b[31m\\xe2\\x80\\xae\"]");
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(tells_why_a_whole_event_was_dropped)
{
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	run(&k, "{\"event\":\"Other\",\"x\":1}", &e);
	ck_assert_str_eq(put_all(&k, &e), "- - no_event\n"
					  "$.event | read(event) read(event)\n"
					  "$.<1> |\n");
	explanation_fini(&e);
	run(&k, "{\"event\":\"Viewed\",\"price\":1}", &e);
	ck_assert_str_eq(put_all(&k, &e),
		"web viewed no_time\n"
		"$.event | read(event) rec:event/no_time ana:event/no_time\n"
		"$.price | rec:price/no_time ana:price/no_time\n");
	explanation_fini(&e);
	k.input.value = NULL;
	ck_assert_status(
		explain(k.view, k.scratch, &k.input, &e, &k.err), LETHE_OK);
	ck_assert_int_eq(e.reason, LETHE_REASON_TOMBSTONE);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

START_TEST(calls_poison_by_its_name)
{
	struct explanation e;
	struct kit k;

	kit_init(&k, policy);
	run(&k, "{\"event\":\"Viewed\",\"event\":\"Viewed\"}", &e);
	ck_assert_status(e.status, LETHE_POISON_DUPLICATE);
	ck_assert_uint_eq(e.leaf_count, 0);
	ck_assert_uint_eq(e.purpose_count, 0);
	ck_assert_ptr_null(e.input);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

/* Sources of every shape: a text, an object with members, a vendor's flag. */
static const char signals[] =
	"version: 1\n"
	"name: test\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw.web]\n"
	"    formats: [json]\n"
	"    event_time: { path: \"@timestamp\" }\n"
	"    events: { viewed: { $.event: Viewed } }\n"
	"consent:\n"
	"  sources:\n"
	"    gcs: { format: gcs, path: $.gcs }\n"
	"    rudder: { format: rudderstack, path: $.cm }\n"
	"    user: { format: flag, path: $.mp,\n"
	"      preset: consent_mode.ad_user_data }\n"
	"    trust: { format: onetrust, path: $.ot }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: rudder, asks: { rudder: a,\n"
	"      gcs: ad_storage, user: yes, trust: C0002 } }\n"
	"    topic: out.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  ana:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: gcs, asks: { gcs: analytics_storage } }\n"
	"    topic: out.ana\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields: [{ do: event, as: event, for: [rec, ana], why: w }]\n";

static const char said[] =
	"{\"event\":\"Viewed\",\"gcs\":\"G110\",\"mp\":{\"ad_user_data\":"
	"\"GRANTED\",\"x\":1},\"ot\":{\"C0002\":1,\"C0004\":0},"
	"\"cm\":{\"allowedConsentIds\":[\"b\",\"a\"],\"provider\":\"ketch\"}}";

static const char told[] =
	"web viewed none\n"
	"rec none - | gcs:grant rudder:grant user:grant trust:grant\n"
	"ana refused gcs | gcs:deny rudder:silent user:grant trust:silent\n"
	"$.event | read(event) rec:event=event ana:event/refused\n"
	"$.gcs | rec:read(consent gcs) ana:read(consent gcs)\n"
	"$.mp.ad_user_data | read(consent user)\n"
	"$.mp.<1> |\n"
	"$.mp | read(consent user)\n"
	"$.ot.C0002 | rec:read(consent trust)\n"
	"$.ot.<1> |\n"
	"$.ot | rec:read(consent trust)\n"
	"$.cm.allowedConsentIds[0] | rec:read(consent rudder)\n"
	"$.cm.allowedConsentIds[1] | rec:read(consent rudder)\n"
	"$.cm.<1> |\n"
	"$.cm | rec:read(consent rudder)\n"
	"@timestamp | read(event time)\n";

START_TEST(tells_what_each_consent_source_says)
{
	struct explanation e;
	struct kit k;

	kit_init(&k, signals);
	run(&k, said, &e);
	ck_assert_str_eq(put_all(&k, &e), told);
	explanation_fini(&e);
	kit_fini(&k);
}
END_TEST

SUITE("explain", TEST(tells_the_fate_of_every_leaf),
	TEST(says_the_same_with_keys_as_without),
	TEST(a_token_is_made_of_all_that_went_into_it),
	TEST(keeps_values_and_names_apart_for_those_who_ask),
	TEST(escapes_what_a_terminal_would_obey),
	TEST(tells_why_a_whole_event_was_dropped),
	TEST(calls_poison_by_its_name),
	TEST(tells_what_each_consent_source_says))
