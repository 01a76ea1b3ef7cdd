#include "suite.h"

#include "base/buf.h"
#include "base/file.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1777890000000) /* 2026-05-04T10:20:00Z */
#define EXAMPLE "config/policy.example.yaml"

/* Two inputs, two classes, three purposes, arrays. */
static const char base[] =
	"version: 1\n"
	"name: shop\n"
	"revision: 7\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw.web, raw.all]\n"
	"    event_id: $.id\n"
	"    event_time: { path: $.at, format: rfc3339 }\n"
	"    limits: { bytes: 5000, depth: 9 }\n"
	"    events: { seen: { $.e: [s, 1, 2.5, true] }, sold: { $.e: b } }\n"
	"  app:\n"
	"    topics: [raw.app]\n"
	"    formats: [msgpack]\n"
	"    event_id: $.uuid\n"
	"    event_time: { path: \"@timestamp\" }\n"
	"    limits: { bytes: 4000, depth: 12 }\n"
	"    events: { sold: { $.k: sale } }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.u, $.w], ignore: [Guest, none] }\n"
	"  visit: { prefix: v, from: [$.v], within: user }\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment, path: { web: $.c, app: $.d } }\n"
	"    scopes: { format: flag, path: \"$.s[*].name\", yes: [ads, 1] }\n"
	"    gpc: { format: gpc, path: $.gpc }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: it\n"
	"    basis: consent\n"
	"    consent: { decides: banner, also: [scopes], asks: { banner: "
	"[A, B], scopes: yes } }\n"
	"    ignores: { gpc: it does not sell }\n"
	"    topic: rec.out\n"
	"    identity: [user]\n"
	"    id: true\n"
	"  ana:\n"
	"    says: it\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA\n"
	"    on: [sold]\n"
	"    topic: ana.out\n"
	"    format: msgpack\n"
	"    identity: none\n"
	"    expires: 2027-01-01\n"
	"fields:\n"
	"  - { do: event, as: event, for: [rec, ana], why: it }\n"
	"  - { do: token, class: visit, as: visit, for: [rec], why: it }\n"
	"  - { path: { web: \"$.l[*].n\", app: \"$.m[*].n\" }, as: "
	"\"l[].name\", for: [rec], on: [sold], do: one_of, values: [a, 1], "
	"why: it }\n"
	"  - { path: { web: \"$.l[*].q\", app: \"$.m[*].q\" }, as: "
	"\"l[].at.count\", for: [rec], on: [sold], do: keep, type: integer, "
	"min: 0, max: 18446744073709551615, why: it }\n"
	"  - { path: \"$.t[*]\", as: \"tags[]\", for: [rec], on: [seen], do: "
	"one_of, values: [x], why: it }\n"
	"  - { path: $.p, as: a.price, for: [ana], on: [sold], do: bucket, "
	"edges: [1, 2.5], required: true, why: it }\n"
	"quarantine: { topic: bad }\n";

static void
print_mistake(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (!m->warning)
		printf("%u:%u: %s\n", m->line, m->column, m->what);
}

static enum lethe_status
compile(const char *text, struct lethe_policy **out)
{
	struct lethe_error err = {0};

	return lethe_policy_compile("p.yaml", text, strlen(text), NOW,
		print_mistake, NULL, out, &err);
}

/* The policy above with one text in place of another. */
static struct lethe_policy *
edited(const char *old, const char *new)
{
	const char *at = strstr(base, old);
	struct lethe_policy *p;
	struct buf text;

	ck_assert_ptr_nonnull(at);
	buf_init(&text, 0);
	buf_put(&text, base, (size_t)(at - base));
	buf_put_text(&text, new);
	buf_put_text(&text, at + strlen(old));
	buf_put_byte(&text, 0);
	ck_assert_status(compile((const char *)text.ptr, &p), LETHE_OK);
	buf_fini(&text);
	return p;
}

static struct lethe_policy *
whole(void)
{
	struct lethe_policy *p;

	ck_assert_status(compile(base, &p), LETHE_OK);
	return p;
}

