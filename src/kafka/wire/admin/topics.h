#ifndef WIRE_ADMIN_TOPICS_H
#define WIRE_ADMIN_TOPICS_H

/*
 * What the cluster has of some topics, and the two changes that lethe makes to
 * it: a topic that is not there is created, settings of one are altered.
 * Nothing is ever deleted, no number of partitions and no access rule changed.
 *
 * Thread: one at a time.
 */

#include "kafka/topics/topics.h"
#include "kafka/wire/broker.h"

struct topics_client;

/*
 * A client of the cluster.
 *
 *   options   props (secrets loaded) and group, of which it is no member
 *
 * Fails: ESETTING, ENOMEM.
 */
LETHE_CHECKED enum lethe_status
topics_open(const struct broker_options *options, struct topics_client **out,
	struct lethe_error *err);
void topics_close(struct topics_client *c); /* or NULL */

/* Fails: ETIMEOUT, EKAFKA, EDENIED; so do all of the following. */
LETHE_CHECKED enum lethe_status topics_ask_brokers(
	struct topics_client *c, int32_t *count, struct lethe_error *err);

/* Whether a topic is there, its partitions and replicas. */
LETHE_CHECKED enum lethe_status topics_ask_layout(struct topics_client *c,
	const char *topic, struct topics_found *out, struct lethe_error *err);

/*
 * The settings of a topic that is there.  A missing right is no failure.
 *
 *   a     the texts are put there
 */
LETHE_CHECKED enum lethe_status
topics_ask_configs(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err);

/*
 * Whether a consent topic, whose settings were asked, is compacted.
 *
 * Fails: ERETENTION; EDENIED when that cannot be seen.
 */
LETHE_CHECKED enum lethe_status topics_check_compacted(const char *topic,
	const struct topics_found *found, struct lethe_error *err);

/*
 * Whether access rules can be seen: TOPICS_KNOWN; TOPICS_DENIED, where the
 * right is missing, or there is not one rule; TOPICS_NONE, without an
 * authorizer.
 */
LETHE_CHECKED enum lethe_status topics_ask_authorizer(struct topics_client *c,
	enum topics_known *out, struct lethe_error *err);

/* The access rules that match a topic, there or not, where they can be seen. */
LETHE_CHECKED enum lethe_status
topics_ask_rights(struct topics_client *c, const char *topic, struct arena *a,
	struct topics_found *out, struct lethe_error *err);

/*
 * Where the oldest keyed records of each partition lie.  Reads no more than a
 * few of them, joins no group; a missing right is no failure.
 */
LETHE_CHECKED enum lethe_status
topics_ask_records(const struct broker_options *options, const char *topic,
	struct arena *a, struct topics_found *out, struct lethe_error *err);

/* A setting of a topic and its new value. */
struct topics_set {
	const char *name, *value;
};

/* Creates a topic; one that is there already is a failure (EKAFKA). */
LETHE_CHECKED enum lethe_status topics_create(struct topics_client *c,
	const char *topic, int32_t partitions, int32_t replicas,
	const struct topics_set *sets, size_t count, struct lethe_error *err);

/*
 * Alters settings of a topic; all others that are its own stay as `found` has
 * them.
 *
 * Fails: EKAFKA when the broker does not show one of them.
 */
LETHE_CHECKED enum lethe_status topics_alter(struct topics_client *c,
	const char *topic, const struct topics_found *found,
	const struct topics_set *sets, size_t count, struct lethe_error *err);

#endif
