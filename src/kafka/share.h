#ifndef KAFKA_SHARE_H
#define KAFKA_SHARE_H

/* By setting: more poison in a minute than this is no accident. */

#include "base/error.h"

#include <stdint.h>

struct share {
	int64_t most_ppm; /* 0: off */
	int64_t since_ms;
	uint64_t events, poison;
};

void share_init(struct share *s, int64_t most_ppm, int64_t now_ms);

/* Events of a committed transaction, and those of them that were poison. */
void share_add(struct share *s, uint64_t events, uint64_t poison);

/* Fails: EPOISONED. */
LETHE_CHECKED enum lethe_status
share_check(struct share *s, int64_t now_ms, struct lethe_error *err);

#endif
