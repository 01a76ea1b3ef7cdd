#include "consent/ledger/load/runs_state.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WRITE_BYTES ((size_t)1 << 18)

enum lethe_status
runs_fail_io(struct lethe_error *err, const char *verb)
{
	return fail(err, LETHE_EIO, 0, "cannot %s the runs of a load: %s", verb,
		strerror(errno));
}

enum lethe_status
runs_fail_memory(struct lethe_error *err)
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
		return runs_fail_memory(err);
	/* A half for texts; a quarter for items, and one to sort them. */
	r->memory = memory;
	r->text_cap = memory / 2;
	r->item_cap = memory / 4 / sizeof(*r->items);
	r->runs_most = memory / 2 / READ_BYTES_LEAST;
	r->fd = open_unnamed(beside);
	if (r->fd < 0) {
		runs_free(r);
		return runs_fail_io(err, "make");
	}
	r->text = malloc(r->text_cap);
	r->items = malloc(r->item_cap * sizeof(*r->items));
	if (!r->text || !r->items) {
		runs_free(r);
		return runs_fail_memory(err);
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

static enum lethe_status
write_all(struct runs *r, struct buf *b, struct lethe_error *err)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(r->fd, b->ptr + done, b->len - done);

		if (n < 0 && errno != EINTR)
			return runs_fail_io(err, "write");
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
			status = runs_fail_memory(err);
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
			return runs_fail_memory(err);
		r->runs = more;
		r->run_cap = cap;
	}
	*out = &r->runs[r->run_count++];
	**out = (struct run){.from = r->file_bytes};
	return LETHE_OK;
}

enum lethe_status
runs_write(struct runs *r, struct lethe_error *err)
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
		status = runs_write(r, err);
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
