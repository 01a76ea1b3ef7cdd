#include "suite.h"

#include "kafka/topics/topics.h"

#include <stdio.h>

/* What a topic should be against what it is: verdicts, without a cluster. */

#define DAY INT64_C(86400000)
#define ME "User:lethe"

static const char *const recipients[] = {"rec-service", "Group:models"};

static struct topics_wanted
output(void)
{
	return (struct topics_wanted){.kind = TOPICS_OUTPUT,
		.topic = "rec.events",
		.purpose = "recommendations",
		.retention_ms = 8 * DAY,
		.readers = recipients,
		.reader_count = 2,
		.keyed = true,
		.message_bytes = 1048588,
		.partitions = 4,
		.replicas = 3};
}

/* As apply would have made it. */
static struct topics_found
good(void)
{
	return (struct topics_found){.exists = true,
		.partitions = 4,
		.replicas = 3,
		.configs = TOPICS_KNOWN,
		.values = {"delete", "691200000", "172800000", "1048588", "2",
			"CreateTime"},
		.rights = TOPICS_KNOWN,
		.written = TOPICS_KNOWN};
}

/* "retention_long=691200000 foreign_reader" of what is found. */
static void
told(const struct topics_wanted *w, const struct topics_found *f,
	const char *principal, char out[static 512])
{
	struct topics_findings all = {0};
	size_t len = 0;

	topics_compare(w, f, principal, &all);
	ck_assert(!all.full);
	out[0] = '\0';
	for (size_t i = 0; i < all.count; i++) {
		const struct topics_finding *row = &all.rows[i];

		len += (size_t)snprintf(out + len, 512 - len, "%s%s%s%s",
			i ? " " : "", topics_what_name(row->what),
			row->value[0] ? "=" : "", row->value);
		ck_assert_uint_lt(len, 512);
	}
	topics_findings_fini(&all);
}

START_TEST(finds_nothing_in_a_topic_as_it_should_be)
{
	struct topics_wanted w = output();
	struct topics_found f = good();
	char text[512];

	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "");
}
END_TEST

/* One setting that differs, and what is told of it. */
struct config_case {
	enum topics_config config;
	const char *value; /* NULL: not told */
	const char *told;
};

static const struct config_case configs[] = {
	{TOPICS_CONFIG_RETENTION, "691200001", "retention_long=691200000"},
	{TOPICS_CONFIG_RETENTION, "-1", "retention_long=691200000"},
	{TOPICS_CONFIG_RETENTION, NULL, "retention_long=691200000"},
	{TOPICS_CONFIG_RETENTION, "691200000", ""},
	{TOPICS_CONFIG_RETENTION, "1000", ""}, /* stricter */
	{TOPICS_CONFIG_RETENTION, "0", ""},
	{TOPICS_CONFIG_SEGMENT, "604800000", "segment_long=172800000"},
	{TOPICS_CONFIG_SEGMENT, "172800001", "segment_long=172800000"},
	{TOPICS_CONFIG_SEGMENT, "172800000", ""},
	{TOPICS_CONFIG_SEGMENT, "60000", ""},
	{TOPICS_CONFIG_CLEANUP, "compact", "cleanup_policy=delete"},
	{TOPICS_CONFIG_CLEANUP, "compact,delete", "cleanup_policy=delete"},
	{TOPICS_CONFIG_MESSAGE, "1048587", "max_message_bytes=1048588"},
	{TOPICS_CONFIG_MESSAGE, "2000000", ""},
	{TOPICS_CONFIG_INSYNC, "1", "min_insync_replicas=2"},
	{TOPICS_CONFIG_INSYNC, "3", ""},
	{TOPICS_CONFIG_INSYNC, "4", "min_insync_replicas=2"}, /* no write */
	{TOPICS_CONFIG_STAMP, "LogAppendTime", "timestamp_type=CreateTime"},
};

START_TEST(tells_each_setting_that_differs)
{
	struct topics_wanted w = output();
	struct topics_found f = good();
	char text[512];

	f.values[configs[_i].config] = configs[_i].value;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, configs[_i].told);
	w.kind = TOPICS_QUARANTINE;
	w.keyed = false;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, configs[_i].told);
}
END_TEST

static const struct config_case ledger_configs[] = {
	{TOPICS_CONFIG_CLEANUP, "compact", ""},
	{TOPICS_CONFIG_CLEANUP, "delete", "cleanup_policy=compact"},
	{TOPICS_CONFIG_CLEANUP, "compact,delete", "cleanup_policy=compact"},
	{TOPICS_CONFIG_TOMBSTONES, "86399999", "tombstones_short=86400000"},
	{TOPICS_CONFIG_TOMBSTONES, NULL, "tombstones_short=86400000"},
	{TOPICS_CONFIG_TOMBSTONES, "86400000", ""},
	{TOPICS_CONFIG_RETENTION, "1000", ""}, /* it is compacted */
	{TOPICS_CONFIG_INSYNC, "1", "min_insync_replicas=2"},
};

