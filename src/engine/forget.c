#include "engine/forget.h"

#include "base/error.h"
#include "engine/work.h"
#include "event/writer.h"
#include "text/time.h"

static bool
is_told(const struct lethe_view *v, size_t purpose, size_t class)
{
	const struct policy_purpose *p = &v->policy->purposes[purpose];

	if (!(v->purposes >> purpose & 1) || !p->notify)
		return false;
	for (size_t i = 0; i < p->identity_count; i++)
		if (p->identity[i] == class)
			return true;
	return false;
}

bool
forget_is_asked(const struct lethe_view *view, uint64_t purposes, size_t class)
{
	for (size_t i = 0; i < view->policy->purpose_count; i++)
		if (purposes >> i & 1 && is_told(view, i, class))
			return true;
	return false;
}

uint64_t
forget_hear(const struct lethe_policy *policy, size_t source)
{
	uint64_t purposes = 0;

	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct consent_rule *rule = &policy->purposes[i].rule;
		uint64_t heard = consent_heard(rule) & ~rule->ignored;

		purposes |= (heard >> source & 1) << i;
	}
	return purposes;
}

static struct slice
token_of(const struct lethe_view *v, const struct forget *f, size_t epoch,
	char text[static TOKEN_TEXT_MAX])
{
	const struct policy_class *c = &v->policy->classes[f->class];
	const struct token_of of = {.epoch = epoch,
		.class = (uint32_t)f->class,
		.day = TOKEN_NO_DAY,
		.prefix = c->prefix,
		.inner = f->identifier};

	return slice_make(text, token_make(v->keys, NULL, &of, text));
}

static enum lethe_status
tell_one(const struct lethe_view *v, struct lethe_scratch *s,
	const struct forget *f, size_t purpose, size_t epoch, uint32_t number,
	const struct lethe_sink *sink, struct lethe_error *err)
{
	const struct policy_purpose *p = &v->policy->purposes[purpose];
	char text[TOKEN_TEXT_MAX];
	struct slice token = token_of(v, f, epoch, text);
	struct lethe_record r = {.purpose = purpose,
		.kind = LETHE_RECORD_FORGET,
		.key = text,
		.key_len = token.len,
		.format = p->format == FORMAT_JSON ? LETHE_FORMAT_JSON
						   : LETHE_FORMAT_MSGPACK,
		.epoch = number,
		/* When somebody withdrew is nobody's business to the second. */
		.time_ms = time_floor(f->now_ms, GRAIN_DAY)};
	struct writer out;

	buf_reset(&s->out);
	writer_init(&out, p->format, &s->out);
	write_object(&out, 1);
	write_key(&out, slice_of("subject"));
	write_string(&out, token);
	write_object_end(&out);
	if (s->out.full)
		return fail(err, LETHE_ENOMEM, 0, "a record");
	r.value = s->out.ptr;
	r.value_len = s->out.len;
	return sink->record(sink->ctx, &r, err);
}

static enum lethe_status
tell(const struct lethe_view *v, struct lethe_scratch *s,
	const struct forget *f, size_t purpose, const struct lethe_sink *sink,
	struct lethe_error *err)
{
	const struct policy_purpose *p = &v->policy->purposes[purpose];
	uint32_t number, number_was;
	size_t epoch, was;
	enum lethe_status status;

	if (!v->keys)
		return fail(err, LETHE_ERING, 0,
			"purpose %s needs keys and there is no ring", p->name);
	epoch = token_epoch_at(
		v->keys, p->domain - v->first_domain, f->now_ms, &number);
	if (epoch == SIZE_MAX)
		return fail(err, LETHE_EPOCH, 0,
			"purpose %s has no active epoch", p->name);
	status = tell_one(v, s, f, purpose, epoch, number, sink, err);
	was = token_epoch_was_at(v->keys, epoch, f->now_ms, &number_was);
	if (status || was == SIZE_MAX ||
		!token_is_same(v->keys, was, (uint32_t)f->class))
		return status;
	return tell_one(v, s, f, purpose, was, number_was, sink, err);
}

enum lethe_status
forget_tell(const struct lethe_view *view, struct lethe_scratch *scratch,
	const struct forget *f, const struct lethe_sink *sink,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < view->policy->purpose_count; i++)
		if (f->purposes >> i & 1 && is_told(view, i, f->class))
			status = tell(view, scratch, f, i, sink, err);
	return status;
}
