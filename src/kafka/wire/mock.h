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

#endif