static struct topics_found
good_ledger(void)
{
	struct topics_found f = good();

	f.values[TOPICS_CONFIG_CLEANUP] = "compact";
	f.values[TOPICS_CONFIG_TOMBSTONES] = "86400000";
	return f;
}

START_TEST(the_ledger_is_compacted_and_keeps_tombstones_for_a_day)
{
	struct topics_wanted w = output();
	struct topics_found f = good_ledger();
	char text[512];

	w.kind = TOPICS_LEDGER;
	w.retention_ms = 0;
	f.values[ledger_configs[_i].config] = ledger_configs[_i].value;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, ledger_configs[_i].told);
}
END_TEST

START_TEST(its_log_is_not_compacted_and_keeps_as_long_as_was_set)
{
	struct topics_wanted w = output();
	struct topics_found f = good(), none = {0};
	char text[512], value[TOPICS_VALUE_BYTES];

	w.kind = TOPICS_LEDGER_LOG;
	w.retention_ms = 0;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "log_keeps");
	f.values[TOPICS_CONFIG_CLEANUP] = "compact";
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "cleanup_policy=delete log_keeps");
	ck_assert(!topics_value(&w, &f, TOPICS_CONFIG_RETENTION, value));
	ck_assert(topics_value(&w, &none, TOPICS_CONFIG_RETENTION, value));
	ck_assert_str_eq(value, "-1");
}
END_TEST

/* The value a segment should have, by what the policy allows. */
static const struct {
	int64_t retention_ms;
	const char *segment; /* NULL: any */
} segments[] = {
	{0, NULL}, {1000, "60000"}, {DAY / 24, "900000"}, {DAY, "21600000"},
	{28 * DAY, "604800000"},
	{395 * DAY, "604800000"}, /* the broker's default is enough */
};

START_TEST(lets_a_segment_grow_for_a_quarter)
{
	struct topics_wanted w = output();
	struct topics_found f = good();
	char value[TOPICS_VALUE_BYTES];

	w.retention_ms = segments[_i].retention_ms;
	ck_assert_int_eq(topics_value(&w, NULL, TOPICS_CONFIG_SEGMENT, value),
		segments[_i].segment != NULL);
	ck_assert_str_eq(
		value, segments[_i].segment ? segments[_i].segment : "");
	f.values[TOPICS_CONFIG_SEGMENT] = "604800000";
	ck_assert_int_eq(topics_holds(&w, &f, TOPICS_CONFIG_SEGMENT),
		!w.retention_ms || w.retention_ms >= 28 * DAY);
}
END_TEST

START_TEST(asks_of_few_replicas_no_more_than_they_can)
{
	static const struct {
		int32_t replicas;
		const char *value;
	} rows[] = {{1, "1"}, {2, "1"}, {3, "2"}, {5, "2"}};
	struct topics_wanted w = output();
	char value[TOPICS_VALUE_BYTES];

	for (size_t i = 0; i < 4; i++) {
		w.replicas = rows[i].replicas;
		ck_assert(topics_value(&w, NULL, TOPICS_CONFIG_INSYNC, value));
		ck_assert_str_eq(value, rows[i].value);
	}
}
END_TEST

/* A topic and what is told of it as a whole. */
static const struct {
	enum topics_kind kind;
	bool exists;
	enum topics_known configs;
	int64_t retention_ms;
	const char *kept;
	int32_t replicas;
	const char *told;
} wholes[] = {
	{TOPICS_OUTPUT, false, TOPICS_UNASKED, DAY, NULL, 0, "missing"},
	{TOPICS_QUARANTINE, false, TOPICS_UNASKED, DAY, NULL, 0, "missing"},
	{TOPICS_RAW, false, TOPICS_UNASKED, DAY, NULL, 0, "raw_missing"},
	{TOPICS_OUTPUT, false, TOPICS_UNASKED, 0, NULL, 0,
		"missing retention_unstated"},
	{TOPICS_RAW, true, TOPICS_KNOWN, 0, "604800000", 1,
		"retention_unstated"},
	{TOPICS_RAW, true, TOPICS_KNOWN, 7 * DAY, "604800000", 1, ""},
	{TOPICS_RAW, true, TOPICS_KNOWN, 7 * DAY, "1", 1, ""},
	{TOPICS_RAW, true, TOPICS_KNOWN, 7 * DAY, "604800001", 1,
		"raw_retention_long=604800000"},
	{TOPICS_RAW, true, TOPICS_KNOWN, 7 * DAY, "-1", 1,
		"raw_retention_long=604800000"},
	{TOPICS_OUTPUT, true, TOPICS_DENIED, DAY, NULL, 3, "configs_unknown"},
	{TOPICS_RAW, true, TOPICS_DENIED, DAY, NULL, 3, "configs_unknown"},
	{TOPICS_OUTPUT, true, TOPICS_NONE, DAY, NULL, 3, "configs_unknown"},
	{TOPICS_OUTPUT, true, TOPICS_KNOWN, 8 * DAY, "1000", 2, "replicas_few"},
	{TOPICS_RAW, true, TOPICS_KNOWN, 8 * DAY, "1000", 2, ""},
};

