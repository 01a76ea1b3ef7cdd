#include "kafka/ledger/self.h"

void
keeper_print_of(const struct keeper *k, const rd_kafka_message_t *m,
	uint8_t out[static LEDGER_ANCHOR_BYTES])
{
	int64_t head[3] = {rd_kafka_message_timestamp(m, NULL),
		m->key ? (int64_t)m->key_len : -1,
		m->payload ? (int64_t)m->len : -1};
	const struct slice parts[] = {slice_make(head, sizeof(head)),
		slice_make(m->key, m->key ? m->key_len : 0),
		slice_make(m->payload, m->payload ? m->len : 0)};

	keyed_name_of(k->keys, parts, 3, out);
}

/* Only the last of a batch needs it. */
void
keeper_print(struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++) {
		struct keeper_part *part = &k->parts[p];

		if (!part->last)
			continue;
		keeper_print_of(k, part->last, part->at.print);
		rd_kafka_message_destroy(part->last);
		part->last = NULL;
	}
}

void
keeper_forget(struct keeper *k)
{
	for (int32_t p = 0; k->parts && p < k->topic.partitions; p++) {
		if (k->parts[p].last)
			rd_kafka_message_destroy(k->parts[p].last);
		k->parts[p] = (struct keeper_part){0};
	}
}

bool
keeper_reached(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (!k->parts[p].anchored ||
			k->parts[p].at.next < k->parts[p].end)
			return false;
	return true;
}

/* ---- into the file */

/* A start goes by the last record that was sure, and passes over what was taken
   behind it: of another topic that would be what the next start meets.  Where
   there was none yet, there is nothing to be taken for it either. */
static enum lethe_status
write_checkpoint(struct keeper *k, int32_t p, struct lethe_error *err)
{
	const struct keeper_part *part = &k->parts[p];
	struct ledger_checkpoint at = part->at;

	if (part->sure.anchor) {
		at.anchor = part->sure.anchor;
		memcpy(at.print, part->sure.print, sizeof(at.print));
	}
	return ledger_write_checkpoint(k->write, (uint32_t)p, &at, err);
}

static enum lethe_status
write_checkpoints(struct keeper *k, bool all, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (int32_t p = 0; !status && p < k->topic.partitions; p++)
		if (all || k->parts[p].touched)
			status = write_checkpoint(k, p, err);
	return status;
}

static void
note_size(struct keeper *k)
{
	struct ledger_size size;

	if (!ledger_size(k->file, &size, NULL))
		atomic_store_explicit(
			&k->rows, size.rows, memory_order_relaxed);
}

enum lethe_status
keeper_commit(struct keeper *k, bool all, struct lethe_error *err)
{
	bool touched = all;
	enum lethe_status status = LETHE_OK;

	for (int32_t p = 0; !touched && p < k->topic.partitions; p++)
		touched = k->parts[p].touched;
	if (!touched && !k->write)
		return LETHE_OK;
	keeper_print(k);
	if (!k->write)
		status = ledger_write_begin(k->file, &k->write, err);
	if (!status)
		status = write_checkpoints(k, all, err);
	if (status)
		return status;
	status = ledger_write_commit(k->write, err);
	k->write = NULL;
	k->batch = 0;
	for (int32_t p = 0; !status && p < k->topic.partitions; p++)
		k->parts[p].touched = false;
	if (!status)
		note_size(k);
	keeper_note_heard(k);
	return status;
}
