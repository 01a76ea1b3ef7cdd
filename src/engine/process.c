#include "engine/steps/steps.h"

#include "base/error.h"

static void
tell(const struct lethe_sink *sink, const struct lethe_decision *d)
{
	if (sink->decision)
		sink->decision(sink->ctx, d);
}

static const char *
source_name(const struct work *w, size_t source)
{
	return source == SIZE_MAX ? NULL : w->policy->sources[source].name;
}

static enum lethe_reason
ask_consent(struct work *w, const struct policy_purpose *p, size_t *source)
{
	struct answer answers[SOURCES_MAX];
	const struct consent_time when = work_when(w);

	work_answers(w, p, consent_heard(&p->rule), answers);
	return consent_decide(&p->rule, answers, &when, source);
}

/* Why a purpose gets nothing of an event, before any field is looked at. */
static enum lethe_reason
admit(struct work *w, const struct policy_purpose *p, size_t *source,
	size_t *subject)
{
	enum lethe_reason why;

	if (w->in->now_ms >= p->expires_ms)
		return LETHE_REASON_EXPIRED_PURPOSE;
	if (!p->all_events && !bits_has(&p->on, w->event))
		return LETHE_REASON_NOT_FOR_EVENT;
	why = ask_consent(w, p, source);
	if (why == LETHE_REASON_NONE)
		why = work_subject(w, p, subject);
	return why;
}

/* The epoch by processing time; the tokens of the purpose before are void. */
static enum lethe_status
take_keys(
	struct work *w, const struct policy_purpose *p, struct lethe_error *err)
{
	w->epoch = SIZE_MAX;
	w->epoch_was = SIZE_MAX;
	w->epoch_number = w->epoch_was_number = 0;
	memset(w->s->tokens, 0,
		(w->policy->class_count + 1) * sizeof(w->s->tokens[0]));
	if (p->domain == SIZE_MAX)
		return LETHE_OK;
	if (!w->view->keys) {
		if (w->observer)
			return LETHE_OK;
		return fail(err, LETHE_ERING, 0,
			"purpose %s needs keys and there is no ring", p->name);
	}
	w->epoch =
		token_epoch_at(w->view->keys, p->domain - w->view->first_domain,
			w->in->now_ms, &w->epoch_number);
	if (w->epoch == SIZE_MAX)
		return fail(err, LETHE_EPOCH, 0,
			"purpose %s has no active epoch", p->name);
	w->epoch_was = token_epoch_was_at(
		w->view->keys, w->epoch, w->in->now_ms, &w->epoch_was_number);
	if (w->epoch_was != SIZE_MAX)
		memset(w->s->tokens_was, 0,
			(w->policy->class_count + 1) *
				sizeof(w->s->tokens_was[0]));
	return LETHE_OK;
}

static void
tell_misfits(
	const struct work *w, size_t purpose, const struct lethe_sink *sink)
{
	const struct purpose_fields *plan = &w->view->plans[purpose];

	for (size_t i = 0; i < plan->count; i++) {
		enum lethe_misfit misfit = w->s->fields[plan->fields[i]].misfit;

		if (misfit)
			tell(sink, &(struct lethe_decision){.purpose = purpose,
					   .field = plan->fields[i],
					   .reason = LETHE_REASON_MISFIT,
					   .misfit = misfit});
	}
}

static enum event_format
record_format(const struct work *w, const struct policy_purpose *p)
{
	switch (w->in->record_format) {
	case LETHE_FORMAT_JSON: return FORMAT_JSON;
	case LETHE_FORMAT_MSGPACK: return FORMAT_MSGPACK;
	case LETHE_FORMAT_ANY: break;
	}
	return p->format;
}

static enum lethe_status
find_tokens(struct work *w, const struct policy_purpose *p, size_t class,
	struct record_tokens *t, struct lethe_error *err)
{
	size_t id = w->policy->class_count;
	enum lethe_status status = LETHE_OK;

	*t = (struct record_tokens){0};
	if (class != SIZE_MAX)
		status = class_token(w, class, &t->subject, err);
	if (status == LETHE_OK && class != SIZE_MAX)
		status = class_token_was(w, class, &t->subject_was, err);
	if (status != LETHE_OK || !p->id || class_state(w, id) != ID_OK)
		return status;
	status = class_token(w, id, &t->id, err);
	if (status == LETHE_OK)
		status = class_token_was(w, id, &t->id_was, err);
	return status;
}

/* At first sight of a person in an overlap: who that was until now. */
static enum lethe_status
tell_rekey(struct work *w, const struct lethe_record *event,
	enum event_format format, const struct record_tokens *t,
	const struct lethe_sink *sink, struct lethe_error *err)
{
	struct lethe_record r = *event;
	enum lethe_status status;
	uint64_t mark;

	if (!w->s->told)
		w->s->told = told_new(w->s->seed);
	if (!w->s->told)
		return fail(err, LETHE_ENOMEM, 0, "who was told");
	mark = told_mark(w->s->told,
		slice_of(w->policy->purposes[r.purpose].name), t->subject);
	if (told_has(w->s->told, mark))
		return LETHE_OK;
	status = rekey_write(w, r.purpose, format, t, err);
	if (status != LETHE_OK)
		return status;
	r.kind = LETHE_RECORD_REKEY;
	r.key = (const char *)t->subject_was.ptr;
	r.key_len = t->subject_was.len;
	r.value = w->s->out.ptr;
	r.value_len = w->s->out.len;
	status = sink->record(sink->ctx, &r, err);
	if (status == LETHE_OK)
		told_add(w->s->told, mark);
	return status;
}

