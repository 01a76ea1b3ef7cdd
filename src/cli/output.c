#include "cli/output.h"

#include "base/sequence.h"
#include "text/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)256 * 1024)

enum lethe_status
output_flush_to(int fd, const char *name, struct buf *b, bool all,
	struct lethe_error *err)
{
	size_t at = 0;
	ssize_t n;

	if (b->full)
		return fail(err, LETHE_ENOMEM, 0, "no memory for output");
	if (b->len < BLOCK_BYTES && !all)
		return LETHE_OK;
	while (at < b->len) {
		n = write(fd, b->ptr + at, b->len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* What is written is not written again. */
			memmove(b->ptr, b->ptr + at, b->len - at);
			b->len -= at;
			return fail(err, LETHE_EIO, 0, "cannot write %.80s: %s",
				name, strerror(errno));
		}
		at += (size_t)n;
	}
	buf_reset(b);
	return LETHE_OK;
}

enum lethe_status
output_flush(struct buf *b, bool all, struct lethe_error *err)
{
	return output_flush_to(STDOUT_FILENO, "standard output", b, all, err);
}

void
put_plain(struct buf *out, struct slice text)
{
	while (text.len) {
		size_t step = utf8_sequence(text.ptr, text.len);
		struct slice one = slice_make(text.ptr, step ? step : 1);

		if (step && utf8_printable(one))
			buf_put_slice(out, one);
		else
			buf_put_byte(out, '?');
		text = slice_make(text.ptr + one.len, text.len - one.len);
	}
}

bool
output_is_screen(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool
output_in_colour(void)
{
	const char *unwanted = getenv("NO_COLOR");

	return output_is_screen(STDOUT_FILENO) && !(unwanted && *unwanted);
}

bool
output_reader_gone(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}
