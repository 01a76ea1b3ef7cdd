#ifndef EVENT_NATIVE_H
#define EVENT_NATIVE_H

/*
 * The C face of native.cc, the one C++ file: simdjson's first stage, which
 * finds where the tokens of a JSON text start, and the shortest-round-trip
 * number conversions of the C++ library.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Source: simdjson 3.0 include/simdjson/dom/parser.h (`implementation`);
 * ISO C++17 [charconv].
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Readable bytes that must stand behind a text given to json_index_run. */
#define JSON_PADDING 64

struct json_index;

struct json_index *json_index_new(void); /* NULL: out of memory */
void json_index_free(struct json_index *x);

enum json_index_result {
	JSON_INDEX_OK,
	JSON_INDEX_EMPTY,
	JSON_INDEX_UTF8,    /* not UTF-8 */
	JSON_INDEX_STRING,  /* a string without its end */
	JSON_INDEX_CONTROL, /* a raw control character in a string */
	JSON_INDEX_MEMORY,
	JSON_INDEX_SYNTAX, /* anything else it refuses */
};

/*
 * Finds the offsets of `{ } [ ] : ,`, of opening quotes and of the first byte
 * of each other scalar.
 *
 *   text   len bytes and JSON_PADDING readable ones behind them
 *   at     their offsets, ascending, and `len` behind the last; valid until
 *          the next call
 */
enum json_index_result json_index_run(struct json_index *x, const uint8_t *text,
	size_t len, const uint32_t **at, size_t *count);

#define NUMBER_DIGITS_MAX 17

/*
 * The fewest digits that read back as a finite double: its magnitude is
 * d.ddd x 10^exponent.  The sign is left to the caller; 0 is `0` and 0.
 *
 *   digits   no NUL; no zero at either end except for 0 itself
 *
 * Returns how many digits there are.
 */
size_t native_number_digits(
	double value, char digits[NUMBER_DIGITS_MAX], int *exponent);

/*
 * The double nearest to a whole JSON number, whose grammar the caller has
 * checked; what is too small for a double is 0.  False when it is beyond one.
 */
bool native_number_parse(const char *text, size_t len, double *out);

/* Whether the bytes are UTF-8 (RFC 3629). */
bool native_utf8_valid(const uint8_t *text, size_t len);

/* "simdjson 3.0.1"; static storage. */
const char *native_library(void);

#ifdef __cplusplus
}
#endif

#endif
