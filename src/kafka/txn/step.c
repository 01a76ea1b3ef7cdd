#include "kafka/txn/step.h"

#include "base/log.h"

#include <stdlib.h>

#define BACKOFF_FIRST_MS 20
#define BACKOFF_LAST_MS 5000

void
txn_init(struct txn *t, const struct txn_options *options)
{
	*t = (struct txn){.o = *options};
}

static void
release(struct txn *t, struct txn_input *in)
{
	t->bytes -= in->m.len + in->m.key_len;
	t->o.ops->release(t->o.kafka, &in->m);
}

/* Forgets inputs of a partition below an offset, keeping the order. */
void
txn_drop_inputs(struct txn *t, size_t topic, int32_t partition, int64_t below)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct txn_input *in = &t->inputs[i];

		if (in->m.topic == topic && in->m.partition == partition &&
			in->m.offset < below)
			release(t, in);
		else
			t->inputs[kept++] = *in;
	}
	t->count = kept;
}

static void
drop_first(struct txn *t, size_t count)
{
	for (size_t i = 0; i < count; i++)
		release(t, &t->inputs[i]);
	t->count -= count;
	if (t->count)
		memmove(t->inputs, t->inputs + count,
			t->count * sizeof(*t->inputs));
}

void
txn_fini(struct txn *t)
{
	drop_first(t, t->count);
	free(t->inputs);
	free(t->places);
	*t = (struct txn){0};
}

bool
txn_is_ready(const struct txn *t)
{
	return !t->o.work->ready || t->o.work->ready(t->o.work->ctx);
}

bool
txn_lost_producer(enum lethe_status status)
{
	return status == LETHE_EFENCED || status == LETHE_EKAFKA;
}

int
txn_backoff_ms(unsigned attempt)
{
	int ms = BACKOFF_FIRST_MS << (attempt < 8 ? attempt : 8);

	return ms < BACKOFF_LAST_MS ? ms : BACKOFF_LAST_MS;
}

bool
txn_should_stop(const struct txn *t)
{
	return atomic_load_explicit(t->o.stop, memory_order_relaxed);
}

/*
 * One call until it no longer asks for another try.  A commit that asks must
 * never be followed by an abort, so there is no other end to this.
 */
enum lethe_status
txn_persist(struct txn *t,
	enum lethe_status (*call)(struct kafka *k, struct lethe_error *err),
	const char *what, struct lethe_error *err)
{
	enum lethe_status status;

	for (unsigned i = 0;; i++) {
		status = call(t->o.kafka, err);
		if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
			return status;
		LOG(LOG_WARN, "txn_retry", LOG_NUMBER("lane", t->o.lane),
			LOG_TEXT("call", what), LOG_TEXT("why", err->what),
			LOG_TEXT("do", "nothing: it is tried again"));
		t->o.ops->sleep(t->o.kafka, txn_backoff_ms(i));
	}
}

static enum lethe_status
room_for_places(struct txn *t, size_t count, struct lethe_error *err)
{
	struct kafka_place *p;

	if (count <= t->place_cap)
		return LETHE_OK;
	p = reallocarray(t->places, count * 2, sizeof(*p));
	if (!p)
		return fail(err, LETHE_ENOMEM, 0, "no memory for offsets");
	t->places = p;
	t->place_cap = count * 2;
	return LETHE_OK;
}

/* The offsets that the open transaction moves, into t->places. */
enum lethe_status
txn_gather(struct txn *t, size_t *count, struct lethe_error *err)
{
	struct slots_cursor at = {0};
	struct slot *s;

	*count = 0;
	while ((s = slots_each(t->o.slots, &at))) {
		if (!slot_is_dirty(s))
			continue;
		if (room_for_places(t, *count + 1, err))
			return LETHE_ENOMEM;
		t->places[*count] = (struct kafka_place){
			.topic = s->topic,
			.partition = s->partition,
			.offset = s->end,
		};
		if (t->held)
			t->places[*count].held = *t->held;
		++*count;
	}
	return LETHE_OK;
}

bool
txn_has_dirty(const struct txn *t)
{
	struct slots_cursor at = {0};
	struct slot *s;

	while ((s = slots_each(t->o.slots, &at)))
		if (slot_is_dirty(s))
			return true;
	return false;
}

enum lethe_status
txn_begin(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status;

	if (t->open)
		return LETHE_OK;
	status = txn_persist(t, t->o.ops->begin, "begin", err);
	if (status)
		return status;
	t->open = true;
	t->ending = false;
	t->halfway = false;
	t->too_old = false;
	t->worked = 0;
	t->opened_ms = t->o.ops->now_ms(t->o.kafka);
	return t->o.work->begin(t->o.work->ctx, err);
}

