#include "kafka/replay/state.h"

#include "base/log.h"
#include "policy/policy.h"

#include <stdio.h>

static const struct {
	const char *name, *text;
} fates[REPLAY_COUNT] = {
#define X(code, name, text) {name, text},
	REPLAY_MAP(X)
#undef X
};

const char *
replay_fate_name(enum replay_fate fate)
{
	return fates[fate].name;
}

const char *
replay_fate_text(enum replay_fate fate)
{
	return fates[fate].text;
}

/* It stays where it is, and the replay goes past it. */
static enum lethe_status
leave(struct replay *r, enum replay_fate fate)
{
	r->pending[fate]++;
	return LETHE_OK;
}

/* Once a replay, however many copies of it an earlier one has left. */
static enum lethe_status
note_back(struct replay *r, struct lethe_error *err)
{
	uint8_t id[DIGEST_BYTES];

	quarantine_id(&r->clear, id);
	return ids_add(&r->back, id, true, err);
}

/* It is written again behind the others, as it is: for a later replay. */
static enum lethe_status
put_back(struct replay *r, struct output *out, const struct kafka_message *m,
	enum replay_fate fate, struct lethe_error *err)
{
	const struct output_aside aside = {.kind = "quarantine",
		.policy = r->clear.policy,
		.partition = -1,
		.value = slice_make(m->value, m->len),
		.time_ms = r->clear.at_ms};
	enum lethe_status status;

	r->pending[fate]++;
	/* Lines stand in their file. */
	if (r->o.lines)
		return LETHE_OK;
	status = note_back(r, err);
	return status ? status : output_aside(out, &aside, err);
}

static const char mend_line[] = "mend the line, and replay the file again: "
				"what was done is left out";

static enum lethe_status
tell_unreadable(struct replay *r, const struct kafka_message *m,
	const struct lethe_error *why)
{
	const struct log_pair line[] = {LOG_NUMBER("line", r->number),
		LOG_TEXT("why", why->what), LOG_TEXT("do", mend_line), {0}};

	/* Each line, since somebody is to mend it. */
	if (r->o.lines)
		log_put_always(LOG_WARN, "line_unreadable", line);
	else
		LOG(LOG_WARN, "record_unreadable",
			LOG_TEXT("topic",
				r->o.job.view->policy->quarantine.topic),
			LOG_NUMBER("partition", m->partition),
			LOG_NUMBER("offset", m->offset),
			LOG_TEXT("why", why->what),
			LOG_TEXT("do", "find out who writes to the topic; the "
				       "replay goes on without it"));
	return leave(r, REPLAY_UNREADABLE);
}

static bool
is_chosen(const struct replay *r)
{
	bool any = false, found = false;

	for (int i = 0; i < LETHE_STATUS_COUNT; i++) {
		any = any || r->o.chosen[i];
		found = found ||
			(r->o.chosen[i] &&
				!strcmp(lethe_status_name((enum lethe_status)i),
					r->clear.reason));
	}
	return (!any || found) && r->clear.at_ms >= r->o.from_ms &&
	       r->clear.at_ms < r->o.to_ms;
}

/*
 * Segments go whole, so an event may stand when its mark, in another partition,
 * is gone already; but no mark goes before its own time is over.
 */
static bool
is_too_old(const struct replay *r, int64_t now_ms)
{
	int64_t kept_ms = r->o.job.view->policy->quarantine.retention_ms;

	return kept_ms && r->clear.at_ms <= now_ms - kept_ms;
}

/* Whose it is and whether it is wanted, told by its clear part alone. */
static enum replay_fate
judge(const struct replay *r, int64_t now_ms, size_t *channel)
{
	uint8_t id[DIGEST_BYTES];

	*channel = LETHE_CHANNEL_ANY;
	if (r->clear.group[0] && strcmp(r->clear.group, r->base) != 0)
		return REPLAY_OTHER_GROUP;
	quarantine_id(&r->clear, id);
	if (ids_has(&r->ids, id))
		return REPLAY_DONE_BEFORE;
	if (is_too_old(r, now_ms))
		return REPLAY_TOO_OLD;
	if (ids_has(&r->back, id))
		return REPLAY_DOUBLE;
	if (!is_chosen(r))
		return REPLAY_NOT_CHOSEN;
	if (!r->clear.topic[0])
		return REPLAY_TAKEN;
	*channel = lethe_policy_channel(r->o.job.view->policy, r->clear.topic);
	return *channel == SIZE_MAX ? REPLAY_NO_INPUT : REPLAY_TAKEN;
}

/* With the first key that it is sealed to; ENOENTRY: with none. */
static enum lethe_status
unseal(struct replay *r, struct slice record, struct lethe_error *err)
{
	enum lethe_status status;

	for (size_t i = 0; i < r->o.key_count; i++) {
		if (!quarantine_is_for(record, r->o.keys[i]))
			continue;
		buf_reset(&r->record);
		status = quarantine_open(record, r->o.keys[i], &r->record, err);
		if (status != LETHE_OK)
			return status;
		return quarantine_event_read(
			buf_slice(&r->record), NULL, &r->event, err);
	}
	return LETHE_ENOENTRY;
}

/* No key opens it: the wrong key was given, unless it is said to be right. */
static enum lethe_status
not_opened(struct replay *r, struct output *out, const struct kafka_message *m,
	struct lethe_error *err)
{
	if (r->o.leave_sealed)
		return put_back(r, out, m, REPLAY_NOT_OPENED, err);
	return fail(err, LETHE_EKEY, 0,
		"%s %lld is sealed to another key than is given: give its key "
		"too, or --leave-sealed",
		r->o.lines ? "the event of line" : "the record at offset",
		(long long)r->number);
}

