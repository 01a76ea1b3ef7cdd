#include "kafka/lane/self.h"

#include "base/clock.h"
#include "base/log.h"
#include "engine/counts.h"

#include <stdlib.h>

#define SERVE_EVERY 64

enum lethe_status
lane_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct lane *l = ctx;
	enum lethe_status status = output_record(&l->output, r, err);

	if (lethe_status_class(status) == LETHE_CLASS_POISON)
		l->outcome.refused = status;
	if (status)
		return status;
	if (r->kind == LETHE_RECORD_REKEY) {
		l->outcome.rekeys++;
		l->stats->pending.rekeys[r->purpose]++;
		return LETHE_OK;
	}
	if (r->kind == LETHE_RECORD_FORGET) {
		l->stats->pending.forgets[r->purpose]++;
		return LETHE_OK;
	}
	l->outcome.records++;
	l->outcome.bytes += r->value_len;
	if (r->epoch)
		l->stats->pending.epochs[r->purpose] = r->epoch;
	scratch_count_fields(
		l->scratch, l->now->view, r->purpose, l->now->rows->pending);
	if (l->watched)
		l->o.observer->record(l->o.observer->ctx, l->o.number, r);
	return LETHE_OK;
}

enum lethe_status
lane_objection(
	void *ctx, const struct lethe_objection *o, struct lethe_error *err)
{
	struct lane *l = ctx;
	enum lethe_status status = output_objection(&l->output, o, err);

	l->outcome.objections += !status;
	return status;
}

void
lane_decision(void *ctx, const struct lethe_decision *d)
{
	struct lane *l = ctx;
	struct outcome *o = &l->outcome;

	if (l->watched && l->o.observer->decision)
		l->o.observer->decision(l->o.observer->ctx, l->o.number, d);
	if (d->reason == LETHE_REASON_MISFIT)
		rows_misfit(l->now->rows, d);
	if (lethe_reason_scope(d->reason) == LETHE_SCOPE_FIELD ||
		o->seen_count == SEEN_MAX)
		return;
	o->seen[o->seen_count].purpose = d->purpose;
	o->seen[o->seen_count++].reason = d->reason;
}

static void
count_event(struct lane *l, const struct kafka_message *m)
{
	struct stats_pending *p = &l->stats->pending;
	const struct outcome *o = &l->outcome;

	p->values[STAT_EVENTS]++;
	p->values[STAT_BYTES_IN] += m->len;
	p->values[STAT_RECORDS] += o->records;
	p->values[STAT_REKEYS] += o->rekeys;
	p->values[STAT_OBJECTIONS] += o->objections;
	p->values[STAT_BYTES_OUT] += o->bytes;
	for (size_t i = 0; i < o->seen_count; i++) {
		size_t row = stats_purpose(o->seen[i].purpose);

		if (o->seen[i].reason == LETHE_REASON_NONE)
			p->records[row]++;
		else
			p->drops[row][o->seen[i].reason]++;
	}
}

static void
tell_framing(const struct lane *l)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;

	if (atomic_flag_test_and_set(&told))
		return;
	LOG(LOG_WARN, "schema_registry_framing",
		LOG_NUMBER("lane", l->o.number),
		LOG_TEXT("what",
			"events begin with a zero byte and the four-byte id of "
			"a schema registry: Avro, Protobuf or framed JSON"),
		LOG_TEXT("do", "produce plain JSON or MessagePack, without a "
			       "registry serializer; these go to the "
			       "quarantine"));
}

static struct lethe_input
input_of(struct lane *l, const struct kafka_message *m)
{
	return (struct lethe_input){.size = sizeof(struct lethe_input),
		.value = m->value,
		.len = m->len,
		.format = LETHE_FORMAT_ANY,
		.record_format = LETHE_FORMAT_ANY,
		.channel = l->o.channels[m->topic],
		.now_ms = clock_now_coarse_ms(),
		.broker_ms = m->time_ms,
		.key = m->key,
		.key_len = m->key_len};
}

/* All of them: the last may be an objection. */
static enum lethe_status
list_headers(struct lane *l, const struct kafka_message *m, size_t *count,
	struct lethe_error *err)
{
	struct lethe_header *more;

	*count = l->o.ops->headers(l->o.kafka, m, l->headers, l->header_cap);
	if (*count <= l->header_cap)
		return LETHE_OK;
	more = reallocarray(l->headers, *count, sizeof(*more));
	if (!more)
		return fail(err, LETHE_ENOMEM, 0, "no memory for headers");
	l->headers = more;
	l->header_cap = *count;
	return list_headers(l, m, count, err);
}

/* The client decodes them into memory of their own: only where needed. */
static enum lethe_status
add_headers(struct lane *l, const struct kafka_message *m,
	struct lethe_input *in, struct lethe_error *err)
{
	enum lethe_status status;

	if (l->o.source)
		return LETHE_OK;
	status = list_headers(l, m, &in->header_count, err);
	in->headers = l->headers;
	return status;
}