START_TEST(tells_what_is_not_there_or_not_known)
{
	struct topics_wanted w = output();
	struct topics_found f = good();
	char text[512];

	w.kind = wholes[_i].kind;
	w.retention_ms = wholes[_i].retention_ms;
	w.keyed = w.kind == TOPICS_OUTPUT;
	f.exists = wholes[_i].exists;
	f.configs = wholes[_i].configs;
	f.values[TOPICS_CONFIG_RETENTION] = wholes[_i].kept;
	f.replicas = wholes[_i].replicas;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, wholes[_i].told);
}
END_TEST

/* What `lethe run` refuses. */
static const struct {
	const char *kept, *cleanup;
	int64_t allowed_ms;
	bool longer;
} kept[] = {
	{"86400000", "delete", DAY, false}, {"86400001", "delete", DAY, true},
	{"-1", "delete", DAY, true}, {"0", "delete", DAY, false},
	{"1000", "compact", DAY, true}, {"1000", "compact,delete", DAY, false},
	{"-1", "delete", 0, false}, /* the policy does not say */
};

START_TEST(knows_what_keeps_longer)
{
	struct topics_wanted w = output();
	struct topics_found f = good();

	w.retention_ms = kept[_i].allowed_ms;
	f.values[TOPICS_CONFIG_RETENTION] = kept[_i].kept;
	f.values[TOPICS_CONFIG_CLEANUP] = kept[_i].cleanup;
	ck_assert_int_eq(topics_keeps_longer(&w, &f), kept[_i].longer);
	f.configs = TOPICS_DENIED;
	ck_assert(!topics_keeps_longer(&w, &f));
}
END_TEST

#define ALLOW(who, what) \
	{ \
		who, "rec.events", "*", false, true, false, what \
	}
#define DENY(who, what, host) \
	{ \
		who, "rec.events", host, false, false, false, what \
	}
#define BOTH (TOPICS_READ | TOPICS_WRITE)

static const struct {
	struct topics_right rules[3];
	size_t count;
	const char *told;
} rights[] = {
	{{ALLOW(ME, TOPICS_WRITE)}, 1, ""},
	{{ALLOW(ME, BOTH)}, 1, ""},
	{{ALLOW("User:rec-service", TOPICS_READ)}, 1, ""},
	{{ALLOW("Group:models", TOPICS_READ)}, 1, ""},
	{{ALLOW("User:models", TOPICS_READ)}, 1, "foreign_reader"},
	{{ALLOW("Group:rec-service", TOPICS_READ)}, 1, "foreign_reader"},
	{{ALLOW("User:rec-service", TOPICS_WRITE)}, 1, "foreign_writer"},
	{{ALLOW("User:rec-service", BOTH)}, 1, "foreign_writer"},
	{{ALLOW("User:eve", BOTH)}, 1, "foreign_writer foreign_reader"},
	{{ALLOW("User:*", TOPICS_READ)}, 1, "foreign_reader"},
	{{ALLOW("User:*", TOPICS_WRITE)}, 1, "foreign_writer"},
	/* a rule that denies goes before all that allow */
	{{ALLOW("User:eve", TOPICS_READ), DENY("User:eve", BOTH, "*")}, 2, ""},
	{{ALLOW("User:eve", TOPICS_READ), DENY("User:*", TOPICS_READ, "*")}, 2,
		""},
	{{ALLOW("User:eve", TOPICS_READ), DENY("User:eve", TOPICS_WRITE, "*")},
		2, "foreign_reader"},
	{{ALLOW("User:eve", TOPICS_READ),
		 DENY("User:eve", TOPICS_READ, "10.0.0.1")},
		2, "foreign_reader"},
	{{ALLOW("User:eve", TOPICS_READ), DENY("User:bob", BOTH, "*")}, 2,
		"foreign_reader"},
	{{ALLOW("User:*", TOPICS_READ), DENY("User:eve", TOPICS_READ, "*")}, 2,
		"foreign_reader"},
	{{DENY("User:eve", BOTH, "*")}, 1, ""},
};

START_TEST(tells_who_else_may_read_and_write)
{
	struct topics_wanted w = output();
	struct topics_found f = good();
	struct topics_right rules[3];
	char text[512];

	memcpy(rules, rights[_i].rules, sizeof(rules));
	f.rules = rules;
	f.rule_count = rights[_i].count;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, rights[_i].told);
}
END_TEST

