#ifndef CLI_STAMP_H
#define CLI_STAMP_H

/*
 * Sample events of the present: `{{now}}`, `{{now-5m}}`, `{{now+1h}}` in a
 * sample file become times.  Written so they are RFC 3339 with milliseconds;
 * with `:s`, `:ms` or `:us` before the closing braces, as in `{{now-5m:ms}}`,
 * Unix times in digits.
 */

#include "base/buf.h"
#include "base/error.h"

/*
 * Appends `text` to `out` with its times filled in.
 *
 * Fails: LETHE_EUSAGE with the offset of a placeholder that is none.
 */
LETHE_CHECKED enum lethe_status stamp_times(struct slice text, int64_t now_ms,
	struct buf *out, struct lethe_error *err);

#endif
