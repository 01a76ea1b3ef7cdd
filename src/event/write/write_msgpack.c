#include "event/write/write_msgpack.h"
#include "event/writer.h"

#include <msgpack.h>

/* Never fails: the buffer remembers that something did not fit. */
static int
put(void *out, const char *bytes, size_t len)
{
	buf_put(out, bytes, len);
	return 0;
}

static inline msgpack_packer
packer(struct buf *out)
{
	return (msgpack_packer){.data = out, .callback = put};
}

void
msgpack_put_map(struct buf *out, size_t members)
{
	msgpack_packer p = packer(out);

	msgpack_pack_map(&p, members);
}

void
msgpack_put_array(struct buf *out, size_t elements)
{
	msgpack_packer p = packer(out);

	msgpack_pack_array(&p, elements);
}

void
msgpack_put_string(struct buf *out, struct slice text)
{
	msgpack_packer p = packer(out);

	msgpack_pack_str(&p, text.len);
	buf_put_slice(out, text);
}

void
msgpack_put_bool(struct buf *out, bool value)
{
	msgpack_packer p = packer(out);

	if (value)
		msgpack_pack_true(&p);
	else
		msgpack_pack_false(&p);
}

void
msgpack_put_null(struct buf *out)
{
	msgpack_packer p = packer(out);

	msgpack_pack_nil(&p);
}

void
msgpack_put_int(struct buf *out, int64_t value)
{
	msgpack_packer p = packer(out);

	msgpack_pack_int64(&p, value);
}

void
msgpack_put_uint(struct buf *out, uint64_t value)
{
	msgpack_packer p = packer(out);

	msgpack_pack_uint64(&p, value);
}

void
msgpack_put_double(struct buf *out, double value)
{
	msgpack_packer p = packer(out);

	msgpack_pack_double(&p, value);
}

const char *
msgpack_library(void)
{
	static char text[48];

	(void)snprintf(text, sizeof(text), "msgpack-c %s", msgpack_version());
	return text;
}
