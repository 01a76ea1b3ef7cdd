#include "kafka/wire/offsets.h"

#include "kafka/wire/admin/admin.h"

#include <stdlib.h>

struct offsets_client {
	struct admin a;
};

const char *
offsets_group_name(enum offsets_group_state state)
{
	static const char *const names[] = {
		[OFFSETS_GROUP_NONE] = "none",
		[OFFSETS_GROUP_EMPTY] = "empty",
		[OFFSETS_GROUP_STABLE] = "stable",
		[OFFSETS_GROUP_REBALANCING] = "rebalancing",
		[OFFSETS_GROUP_UNKNOWN] = "unknown",
	};

	return names[state];
}

enum lethe_status
offsets_open(const struct broker_options *options, struct offsets_client **out,
	struct lethe_error *err)
{
	struct offsets_client *c = calloc(1, sizeof(*c));
	enum lethe_status status;

	*out = NULL;
	if (!c)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a client");
	c->a.group = options->group;
	status = admin_init(&c->a, options, err);
	if (status) {
		free(c);
		return status;
	}
	*out = c;
	return LETHE_OK;
}

void
offsets_close(struct offsets_client *c)
{
	if (!c)
		return;
	admin_fini(&c->a);
	free(c);
}

static enum offsets_group_state
state_of(rd_kafka_consumer_group_state_t state)
{
	switch (state) {
	case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE:
	case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE:
		return OFFSETS_GROUP_REBALANCING;
	case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE: return OFFSETS_GROUP_STABLE;
	case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD: return OFFSETS_GROUP_NONE;
	case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY: return OFFSETS_GROUP_EMPTY;
	default: return OFFSETS_GROUP_UNKNOWN;
	}
}

static enum lethe_status
read_group(struct offsets_client *c, const rd_kafka_event_t *answer,
	struct offsets_group *out, struct lethe_error *err)
{
	size_t count;
	const rd_kafka_ConsumerGroupDescription_t **groups =
		rd_kafka_DescribeConsumerGroups_result_groups(answer, &count);
	rd_kafka_resp_err_t code;

	bug_if(count != 1);
	code = rd_kafka_error_code(
		rd_kafka_ConsumerGroupDescription_error(groups[0]));
	/* Later brokers and libraries say so where others call it dead. */
	if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
		return LETHE_OK;
	if (login_is_right(code))
		return login_lacks(
			c->a.rk, code, "Describe the group", c->a.group, err);
	if (code)
		return client_code("asking for the group", code, err);
	out->state =
		state_of(rd_kafka_ConsumerGroupDescription_state(groups[0]));
	out->members =
		rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
	return LETHE_OK;
}

static enum lethe_status
ask_group(struct offsets_client *c, struct offsets_group *out,
	struct lethe_error *err)
{
	rd_kafka_AdminOptions_t *options =
		admin_options(&c->a, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
	const char *groups[] = {c->a.group};
	rd_kafka_event_t *answer;
	enum lethe_status status;

	rd_kafka_DescribeConsumerGroups(
		c->a.rk, groups, 1, options, c->a.queue);
	rd_kafka_AdminOptions_destroy(options);
	status = admin_answer(&c->a, "asking for the group", &answer, err);
	if (status)
		return status;
	status = read_group(c, answer, out, err);
	rd_kafka_event_destroy(answer);
	return status;
}

enum lethe_status
offsets_ask_group(struct offsets_client *c, struct offsets_group *out,
	struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	do {
		*out = (struct offsets_group){OFFSETS_GROUP_NONE, 0};
		status = ask_group(c, out, err);
	} while (admin_may_retry(&c->a, status, until_ns));
	return admin_settle(&c->a, status, err);
}

static enum lethe_status
ask_partitions(struct offsets_client *c, const char *topic, int32_t *count,
	struct lethe_error *err)
{
	enum lethe_status status = client_partitions(
		c->a.rk, topic, CALL_MS, &c->a.login, count, err);

