#include "event/writer.h"

#include "base/error.h"
#include "base/wide.h"
#include "event/json/native.h"
#include "event/write/write_msgpack.h"

#include <math.h>

void
writer_init(struct writer *w, enum event_format format, struct buf *out)
{
	bug_if(format != FORMAT_JSON && format != FORMAT_MSGPACK);
	*w = (struct writer){.out = out, .format = format};
}

static bool
is_json(const struct writer *w)
{
	return w->format == FORMAT_JSON;
}

/* What comes before a value or, with the colon missing, a key. */
static void
separate(struct writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (is_json(w) && w->need_comma[w->depth])
		buf_put_byte(w->out, ',');
	w->need_comma[w->depth] = true;
}

static void
open(struct writer *w, char bracket)
{
	separate(w);
	bug_if(w->depth + 1 >= WRITER_DEPTH_MAX);
	w->need_comma[++w->depth] = false;
	if (is_json(w))
		buf_put_byte(w->out, (uint8_t)bracket);
}

static void
close(struct writer *w, char bracket)
{
	bug_if(!w->depth || w->after_key);
	w->depth--;
	if (is_json(w))
		buf_put_byte(w->out, (uint8_t)bracket);
}

void
write_object(struct writer *w, size_t members)
{
	open(w, '{');
	if (!is_json(w))
		msgpack_put_map(w->out, members);
}

void
write_object_end(struct writer *w)
{
	close(w, '}');
}

void
write_array(struct writer *w, size_t elements)
{
	open(w, '[');
	if (!is_json(w))
		msgpack_put_array(w->out, elements);
}

void
write_array_end(struct writer *w)
{
	close(w, ']');
}

