#include "kafka/wire/admin/topics_client.h"

#include <stdio.h>

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

/* The settings of one thing; what the answer says is the caller's to read. */
static rd_kafka_event_t *
describe(
	struct topics_client *c, rd_kafka_ResourceType_t type, const char *name)
{
	rd_kafka_AdminOptions_t *options =
		admin_options(&c->a, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_ConfigResource_t *asked =
		rd_kafka_ConfigResource_new(type, name);

	rd_kafka_DescribeConfigs(c->a.rk, &asked, 1, options, c->a.queue);
	rd_kafka_ConfigResource_destroy(asked);
	rd_kafka_AdminOptions_destroy(options);
	return admin_take(&c->a);
}

static const rd_kafka_ConfigResource_t *
described(const rd_kafka_event_t *answer)
{
	size_t count;

	return rd_kafka_DescribeConfigs_result_resources(answer, &count)[0];
}

static enum lethe_status
ask_configs(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	rd_kafka_event_t *answer = describe(c, RD_KAFKA_RESOURCE_TOPIC, topic);
	rd_kafka_resp_err_t code = rd_kafka_event_error(answer);
	enum lethe_status status = LETHE_OK;

	if (topics_is_unknown(code))
		out->configs = TOPICS_NONE;
	else if (code)
		status =
			client_code("asking for a topic's settings", code, err);
	else
		status = read_configs(described(answer), a, out, err);
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
	while (admin_may_retry(&c->a, status, until_ns));
	return admin_settle(&c->a, status, err);
}

/* ---- the authorizer */

static bool
is_without(const rd_kafka_ConfigResource_t *broker)
{
	size_t count;
	const rd_kafka_ConfigEntry_t **entries =
		rd_kafka_ConfigResource_configs(broker, &count);

	for (size_t i = 0; i < count; i++) {
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		if (!strcmp(rd_kafka_ConfigEntry_name(entries[i]),
			    "authorizer.class.name"))
			return value && !*value;
	}
	return false;
}

static enum lethe_status
any_broker(
	struct topics_client *c, char out[static 16], struct lethe_error *err)
{
	const struct rd_kafka_metadata *md = NULL;
	enum lethe_status status = client_code("asking for the brokers",
		rd_kafka_metadata(c->a.rk, 0, NULL, &md, ASK_MS), err);

	if (!status && !md->broker_cnt)
		status = fail(err, LETHE_EAGAIN, 0, "no broker is known yet");
	if (!status)
		(void)snprintf(out, 16, "%d", md->brokers[0].id);
	if (md)
		rd_kafka_metadata_destroy(md);
	return status;
}

static enum lethe_status
ask_authorizer(struct topics_client *c, bool *out, struct lethe_error *err)
{
	enum lethe_status status;
	rd_kafka_event_t *answer;
	rd_kafka_resp_err_t code;
	char broker[16];

	*out = false;
	status = any_broker(c, broker, err);
	if (status)
		return status;
	answer = describe(c, RD_KAFKA_RESOURCE_BROKER, broker);
	code = rd_kafka_event_error(answer);
	if (code && !topics_is_unknown(code))
		status = client_code(
			"asking for a broker's settings", code, err);
	/* Without the right there is an error of the resource, and no entry. */
	else if (!code)
		*out = is_without(described(answer));
	rd_kafka_event_destroy(answer);
	return status;
}

enum lethe_status
topics_lacks_authorizer(
	struct topics_client *c, bool *out, struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	do
		status = ask_authorizer(c, out, err);
	while (admin_may_retry(&c->a, status, until_ns));
	return admin_settle(&c->a, status, err);
}

enum lethe_status
topics_check_compacted(const char *topic, const struct topics_found *found,
	struct lethe_error *err)
{
	const char *cleanup = found->values[TOPICS_CONFIG_CLEANUP];

	if (found->configs == TOPICS_DENIED)
		return fail(err, LETHE_EDENIED, 0,
			"lacks the right to DescribeConfigs of the topic "
			"%.80s: whether it is compacted cannot be seen",
			topic);
	if (!cleanup)
		return fail(err, LETHE_EKAFKA, 0,
			"the cluster does not tell whether the topic %.80s is "
			"compacted",
			topic);
	if (strcmp(cleanup, "compact") != 0)
		return fail(err, LETHE_ERETENTION, 0,
			"the consent topic %.36s has cleanup.policy=%.14s: "
			"`compact` alone keeps what people said; `lethe topics "
			"apply` sets it",
			topic, cleanup);
	return LETHE_OK;
}
