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
	status = admin_init(&c->a, options, err);
	if (status) {
		free(c);
		return status;
	}
	*out = c;
	return LETHE_OK;
}

void
topics_close(struct topics_client *c)
{
	if (!c)
		return;
	admin_fini(&c->a);
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
	while (admin_may_retry(&c->a, status, until_ns));
	if (md) {
		*count = md->broker_cnt;
		rd_kafka_metadata_destroy(md);
	}
	return admin_settle(&c->a, status, err);
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
	else if (login_is_right(code))
		status = login_lacks(
			c->a.rk, code, "Describe the topic", name, err);
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
	while (admin_may_retry(&c->a, status, until_ns));
	rd_kafka_topic_destroy(rkt);
	return admin_settle(&c->a, status, err);
}
