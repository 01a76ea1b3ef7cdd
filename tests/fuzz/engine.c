/*
 * The whole engine: one policy that uses nearly all of the grammar, any bytes
 * as an event.  The first byte chooses format, topic and form of the records.
 *
 * Held against: a second run, which must give the same bytes; explain, which
 * must come to the same decisions; and our own reader, which must take every
 * record.
 */

#include "base/buf.h"
#include "crypto/secret.h"
#include "engine/explain.h"
#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1777890000000) /* 2026-05-04T10:20:00Z */

static const char policy_text[] =
	"version: 1\n"
	"name: fuzz\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [web]\n"
	"    formats: [json, msgpack]\n"
	"    event_id: $.id\n"
	"    event_time: { path: $.time, format: rfc3339, max_age: 7d }\n"
	"    limits: { bytes: 4096, depth: 8, members: 32, string: 256 }\n"
	"    events:\n"
	"      viewed: { $.event: Viewed }\n"
	"      paid: { $.event: [Paid, 1, true, 1.5] }\n"
	"  app:\n"
	"    topics: [app]\n"
	"    formats: [json, msgpack]\n"
	"    event_id: $.id\n"
	"    event_time: { path: $.at, format: unix_ms, max_age: 7d,\n"
	"      out_of_range: broker_time }\n"
	"    limits: { bytes: 4096, depth: 8, members: 32, string: 256 }\n"
	"    events:\n"
	"      viewed: { \"$.co:json.data[schema=s].event\": v }\n"
	"identifiers:\n"
	"  user:\n"
	"    prefix: u\n"
	"    from: { web: [$.user, $.ctx.user], app: [\"@key\"] }\n"
	"    ignore: [anonymous, \"0\"]\n"
	"  device:\n"
	"    prefix: d\n"
	"    from: [$.device]\n"
	"    normalise: [lower]\n"
	"  session: { prefix: s, from: [$.session], within: device }\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment, path: $.cats }\n"
	"    choice: { format: flag, path: $.choice, yes: [true, y, 1] }\n"
	"    any: { format: flag, path: \"$.tags[*]\", yes: [ok] }\n"
	"    gpc: { format: gpc, path: $.gpc, remember: true }\n"
	"    optout: { format: flag, path: \"$.optouts[*]\", yes: [all],\n"
	"      effect: objection }\n"
	"    gcs: { format: gcs, path: $.gcs }\n"
	"    gcd: { format: gcd, path: $.gcd }\n"
	"    trust: { format: onetrust, path: $.trust }\n"
	"    signal: { format: onetrust, path: $.trust, effect: objection }\n"
	"    rudder: { format: rudderstack, path: $.cm }\n"
	"    prefs: { format: snowplow, path: $.cp }\n"
	"    basis: { format: snowplow_gdpr, path: $.gdpr }\n"
	"    gone: { format: snowplow_withdrawn, path: $.gone }\n"
	"    mode: { format: flag, path: $.mp,\n"
	"      preset: consent_mode.ad_storage }\n"
	"    tcf: { format: tcf, path: $.tcf, when: $.applies,\n"
	"      act_as: publisher }\n"
	"    partner: { format: tcf, path: $.tcf, act_as: vendor 42,\n"
	"      max_age: 60d, min_policy: 5 }\n"
	"    link: { format: tcf, url: $.link, act_as: publisher }\n"
	"    gpp: { format: gpp, path: $.gpp, sid: \"$.sid[*]\",\n"
	"      act_as: vendor 42, remember: true }\n"
	"    book: { format: ledger, topic: consent, max_age: 90d }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: [A, B] } }\n"
	"    topic: o.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"    id: true\n"
	"  ana:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: choice, also: [any],\n"
	"      asks: { choice: yes, any: yes } }\n"
	"    topic: o.ana\n"
	"    format: msgpack\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [device]\n"
	"  cnt:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: L-1\n"
	"    topic: o.cnt\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  ord:\n"
	"    says: s\n"
	"    basis: contract\n"
	"    ticket: T-1\n"
	"    on: [viewed, paid]\n"
	"    topic: o.ord\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  sig:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent:\n"
	"      decides: rudder\n"
	"      asks: { rudder: [A, B], prefs: A, trust: C0002, gone: yes,\n"
	"        gcs: ad_storage, gcd: [ad_storage, ad_user_data],\n"
	"        basis: [consent, contract], mode: yes }\n"
	"    topic: o.sig\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  str:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: tcf,\n"
	"      asks: { tcf: [1, 5], partner: 5, gpp: [1, 8], link: 1 } }\n"
	"    topic: o.str\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  lin:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: L-2\n"
	"    consent: { asks: { tcf: [7, 8], gpp: 7 } }\n"
	"    topic: o.lin\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  led:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    accepts_notice: [n7]\n"
	"    topic: o.led\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields:\n"
	"  - { do: event, as: event, for: [rec, ana, cnt, sig, str, lin, "
	"led],\n"
	"      why: w }\n"
	"  - { do: time, to: second, as: time, for: [rec], why: w }\n"
	"  - { do: time, to: hour, as: hour, for: [ana, cnt], why: w }\n"
	"  - { do: token, class: session, as: session, for: [rec], why: w }\n"
	"  - { path: $.n, as: n.whole, for: [ord], on: [viewed, paid],\n"
	"      do: keep, type: integer, min: -9223372036854775808,\n"
	"      max: 18446744073709551615, why: w }\n"
	"  - { path: $.n, as: n.any, for: [ord], on: [viewed, paid],\n"
	"      do: keep, type: number, min: -1000, max: 1000, why: w }\n"
	"  - { path: $.n, as: n.band, for: [cnt], on: [viewed, paid],\n"
	"      do: bucket, edges: [-1, 0, 10.5], why: w }\n"
	"  - { path: $.n, as: n.round, for: [rec], on: [viewed, paid],\n"
	"      do: round, to: 0.25, why: w }\n"
	"  - { path: $.s, as: s, for: [ord], on: [viewed, paid], do: keep,\n"
	"      type: string, max: 64, pattern: \"[^<]*\", why: w }\n"
	"  - { path: $.url, as: url, for: [rec], on: [viewed, paid],\n"
	"      do: url, keep: [path], segments: \"[a-z]+\",\n"
	"      query: { q: \"[a-z]+\" }, why: w }\n"
	"  - { path: $.ip, as: net, for: [ana], on: [viewed, paid],\n"
	"      do: prefix, why: w }\n"
	"  - { path: $.ua, as: browser, for: [ana], on: [viewed, paid],\n"
	"      do: family, why: w }\n"
	"  - { path: $.lat, as: lat, for: [ana], on: [viewed, paid],\n"
	"      do: geo, decimals: 1, why: w }\n"
	"  - { path: \"$.items[*].sku\", as: \"items[].sku\", for: [ord],\n"
	"      on: [viewed, paid], do: keep, type: string, max: 8,\n"
	"      pattern: \"[A-Z0-9-]+\", why: w }\n"
	"  - { path: \"$.items[*].n\", as: \"items[].d.n\", for: [ord],\n"
	"      on: [viewed, paid], do: keep, type: integer, min: 1, max: 9,\n"
	"      why: w }\n"
	"  - { path: \"$.items[*].gift\", as: \"items[].gift\", for: [ord],\n"
	"      on: [viewed, paid], do: exists, why: w }\n"
	"  - { path: $.items, as: count, for: [cnt], on: [viewed, paid],\n"
	"      do: count, why: w }\n"
	"  - { path: \"$.tags[*]\", as: \"tags[]\", for: [ord],\n"
	"      on: [viewed, paid], do: one_of, values: [ok, a, 1], why: w }\n"
	"  - { path: \"$.params[key=p].value\", as: param, for: [ord],\n"
	"      on: [viewed, paid], do: keep, type: boolean, why: w }\n"
	"  - { path: \"$.co:json.data[schema=s].x\", as: x, for: [ord],\n"
	"      on: [viewed, paid], do: keep, type: boolean, why: w }\n";