START_TEST(compiles_the_example)
{
	struct lethe_error err = {0};
	struct lethe_policy *p;

	ck_assert_status(lethe_policy_open(EXAMPLE, NOW, NULL, NULL, &p, &err),
		LETHE_OK);
	ck_assert_str_eq(lethe_policy_name(p), "shop-behaviour");
	ck_assert_uint_eq(lethe_policy_purposes(p), 3);
	ck_assert_str_eq(lethe_policy_purpose_name(p, 2), "counting");
	ck_assert_str_eq(lethe_policy_purpose_topic(p, 1), "analytics.events");
	ck_assert_uint_eq(p->field_count, 12);
	ck_assert_uint_eq(p->purposes[2].domain, SIZE_MAX);
	ck_assert_uint_eq(p->want.domain_count, 2);
	lethe_policy_drop(p);
}
END_TEST

START_TEST(labels_it_by_revision_and_bytes)
{
	struct lethe_policy *p = whole(), *q = edited("says: it", "says: IT");

	ck_assert_int_eq(strncmp(lethe_policy_label(p), "7-", 2), 0);
	ck_assert_uint_eq(strlen(lethe_policy_label(p)), 2 + 32);
	ck_assert_str_ne(lethe_policy_label(p), lethe_policy_label(q));
	ck_assert_str_eq(lethe_policy_purpose_shape(p, 0),
		lethe_policy_purpose_shape(q, 0));
	lethe_policy_drop(p);
	lethe_policy_drop(q);
}
END_TEST

START_TEST(reads_inputs_with_their_defaults)
{
	struct lethe_policy *p = whole();
	const struct policy_input *web = &p->inputs[0], *app = &p->inputs[1];

	ck_assert(web->json && web->msgpack && !app->json && app->msgpack);
	ck_assert_int_eq(web->time.max_future_ms, 300000);
	ck_assert_int_eq(web->time.max_age_ms, INT64_MAX);
	ck_assert_int_eq(web->time.form, TIME_RFC3339);
	ck_assert_int_eq(app->time.at.root, PATH_TIMESTAMP);
	ck_assert_uint_eq(app->time.at.slot, SLOT_NONE);
	ck_assert_uint_eq(web->limits.members, 512);
	ck_assert_uint_eq(web->limits.depth, 9);
	ck_assert_uint_eq(p->event_count, 2);
	ck_assert_uint_eq(web->rules[1].event, app->rules[0].event);
	lethe_policy_drop(p);
}
END_TEST

START_TEST(types_what_events_are_recognised_by)
{
	struct lethe_policy *p = whole();
	const struct event_match *m = &p->inputs[0].rules[0].matches[0];

	ck_assert_uint_eq(m->count, 4);
	ck_assert_int_eq(m->values[0].kind, VALUE_STRING);
	ck_assert_int_eq(m->values[1].kind, VALUE_INT);
	ck_assert_int_eq(m->values[2].kind, VALUE_NUMBER);
	ck_assert(m->values[2].number == 2.5);
	ck_assert_int_eq(m->values[3].kind, VALUE_BOOL);
	lethe_policy_drop(p);
}
END_TEST

START_TEST(gives_one_slot_to_one_path)
{
	struct lethe_policy *p = edited("$.gpc", "'$[\"p\"]'");

	/* `$.p` of the last field is the same place. */
	ck_assert_uint_eq(p->sources[2].at[0].slot, p->fields[5].at[0].slot);
	ck_assert_uint_ne(p->fields[5].at[0].slot, p->fields[2].at[0].slot);
	for (size_t i = 0; i < p->field_count; i++)
		for (size_t k = 0; k < p->input_count; k++)
			if (p->fields[i].at[k].is)
				ck_assert_uint_lt(
					p->fields[i].at[k].slot, p->slot_count);
	lethe_policy_drop(p);
}
END_TEST