	if (status == LETHE_EAGAIN)
		return fail(err, LETHE_ETIMEOUT, 0,
			"no broker answers for the topic %.80s", topic);
	return status;
}

static enum lethe_status
row_code(const rd_kafka_topic_partition_t *row, struct lethe_error *err)
{
	if (row->err == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
		return fail(err, LETHE_EAGAIN, 0,
			"%.60s:%d: a transaction still holds the offset; it "
			"ends within transaction.timeout.ms, then try again",
			row->topic, row->partition);
	return client_code(row->topic, row->err, err);
}

/* The rows of a group's answer; each partition may fail by itself. */
static enum lethe_status
check_rows(const rd_kafka_group_result_t *group,
	const rd_kafka_topic_partition_list_t *rows, struct lethe_error *err)
{
	const rd_kafka_error_t *error = rd_kafka_group_result_error(group);
	enum lethe_status status = LETHE_OK;

	if (error)
		status = client_code(
			"the group", rd_kafka_error_code(error), err);
	for (int i = 0; !status && rows && i < rows->cnt; i++)
		status = row_code(&rows->elems[i], err);
	return status;
}

static enum lethe_status
read_committed(const rd_kafka_event_t *answer, struct offsets_place *places,
	int32_t count, struct lethe_error *err)
{
	size_t groups;
	const rd_kafka_group_result_t *group =
		rd_kafka_ListConsumerGroupOffsets_result_groups(
			answer, &groups)[0];
	const rd_kafka_topic_partition_list_t *rows =
		rd_kafka_group_result_partitions(group);
	enum lethe_status status = check_rows(group, rows, err);

	for (int i = 0; !status && rows && i < rows->cnt; i++) {
		const rd_kafka_topic_partition_t *row = &rows->elems[i];

		if (row->offset < 0 || row->partition >= count)
			continue;
		places[row->partition].committed = row->offset;
		held_get(row->metadata, row->metadata_size,
			&places[row->partition].held);
	}
	return status;
}

static enum lethe_status
ask_rows(struct offsets_client *c,
	const rd_kafka_topic_partition_list_t *wanted, bool stable,
	rd_kafka_event_t **answer, struct lethe_error *err)
{
	rd_kafka_AdminOptions_t *options = admin_options(
		&c->a, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	rd_kafka_ListConsumerGroupOffsets_t *request =
		rd_kafka_ListConsumerGroupOffsets_new(c->a.group, wanted);

	bug_if(rd_kafka_AdminOptions_set_require_stable_offsets(
		options, stable));
	rd_kafka_ListConsumerGroupOffsets(
		c->a.rk, &request, 1, options, c->a.queue);
	rd_kafka_ListConsumerGroupOffsets_destroy(request);
	rd_kafka_AdminOptions_destroy(options);
	return admin_answer(&c->a, "committed offsets", answer, err);
}

static enum lethe_status
list_committed(struct offsets_client *c,
	const rd_kafka_topic_partition_list_t *wanted, bool stable,
	struct offsets_place *places, struct lethe_error *err)
{
	rd_kafka_event_t *answer;
	enum lethe_status status = ask_rows(c, wanted, stable, &answer, err);

	if (status)
		return status;
	status = read_committed(answer, places, wanted->cnt, err);
	rd_kafka_event_destroy(answer);
	return status;
}

static enum lethe_status
ask_committed(struct offsets_client *c, const char *topic, bool stable,
	struct offsets_place *places, int32_t count, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *wanted =
		rd_kafka_topic_partition_list_new(count);
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	for (int32_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(wanted, topic, i);
	do {
		for (int32_t i = 0; i < count; i++)
			places[i].committed = OFFSET_NONE;
		status = list_committed(c, wanted, stable, places, err);
	} while (admin_may_retry(&c->a, status, until_ns));
	rd_kafka_topic_partition_list_destroy(wanted);
	return admin_settle(&c->a, status, err);
}

static enum lethe_status
ask_log(struct offsets_client *c, const char *topic, int32_t partition,
	struct offsets_place *out, struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	do
		status = client_range(c->a.rk, topic, partition, ASK_MS,
			&out->first, &out->next, err);
	while (admin_may_retry(&c->a, status, until_ns));
	return admin_settle(&c->a, status, err);
}

enum lethe_status
offsets_ask(struct offsets_client *c, const char *topic, bool stable,
	struct offsets_place **out, size_t *count, struct lethe_error *err)
{
	struct offsets_place *places = NULL;
	enum lethe_status status;
	int32_t partitions;

	*out = NULL;
	*count = 0;
	status = ask_partitions(c, topic, &partitions, err);
	if (!status)
		places = calloc((size_t)partitions, sizeof(*places));
	if (!status && !places)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for offsets");
	/* Committed first: while a job runs, the log only grows meanwhile. */
	if (!status)
		status = ask_committed(
			c, topic, stable, places, partitions, err);
	for (int32_t i = 0; !status && i < partitions; i++)
		status = ask_log(c, topic, i, &places[i], err);
	if (status) {
		free(places);
		return status;
	}
	*out = places;
	*count = (size_t)partitions;
	return LETHE_OK;
}

static enum lethe_status
look_up_time(struct offsets_client *c, rd_kafka_topic_partition_list_t *list,
	int64_t time_ms, struct lethe_error *err)
{
	enum lethe_status status;

	for (int i = 0; i < list->cnt; i++)
		list->elems[i].offset = time_ms;
	status = client_code("offsets by time",
		rd_kafka_offsets_for_times(c->a.rk, list, ASK_MS), err);
	for (int i = 0; !status && i < list->cnt; i++)
		status = client_code(
			list->elems[i].topic, list->elems[i].err, err);
	return status;
}

enum lethe_status
offsets_ask_time(struct offsets_client *c, const char *topic, int64_t time_ms,
	size_t count, int64_t *out, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)count);
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, topic, (int32_t)i);
	do
		status = look_up_time(c, list, time_ms, err);
	while (admin_may_retry(&c->a, status, until_ns));
	for (size_t i = 0; i < count; i++)
		out[i] = OFFSET_NONE;
	for (int i = 0; !status && i < list->cnt; i++)
		if (list->elems[i].offset >= 0)
			out[list->elems[i].partition] = list->elems[i].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return admin_settle(&c->a, status, err);
}

enum lethe_status
offsets_ask_held(struct offsets_client *c, const char *topic, int64_t *held,
	struct lethe_error *err)
{
	struct offsets_place log;
	int32_t partitions;
	enum lethe_status status = ask_partitions(c, topic, &partitions, err);

