#include "consent/ledger/runs.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LENGTH_BYTES 2
#define RECORD_BYTES_MAX (RUN_HEAD_BYTES + LENGTH_BYTES + LEDGER_ROW_BYTES_MAX)
#define READ_BYTES_LEAST 4096 /* holds one record at least */
#define READ_BYTES_MOST ((size_t)1 << 20)
#define WRITE_BYTES ((size_t)1 << 18)

/* Compared by its first bytes, by the rest only where those are equal. */
struct item {
	uint64_t first;
	uint32_t at; /* in the text */
};

/* A sorted stretch of the file, and what of it is read. */
struct run {
	uint64_t from, end; /* in the file; from: not yet read */
	uint8_t *bytes;
	size_t used, len; /* in `bytes`: taken, and read */
};

struct runs {
	int fd;
	uint64_t file_bytes;
	size_t memory;

	/* while records come */
	uint8_t *text;
	size_t text_used, text_cap;
	struct item *items;
	size_t item_count, item_cap;
	struct run *runs;
	size_t run_count, run_cap, runs_most;

	/* while they are taken */
	size_t *heap; /* runs by their next record */
	size_t heap_count;
	bool moved; /* the top run's record was given out */
	size_t read_bytes;
	uint8_t *buffers;
};

static enum lethe_status
fail_io(struct lethe_error *err, const char *verb)
{
	return fail(err, LETHE_EIO, 0, "cannot %s the runs of a load: %s", verb,
		strerror(errno));
}

static enum lethe_status
fail_memory(struct lethe_error *err)
{
	return fail(err, LETHE_ENOMEM, 0, "out of memory");
}

/* A file in the folder of `beside` that ends with its descriptor. */
static int
open_unnamed(const char *beside)
{
	size_t len = strlen(beside);
	char *path = malloc(len + sizeof(".runs.XXXXXX"));
	int fd;

	if (!path)
		return -1;
	memcpy(path, beside, len);
	memcpy(path + len, ".runs.XXXXXX", sizeof(".runs.XXXXXX"));
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	free(path);
	return fd;
}

enum lethe_status
runs_new(const char *beside, size_t memory, struct runs **out,
	struct lethe_error *err)
{
	struct runs *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return fail_memory(err);
	/* A half for texts; a quarter for items, and one to sort them. */
	r->memory = memory;
	r->text_cap = memory / 2;
	r->item_cap = memory / 4 / sizeof(*r->items);
	r->runs_most = memory / 2 / READ_BYTES_LEAST;
	r->fd = open_unnamed(beside);
	if (r->fd < 0) {
		runs_free(r);
		return fail_io(err, "make");
	}
	r->text = malloc(r->text_cap);
	r->items = malloc(r->item_cap * sizeof(*r->items));
	if (!r->text || !r->items) {
		runs_free(r);
		return fail_memory(err);
	}
	*out = r;
	return LETHE_OK;
}

void
runs_free(struct runs *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->text);
	free(r->items);
	free(r->runs);
	free(r->heap);
	free(r->buffers);
	free(r);
}

static uint64_t
first_of(const uint8_t *head)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 8; i++)
		n = n << 8 | head[i];
	return n;
}

static int
compare(const void *left, const void *right, void *text)
{
	const struct item *a = left, *b = right;
	const uint8_t *t = text;
	int order;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	order = memcmp(t + a->at, t + b->at, RUN_HEAD_BYTES);
	/* A record that came twice: the later coming counts. */
	return order ? order : (a->at > b->at) - (a->at < b->at);
}

static size_t
record_bytes(const uint8_t *record)
{
	return RUN_HEAD_BYTES + LENGTH_BYTES +
	       ((size_t)record[RUN_HEAD_BYTES] |
		       (size_t)record[RUN_HEAD_BYTES + 1] << 8);
}

static enum lethe_status
write_all(struct runs *r, struct buf *b, struct lethe_error *err)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(r->fd, b->ptr + done, b->len - done);

		if (n < 0 && errno != EINTR)
			return fail_io(err, "write");
		if (n > 0)
			done += (size_t)n;
	}
	r->file_bytes += b->len;
	buf_reset(b);
	return LETHE_OK;
}

/* Of one subject in one partition only the last record is written. */
static bool
is_outdone(const struct runs *r, size_t i)
{
	return i + 1 < r->item_count &&
	       r->items[i].first == r->items[i + 1].first &&
	       !memcmp(r->text + r->items[i].at, r->text + r->items[i + 1].at,
		       RUN_PLACE_BYTES);
}

static enum lethe_status
write_items(struct runs *r, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < r->item_count && !status; i++) {
		const uint8_t *record = r->text + r->items[i].at;

		if (!is_outdone(r, i))
			buf_put(&b, record, record_bytes(record));
		if (b.full)
			status = fail_memory(err);
		else if (b.len >= WRITE_BYTES)
			status = write_all(r, &b, err);
	}
	if (!status)
		status = write_all(r, &b, err);
	buf_fini(&b);
	return status;
}

static enum lethe_status
add_run(struct runs *r, struct run **out, struct lethe_error *err)
{
	size_t cap = r->run_cap ? 2 * r->run_cap : 16;
	struct run *more;

	if (r->run_count == r->runs_most)
		return fail(err, LETHE_EIO, 0,
			"more than %zu runs: give the load more memory",
			r->runs_most);
	if (r->run_count == r->run_cap) {
		more = reallocarray(r->runs, cap, sizeof(*more));
		if (!more)
			return fail_memory(err);
		r->runs = more;
		r->run_cap = cap;
	}
	*out = &r->runs[r->run_count++];
	**out = (struct run){.from = r->file_bytes};
	return LETHE_OK;
}

static enum lethe_status
write_run(struct runs *r, struct lethe_error *err)
{
	struct run *run = NULL;
	enum lethe_status status;

	if (!r->item_count)
		return LETHE_OK;
	status = add_run(r, &run, err);
	if (status)
		return status;
	qsort_r(r->items, r->item_count, sizeof(*r->items), compare, r->text);
	status = write_items(r, err);
	run->end = r->file_bytes;
	r->item_count = 0;
	r->text_used = 0;
	return status;
}

enum lethe_status
runs_put(struct runs *r, const uint8_t head[static RUN_HEAD_BYTES],
	struct slice row, struct lethe_error *err)
{
	size_t len = RUN_HEAD_BYTES + LENGTH_BYTES + row.len;
	enum lethe_status status = LETHE_OK;
	uint8_t *to;

	bug_if(row.len > LEDGER_ROW_BYTES_MAX || !r->text);
	if (len > r->text_cap - r->text_used || r->item_count == r->item_cap)
		status = write_run(r, err);
	if (status)
		return status;
	to = r->text + r->text_used;
	r->items[r->item_count++] =
		(struct item){first_of(head), (uint32_t)r->text_used};
	memcpy(to, head, RUN_HEAD_BYTES);
	to[RUN_HEAD_BYTES] = (uint8_t)row.len;
	to[RUN_HEAD_BYTES + 1] = (uint8_t)(row.len >> 8);
	if (row.len)
		memcpy(to + RUN_HEAD_BYTES + LENGTH_BYTES, row.ptr, row.len);
	r->text_used += len;
	return LETHE_OK;
}

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
			return fail_io(err, "read");
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
		status = fail_io(err, "read");
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
	enum lethe_status status = write_run(r, err);
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
		return fail_memory(err);
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