START_TEST(knows_what_stands_before_each_element)
{
	struct lethe_policy *p = whole();
	const struct policy_field *name = &p->fields[2], *count = &p->fields[3];

	ck_assert_uint_ne(name->at[0].container, SLOT_NONE);
	ck_assert_uint_eq(name->at[0].container, count->at[0].container);
	ck_assert_uint_ne(name->at[0].container, name->at[1].container);
	ck_assert_uint_eq(p->fields[5].at[0].container, SLOT_NONE);
	ck_assert(name->each && name->has_path);
	ck_assert(!p->fields[1].has_path && !p->fields[1].at[0].is);
	ck_assert(p->sources[1].rule.each);
	ck_assert_uint_eq(p->sources[1].rule.yes_count, 2);
	lethe_policy_drop(p);
}
END_TEST

START_TEST(asks_each_source_for_its_categories)
{
	struct lethe_policy *p = whole();
	const struct policy_purpose *rec = &p->purposes[0];
	const struct policy_purpose *ana = &p->purposes[1];
	const struct policy_ask *banner = &rec->asks[0];

	ck_assert_uint_eq(rec->ask_count, 2);
	ck_assert_uint_eq(banner->ask.count, 2);
	ck_assert(banner->members[0][0].is && banner->members[1][1].is);
	ck_assert_uint_ne(
		banner->members[0][0].slot, banner->members[1][0].slot);
	ck_assert_uint_eq(rec->rule.decides, 0);
	ck_assert_uint_eq(rec->rule.asked, 3);
	ck_assert_uint_eq(rec->rule.also, 2);
	ck_assert_uint_eq(rec->rule.objections, 0);
	ck_assert_uint_eq(ana->rule.objections, 4);
	ck_assert_uint_eq(ana->rule.asked, 0);
	ck_assert_int_eq(ana->expires_ms, INT64_C(1798761600000));
	lethe_policy_drop(p);
}
END_TEST

START_TEST(builds_the_tree_of_a_record)
{
	struct lethe_policy *p = whole();
	const struct out_node *rec = &p->purposes[0].shape, *list, *at;

	ck_assert_uint_eq(rec->child_count, 4);
	ck_assert(slice_is(rec->children[0].key, "event"));
	ck_assert(slice_is(rec->children[1].key, "visit"));
	ck_assert_uint_eq(rec->children[1].field, 1);
	ck_assert(slice_is(rec->children[1].was, "visit_was"));
	ck_assert(slice_is(rec->children[1].was_json, "\"visit_was\":"));
	ck_assert_ptr_null(rec->children[0].was.ptr);
	list = &rec->children[2];
	ck_assert_int_eq(list->kind, OUT_LIST);
	ck_assert_uint_eq(list->child_count, 2);
	ck_assert_uint_eq(list->children[0].field, 2);
	at = &list->children[1];
	ck_assert_int_eq(at->kind, OUT_OBJECT);
	ck_assert(slice_is(at->children[0].key, "count"));
	ck_assert_uint_eq(at->children[0].field, 3);
	ck_assert_int_eq(rec->children[3].kind, OUT_LIST);
	ck_assert_uint_eq(rec->children[3].child_count, 1);
	ck_assert_uint_eq(rec->children[3].children[0].key.len, 0);
	ck_assert(slice_is(p->purposes[1].shape.children[1].key, "a"));
	lethe_policy_drop(p);
}
END_TEST

static const struct {
	const char *old, *new;
	bool rec, ana; /* whether the shape changes */
} shapes[] = {
	{"rec.out", "rec.other", false, false},
	{"max: 18446744073709551615", "max: 9", false, false},
	{"type: integer", "type: number", true, false},
	{"values: [a, 1]", "values: [b, 2, 3]", false, false},
	{"values: [a, 1]", "values: [a]", true, false},
	{"as: a.price", "as: price", false, true},
	{"format: msgpack\n", "format: json\n", false, true},
	{"required: true", "required: false", false, false},
	{"    id: true\n", "", true, false},
	{"prefix: v", "prefix: v, lifetime: 1d", false, false},
	{"  - { do: event, as: event, for: [rec, ana], why: it }\n"
	 "  - { do: token, class: visit, as: visit, for: [rec], why: it }\n",
		"  - { do: token, class: visit, as: visit, for: [rec], why: it "
		"}\n"
		"  - { do: event, as: event, for: [rec, ana], why: it }\n",
		false, false},
};

