#ifndef TRANSFORM_PATTERN_H
#define TRANSFORM_PATTERN_H

/*
 * Patterns of the policy: PCRE2, UTF-8, matching the whole value or nothing,
 * with match limits, so that no event can hold a worker up.  Compiled once,
 * immutable, shared by threads; each thread brings its own scratch.
 */

#include "base/error.h"
#include "base/slice.h"

struct pattern;
struct pattern_scratch;

/*
 * Fails: LETHE_EPOLICY with err->offset the byte of `text` that is wrong.
 * Callouts and \C are refused; lookaround sees nothing outside the value.
 */
LETHE_CHECKED enum lethe_status
pattern_new(struct slice text, struct pattern **out, struct lethe_error *err);
void pattern_free(struct pattern *p);

LETHE_CHECKED enum lethe_status
pattern_scratch_new(struct pattern_scratch **out, struct lethe_error *err);
void pattern_scratch_free(struct pattern_scratch *s);

/* The values of another field come: they share one limit. */
void pattern_scratch_begin(struct pattern_scratch *s);

/* Whether the whole of `text` (valid UTF-8) matches; false past a limit. */
bool pattern_match(
	const struct pattern *p, struct slice text, struct pattern_scratch *s);

/*
 * Whether memory for compiled patterns was refused to this process so far (by
 * systemd's MemoryDenyWriteExecute, by SELinux): those are interpreted, more
 * slowly, under the same limit; what matched compiled matches so.
 *
 * Thread: any.
 */
bool pattern_interpreted(void);

/* The library behind this room, as it runs: "PCRE2 10.42 2022-12-11"; static
 * storage. */
const char *pattern_library(void);

#endif
