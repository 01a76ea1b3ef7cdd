#include "kafka/ledger/self.h"

#include "base/clock.h"
#include "base/log.h"

#define POLL_LEAST_MS 1
#define POLL_MOST_MS 50
#define REASK_MS 2000 /* ends that are not reached are asked for again */
#define KEEP_MS 60000 /* an idle ledger's time is written so often */
#define KEEP_PART 10  /* or ten times while tombstones stay */
#define KEEP_LEAST_MS 1000

int64_t
keeper_tombstones_ms(const struct keeper *k)
{
	return k->topic.tombstones_ms / 10 * 9;
}

/* A broker that is away is told once, and once that it is back. */
static enum lethe_status
note_answer(struct keeper *k, enum lethe_status status, struct lethe_error *err)
{
	if (status == LETHE_ELEDGER || status == LETHE_ENOMEM)
		return status;
	if (status && !k->started && status == LETHE_EDENIED)
		return status;
	if (status && !k->unreachable)
		LOG(LOG_WARN, "ledger_unreachable",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_TEXT("why", err->what),
			LOG_TEXT("do", "look at the brokers and at lethe's "
				       "rights on the topic; events wait "
				       "until it can be read"));
	if (!status && k->unreachable)
		LOG(LOG_INFO, "ledger_reachable",
			LOG_TEXT("topic", k->ledger->topic));
	k->unreachable = status != LETHE_OK;
	return LETHE_OK;
}

/* Ends that are asked for anew before they are reached might never be. */
static bool
ends_stand(const struct keeper *k, int64_t now)
{
	return k->asked && now - k->asked_ms < REASK_MS && keeper_is_sure(k);
}

static enum lethe_status
ask_when_due(struct keeper *k, int64_t now, struct lethe_error *err)
{
	enum lethe_status status = keeper_look(k, now, err);

	if (!status && (now < k->due_ms || ends_stand(k, now)))
		return LETHE_OK;
	if (!status)
		status = keeper_ask_ends(k, err);
	return note_answer(k, status, err);
}

static void
note_lag(struct keeper *k)
{
	uint64_t lag = 0;

	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->parts[p].end > k->parts[p].at.next)
			lag += (uint64_t)(k->parts[p].end -
					  k->parts[p].at.next);
	atomic_store_explicit(&k->lag, lag, memory_order_relaxed);
}

/* A tombstone may have come and gone since it was last current. */
static enum lethe_status
check_age(struct keeper *k, struct lethe_error *err)
{
	for (int32_t p = 0; p < k->topic.partitions; p++)
		if (k->asked_utc_ms - k->parts[p].at.time_ms >=
			keeper_tombstones_ms(k))
			return fail(err, LETHE_ELEDGER, 0,
				"the consent topic %.60s could not be read for "
				"about as long as it keeps tombstones",
				k->ledger->topic);
	return LETHE_OK;
}

/*
 * As of when the file covers all that was visible.  A withdrawal may lie
 * hidden, which its writer was told is written: events wait then.  A start does
 * not: what hides it may be a transaction of its own lanes, which they end.
 */
static int64_t
fresh_ms(const struct keeper *k)
{
	if (!k->hidden_long)
		return k->asked_ms;
	return atomic_load(&k->loaded)
		       ? atomic_load(&k->fresh_ms)
		       : k->asked_ms - k->ledger->max_staleness_ms - 1;
}

/* What was asked is reached, and in the file: so much is known by now. */
static enum lethe_status
publish(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status;

	note_lag(k);
	if (!k->asked || !keeper_reached(k))
		return LETHE_OK;
	status = check_age(k, err);
	if (status)
		return status;
	for (int32_t p = 0; p < k->topic.partitions; p++)
		k->parts[p].at.time_ms = k->asked_utc_ms;
	atomic_store_explicit(&k->fresh_ms, fresh_ms(k), memory_order_release);
	k->asked = false;
	return LETHE_OK;
}

static bool
is_idle_due(struct keeper *k, int64_t now)
{
	int64_t every = k->topic.tombstones_ms / KEEP_PART;

	every = every > KEEP_MS ? KEEP_MS : every;
	every = every < KEEP_LEAST_MS ? KEEP_LEAST_MS : every;
	if (now - k->kept_ms < every)
		return false;
	k->kept_ms = now;
	return true;
}

