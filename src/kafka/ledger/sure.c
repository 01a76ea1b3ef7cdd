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

/* Not sure any more, and asked for at once. */
static void
doubt(struct keeper *k)
{
	if (!k->lost)
		k->due_ms = 0;
	k->lost = true;
}

bool
keeper_may_take(struct keeper *k)
{
	if (!k->file || keeper_is_sure(k))
		return true;
	doubt(k);
	return false;
}

/* ---- by time */

/* What is appended later than all that was read lies behind it. */
static bool
stands(const struct keeper_part *part, int later, int64_t offset)
{
	int64_t known = part->known.at[later];

	return offset == known ||
	       (later && known < 0 && offset >= part->sure.next);
}

static struct keeper_mark *
mark_of(struct keeper_part *part, bool known)
{
	return known ? &part->known : &part->latest;
}

static void
note_mark(struct keeper *k, const rd_kafka_topic_partition_t *row, bool known,
	int later)
{
	struct keeper_part *part = &k->parts[row->partition];

	if (known && !stands(part, later, row->offset))
		k->lost = true;
	mark_of(part, known)->at[later] = row->offset;
}

/*
 * Fills one of each partition's marks.  What is appended does not change where
 * it lies, but the cleaner may.
 *
 *   later   0 or 1: which of `at`
 */
static enum lethe_status
ask_times(struct keeper *k, bool known, int later, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(k->topic.partitions);
	enum lethe_status status = LETHE_OK;

	for (int32_t p = 0; p < k->topic.partitions; p++) {
		const struct keeper_mark *mark = mark_of(&k->parts[p], known);

		if (mark->ms && !(later && mark->at[0] > 0))
			rd_kafka_topic_partition_list_add(
				list, k->ledger->topic, p)
				->offset = mark->ms + later;
	}
	if (list->cnt)
		status = client_code(k->ledger->topic,
			rd_kafka_offsets_for_times(k->rk, list, KEEPER_ASK_MS),
			err);
	for (int i = 0; !status && i < list->cnt; i++) {
		status = client_code(k->ledger->topic, list->elems[i].err, err);
		if (!status)
			note_mark(k, &list->elems[i], known, later);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

/* Where nothing is later than the first record, what comes later tells: the
   first of another topic may be as late, too. */
static enum lethe_status
ask_marks(struct keeper *k, bool known, struct lethe_error *err)
{
	enum lethe_status status = ask_times(k, known, 0, err);

	return status ? status : ask_times(k, known, 1, err);
}

static bool
are_anchored(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (!k->parts[p].anchored)
			return false;
	return true;
}

/* Where nothing is as late any more, nothing is in another topic either. */
static bool
can_vouch(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->parts[p].known.ms && k->parts[p].known.at[0] >= 0)
			return true;
	return false;
}

static bool
are_later(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->parts[p].latest.ms != k->parts[p].known.ms)
			return true;
	return false;
}

/* All that is in the file is of a topic that is sure.  Marks for which none
   vouched are not, until the last records are met again behind them. */
static void
move_on(struct keeper *k)
{
	bool unknown = !can_vouch(k) && are_later(k);

	for (int32_t p = 0; p < k->topic.partitions; p++) {
		struct keeper_part *part = &k->parts[p];

		if (part->latest.ms != part->known.ms)
			part->known = part->latest;
		if (unknown)
			continue;
		part->touched =
			part->touched || part->at.anchor != part->sure.anchor;
		part->sure = part->at;
	}
	if (unknown)
		doubt(k);
}

enum lethe_status
keeper_look(struct keeper *k, int64_t now, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	bool may_move;

	if (now < k->look_ms)
		return LETHE_OK;
	k->lost = !keeper_is_sure(k);
	may_move = !k->lost && are_anchored(k);
	/* Those that are known come last, and vouch for the others. */
	if (may_move && are_later(k))
		status = ask_marks(k, false, err);
	if (!status)
		status = ask_marks(k, true, err);
	if (!status && may_move && !k->lost)
		move_on(k);
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
