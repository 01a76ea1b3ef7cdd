#include "kafka/wire/admin/topics.h"

#include "kafka/wire/admin/topics_client.h"

#include <stdlib.h>

enum lethe_status
topics_open(const struct broker_options *options, struct topics_client **out,
	struct lethe_error *err)
{
	struct topics_client *c = calloc(1, sizeof(*c));
	enum lethe_status status;

	*out = NULL;
	if (!c)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a client");
	status = broker_new_consumer(options, NULL, &c->a.rk, err);
	if (status) {
		free(c);
		return status;
	}
	c->a.queue = rd_kafka_queue_new(c->a.rk);
	*out = c;
	return LETHE_OK;
}

void
topics_close(struct topics_client *c)
{
	if (!c)
		return;
	rd_kafka_queue_destroy(c->a.queue);
	rd_kafka_destroy(c->a.rk);
	free(c);
}

bool
topics_is_denied(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	       code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

bool
topics_is_unknown(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE ||
	       code == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION;
}

const char *
topics_copy(struct arena *a, const char *text)
{
	return text ? arena_strndup(a, text, strlen(text)) : NULL;
}

/* ---- brokers and layout */

enum lethe_status
topics_ask_brokers(
	struct topics_client *c, int32_t *count, struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	const struct rd_kafka_metadata *md = NULL;
	enum lethe_status status;

	*count = 0;
	do
		status = client_code("asking for the brokers",
			rd_kafka_metadata(c->a.rk, 0, NULL, &md, ASK_MS), err);
	while (admin_may_retry(status, until_ns));
	if (md) {
		*count = md->broker_cnt;
		rd_kafka_metadata_destroy(md);
	}
	return admin_settle(status, err);
}

static void
read_layout(
	const struct rd_kafka_metadata_topic *topic, struct topics_found *out)
{
	out->exists = true;
	out->partitions = topic->partition_cnt;
	out->replicas = INT32_MAX;
	for (int i = 0; i < topic->partition_cnt; i++)
		if (topic->partitions[i].replica_cnt < out->replicas)
			out->replicas = topic->partitions[i].replica_cnt;
}

static enum lethe_status
ask_layout(struct topics_client *c, rd_kafka_topic_t *topic,
	struct topics_found *out, struct lethe_error *err)
{
	const char *name = rd_kafka_topic_name(topic);
	const struct rd_kafka_metadata *md = NULL;
	rd_kafka_resp_err_t code =
		rd_kafka_metadata(c->a.rk, 0, topic, &md, ASK_MS);
	enum lethe_status status;

	if (!code)
		code = md->topics[0].err;
	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
		code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		status = LETHE_OK;
	else
		status = client_code(name, code, err);
	if (!code && !md->topics[0].partition_cnt)
		status = fail(
			err, LETHE_EAGAIN, 0, "%.80s: no partitions yet", name);
	else if (!code)
		read_layout(&md->topics[0], out);
	if (md)
		rd_kafka_metadata_destroy(md);
	return status;
}

enum lethe_status
topics_ask_layout(struct topics_client *c, const char *topic,
	struct topics_found *out, struct lethe_error *err)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(c->a.rk, topic, NULL);
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	do
		status = ask_layout(c, rkt, out, err);
	while (admin_may_retry(status, until_ns));
	rd_kafka_topic_destroy(rkt);
	return admin_settle(status, err);
}

/* ---- settings */

static enum lethe_status
no_memory(struct lethe_error *err)
{
	return fail(err, LETHE_ENOMEM, 0, "no memory for a topic's settings");
}

static bool
is_own(const rd_kafka_ConfigEntry_t *entry)
{
	return rd_kafka_ConfigEntry_source(entry) ==
	       RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
}

static enum lethe_status
read_entry(const rd_kafka_ConfigEntry_t *entry, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	const char *name = rd_kafka_ConfigEntry_name(entry);
	const char *told = rd_kafka_ConfigEntry_value(entry);
	const char *value = topics_copy(a, told);

	if (told && !value)
		return no_memory(err);
	for (size_t i = 0; i < TOPICS_CONFIG_COUNT; i++)
		if (!strcmp(name, topics_config_name((enum topics_config)i)))
			out->values[i] = value;
	if (!is_own(entry))
		return LETHE_OK;
	out->own[out->own_count].value = value;
	out->own[out->own_count].name = topics_copy(a, name);
	return out->own[out->own_count++].name ? LETHE_OK : no_memory(err);
}

static enum lethe_status
read_configs(const rd_kafka_ConfigResource_t *resource, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resource);
	enum lethe_status status = LETHE_OK;
	const rd_kafka_ConfigEntry_t **entries;
	size_t count;

	if (topics_is_denied(code)) {
		out->configs = TOPICS_DENIED;
		return LETHE_OK;
	}
	if (code)
		return client_code(
			rd_kafka_ConfigResource_name(resource), code, err);
	entries = rd_kafka_ConfigResource_configs(resource, &count);
	out->own = arena_calloc(a, count + 1, sizeof(*out->own));
	out->own_count = 0;
	if (!out->own)
		return no_memory(err);
	for (size_t i = 0; !status && i < count; i++)
		status = read_entry(entries[i], a, out, err);
	out->configs = status ? TOPICS_UNASKED : TOPICS_KNOWN;
	return status;
}

static enum lethe_status
ask_configs(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	rd_kafka_AdminOptions_t *options =
		admin_options(&c->a, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_ConfigResource_t *asked =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	rd_kafka_event_t *answer;
	rd_kafka_resp_err_t code;
	enum lethe_status status = LETHE_OK;
	size_t count;

	rd_kafka_DescribeConfigs(c->a.rk, &asked, 1, options, c->a.queue);
	rd_kafka_ConfigResource_destroy(asked);
	rd_kafka_AdminOptions_destroy(options);
	answer = admin_take(&c->a);
	code = rd_kafka_event_error(answer);
	if (topics_is_denied(code))
		out->configs = TOPICS_DENIED;
	else if (topics_is_unknown(code))
		out->configs = TOPICS_NONE;
	else if (code)
		status =
			client_code("asking for a topic's settings", code, err);
	else
		status = read_configs(rd_kafka_DescribeConfigs_result_resources(
					      answer, &count)[0],
			a, out, err);
	rd_kafka_event_destroy(answer);
	return status;
}

enum lethe_status
topics_ask_configs(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	do
		status = ask_configs(c, topic, a, out, err);
	while (admin_may_retry(status, until_ns));
	return admin_settle(status, err);
}
