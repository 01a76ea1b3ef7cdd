#include "kafka/wire/admin/topics_client.h"

/* A change that was carried out, but whose answer was lost, is not done again:
 * whoever asked looks at the cluster anew. */

static enum lethe_status
result_code(struct topics_client *c, const char *right, const char *topic,
	rd_kafka_resp_err_t code, const char *says, struct lethe_error *err)
{
	if (!code)
		return LETHE_OK;
	if (topics_is_denied(code))
		return login_lacks(c->a.rk, code, right, topic, err);
	return fail(err, LETHE_EKAFKA, 0, "%.60s: %.80s", topic,
		says ? says : rd_kafka_err2str(code));
}

static enum lethe_status
new_topic(const char *topic, int32_t partitions, int32_t replicas,
	const struct topics_set *sets, size_t count, rd_kafka_NewTopic_t **out,
	struct lethe_error *err)
{
	char text[128];

	*out = rd_kafka_NewTopic_new(
		topic, partitions, replicas, text, sizeof(text));
	if (!*out)
		return fail(err, LETHE_EUSAGE, 0, "%s", text);
	for (size_t i = 0; i < count; i++)
		bug_if(rd_kafka_NewTopic_set_config(
			*out, sets[i].name, sets[i].value));
	return LETHE_OK;
}

enum lethe_status
topics_create(struct topics_client *c, const char *topic, int32_t partitions,
	int32_t replicas, const struct topics_set *sets, size_t count,
	struct lethe_error *err)
{
	rd_kafka_AdminOptions_t *options;
	const rd_kafka_topic_result_t *result;
	rd_kafka_NewTopic_t *created;
	rd_kafka_event_t *answer;
	enum lethe_status status;
	size_t n;

	status = new_topic(
		topic, partitions, replicas, sets, count, &created, err);
	if (status)
		return status;
	options = admin_options(&c->a, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_CreateTopics(c->a.rk, &created, 1, options, c->a.queue);
	rd_kafka_NewTopic_destroy(created);
	rd_kafka_AdminOptions_destroy(options);
	status = admin_answer(&c->a, topic, &answer, err);
	if (status)
		return admin_settle(&c->a, status, err);
	result = rd_kafka_CreateTopics_result_topics(answer, &n)[0];
	status = result_code(c, "Create the topic", topic,
		rd_kafka_topic_result_error(result),
		rd_kafka_topic_result_error_string(result), err);
	rd_kafka_event_destroy(answer);
	return status;
}

static void
set_config(rd_kafka_ConfigResource_t *to, const char *name, const char *value)
{
	bug_if(rd_kafka_ConfigResource_set_config(to, name, value));
}

static bool
is_set(const char *name, const struct topics_set *sets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(sets[i].name, name))
			return true;
	return false;
}

/* The request replaces all that the topic has of its own, so all is sent. */
static enum lethe_status
fill(rd_kafka_ConfigResource_t *to, const struct topics_found *found,
	const struct topics_set *sets, size_t count, struct lethe_error *err)
{
	for (size_t i = 0; i < found->own_count; i++) {
		if (is_set(found->own[i].name, sets, count))
			continue;
		if (!found->own[i].value)
			return fail(err, LETHE_EKAFKA, 0,
				"the broker does not show the value of %.80s, "
				"so it could not be kept",
				found->own[i].name);
		set_config(to, found->own[i].name, found->own[i].value);
	}
	for (size_t i = 0; i < count; i++)
		set_config(to, sets[i].name, sets[i].value);
	return LETHE_OK;
}

enum lethe_status
topics_alter(struct topics_client *c, const char *topic,
	const struct topics_found *found, const struct topics_set *sets,
	size_t count, struct lethe_error *err)
{
	rd_kafka_ConfigResource_t *altered =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	enum lethe_status status = fill(altered, found, sets, count, err);
	const rd_kafka_ConfigResource_t *result;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *answer;
	size_t n;

	if (status) {
		rd_kafka_ConfigResource_destroy(altered);
		return status;
	}
	options = admin_options(&c->a, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
	rd_kafka_AlterConfigs(c->a.rk, &altered, 1, options, c->a.queue);
	rd_kafka_ConfigResource_destroy(altered);
	rd_kafka_AdminOptions_destroy(options);
	status = admin_answer(&c->a, topic, &answer, err);
	if (status)
		return admin_settle(&c->a, status, err);
	result = rd_kafka_AlterConfigs_result_resources(answer, &n)[0];
	status = result_code(c, "AlterConfigs of the topic", topic,
		rd_kafka_ConfigResource_error(result),
		rd_kafka_ConfigResource_error_string(result), err);
	rd_kafka_event_destroy(answer);
	return status;
}