static void
fill(struct replay *r, size_t channel, const struct kafka_message *m,
	struct lethe_input *in)
{
	const struct quarantine_event *e = &r->event;
	const struct quarantine_clear *c = &r->clear;

	in->value = e->value;
	in->len = e->len;
	in->key = e->key;
	in->key_len = e->key_len;
	in->headers = e->headers;
	in->header_count = e->header_count;
	in->broker_ms = e->time_ms;
	in->channel = channel;
	r->where = (struct quarantine_place){
		.topic = c->topic[0] ? c->topic : NULL,
		.partition = c->partition,
		.position = c->position,
		.group = c->group[0] ? c->group : NULL,
		.replays = c->replays + 1,
		.since_ms = c->at_ms,
		.record = slice_make(m->value, m->len)};
	(void)snprintf(r->replays, sizeof(r->replays), "%u", r->where.replays);
}

/* The clear part, and of an opened line the event too. */
static enum lethe_status
read_clear(struct replay *r, struct slice record, struct lethe_error *err)
{
	enum lethe_status status = quarantine_read(record, &r->clear, err);

	r->is_open = status == LETHE_EUSAGE && r->o.lines;
	if (!r->is_open)
		return status;
	return quarantine_event_read(record, &r->clear, &r->event, err);
}

/* The event of a record that is ours and wanted. */
static enum lethe_status
take_event(struct replay *r, struct output *out, const struct kafka_message *m,
	bool *taken, struct lethe_error *err)
{
	struct lethe_error why = {0};
	enum lethe_status status = LETHE_OK;

	if (!r->is_open && !r->clear.sealed)
		return leave(r, REPLAY_NOT_HERE);
	if (!r->is_open)
		status = unseal(r, slice_make(m->value, m->len), &why);
	if (status == LETHE_ENOENTRY)
		return not_opened(r, out, m, err);
	if (lethe_status_class(status) == LETHE_CLASS_FATAL)
		return fail_with(err, &why);
	if (status)
		return tell_unreadable(r, m, &why);
	r->pending[REPLAY_TAKEN]++;
	*taken = true;
	return LETHE_OK;
}

static enum lethe_status
open_message(void *ctx, struct output *out, const struct kafka_message *m,
	struct lethe_input *in, bool *taken, struct lethe_error *err)
{
	struct slice record = slice_make(m->value, m->len);
	struct replay *r = ctx;
	struct lethe_error why = {0};
	enum lethe_status status;
	enum replay_fate fate;
	size_t channel;

	*taken = false;
	out->replay = NULL;
	r->pending_taken++;
	r->number = m->offset + (r->o.lines ? 1 : 0);
	if (quarantine_is_mark(record))
		return LETHE_OK;
	status = read_clear(r, record, &why);
	/* A later version's record must wait for a later version. */
	if (status == LETHE_EUNSUPPORTED ||
		lethe_status_class(status) == LETHE_CLASS_FATAL)
		return fail_with(err, &why);
	if (status)
		return tell_unreadable(r, m, &why);
	fate = judge(r, in->now_ms, &channel);
	if (fate == REPLAY_DONE_BEFORE || fate == REPLAY_TOO_OLD ||
		fate == REPLAY_DOUBLE || fate == REPLAY_OTHER_GROUP)
		return leave(r, fate);
	if (fate != REPLAY_TAKEN)
		return put_back(r, out, m, fate, err);
	status = take_event(r, out, m, taken, err);
	if (*taken) {
		fill(r, channel, m, in);
		out->replay = r->replays;
	}
	return status;
}

/* Still poison: behind the others, with the new reason; a line stays one. */
static enum lethe_status
still_poison(void *ctx, struct output *out, const struct lethe_input *in,
	const struct lethe_error *why, bool stub, struct lethe_error *err)
{
	struct replay *r = ctx;
	const struct log_pair pairs[] = {LOG_NUMBER("line", r->number),
		LOG_TEXT("reason", lethe_status_name(why->status)),
		LOG_NUMBER("offset", why->offset), LOG_TEXT("do", mend_line),
		{0}};
	enum lethe_status status;

	if (r->o.lines) {
		log_put_always(LOG_WARN, "still_poison", pairs);
		return LETHE_OK;
	}
	status = note_back(r, err);
	if (status)
		return status;
	return output_quarantine(out, &r->where, in, why, stub, err);
}

static enum lethe_status
mark(void *ctx, struct output *out, const struct lethe_input *in,
	struct lethe_error *err)
{
	struct replay *r = ctx;
	const struct lethe_policy *policy = r->o.job.view->policy;
	uint8_t id[DIGEST_BYTES];
	enum lethe_status status;

	quarantine_id(&r->clear, id);
	status = ids_add(&r->ids, id, true, err);
	if (status)
		return status;
	buf_reset(&r->record);
	status = quarantine_mark_write(
		&r->clear, r->base, in->now_ms, &r->record, err);
	if (status)
		return status;
	/* All in one partition: who replays reads no more than that. */
	return output_aside(out,
		&(struct output_aside){"replayed", policy->label, 0,
			buf_slice(&r->record), in->now_ms},
		err);
}

static void
settled(void *ctx, bool committed)
{
	struct replay *r = ctx;

	ids_settle(&r->ids, committed);
	ids_settle(&r->back, committed);
	for (int i = 0; committed && i < REPLAY_COUNT; i++)
		atomic_fetch_add_explicit(
			&r->counts[i], r->pending[i], memory_order_relaxed);
	if (committed)
		atomic_fetch_add_explicit(
			&r->progress, r->pending_taken, memory_order_relaxed);
	memset(r->pending, 0, sizeof(r->pending));
	r->pending_taken = 0;
}

void
replay_source(struct replay *r, struct lane_source *out)
{
	*out = (struct lane_source){
		r, open_message, still_poison, mark, settled};
}