#define GIVEN "\"at\":\"2026-05-01T09:00:00Z\",\"state\":\"given\""

static const char records[] =
	"{\"key\":\"user:a\",\"value\":{\"v\":1,\"notice\":\"n7\","
	"\"purposes\":{\"*\":{" GIVEN "}}}}\n"
	"{\"key\":\"user:b\",\"value\":{\"v\":1,\"purposes\":{\"*\":{" GIVEN
	"}}}}\n"
	"{\"key\":\"device:a\",\"value\":{\"v\":1,\"purposes\":{\"*\":{"
	"\"state\":\"refused\"}}}}\n"
	"{\"key\":\"device:b\",\"value\":{\"v\":2}}\n";

static struct lethe_policy *policy;
static struct lethe_ledger *ledger;
static struct lethe_view *view;
static struct lethe_scratch *scratch;
static struct reader *checker;
static struct trie *nothing;

struct run {
	enum lethe_status status;
	size_t offset;
	enum lethe_reason event;
	enum lethe_reason purposes[8];
	struct buf records;
	size_t checked;
};

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
told(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (!m->warning)
		fprintf(stderr, "%u: %s\n", m->line, m->what);
}

static void
start(void)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct public_key public;
	struct secret_key *secret;
	struct lethe_ring ring = {0};
	struct lethe_error err;
	size_t added;

	must(!crypto_start(&err), "crypto");
	must(!lethe_policy_compile("fuzz", policy_text, strlen(policy_text),
		     NOW, told, NULL, &policy, &err),
		"policy");
	must(!keypair_generate(&secret, &public, &err), "key pair");
	must(!ring_create(&public, &public, NOW - 1, &ring.ring, &err), "ring");
	must(!ring_add(ring.ring, &policy->want, NOW - 1, &added, &err), "add");
	must(!ring_unlock(ring.ring, secret, NULL, &err), "unlock");
	must(!lethe_ledger_read(
		     policy, records, strlen(records), &ledger, &err),
		"ledger");
	options.policy = policy;
	options.ledger = ledger;
	options.ring = &ring;
	must(!lethe_view_new(&options, &view, &err), "view");
	must(!lethe_scratch_new(1, &scratch, &err), "scratch");
	must(!reader_new(2, &checker, &err), "reader");
	must(!trie_new(&nothing, &err) && !trie_seal(nothing, 0, &err), "trie");
	ring_free(ring.ring);
	secret_key_free(secret);
}

