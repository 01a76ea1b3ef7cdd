#include "kafka/ledger/self.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

#define POLL_MS 50
#define WAKE_MS 25

static enum lethe_status
check_going_on(const struct keeper *k, struct lethe_error *err)
{
	if (k->o.given_up && k->o.given_up())
		return fail(err, LETHE_EAGAIN, 0,
			"the load of the consent ledger was given up");
	return LETHE_OK;
}

static enum lethe_status
ask_firsts(struct keeper *k, struct lethe_error *err)
{
	return keeper_ask_offsets(k, RD_KAFKA_OFFSET_BEGINNING, err);
}

/* What the topic holds now. */
static enum lethe_status
ask_span(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status = keeper_persist(k, ask_firsts, err);

	return status ? status : keeper_persist(k, keeper_ask_ends, err);
}

static enum lethe_status
read_checkpoints(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (int32_t p = 0; !status && p < k->topic.partitions; p++) {
		status = ledger_checkpoint(
			k->file, (uint32_t)p, &k->parts[p].at, err);
		k->parts[p].sure = k->parts[p].at;
	}
	return status;
}

/*
 * A partition whose records are all gone has nothing by which it could be told
 * from that of another topic.
 */
static bool
has_anchors(const struct keeper *k)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->parts[p].at.next && !k->parts[p].at.anchor)
			return false;
	return true;
}

static void
close_file(struct keeper *k)
{
	ledger_write_abort(k->write);
	k->write = NULL;
	k->batch = 0;
	ledger_close(k->file);
	k->file = NULL;
}

/* Records that came while a load was going on lie behind the end that was asked
   for before it. */
static int64_t
end_of(const struct keeper_part *part, bool made)
{
	return made && part->at.next > part->end ? part->at.next : part->end;
}

/*   made   this process has just made it: it is of this topic */
static enum lethe_status
open_file(struct keeper *k, bool made, enum ledger_verdict *verdict,
	struct lethe_error *err)
{
	int64_t *offsets =
		calloc(2 * (size_t)k->topic.partitions, sizeof(*offsets));
	struct ledger_topic topic = {.first = offsets,
		.end = offsets + k->topic.partitions,
		.now_ms = clock_now_ms(),
		.tombstones_ms = keeper_tombstones_ms(k)};
	enum lethe_status status;

	if (!offsets)
		return fail(err, LETHE_ENOMEM, 0, "no memory for offsets");
	for (int32_t p = 0; p < k->topic.partitions; p++) {
		offsets[p] = k->parts[p].first;
		offsets[k->topic.partitions + p] = end_of(&k->parts[p], made);
	}
	status = ledger_open(&k->form, &topic, &k->file, verdict, err);
	free(offsets);
	if (!status && k->file)
		status = read_checkpoints(k, err);
	if (!status && k->file && !made && !has_anchors(k)) {
		close_file(k);
		*verdict = LEDGER_IS_TOPIC;
	}
	return status;
}

/* ---- anew */

static void
begin_load(struct keeper *k, int64_t utc_ms)
{
	uint64_t all = 0;

	for (int32_t p = 0; p < k->topic.partitions; p++) {
		struct keeper_part *part = &k->parts[p];

		part->at = (struct ledger_checkpoint){
			.next = part->first, .time_ms = utc_ms};
		part->sure = part->at;
		part->touched = false;
		all += (uint64_t)(part->end - part->first);
	}
	atomic_store(&k->load_done, 0);
	atomic_store(&k->load_all, all);
	atomic_store(&k->load_left_ms, -1);
	k->load_began_ms = k->load_told_ms = keeper_now_ms();
}

static enum lethe_status
finish_load(
	struct keeper *k, struct ledger_loaded *out, struct lethe_error *err)
{
	struct ledger_checkpoint *at =
		calloc((size_t)k->topic.partitions, sizeof(*at));
	enum lethe_status status;

	if (!at)
		return fail(err, LETHE_ENOMEM, 0, "no memory for offsets");
	keeper_print(k);
	for (int32_t p = 0; p < k->topic.partitions; p++)
		at[p] = k->parts[p].at;
	status = ledger_load_finish(k->load, at, out, err);
	free(at);
	return status;
}

static void
tell_loaded(const struct keeper *k, const struct ledger_loaded *loaded)
{
	LOG(LOG_INFO, "ledger_loaded", LOG_TEXT("topic", k->ledger->topic),
		LOG_TEXT("file", k->path), LOG_NUMBER("rows", loaded->rows),
		LOG_NUMBER("records", atomic_load_explicit(&k->records,
					      memory_order_relaxed)),
		LOG_NUMBER("ms", keeper_now_ms() - k->load_began_ms));
	if (loaded->split)
		LOG(LOG_WARN, "ledger_split",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_NUMBER("subjects", loaded->split),
			LOG_TEXT("why", "they have records in two partitions, "
					"of which none is known as the later"),
			LOG_TEXT("do", "write their records anew, or make the "
				       "topic anew with its partitions: until "
				       "then nothing of them is sent"));
}