	*held = 0;
	for (int32_t i = 0; !status && i < partitions; i++) {
		status = ask_log(c, topic, i, &log, err);
		if (!status)
			*held += log.next - log.first;
	}
	return status;
}

/* A member that came in between keeps the group's offsets to itself. */
static enum lethe_status
commit_code(enum lethe_status status, rd_kafka_resp_err_t code,
	struct lethe_error *err)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
	case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
	case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
		return fail(err, LETHE_EKAFKA, 0,
			"a lethe has joined the group meanwhile: nothing was "
			"changed (%s)",
			rd_kafka_err2name(code));
	default: return status;
	}
}

static enum lethe_status
read_commit(const rd_kafka_event_t *answer, struct lethe_error *err)
{
	size_t groups;
	const rd_kafka_group_result_t *group =
		rd_kafka_AlterConsumerGroupOffsets_result_groups(
			answer, &groups)[0];
	const rd_kafka_topic_partition_list_t *rows =
		rd_kafka_group_result_partitions(group);
	const rd_kafka_error_t *error = rd_kafka_group_result_error(group);
	enum lethe_status status = check_rows(group, rows, err);

	if (error)
		status = commit_code(status, rd_kafka_error_code(error), err);
	for (int i = 0; status && rows && i < rows->cnt; i++)
		status = commit_code(status, rows->elems[i].err, err);
	return status;
}

/*
 * What was committed with the offsets that are moved goes with them, as it is:
 * so the group's memory outlives the move.
 */
static void
keep_metadata(const rd_kafka_topic_partition_list_t *seen,
	rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; seen && i < seen->cnt; i++) {
		const rd_kafka_topic_partition_t *from = &seen->elems[i];
		rd_kafka_topic_partition_t *to =
			rd_kafka_topic_partition_list_find(
				list, from->topic, from->partition);

		if (!to || !from->metadata_size || to->metadata)
			continue;
		to->metadata = malloc(from->metadata_size);
		bug_if(!to->metadata);
		memcpy(to->metadata, from->metadata, from->metadata_size);
		to->metadata_size = from->metadata_size;
	}
}

static enum lethe_status
ask_metadata(struct offsets_client *c, rd_kafka_topic_partition_list_t *list,
	struct lethe_error *err)
{
	const rd_kafka_group_result_t *group;
	rd_kafka_event_t *answer;
	enum lethe_status status = ask_rows(c, list, true, &answer, err);
	size_t groups;

	if (status)
		return status;
	group = rd_kafka_ListConsumerGroupOffsets_result_groups(
		answer, &groups)[0];
	status =
		check_rows(group, rd_kafka_group_result_partitions(group), err);
	if (!status)
		keep_metadata(rd_kafka_group_result_partitions(group), list);
	rd_kafka_event_destroy(answer);
	return status;
}

static enum lethe_status
commit_list(struct offsets_client *c,
	const rd_kafka_topic_partition_list_t *list, struct lethe_error *err)
{
	rd_kafka_AdminOptions_t *options = admin_options(
		&c->a, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
	rd_kafka_AlterConsumerGroupOffsets_t *request =
		rd_kafka_AlterConsumerGroupOffsets_new(c->a.group, list);
	rd_kafka_event_t *answer;
	enum lethe_status status;

	rd_kafka_AlterConsumerGroupOffsets(
		c->a.rk, &request, 1, options, c->a.queue);
	rd_kafka_AlterConsumerGroupOffsets_destroy(request);
	rd_kafka_AdminOptions_destroy(options);
	status = admin_answer(&c->a, "commit of offsets", &answer, err);
	if (status)
		return status;
	status = read_commit(answer, err);
	rd_kafka_event_destroy(answer);
	return status;
}

enum lethe_status
offsets_commit(struct offsets_client *c, const struct offsets_move *moves,
	size_t count, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)count);
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(
			list, moves[i].topic, moves[i].partition)
			->offset = moves[i].to;
	do
		status = ask_metadata(c, list, err);
	while (admin_may_retry(&c->a, status, until_ns));
	until_ns = admin_deadline_ns();
	if (!status)
		do
			status = commit_list(c, list, err);
		while (admin_may_retry(&c->a, status, until_ns));
	rd_kafka_topic_partition_list_destroy(list);
	return admin_settle(&c->a, status, err);
}
