#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * How code inside lethe fails: one line that fills the caller's error and
 * returns the status.  Private functions do not re-check what their callers
 * promise; a broken promise is a bug and stops the program.
 */

#include "lethe/error.h"

/*
 * Fills `err` (may be NULL) and returns `status`.
 *
 *   at      byte offset into the event, or 0
 *   format  names rules, paths, lengths and types; never a value
 */
LETHE_PRINTF(4, 5)
enum lethe_status fail(struct lethe_error *err, enum lethe_status status,
	size_t at, const char *format, ...);

/* Copies `from` to `err` (may be NULL) and returns its status. */
enum lethe_status
fail_with(struct lethe_error *err, const struct lethe_error *from);

/* What the analyser of `make lint` cannot see: a failure is not LETHE_OK. */
#ifdef __clang_analyzer__
#define fail(err, status, ...) \
	((void)(fail)(err, status, __VA_ARGS__), (enum lethe_status)(status))
#define fail_with(err, from) \
	((void)(fail_with)(err, from), \
		(from)->status ? (from)->status : LETHE_EBUG)
#endif

/* Ends the process when `cond` holds: a bug of ours, kept in release. */
#define bug_if(cond) \
	do { \
		if (__builtin_expect(!!(cond), 0)) \
			bug(__FILE__, __LINE__, #cond); \
	} while (0)

__attribute__((noreturn)) void
bug(const char *file, int line, const char *what);

#endif
