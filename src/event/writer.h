#ifndef EVENT_WRITER_H
#define EVENT_WRITER_H

/*
 * Writes JSON or MessagePack into a buffer through one set of calls.  Counts
 * are given up front (MessagePack needs them; nothing is patched later).  The
 * writer adds commas and colons; callers nest correctly, which is checked by
 * bug_if.  JSON is one line, no spaces, escapes only what RFC 8259 demands,
 * integers as digits, doubles as RFC 8785 section 3.2.2.3 writes them.
 */

#include "base/buf.h"
#include "event/reader.h"
#include "event/value.h"

#define WRITER_DEPTH_MAX 64

struct writer {
	struct buf *out; /* borrowed */
	enum event_format format;
	unsigned depth;
	bool after_key;
	bool need_comma[WRITER_DEPTH_MAX];
};

void writer_init(struct writer *w, enum event_format format, struct buf *out);

void write_object(struct writer *w, size_t members);
void write_object_end(struct writer *w);
void write_array(struct writer *w, size_t elements);
void write_array_end(struct writer *w);
void write_key(struct writer *w, struct slice key);

/* A key with its JSON form, which json_key made once for many records. */
void write_ready_key(struct writer *w, struct slice key, struct slice json);
void json_key(struct buf *out, struct slice key); /* `"key":` */

void write_string(struct writer *w, struct slice text);
void write_bool(struct writer *w, bool value);
void write_null(struct writer *w);
void write_int(struct writer *w, int64_t value);
void write_uint(struct writer *w, uint64_t value);
void write_double(struct writer *w, double value); /* finite */

/* A key and what stands there; a text that is NULL is null. */
void write_member_text(struct writer *w, const char *key, const char *text);
void write_member_int(struct writer *w, const char *key, int64_t value);

/* The same of a text; one whose ptr is NULL is left out, key and all. */
void write_member_if(struct writer *w, const char *key, struct slice text);

/* The same, or null where the value is not known. */
void write_member_known(
	struct writer *w, const char *key, int64_t value, bool known);

/* A scalar as it was read; VALUE_NUMBER that is whole stays a number. */
void write_value(struct writer *w, const struct value *v);

/* JSON given as bytes, copied as it stands (JSON writers only). */
void write_raw_json(struct writer *w, struct slice json);

#define NUMBER_TEXT_MAX 32

/*
 * A finite double as ECMAScript and RFC 8785 write it, no NUL; returns the
 * length.  1.0 is `1`, 1e21 is `1e+21`.
 * Source: RFC 8785 section 3.2.2.3.
 */
size_t number_format(double value, char out[static NUMBER_TEXT_MAX]);

/*
 * The double nearest to a JSON number's text; false beyond a double.
 */
bool number_parse(struct slice text, double *out);

/* "msgpack-c 4.0.0"; static storage. */
const char *msgpack_library(void);

#endif
