#include "consent/ledger/file.h"

#include "crypto/encode.h"

#define MAGIC "lethelgr"
#define FORMAT 1

/* Where the parts of a form lie. */
enum {
	AT_MAGIC = 0,
	AT_FORMAT = 8,
	AT_PARTITIONS = 12,
	AT_PRINT = 16,
	AT_LAYOUT = 32,
	AT_TOPIC = 48,
	AT_RING = 64,
	AT_CHECK = 96,
};

_Static_assert(AT_CHECK + KEYED_CHECK_BYTES == LEDGER_FORM_BYTES, "the form");

static void
put_u32(uint8_t *out, uint32_t n)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(n >> 8 * i);
}

static void
put_i64(uint8_t *out, int64_t n)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)((uint64_t)n >> 8 * i);
}

static int64_t
get_i64(const uint8_t *in)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 8; i++)
		n |= (uint64_t)in[i] << 8 * i;
	return (int64_t)n;
}

static void
put_names(struct buf *text, const struct slice *names, size_t count)
{
	uint8_t number[4];

	put_u32(number, (uint32_t)count);
	buf_put(text, number, sizeof(number));
	for (size_t i = 0; i < count; i++) {
		put_u32(number, (uint32_t)names[i].len);
		buf_put(text, number, sizeof(number));
		buf_put_slice(text, names[i]);
	}
}

static void
layout_digest(const struct ledger_layout *layout, uint8_t out[DIGEST_BYTES])
{
	struct buf text;

	buf_init(&text, 0);
	put_names(&text, layout->purposes, layout->purpose_count);
	put_names(&text, layout->notices, layout->notice_count);
	for (size_t i = 0; i < layout->signer_count; i++)
		buf_put(&text, layout->signers[i], sizeof(layout->signers[i]));
	if (layout->objection_count) {
		buf_put_text(&text, "objections");
		put_names(&text, layout->objections, layout->objection_count);
	}
	if (layout->class_count) {
		buf_put_text(&text, "classes");
		put_names(&text, layout->classes, layout->class_count);
	}
	bug_if(text.full);
	digest(buf_slice(&text), out);
	buf_fini(&text);
}

static void
form_check(const struct keyed *keys, const uint8_t *form,
	uint8_t out[static KEYED_CHECK_BYTES])
{
	keyed_check(keys, slice_make(form, AT_CHECK), out);
}

void
ledger_form_put(
	const struct ledger_form *f, uint8_t out[static LEDGER_FORM_BYTES])
{
	size_t ring = strlen(f->ring_id);

	bug_if(ring > LEDGER_RING_ID_MAX || !f->partitions ||
		f->partitions > LEDGER_PARTITIONS_MAX);
	memset(out, 0, LEDGER_FORM_BYTES);
	memcpy(out + AT_MAGIC, MAGIC, sizeof(MAGIC) - 1);
	put_u32(out + AT_FORMAT, FORMAT);
	put_u32(out + AT_PARTITIONS, f->partitions);
	keyed_print(f->keys, out + AT_PRINT);
	layout_digest(f->layout, out + AT_LAYOUT);
	memcpy(out + AT_TOPIC, f->topic_id, LEDGER_TOPIC_ID_BYTES);
	memcpy(out + AT_RING, f->ring_id, ring);
	form_check(f->keys, out, out + AT_CHECK);
}

static bool
differ(const uint8_t *want, const uint8_t *have, size_t from, size_t end)
{
	return memcmp(want + from, have + from, end - from) != 0;
}

static enum ledger_verdict
judge_parts(const uint8_t *want, const uint8_t *have)
{
	if (differ(want, have, AT_RING, AT_CHECK))
		return LEDGER_IS_RING;
	if (differ(want, have, AT_TOPIC, AT_RING))
		return LEDGER_IS_TOPIC;
	if (differ(want, have, AT_PARTITIONS, AT_PRINT))
		return LEDGER_IS_PARTITIONS;
	if (differ(want, have, AT_LAYOUT, AT_TOPIC))
		return LEDGER_IS_LAYOUT;
	return LEDGER_IS_USABLE;
}

