#include "kafka/ledger/self.h"

#include "base/log.h"
#include "kafka/murmur2.h"
#include "policy/ledger_key.h"

#define TAKE_MS 20
#define BATCH_RECORDS 5000

/* ---- one record */

static void
count(_Atomic uint64_t *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static void
tell_odd(const struct keeper *k, const rd_kafka_message_t *m, const char *name,
	const char *why, const char *what_to_do)
{
	LOG(LOG_WARN, name, LOG_TEXT("topic", k->ledger->topic),
		LOG_NUMBER("partition", m->partition),
		LOG_NUMBER("offset", m->offset), LOG_TEXT("why", why),
		LOG_TEXT("do", what_to_do));
}

static enum lethe_status
put_row(struct keeper *k, const rd_kafka_message_t *m, struct slice key,
	struct lethe_error *err)
{
	uint8_t subject[KEYED_NAME_BYTES];
	enum lethe_status status;

	ledger_subject(k->keys, key, subject);
	if (k->load)
		return ledger_load_put(k->load, (uint32_t)m->partition,
			m->offset, subject, &k->row, err);
	if (!k->write) {
		status = ledger_write_begin(k->file, &k->write, err);
		if (status)
			return status;
		k->batch_ms = keeper_now_ms();
	}
	k->batch++;
	ledger_write_look(k->write, subject, &k->before);
	keeper_note_change(k);
	return ledger_write_put(k->write, subject, &k->row, err);
}

/* What cannot be read takes the place of what stood there: an error. */
static enum lethe_status
take_subject(struct keeper *k, const rd_kafka_message_t *m, struct slice key,
	struct slice value, struct lethe_error *err)
{
	struct lethe_error why = {0};
	enum lethe_status status =
		ledger_decode_of(k->decoder, key, value, &k->row, &why);

	if (status && lethe_status_class(status) != LETHE_CLASS_POISON)
		return fail_with(err, &why);
	if (status) {
		count(&k->malformed);
		tell_odd(k, m, "ledger_malformed", why.what,
			"write the record anew: until then nothing of this "
			"subject is sent");
		ledger_row_malformed(k->form.layout->purpose_count, &k->row);
	}
	return put_row(k, m, key, err);
}

static void
take_beat(struct keeper *k, const rd_kafka_message_t *m, struct slice value)
{
	struct keeper_part *p = &k->parts[m->partition];
	struct lethe_error why = {0};
	int64_t utc;

	if (!value.ptr)
		return;
	if (beat_read(k->beats, value, &utc, &why)) {
		count(&k->malformed);
		tell_odd(k, m, "ledger_malformed", why.what,
			"mend what writes heartbeats: this one does not count");
		return;
	}
	p->at.heartbeat_ms = utc;
}

static enum lethe_status
not_its_topic(const struct keeper *k, int32_t partition, const char *why,
	struct lethe_error *err)
{
	return fail(err, LETHE_ELEDGER, 0, "%.60s:%d: %s", k->ledger->topic,
		partition, why);
}

/*
 * It counts as any other: lanes ask by the key alone.  But where two partitions
 * were not read for a while, nothing tells which has the later record of a
 * subject, and only a load sees that it has two.
 */
static enum lethe_status
note_place(struct keeper *k, const rd_kafka_message_t *m, struct slice key,
	struct lethe_error *err)
{
	if (murmur2_partition(key.ptr, key.len, k->topic.partitions) ==
		m->partition)
		return LETHE_OK;
	count(&k->misplaced);
	tell_odd(k, m, "ledger_misplaced",
		"its key belongs into another partition (murmur2, as the Java "
		"client chooses): `lethe consent` does not see it, and a "
		"subject with records in two is sent nothing of once the file "
		"is made anew",
		"set partitioner=murmur2_random where it is written; then "
		"write null under its key to this partition, and its record "
		"anew: docs/ledger.md, The partition");
	return k->going_on
		       ? not_its_topic(k, m->partition,
				 "a record that came meanwhile lies in another "
				 "partition than its key's: one that it has "
				 "there may be later",
				 err)
		       : LETHE_OK;
}

static enum lethe_status
take_record(
	struct keeper *k, const rd_kafka_message_t *m, struct lethe_error *err)
{
	struct slice key = slice_make(m->key, m->key ? m->key_len : 0);
	struct slice value = slice_make(m->payload, m->len);

	count(&k->records);
	if (slice_is(key, KEEPER_HEARTBEAT_KEY)) {
		take_beat(k, m, value);
		return LETHE_OK;
	}
	if (policy_ledger_asks(k->o.policy, key, &k->scratch)) {
		enum lethe_status status = note_place(k, m, key, err);

		return status ? status : take_subject(k, m, key, value, err);
	}
	count(&k->foreign);
	tell_odd(k, m, "ledger_foreign_key",
		"its key is not CLASS:IDENTIFIER of a class of the policy, "
		"the identifier in its normal form: no event can ask for it",
		"mend what writes it: docs/ledger.md, The record");
	return LETHE_OK;
}

/* ---- where it lies */

static void
note_time(struct keeper_part *p, const rd_kafka_message_t *m)
{
	int64_t time_ms = rd_kafka_message_timestamp(m, NULL);

	if (time_ms > p->latest.ms)
		p->latest.ms = time_ms;
}

/* The last record that was read must be met again, where it was.  One from
   ahead may be gone by then, and told nothing any more. */
static enum lethe_status
meet_anchor(
	struct keeper *k, const rd_kafka_message_t *m, struct lethe_error *err)
{
	struct keeper_part *p = &k->parts[m->partition];
	uint8_t print[LEDGER_ANCHOR_BYTES];

	keeper_print_of(k, m, print);
	if (m->offset != p->sure.anchor - 1)
		return not_its_topic(k, m->partition,
			"the last record that was read is gone, so this may "
			"be another topic",
			err);
	if (memcmp(print, p->sure.print, sizeof(print)) != 0)
		return not_its_topic(k, m->partition,
			"the last record that was read is another now: the "
			"topic was made anew",
			err);
	p->anchored = true;
	p->latest.ms = 0;
	note_time(p, m);
	return LETHE_OK;
}

/*   kept   it is the last of its partition by now */
static enum lethe_status
take_message(struct keeper *k, const rd_kafka_message_t *m, bool *kept,
	struct lethe_error *err)
{
	struct keeper_part *p = &k->parts[m->partition];
	enum lethe_status status;

	if (!p->anchored)
		return meet_anchor(k, m, err);
	if (m->offset < p->at.next)
		return LETHE_OK;
	status = take_record(k, m, err);
	if (status)
		return status;
	if (k->load)
		atomic_fetch_add_explicit(&k->load_done,
			(uint64_t)(m->offset + 1 - p->at.next),
			memory_order_relaxed);
	p->at.next = p->at.anchor = m->offset + 1;
	note_time(p, m);
	p->touched = true;
	*kept = true;
	return LETHE_OK;
}

/* Behind the last record there may be marks of transactions alone. */
static enum lethe_status
take_end(struct keeper *k, const rd_kafka_message_t *m, struct lethe_error *err)
{
	struct keeper_part *p = &k->parts[m->partition];

	if (!p->anchored)
		return not_its_topic(k, m->partition,
			"the last record that was read is gone, so this may "
			"be another topic",
			err);
	if (m->offset > p->at.next)
		p->at.next = m->offset;
	return LETHE_OK;
}

static enum lethe_status
take_error(
	struct keeper *k, const rd_kafka_message_t *m, struct lethe_error *err)
{
	enum lethe_status status = client_verdict_poll(m->err);

	if (status == LETHE_EGAP)
		return not_its_topic(k, m->partition,
			"the next record is not in the log: was the topic made "
			"anew?",
			err);
	if (login_is_right(m->err) && !k->started)
		return login_lacks(
			k->rk, m->err, "Read the topic", k->ledger->topic, err);
	if (status && !k->started)
		return client_code(k->ledger->topic, m->err, err);
	k->lost = k->lost || client_verdict_range(m->err) == LETHE_ENOTOPIC;
	LOG(LOG_WARN, "ledger_error", LOG_TEXT("topic", k->ledger->topic),
		LOG_TEXT("code", rd_kafka_err2name(m->err)),
		LOG_TEXT("do", "nothing: the client tries again, and events "
			       "wait meanwhile"));
	return LETHE_OK;
}

static void
keep(struct keeper_part *p, rd_kafka_message_t *m)
{
	if (p->last)
		rd_kafka_message_destroy(p->last);
	p->last = m;
}

static enum lethe_status
take_one(struct keeper *k, rd_kafka_message_t *m, struct lethe_error *err)
{
	bool ours = m->rkt && m->partition >= 0 &&
		    m->partition < k->topic.partitions;
	bool end = ours && m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
	enum lethe_status status = LETHE_OK;
	bool kept = false;

	if (m->err && !end)
		status = take_error(k, m, err);
	else if (ours && keeper_may_take(k))
		status = end ? take_end(k, m, err)
			     : take_message(k, m, &kept, err);
	if (kept)
		keep(&k->parts[m->partition], m);
	else
		rd_kafka_message_destroy(m);
	return status;
}

enum lethe_status
keeper_take(struct keeper *k, int wait_ms, struct lethe_error *err)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(k->rk, wait_ms);
	int64_t until = keeper_now_ms() + TAKE_MS;
	enum lethe_status status = login_check(&k->login, err);

	if (status && k->started)
		status = LETHE_OK; /* it may be let in again */
	for (size_t n = 0; m; n++) {
		if (status) {
			rd_kafka_message_destroy(m);
			break;
		}
		status = take_one(k, m, err);
		if (status || k->batch >= BATCH_RECORDS ||
			(n % 64 == 63 && keeper_now_ms() >= until))
			break;
		m = rd_kafka_consumer_poll(k->rk, 0);
	}
	return status;
}
