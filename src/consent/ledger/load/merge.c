#include "consent/ledger/load/runs_state.h"

#include <errno.h>
#include <unistd.h>

#define READ_BYTES_MOST ((size_t)1 << 20)

/* Reads on behind what is not taken; a whole record, or the run's end. */
static enum lethe_status
fill(struct runs *r, struct run *run, struct lethe_error *err)
{
	memmove(run->bytes, run->bytes + run->used, run->len - run->used);
	run->len -= run->used;
	run->used = 0;
	while (run->len < r->read_bytes && run->from < run->end) {
		uint64_t left = run->end - run->from;
		size_t room = r->read_bytes - run->len;
		ssize_t n = pread(r->fd, run->bytes + run->len,
			room < left ? room : (size_t)left, (off_t)run->from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (!n)
				errno = EIO; /* cut short behind our back */
			return runs_fail_io(err, "read");
		}
		run->len += (size_t)n;
		run->from += (uint64_t)n;
	}
	return LETHE_OK;
}

static bool
has_whole(const struct run *run)
{
	size_t left = run->len - run->used;

	return left >= RUN_HEAD_BYTES + LENGTH_BYTES &&
	       left >= record_bytes(run->bytes + run->used);
}

/* Makes the next record of a run whole in memory; *more: there is one. */
static enum lethe_status
ready(struct runs *r, struct run *run, bool *more, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	if (!has_whole(run))
		status = fill(r, run, err);
	*more = !status && has_whole(run);
	if (!status && !*more && run->len != run->used) {
		errno = EIO;
		status = runs_fail_io(err, "read");
	}
	return status;
}

/* Whether the next record of run `a` comes before that of run `b`. */
static bool
before(const struct runs *r, size_t a, size_t b)
{
	const struct run *x = &r->runs[a], *y = &r->runs[b];
	int order =
		memcmp(x->bytes + x->used, y->bytes + y->used, RUN_HEAD_BYTES);

	return order < 0 || (!order && a < b);
}

static void
sift_down(struct runs *r, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1, run = r->heap[at];

		if (child >= r->heap_count)
			return;
		if (child + 1 < r->heap_count &&
			before(r, r->heap[child + 1], r->heap[child]))
			child++;
		if (!before(r, r->heap[child], run))
			return;
		r->heap[at] = r->heap[child];
		r->heap[child] = run;
		at = child;
	}
}

static enum lethe_status
make_heap(struct runs *r, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	bool more;

	for (size_t i = 0; i < r->run_count && !status; i++) {
		r->runs[i].bytes = r->buffers + i * r->read_bytes;
		status = ready(r, &r->runs[i], &more, err);
		if (!status && more)
			r->heap[r->heap_count++] = i;
	}
	for (size_t i = r->heap_count / 2; i-- > 0 && !status;)
		sift_down(r, i);
	return status;
}

enum lethe_status
runs_end(struct runs *r, struct lethe_error *err)
{
	enum lethe_status status = runs_write(r, err);
	size_t count = r->run_count ? r->run_count : 1;

	free(r->text);
	free(r->items);
	r->text = NULL;
	r->items = NULL;
	if (status)
		return status;
	r->read_bytes = r->memory / 2 / count;
	if (r->read_bytes > READ_BYTES_MOST)
		r->read_bytes = READ_BYTES_MOST;
	bug_if(r->read_bytes < RECORD_BYTES_MAX);
	r->heap = calloc(count, sizeof(*r->heap));
	r->buffers = malloc(count * r->read_bytes);
	if (!r->heap || !r->buffers)
		return runs_fail_memory(err);
	return make_heap(r, err);
}

/* The record that was given out is done with. */
static enum lethe_status
step(struct runs *r, struct lethe_error *err)
{
	struct run *run = &r->runs[r->heap[0]];
	enum lethe_status status;
	bool more;

	run->used += record_bytes(run->bytes + run->used);
	status = ready(r, run, &more, err);
	if (status)
		return status;
	if (!more)
		r->heap[0] = r->heap[--r->heap_count];
	if (r->heap_count)
		sift_down(r, 0);
	return LETHE_OK;
}

enum lethe_status
runs_take(struct runs *r, struct run_record *out, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	const uint8_t *record;

	*out = (struct run_record){0};
	if (r->moved)
		status = step(r, err);
	r->moved = false;
	if (status || !r->heap_count)
		return status;
	record = r->runs[r->heap[0]].bytes + r->runs[r->heap[0]].used;
	out->head = record;
	out->row = slice_make(record + RUN_HEAD_BYTES + LENGTH_BYTES,
		record_bytes(record) - RUN_HEAD_BYTES - LENGTH_BYTES);
	r->moved = true;
	return LETHE_OK;
}
