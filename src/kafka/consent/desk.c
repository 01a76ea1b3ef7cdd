#include "kafka/consent/self.h"

#include "kafka/murmur2.h"
#include "kafka/wire/admin/topics.h"

#include <stdlib.h>

/* What a topic must do with old records. */
static enum lethe_status
check_cleanup(const struct desk *d, enum desk_topic topic,
	const struct topics_found *found, struct lethe_error *err)
{
	const char *cleanup = found->values[TOPICS_CONFIG_CLEANUP];

	if (topic == DESK_LOG && cleanup && !strcmp(cleanup, "delete"))
		return LETHE_OK;
	if (topic == DESK_LOG && cleanup)
		return fail(err, LETHE_ERETENTION, 0,
			"the topic %.40s must have cleanup.policy=delete: a "
			"log that is compacted proves nothing",
			d->topics[topic]);
	return topics_check_compacted(d->topics[topic], found, err);
}

static enum lethe_status
ask_topic(struct desk *d, struct topics_client *c, enum desk_topic topic,
	struct arena *a, struct lethe_error *err)
{
	struct topics_found found = {0};
	enum lethe_status status =
		topics_ask_layout(c, d->topics[topic], &found, err);

	if (!status && !found.exists)
		return fail(err, LETHE_ENOTOPIC, 0,
			"the topic %.80s does not exist: `lethe topics apply` "
			"creates it",
			d->topics[topic]);
	if (!status)
		status =
			topics_ask_configs(c, d->topics[topic], a, &found, err);
	d->partitions[topic] = found.partitions;
	return status ? status : check_cleanup(d, topic, &found, err);
}

static enum lethe_status
ask_topics(struct desk *d, struct lethe_error *err)
{
	const struct broker_options broker = {.props = d->o->props,
		.prop_count = d->o->prop_count,
		.group = d->o->reader};
	struct topics_client *c = NULL;
	enum lethe_status status = topics_open(&broker, &c, err);
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; !status && i < DESK_TOPICS; i++)
		if (d->topics[i])
			status = ask_topic(d, c, (enum desk_topic)i, &a, err);
	topics_close(c);
	arena_fini(&a);
	return status;
}

enum lethe_status
desk_open(const struct desk_options *options, struct desk **out,
	struct lethe_error *err)
{
	struct desk *d = calloc(1, sizeof(*d));
	enum lethe_status status;

	*out = NULL;
	if (!d)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a client");
	d->o = options;
	d->topics[DESK_LEDGER] = options->topic;
	d->topics[DESK_LOG] = options->log;
	status = ask_topics(d, err);
	if (status)
		desk_close(d);
	else
		*out = d;
	return status;
}

void
desk_close(struct desk *d)
{
	if (!d)
		return;
	desk_abort(d);
	broker_free(d->writer);
	free(d);
}

int32_t
desk_partitions(const struct desk *d, enum desk_topic topic)
{
	return d->partitions[topic];
}

int32_t
desk_partition(const struct desk *d, enum desk_topic topic, struct slice key)
{
	return murmur2_partition(key.ptr, key.len, d->partitions[topic]);
}