START_TEST(digests_names_and_types_alone)
{
	struct lethe_policy *p = whole();
	struct lethe_policy *q = edited(shapes[_i].old, shapes[_i].new);

	ck_assert_int_eq(strcmp(lethe_policy_purpose_shape(p, 0),
				 lethe_policy_purpose_shape(q, 0)) != 0,
		shapes[_i].rec);
	ck_assert_int_eq(strcmp(lethe_policy_purpose_shape(p, 1),
				 lethe_policy_purpose_shape(q, 1)) != 0,
		shapes[_i].ana);
	lethe_policy_drop(p);
	lethe_policy_drop(q);
}
END_TEST

START_TEST(wants_of_a_ring_what_its_tokens_need)
{
	struct lethe_policy *p = whole();
	const struct ring_want *w = &p->want;

	ck_assert_uint_eq(w->class_count, 3);
	ck_assert(slice_is(w->classes[1].name, "visit"));
	ck_assert(slice_is(w->classes[2].name, EVENT_ID_CLASS));
	ck_assert_uint_eq(w->domain_count, 1);
	ck_assert(slice_is(w->domains[0].name, "rec"));
	ck_assert_uint_eq(w->domains[0].class_count, 3);
	ck_assert_uint_eq(p->purposes[0].domain, 0);
	ck_assert_uint_eq(p->purposes[1].domain, SIZE_MAX);
	lethe_policy_drop(p);
	p = edited("    id: true\n", "");
	ck_assert_uint_eq(p->want.class_count, 2);
	lethe_policy_drop(p);
}
END_TEST

static const struct {
	const char *old, *new;
	bool user, visit; /* whether the class would be re-keyed */
} rules[] = {
	{"from: [$.u, $.w]", "from: [$.w, '$[\"u\"]']", false, false},
	{"ignore: [Guest, none]", "ignore: [none, GUEST, guest]", false, false},
	{"ignore: [Guest, none]", "ignore: [none]", true, true},
	{"from: [$.u, $.w]", "from: [$.u]", true, true},
	{"from: [$.u, $.w]", "from: [$.u, { web: $.w }]", true, true},
	{"from: [$.u, $.w]", "from: [$.u, $.w], normalise: [lower]", true,
		true},
	{"from: [$.v]", "from: [$.vv]", false, true},
	{", within: user", "", false, true},
	{"prefix: v", "prefix: w", false, true},
	{"prefix: v", "prefix: v, lifetime: 1d", false, true},
	/* One more input that reads the same place is no new rule. */
	{"identifiers:",
		"  box:\n"
		"    topics: [raw.box]\n"
		"    event_id: $.other\n"
		"    event_time: { path: $.t, format: unix_s }\n"
		"    events: { sold: { $.z: 1 } }\n"
		"identifiers:",
		false, false},
};

START_TEST(digests_what_would_change_a_token)
{
	struct lethe_policy *p = whole();
	struct lethe_policy *q = edited(rules[_i].old, rules[_i].new);

	ck_assert_int_eq(memcmp(p->want.classes[0].rules,
				 q->want.classes[0].rules, DIGEST_BYTES) != 0,
		rules[_i].user);
	ck_assert_int_eq(memcmp(p->want.classes[1].rules,
				 q->want.classes[1].rules, DIGEST_BYTES) != 0,
		rules[_i].visit);
	ck_assert_mem_eq(p->want.classes[2].rules, q->want.classes[2].rules,
		DIGEST_BYTES);
	lethe_policy_drop(p);
	lethe_policy_drop(q);
}
END_TEST

