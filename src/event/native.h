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
 *   at     their offsets, ascending; valid until the next call
 */
enum json_index_result json_index_run(struct json_index *x, const uint8_t *text,
	size_t len, const uint32_t **at, size_t *count);

/* Shortest digits that read back as `value`: [-]d.ddd e exp, see writer.h. */
size_t native_number_format(double value, char *out, size_t cap);

/* Reads a whole JSON number; false when it is beyond a double. */
bool native_number_parse(const char *text, size_t len, double *out);

#ifdef __cplusplus
}
#endif

#endif
