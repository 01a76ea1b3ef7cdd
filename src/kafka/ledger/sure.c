#include "kafka/ledger/self.h"

/*
 * Whether the topic is still the one that was read.  Nothing tells a reader
 * that it was deleted and made anew: the client library of Debian 12 knows no
 * topic's id, and goes on at the offset where it was.  What is asked for may be
 * missing for a moment, or not at all.  So what may have been is checked by
 * records: whether the first one as late as the latest that was read lies where
 * it lay, and if not, or if nobody answered, by the last ones that were read
 * while it was sure.
 */

#define STOOD_MS 2000 /* without an answer: this process was stopped */
#define LOOK_MS 400

bool
keeper_is_sure(const struct keeper *k)
{
	return !k->lost && keeper_now_ms() - k->sure_ms <= STOOD_MS;
}

void
keeper_note_asked(struct keeper *k, enum lethe_status status)
{
	k->lost = k->lost || status != LETHE_OK;
	if (!k->lost)
		k->sure_ms = keeper_now_ms();
}

bool
keeper_may_take(struct keeper *k)
{
	if (!k->file || keeper_is_sure(k))
		return true;
	if (!k->lost)
		k->due_ms = 0;
	k->lost = true;
	return false;
}

bool
keeper_took_unsure(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->parts[p].at.anchor != k->parts[p].sure.anchor)
			return true;
	return false;
}

/* ---- by time */

static void
note_mark(struct keeper *k, const rd_kafka_topic_partition_t *row, bool first)
{
	struct keeper_part *part = &k->parts[row->partition];

	if (!first && row->offset != part->mark)
		k->lost = true;
	part->mark = row->offset;
}

/*
 * Where the first record of each partition lies that is as late as
 * `sure_until_ms`. What is appended does not change it, but the cleaner may.
 *
 *   first   it was not asked for before
 */
static enum lethe_status
ask_marks(struct keeper *k, bool first, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(k->topic.partitions);
	enum lethe_status status = LETHE_OK;

	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->parts[p].sure_until_ms)
			rd_kafka_topic_partition_list_add(
				list, k->ledger->topic, p)
				->offset = k->parts[p].sure_until_ms;
	if (list->cnt)
		status = client_code(k->ledger->topic,
			rd_kafka_offsets_for_times(k->rk, list, KEEPER_ASK_MS),
			err);
	for (int i = 0; !status && i < list->cnt; i++) {
		status = client_code(k->ledger->topic, list->elems[i].err, err);
		if (!status)
			note_mark(k, &list->elems[i], first);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

static bool
are_anchored(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (!k->parts[p].anchored)
			return false;
	return true;
}

/* All that is in the file is of a topic that is sure.  Whether one of them is
   later than what there was before. */
static bool
move_on(struct keeper *k)
{
	bool later = false;

	for (int32_t p = 0; p < k->topic.partitions; p++) {
		struct keeper_part *part = &k->parts[p];

		part->sure = part->at;
		later = later || part->until_ms != part->sure_until_ms;
		part->sure_until_ms = part->until_ms;
	}
	return later;
}

enum lethe_status
keeper_look(struct keeper *k, int64_t now, struct lethe_error *err)
{
	enum lethe_status status;

	if (now < k->look_ms)
		return LETHE_OK;
	k->lost = !keeper_is_sure(k);
	status = ask_marks(k, false, err);
	if (!status && !k->lost && are_anchored(k) && move_on(k))
		status = ask_marks(k, true, err);
	keeper_note_asked(k, status);
	k->look_ms = keeper_now_ms() + LOOK_MS;
	return status;
}

/* ---- by the last records */

static int64_t
first_wanted(struct keeper_part *p)
{
	p->anchored = !p->sure.anchor;
	if (p->sure.anchor)
		return p->sure.anchor - 1;
	return p->sure.next > p->first ? p->sure.next : p->first;
}

enum lethe_status
keeper_assign(struct keeper *k, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(k->topic.partitions);
	rd_kafka_resp_err_t code;

	for (int32_t p = 0; p < k->topic.partitions; p++)
		rd_kafka_topic_partition_list_add(list, k->ledger->topic, p)
			->offset = first_wanted(&k->parts[p]);
	code = rd_kafka_assign(k->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return client_code(k->ledger->topic, code, err);
}

enum lethe_status
keeper_look_again(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status;

	if (keeper_is_sure(k))
		return LETHE_OK;
	status = k->file ? keeper_assign(k, err) : LETHE_OK;
	k->lost = status != LETHE_OK;
	return status;
}
