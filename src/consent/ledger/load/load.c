#include "consent/ledger/load.h"

#include "consent/ledger/load/fresh.h"
#include "consent/ledger/load/runs.h"

/* The subject that is being merged. */
struct subject {
	uint8_t head[RUN_HEAD_BYTES];
	bool set;
	bool split;  /* records in two partitions */
	bool stands; /* one of them at least is no tombstone */
	size_t len;
	uint8_t row[LEDGER_ROW_BYTES_MAX];
};

struct ledger_load {
	const struct ledger_form *form;
	struct runs *runs;
	bool done, failed;

	struct fresh to;
	struct subject now;
	struct ledger_loaded loaded;
};

enum lethe_status
ledger_load_new(const struct ledger_form *form, size_t memory_bytes,
	struct ledger_load **out, struct lethe_error *err)
{
	size_t memory = memory_bytes ? memory_bytes : LEDGER_LOAD_MEMORY;
	enum lethe_status status;
	struct ledger_load *load;

	*out = NULL;
	if (memory < LEDGER_LOAD_MEMORY_LEAST ||
		memory > LEDGER_LOAD_MEMORY_MOST)
		return fail(err, LETHE_EUSAGE, 0,
			"the memory of a load must be %zu to %zu bytes",
			LEDGER_LOAD_MEMORY_LEAST, LEDGER_LOAD_MEMORY_MOST);
	load = calloc(1, sizeof(*load));
	if (!load)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	load->form = form;
	status = runs_new(form->path, memory, &load->runs, err);
	if (status) {
		ledger_load_free(load);
		return status;
	}
	*out = load;
	return LETHE_OK;
}

void
ledger_load_free(struct ledger_load *load)
{
	if (!load)
		return;
	fresh_close(&load->to);
	runs_free(load->runs);
	free(load);
}

/* Big-endian, so that bytes sort as the numbers do. */
static void
put_big(uint8_t *out, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
}

static enum lethe_status
put(struct ledger_load *load, uint32_t partition, int64_t offset,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row, struct lethe_error *err)
{
	uint8_t head[RUN_HEAD_BYTES], bytes[LEDGER_ROW_BYTES_MAX];
	struct slice packed = {bytes, 0};

	bug_if(load->done);
	if (partition >= load->form->partitions || offset < 0)
		return fail(err, LETHE_EUSAGE, 0,
			"the consent topic has no such partition or offset");
	memcpy(head, subject, KEYED_NAME_BYTES);
	put_big(head + KEYED_NAME_BYTES, partition, 4);
	put_big(head + RUN_PLACE_BYTES, (uint64_t)offset, 8);
	if (row->kind == LEDGER_ROW_PRESENT) {
		bug_if(row->count != load->form->layout->purpose_count);
		packed.len =
			ledger_row_pack(load->form->keys, subject, row, bytes);
	} else {
		bug_if(row->kind != LEDGER_ROW_ABSENT);
	}
	return runs_put(load->runs, head, packed, err);
}

enum lethe_status
ledger_load_put(struct ledger_load *load, uint32_t partition, int64_t offset,
	const uint8_t subject[static KEYED_NAME_BYTES],
	const struct ledger_row *row, struct lethe_error *err)
{
	enum lethe_status status =
		put(load, partition, offset, subject, row, err);

	load->failed = load->failed || status;
	return status;
}

/* The subject is whole: what its last record says, if anything. */
static int
end_subject(struct ledger_load *load)
{
	struct subject *s = &load->now;
	struct ledger_row row;

	if (!s->set || !s->stands)
		return 0;
	if (s->split) {
		ledger_row_malformed(load->form->layout->purpose_count, &row);
		s->len = ledger_row_pack(
			load->form->keys, s->head, &row, s->row);
		load->loaded.split++;
	}
	load->loaded.rows++;
	return fresh_append(&load->to, s->head, slice_make(s->row, s->len));
}

static void
note(struct subject *s, const struct run_record *record, bool same)
{
	bool moved = same && memcmp(s->head, record->head, RUN_PLACE_BYTES);

	s->split = same && (s->split || moved);
	/* Within a partition a tombstone outdoes what came before it. */
	s->stands = record->row.len || (s->split && s->stands);
	memcpy(s->head, record->head, RUN_HEAD_BYTES);
	s->len = record->row.len;
	if (s->len)
		memcpy(s->row, record->row.ptr, s->len);
	s->set = true;
}

static enum lethe_status
merge(struct ledger_load *load, struct lethe_error *err)
{
	struct run_record record;
	enum lethe_status status;
	int code = 0;

	for (;;) {
		struct subject *s = &load->now;
		bool same;

		status = runs_take(load->runs, &record, err);
		if (status || !record.head)
			break;
		same = s->set &&
		       !memcmp(s->head, record.head, KEYED_NAME_BYTES);
		if (!same)
			code = end_subject(load);
		if (code)
			break;
		note(s, &record, same);
	}
	if (!status && !code)
		code = end_subject(load);
	return code ? ledger_fail(err, code, "load") : status;
}

static int
finish_file(struct ledger_load *load, const struct ledger_checkpoint *at)
{
	int code = 0;

	for (uint32_t p = 0; p < load->form->partitions && !code; p++)
		code = fresh_checkpoint(&load->to, p, &at[p]);
	return code ? code : fresh_finish(&load->to);
}

enum lethe_status
ledger_load_finish(struct ledger_load *load, const struct ledger_checkpoint *at,
	struct ledger_loaded *out, struct lethe_error *err)
{
	enum lethe_status status;
	int code;

	bug_if(load->done);
	load->done = true;
	*out = (struct ledger_loaded){0};
	if (load->failed)
		return fail(err, LETHE_EIO, 0,
			"cannot load the consent ledger: a record before could "
			"not be taken");
	status = runs_end(load->runs, err);
	if (status)
		return status;
	code = fresh_open(&load->to, load->form);
	if (code)
		return ledger_fail(err, code, "load");
	status = merge(load, err);
	if (status)
		return status;
	code = finish_file(load, at);
	if (code)
		return ledger_fail(err, code, "load");
	*out = load->loaded;
	return LETHE_OK;
}
