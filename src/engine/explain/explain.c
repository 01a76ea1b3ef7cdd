#include "engine/explain.h"

#include "base/error.h"
#include "engine/explain/uses.h"
#include "engine/steps/steps.h"

/* What the observer and the sink write into. */
struct watch {
	struct explanation *out;
	struct leaves leaves;
	bool told;  /* what reading made of the leaves */
	bool rekey; /* the purpose at hand has sent one */
};

/* Once, and before what any purpose made of them. */
static void
tell_reading(struct watch *x, struct work *w)
{
	if (!x->told && w->channel)
		uses_of_reading(&x->leaves, w);
	x->told = true;
}

static int
rule_of(const struct lethe_decision *d, const struct consent_rule *rule,
	size_t source)
{
	switch (d->reason) {
	case LETHE_REASON_SIGNAL_MALFORMED:
	case LETHE_REASON_SIGNAL_WRONG_TYPE:
	case LETHE_REASON_SIGNAL_UNUSABLE:
	case LETHE_REASON_SIGNAL_FUTURE:
	case LETHE_REASON_LEDGER_STALE: return 0;
	case LETHE_REASON_OBJECTED: return 1;
	case LETHE_REASON_REFUSED:
	case LETHE_REASON_WITHDRAWN: return 2;
	case LETHE_REASON_NO_CONSENT: return 3;
	case LETHE_REASON_NOT_CONFIRMED: return 4;
	case LETHE_REASON_OLD_NOTICE: return source == rule->decides ? 3 : 4;
	case LETHE_REASON_NOT_YET_GRANTED:
	case LETHE_REASON_CONSENT_EXPIRED: return 5;
	default: return -1;
	}
}

/* What the ledger says by class: the lookups are those of the decision. */
static bool
keep_classes(struct watch *x, struct work *w, const struct policy_purpose *p,
	struct explained_answer *e)
{
	uint64_t classes = w->policy->ledger.classes;
	size_t count = (size_t)__builtin_popcountll(classes);

	e->classes = arena_calloc(&x->out->arena, count, sizeof(*e->classes));
	if (!e->classes)
		return false;
	for (size_t i = 0; i < w->policy->class_count; i++)
		if (classes >> i & 1)
			e->classes[e->class_count++] = (struct explained_class){
				.class = i,
				.answer = ledger_class_answer(w, p, i),
				.present = class_find(w, i)->state != ID_NONE,
			};
	return true;
}

static enum lethe_status
keep_answers(struct watch *x, struct work *w, struct explained_purpose *e,
	const struct policy_purpose *p, struct lethe_error *err)
{
	size_t count = w->policy->source_count;
	struct answer answers[SOURCES_MAX] = {0};
	uint64_t heard = consent_heard(&p->rule), known = heard;

	/* What a source would say to nobody's question is not known: it stays
	   silent. */
	for (size_t i = 0; i < count; i++)
		if (!source_is_asked(&w->policy->sources[i]))
			known |= UINT64_C(1) << i;
	work_answers(w, p, known, answers);
	e->answers = arena_calloc(&x->out->arena, count, sizeof(*e->answers));
	if (!e->answers)
		return fail(err, LETHE_ENOMEM, 0, "an explanation");
	for (size_t i = 0; i < count; i++) {
		bool objection = p->rule.objections >> i & 1;

		e->answers[i] = (struct explained_answer){
			.source = i,
			.asked = (heard >> i & 1) && !objection,
			.objection = objection,
			.remembered = answers[i].kind == ANSWER_DENY &&
				      work_recalls(w, p, i),
			.answer = answers[i],
		};
		if (w->policy->ledger.is && w->policy->ledger.source == i &&
			!keep_classes(x, w, p, &e->answers[i]))
			return fail(err, LETHE_ENOMEM, 0, "an explanation");
	}
	e->answer_count = count;
	return LETHE_OK;
}

static void
keep_epochs(const struct watch *x, const struct work *w,
	struct explained_purpose *e)
{
	e->epoch = w->epoch_number;
	e->epoch_was = w->epoch_was_number;
	e->rekey = x->rekey;
	if (w->epoch_was != SIZE_MAX)
		e->was_until_ms = token_epoch_end(w->view->keys, w->epoch_was);
}

