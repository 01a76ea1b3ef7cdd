#include "engine/steps/steps.h"

static const struct answer unusable = {
	.kind = ANSWER_ERROR, .reason = LETHE_REASON_SIGNAL_UNUSABLE};

/*
 * Several elements matched a [k=v]: the event says two things.  For a field
 * that is no value; for consent it is no silence.
 */
static bool
is_ambiguous(const struct work *w, const struct place *p)
{
	return p->is && p->root == PATH_VALUE &&
	       (reading_is_ambiguous(&w->reading, p->slot) ||
		       reading_is_ambiguous(&w->reading, p->container));
}

/* The decoder of flags reads slots; what is the message's own gets one. */
static struct answer
answer_flag(const struct work *w, const struct policy_source *s)
{
	const struct place *at = &s->at[w->input];
	struct capture store;
	const struct capture *c = place_first(w, at, &store);
	uint32_t first = c ? 1 : 0;

	if (at->is && at->root == PATH_VALUE)
		return signal_flag(
			&s->flag, &w->reading, at->slot, at->container);
	return signal_flag(&s->flag,
		&(struct reading){.captures = &store, .first = &first}, 0,
		SLOT_NONE);
}

/* What a source says to all purposes alike. */
static struct answer
answer_all(const struct work *w, const struct policy_source *s)
{
	struct capture store;

	if (is_ambiguous(w, &s->at[w->input]))
		return unusable;
	switch (s->format) {
	case SIGNAL_GPC:
		return signal_gpc(place_value(w, &s->at[w->input], &store));
	case SIGNAL_FLAG: return answer_flag(w, s);
	default: return unusable;
	}
}

static struct answer
answer_segment(struct work *w, const struct policy_source *s,
	const struct policy_ask *ask)
{
	size_t count = ask->category_count;
	struct arena *a = &w->s->arena;
	const struct value **values;
	struct capture *stores, store;

	values = arena_calloc(a, count, sizeof(*values));
	stores = arena_calloc(a, count, sizeof(*stores));
	if (!values || !stores)
		return unusable;
	if (is_ambiguous(w, &s->at[w->input]))
		return unusable;
	for (size_t i = 0; i < count; i++) {
		const struct place *at = &ask->categories[w->input][i];

		if (is_ambiguous(w, at))
			return unusable;
		values[i] = place_value(w, at, &stores[i]);
	}
	return signal_segment(
		place_value(w, &s->at[w->input], &store), values, count);
}

static struct answer
answer_ask(struct work *w, const struct policy_purpose *p, size_t source)
{
	const struct policy_source *s = &w->policy->sources[source];

	for (size_t i = 0; i < p->ask_count; i++)
		if (p->asks[i].source == source)
			return answer_segment(w, s, &p->asks[i]);
	return unusable;
}

void
work_answers(struct work *w, const struct policy_purpose *p, uint64_t heard,
	struct answer answers[static SOURCES_MAX])
{
	struct lethe_scratch *s = w->s;

	for (size_t i = 0; i < w->policy->source_count; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (!(heard & bit))
			continue;
		if (w->policy->sources[i].format == SIGNAL_SEGMENT) {
			answers[i] = answer_ask(w, p, i);
			continue;
		}
		if (!(s->answered & bit)) {
			s->answers[i] = answer_all(w, &w->policy->sources[i]);
			s->answered |= bit;
		}
		answers[i] = s->answers[i];
	}
}