static enum lethe_status
put_aside(struct lane *l, const struct kafka_message *m, struct lethe_input *in,
	const struct lethe_error *why, bool stub, struct lethe_error *err)
{
	const struct lane_source *source = l->o.source;
	const struct quarantine_place where = {.topic = l->o.topics[m->topic],
		.partition = m->partition,
		.position = m->offset,
		.group = l->o.group};
	struct stats_pending *p = &l->stats->pending;
	enum lethe_status status = add_headers(l, m, in, err);

	if (status)
		return status;
	status = source ? source->poison(
				  source->ctx, &l->output, in, why, stub, err)
			: output_quarantine(
				  &l->output, &where, in, why, stub, err);
	if (status)
		return status;
	if (why->status == LETHE_POISON_FRAMING)
		tell_framing(l);
	p->values[STAT_EVENTS]++;
	p->values[STAT_BYTES_IN] += m->len;
	p->values[STAT_QUARANTINED]++;
	p->poison[why->status]++;
	return LETHE_OK;
}

static void
begin_outcome(struct lane *l)
{
	l->outcome.records = l->outcome.rekeys = l->outcome.objections = 0;
	l->outcome.bytes = l->outcome.seen_count = 0;
	l->outcome.refused = LETHE_OK;
}

/* A row that is damaged, say: nothing of the event may be committed. */
static enum lethe_status
check_gate(const struct lane *l, struct lethe_error *err)
{
	return l->o.gate && l->o.gate->failed(l->o.gate->ctx)
		       ? fail(err, LETHE_ELEDGER, 0,
				 "a row of the consent ledger's file is "
				 "damaged")
		       : LETHE_OK;
}

/* Its record is too large for somebody: who objects in it does so still. */
static enum lethe_status
put_refused(struct lane *l, const struct kafka_message *m,
	struct lethe_input *in, const struct lethe_error *refused, bool stub,
	struct lethe_error *err)
{
	struct lethe_error why = {0};
	enum lethe_status status;

	begin_outcome(l);
	status = engine_hear(l->now->view, l->scratch, in, &l->sink, &why);
	if (status && lethe_status_class(status) != LETHE_CLASS_POISON) {
		why.status = status;
		return fail_with(err, &why);
	}
	status = check_gate(l, err);
	if (!status)
		status = put_aside(l, m, in, refused, stub, err);
	if (!status)
		l->stats->pending.values[STAT_OBJECTIONS] +=
			l->outcome.objections;
	return status;
}

/* The event is understood or poison; both are OK here. */
static enum lethe_status
process(struct lane *l, const struct kafka_message *m, struct lethe_input *in,
	struct lethe_error *err)
{
	struct lethe_error why = {0};
	enum lethe_status status;

	begin_outcome(l);
	status = lethe_process(l->now->view, l->scratch, in, &l->sink, &why);
	if (check_gate(l, err))
		return LETHE_ELEDGER;
	if (!status) {
		count_event(l, m);
		return l->o.source ? l->o.source->done(l->o.source->ctx,
					     &l->output, in, err)
				   : LETHE_OK;
	}
	why.status = status;
	/* Some of its records are in the transaction: all of it again. */
	if (lethe_status_class(status) != LETHE_CLASS_POISON ||
		(l->outcome.refused && l->outcome.records + l->outcome.rekeys +
					       l->outcome.objections))
		return fail_with(err, &why);
	status = put_aside(l, m, in, &why, false, err);
	if (!status && l->watched)
		l->o.observer->done(
			l->o.observer->ctx, l->o.number, why.status);
	l->watched = l->watched && status;
	return status;
}

static void
note_age(struct lane *l, const struct kafka_message *m)
{
	int64_t *oldest = &l->stats->pending.oldest_ms;

	if (m->time_ms > 0 && (!*oldest || m->time_ms < *oldest))
		*oldest = m->time_ms;
}

enum lethe_status
lane_input(void *ctx, const struct kafka_message *m, enum lethe_status refused,
	bool stub, struct lethe_error *err)
{
	struct lane *l = ctx;
	const struct job_observer *see = l->o.observer;
	struct lethe_error why = {.status = refused};
	struct lethe_input in;
	enum lethe_status status = LETHE_OK;
	bool taken = true;

	if (++l->served % SERVE_EVERY == 0)
		l->o.ops->serve(l->o.kafka, 0);
	if (lane_is_notice(l, m))
		return lane_notice(l, m, refused, err);
	in = input_of(l, m);
	if (l->o.source)
		status = l->o.source->open(
			l->o.source->ctx, &l->output, m, &in, &taken, err);
	if (status || !taken)
		return status;
	note_age(l, m);
	if (l->now->view->policy->reads_headers)
		status = add_headers(l, m, &in, err);
	if (status)
		return status;
	if (refused)
		return put_refused(l, m, &in, &why, stub, err);
	l->watched = see && see->wants(see->ctx, l->o.number);
	if (see && l->watched)
		see->event(see->ctx, l->o.number, &in);
	status = process(l, m, &in, err);
	if (see && l->watched)
		see->done(see->ctx, l->o.number, status);
	l->watched = false;
	return status;
}
