#ifndef KAFKA_SHARE_H
#define KAFKA_SHARE_H

/*
 * By setting: more poison in the last minute than this is no accident.  The
 * minute goes with the clock: of the one before, what is left of it counts, as
 * if its events had come evenly.  So a minute's first events are no sample of
 * their own, and a producer that changed its format is met within seconds.
 */

#include "base/error.h"

#include <stdint.h>

struct share_minute {
	uint64_t events, poison;
};

struct share {
	int64_t most_ppm; /* 0: off */
	int64_t since_ms; /* when the present minute began */
	struct share_minute now, before;
};

void share_init(struct share *s, int64_t most_ppm, int64_t now_ms);

/* Events of a committed transaction, and those of them that were poison. */
void
share_add(struct share *s, int64_t now_ms, uint64_t events, uint64_t poison);

/* Fails: EPOISONED, from 100 events on. */
LETHE_CHECKED enum lethe_status
share_check(struct share *s, int64_t now_ms, struct lethe_error *err);

#endif