static enum lethe_status
send(struct work *w, size_t purpose, size_t class,
	const struct lethe_sink *sink, struct lethe_error *err)
{
	const struct policy_purpose *p = &w->policy->purposes[purpose];
	enum event_format format = record_format(w, p);
	struct record_tokens t;
	enum lethe_status status = find_tokens(w, p, class, &t, err);
	struct lethe_record r = {
		.purpose = purpose,
		.kind = LETHE_RECORD_EVENT,
		.key = (const char *)t.subject.ptr,
		.key_len = t.subject.len,
		.format = format == FORMAT_JSON ? LETHE_FORMAT_JSON
						: LETHE_FORMAT_MSGPACK,
		.epoch = w->epoch_number,
		.time_ms = work_record_time(w, purpose),
	};

	if (status == LETHE_OK && t.subject_was.ptr)
		status = tell_rekey(w, &r, format, &t, sink, err);
	if (status == LETHE_OK)
		status = record_write(w, purpose, format, &t, err);
	if (status != LETHE_OK)
		return status;
	r.value = w->s->out.ptr;
	r.value_len = w->s->out.len;
	return sink->record(sink->ctx, &r, err);
}

/* Works the fields out and sends, unless a required one is missing. */
static enum lethe_status
project(struct work *w, size_t subject, struct lethe_decision *d,
	const struct lethe_sink *sink, struct lethe_error *err)
{
	const struct policy_purpose *p = &w->policy->purposes[d->purpose];
	enum lethe_status status = take_keys(w, p, err);

	if (status == LETHE_OK)
		status = work_fields(w, d->purpose, &d->field, err);
	if (status != LETHE_OK)
		return status;
	tell_misfits(w, d->purpose, sink);
	if (d->field == LETHE_NO_FIELD)
		return send(w, d->purpose, subject, sink, err);
	d->reason = LETHE_REASON_MISSING_REQUIRED;
	return LETHE_OK;
}

static enum lethe_status
run_purpose(struct work *w, size_t purpose, const struct lethe_sink *sink,
	struct lethe_error *err)
{
	const struct policy_purpose *p = &w->policy->purposes[purpose];
	struct lethe_decision d = {.purpose = purpose, .field = LETHE_NO_FIELD};
	enum lethe_status status = LETHE_OK;
	size_t source = SIZE_MAX, subject = SIZE_MAX;

	d.reason = admit(w, p, &source, &subject);
	d.source = source_name(w, source);
	if (d.reason == LETHE_REASON_NONE)
		status = project(w, subject, &d, sink, err);
	if (status == LETHE_OK && w->observer)
		status = w->observer->purpose(
			w->observer->ctx, w, &d, source, err);
	if (status == LETHE_OK)
		tell(sink, &d);
	return status;
}

static enum lethe_status
end_event(const struct lethe_sink *sink, enum lethe_reason why)
{
	tell(sink, &(struct lethe_decision){.purpose = LETHE_NO_PURPOSE,
			   .field = LETHE_NO_FIELD,
			   .reason = why});
	return LETHE_OK;
}

/* Reads it; who objects is heard, also by an event that is out of time. */
static enum lethe_status
hear(struct work *w, const struct lethe_sink *sink, enum lethe_reason *why,
	struct lethe_error *err)
{
	enum lethe_status status = scratch_begin(w->s, w->view, err);

	w->channel = &w->policy->channels[w->in->channel];
	if (status == LETHE_OK)
		status = work_read(w, err);
	if (status == LETHE_OK)
		status = work_recognise(w, why, err);
	if (status != LETHE_OK)
		return status;
	return w->shape ? work_remember(w, sink, err) : LETHE_OK;
}

enum lethe_status
work_run(struct work *w, const struct lethe_sink *sink, struct lethe_error *err)
{
	enum lethe_reason why = LETHE_REASON_NONE;
	enum lethe_status status;

	if (w->in->size != sizeof(*w->in) || sink->size != sizeof(*sink) ||
		w->in->channel >= w->policy->channel_count)
		return fail(err, LETHE_EUSAGE, 0, "an input or a sink");
	if (!w->in->value)
		return end_event(sink, LETHE_REASON_TOMBSTONE);
	status = hear(w, sink, &why, err);
	if (status != LETHE_OK)
		return status;
	if (why != LETHE_REASON_NONE)
		return end_event(sink, why);
	for (size_t p = 0; p < w->policy->purpose_count; p++) {
		if (w->view->purposes >> p & 1)
			status = run_purpose(w, p, sink, err);
		if (status != LETHE_OK)
			return status;
	}
	return LETHE_OK;
}

enum lethe_status
lethe_process(const struct lethe_view *view, struct lethe_scratch *scratch,
	const struct lethe_input *input, const struct lethe_sink *sink,
	struct lethe_error *err)
{
	struct work w = work_of(view, scratch, input);

	return work_run(&w, sink, err);
}

enum lethe_status
engine_hear(const struct lethe_view *view, struct lethe_scratch *scratch,
	const struct lethe_input *input, const struct lethe_sink *sink,
	struct lethe_error *err)
{
	struct work w = work_of(view, scratch, input);
	enum lethe_reason why;

	return input->value ? hear(&w, sink, &why, err) : LETHE_OK;
}
