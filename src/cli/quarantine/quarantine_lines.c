#include "cli/quarantine/quarantine_lines.h"

#include "cli/command.h"
#include "cli/filter/stream.h"
#include "cli/output.h"
#include "event/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* An event of 16 MiB, in base64 inside base64. */
#define LINE_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct walk {
	struct stream stream;
	struct buf out;
	quarantine_record_fn *told;
	void *ctx;
	bool failed;
};

static void
name_line(struct walk *w, const struct lethe_error *err)
{
	fprintf(stderr, "line %llu: %s\n", (unsigned long long)w->stream.number,
		err->what[0] ? err->what : lethe_status_text(err->status));
	w->failed = true;
}

static enum lethe_status
take_record(struct walk *w, struct slice record, struct lethe_error *err)
{
	struct quarantine_clear clear;
	struct lethe_error why = {0};
	enum lethe_status status;

	while (record.len && record.ptr[record.len - 1] == '\r')
		record.len--;
	if (quarantine_is_mark(record))
		return LETHE_OK;
	status = quarantine_read(record, &clear, &why);
	if (status == LETHE_OK)
		status = w->told(w->ctx, record, &clear, &w->out, &why);
	if (lethe_status_class(status) == LETHE_CLASS_FATAL)
		return fail_with(err, &why);
	if (status != LETHE_OK)
		name_line(w, &why);
	return output_flush(&w->out, false, err);
}

/* What came so far is shown, before a slow input is waited for. */
static enum lethe_status
flush(void *ctx, struct lethe_error *err)
{
	struct walk *w = ctx;

	return output_flush(&w->out, true, err);
}

static enum lethe_status
walk(struct walk *w, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	struct lethe_error why;
	struct slice record;
	bool whole;

	while (status == LETHE_OK) {
		why = (struct lethe_error){0};
		switch (stream_next(&w->stream, &record, &whole, &why)) {
		case STREAM_EVENT: status = take_record(w, record, err); break;
		case STREAM_POISON: name_line(w, &why); break;
		case STREAM_END: return flush(w, err);
		case STREAM_FAILED: return fail_with(err, &why);
		}
	}
	return status;
}

int
quarantine_lines(const char *path, quarantine_record_fn *told, void *ctx)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct walk w = {.told = told, .ctx = ctx};
	struct lethe_error err = {0};
	int code = EXIT_YES;

	if (fd < 0) {
		(void)fail(&err, LETHE_EIO, 0, "cannot open %.80s: %s", path,
			strerror(errno));
		return report(&err);
	}
	buf_init(&w.out, 0);
	stream_init(&w.stream, fd, is_stdin ? "standard input" : path,
		FORMAT_JSON, LINE_BYTES_MAX);
	w.stream.wait = flush;
	w.stream.ctx = &w;
	if (walk(&w, &err))
		code = report(&err);
	else if (w.failed)
		code = EXIT_NO;
	stream_fini(&w.stream);
	buf_fini(&w.out);
	if (!is_stdin)
		close(fd);
	return code;
}

/* Empty: not known. */
static void
write_text(struct writer *w, const char *key, const char *text)
{
	write_member_text(w, key, text[0] ? text : NULL);
}

void
put_quarantine_clear(const struct quarantine_clear *clear, struct buf *out)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0); /* JSON needs no count */
	write_text(&w, "reason", clear->reason);
	write_member_int(&w, "offset", (int64_t)clear->offset);
	write_text(&w, "policy", clear->policy);
	write_member_int(&w, "at", clear->at_ms);
	write_text(&w, "topic", clear->topic);
	write_member_int(&w, "partition", clear->partition);
	write_member_int(&w, "position", clear->position);
	write_member_int(&w, "bytes", (int64_t)clear->bytes);
	if (clear->group[0])
		write_text(&w, "group", clear->group);
	if (clear->replays)
		write_member_int(&w, "replays", clear->replays);
	write_key(&w, slice_of("sealed"));
	write_bool(&w, clear->sealed);
	write_object_end(&w);
}
