#include "synth/shopper.h"
#include "synth/synth.h"

#include "base/error.h"

#define TEXT(literal) literal, sizeof(literal) - 1

/* Puts one more member behind the last one of the top object. */
static void
add_member(struct buf *event, const char *bytes, size_t len)
{
	event->len--;
	buf_put(event, bytes, len);
	buf_put_byte(event, '}');
}

static void
wrap(struct buf *event, const char *before, size_t len, const char *after)
{
	buf_reserve(event, len + 1);
	if (event->full)
		return;
	memmove(event->ptr + len, event->ptr, event->len);
	memcpy(event->ptr, before, len);
	event->len += len;
	buf_put_text(event, after);
}

static void
break_json(struct buf *event, size_t how)
{
	static const struct {
		const char *bytes;
		size_t len;
	} members[] = {
		{TEXT(",\"x\":\"" SYNTH_CANARY "\xff\"")},
		{TEXT(",\"type\":\"" SYNTH_CANARY "\"")},
		{TEXT(",\"x\":NaN")},
		{TEXT(",\"x\":\"" SYNTH_CANARY "\\ud800\"")},
		{TEXT(",\"x\":\"" SYNTH_CANARY "\x01\"")},
		{TEXT(",\"x\":\"" SYNTH_CANARY "\\q\"")},
		{TEXT(",\"x\":007")},
		{TEXT(",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]"
		      "]")},
	};

	if (how < sizeof(members) / sizeof(members[0]))
		add_member(event, members[how].bytes, members[how].len);
	else if (how == 8)
		event->len = event->len * 7 / 10;
	else if (how == 9)
		wrap(event, TEXT("["), "]");
	else if (how == 10)
		buf_put_text(event, " \"" SYNTH_CANARY "\"");
	else
		wrap(event, TEXT("\0\0\0\0\7"), "");
}

/* Adds one member to the top map, whose head is one byte: few members. */
static void
add_pair(struct buf *event, const char *bytes, size_t len)
{
	bug_if((event->ptr[0] & 0xf0) != 0x80 || event->ptr[0] == 0x8f);
	event->ptr[0]++;
	buf_put(event, bytes, len);
}

static void
break_msgpack(struct buf *event, size_t how)
{
	switch (how) {
	case 0: add_pair(event, TEXT("\xa1x\xa7" SYNTH_CANARY "\xff")); break;
	case 1: add_pair(event, TEXT("\xa4type\xa6" SYNTH_CANARY)); break;
	case 2: add_pair(event, TEXT("\x07\xa6" SYNTH_CANARY)); break;
	case 3:
		add_pair(event,
			TEXT("\xa1x\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91"
			     "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01"));
		break;
	default: wrap(event, TEXT("\x91"), ""); break;
	}
}

void
event_break(struct buf *event, enum event_format format, size_t how)
{
	if (format == FORMAT_JSON)
		break_json(event, how);
	else
		break_msgpack(event, how);
}
