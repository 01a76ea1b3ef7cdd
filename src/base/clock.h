#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds UTC since 1970. */
int64_t clock_now_ms(void);

/* Nanoseconds that only go forward. */
int64_t clock_monotonic_ns(void);

#endif
