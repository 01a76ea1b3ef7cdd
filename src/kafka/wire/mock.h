#ifndef WIRE_MOCK_H
#define WIRE_MOCK_H

/*
 * The client library's mock cluster inside this process, on 127.0.0.1: for the
 * demo and for tests of the wire.  It keeps 5 MiB a partition and drops older
 * messages silently; it throws transactional offsets away and hides nothing of
 * an aborted transaction, so it proves nothing of exactly once.
 */

#include "base/error.h"

#include <stdint.h>

struct mock;

/*   brokers   how many, at least 1 */
LETHE_CHECKED enum lethe_status
mock_open(int brokers, struct mock **out, struct lethe_error *err);
void mock_close(struct mock *m); /* or NULL; after all its clients */

LETHE_CHECKED enum lethe_status mock_topic(struct mock *m, const char *topic,
	int32_t partitions, struct lethe_error *err);

/* 127.0.0.1:port,… of its brokers; as long as it lives. */
const char *mock_brokers(const struct mock *m);

/* Requests that can be refused, by their numbers in Kafka's protocol. */
enum mock_request {
	MOCK_PRODUCE = 0,
	MOCK_FETCH = 1,
	MOCK_LIST_OFFSETS = 2,
	MOCK_OFFSET_FETCH = 9,
	MOCK_FIND_COORDINATOR = 10,
	MOCK_JOIN_GROUP = 11,
	MOCK_HEARTBEAT = 12,
	MOCK_SYNC_GROUP = 14,
	MOCK_INIT_PRODUCER_ID = 22,
	MOCK_ADD_PARTITIONS = 24,
	MOCK_ADD_OFFSETS = 25,
	MOCK_END_TXN = 26,
	MOCK_TXN_OFFSET_COMMIT = 28,
};

/*
 * The next requests of a kind are answered with an error, for tests.
 *
 *   error   of the client library: a broker's, or its own _TRANSPORT, which
 *           ends the connection
 */
void
mock_refuse(struct mock *m, enum mock_request request, int error, size_t times);

/* What was to be refused of a kind no longer is. */
void mock_calm(struct mock *m, enum mock_request request);

#endif