static void
tell_unread(const struct keeper *k, int64_t age)
{
	LOG(LOG_ERROR, "ledger_behind", LOG_TEXT("topic", k->ledger->topic),
		LOG_TEXT("why", "the consent topic cannot be read to its end"),
		LOG_NUMBER("read_ms_ago", age),
		LOG_TEXT("do", "look at the brokers and at the lines above: "
			       "events wait, and go on by themselves"));
}

static void
tell_hidden(const struct keeper *k, int64_t age)
{
	LOG(LOG_ERROR, "ledger_behind", LOG_TEXT("topic", k->ledger->topic),
		LOG_TEXT("why",
			"a transaction of another program stays open: what is "
			"said behind its beginning cannot be read"),
		LOG_NUMBER("partition", k->hidden), LOG_NUMBER("open_ms", age),
		LOG_TEXT("do", "look for a writer that hangs or was killed "
			       "(kafka-transactions.sh describe-producers); "
			       "its next start, or its transaction.timeout.ms, "
			       "ends it: events wait, and go on by "
			       "themselves"));
}

static void
tell_unheard(const struct keeper *k)
{
	static const char start[] =
		"start `lethe consent heartbeat`, or what else writes them to "
		"each partition: events wait, and go on by themselves";
	static const char look[] =
		"look at what writes heartbeats (`lethe consent heartbeat`) "
		"and at what mirrors the topic: events wait, and go on by "
		"themselves";
	int32_t p = keeper_quietest(k);
	int64_t last = k->parts[p].at.heartbeat_ms;

	if (!last)
		LOG(LOG_ERROR, "ledger_behind",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_TEXT("why",
				"the policy asks for heartbeats, and the "
				"partition has had none"),
			LOG_NUMBER("partition", p), LOG_TEXT("do", start));
	else
		LOG(LOG_ERROR, "ledger_behind",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_TEXT("why",
				"the partition's last heartbeat is older than "
				"three times `heartbeat`"),
			LOG_NUMBER("partition", p),
			LOG_NUMBER("heartbeat_ms_ago", clock_now_ms() - last),
			LOG_TEXT("do", look));
}

static void
tell_behind(struct keeper *k, int64_t now)
{
	int64_t age =
		now - atomic_load_explicit(&k->fresh_ms, memory_order_relaxed);
	bool unread = age > k->ledger->max_lag_ms;
	bool hidden = keeper_hidden_ms(k, now) > k->ledger->max_lag_ms;
	bool behind = unread || hidden || !keeper_is_heard(k);

	if (behind == k->told_behind)
		return;
	k->told_behind = behind;
	atomic_store_explicit(&k->behind, behind, memory_order_relaxed);
	if (hidden)
		tell_hidden(k, keeper_hidden_ms(k, now));
	else if (unread)
		tell_unread(k, age);
	else if (behind)
		tell_unheard(k);
	else
		LOG(LOG_INFO, "ledger_current",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_TEXT("do", "nothing: events go on"));
}

/* A record ends the wait; else it lasts until the next asking. */
static int
wait_ms(const struct keeper *k, int64_t now)
{
	int64_t left = k->due_ms - now;

	left = left > POLL_MOST_MS ? POLL_MOST_MS : left;
	return (int)(left < POLL_LEAST_MS ? POLL_LEAST_MS : left);
}

enum lethe_status
keeper_turn(struct keeper *k, struct lethe_error *err)
{
	int64_t now = keeper_now_ms();
	enum lethe_status status = ask_when_due(k, now, err);

	if (!status && atomic_load_explicit(&k->damaged, memory_order_relaxed))
		status = fail(err, LETHE_ELEDGER, 0,
			"a row of the consent ledger's file is damaged");
	if (!status && atomic_load_explicit(&k->broken, memory_order_relaxed))
		status = fail(err, LETHE_EIO, 0,
			"a lane cannot look into the consent ledger's file");
	if (!status)
		status = keeper_take(k, wait_ms(k, now), err);
	if (!status)
		status = keeper_commit(k, is_idle_due(k, now), err);
	if (!status)
		status = publish(k, err);
	if (!status && k->started)
		tell_behind(k, keeper_now_ms());
	return status;
}