START_TEST(looks_only_where_it_can)
{
	struct topics_right eve = ALLOW("User:eve", BOTH);
	struct topics_wanted w = output();
	struct topics_found f = good();
	char text[512];

	f.rules = &eve;
	f.rule_count = 1;
	told(&w, &f, NULL, text);
	ck_assert_str_eq(text, "principal_unknown foreign_reader");
	w.kind = TOPICS_QUARANTINE;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "foreign_writer");
	w.kind = TOPICS_OUTPUT;
	f.exists = false; /* a prefix may be open before it is there */
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "missing foreign_writer foreign_reader");
	f = good();
	f.rights = TOPICS_DENIED;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "rights_unknown");
	f.rights = TOPICS_NONE;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "no_authorizer");
	f = good();
	f.written = TOPICS_DENIED;
	told(&w, &f, ME, text);
	ck_assert_str_eq(text, "records_unread");
}
END_TEST

START_TEST(tells_what_holds_of_the_cluster_once)
{
	struct topics_wanted w = output();
	struct topics_found f = good();
	struct topics_findings all = {0};

	f.rights = TOPICS_NONE;
	for (int i = 0; i < 100; i++)
		topics_compare(&w, &f, ME, &all);
	ck_assert_uint_eq(all.count, 1);
	ck_assert_uint_eq(topics_differ(&all, TOPICS_NOTE), 1);
	ck_assert_uint_eq(topics_differ(&all, TOPICS_DRIFT), 0);
	f.exists = false;
	for (int i = 0; i < 100; i++)
		topics_compare(&w, &f, ME, &all);
	ck_assert_uint_eq(topics_differ(&all, TOPICS_DRIFT), 100);
	ck_assert_uint_eq(topics_differ(&all, TOPICS_CREATED), 100);
	topics_findings_fini(&all);
}
END_TEST

/* Keys of any hash, each where `partitions` puts it. */
static size_t
write_with(struct topics_record *out, size_t count, int32_t partitions)
{
	uint32_t hash = 12345;

	for (size_t i = 0; i < count; i++) {
		hash = hash * 1664525 + 1013904223;
		out[i].hash = hash;
		out[i].partition =
			(int32_t)((hash & 0x7fffffff) % (uint32_t)partitions);
	}
	return count;
}

START_TEST(knows_with_how_many_partitions_keys_were_written)
{
	struct topics_record records[64];
	size_t count;

	for (int32_t now = 1; now < 64; now++)
		for (int32_t then = 1; then <= now; then++) {
			count = write_with(records, 64, then);
			ck_assert_int_eq(
				topics_written_with(records, count, now),
				then == now ? 0 : then);
		}
	ck_assert_int_eq(topics_written_with(records, 0, 7), 0);
	/* old ones and new ones */
	write_with(records, 32, 6);
	write_with(records + 32, 32, 4);
	ck_assert_int_eq(topics_written_with(records, 64, 6), 4);
	/* two changes: no one number explains them */
	write_with(records, 32, 5);
	ck_assert_int_eq(topics_written_with(records, 64, 8), -1);
}
END_TEST

START_TEST(tells_that_the_partitions_changed)
{
	struct topics_record records[32];
	struct topics_wanted w = output();
	struct topics_found f = good();
	struct topics_findings all = {0};

	f.records = records;
	f.record_count = write_with(records, 32, 3);
	topics_compare(&w, &f, ME, &all);
	ck_assert_uint_eq(all.count, 1);
	ck_assert_int_eq(all.rows[0].what, TOPICS_PARTITIONS_CHANGED);
	ck_assert_int_eq(all.rows[0].partitions, 3);
	topics_findings_fini(&all);
	w.keyed = false;
	topics_compare(&w, &f, ME, &all);
	ck_assert_uint_eq(all.count, 0);
	topics_findings_fini(&all);
}
END_TEST

SUITE("topics_compare", TEST(finds_nothing_in_a_topic_as_it_should_be),
	ROWS(tells_each_setting_that_differs, configs),
	ROWS(the_ledger_is_compacted_and_keeps_tombstones_for_a_day,
		ledger_configs),
	TEST(its_log_is_not_compacted_and_keeps_as_long_as_was_set),
	ROWS(lets_a_segment_grow_for_a_quarter, segments),
	TEST(asks_of_few_replicas_no_more_than_they_can),
	ROWS(tells_what_is_not_there_or_not_known, wholes),
	ROWS(knows_what_keeps_longer, kept),
	ROWS(tells_who_else_may_read_and_write, rights),
	TEST(looks_only_where_it_can),
	TEST(tells_what_holds_of_the_cluster_once),
	TEST(knows_with_how_many_partitions_keys_were_written),
	TEST(tells_that_the_partitions_changed))
