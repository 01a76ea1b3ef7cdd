#ifndef EVENT_WRITE_MSGPACK_H
#define EVENT_WRITE_MSGPACK_H

/*
 * One token of MessagePack each, in its shortest form; doubles as float 64
 * always, so that a field has one type.  For writer.c alone.
 * Source: the MessagePack specification.
 */

#include "base/buf.h"

void msgpack_put_map(struct buf *out, size_t members);
void msgpack_put_array(struct buf *out, size_t elements);
void msgpack_put_string(struct buf *out, struct slice text);
void msgpack_put_bool(struct buf *out, bool value);
void msgpack_put_null(struct buf *out);
void msgpack_put_int(struct buf *out, int64_t value);
void msgpack_put_uint(struct buf *out, uint64_t value);
void msgpack_put_double(struct buf *out, double value);

#endif
