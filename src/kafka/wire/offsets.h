#ifndef WIRE_OFFSETS_H
#define WIRE_OFFSETS_H

/*
 * Looks at a group and its committed offsets from outside, and moves them,
 * without joining it.
 *
 * Offsets are read and written by the Admin API: it can read what is committed
 * now without waiting for open transactions (to look) or only what no open
 * transaction may still change (to act), by one client.  The broker takes such
 * a write from a stranger only while the group has no members, so a lethe that
 * starts in between cannot be overrun.  The log's end is the high watermark,
 * not the last stable offset: a transaction that a producer of raw events has
 * open is no end of the log.
 *
 * Thread: one at a time.
 */

#include "kafka/offsets/rule.h"
#include "kafka/wire/broker.h"

enum offsets_group_state {
	OFFSETS_GROUP_NONE, /* nobody ever joined or committed */
	OFFSETS_GROUP_EMPTY,
	OFFSETS_GROUP_STABLE,
	OFFSETS_GROUP_REBALANCING,
	OFFSETS_GROUP_UNKNOWN,
};

struct offsets_group {
	enum offsets_group_state state;
	size_t members; /* one a lane */
};

/* "none", "empty", "stable", "rebalancing", "unknown"; never changes. */
const char *offsets_group_name(enum offsets_group_state state);

struct offsets_client;

/*
 * A client of the cluster.
 *
 *   options   props (secrets loaded) and group; the group's name is borrowed
 *             as long as the client lives
 *
 * Fails: ESETTING, ENOMEM.
 */
LETHE_CHECKED enum lethe_status
offsets_open(const struct broker_options *options, struct offsets_client **out,
	struct lethe_error *err);
void offsets_close(struct offsets_client *c); /* or NULL */

/* Fails: EDENIED, ETIMEOUT, EKAFKA; so do all of the following. */
LETHE_CHECKED enum lethe_status offsets_ask_group(struct offsets_client *c,
	struct offsets_group *out, struct lethe_error *err);

/*
 * How the group stands on each partition of a topic.
 *
 *   stable   waits until no open transaction may change it
 *   out      by partition; free() ends it; NULL on failure
 *
 * Fails: ENOTOPIC too.
 */
LETHE_CHECKED enum lethe_status
offsets_ask(struct offsets_client *c, const char *topic, bool stable,
	struct offsets_place **out, size_t *count, struct lethe_error *err);

/*
 * The first offset of each partition that is not before a time.
 *
 *   count   partitions
 *   out     by partition; OFFSET_NONE where there is none
 */
LETHE_CHECKED enum lethe_status
offsets_ask_time(struct offsets_client *c, const char *topic, int64_t time_ms,
	size_t count, int64_t *out, struct lethe_error *err);

/* How many offsets the log of a topic holds; 0: it is empty. */
LETHE_CHECKED enum lethe_status offsets_ask_held(struct offsets_client *c,
	const char *topic, int64_t *held, struct lethe_error *err);

struct offsets_move {
	const char *topic;
	int32_t partition;
	int64_t to;
};

/*
 * Commits offsets for the group; what was committed with those before stays
 * with them (held.h), whoever wrote it.
 *
 * Fails: EKAFKA when the group has members.
 */
LETHE_CHECKED enum lethe_status
offsets_commit(struct offsets_client *c, const struct offsets_move *moves,
	size_t count, struct lethe_error *err);

#endif