/* The escape of a byte that RFC 8259 section 7 does not let stand. */
static void
put_escape(struct buf *out, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[0x20] = {['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r'};
	char text[6] = {'\\', (char)byte};

	if (byte >= 0x20 || shorts[byte]) {
		text[1] = byte >= 0x20 ? (char)byte : shorts[byte];
		buf_put(out, text, 2);
		return;
	}
	memcpy(text + 1, "u00", 3);
	text[4] = hex[byte >> 4];
	text[5] = hex[byte & 15];
	buf_put(out, text, 6);
}

/* What RFC 8259 section 7 does not let stand in a string. */
static wide
is_special(wide x)
{
	return (wide)((x < 0x20) | (x == '"') | (x == '\\'));
}

static wide
is_special_or_high(wide x)
{
	return (wide)((x < 0x20) | (x == '"') | (x == '\\') | (x >= 0x80));
}

/* Texts of events are UTF-8; a path, a topic or a message that was cut may be
   no such. */
static bool
stands_as_it_is(struct slice text)
{
	return !wide_has(text, is_special_or_high) ||
	       (!wide_has(text, is_special) &&
		       native_utf8_valid(text.ptr, text.len));
}

static void
put_escaped(struct buf *out, struct slice text)
{
	size_t step;

	buf_put_byte(out, '"');
	for (size_t i = 0; i < text.len; i += step) {
		uint8_t c = text.ptr[i];

		step = 1;
		if (c < 0x20 || c == '"' || c == '\\')
			put_escape(out, c);
		else if (c < 0x80)
			buf_put_byte(out, c);
		else
			step = buf_put_sequence(
				out, text.ptr + i, text.len - i);
	}
	buf_put_byte(out, '"');
}

static void
put_json_string(struct buf *out, struct slice text)
{
	size_t len = text.len;
	uint8_t *p;

	if (!stands_as_it_is(text)) {
		put_escaped(out, text);
		return;
	}
	if (len + 2 > out->cap - out->len && !buf_reserve(out, len + 2))
		return;
	p = out->ptr + out->len;
	*p++ = '"';
	if (len)
		memcpy(p, text.ptr, len);
	p[len] = '"';
	out->len += len + 2;
}

void
json_key(struct buf *out, struct slice key)
{
	put_json_string(out, key);
	buf_put_byte(out, ':');
}

static void
put_string(struct writer *w, struct slice text)
{
	if (is_json(w))
		put_json_string(w->out, text);
	else
		msgpack_put_string(w->out, text);
}

void
write_key(struct writer *w, struct slice key)
{
	bug_if(!w->depth || w->after_key);
	separate(w);
	if (is_json(w))
		json_key(w->out, key);
	else
		msgpack_put_string(w->out, key);
	w->after_key = true;
}

void
write_ready_key(struct writer *w, struct slice key, struct slice json)
{
	bug_if(!w->depth || w->after_key);
	separate(w);
	if (is_json(w))
		buf_put_slice(w->out, json);
	else
		msgpack_put_string(w->out, key);
	w->after_key = true;
}

void
write_string(struct writer *w, struct slice text)
{
	separate(w);
	put_string(w, text);
}

void
write_bool(struct writer *w, bool value)
{
	separate(w);
	if (is_json(w))
		buf_put_text(w->out, value ? "true" : "false");
	else
		msgpack_put_bool(w->out, value);
}

void
write_null(struct writer *w)
{
	separate(w);
	if (is_json(w))
		buf_put_text(w->out, "null");
	else
		msgpack_put_null(w->out);
}

/* An integer of JSON; its text comes from value.c like that of identifiers. */
static void
put_json_int(struct buf *out, bool negative, uint64_t magnitude)
{
	struct value v = {.kind = VALUE_INT,
		.negative = negative,
		.magnitude = magnitude};
	char text[VALUE_INT_TEXT];

	buf_put(out, text, value_int_text(&v, text));
}

void
write_int(struct writer *w, int64_t value)
{
	bool negative = value < 0;

	separate(w);
	if (is_json(w))
		put_json_int(w->out, negative,
			negative ? 0 - (uint64_t)value : (uint64_t)value);
	else
		msgpack_put_int(w->out, value);
}

void
write_uint(struct writer *w, uint64_t value)
{
	separate(w);
	if (is_json(w))
		put_json_int(w->out, false, value);
	else
		msgpack_put_uint(w->out, value);
}

void
write_double(struct writer *w, double value)
{
	char text[NUMBER_TEXT_MAX];

	bug_if(!isfinite(value));
	separate(w);
	if (is_json(w))
		buf_put(w->out, text, number_format(value, text));
	else
		msgpack_put_double(w->out, value == 0 ? 0 : value);
}

void
write_member_text(struct writer *w, const char *key, const char *text)
{
	write_key(w, slice_of(key));
	if (text)
		write_string(w, slice_of(text));
	else
		write_null(w);
}

void
write_member_if(struct writer *w, const char *key, struct slice text)
{
	if (!text.ptr)
		return;
	write_key(w, slice_of(key));
	write_string(w, text);
}

void
write_member_int(struct writer *w, const char *key, int64_t value)
{
	write_key(w, slice_of(key));
	write_int(w, value);
}

void
write_member_known(struct writer *w, const char *key, int64_t value, bool known)
{
	write_key(w, slice_of(key));
	if (known)
		write_int(w, value);
	else
		write_null(w);
}

void
write_value(struct writer *w, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL: write_null(w); return;
	case VALUE_BOOL: write_bool(w, v->boolean); return;
	case VALUE_NUMBER: write_double(w, v->number); return;
	case VALUE_STRING: write_string(w, v->text); return;
	case VALUE_INT:
		if (v->negative)
			write_int(w, (int64_t)(0 - v->magnitude));
		else
			write_uint(w, v->magnitude);
		return;
	case VALUE_ABSENT:
	case VALUE_HUGE:
	case VALUE_ARRAY:
	case VALUE_OBJECT:
	case VALUE_OTHER: break;
	}
	bug(__FILE__, __LINE__, "not a scalar");
}

void
write_raw_json(struct writer *w, struct slice json)
{
	bug_if(!is_json(w));
	separate(w);
	buf_put_slice(w->out, json);
}