static enum lethe_status
watch_purpose(void *ctx, struct work *w, const struct lethe_decision *d,
	size_t source, struct lethe_error *err)
{
	struct watch *x = ctx;
	struct explained_purpose *e =
		&x->out->purposes[x->out->purpose_count++];
	enum lethe_status status;

	tell_reading(x, w);
	*e = (struct explained_purpose){
		.purpose = d->purpose,
		.reason = d->reason,
		.source = source,
		.rule = rule_of(
			d, &w->policy->purposes[d->purpose].rule, source),
	};
	if (d->reason == LETHE_REASON_NONE)
		keep_epochs(x, w, e);
	x->rekey = false;
	status = keep_answers(x, w, e, &w->policy->purposes[d->purpose], err);
	if (status == LETHE_OK)
		status = uses_of_purpose(&x->leaves, w, d, err);
	return status;
}

static enum lethe_status
watch_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct watch *x = ctx;

	(void)err;
	x->rekey |= r->kind == LETHE_RECORD_REKEY;
	return LETHE_OK;
}

static enum lethe_status
watch_objection(
	void *ctx, const struct lethe_objection *o, struct lethe_error *err)
{
	struct watch *x = ctx;

	(void)err;
	x->out->objections[x->out->objection_count++] =
		(struct explained_objection){o->source, o->class};
	return LETHE_OK;
}

static void
watch_decision(void *ctx, const struct lethe_decision *d)
{
	struct watch *x = ctx;

	if (d->purpose == LETHE_NO_PURPOSE)
		x->out->reason = d->reason;
}

/* An event that ended before any purpose was asked: every purpose's fields
   were left out for that reason. */
static enum lethe_status
explain_drop(struct watch *x, struct work *w, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	if (!w->shape)
		return LETHE_OK;
	for (size_t p = 0; p < w->policy->purpose_count; p++) {
		struct lethe_decision d = {.purpose = p,
			.field = LETHE_NO_FIELD,
			.reason = x->out->reason};

		if (status == LETHE_OK && (w->view->purposes >> p & 1))
			status = uses_of_purpose(&x->leaves, w, &d, err);
	}
	return status;
}

static enum lethe_status
finish(struct watch *x, struct work *w, struct lethe_error *err)
{
	struct explanation *out = x->out;
	enum lethe_status status = LETHE_OK;

	tell_reading(x, w);
	if (out->reason != LETHE_REASON_NONE)
		status = explain_drop(x, w, err);
	if (status != LETHE_OK)
		return status;
	if (!leaves_finish(&x->leaves, out))
		return fail(err, LETHE_ENOMEM, 0, "an explanation");
	if (w->shape) {
		out->input = w->shape->name;
		out->event = w->policy->events[w->event];
	}
	return LETHE_OK;
}

enum lethe_status
explain(const struct lethe_view *view, struct lethe_scratch *scratch,
	const struct lethe_input *input, struct explanation *out,
	struct lethe_error *err)
{
	const struct lethe_policy *policy = view->policy;
	struct watch x = {.out = out};
	const struct observer observer = {
		.ctx = &x,
		.visitor = {.ctx = &x.leaves, .leaf = leaves_add},
		.purpose = watch_purpose,
	};
	const struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = &x,
		.record = watch_record,
		.decision = watch_decision,
		.objection = watch_objection};
	struct work w = work_of(view, scratch, input);
	struct lethe_error why = {0};
	enum lethe_status status;

	*out = (struct explanation){0};
	arena_init(&out->arena, 0);
	leaves_init(&x.leaves, &out->arena, policy->slot_count);
	out->purposes = arena_calloc(
		&out->arena, policy->purpose_count, sizeof(*out->purposes));
	out->objections = arena_calloc(&out->arena,
		(size_t)__builtin_popcountll(policy->ledger.remembers) *
			policy->class_count,
		sizeof(*out->objections));
	if (!out->purposes || !out->objections)
		return fail(err, LETHE_ENOMEM, 0, "an explanation");
	w.observer = &observer;
	status = work_run(&w, &sink, &why);
	/* Nothing of it has left: nobody was told. */
	lethe_scratch_settle(scratch, false);
	if (lethe_status_class(status) == LETHE_CLASS_POISON) {
		out->status = status;
		out->offset = why.offset;
		return LETHE_OK;
	}
	if (status == LETHE_OK)
		status = finish(&x, &w, &why);
	if (status == LETHE_OK)
		return LETHE_OK;
	explanation_fini(out);
	return fail_with(err, &why);
}

void
explanation_fini(struct explanation *e)
{
	arena_fini(&e->arena);
	*e = (struct explanation){0};
}
