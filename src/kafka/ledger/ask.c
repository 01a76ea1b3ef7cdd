#include "kafka/ledger/self.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/wire/admin/topics.h"

#include <stdlib.h>
#include <unistd.h>

#define START_MS 10000
#define FIND_MS 30000
#define SHORT_MS 5000 /* a new leader may not know its own log at once */
/* Below it any pause would be as long as tombstones stay. */
#define TOMBSTONES_LEAST_MS 10000

int64_t
keeper_now_ms(void)
{
	return clock_boot_ms();
}

static bool
is_given_up(const struct keeper *k)
{
	return k->o.given_up && k->o.given_up();
}

enum lethe_status
keeper_persist(struct keeper *k,
	enum lethe_status (*ask)(struct keeper *k, struct lethe_error *err),
	struct lethe_error *err)
{
	enum lethe_status status, refused;

	for (;;) {
		status = ask(k, err);
		if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
			return status;
		refused = login_check(&k->login, err);
		if (refused)
			return refused;
		if (is_given_up(k))
			return status;
		LOG(LOG_WARN, "ledger_retry",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_TEXT("why", err->what),
			LOG_TEXT("do", "nothing: it is asked again"));
		usleep(200000);
	}
}

/* ---- what the topic is */

static enum lethe_status
read_settings(const char *topic, const struct topics_found *found,
	struct keeper_topic *out, struct lethe_error *err)
{
	const char *kept = found->values[TOPICS_CONFIG_TOMBSTONES];
	enum lethe_status status = topics_check_compacted(topic, found, err);

	if (status)
		return status;
	if (!kept)
		return fail(err, LETHE_EKAFKA, 0,
			"the cluster does not tell how long the consent topic "
			"%.80s keeps tombstones",
			topic);
	*out = (struct keeper_topic){
		found->partitions, strtoll(kept, NULL, 10)};
	if (out->tombstones_ms < TOMBSTONES_LEAST_MS)
		return fail(err, LETHE_ERETENTION, 0,
			"the consent topic %.36s has delete.retention.ms=%lld:"
			" what was taken back is gone before it is read; "
			"`lethe topics apply` sets it",
			topic, (long long)out->tombstones_ms);
	return LETHE_OK;
}

enum lethe_status
keeper_describe(const struct broker_options *options, const char *topic,
	struct keeper_topic *out, struct lethe_error *err)
{
	struct topics_found found = {0};
	struct topics_client *c = NULL;
	struct arena a;
	enum lethe_status status;

	*out = (struct keeper_topic){0};
	arena_init(&a, 0);
	status = topics_open(options, &c, err);
	if (!status)
		status = topics_ask_layout(c, topic, &found, err);
	if (!status && !found.exists)
		status = fail(err, LETHE_ENOTOPIC, 0,
			"the consent topic %.80s does not exist: "
			"see lethe topics plan",
			topic);
	if (!status)
		status = topics_ask_configs(c, topic, &a, &found, err);
	if (!status)
		status = read_settings(topic, &found, out, err);
	topics_close(c);
	arena_fini(&a);
	return status;
}

/* Whether it is there, in words that name who lacks which right; then all. */
static enum lethe_status
describe(struct keeper *k, struct lethe_error *err)
{
	const struct broker_options options = {.props = k->o.props,
		.prop_count = k->o.prop_count,
		.group = k->o.group};
	const char *topic = k->ledger->topic;
	int32_t count;
	enum lethe_status status = client_partitions(
		k->rk, topic, FIND_MS, &k->login, &count, err);

	if (status == LETHE_EAGAIN)
		return fail(err, LETHE_ETIMEOUT, 0,
			"no broker answers for the topic %.80s", topic);
	if (status)
		return status;
	status = keeper_describe(&options, topic, &k->topic, err);
	return status == LETHE_EDENIED
		       ? login_lacks(k->rk,
				 RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
				 "DescribeConfigs on the topic", topic, err)
		       : status;
}

/*
 * The client library of Debian 12 does not tell a topic's own id.  The
 * cluster's id and the topic's name stand for it here; that the topic is the
 * one that was read is told by the last record of each partition (take.c).
 */
static enum lethe_status
name_topic(struct keeper *k, struct lethe_error *err)
{
	char *cluster = rd_kafka_clusterid(k->rk, START_MS);
	struct slice parts[3] = {
		slice_of("topic:"), slice_of(""), slice_of(k->ledger->topic)};

	if (!cluster)
		return fail(err, LETHE_EAGAIN, 0,
			"no broker tells the cluster's id");
	parts[1] = slice_make(cluster, strlen(cluster) + 1);
	keyed_name_of(k->keys, parts, 3, k->topic_id);
	rd_kafka_mem_free(k->rk, cluster);
	return LETHE_OK;
}

