#include "cli/filter/stream.h"

#include "suite.h"

#include <pthread.h>
#include <unistd.h>

/* Writes in small pieces, so that every boundary falls inside a read. */
struct source {
	int fd;
	struct slice bytes;
	size_t piece;
};

static void *
pour(void *arg)
{
	struct source *s = arg;

	while (s->bytes.len) {
		size_t n = s->bytes.len < s->piece ? s->bytes.len : s->piece;
		ssize_t written = write(s->fd, s->bytes.ptr, n);

		ck_assert_int_gt(written, 0);
		s->bytes.ptr += written;
		s->bytes.len -= (size_t)written;
	}
	close(s->fd);
	return NULL;
}

/* Joins the events with `|`, a poison as `!`. */
static void
cut_all(enum event_format format, struct slice bytes, size_t piece,
	struct buf *out)
{
	struct source source = {.bytes = bytes, .piece = piece};
	struct lethe_error err = {0};
	enum stream_result result;
	struct stream s;
	struct slice event;
	pthread_t thread;
	int fds[2];
	bool whole;

	ck_assert_int_eq(pipe(fds), 0);
	source.fd = fds[1];
	ck_assert_int_eq(pthread_create(&thread, NULL, pour, &source), 0);
	stream_init(&s, fds[0], "a pipe", format, 0);
	while ((result = stream_next(&s, &event, &whole, &err)) != STREAM_END) {
		ck_assert_int_ne(result, STREAM_FAILED);
		if (result == STREAM_POISON)
			buf_put_byte(out, '!');
		else
			buf_put_slice(out, event);
		buf_put_byte(out, '|');
	}
	pthread_join(thread, NULL);
	stream_fini(&s);
	close(fds[0]);
	buf_put_byte(out, 0);
}

static const struct {
	const char *in, *out;
} lines[] = {
	{"", ""},
	{"\n\n", ""},
	{"a", "a|"},
	{"a\n", "a|"},
	{"a\nb\n", "a|b|"},
	{"a\n\nb", "a|b|"},
	{" \t\r\na\r\n", "a\r|"},
	{"one\ntwo\nthree", "one|two|three|"},
};

START_TEST(cuts_lines_wherever_the_reads_fall)
{
	for (size_t piece = 1; piece < 8; piece++) {
		struct buf out;

		buf_init(&out, 0);
		cut_all(FORMAT_JSON, slice_of(lines[_i].in), piece, &out);
		ck_assert_str_eq((const char *)out.ptr, lines[_i].out);
		buf_fini(&out);
	}
}
END_TEST

static const struct {
	const char *in, *out;
} values[] = {
	{"\x81\xa1\x61\x01", "\x81\xa1\x61\x01|"},
	{"\x81\xa1\x61\x01\x81\xa1\x62\x02",
		"\x81\xa1\x61\x01|\x81\xa1\x62\x02|"},
	{"\x81\xa1\x61\x01\xc1\x01", "\x81\xa1\x61\x01|!|"},
	{"\x81\xa1\x61\x01\x81\xa1", "\x81\xa1\x61\x01|!|"},
};

START_TEST(cuts_values_wherever_the_reads_fall)
{
	for (size_t piece = 1; piece < 8; piece++) {
		struct buf out;

		buf_init(&out, 0);
		cut_all(FORMAT_MSGPACK, slice_of(values[_i].in), piece, &out);
		ck_assert_str_eq((const char *)out.ptr, values[_i].out);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(passes_over_a_line_too_long_to_hold)
{
	size_t len = STREAM_EVENT_BYTES + 1000000;
	struct buf in, out;

	buf_init(&in, 0);
	buf_init(&out, 0);
	buf_put_text(&in, "a\n");
	ck_assert(buf_reserve(&in, len));
	memset(in.ptr + in.len, 'x', len);
	in.len += len;
	buf_put_text(&in, "\nb\n");
	cut_all(FORMAT_JSON, buf_slice(&in), 65536, &out);
	ck_assert_str_eq((const char *)out.ptr, "a|!|b|");
	buf_fini(&in);
	buf_fini(&out);
}
END_TEST

static enum lethe_status
cannot_write(void *ctx, struct lethe_error *err)
{
	++*(int *)ctx;
	return fail(err, LETHE_EIO, 0, "it is full");
}

static const struct {
	enum event_format format;
	const char *text;
} slow[] = {
	{FORMAT_JSON, "half a line"},
	{FORMAT_MSGPACK, "\xc1 is no value"},
};

/* It is told before a read that waits, and its failure is not passed over. */
START_TEST(who_is_told_of_a_wait_may_end_it)
{
	struct lethe_error err = {0};
	struct stream s;
	struct slice event;
	int fds[2], told = 0;
	bool whole;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_gt(
		write(fds[1], slow[_i].text, strlen(slow[_i].text)), 0);
	stream_init(&s, fds[0], "a pipe", slow[_i].format, 0);
	s.wait = cannot_write;
	s.ctx = &told;
	ck_assert_int_eq(stream_next(&s, &event, &whole, &err), STREAM_FAILED);
	ck_assert_int_eq(told, 1);
	ck_assert_str_eq(err.what, "it is full");
	stream_fini(&s);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

SUITE("stream", ROWS(cuts_lines_wherever_the_reads_fall, lines),
	ROWS(cuts_values_wherever_the_reads_fall, values),
	TEST(passes_over_a_line_too_long_to_hold),
	ROWS(who_is_told_of_a_wait_may_end_it, slow))
