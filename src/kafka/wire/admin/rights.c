#include "kafka/wire/admin/topics_client.h"

static unsigned
what_of(rd_kafka_AclOperation_t operation)
{
	switch ((int)operation) {
	case RD_KAFKA_ACL_OPERATION_ALL: return TOPICS_READ | TOPICS_WRITE;
	case RD_KAFKA_ACL_OPERATION_READ: return TOPICS_READ;
	case RD_KAFKA_ACL_OPERATION_WRITE: return TOPICS_WRITE;
	default: return 0;
	}
}

static bool
read_rule(const rd_kafka_AclBinding_t *acl, struct arena *a,
	struct topics_right *out)
{
	rd_kafka_AclOperation_t operation = rd_kafka_AclBinding_operation(acl);

	*out = (struct topics_right){
		.principal = topics_copy(a, rd_kafka_AclBinding_principal(acl)),
		.pattern = topics_copy(a, rd_kafka_AclBinding_name(acl)),
		.host = topics_copy(a, rd_kafka_AclBinding_host(acl)),
		.prefixed = rd_kafka_AclBinding_resource_pattern_type(acl) ==
			    RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
		.allow = rd_kafka_AclBinding_permission_type(acl) ==
			 RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
		.all = operation == RD_KAFKA_ACL_OPERATION_ALL,
		.what = what_of(operation)};
	return out->principal && out->pattern && out->host;
}

static enum lethe_status
read_rules(const rd_kafka_event_t *answer, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	size_t count;
	const rd_kafka_AclBinding_t **rules =
		rd_kafka_DescribeAcls_result_acls(answer, &count);

	out->rule_count = 0;
	out->rules = arena_calloc(a, count + 1, sizeof(*out->rules));
	for (size_t i = 0; out->rules && i < count; i++) {
		if (!what_of(rd_kafka_AclBinding_operation(rules[i])))
			continue;
		if (!read_rule(rules[i], a, &out->rules[out->rule_count++]))
			out->rules = NULL;
	}
	if (!out->rules)
		return fail(err, LETHE_ENOMEM, 0, "no memory for rights");
	out->rights = TOPICS_KNOWN;
	return LETHE_OK;
}

/* Rules of this topic; NULL: of every topic. */
static enum lethe_status
ask_rules(struct topics_client *c, const char *topic, rd_kafka_event_t **out,
	struct lethe_error *err)
{
	char text[128];
	rd_kafka_AdminOptions_t *options =
		admin_options(&c->a, RD_KAFKA_ADMIN_OP_DESCRIBEACLS);
	/* MATCH: by its name, by prefixes of it, and by `*`.  Of topics alone:
	 * 2.0.2 warns of each rule on a transactional id. */
	rd_kafka_AclBindingFilter_t *filter =
		rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC, topic,
			topic ? RD_KAFKA_RESOURCE_PATTERN_MATCH
			      : RD_KAFKA_RESOURCE_PATTERN_ANY,
			NULL, NULL, RD_KAFKA_ACL_OPERATION_ANY,
			RD_KAFKA_ACL_PERMISSION_TYPE_ANY, text, sizeof(text));

	bug_if(!filter);
	rd_kafka_DescribeAcls(c->a.rk, filter, options, c->a.queue);
	rd_kafka_AclBinding_destroy(filter);
	rd_kafka_AdminOptions_destroy(options);
	return admin_answer(&c->a, "asking for access rules", out, err);
}

static enum lethe_status
ask_rights(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	rd_kafka_event_t *answer;
	enum lethe_status status = ask_rules(c, topic, &answer, err);

	if (!status) {
		status = read_rules(answer, a, out, err);
		rd_kafka_event_destroy(answer);
	}
	return status;
}

enum lethe_status
topics_ask_rights(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;

	do
		status = ask_rights(c, topic, a, out, err);
	while (admin_may_retry(&c->a, status, until_ns));
	return admin_settle(&c->a, status, err);
}

static enum lethe_status
ask_any_rule(struct topics_client *c, bool *any, struct lethe_error *err)
{
	rd_kafka_event_t *answer;
	enum lethe_status status = ask_rules(c, NULL, &answer, err);
	size_t count;

	*any = false;
	if (status)
		return status;
	(void)rd_kafka_DescribeAcls_result_acls(answer, &count);
	*any = count != 0;
	rd_kafka_event_destroy(answer);
	return LETHE_OK;
}

/*
 * Up to 2.15 the library gives an empty list where the broker says that the
 * right is missing, or that it has no authorizer, and drops what it said
 * (tried: 2.0.2).  Whoever uses the cluster by rules sees one at least; without
 * any, a broker's own settings tell whether it asks for rights at all.
 */
enum lethe_status
topics_ask_authorizer(struct topics_client *c, enum topics_known *out,
	struct lethe_error *err)
{
	int64_t until_ns = admin_deadline_ns();
	enum lethe_status status;
	bool any, none;

	*out = TOPICS_UNASKED;
	do
		status = ask_any_rule(c, &any, err);
	while (admin_may_retry(&c->a, status, until_ns));
	if (status)
		return admin_settle(&c->a, status, err);
	*out = any ? TOPICS_KNOWN : TOPICS_DENIED;
	if (any)
		return LETHE_OK;
	status = topics_lacks_authorizer(c, &none, err);
	if (!status && none)
		*out = TOPICS_NONE;
	return status;
}
