#include "cli/filter/stream.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)256 * 1024)

void
stream_init(struct stream *s, int fd, const char *name,
	enum event_format format, size_t limit)
{
	*s = (struct stream){.fd = fd, .name = name, .format = format};
	s->limit = limit > STREAM_EVENT_BYTES ? limit : STREAM_EVENT_BYTES;
	buf_init(&s->buf, 0);
}

void
stream_fini(struct stream *s)
{
	buf_fini(&s->buf);
}

/* Drops what was handed over. */
static void
shift(struct stream *s)
{
	if (!s->start)
		return;
	memmove(s->buf.ptr, s->buf.ptr + s->start, s->buf.len - s->start);
	s->buf.len -= s->start;
	s->start = 0;
}

static bool
would_wait(const struct stream *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

/* Reads one block more; at the end of the input sets `ended`. */
static bool
read_more(struct stream *s, struct lethe_error *err)
{
	ssize_t n;

	if (s->wait && would_wait(s) && s->wait(s->ctx, err))
		return false;
	shift(s);
	if (!buf_reserve(&s->buf, BLOCK_BYTES)) {
		(void)fail(err, LETHE_ENOMEM, 0, "no memory for the input");
		return false;
	}
	do
		n = read(s->fd, s->buf.ptr + s->buf.len,
			s->buf.cap - s->buf.len);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		(void)fail(err, LETHE_EIO, 0, "cannot read %.80s: %s", s->name,
			strerror(errno));
		return false;
	}
	s->buf.len += (size_t)n;
	s->ended = n == 0;
	return true;
}

/* What stands behind `start`. */
static struct slice
rest(const struct stream *s)
{
	return slice_make(s->buf.ptr + s->start, s->buf.len - s->start);
}

/* Passes over a line that is too long to hold; its length is told. */
static enum stream_result
skip_line(struct stream *s, struct slice *event, struct lethe_error *err)
{
	size_t len = 0;

	for (;;) {
		struct slice now = rest(s);
		const uint8_t *end =
			now.len ? memchr(now.ptr, '\n', now.len) : NULL;

		if (end) {
			len += (size_t)(end - now.ptr);
			s->start += (size_t)(end - now.ptr) + 1;
			break;
		}
		len += now.len;
		s->start = s->buf.len;
		if (s->ended)
			break;
		if (!read_more(s, err))
			return STREAM_FAILED;
	}
	s->searched = 0;
	*event = slice_make(NULL, len);
	(void)fail(err, LETHE_POISON_TOO_LARGE, s->limit, "a line of %zu bytes",
		len);
	return STREAM_POISON;
}

static bool
is_blank(struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!line.ptr[i] || !strchr(" \t\r", line.ptr[i]))
			return false;
	return true;
}

/* The next line, without its end; STREAM_END where there is none. */
static enum stream_result
cut_line(struct stream *s, struct slice *event, struct lethe_error *err)
{
	for (;;) {
		struct slice now = rest(s);
		size_t from = s->searched;
		const uint8_t *end =
			now.len > from
				? memchr(now.ptr + from, '\n', now.len - from)
				: NULL;

		if (end || (s->ended && now.len)) {
			size_t len = end ? (size_t)(end - now.ptr) : now.len;

			*event = slice_make(now.ptr, len);
			s->start += len + (end != NULL);
			s->searched = 0;
			return STREAM_EVENT;
		}
		if (s->ended)
			return STREAM_END;
		if (now.len > s->limit)
			return skip_line(s, event, err);
		s->searched = now.len;
		if (!read_more(s, err))
			return STREAM_FAILED;
	}
}

static enum stream_result
next_line(struct stream *s, struct slice *event, struct lethe_error *err)
{
	enum stream_result result;

	do {
		result = cut_line(s, event, err);
		s->number++;
	} while (result == STREAM_EVENT && is_blank(*event));
	return result;
}

/*
 * The stream ends here: what is behind cannot be cut.  It is one poison, whole
 * if it can be held.
 */
static enum stream_result
give_up(struct stream *s, struct slice *event, bool *whole,
	struct lethe_error *err)
{
	while (!s->ended && s->buf.len - s->start <= s->limit)
		if (!read_more(s, err))
			return STREAM_FAILED;
	*event = rest(s);
	*whole = s->ended;
	s->start = s->buf.len;
	s->ended = true;
	return STREAM_POISON;
}

static enum stream_result
next_value(struct stream *s, struct slice *event, bool *whole,
	struct lethe_error *err)
{
	size_t len;

	s->number++;
	for (;;) {
		struct slice now = rest(s);
		enum lethe_status status;

		if (!now.len && s->ended)
			return STREAM_END;
		status = now.len ? msgpack_span(now, !s->ended, &len, err)
				 : LETHE_EAGAIN;
		if (status == LETHE_OK) {
			*event = slice_make(now.ptr, len);
			s->start += len;
			return STREAM_EVENT;
		}
		if (lethe_status_class(status) == LETHE_CLASS_POISON)
			return give_up(s, event, whole, err);
		if (status != LETHE_EAGAIN)
			return STREAM_FAILED;
		if (now.len > s->limit) {
			(void)fail(err, LETHE_POISON_TOO_LARGE, s->limit,
				"a value of more than %zu bytes", s->limit);
			return give_up(s, event, whole, err);
		}
		if (!read_more(s, err))
			return STREAM_FAILED;
	}
}

enum stream_result
stream_next(struct stream *s, struct slice *event, bool *whole,
	struct lethe_error *err)
{
	*event = (struct slice){0};
	*whole = false;
	return s->format == FORMAT_MSGPACK ? next_value(s, event, whole, err)
					   : next_line(s, event, err);
}