enum lethe_status
keeper_ask_topic(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	if (k->o.topic)
		k->topic = *k->o.topic;
	else
		status = describe(k, err);
	if (!status && (k->topic.partitions < 1 ||
			       k->topic.partitions > LEDGER_PARTITIONS_MAX))
		status = fail(err, LETHE_ESETTING, 0,
			"the consent topic %.80s has %d partitions",
			k->ledger->topic, k->topic.partitions);
	return status ? status : keeper_persist(k, name_topic, err);
}

/* ---- offsets */

static enum lethe_status
read_offset(struct keeper *k, const rd_kafka_topic_partition_t *row,
	int64_t which, struct lethe_error *err)
{
	struct keeper_part *p = &k->parts[row->partition];
	enum lethe_status status = client_code(k->ledger->topic, row->err, err);

	if (login_is_right(row->err))
		return login_lacks(k->rk, row->err, "Describe the topic",
			k->ledger->topic, err);
	if (status)
		return status;
	if (row->offset < 0)
		return fail(err, LETHE_EAGAIN, 0,
			"%.80s:%d: the broker names no offset",
			k->ledger->topic, row->partition);
	if (which == RD_KAFKA_OFFSET_BEGINNING)
		p->first = row->offset;
	else
		p->end = row->offset;
	return LETHE_OK;
}

/* All partitions in one call; a row that is not answered stays below zero. */
enum lethe_status
keeper_ask_offsets(struct keeper *k, int64_t which, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(k->topic.partitions);
	enum lethe_status status;

	for (int32_t p = 0; p < k->topic.partitions; p++)
		rd_kafka_topic_partition_list_add(list, k->ledger->topic, p)
			->offset = which;
	status = client_code(k->ledger->topic,
		rd_kafka_offsets_for_times(
			k->rk, list, k->started ? KEEPER_ASK_MS : START_MS),
		err);
	for (int i = 0; !status && i < list->cnt; i++)
		status = read_offset(k, &list->elems[i], which, err);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

/* A partition that came would hold what nobody reads. */
static enum lethe_status
check_partitions(struct keeper *k, struct lethe_error *err)
{
	const struct rd_kafka_metadata *md = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(
		k->rk, 0, k->rkt, &md, k->started ? KEEPER_ASK_MS : START_MS);
	enum lethe_status status;
	int count = 0;

	if (!code) {
		code = md->topics[0].err;
		count = md->topics[0].partition_cnt;
		rd_kafka_metadata_destroy(md);
	}
	status = client_code(k->ledger->topic, code, err);
	if (!status && !count)
		return fail(err, LETHE_EAGAIN, 0, "%.80s: no partitions",
			k->ledger->topic);
	if (!status && count != k->topic.partitions)
		return fail(err, LETHE_ELEDGER, 0,
			"the consent topic %.80s has %d partitions now, not %d",
			k->ledger->topic, count, k->topic.partitions);
	return status;
}

/* An end before what was read: a log that was cut, or another topic. */
static enum lethe_status
check_ends(struct keeper *k, int64_t now, struct lethe_error *err)
{
	for (int32_t p = 0; p < k->topic.partitions; p++) {
		const struct keeper_part *part = &k->parts[p];

		if (part->end >= part->at.next)
			continue;
		if (!k->short_ms)
			k->short_ms = now;
		return fail(err,
			now - k->short_ms > SHORT_MS ? LETHE_ELEDGER
						     : LETHE_EAGAIN,
			0,
			"the consent topic %.60s:%d ends at %lld, and was "
			"read to %lld: was it made anew?",
			k->ledger->topic, p, (long long)part->end,
			(long long)part->at.next);
	}
	k->short_ms = 0;
	return LETHE_OK;
}

enum lethe_status
keeper_ask_ends(struct keeper *k, struct lethe_error *err)
{
	int64_t now = keeper_now_ms(), utc = clock_now_ms();
	enum lethe_status status = check_partitions(k, err);

	/* Ends of an asking that fails may lie before those of the last one. */
	k->asked = false;
	if (!status)
		status = keeper_ask_offsets(k, RD_KAFKA_OFFSET_END, err);
	if (!status)
		status = check_ends(k, now, err);
	if (!status)
		status = keeper_look_again(k, err);
	keeper_note_asked(k, status);
	k->due_ms = keeper_now_ms() + k->ask_every_ms;
	if (status)
		return status;
	k->asked = keeper_note_hidden(k, now);
	if (!k->asked)
		k->due_ms = now;
	k->asked_ms = now;
	k->asked_utc_ms = utc;
	return LETHE_OK;
}
