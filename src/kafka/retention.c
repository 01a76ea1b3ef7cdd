#include "kafka/retention.h"

#include "kafka/wire/admin/topics.h"

#include "base/arena.h"
#include "base/log.h"

#include <stdlib.h>

#define DO_RIGHT \
	"give lethe's principal DescribeConfigs on the topic: kafka-acls " \
	"--add --allow-principal User:NAME --operation DescribeConfigs " \
	"--topic TOPIC; until then nobody sees whether it keeps longer"

static void
log_unchecked(const char *topic, const char *why, const char *remedy)
{
	LOG(LOG_WARN, "retention_unchecked", LOG_TEXT("topic", topic),
		LOG_TEXT("why", why), LOG_TEXT("do", remedy));
}

static enum lethe_status
tell(const struct topics_wanted *wanted, const struct topics_found *found,
	enum retention_rule rule, struct lethe_error *err)
{
	bool refused = rule == RETENTION_REFUSED;

	LOG(refused ? LOG_ERROR : LOG_WARN, "retention_long",
		LOG_TEXT("topic", wanted->topic),
		LOG_NUMBER("allowed_ms", wanted->retention_ms),
		LOG_TEXT(
			"retention.ms", found->values[TOPICS_CONFIG_RETENTION]),
		LOG_TEXT(
			"cleanup.policy", found->values[TOPICS_CONFIG_CLEANUP]),
		LOG_TEXT("do", "`lethe topics apply` shortens it; or state in "
			       "the policy what the topic keeps; or set "
			       "`retention.check: warn`"));
	if (!refused)
		return LETHE_OK;
	return fail(err, LETHE_ERETENTION, 0,
		"the topic %.80s keeps longer than the policy allows: see "
		"`lethe topics plan`",
		wanted->topic);
}

static enum lethe_status
check(struct topics_client *c, const struct topics_wanted *wanted,
	struct arena *a, enum retention_rule rule, struct lethe_error *err)
{
	struct topics_found found = {.exists = true};
	struct lethe_error why = {0};
	enum lethe_status status =
		topics_ask_configs(c, wanted->topic, a, &found, &why);

	if (status && status != LETHE_ENOMEM && rule == RETENTION_WARNED) {
		log_unchecked(wanted->topic, why.what,
			"nothing, if `lethe topics plan` finds no drift");
		return LETHE_OK;
	}
	if (status)
		return fail_with(err, &why);
	if (found.configs == TOPICS_DENIED)
		log_unchecked(wanted->topic, "the right is missing", DO_RIGHT);
	else if (found.configs == TOPICS_NONE)
		log_unchecked(wanted->topic,
			"the cluster does not tell a topic's settings",
			"look yourself at what the topic keeps");
	return topics_keeps_longer(wanted, &found)
		       ? tell(wanted, &found, rule, err)
		       : LETHE_OK;
}

static bool
is_checked(const struct topics_wanted *wanted)
{
	return topics_flags(wanted->kind) & TOPICS_MANAGED &&
	       wanted->retention_ms;
}

/* All are looked at, so that every one that keeps too long is told. */
static enum lethe_status
check_all(const struct lethe_view *view, const struct broker_options *options,
	struct topics_client *c, struct arena *a, enum retention_rule rule,
	struct lethe_error *err)
{
	size_t count = topics_count(view);
	struct topics_wanted *wanted = arena_calloc(a, count, sizeof(*wanted));
	struct lethe_error longer = {0};
	enum lethe_status status = LETHE_OK;

	if (!wanted)
		return fail(err, LETHE_ENOMEM, 0, "no memory for topics");
	topics_want(view, 0, 0, wanted);
	for (size_t i = 0; !status && i < count; i++) {
		if (options->given_up && options->given_up())
			break;
		if (!is_checked(&wanted[i]))
			continue;
		status = check(c, &wanted[i], a, rule, err);
		if (status != LETHE_ERETENTION)
			continue;
		if (err && !longer.status)
			longer = *err;
		longer.status = status;
		status = LETHE_OK;
	}
	if (!status && longer.status)
		status = fail_with(err, &longer);
	return status;
}

enum lethe_status
retention_check(const struct lethe_view *view,
	const struct broker_options *options, enum retention_rule rule,
	struct lethe_error *err)
{
	struct topics_client *c = NULL;
	enum lethe_status status;
	struct arena a;

	if (rule == RETENTION_UNCHECKED)
		return LETHE_OK;
	arena_init(&a, 0);
	status = topics_open(options, &c, err);
	if (!status)
		status = check_all(view, options, c, &a, rule, err);
	topics_close(c);
	arena_fini(&a);
	return status;
}