static enum lethe_status
record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	const struct limits limits = {1 << 20, 64, 1 << 16, 1 << 16};
	struct run *run = ctx;
	struct reading out;

	must(!reader_read(checker, nothing, &limits,
		     r->format == LETHE_FORMAT_JSON ? FORMAT_JSON
						    : FORMAT_MSGPACK,
		     slice_make(r->value, r->value_len), NULL, &out, err),
		"a record that cannot be read");
	must(!r->key == (r->purpose >= 2), "keys");
	buf_put(&run->records, &r->purpose, sizeof(r->purpose));
	buf_put(&run->records, &r->time_ms, sizeof(r->time_ms));
	buf_put(&run->records, r->value, r->value_len);
	run->checked++;
	return LETHE_OK;
}

/* Its key is one that the ledger takes, its value a refusal of everything. */
static enum lethe_status
objection(void *ctx, const struct lethe_objection *o, struct lethe_error *err)
{
	static const char start[] = "lethe:objection:";
	static const char value[] = "{\"v\":1,\"purposes\":{\"*\":{"
				    "\"state\":\"refused\",\"at\":\"";

	(void)ctx;
	(void)err;
	must(o->key_len > sizeof(start) &&
			!memcmp(o->key, start, sizeof(start) - 1),
		"the key of an objection");
	must(o->value_len > sizeof(value) &&
			!memcmp(o->value, value, sizeof(value) - 1),
		"the value of an objection");
	must(o->log_len && *(const char *)o->log == '{', "its log");
	return LETHE_OK;
}

static void
decision(void *ctx, const struct lethe_decision *d)
{
	struct run *run = ctx;

	if (d->purpose == LETHE_NO_PURPOSE)
		run->event = d->reason;
	else if (lethe_reason_scope(d->reason) != LETHE_SCOPE_FIELD)
		run->purposes[d->purpose] = d->reason;
}

static void
process(const struct lethe_input *in, struct run *run)
{
	struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = run,
		.record = record,
		.decision = decision,
		.objection = objection};
	struct lethe_error err = {0};

	*run = (struct run){.records = run->records};
	buf_reset(&run->records);
	run->status = lethe_process(view, scratch, in, &sink, &err);
	/* Nothing of it stays for the next. */
	lethe_scratch_settle(scratch, false);
	run->offset = err.offset;
	must(lethe_status_class(run->status) <= LETHE_CLASS_POISON, "a status");
	if (lethe_status_class(run->status) == LETHE_CLASS_POISON) {
		must(!run->checked && !run->event, "told of poison");
		must(run->offset <= in->len, "an offset behind the event");
	}
}

static void
compare(const struct lethe_input *in, const struct run *run)
{
	struct explanation e;

	must(!explain(view, scratch, in, &e, NULL), "explain");
	must(e.status == run->status, "explain: status");
	must(e.offset == run->offset, "explain: offset");
	must(e.reason == run->event, "explain: event");
	for (size_t i = 0; i < e.purpose_count; i++)
		must(e.purposes[i].reason ==
				run->purposes[e.purposes[i].purpose],
			"explain: purpose");
	for (size_t i = 0; i < e.leaf_count; i++)
		must(utf8_valid(slice_of(e.leaves[i].path)), "explain: path");
	explanation_fini(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run first, again;
	struct lethe_input in = {
		.size = sizeof(in), .now_ms = NOW, .broker_ms = NOW};
	uint8_t *event;

	if (!policy)
		start();
	if (!size)
		return 0;
	in.format = (enum lethe_format)(data[0] % 3);
	in.channel = data[0] / 3 % 3;
	in.record_format = (enum lethe_format)(data[0] / 9 % 3);
	/* memory of its own, so that a step behind the end is seen */
	event = malloc(size > 1 ? size - 1 : 1);
	must(event != NULL, "memory");
	memcpy(event, data + 1, size - 1);
	in.value = event;
	in.len = size - 1;
	in.key = event;
	in.key_len = in.len < 16 ? in.len : 16;
	process(&in, &first);
	process(&in, &again);
	must(first.status == again.status, "a second run: status");
	must(slice_equal(buf_slice(&first.records), buf_slice(&again.records)),
		"a second run: records");
	compare(&in, &again);
	free(event);
	return 0;
}
