#ifndef LEDGER_BEAT_H
#define LEDGER_BEAT_H

/*
 * Heartbeats: records of one key in each partition of the consent topic, by
 * which its origin shows that it is alive.
 *
 * Thread: one at a time.
 */

#include "base/slice.h"
#include "lethe/error.h"

#include <stdint.h>

#define KEEPER_HEARTBEAT_KEY "lethe:heartbeat"

/* Behind so many times the policy's `heartbeat` the origin counts as away. */
#define KEEPER_MISSED_MAX 3

struct beat_reader;

enum lethe_status
beat_reader_new(struct beat_reader **out, struct lethe_error *err);
void beat_reader_free(struct beat_reader *b); /* NULL allowed */

/*
 * When a heartbeat was made, by its value.
 *
 * Fails: class POISON.
 */
enum lethe_status beat_read(struct beat_reader *b, struct slice value,
	int64_t *utc_ms, struct lethe_error *err);

#endif
