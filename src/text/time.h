#ifndef TEXT_TIME_H
#define TEXT_TIME_H

/*
 * Times as text and as numbers.  Inside lethe a time is int64_t milliseconds
 * since 1970-01-01T00:00:00Z, from the year 0001 to 9999.
 */

#include "base/slice.h"

enum time_form {
	TIME_RFC3339,
	TIME_UNIX_S,
	TIME_UNIX_MS,
	TIME_UNIX_US,
};

enum time_grain {
	GRAIN_MS,
	GRAIN_SECOND,
	GRAIN_MINUTE,
	GRAIN_HOUR,
	GRAIN_DAY,
};

/* The span of a grain: 1, 1000, 60000, 3600000, 86400000. */
int64_t grain_ms(enum time_grain grain);

/* The how manieth span an instant lies in, before 1970 as well; a span of 0 or
   1 is exact. */
int64_t time_step(int64_t at, int64_t span);

/* The last grain border not after `ms`, for times before 1970 as well. */
int64_t time_floor(int64_t ms, enum time_grain grain);

/*
 * RFC 3339 with `T`, `t` or a space, any fraction (cut to ms), `Z`, `z` or an
 * offset; a leap second (the last of a day of UTC) counts as the second after
 * it.  False when it is not, or outside the years 0001 to 9999 of UTC.
 * Source: RFC 3339 section 5.6.
 */
bool time_parse_rfc3339(struct slice text, int64_t *ms);

/* Digits (an optional minus before, no fraction) of a Unix form. */
bool time_parse_unix(struct slice text, enum time_form form, int64_t *ms);

/* A Unix time given as integer. */
bool time_from_unix(int64_t value, enum time_form form, int64_t *ms);

#define TIME_TEXT_BYTES 25 /* 2026-05-04T10:00:00.123Z and a NUL */

/*
 * `2026-05-04T10:00:00Z`, floored to the grain, with milliseconds only for
 * GRAIN_MS, and a NUL; returns its length.  Outside the years 0001 to 9999,
 * which no call above gives, it is 0 and the text empty.
 */
size_t time_format(
	int64_t ms, enum time_grain grain, char out[static TIME_TEXT_BYTES]);

/* `5m`, `7d`, `90d`, `1h`, `30s`, `250ms`, `0d`; false otherwise. */
bool duration_parse(struct slice text, int64_t *ms);

#define DURATION_TEXT_BYTES 24

/* As the call above reads it, in the largest unit that it is whole in. */
void duration_format(int64_t ms, char out[static DURATION_TEXT_BYTES]);

#endif
