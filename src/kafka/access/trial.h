#ifndef ACCESS_TRIAL_H
#define ACCESS_TRIAL_H

/*
 * What a job may do on its cluster, tried.  Topics are read without joining
 * the group.  Writing is tried in transactions that are aborted before
 * anything is sent: no record comes to be, but the abort leaves a marker, one
 * offset, on one partition of each topic that is tried.
 *
 * Thread: one at a time.
 */

#include "kafka/ops.h"
#include "kafka/wire/broker.h"

struct trial;

/*
 *   options   props (secrets loaded), group, id (transactional: of nobody
 *             else, or that one is fenced); borrowed as long as it lives
 *
 * Fails: ESETTING, ENOMEM.
 */
LETHE_CHECKED enum lethe_status trial_open(const struct broker_options *options,
	struct trial **out, struct lethe_error *err);
void trial_close(struct trial *t); /* or NULL */

/* Partitions of a topic.  Fails: ENOTOPIC, EDENIED, ETIMEOUT, EKAFKA. */
LETHE_CHECKED enum lethe_status trial_partitions(struct trial *t,
	const char *topic, int32_t *count, struct lethe_error *err);

/*
 * Whether the group has committed an offset of a topic.
 *
 * Fails: EDENIED when it may not be described; EBEHIND when the group has
 * worked under something newer than the options hold; EGAP when the log has not
 * got what the group goes on with; ETIMEOUT, EKAFKA.
 */
LETHE_CHECKED enum lethe_status
trial_committed(struct trial *t, const char *topic, int32_t partitions,
	bool *any, struct lethe_error *err);

/* One of the newest messages; borrowed during the call. */
struct trial_message {
	int32_t partition;
	int64_t time_ms; /* LETHE_TIME_NONE: it has none */
	bool by_broker;	 /* the time is the broker's */
	const void *value, *key;
	size_t len, key_len;
};

/*
 * Reads the newest messages of a topic, about `most` of them; what was aborted,
 * as `lethe run`, not.
 *
 *   saw   told of each
 *
 * Fails: EDENIED when it may not be read, ETIMEOUT, EKAFKA.
 */
LETHE_CHECKED enum lethe_status
trial_read(struct trial *t, const char *topic, int32_t partitions, size_t most,
	void (*saw)(void *ctx, const struct trial_message *m), void *ctx,
	struct lethe_error *err);

/*
 * Opens a producer under the transactional id.
 *
 * Fails: EDENIED, EFENCED, ETIMEOUT, EKAFKA.
 */
LETHE_CHECKED enum lethe_status
trial_transactions(struct trial *t, struct lethe_error *err);

/*
 * Whether a topic may be written; after trial_transactions.
 *
 *   topic   borrowed as long as the trial lives
 *
 * Fails: EDENIED, ETIMEOUT, EKAFKA.
 */
LETHE_CHECKED enum lethe_status
trial_write(struct trial *t, const char *topic, struct lethe_error *err);

/*
 * Whether offsets of a topic may be committed for the group; after
 * trial_transactions.
 *
 * Fails: as trial_write.
 */
LETHE_CHECKED enum lethe_status
trial_group(struct trial *t, const char *topic, struct lethe_error *err);

#endif
