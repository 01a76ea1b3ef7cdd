#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds UTC since 1970. */
int64_t clock_now_ms(void);

/*
 * The same of the last tick, a few ms ago: for what is asked at every event,
 * where the exact clock costs more than it tells.
 */
int64_t clock_now_coarse_ms(void);

/* Nanoseconds that only go forward. */
int64_t clock_monotonic_ns(void);

/*
 * Milliseconds that only go forward, while the machine sleeps too: for how old
 * something is that others change meanwhile.
 */
int64_t clock_boot_ms(void);

#endif
