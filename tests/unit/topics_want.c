#include "suite.h"

#include "kafka/topics/topics.h"

#include <stdio.h>
#include <string.h>

/* What a policy asks of topics. */

#define DAY INT64_C(86400000)

#define INPUT(name, topics, retention) \
	"  " name ":\n    topics: " topics "\n" retention \
	"    event_time: { path: $.at, format: unix_ms }\n" \
	"    events:\n      seen: { $.event: seen }\n"
#define PURPOSE(name, rest) \
	"  " name ":\n    says: Count.\n    basis: contract\n" \
	"    ticket: LEGAL-1\n    on: [seen]\n    topic: " name ".out\n" rest

static const char text[] =
	"version: 1\nname: topics\nrevision: 1\n"
	"inputs:\n" INPUT("web", "[raw, web.raw]", "    retention: 7d\n") INPUT(
		"app", "[raw]", "    retention: 36h\n") INPUT("old",
		"[raw, old.raw]",
		"") "identifiers:\n  user: { prefix: u, from: [$.user] }\n"
		    "purposes:\n" PURPOSE("keyed",
			    "    retention: 30d\n    recipients: [rec, "
			    "\"Group:models\"]\n"
			    "    identity: [user]\n") PURPOSE("plain",
			    "    identity: none\n") "fields:\n  - { do: event, "
						    "as: event, for: [keyed, "
						    "plain], why: x }\n"
						    "quarantine: { topic: "
						    "aside, payload: sealed, "
						    "retention: 12h }\n";

static void
tell(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (!m->warning)
		fprintf(stderr, "%u:%u: %s\n", m->line, m->column, m->what);
}

/* The topics of a view, of one purpose or (NULL) of all. */
static size_t
want(const char *purpose, struct lethe_policy **policy,
	struct lethe_view **view, struct topics_wanted out[static 8])
{
	struct lethe_view_options o = {.size = sizeof(o), .purpose = purpose};
	struct lethe_error err = {0};
	size_t count;

	ck_assert_status(lethe_policy_compile("t.yaml", text, strlen(text), 0,
				 tell, NULL, policy, &err),
		LETHE_OK);
	o.policy = *policy;
	ck_assert_status(lethe_view_new(&o, view, &err), LETHE_OK);
	count = topics_count(*view);
	ck_assert_uint_le(count, 8);
	topics_want(*view, 1000, 2000, out);
	return count;
}

static const struct {
	enum topics_kind kind;
	const char *topic;
	int64_t retention_ms;
	size_t readers;
	bool keyed;
	int64_t message_bytes;
} rows[] = {
	{TOPICS_OUTPUT, "keyed.out", 30 * DAY, 2, true, 1000},
	{TOPICS_OUTPUT, "plain.out", 0, 0, false, 1000},
	{TOPICS_QUARANTINE, "aside", DAY / 2, 0, false, 2000},
	{TOPICS_RAW, "raw", 3 * DAY / 2, 0, false, 0}, /* the shortest */
	{TOPICS_RAW, "web.raw", 7 * DAY, 0, false, 0},
	{TOPICS_RAW, "old.raw", 0, 0, false, 0},
};

START_TEST(names_each_topic_with_what_the_policy_states)
{
	struct lethe_policy *policy;
	struct lethe_view *view;
	struct topics_wanted out[8];

	ck_assert_uint_eq(want(NULL, &policy, &view, out), 6);
	ck_assert_int_eq(out[_i].kind, rows[_i].kind);
	ck_assert_str_eq(out[_i].topic, rows[_i].topic);
	ck_assert_int_eq(out[_i].retention_ms, rows[_i].retention_ms);
	ck_assert_uint_eq(out[_i].reader_count, rows[_i].readers);
	ck_assert_int_eq(out[_i].keyed, rows[_i].keyed);
	ck_assert_int_eq(out[_i].message_bytes, rows[_i].message_bytes);
	ck_assert_str_eq(out[0].readers[1], "Group:models");
	lethe_view_free(view);
	lethe_policy_drop(policy);
}
END_TEST

START_TEST(leaves_out_the_purposes_that_do_not_run)
{
	struct lethe_policy *policy;
	struct lethe_view *view;
	struct topics_wanted out[8];

	ck_assert_uint_eq(want("plain", &policy, &view, out), 5);
	ck_assert_str_eq(out[0].topic, "plain.out");
	ck_assert_str_eq(out[0].purpose, "plain");
	ck_assert_str_eq(out[1].topic, "aside");
	lethe_view_free(view);
	lethe_policy_drop(policy);
}
END_TEST

SUITE("topics_want", ROWS(names_each_topic_with_what_the_policy_states, rows),
	TEST(leaves_out_the_purposes_that_do_not_run))