enum lethe_status
txn_work_next(struct txn *t, struct lethe_error *err)
{
	struct txn_input *in = &t->inputs[t->worked];
	enum lethe_status status = txn_begin(t, err);
	struct slot *s = slots_get(t->o.slots, in->m.topic, in->m.partition);

	bug_if(!s);
	if (!status) {
		t->o.ops->work_on(t->o.kafka, t->worked);
		status = t->o.work->input(
			t->o.work->ctx, &in->m, in->refused, in->stub, err);
	}
	t->halfway = status != LETHE_OK;
	t->work_failed = lethe_status_class(status) == LETHE_CLASS_POISON;
	if (!status) {
		s->end = in->m.offset + 1;
		t->worked++;
	}
	return status;
}

static enum lethe_status
send_offsets(struct txn *t, size_t count, struct lethe_error *err)
{
	enum lethe_status status;

	for (unsigned i = 0;; i++) {
		status = t->o.ops->send_offsets(
			t->o.kafka, t->places, count, err);
		if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
			return status;
		/* Unlike a commit, this may be given up for an abort. */
		if (txn_should_stop(t))
			return fail(
				err, LETHE_EABORT, 0, "given up for the stop");
		t->o.ops->sleep(t->o.kafka, txn_backoff_ms(i));
	}
}

/* What it decided may no longer hold by what has become known meanwhile. */
static enum lethe_status
check_age(struct txn *t, struct lethe_error *err)
{
	int64_t age = t->o.ops->now_ms(t->o.kafka) - t->opened_ms;

	t->too_old = t->o.max_age_ms && age > t->o.max_age_ms;
	return t->too_old ? fail(err, LETHE_EABORT, 0,
				    "it is %lld ms old, %lld are allowed",
				    (long long)age, (long long)t->o.max_age_ms)
			  : LETHE_OK;
}

/* Once all of its records lie in their logs its age counts no more. */
static enum lethe_status
end_writing(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status;

	if (!t->o.max_age_ms)
		return LETHE_OK;
	status = t->o.ops->flush(t->o.kafka, err);
	return status ? status : check_age(t, err);
}

/* OK: committed.  Else txn_undo() with what this returned. */
enum lethe_status
txn_try_commit(struct txn *t, struct lethe_error *err)
{
	enum lethe_status status = t->o.ops->cause(t->o.kafka, err);
	size_t count;

	if (!status)
		status = check_age(t, err);
	if (status)
		return status;
	status = txn_gather(t, &count, err);
	if (!status && count)
		status = send_offsets(t, count, err);
	if (!status)
		status = end_writing(t, err);
	if (status)
		return status;
	t->ending = true;
	return txn_persist(t, t->o.ops->commit, "commit", err);
}

static void
advance(struct txn *t)
{
	struct slots_cursor at = {0};
	struct slot *s;

	while ((s = slots_each(t->o.slots, &at)))
		s->base = s->begin = s->end;
}

/* The open transaction, with the first `worked` inputs, is committed. */
void
txn_finish(struct txn *t)
{
	size_t inputs = t->worked;

	advance(t);
	drop_first(t, inputs);
	t->worked = 0;
	t->open = false;
	t->recreated = 0;
	t->commits++;
	t->o.work->committed(t->o.work->ctx, inputs);
}

void
txn_forget_all(struct txn *t)
{
	drop_first(t, t->count);
	slots_clear(t->o.slots);
	t->worked = 0;
}

static enum lethe_status
room_for_input(struct txn *t, struct lethe_error *err)
{
	size_t cap = t->cap ? t->cap * 2 : 1024;
	struct txn_input *p;

	if (t->count < t->cap)
		return LETHE_OK;
	p = reallocarray(t->inputs, cap, sizeof(*p));
	if (!p)
		return fail(err, LETHE_ENOMEM, 0, "no memory for inputs");
	t->inputs = p;
	t->cap = cap;
	return LETHE_OK;
}

/* Keeps a message until its commit; doubles and strangers are let go. */
enum lethe_status
txn_retain(struct txn *t, struct kafka_message *m, struct lethe_error *err)
{
	struct slot *s = slots_get(t->o.slots, m->topic, m->partition);
	enum lethe_status status = LETHE_OK;
	bool held = false;

	if (s && m->offset >= s->until)
		s->ended = true;
	else if (s && m->offset >= s->next && t->o.work->hold)
		status = t->o.work->hold(t->o.work->ctx, m, &held, err);
	if (held)
		return status;
	if (s && m->offset < s->until && m->offset >= s->next && !status)
		status = room_for_input(t, err);
	if (!s || m->offset < s->next || m->offset >= s->until || status) {
		t->o.ops->release(t->o.kafka, m);
		return status;
	}
	t->inputs[t->count++] = (struct txn_input){.m = *m};
	t->bytes += m->len + m->key_len;
	if (t->bytes > t->most_bytes)
		t->most_bytes = t->bytes;
	s->next = m->offset + 1;
	*m = (struct kafka_message){0};
	return LETHE_OK;
}
