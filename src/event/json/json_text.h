#ifndef EVENT_JSON_TEXT_H
#define EVENT_JSON_TEXT_H

/* What stands between the quotes of a JSON string; internal to the room. */

#include "base/error.h"
#include "base/slice.h"

/*
 * Decodes the escapes of a string.
 *
 *   raw    the bytes between the quotes: UTF-8, no raw quote
 *   out    room for raw.len bytes
 *   wrong  on failure, the backslash of the escape that is wrong
 *
 * Fails: LETHE_POISON_ESCAPE, LETHE_POISON_SURROGATE.
 * Source: RFC 8259 section 7.
 */
LETHE_CHECKED enum lethe_status
json_unescape(struct slice raw, uint8_t *out, size_t *len, size_t *wrong);

#endif