/*
 * A library that sleeps a second on a full fetch queue wakes when its broker is
 * asked something: the leader of each partition in turn.
 */
static void
wake(struct keeper *k)
{
	int64_t now = keeper_now_ms(), low, high;
	struct lethe_error ignored;

	if (client_backs_off() || now - k->woken_ms < WAKE_MS)
		return;
	k->woken = (k->woken + 1) % k->topic.partitions;
	if (client_range(k->rk, k->ledger->topic, k->woken, POLL_MS, &low,
		    &high, &ignored))
		ignored.status = LETHE_OK; /* it is only to wake */
	k->woken_ms = keeper_now_ms();
}

/* Reads what lay below the ends that were asked at the start. */
static enum lethe_status
read_all(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status = keeper_assign(k, err);

	while (!status && !keeper_reached(k)) {
		status = check_going_on(k, err);
		if (!status)
			status = keeper_take(k, POLL_MS, err);
		wake(k);
		keeper_progress(k, false);
	}
	keeper_progress(k, true);
	return status;
}

static enum lethe_status
rebuild(struct keeper *k, struct lethe_error *err)
{
	struct ledger_loaded loaded = {0};
	enum ledger_verdict verdict;
	int64_t utc = clock_now_ms();
	enum lethe_status status;

	keeper_forget(k);
	status = ask_span(k, err);
	if (status)
		return status;
	begin_load(k, utc);
	status = ledger_load_new(&k->form, k->o.memory_bytes, &k->load, err);
	if (!status)
		status = read_all(k, err);
	if (!status)
		status = finish_load(k, &loaded, err);
	ledger_load_free(k->load);
	k->load = NULL;
	if (status)
		return status;
	tell_loaded(k, &loaded);
	atomic_store(&k->rows, loaded.rows);
	k->sure_ms = keeper_now_ms(); /* a load asks nothing */
	status = open_file(k, true, &verdict, err);
	if (!status && !k->file)
		status =
			fail(err, LETHE_ELEDGER, 0, "the ledger's new file: %s",
				ledger_verdict_text(verdict));
	return status;
}

/* ---- either */

static enum lethe_status
catch_up(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	atomic_store(&k->fresh_ms, 0);
	while (!status && !atomic_load(&k->fresh_ms)) {
		status = check_going_on(k, err);
		if (!status)
			status = keeper_turn(k, err);
	}
	return status;
}

static void
tell_verdict(const struct keeper *k, enum ledger_verdict verdict)
{
	LOG(LOG_INFO,
		verdict == LEDGER_IS_USABLE ? "ledger_found" : "ledger_anew",
		LOG_TEXT("file", k->path),
		LOG_TEXT("verdict", ledger_verdict_name(verdict)),
		LOG_TEXT("why", ledger_verdict_text(verdict)));
}

/* From its checkpoint, if the file turns out to be of this topic. */
static enum lethe_status
go_on(struct keeper *k, enum ledger_verdict *verdict, struct lethe_error *err)
{
	enum lethe_status status;

	*verdict = LEDGER_IS_USABLE;
	status = keeper_assign(k, err);
	keeper_note_heard(k);
	k->going_on = true;
	if (!status)
		status = catch_up(k, err);
	k->going_on = false;
	if (status != LETHE_ELEDGER)
		return status;
	LOG(LOG_WARN, "ledger_mistaken", LOG_TEXT("file", k->path),
		LOG_TEXT("why", err->what),
		LOG_TEXT("do", "nothing: it is made anew"));
	close_file(k);
	*verdict = LEDGER_IS_TOPIC;
	return LETHE_OK;
}

enum lethe_status
keeper_load(struct keeper *k, struct lethe_error *err)
{
	int64_t began = keeper_now_ms();
	enum ledger_verdict verdict;
	enum lethe_status status = ask_span(k, err);

	if (!status)
		status = open_file(k, false, &verdict, err);
	if (!status)
		tell_verdict(k, verdict);
	if (!status && k->file)
		status = go_on(k, &verdict, err);
	if (!status && !k->file) {
		status = rebuild(k, err);
		if (!status)
			status = catch_up(k, err);
	}
	if (status)
		return status;
	atomic_store(&k->loaded, true);
	LOG(LOG_INFO, "ledger_ready", LOG_TEXT("topic", k->ledger->topic),
		LOG_TEXT("from", ledger_verdict_name(verdict)),
		LOG_NUMBER("rows", atomic_load(&k->rows)),
		LOG_NUMBER("ms", keeper_now_ms() - began));
	return LETHE_OK;
}
