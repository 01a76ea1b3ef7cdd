#include "engine/steps/steps.h"

#include "base/error.h"

static enum lethe_status
find_format(struct work *w, struct slice bytes, struct lethe_error *err)
{
	enum lethe_status status = format_check_start(bytes, err);

	if (status != LETHE_OK)
		return status;
	switch (w->in->format) {
	case LETHE_FORMAT_ANY: w->format = format_sniff(bytes); break;
	case LETHE_FORMAT_JSON: w->format = FORMAT_JSON; break;
	case LETHE_FORMAT_MSGPACK: w->format = FORMAT_MSGPACK; break;
	}
	switch (w->format) {
	case FORMAT_JSON:
		if (w->channel->json)
			return LETHE_OK;
		return fail(err, LETHE_POISON_FORBIDDEN, 0,
			"no input of the policy takes JSON here");
	case FORMAT_MSGPACK:
		if (w->channel->msgpack)
			return LETHE_OK;
		return fail(err, LETHE_POISON_FORBIDDEN, 0,
			"no input of the policy takes MessagePack here");
	case FORMAT_UNKNOWN: break;
	}
	return fail(err, LETHE_POISON_FORMAT, 0,
		"the first byte starts neither a JSON object nor a "
		"MessagePack map");
}

enum lethe_status
work_read(struct work *w, struct lethe_error *err)
{
	const struct leaf_visitor *visitor =
		w->observer ? &w->observer->visitor : NULL;
	struct slice bytes = slice_make(w->in->value, w->in->len);
	enum lethe_status status;

	status = find_format(w, bytes, err);
	if (status != LETHE_OK)
		return status;
	return reader_read(w->s->reader, w->channel->trie, &w->channel->limits,
		w->format, bytes, visitor, &w->reading, err);
}

/* What a text that is no JSON would have said, it may have said. */
static bool
match_holds(const struct work *w, const struct event_match *m)
{
	struct capture store;
	const struct capture *c;

	for (c = place_first(w, &m->at, &store); c;
		c = reading_next(&w->reading, c))
		for (size_t i = 0; i < m->count; i++)
			if (value_equal(&c->value, &m->values[i]))
				return true;
	return reading_is_refused(&w->reading, m->at.slot);
}

static bool
rule_holds(const struct work *w, const struct event_rule *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!match_holds(w, &r->matches[i]))
			return false;
	return r->count > 0;
}

static bool
find_event(struct work *w)
{
	for (size_t i = 0; i < w->channel->input_count; i++) {
		w->input = w->channel->inputs[i];
		w->shape = &w->policy->inputs[w->input];
		if (!(w->format == FORMAT_JSON ? w->shape->json
					       : w->shape->msgpack))
			continue;
		for (size_t r = 0; r < w->shape->rule_count; r++) {
			w->rule = &w->shape->rules[r];
			w->event = w->rule->event;
			if (rule_holds(w, w->rule))
				return true;
		}
	}
	w->shape = NULL;
	return false;
}

static bool
has_fraction(struct slice text)
{
	return text.len && memchr(text.ptr, '.', text.len);
}

static bool
read_time(struct work *w, const struct value *v, enum time_form form)
{
	bool whole = form == TIME_UNIX_S && v->kind != VALUE_NUMBER;

	if (form == TIME_RFC3339 && v->kind == VALUE_STRING)
		whole = !has_fraction(v->text);
	w->time_grain_ms = whole ? 1000 : 0;
	return value_time(v, form, &w->time_ms);
}

/*
 * The broker's time bounds an event's from above and is what its age is
 * measured by, so that lag makes no event old; but the broker's is the
 * producer's word, so never later than now.
 */
static bool
out_of_range(const struct work *w, int64_t ms)
{
	int64_t at = w->in->now_ms, distance;

	if (w->in->broker_ms != LETHE_TIME_NONE && w->in->broker_ms < at)
		at = w->in->broker_ms;
	if (__builtin_sub_overflow(ms, at, &distance))
		return true;
	return distance > w->shape->time.max_future_ms ||
	       distance < -w->shape->time.max_age_ms;
}

static enum lethe_reason
find_time(struct work *w)
{
	const struct place *at = &w->shape->time.at;
	enum time_form form = w->shape->time.form;
	struct capture store;
	const struct capture *c = place_first(w, at, &store);

	if (at->root == PATH_TIMESTAMP)
		form = TIME_UNIX_MS;
	if (!c || c->next || !read_time(w, &c->value, form)) {
		w->time_ms = w->in->now_ms;
		return LETHE_REASON_NO_TIME;
	}
	if (!out_of_range(w, w->time_ms))
		return LETHE_REASON_NONE;
	if (w->shape->time.out_of_range != RANGE_BROKER_TIME ||
		w->in->broker_ms == LETHE_TIME_NONE ||
		out_of_range(w, w->in->broker_ms) ||
		!time_from_unix(w->in->broker_ms, TIME_UNIX_MS, &w->time_ms))
		return LETHE_REASON_OUT_OF_TIME;
	w->time_grain_ms = 0;
	return LETHE_REASON_NONE;
}

/*
 * Of the inputs of a topic each reads its own texts as JSON.  One that is none
 * is poison for whose event it is, and where that cannot be told.
 */
static enum lethe_status
check_texts(const struct work *w, struct lethe_error *err)
{
	uint64_t readers = w->shape ? UINT64_C(1) << w->input : UINT64_MAX;
	const struct lethe_error *why = reading_refused(&w->reading, readers);

	return why ? fail_with(err, why) : LETHE_OK;
}

enum lethe_status
work_recognise(struct work *w, enum lethe_reason *why, struct lethe_error *err)
{
	bool found = find_event(w);
	enum lethe_status status = check_texts(w, err);

	if (status == LETHE_OK)
		*why = found ? find_time(w) : LETHE_REASON_NO_EVENT;
	return status;
}