START_TEST(has_a_channel_a_topic_and_one_for_all)
{
	struct lethe_policy *p = whole();
	size_t app = lethe_policy_channel(p, "raw.app");

	ck_assert_uint_eq(lethe_policy_topics(p), 3);
	ck_assert_str_eq(lethe_policy_topic(p, 2), "raw.all");
	ck_assert_uint_eq(app, 3);
	ck_assert_uint_eq(lethe_policy_channel(p, "raw"), SIZE_MAX);
	ck_assert_uint_eq(p->channels[app].input_count, 1);
	ck_assert(!p->channels[app].json);
	ck_assert_uint_eq(p->channels[app].limits.bytes, 4000);
	/* Of all inputs: as large as any of them allows. */
	ck_assert_uint_eq(p->channels[0].input_count, 2);
	ck_assert(p->channels[0].json);
	ck_assert_uint_eq(p->channels[0].limits.bytes, 5000);
	ck_assert_uint_eq(p->channels[0].limits.depth, 12);
	ck_assert_uint_eq(trie_slots(p->channels[app].trie), p->slot_count);
	lethe_policy_drop(p);
}
END_TEST

START_TEST(lives_until_its_last_owner_drops_it)
{
	struct lethe_policy *p = whole();

	ck_assert_ptr_eq(lethe_policy_ref(p), p);
	lethe_policy_drop(p);
	ck_assert_str_eq(lethe_policy_name(p), "shop");
	lethe_policy_drop(p);
	lethe_policy_drop(NULL);
}
END_TEST

static const struct {
	const char *old, *new;
	enum lethe_status status;
	const char *what;
} failures[] = {
	{"do: bucket", "do: buckets", LETHE_EPOLICY, "p.yaml: 1 mistake"},
	{"identity: [user]\n", "identity: [user]\n    k: 50\n",
		LETHE_EUNSUPPORTED, "p.yaml: 1 mistake"},
	{"identity: [user]\n", "identity: [use]\n    rotate: { every: 90d }\n",
		LETHE_EPOLICY, "p.yaml: 2 mistakes"},
	{"prefix: u,", "prefix: u, lifetime: 1d,", LETHE_EPOLICY,
		"p.yaml: 1 mistake"},
	{"version: 1", "\xff", LETHE_EPOLICY, "p.yaml: 1 mistake"},
};

START_TEST(fails_with_its_status_and_leaves_nothing)
{
	const char *at = strstr(base, failures[_i].old);
	struct lethe_policy *p = (struct lethe_policy *)&arena_init;
	struct lethe_error err = {0};
	struct buf text;

	buf_init(&text, 0);
	buf_put(&text, base, (size_t)(at - base));
	buf_put_text(&text, failures[_i].new);
	buf_put_text(&text, at + strlen(failures[_i].old));
	ck_assert_status(lethe_policy_compile("p.yaml", text.ptr, text.len, NOW,
				 NULL, NULL, &p, &err),
		failures[_i].status);
	ck_assert_ptr_null(p);
	ck_assert_int_eq(err.status, failures[_i].status);
	ck_assert_str_eq(err.what, failures[_i].what);
	buf_fini(&text);
}
END_TEST

START_TEST(says_which_file_cannot_be_read)
{
	struct lethe_error err = {0};
	struct lethe_policy *p;

	ck_assert_status(lethe_policy_open("tests/no/such.yaml", NOW, NULL,
				 NULL, &p, &err),
		LETHE_EIO);
	ck_assert_ptr_null(p);
	ck_assert_ptr_nonnull(strstr(err.what, "tests/no/such.yaml"));
}
END_TEST

SUITE("policy", TEST(compiles_the_example),
	TEST(labels_it_by_revision_and_bytes),
	TEST(reads_inputs_with_their_defaults),
	TEST(types_what_events_are_recognised_by),
	TEST(gives_one_slot_to_one_path),
	TEST(knows_what_stands_before_each_element),
	TEST(asks_each_source_for_its_categories),
	TEST(builds_the_tree_of_a_record),
	ROWS(digests_names_and_types_alone, shapes),
	TEST(wants_of_a_ring_what_its_tokens_need),
	ROWS(digests_what_would_change_a_token, rules),
	TEST(has_a_channel_a_topic_and_one_for_all),
	TEST(lives_until_its_last_owner_drops_it),
	ROWS(fails_with_its_status_and_leaves_nothing, failures),
	TEST(says_which_file_cannot_be_read))