enum ledger_verdict
ledger_form_judge(const struct ledger_form *f, const MDB_val *bytes)
{
	uint8_t want[LEDGER_FORM_BYTES], check[KEYED_CHECK_BYTES];
	const uint8_t *have = bytes->mv_data;

	ledger_form_put(f, want);
	if (bytes->mv_size < AT_PARTITIONS ||
		differ(want, have, AT_MAGIC, AT_FORMAT))
		return LEDGER_IS_DAMAGED;
	/* Another format may be of another length. */
	if (differ(want, have, AT_FORMAT, AT_PARTITIONS))
		return LEDGER_IS_FORMAT;
	if (bytes->mv_size != LEDGER_FORM_BYTES)
		return LEDGER_IS_DAMAGED;
	/* Before the check, which no other key can compute. */
	if (differ(want, have, AT_PRINT, AT_LAYOUT))
		return LEDGER_IS_KEY;
	form_check(f->keys, have, check);
	if (memcmp(check, have + AT_CHECK, sizeof(check)) != 0)
		return LEDGER_IS_DAMAGED;
	return judge_parts(want, have);
}

void
ledger_partition_key(
	uint32_t partition, uint8_t out[static LEDGER_PARTITION_KEY_BYTES])
{
	out[0] = 'p';
	for (size_t i = 0; i < 4; i++)
		out[1 + i] = (uint8_t)(partition >> 8 * (3 - i));
}

/* Where each lies; the check behind them covers the partition as well, so that
 * a checkpoint holds in its place alone. */
enum {
	OF_NEXT = 0,
	OF_TIME = 8,
	OF_ANCHOR = 16,
	OF_PRINT = 24,
	OF_HEARTBEAT = 40,
	OF_CHECK = 48,
};

static void
checkpoint_check(const struct keyed *keys, uint32_t partition,
	const uint8_t *bytes, uint8_t out[static KEYED_CHECK_BYTES])
{
	uint8_t text[LEDGER_PARTITION_KEY_BYTES + OF_CHECK];

	ledger_partition_key(partition, text);
	memcpy(text + LEDGER_PARTITION_KEY_BYTES, bytes, OF_CHECK);
	keyed_check(keys, slice_make(text, sizeof(text)), out);
}

void
ledger_checkpoint_put(const struct keyed *keys, uint32_t partition,
	const struct ledger_checkpoint *at,
	uint8_t out[static LEDGER_CHECKPOINT_BYTES])
{
	put_i64(out + OF_NEXT, at->next);
	put_i64(out + OF_TIME, at->time_ms);
	put_i64(out + OF_ANCHOR, at->anchor);
	memcpy(out + OF_PRINT, at->print, LEDGER_ANCHOR_BYTES);
	put_i64(out + OF_HEARTBEAT, at->heartbeat_ms);
	checkpoint_check(keys, partition, out, out + OF_CHECK);
}

bool
ledger_checkpoint_get(const struct keyed *keys, uint32_t partition,
	const MDB_val *bytes, struct ledger_checkpoint *out)
{
	uint8_t check[KEYED_CHECK_BYTES];
	const uint8_t *have = bytes->mv_data;

	*out = (struct ledger_checkpoint){0};
	if (bytes->mv_size != LEDGER_CHECKPOINT_BYTES)
		return false;
	checkpoint_check(keys, partition, have, check);
	if (memcmp(check, have + OF_CHECK, sizeof(check)) != 0)
		return false;
	out->next = get_i64(have + OF_NEXT);
	out->time_ms = get_i64(have + OF_TIME);
	out->anchor = get_i64(have + OF_ANCHOR);
	memcpy(out->print, have + OF_PRINT, LEDGER_ANCHOR_BYTES);
	out->heartbeat_ms = get_i64(have + OF_HEARTBEAT);
	return out->next >= 0 && out->anchor >= 0 && out->anchor <= out->next;
}
